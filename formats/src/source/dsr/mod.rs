//! DDEX digital sales reports as flat files: records of many kinds, tied together by blocks and summaries, flattened into
//! one table.
//!
//! What a row is depends on what the file holds, told from its first lines: lines of controllers of rights (`LI`),
//! single records (`SR`), usages (`SU`), or, without any of these, the summaries themselves. Every row carries the
//! cells of its summary, its release, its recording and its work beside its own.

mod block;
mod cells;
mod records;
mod rows;

pub(crate) use rows::DsrRows;

use super::records::Cut;
use records::Class;

/// What the rows of a file are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Grain {
    /// Lines of controllers of rights: money per usage and controller.
    Lines,
    /// Single records.
    Singles,
    /// Usages.
    Usages,
    /// Summaries: nothing finer is there.
    Summaries,
}

/// Columns that every such table has.
const COMMON: &[&str] = &[
    "SenderName",
    "RecipientName",
    "Profile",
    "UsageStartDate",
    "UsageEndDate",
    "SummaryRecordId",
    "DistributionChannel",
    "CommercialModel",
    "UseType",
    "Territory",
    "ServiceDescription",
    "CurrencyOfReporting",
    "CurrencyOfTransaction",
    "ExchangeRate",
    "PeriodStart",
    "PeriodEnd",
];

/// Columns of the release, the recording and the work.
const THINGS: &[&str] = &[
    "ICPN",
    "DspReleaseId",
    "CatalogNumber",
    "ReleaseTitle",
    "ReleaseDisplayArtistName",
    "Label",
    "ISRC",
    "DspResourceId",
    "Title",
    "DisplayArtistName",
    "ResourceType",
    "ISWC",
    "DspWorkId",
    "ProprietaryWorkId",
    "WorkTitle",
    "ComposerAuthor",
    "MusicPublisher",
];

const OF_USAGES: &[&str] =
    &["SalesTransactionId", "Usages", "Returns", "IsRoyaltyBearing", "NetRevenue", "SharedNetRevenue"];
const OF_LINES: &[&str] = &[
    "SalesTransactionId",
    "Usages",
    "RightsController",
    "RightsControllerWorkId",
    "RightShare",
    "RightsType",
    "AllocatedNetRevenue",
    "AllocatedAmount",
];
const OF_SINGLES: &[&str] = &[
    "SalesTransactionId",
    "SalesTransactionDate",
    "Usages",
    "Returns",
    "NetUsage",
    "DeductionType",
    "RightSharePercentage",
    "AllocatedRevenueInCurrencyOfTransaction",
    "AllocatedRevenueInCurrencyOfAccounting",
    "AllocatedNetRevenueInCurrencyOfTransaction",
    "AllocatedNetRevenueInCurrencyOfAccounting",
];
const OF_SUMMARIES: &[&str] = &["SummaryUsages", "SummaryNetRevenue", "RightsController", "AllocatedUsages"];

impl Grain {
    /// The columns of the table.
    pub(super) fn columns(self) -> Vec<&'static str> {
        let (things, own): (&[&str], &[&str]) = match self {
            Self::Lines => (THINGS, OF_LINES),
            Self::Singles => (THINGS, OF_SINGLES),
            Self::Usages => (THINGS, OF_USAGES),
            Self::Summaries => (&[], OF_SUMMARIES),
        };
        COMMON.iter().chain(things).chain(own).copied().collect()
    }
}

/// How such a file is cut: tabs, no quotes.
pub(super) const fn cut(terminator: u8) -> Cut {
    Cut { delimiter: b'\t', quoted: false, terminator, fallback: None }
}

/// What the rows of a file are, if it is such a file: its first record that is neither a comment nor empty is a header.
pub(super) fn recognise(head: &[u8], terminator: u8) -> Option<Grain> {
    let lines = || {
        head.split(|byte| *byte == terminator)
            .filter_map(|line| std::str::from_utf8(line).ok())
            .map(|line| line.trim_end_matches('\r'))
            .filter(|line| !line.starts_with('#') && !line.trim().is_empty())
    };
    let class = |line: &str| Class::of(line.split('\t').next().unwrap_or_default());
    let first = lines().next()?;
    if class(first) != Class::Header || !first.contains('\t') {
        return None;
    }
    let has = |wanted: Class| lines().any(|line| class(line) == wanted);
    Some(if has(Class::Line) {
        Grain::Lines
    } else if has(Class::Single) {
        Grain::Singles
    } else if has(Class::Usage) {
        Grain::Usages
    } else {
        Grain::Summaries
    })
}

/// A summary of a report: what it states, and what its rows made of it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct StatedSummary {
    /// Its id in the file.
    pub id: String,
    /// The controller of rights it is about; empty where it is about all.
    pub controller: String,
    /// Currency of its revenue.
    pub currency: String,
    /// Usages that it states.
    pub stated_usages: String,
    /// Revenue that it states.
    pub stated_revenue: String,
    /// Usages of its rows; nothing where rows do not share its revenue.
    pub usages: Option<i64>,
    /// The part of its revenue that fell to its rows; nothing where rows have money of their own.
    pub revenue: Option<String>,
}

/// What a file says about its own structure, beside what was counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Footing {
    pub(crate) line: u64,
    pub(crate) label: String,
    pub(crate) stated: String,
    pub(crate) computed: String,
    /// `None` where the stated text cannot be compared.
    pub(crate) agrees: Option<bool>,
}

impl Footing {
    /// A stated count.
    pub(super) fn count(line: u64, label: &str, stated: &str, computed: u64) -> Self {
        let agrees = stated.trim().parse::<u64>().ok().map(|stated| stated == computed);
        Self { line, label: label.to_owned(), stated: stated.to_owned(), computed: computed.to_string(), agrees }
    }
}
