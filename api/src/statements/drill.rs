//! From a statement's royalties down to single lines.

use async_graphql::{Enum, InputObject, SimpleObject};
use domain::statements as royalty;
use rust_decimal::Decimal;

use crate::calculation::RoyaltyLine;
use crate::frame::scalars::{BigInt, CurrencyCode, Earning, Money};

/// By what a level of a statement is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "royalty::Dimension")]
pub enum StatementDimension {
    /// By platform.
    Platform,
    /// By release.
    Release,
    /// By track or work.
    Track,
    /// By territory.
    Territory,
    /// By kind of revenue.
    RevenueType,
}

/// A row that was chosen on the way down.
#[derive(Debug, Clone, InputObject)]
pub struct StatementDrillStep {
    /// The dimension of its level.
    by: StatementDimension,
    /// Its `key` there.
    key: String,
}

impl From<StatementDrillStep> for royalty::Step {
    fn from(step: StatementDrillStep) -> Self {
        Self { by: step.by.into(), key: step.key }
    }
}

/// One row of a level.
#[derive(Debug, Clone, SimpleObject)]
pub struct StatementDrillRow {
    /// What to send back, as a step, to go on below this row.
    key: String,
    /// Platform, title, country or kind.
    label: String,
    /// Artist or the like.
    detail: Option<String>,
    /// ISRC, UPC, ISWC or territory code.
    code: Option<String>,
    /// Units.
    units: BigInt,
    /// The royalty, rounded so that the level adds up to the row above it.
    royalty: Money,
    /// The royalty, exact.
    exact: Earning,
}

/// A level of a statement. Its rows add up to the row that was chosen above it; the first level adds up to the
/// statement's royalties.
#[derive(Debug, Clone, SimpleObject)]
pub struct StatementDrill {
    /// What the rows add up to.
    royalty: Money,
    /// Units of all rows.
    units: BigInt,
    /// The rows, the largest royalty first.
    rows: Vec<StatementDrillRow>,
}

impl From<royalty::Level> for StatementDrill {
    fn from(level: royalty::Level) -> Self {
        let currency = CurrencyCode::from(level.currency);
        let money = |amount: Decimal| {
            let mut amount = amount;
            amount.rescale(level.currency.exponent());
            Money { amount: amount.into(), currency }
        };
        let rows = level.rows.into_iter().map(|row| StatementDrillRow {
            key: row.key,
            label: row.label,
            detail: row.detail,
            code: row.code,
            units: row.units.into(),
            royalty: money(row.royalty),
            exact: kernel::money::Earning { amount: row.exact, currency: level.currency }.into(),
        });
        Self { rows: rows.collect(), royalty: money(level.royalty), units: level.units.into() }
    }
}

/// Royalty lines of a statement.
#[derive(Debug, SimpleObject)]
pub struct StatementLines {
    /// The lines, in stored order, each with its explanation.
    nodes: Vec<RoyaltyLine>,
    /// Where the last line stands, for `after`; null without a line.
    end: Option<String>,
    /// Whether more follow.
    has_more: bool,
}

impl From<royalty::StatementLines> for StatementLines {
    fn from(page: royalty::StatementLines) -> Self {
        Self { nodes: page.lines.into_iter().map(Into::into).collect(), end: page.end, has_more: page.has_more }
    }
}
