//! Small papers of one template each: checks, remittance advice, receipts. The same fonts and rules as statements: the
//! template sees one JSON file, and whatever font it is given; no clock, no disk, no network.

use typst::diag::{FileResult, Warned};
use typst::foundations::{Bytes, Datetime, Duration, Smart};
use typst::syntax::{FileId, Source};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, World};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, Timestamp};

use super::{REMEMBERED, Renderer, TemplateError, clean, denied, explain_in, file};

/// A paper: its template, what stands on it, when it is dated and what identifies it.
pub(crate) struct Paper<'a> {
    /// typst source that reads `json("/paper.json")`.
    pub(crate) template: &'static str,
    /// What the template reads.
    pub(crate) data: Vec<u8>,
    /// The day of the paper: the document's date, so that the same paper gives the same bytes.
    pub(crate) on: chrono::NaiveDate,
    /// The document's identifier.
    pub(crate) id: String,
    /// A font that the tenant brings, as the one for the machine-readable line of checks.
    pub(crate) font: Option<&'a [u8]>,
}

/// A text as it may stand on a page.
pub(crate) fn clean_text(text: &str) -> String {
    clean::clean(text, &Renderer::shared().fonts)
}

/// The family names that the bundled fonts have, in order, for a template.
pub(crate) fn families() -> &'static [String] {
    &Renderer::shared().fonts.families
}

/// The family of a font that a tenant brings, and whether it has a character; `None` for what is no font.
pub(crate) fn family_of(font: &[u8], letter: char) -> Option<(String, bool)> {
    let font = Font::new(Bytes::new(font.to_vec()), 0)?;
    Some((font.info().family.clone(), font.info().coverage.contains(u32::from(letter))))
}

/// The paper as PDF.
pub(crate) fn typeset(paper: &Paper<'_>) -> Result<Vec<u8>, TemplateError> {
    use chrono::Datelike as _;
    let shared = Renderer::shared();
    let own = paper.font.and_then(|font| Font::new(Bytes::new(font.to_vec()), 0));
    let mut fonts: Vec<Font> = shared.fonts.fonts.clone();
    let book = match own {
        Some(font) => {
            fonts.push(font);
            LazyHash::new(FontBook::from_fonts(&fonts))
        }
        None => shared.fonts.book.clone(),
    };
    let world = PaperWorld {
        library: &shared.library,
        book,
        fonts,
        source: Source::new(file("paper.typ"), paper.template.to_owned()),
        data: Bytes::new(paper.data.clone()),
        data_id: file("paper.json"),
    };
    let Warned { output, .. } = typst::compile::<PagedDocument>(&world);
    let failed = |errors: &[typst::diag::SourceDiagnostic]| explain_in(&world, &world.source, errors);
    let pdf = output.map_err(|errors| failed(&errors)).and_then(|document| {
        let month = u8::try_from(paper.on.month()).unwrap_or(1);
        let day = u8::try_from(paper.on.day()).unwrap_or(1);
        let options = PdfOptions {
            ident: Smart::Custom(paper.id.clone()),
            creator: Smart::Custom(Some("TuneMantra".into())),
            timestamp: Datetime::from_ymd_hms(paper.on.year(), month, day, 0, 0, 0).map(Timestamp::new_utc),
            ..PdfOptions::default()
        };
        typst_pdf::pdf(&document, &options).map_err(|errors| failed(&errors))
    });
    typst::comemo::evict(REMEMBERED);
    pdf
}

struct PaperWorld<'a> {
    library: &'a LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
    source: Source,
    data: Bytes,
    data_id: FileId,
}

impl World for PaperWorld<'_> {
    fn library(&self) -> &LazyHash<Library> {
        self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.book
    }

    fn main(&self) -> FileId {
        self.source.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.source.id() { Ok(self.source.clone()) } else { Err(denied(id)) }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        if id == self.data_id { Ok(self.data.clone()) } else { Err(denied(id)) }
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.fonts.get(index).cloned()
    }

    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}
