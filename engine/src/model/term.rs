//! Terms: IF a line matches THEN this is how its royalty is computed.

use chrono::NaiveDate;
use kernel::codes::RevenueType;
use kernel::currency::Currency;
use kernel::ids::TermId;
use kernel::ratio::Ratio;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{ItemScope, TerritorySet};

/// A term of a contract version.
///
/// Of the terms that match a line the most specific wins, compared in this fixed order: item before group
/// before any; a list of territories before "the world except" before the world; then named platforms, revenue
/// types, configurations, period. Then the higher `priority`. A tie cannot be saved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Term {
    /// Its id.
    pub id: TermId,
    /// Which lines.
    #[serde(rename = "match")]
    pub matches: TermMatch,
    /// Decides between terms of equal specificity; the higher wins.
    #[serde(default)]
    pub priority: i32,
    /// How the royalty is computed.
    pub model: Model,
    /// Taken off the base before the rate, in this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deductions: Vec<Deduction>,
    /// Factors of the rate for lines that they match; all that match apply.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reductions: Vec<Reduction>,
}

/// Which lines a term matches. What is empty matches everything.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TermMatch {
    /// The items.
    #[serde(default = "everything")]
    pub scope: ItemScope,
    /// The territories.
    #[serde(default)]
    pub territories: TerritorySet,
    /// Codes of platforms.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub platforms: Vec<String>,
    /// Revenue types.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub revenue_types: Vec<RevenueType>,
    /// Product configurations (`CD`, `VINYL` …) as the lines name them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub configurations: Vec<String>,
    /// First sale date.
    #[serde(default)]
    pub valid_from: Option<NaiveDate>,
    /// Last sale date.
    #[serde(default)]
    pub valid_to: Option<NaiveDate>,
}

const fn everything() -> ItemScope {
    ItemScope::All
}

impl Default for TermMatch {
    fn default() -> Self {
        Self {
            scope: ItemScope::All,
            territories: TerritorySet::world(),
            platforms: Vec::new(),
            revenue_types: Vec::new(),
            configurations: Vec::new(),
            valid_from: None,
            valid_to: None,
        }
    }
}

impl TermMatch {
    /// The fixed order of specificity: compare as a tuple, the greater is the more specific.
    #[must_use]
    pub fn specificity(&self) -> [u8; 6] {
        [
            self.scope.specificity(),
            self.territories.specificity(),
            u8::from(!self.platforms.is_empty()),
            u8::from(!self.revenue_types.is_empty()),
            u8::from(!self.configurations.is_empty()),
            u8::from(self.valid_from.is_some() || self.valid_to.is_some()),
        ]
    }

    /// A canonical text of everything but the period: equal texts match the same lines.
    #[must_use]
    pub fn key(&self) -> String {
        fn list(mut names: Vec<String>) -> String {
            names.sort_unstable();
            names.dedup();
            names.join(",")
        }
        let scope = match self.scope {
            ItemScope::Item(item) => format!("item:{}:{}", item.kind, item.id),
            ItemScope::Group(group) => format!("group:{}", group.uuid()),
            ItemScope::All => "all".to_owned(),
        };
        let codes = |set: &[kernel::territory::Territory]| list(set.iter().map(ToString::to_string).collect());
        format!(
            "{scope}|{}|-{}|{}|{}|{}",
            codes(&self.territories.include),
            codes(&self.territories.exclude),
            list(self.platforms.clone()),
            list(self.revenue_types.iter().map(ToString::to_string).collect()),
            list(self.configurations.clone()),
        )
    }
}

/// What a percentage is a percentage of. The base is a term of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Base {
    /// What the tenant received.
    Net,
    /// What the platform stated as gross. A line without it is an exception.
    Gross,
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
    /// A fixed amount per unit. Returns (negative units) reverse it.
    PerUnit {
        /// The amount per unit, at most 12 decimal places, not negative.
        amount: Decimal,
        /// Its currency.
        currency: Currency,
    },
}

/// A step off the top of the base, before the rate.
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
