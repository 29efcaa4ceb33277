//! One line of revenue, whoever reported it.

use chrono::NaiveDate;
use kernel::codes::{Isrc, Iswc, RevenueType, Upc};
use kernel::currency::Currency;
use kernel::period::Period;
use kernel::territory::Territory;
use rust_decimal::Decimal;

/// A code as a report gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Coded<C, T> {
    /// The report says nothing.
    #[default]
    Absent,
    /// A well-formed code, normalised.
    Valid(C),
    /// A text that is no such code (a spreadsheet's `1,91774E+11`, a wrong check digit): kept as it is, flagged,
    /// never matched and never repaired.
    Damaged(T),
}

impl<C: Copy, T> Coded<C, T> {
    /// The code, if it is well formed.
    #[must_use]
    pub const fn valid(&self) -> Option<C> {
        match self {
            Self::Valid(code) => Some(*code),
            _ => None,
        }
    }

    /// The damaged text.
    #[must_use]
    pub const fn damaged(&self) -> Option<&T> {
        match self {
            Self::Damaged(text) => Some(text),
            _ => None,
        }
    }

    fn map<U>(&self, read: impl FnOnce(&T) -> U) -> Coded<C, U> {
        match self {
            Self::Absent => Coded::Absent,
            Self::Valid(code) => Coded::Valid(*code),
            Self::Damaged(text) => Coded::Damaged(read(text)),
        }
    }
}

/// One line of revenue; `T` is how its texts are held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line<T> {
    /// Physical line of the file it begins on, from 1.
    pub line_no: u64,
    /// The service the sale was made on, as the report names it.
    pub platform: T,
    /// What the money was earned with.
    pub revenue_type: RevenueType,
    /// The recording.
    pub isrc: Coded<Isrc, T>,
    /// The release.
    pub upc: Coded<Upc, T>,
    /// The work.
    pub iswc: Coded<Iswc, T>,
    /// The sender's own id of the item.
    pub source_item_key: Option<T>,
    /// Title of the recording or work.
    pub title: Option<T>,
    /// Artist.
    pub artist: Option<T>,
    /// Title of the release.
    pub release_title: Option<T>,
    /// Where the sale was made; `ZZ` when the report says "other".
    pub territory: Coded<Territory, T>,
    /// Currency of the amount.
    pub currency: Currency,
    /// Net amount, at most 18 decimals; what was cut is in the totals of the file.
    pub amount: Decimal,
    /// What was earned before the sender's share, with its own currency.
    pub gross: Option<(Decimal, Currency)>,
    /// Streams, downloads, copies; negative for returns.
    pub units: i64,
    /// First day of the sale period.
    pub sale_from: NaiveDate,
    /// Last day of the sale period.
    pub sale_to: NaiveDate,
    /// Period of the provider's statement, where the row says it.
    pub statement: Option<Period>,
    /// What was sold: `TRACK`, `ALBUM`, `LP`.
    pub configuration: Option<T>,
    /// A return, void, debit or refund: flagged as one, or negative.
    pub is_return: bool,
}

impl<T> Line<T> {
    /// Number of texts a line can hold: the slots given to `read` by [`Line::map`] are below it.
    pub(super) const TEXTS: usize = 10;

    /// The same line with its texts held otherwise. `read` is told which text it is, by number.
    pub(super) fn map<U>(&self, mut read: impl FnMut(usize, &T) -> U) -> Line<U> {
        Line {
            line_no: self.line_no,
            platform: read(0, &self.platform),
            revenue_type: self.revenue_type,
            isrc: self.isrc.map(|text| read(1, text)),
            upc: self.upc.map(|text| read(2, text)),
            iswc: self.iswc.map(|text| read(3, text)),
            source_item_key: self.source_item_key.as_ref().map(|text| read(4, text)),
            title: self.title.as_ref().map(|text| read(5, text)),
            artist: self.artist.as_ref().map(|text| read(6, text)),
            release_title: self.release_title.as_ref().map(|text| read(7, text)),
            territory: self.territory.map(|text| read(8, text)),
            currency: self.currency,
            amount: self.amount,
            gross: self.gross,
            units: self.units,
            sale_from: self.sale_from,
            sale_to: self.sale_to,
            statement: self.statement,
            configuration: self.configuration.as_ref().map(|text| read(9, text)),
            is_return: self.is_return,
        }
    }
}
