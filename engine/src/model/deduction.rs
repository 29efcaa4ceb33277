//! What comes off before, at and after the rate.

use kernel::codes::RevenueType;
use kernel::ids::{PartyId, SplitId};
use kernel::ratio::Ratio;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::TerritorySet;

/// A step off the base that entered the contract, before the rate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Deduction {
    /// What it is for (distribution fee, packaging …), for the statement.
    pub name: String,
    /// Of what.
    pub base: DeductionBase,
    /// The part taken off.
    pub ratio: Ratio,
}

/// What a deduction is a part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DeductionBase {
    /// The base of the term, before any deduction.
    Receipts,
    /// What earlier deductions left.
    Remaining,
}

/// A reduction of the rate, kept as a factor so that a change of the base rate flows through.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Reduction {
    /// What kind of reduction.
    pub kind: ReductionKind,
    /// The factor: 0.75 for "75 % of the basic rate".
    pub factor: Ratio,
    /// Where it applies; empty: the world.
    #[serde(default)]
    pub territories: TerritorySet,
    /// For which configurations; empty: every one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub configurations: Vec<String>,
    /// For which price categories; empty: every one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub price_categories: Vec<String>,
    /// For which revenue types; empty: every one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub revenue_types: Vec<RevenueType>,
}

/// The kinds of reduction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ReductionKind {
    /// Sales abroad.
    Territory,
    /// Mid price, budget.
    Price,
    /// Compact disc, new media, compilations and the like.
    Format,
}

impl ReductionKind {
    /// The name used in data.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Territory => "TERRITORY",
            Self::Price => "PRICE",
            Self::Format => "FORMAT",
        }
    }
}

/// The deductions of the physical trade: `base × (1 − packaging) × (1 − free goods) × net sales`, all exact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Physical {
    /// The part of the price that is packaging.
    #[serde(default = "none")]
    pub packaging: Ratio,
    /// How free goods count; none: every unit of a line bears royalty.
    #[serde(default)]
    pub free_goods: Option<FreeGoods>,
    /// The part of sales that bears royalty ("90 % of net sales").
    #[serde(default = "all")]
    pub net_sales: Ratio,
}

const fn none() -> Ratio {
    Ratio::ZERO
}

const fn all() -> Ratio {
    Ratio::ONE
}

/// Which units are free of royalty. They never count towards escalations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "SCREAMING_SNAKE_CASE", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum FreeGoods {
    /// A fixed part of all units, whatever was given away. It comes off money bases as well.
    Fixed {
        /// The part.
        ratio: Ratio,
    },
    /// The units that the line says were given away.
    Actual,
    /// The units given away up to a part of all units of the line; what goes beyond bears royalty.
    Threshold {
        /// The part.
        ratio: Ratio,
    },
}

/// A step of a contract's waterfall.
///
/// Steps run in the order of the list, within their stage. What a percentage takes is rounded once to 18 places (not
/// rounded at all when every step off the top is a part that the tenant keeps of every line without a cap or condition,
/// and no fee pays a commission: then they are a factor of the base). Flat amounts and caps are in the contract's
/// currency. What is taken is never more than there is, and never has the other sign. Of a royalty in several parts
/// (tiers) percentages come off every part, flat amounts off the first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WaterfallStep {
    /// Its place: stable, as that of a split.
    pub id: SplitId,
    /// What it is for, for the statement; unique in the contract version. State (caps) is kept under this name.
    pub name: String,
    /// Out of what it is paid.
    pub stage: WaterfallStage,
    /// How much.
    pub amount: StepAmount,
    /// The most it takes in one accounting month, in the contract's currency.
    #[serde(default)]
    pub cap_per_period: Option<Decimal>,
    /// The most it takes ever, in the contract's currency.
    #[serde(default)]
    pub cap: Option<Decimal>,
    /// Only while something of the contract is unrecouped, decided once per accounting month from the opening
    /// balances.
    #[serde(default)]
    pub until_recouped: bool,
    /// Who gets it; none: it stays with the tenant.
    #[serde(default)]
    pub recipient: Option<PartyId>,
    /// Where it applies.
    #[serde(default)]
    pub territories: TerritorySet,
    /// For which configurations; empty: every one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub configurations: Vec<String>,
    /// For which revenue types; empty: every one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub revenue_types: Vec<RevenueType>,
}

/// Out of what a step is paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "SCREAMING_SNAKE_CASE", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum WaterfallStage {
    /// Out of the base that entered the contract, before deductions and rate.
    OffTheTop,
    /// Out of the contract's royalty, before it is split over payees.
    BeforeSplit,
    /// Out of one payee's share; nobody else's changes.
    AfterSplit {
        /// Whose share.
        party_id: PartyId,
    },
    /// Out of what an earlier step took for the tenant: a commission that the tenant's fee pays.
    FromFee {
        /// The name of that step.
        step: String,
    },
}

/// How much a step takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "SCREAMING_SNAKE_CASE", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum StepAmount {
    /// A part.
    Percentage {
        /// The part.
        ratio: Ratio,
        /// Of what.
        of: StepBase,
    },
    /// A fixed amount for every line with an amount above zero, never more than is there; returns (lines below
    /// zero) give it back.
    PerLine {
        /// The amount.
        amount: Decimal,
    },
    /// A fixed amount per unit; returns give it back.
    PerUnit {
        /// The amount.
        amount: Decimal,
    },
    /// A fixed amount per accounting month, taken when the month is closed.
    PerPeriod {
        /// The amount.
        amount: Decimal,
    },
}

/// What a step takes its part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum StepBase {
    /// The base that entered the contract, before any step.
    Receipts,
    /// What earlier steps of the stage left: of the base, the royalty, the share or the fee.
    Remaining,
    /// The contract's royalty before any step out of it. Not off the top.
    Royalty,
}
