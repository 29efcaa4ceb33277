//! Report layouts: what a provider's file looks like, declared as data.
//!
//! One TOML file per layout in `formats/layouts/`; [`spec`] is the schema. Adding a provider is adding a file: no Rust
//! knows any provider by name.

mod check;
mod fold;
mod registry;
pub mod spec;

use std::collections::BTreeSet;

pub use check::LayoutError;
pub use fold::{fold, wildcard};
pub use registry::Layouts;
pub use spec::{LayoutSpec, RecordSpec};

/// A layout that passed every check.
#[derive(Debug, Clone)]
pub struct Layout {
    spec: LayoutSpec,
    columns: Vec<Column>,
}

/// A column the layout knows.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    /// Its name in the layout.
    pub(crate) name: String,
    /// Its name and its aliases, folded, in order of preference.
    pub(crate) folded: Vec<String>,
    /// Whether a header without it is another layout's.
    pub(crate) required: bool,
}

impl Layout {
    /// Reads and checks a layout.
    ///
    /// # Errors
    /// [`LayoutError`] with the place in the text or with everything that is wrong.
    pub fn parse(toml: &str) -> Result<Self, LayoutError> {
        let spec: LayoutSpec = toml::from_str(toml).map_err(|error| LayoutError::Syntax(error.to_string()))?;
        Self::new(spec)
    }

    /// Checks a layout.
    ///
    /// # Errors
    /// [`LayoutError`] with everything that is wrong.
    pub fn new(spec: LayoutSpec) -> Result<Self, LayoutError> {
        check::check(&spec)?;
        let columns = columns(&spec);
        Ok(Self { spec, columns })
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.spec.id
    }

    /// Who sends the report.
    #[must_use]
    pub fn provider(&self) -> &str {
        &self.spec.provider
    }

    /// What the report is.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.spec.title
    }

    /// Counts the changes of the layout.
    #[must_use]
    pub const fn version(&self) -> u32 {
        self.spec.version
    }

    /// Everything that was declared.
    #[must_use]
    pub const fn spec(&self) -> &LayoutSpec {
        &self.spec
    }

    /// The columns it knows.
    pub(crate) fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// What a record is read as when it is not UTF-8.
    pub(crate) fn fallback(&self) -> Option<&'static encoding_rs::Encoding> {
        self.spec.file.encodings.get(1).and_then(|name| encoding_rs::Encoding::for_label(name.as_bytes()))
    }
}

fn columns(spec: &LayoutSpec) -> Vec<Column> {
    let mut seen = BTreeSet::new();
    let required = spec.header.required.iter().map(|name| (name.as_str(), true));
    let read = check::columns_read(spec).into_iter().map(|name| (name, false));
    required
        .chain(read)
        .filter(|(name, _)| seen.insert(fold(name)))
        .map(|(name, required)| {
            let aliases = spec.header.aliases.get(name).into_iter().flatten();
            let folded = std::iter::once(fold(name)).chain(aliases.map(|alias| fold(alias))).collect();
            Column { name: name.to_owned(), folded, required }
        })
        .collect()
}
