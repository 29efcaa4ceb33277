//! How a royalty is computed: bases and rate models.

use chrono::NaiveDate;
use kernel::currency::Currency;
use kernel::ids::GroupId;
use kernel::ratio::Ratio;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::TerritorySet;

/// What a percentage is a percentage of. The base is a term of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Base {
    /// What the tenant received, less the line's part of whole-file taxes and fees.
    #[default]
    Net,
    /// What the platform stated as gross. A line without it is an exception.
    Gross,
    /// The published price to dealers times the units that bear royalty: from the line, else from the price tables.
    Ppd,
    /// The retail price times the units that bear royalty: from the line, else from the price tables.
    Retail,
    /// The line's own unit price times the units that bear royalty. A line without it is an exception.
    UnitPrice,
    /// What the use earned at the source: from the line, else its amount with the chain of hops undone.
    AtSource,
}

impl Base {
    /// The name used in data.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Net => "NET",
            Self::Gross => "GROSS",
            Self::Ppd => "PPD",
            Self::Retail => "RETAIL",
            Self::UnitPrice => "UNIT_PRICE",
            Self::AtSource => "AT_SOURCE",
        }
    }
}

/// How a royalty is computed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "SCREAMING_SNAKE_CASE", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Model {
    /// A part of a base. Zero is a rate: it pays nothing and never falls through to another term.
    Percentage {
        /// Of what.
        base: Base,
        /// The rate.
        rate: Ratio,
    },
    /// A fixed amount per unit that bears royalty. Returns (negative units) reverse it.
    PerUnit {
        /// The amount per unit, at most 12 decimal places, not negative.
        amount: Decimal,
        /// Its currency.
        currency: Currency,
    },
    /// A rate that changes as a counter grows.
    Tiered {
        /// What the percentages of tiers are of.
        #[serde(default)]
        base: Base,
        /// What is counted.
        counter: Counter,
        /// Whether a new rate reaches back.
        #[serde(default)]
        mode: TierMode,
        /// The tiers, from 0 upwards.
        tiers: Vec<Tier>,
    },
    /// A part of the statutory rate per unit: the mechanical royalty of controlled compositions.
    Statutory {
        /// The table of statutory rates.
        table: String,
        /// The part, 0.75 for "three quarters".
        ratio: Ratio,
        /// Whether a long recording earns the minimum rate only.
        #[serde(default)]
        minimum_only: bool,
        /// The day whose rate applies (release, delivery); none: the sale date.
        #[serde(default)]
        rate_date: Option<NaiveDate>,
        /// For how many tracks a release pays at most, at `ratio` × the minimum rate. What tracks that are not
        /// controlled cost comes off it first; what is left is shared by the controlled tracks in proportion.
        #[serde(default)]
        release_cap_tracks: Option<u16>,
    },
    /// An expression of its own over the values of the whole line.
    Formula {
        /// The expression: `min(net * 0.5, units * 0.10)`. Its result times the participation's ratio is the royalty.
        expression: String,
        /// The currency of the result; none: that of the line.
        #[serde(default)]
        currency: Option<Currency>,
    },
    /// Several models, of which the result is made.
    Hybrid {
        /// How.
        choice: HybridChoice,
        /// The models, in order.
        models: Vec<Model>,
    },
}

/// How a hybrid makes one royalty of several. Amounts are compared in the contract's currency at 12 places; of equals
/// the first is taken; for lines below zero the comparison is mirrored, so that a return reverses its sale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum HybridChoice {
    /// The greatest.
    GreaterOf,
    /// The least.
    LesserOf,
    /// All of them.
    SumOf,
    /// The first whose inputs the line has.
    FirstApplicable,
}

/// What a tiered rate counts. Terms of a contract that name the same counter share it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Counter {
    /// Its name, which outlives versions of the contract; none: the id of the term.
    #[serde(default)]
    pub name: Option<String>,
    /// What it adds up.
    #[serde(default)]
    pub measure: CounterMeasure,
    /// How many counters there are.
    #[serde(default)]
    pub per: CounterScope,
    /// Whose lines move it; others take the rate where it stands.
    #[serde(default)]
    pub territories: TerritorySet,
    /// Where it began, before the first line the system knows of.
    #[serde(default)]
    pub opening: Decimal,
}

/// What a counter adds up. Free goods never count; returns walk it back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CounterMeasure {
    /// Units that bear royalty.
    #[default]
    Units,
    /// Gross of the line, in the contract's currency at 12 places.
    Gross,
    /// Net of the line, in the contract's currency at 12 places.
    Net,
}

/// What has a counter of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CounterScope {
    /// The contract: one counter.
    #[default]
    Contract,
    /// Every release: the one the line names, else the item itself if it is a release, else the only release that
    /// lists the item, else the item.
    Release,
    /// Every item.
    Item,
    /// The members of a group: one counter, which lines of other items do not move.
    Group(GroupId),
}

/// Whether a new rate reaches back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TierMode {
    /// Only what lies above a threshold takes its rate. A line that straddles it is computed in two parts.
    #[default]
    Marginal,
    /// Everything from the first unit on takes the rate of the tier that is reached: the line that reaches it carries
    /// the difference for all before it, and a return that falls below it takes the difference back.
    Retroactive,
}

/// One tier: from its threshold up to that of the next.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Tier {
    /// Where it begins; the first at 0, each above the one before.
    pub from: Decimal,
    /// Where it ends: where the next begins. May be left out.
    #[serde(default)]
    pub to: Option<Decimal>,
    /// The rate in it.
    pub rate: TierRate,
}

/// The rate of a tier.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "SCREAMING_SNAKE_CASE", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum TierRate {
    /// A part of the base.
    Percentage {
        /// The rate.
        rate: Ratio,
    },
    /// An amount per unit that bears royalty.
    PerUnit {
        /// The amount, at most 12 decimal places, not negative.
        amount: Decimal,
        /// Its currency; the same in all tiers.
        currency: Currency,
    },
}
