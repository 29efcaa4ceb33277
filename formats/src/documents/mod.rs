//! Statement documents: one model, three forms, the same numbers.
//!
//! ```text
//! StatementDocument ── check ──> CheckedStatement ──> PDF   (typst, a template file)
//!                                       │       └───> XLSX  (a sheet per part, typed cells)
//!                                  content hash └───> CSV   (a line per figure)
//! ```
//!
//! Nothing is written from a document that does not add up: the writers take a [`CheckedStatement`]. All of this is
//! pure: the same document gives the same bytes, on every machine, on every day.

pub mod archive;
mod balance;
mod canonical;
mod check;
mod colour;
mod lines;
mod logo;
mod model;
mod pdf;
pub mod seal;
mod summary_csv;
mod tables;
mod validation;
mod words;
mod xlsx;

#[cfg(test)]
mod tests;

pub use balance::BalanceError;
pub use canonical::content_hash;
pub use check::{CheckError, CheckedStatement, check};
pub use colour::{Colour, ColourError};
pub use lines::{DetailLine, LINE_COLUMNS, LinesCsv, LinesXlsx};
pub use logo::{LOGO_BYTES, Logo, LogoError};
pub use model::*;
pub(crate) use pdf::paper::{
    Paper as PaperJob, clean_text as paper_text, families as paper_families, family_of as font_family,
    typeset as typeset_paper,
};
pub use pdf::{Assets, Renderer, TemplateError};
pub use summary_csv::{CSV_COLUMNS, csv, write_csv};
pub use validation::{
    VALIDATION_COLUMNS, ValidationControl, ValidationError, ValidationFinding, ValidationReport, ValidationSkip,
    ValidationTerritory, ValidationTotal,
};
pub use words::{PhraseWords, Words, WordsError, fill};
pub use xlsx::{write_xlsx, xlsx};

/// Why a form of a statement could not be written.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// The language has no word list.
    #[error("no word list for language `{0}`")]
    Language(String),
    /// The statement names a logo that was not given.
    #[error("the logo {0} is missing")]
    Logo(String),
    /// The template does not compile with this document.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// The spreadsheet library refused, or the target could not be written.
    #[error("spreadsheet: {0}")]
    Xlsx(#[from] rust_xlsxwriter::XlsxError),
    /// The CSV could not be written.
    #[error("CSV: {0}")]
    Csv(#[from] ::csv::Error),
    /// The figures could not be handed to the template.
    #[error("template data: {0}")]
    Data(#[from] serde_json::Error),
}

/// The word list of the statement's language.
fn words_of(document: &StatementDocument) -> Result<&'static Words, DocumentError> {
    Words::of(&document.language).ok_or_else(|| DocumentError::Language(document.language.clone()))
}
