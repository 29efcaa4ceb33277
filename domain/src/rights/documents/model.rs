//! Shared rules as values.

use chrono::{DateTime, Utc};
use engine::model::{CrossGroup, Direction, Hold, Price, RateCard, Rules, SourceChain, StatutoryRate, TerritoryGroup};
use kernel::failure::{Failure, Outcome};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The kinds of shared rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RuleDocumentKind {
    /// A named group of territories.
    TerritoryGroup,
    /// A named set of terms.
    RateCard,
    /// A list of prices of units.
    Prices,
    /// A table of statutory rates.
    StatutoryRates,
    /// Intermediaries between source and tenant.
    SourceChain,
    /// Contracts that are crossed.
    CrossGroup,
    /// A letter of direction.
    Direction,
    /// A hold or dispute.
    Hold,
}

impl RuleDocumentKind {
    const ALL: [Self; 8] = [
        Self::TerritoryGroup,
        Self::RateCard,
        Self::Prices,
        Self::StatutoryRates,
        Self::SourceChain,
        Self::CrossGroup,
        Self::Direction,
        Self::Hold,
    ];

    /// The name in data.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TerritoryGroup => "TERRITORY_GROUP",
            Self::RateCard => "RATE_CARD",
            Self::Prices => "PRICES",
            Self::StatutoryRates => "STATUTORY_RATES",
            Self::SourceChain => "SOURCE_CHAIN",
            Self::CrossGroup => "CROSS_GROUP",
            Self::Direction => "DIRECTION",
            Self::Hold => "HOLD",
        }
    }

    pub(super) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// A shared rule, as the engine has it.
#[derive(Debug, Clone, PartialEq)]
pub enum RuleDocument {
    /// A named group of territories.
    TerritoryGroup(TerritoryGroup),
    /// A named set of terms.
    RateCard(RateCard),
    /// A list of prices under a name of its own.
    Prices(String, Vec<Price>),
    /// A table of statutory rates, by its name.
    StatutoryRates(String, Vec<StatutoryRate>),
    /// Intermediaries between source and tenant.
    SourceChain(SourceChain),
    /// Contracts that are crossed.
    CrossGroup(CrossGroup),
    /// A letter of direction.
    Direction(Direction),
    /// A hold or dispute.
    Hold(Hold),
}

impl RuleDocument {
    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> RuleDocumentKind {
        match self {
            Self::TerritoryGroup(_) => RuleDocumentKind::TerritoryGroup,
            Self::RateCard(_) => RuleDocumentKind::RateCard,
            Self::Prices(..) => RuleDocumentKind::Prices,
            Self::StatutoryRates(..) => RuleDocumentKind::StatutoryRates,
            Self::SourceChain(_) => RuleDocumentKind::SourceChain,
            Self::CrossGroup(_) => RuleDocumentKind::CrossGroup,
            Self::Direction(_) => RuleDocumentKind::Direction,
            Self::Hold(_) => RuleDocumentKind::Hold,
        }
    }

    /// Its name, unique among those of its kind that hold.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::TerritoryGroup(one) => &one.name,
            Self::RateCard(one) => &one.name,
            Self::Prices(name, _) | Self::StatutoryRates(name, _) => name,
            Self::SourceChain(one) => &one.name,
            Self::CrossGroup(one) => &one.name,
            Self::Direction(one) => &one.name,
            Self::Hold(one) => &one.name,
        }
    }

    /// Its JSON, as it is stored.
    pub(super) fn json(&self) -> Outcome<serde_json::Value> {
        let value = match self {
            Self::TerritoryGroup(one) => serde_json::to_value(one),
            Self::RateCard(one) => serde_json::to_value(one),
            Self::Prices(_, list) => serde_json::to_value(list),
            Self::StatutoryRates(_, list) => serde_json::to_value(list),
            Self::SourceChain(one) => serde_json::to_value(one),
            Self::CrossGroup(one) => serde_json::to_value(one),
            Self::Direction(one) => serde_json::to_value(one),
            Self::Hold(one) => serde_json::to_value(one),
        };
        value.map_err(|error| Failure::internal("a rule cannot be written as JSON").because(error))
    }

    /// From its JSON.
    pub(super) fn read(kind: RuleDocumentKind, name: &str, json: serde_json::Value) -> Outcome<Self> {
        let read = match kind {
            RuleDocumentKind::TerritoryGroup => serde_json::from_value(json).map(Self::TerritoryGroup),
            RuleDocumentKind::RateCard => serde_json::from_value(json).map(Self::RateCard),
            RuleDocumentKind::Prices => serde_json::from_value(json).map(|list| Self::Prices(name.to_owned(), list)),
            RuleDocumentKind::StatutoryRates => {
                serde_json::from_value(json).map(|list| Self::StatutoryRates(name.to_owned(), list))
            }
            RuleDocumentKind::SourceChain => serde_json::from_value(json).map(Self::SourceChain),
            RuleDocumentKind::CrossGroup => serde_json::from_value(json).map(Self::CrossGroup),
            RuleDocumentKind::Direction => serde_json::from_value(json).map(Self::Direction),
            RuleDocumentKind::Hold => serde_json::from_value(json).map(Self::Hold),
        };
        read.map_err(|error| Failure::internal(format!("the stored {} `{name}`: {error}", kind.as_str())))
    }

    /// Puts it into a rule set.
    pub(super) fn put(self, rules: &mut Rules) {
        match self {
            Self::TerritoryGroup(one) => rules.territory_groups.push(one),
            Self::RateCard(one) => rules.rate_cards.push(one),
            Self::Prices(_, list) => rules.prices.extend(list),
            Self::StatutoryRates(_, list) => rules.statutory_rates.extend(list),
            Self::SourceChain(one) => rules.source_chains.push(one),
            Self::CrossGroup(one) => rules.cross_groups.push(one),
            Self::Direction(one) => rules.directions.push(one),
            Self::Hold(one) => rules.holds.push(one),
        }
    }
}

/// A shared rule with its place in the history.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleDocumentRow {
    /// Its id: of this version.
    pub id: Uuid,
    /// Its number among the versions of the same kind and name.
    pub version_no: i32,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// By whom.
    pub recorded_by: String,
    /// Since when it is replaced or ended; none: it holds.
    pub superseded_at: Option<DateTime<Utc>>,
    /// What it says.
    pub document: RuleDocument,
}

/// Which shared rules.
#[derive(Debug, Clone, Default)]
pub struct RuleDocumentFilter {
    /// Only of this kind.
    pub kind: Option<RuleDocumentKind>,
    /// Only of this name.
    pub name: Option<String>,
    /// Also those that are replaced or ended.
    pub with_history: bool,
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_comes_back_from_its_json() {
        let group = TerritoryGroup { name: "DACH".to_owned(), territories: Vec::new(), groups: vec!["X".to_owned()] };
        for document in [
            RuleDocument::TerritoryGroup(group),
            RuleDocument::Prices("list".to_owned(), Vec::new()),
            RuleDocument::StatutoryRates("US".to_owned(), Vec::new()),
        ] {
            let (kind, name, json) = (document.kind(), document.name().to_owned(), document.json().unwrap());
            assert_eq!(RuleDocument::read(kind, &name, json).unwrap(), document);
            assert_eq!(RuleDocumentKind::from_name(kind.as_str()), Some(kind));
        }
    }
}
