//! The statement as PDF: typst in process, one template, fonts read once.
//!
//! The figures reach the template as a JSON file of a virtual file system with two files in it, never as code: a title
//! cannot become markup. There is no network, no package, no disk and no clock behind the template.

mod clean;
mod fonts;
mod geometry;
mod measure;
pub(crate) mod paper;
mod validation;
mod view;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::LazyLock;

use chrono::NaiveDate;
use typst::diag::{FileError, FileResult, SourceDiagnostic, Warned};
use typst::foundations::{Bytes, Datetime, Duration, Smart};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World, WorldExt};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

use self::fonts::Fonts;
use super::check::CheckedStatement;
use super::{DocumentError, words_of};

/// Compilations for which typst's memory of layouts is kept before what they did not use is dropped: enough to reuse
/// the parts that all statements share, without growing with the batch.
const REMEMBERED: usize = 4;

/// Pictures that statements name by their hash.
#[derive(Debug, Clone, Default)]
pub struct Assets {
    logos: BTreeMap<String, Bytes>,
}

impl Assets {
    /// Adds a logo, a PNG as [`super::Logo`] makes it, under its hash in hexadecimal.
    pub fn add_logo(&mut self, hash: String, png: Vec<u8>) {
        self.logos.insert(hash, Bytes::new(png));
    }
}

/// A template does not compile, or not with this statement. The text says where and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("statement template: {0}")]
pub struct TemplateError(String);

/// Turns statements into PDF. Made once and shared between threads: it holds the fonts, the standard library and the
/// parsed template, about 10 MB.
pub struct Renderer {
    library: LazyHash<Library>,
    fonts: Fonts,
    template: Source,
    data: FileId,
    logo: FileId,
    standards: Vec<PdfStandards>,
}

impl Renderer {
    /// The renderer with the standard template. Made at the first call, then shared.
    pub fn shared() -> &'static Self {
        static SHARED: LazyLock<Renderer> =
            LazyLock::new(|| Renderer::with_template(include_str!("../../../templates/statement.typ")));
        &SHARED
    }

    /// A renderer with another template: typst source that reads `json("/statement.json")`. Whether it fits shows when
    /// it meets a statement.
    pub fn with_template(source: &str) -> Self {
        // Archive (PDF/A-2a) and accessibility (PDF/UA-1) together where the page allows, else plain tagged PDF 1.7.
        let strict = PdfStandards::new(&[PdfStandard::A_2a, PdfStandard::Ua_1]).ok();
        Self {
            library: LazyHash::new(Library::default()),
            fonts: Fonts::bundled(),
            template: Source::new(file("statement.typ"), source.to_owned()),
            data: file("statement.json"),
            logo: file("logo.png"),
            standards: strict.into_iter().chain([PdfStandards::default()]).collect(),
        }
    }

    /// The statement as PDF: tagged, searchable, with the statement's day as its date and its id and content hash as
    /// its identifier. The same statement gives the same bytes.
    pub fn pdf(&self, statement: &CheckedStatement) -> Result<Vec<u8>, DocumentError> {
        self.pdf_with(statement, &Assets::default())
    }

    /// As [`Self::pdf`], for a statement with pictures.
    pub fn pdf_with(&self, statement: &CheckedStatement, assets: &Assets) -> Result<Vec<u8>, DocumentError> {
        let logo = match &statement.issuer.logo {
            Some(hash) => Some(assets.logos.get(hash).cloned().ok_or_else(|| DocumentError::Logo(hash.clone()))?),
            None => None,
        };
        self.compose(statement, self.data(statement)?, logo)
    }

    /// What the template reads, as JSON.
    pub fn data(&self, statement: &CheckedStatement) -> Result<Vec<u8>, DocumentError> {
        let words = words_of(statement)?;
        Ok(serde_json::to_vec(&view::view(statement, words, &self.fonts))?)
    }

    /// The second half of [`Self::pdf`]: typst on data that is ready.
    pub fn typeset(&self, statement: &CheckedStatement, data: Vec<u8>) -> Result<Vec<u8>, DocumentError> {
        self.compose(statement, data, None)
    }

    fn compose(
        &self,
        statement: &CheckedStatement,
        data: Vec<u8>,
        logo: Option<Bytes>,
    ) -> Result<Vec<u8>, DocumentError> {
        self.render(data, logo, &format!("{} {}", statement.id, statement.hash_hex()), statement.issued_on)
    }

    /// Another document than a statement: data for this renderer's template, an identifier and a date.
    pub(super) fn sheet(&self, data: Vec<u8>, ident: &str, day: NaiveDate) -> Result<Vec<u8>, DocumentError> {
        self.render(data, None, ident, day)
    }

    fn render(
        &self,
        data: Vec<u8>,
        logo: Option<Bytes>,
        ident: &str,
        day: NaiveDate,
    ) -> Result<Vec<u8>, DocumentError> {
        let world = StatementWorld { renderer: self, data: Bytes::new(data), logo };
        let result = world.render(ident, day);
        typst::comemo::evict(REMEMBERED);
        Ok(result?)
    }
}

