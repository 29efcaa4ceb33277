//! Dated tables outside contracts: prices, statutory rates, chains of intermediaries.

use chrono::NaiveDate;
use kernel::currency::Currency;
use kernel::ratio::Ratio;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{ItemScope, TerritorySet};

/// The prices that tables supply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PriceKind {
    /// The published price to dealers.
    Ppd,
    /// The retail price.
    Retail,
}

/// A price in force for some days: what a line without a price of its own is computed with.
///
/// Of the prices that fit a line (kind, items, category, configuration, territory, sale date) those in the line's
/// currency come first, then those in the contract's; no other is taken. Among them the most specific wins: item
/// before group before all, a named category before none, a named configuration before none, countries before
/// groups before "the world except" before the world. A tie cannot be saved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Price {
    /// Which price.
    pub kind: PriceKind,
    /// The price of one unit, at most 12 decimal places, not negative.
    pub amount: Decimal,
    /// Its currency.
    pub currency: Currency,
    /// The items.
    #[serde(default = "super::term::everything")]
    pub scope: ItemScope,
    /// The price category, as lines name it; none: every line.
    #[serde(default)]
    pub category: Option<String>,
    /// The product configuration, as lines name it; none: every line.
    #[serde(default)]
    pub configuration: Option<String>,
    /// Where.
    #[serde(default)]
    pub territories: TerritorySet,
    /// First sale date.
    #[serde(default)]
    pub valid_from: Option<NaiveDate>,
    /// Last sale date.
    #[serde(default)]
    pub valid_to: Option<NaiveDate>,
}

/// A statutory rate per unit of a mechanical licence, in force for some days. Dated data, never code.
///
/// A recording that plays longer than `long_after_minutes` earns the greater of `minimum` and `per_minute` times its
/// minutes, every begun minute counting as a whole one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StatutoryRate {
    /// The table it belongs to (`US`), as terms name it.
    pub table: String,
    /// First day; the rate of the latest `valid_from` on or before the wanted day applies.
    pub valid_from: NaiveDate,
    /// The currency.
    pub currency: Currency,
    /// Per unit, at most 12 decimal places.
    pub minimum: Decimal,
    /// Per unit and begun minute of long recordings; none: length does not matter.
    #[serde(default)]
    pub per_minute: Option<Decimal>,
    /// From how many minutes a recording is long.
    #[serde(default = "five")]
    pub long_after_minutes: u16,
}

const fn five() -> u16 {
    5
}

/// The intermediaries between the source of money and the tenant: what arrives is the source times what every hop
/// leaves.
///
/// Terms on the base `AT_SOURCE` undo it: `source = amount ÷ Π(1 − kept)`, unless the line states its source amount.
/// The most specific chain applies (a named platform before none, then the territories); a tie cannot be saved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SourceChain {
    /// Its name, for the explanation.
    pub name: String,
    /// Codes of platforms; empty: every one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub platforms: Vec<String>,
    /// Where.
    #[serde(default)]
    pub territories: TerritorySet,
    /// First sale date.
    #[serde(default)]
    pub valid_from: Option<NaiveDate>,
    /// Last sale date.
    #[serde(default)]
    pub valid_to: Option<NaiveDate>,
    /// From the source to the tenant.
    pub hops: Vec<Hop>,
}

/// An intermediary (sub-publisher, affiliate) and the part it keeps of what reaches it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Hop {
    /// Who.
    pub name: String,
    /// The part kept; less than 1.
    pub kept: Ratio,
}
