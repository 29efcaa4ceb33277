//! Rows of a report, whatever they are made from.

use std::io::Read;

use super::cwr::CwrRows;
use super::dsr::{DsrRows, Footing, StatedSummary};
use super::records::{Record, Records};
use super::typed::TypedRows;
use super::xlsx::SheetRows;
use crate::report::FileError;

type Bytes = Box<dyn Read + Send>;

/// Rows of a report.
pub(crate) enum Rows {
    /// Lines of text.
    Text(Records<Bytes>),
    /// Records that say what they are.
    Typed(TypedRows<Bytes>),
    /// Rows of a sheet.
    Sheet(Box<SheetRows>),
    /// Records of a DDEX sales report, flattened.
    Dsr(Box<DsrRows<Bytes>>),
    /// Transactions of a CWR acknowledgement.
    Cwr(Box<CwrRows<Bytes>>),
}

impl Rows {
    /// The next row; `None` at the end.
    ///
    /// # Errors
    /// [`FileError`] when the file breaks off or is damaged.
    pub(crate) fn next_record(&mut self) -> Result<Option<Record<'_>>, FileError> {
        match self {
            Self::Text(records) => records.next_record(),
            Self::Typed(rows) => rows.next_record(),
            Self::Sheet(rows) => rows.next_record(),
            Self::Dsr(rows) => rows.next_record(),
            Self::Cwr(rows) => rows.next_record(),
        }
    }

    /// Says how many cells a record should have (see [`Records::expect_width`]).
    pub(crate) const fn expect_width(&mut self, width: usize) {
        if let Self::Text(records) = self {
            records.expect_width(width);
        }
    }

    /// Physical lines read so far.
    pub(crate) const fn line(&self) -> u64 {
        match self {
            Self::Text(records) => records.line(),
            Self::Typed(rows) => rows.line(),
            Self::Sheet(rows) => rows.line(),
            Self::Dsr(rows) => rows.line(),
            Self::Cwr(rows) => rows.line(),
        }
    }

    /// Whether missing cells at the end of a row are empty ones by nature of the file.
    pub(crate) const fn are_padded(&self) -> bool {
        !matches!(self, Self::Text(_))
    }

    /// The summaries that the file states.
    pub(crate) fn summaries(&self) -> Vec<StatedSummary> {
        match self {
            Self::Dsr(rows) => rows.summaries(),
            _ => Vec::new(),
        }
    }

    /// What the file says about its own structure; complete at the end.
    pub(crate) fn footings(&self) -> Vec<Footing> {
        match self {
            Self::Dsr(rows) => rows.footings(),
            Self::Cwr(rows) => rows.footings(),
            _ => Vec::new(),
        }
    }
}