fn file(name: &str) -> FileId {
    // Infallible: called with two constant names, both plain file names without `..` or a separator.
    let path = VirtualPath::new(name).expect("a plain file name is a virtual path");
    FileId::new(RootedPath::new(VirtualRoot::Project, path))
}

/// All that a template can see while one statement is made.
struct StatementWorld<'a> {
    renderer: &'a Renderer,
    data: Bytes,
    logo: Option<Bytes>,
}

impl StatementWorld<'_> {
    fn render(&self, ident: &str, day: NaiveDate) -> Result<Vec<u8>, TemplateError> {
        use chrono::Datelike;
        let Warned { output, .. } = typst::compile::<PagedDocument>(self);
        let document = output.map_err(|errors| self.explain(&errors))?;
        let month = u8::try_from(day.month()).unwrap_or(1);
        let midnight = Datetime::from_ymd_hms(day.year(), month, u8::try_from(day.day()).unwrap_or(1), 0, 0, 0);
        let mut failure = TemplateError("no PDF standard to write".into());
        for standards in &self.renderer.standards {
            let options = PdfOptions {
                ident: Smart::Custom(ident.to_owned()),
                creator: Smart::Custom(Some("TuneMantra".into())),
                timestamp: midnight.map(Timestamp::new_utc),
                standards: standards.clone(),
                ..PdfOptions::default()
            };
            match typst_pdf::pdf(&document, &options) {
                Ok(bytes) => return Ok(bytes),
                Err(errors) => failure = self.explain(&errors),
            }
        }
        Err(failure)
    }

    fn explain(&self, errors: &[SourceDiagnostic]) -> TemplateError {
        explain_in(self, &self.renderer.template, errors)
    }
}

/// Errors with the line of the template they come from.
fn explain_in(world: &dyn World, template: &Source, errors: &[SourceDiagnostic]) -> TemplateError {
    let mut text = String::new();
    for error in errors {
        let line = world
            .range(error.span)
            .and_then(|range| template.lines().byte_to_line(range.start))
            .map_or_else(String::new, |line| format!("line {}: ", line + 1));
        let separator = if text.is_empty() { "" } else { "; " };
        // Writing to a string does not fail.
        let _ = write!(text, "{separator}{line}{}", error.message);
        for hint in &error.hints {
            let _ = write!(text, " ({})", hint.v);
        }
    }
    TemplateError(text)
}

impl World for StatementWorld<'_> {
    fn library(&self) -> &LazyHash<Library> {
        &self.renderer.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.renderer.fonts.book
    }

    fn main(&self) -> FileId {
        self.renderer.template.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.renderer.template.id() { Ok(self.renderer.template.clone()) } else { Err(denied(id)) }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        match &self.logo {
            Some(logo) if id == self.renderer.logo => Ok(logo.clone()),
            _ if id == self.renderer.data => Ok(self.data.clone()),
            _ => Err(denied(id)),
        }
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.renderer.fonts.fonts.get(index).cloned()
    }

    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}

fn denied(id: FileId) -> FileError {
    FileError::NotFound(id.vpath().get_with_slash().into())
}
