//! What a contract promises beyond its rates: guarantees, producer points, profit shares.

use chrono::NaiveDate;
use kernel::ids::ContractId;
use kernel::ratio::Ratio;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::TerritorySet;

/// A minimum guarantee: true-up = max(0, guarantee − earned − credited advances), at period end.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Guarantee {
    /// Its name, which outlives versions of the contract.
    pub name: String,
    /// What is guaranteed, in the contract's currency; not negative, in whole minor units.
    pub amount: Decimal,
    /// Over which time, and when it is trued up.
    pub term: GuaranteeTerm,
    /// Whose earnings count: those of these territories.
    #[serde(default)]
    pub territories: TerritorySet,
    /// Whether a true-up is recouped from later royalties.
    #[serde(default)]
    pub recoupable: bool,
    /// Whether advances paid within the term count as earned.
    #[serde(default = "yes")]
    pub credits_advances: bool,
    /// Whether earnings above one year's guarantee count for the next.
    #[serde(default)]
    pub rolls_over: bool,
}

const fn yes() -> bool {
    true
}

/// Over which time a guarantee runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "SCREAMING_SNAKE_CASE", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum GuaranteeTerm {
    /// The life of the contract: trued up once, in the month of `ends`.
    Lifetime {
        /// The last day.
        ends: NaiveDate,
    },
    /// Every year from a day on: trued up in the month in which a year ends.
    Yearly {
        /// The first day of the first year.
        from: NaiveDate,
        /// The last day of the last year; none: as long as the contract.
        #[serde(default)]
        to: Option<NaiveDate>,
    },
    /// Parts of the amount, each due at a milestone: what has not been earned or credited by then is trued up.
    Milestones {
        /// The milestones, by date. Their amounts total the guarantee.
        milestones: Vec<Milestone>,
    },
}

/// A milestone of a guarantee.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Milestone {
    /// What it is (`delivery`, `release`).
    pub name: String,
    /// When it is due.
    pub due_on: NaiveDate,
    /// What is due, in the contract's currency.
    pub amount: Decimal,
}

/// Producer points: from when on the contract's royalties are payable.
///
/// The contract's own terms say what the producer earns from record one. What is not yet payable is kept as memory.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProducerPoints {
    /// From when on.
    pub mode: ProducerMode,
    /// The recording costs that have to be recouped before, in the contract's currency.
    #[serde(default)]
    pub recording_costs: Decimal,
    /// The artist's contract whose royalties recoup the recording costs.
    #[serde(default)]
    pub recouped_by: Option<ContractId>,
    /// At which rate they are recouped.
    #[serde(default)]
    pub recouped_at: ProducerRate,
}

/// From when on a producer is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ProducerMode {
    /// From the first record.
    RecordOne,
    /// Once recording costs are recouped, for every record from the first on.
    RetroactiveToRecordOne,
    /// Once recording costs are recouped, for records from then on.
    Prospective,
}

/// At which rate recording costs are recouped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ProducerRate {
    /// By the artist's royalties alone: the all-in rate less the producer's.
    #[default]
    Net,
    /// By the artist's and the producer's royalties together.
    Combined,
}

/// A profit share: share × max(0, net income − recoupable costs − overhead), losses carried forward.
///
/// The contract's rows are its net income (a term of 100 % of net): the share is taken when the period is closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProfitShare {
    /// The project: losses are carried forward inside it, and contracts of the same project share them.
    pub project: String,
    /// The contract's share of the profit.
    pub share: Ratio,
    /// The part of net income that the tenant keeps for its overhead, before the share.
    #[serde(default = "nothing")]
    pub overhead: Ratio,
}

const fn nothing() -> Ratio {
    Ratio::ZERO
}

/// How long an accounting period of a contract is: reserves are released and guarantees counted by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AccountingPeriod {
    /// Every month.
    #[default]
    Month,
    /// Every quarter of the calendar year.
    Quarter,
    /// Every half of the calendar year.
    HalfYear,
    /// Every calendar year.
    Year,
}

impl AccountingPeriod {
    /// Its length in months.
    #[must_use]
    pub const fn months(self) -> u8 {
        match self {
            Self::Month => 1,
            Self::Quarter => 3,
            Self::HalfYear => 6,
            Self::Year => 12,
        }
    }
}
