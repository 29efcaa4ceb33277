//! The layouts there are to choose from: those shipped with the program, and a tenant's own.

use std::sync::{Arc, LazyLock};

use super::{Layout, LayoutError};

/// Name and text of every file in `formats/layouts`, collected by the build script.
const SHIPPED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/layouts.rs"));

/// A set of layouts, in the order of their ids.
#[derive(Debug, Clone)]
pub struct Layouts {
    all: Vec<Arc<Layout>>,
}

impl Layouts {
    /// The layouts shipped with the program.
    #[must_use]
    pub fn shipped() -> &'static Self {
        // The unit test below reads every shipped layout, so that a broken one never leaves the build.
        #[allow(clippy::expect_used, reason = "the texts are constants of the program and a test reads each of them")]
        static SET: LazyLock<Layouts> =
            LazyLock::new(|| read_shipped().expect("shipped layouts are checked by a test"));
        &SET
    }

    /// A set of layouts.
    ///
    /// # Errors
    /// [`LayoutError::DuplicateId`].
    pub fn new(layouts: impl IntoIterator<Item = Arc<Layout>>) -> Result<Self, LayoutError> {
        let mut all: Vec<_> = layouts.into_iter().collect();
        all.sort_by(|a, b| a.id().cmp(b.id()));
        if let Some(pair) = all.windows(2).find(|pair| pair[0].id() == pair[1].id()) {
            return Err(LayoutError::DuplicateId(pair[0].id().to_owned()));
        }
        Ok(Self { all })
    }

    /// This set and more: a tenant's own layouts beside the shipped ones.
    ///
    /// # Errors
    /// [`LayoutError::DuplicateId`].
    pub fn with(&self, more: impl IntoIterator<Item = Arc<Layout>>) -> Result<Self, LayoutError> {
        Self::new(self.all.iter().cloned().chain(more))
    }

    /// The layout with an id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Arc<Layout>> {
        self.all.iter().find(|layout| layout.id() == id)
    }

    /// All of them, by id.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Layout>> {
        self.all.iter()
    }
}

fn read_shipped() -> Result<Layouts, LayoutError> {
    let layouts = SHIPPED.iter().map(|(_, toml)| Layout::parse(toml).map(Arc::new));
    Layouts::new(layouts.collect::<Result<Vec<_>, _>>()?)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_layout_is_valid_and_named_as_its_file() {
        for (name, toml) in SHIPPED {
            let layout = Layout::parse(toml).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(layout.id(), *name);
        }
        assert_eq!(Layouts::shipped().iter().count(), SHIPPED.len());
    }

    #[test]
    fn ids_are_unique() {
        let set = Layouts::shipped();
        let twin = set.iter().next().unwrap().clone();
        assert_eq!(set.with([twin.clone()]).unwrap_err(), LayoutError::DuplicateId(twin.id().to_owned()));
    }

    #[test]
    fn wrong_layouts_say_what_is_wrong() {
        let good = SHIPPED[0].1;
        let error = Layout::parse(&good.replace("[header]", "[heading]")).unwrap_err().to_string();
        assert!(error.contains("heading"), "{error}");
        let error = Layout::parse(&good.replacen("version = 1", "version = 0", 1)).unwrap_err().to_string();
        assert!(error.contains("version is 0"), "{error}");
    }
}
