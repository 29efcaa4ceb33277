//! Terms: IF a line matches THEN this is how its royalty is computed.

use chrono::NaiveDate;
use kernel::codes::RevenueType;
use kernel::ids::TermId;
use serde::{Deserialize, Serialize};

use super::{Deduction, ItemScope, Model, Physical, Reduction, TerritorySet};

/// A term of a contract version.
///
/// Of the terms that match a line the most specific wins, compared in this fixed order: item before group
/// before any; countries before territory groups before "the world except" before the world; then named platforms,
/// revenue types, configurations, price categories, period. Of equally specific ones the contract's own wins over
/// those of rate cards, an organisation's card over the tenant's, and that over the system's. Then the higher
/// `priority`. A tie cannot be saved.
///
/// Option periods and rate steps are terms with a period of their own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Term {
    /// Its id.
    pub id: TermId,
    /// Which lines.
    #[serde(rename = "match")]
    pub matches: TermMatch,
    /// Where it comes from.
    #[serde(default, skip_serializing_if = "TermLevel::is_contract")]
    pub level: TermLevel,
    /// Decides between terms of equal specificity and level; the higher wins.
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
    /// Packaging, free goods, net sales.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub physical: Option<Physical>,
}

impl Term {
    /// A term that matches everything, with a model and nothing else.
    #[must_use]
    pub fn new(id: TermId, model: Model) -> Self {
        Self {
            id,
            matches: TermMatch::default(),
            level: TermLevel::Contract,
            priority: 0,
            model,
            deductions: Vec::new(),
            reductions: Vec::new(),
            physical: None,
        }
    }
}

/// Where a term comes from: the nearer to the contract, the stronger between equally specific ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TermLevel {
    /// A rate card of the whole system.
    System,
    /// A rate card of the tenant.
    Tenant,
    /// A rate card of one organisation.
    Organisation,
    /// The contract itself.
    #[default]
    Contract,
}

impl TermLevel {
    fn is_contract(&self) -> bool {
        *self == Self::Contract
    }
}

/// A named set of terms that contracts share.
///
/// A contract version that names a card has its terms, and those of the card that it extends, and so on. A card
/// that extends itself cannot be saved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RateCard {
    /// Its name.
    pub name: String,
    /// Whose it is. Its terms count as of this level, whatever they say themselves.
    pub level: TermLevel,
    /// The name of the card it extends.
    #[serde(default)]
    pub extends: Option<String>,
    /// Its terms.
    pub terms: Vec<Term>,
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
    /// Price categories, as the lines name them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub price_categories: Vec<String>,
    /// Which date `validFrom` and `validTo` are about.
    #[serde(default, skip_serializing_if = "DateBasis::is_sale")]
    pub period_of: DateBasis,
    /// First date.
    #[serde(default)]
    pub valid_from: Option<NaiveDate>,
    /// Last date.
    #[serde(default)]
    pub valid_to: Option<NaiveDate>,
}

/// Which date of a line a period is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DateBasis {
    /// The sale date.
    #[default]
    Sale,
    /// The day the report was received.
    Receipt,
}

impl DateBasis {
    fn is_sale(&self) -> bool {
        *self == Self::Sale
    }
}

pub(super) const fn everything() -> ItemScope {
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
            price_categories: Vec::new(),
            period_of: DateBasis::Sale,
            valid_from: None,
            valid_to: None,
        }
    }
}

impl TermMatch {
    /// The fixed order of specificity: compare as a tuple, the greater is the more specific.
    #[must_use]
    pub fn specificity(&self) -> [u8; 7] {
        [
            self.scope.specificity(),
            self.territories.specificity(),
            u8::from(!self.platforms.is_empty()),
            u8::from(!self.revenue_types.is_empty()),
            u8::from(!self.configurations.is_empty()),
            u8::from(!self.price_categories.is_empty()),
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
            "{scope}|{}|-{}|{}|-{}|{}|{}|{}|{}",
            codes(&self.territories.include),
            codes(&self.territories.exclude),
            list(self.territories.include_groups.clone()),
            list(self.territories.exclude_groups.clone()),
            list(self.platforms.clone()),
            list(self.revenue_types.iter().map(ToString::to_string).collect()),
            list(self.configurations.clone()),
            list(self.price_categories.clone()),
        )
    }
}
