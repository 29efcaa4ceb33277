//! Contracts and what they cover.

use chrono::NaiveDate;
use kernel::currency::Currency;
use kernel::ids::{ContractId, ContractVersionId, GroupId, ParticipationId};
use kernel::money::Rounding;
use kernel::ratio::Ratio;
use serde::{Deserialize, Serialize};

use super::{FxRule, ItemKey, SplitNode, Term, TerritorySet};

/// Everything a run needs to know about contracts: an immutable snapshot.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rules {
    /// The contracts in force at some time.
    pub contracts: Vec<Contract>,
    /// The groups of catalogue items that participations and terms name.
    #[serde(default)]
    pub groups: Vec<Group>,
    /// How the engine rounds at 18 and at 12 places. Symmetric for negatives.
    #[serde(default)]
    pub rounding: Rounding,
}

/// A contract between the tenant and a party.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Contract {
    /// Its id.
    pub id: ContractId,
    /// The currency royalties are computed and stated in.
    pub currency: Currency,
    /// Which exchange rate applies.
    pub fx: FxRule,
    /// Effective-dated versions. Their periods do not overlap.
    pub versions: Vec<ContractVersion>,
}

/// What a contract says during a period of sale dates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ContractVersion {
    /// Its id.
    pub id: ContractVersionId,
    /// First sale date it covers.
    pub valid_from: NaiveDate,
    /// Last sale date it covers; none: open.
    #[serde(default)]
    pub valid_to: Option<NaiveDate>,
    /// Which share of which item's revenue enters the contract.
    pub participations: Vec<Participation>,
    /// How the royalty is computed.
    pub terms: Vec<Term>,
    /// How the royalty is divided over payees. The ratios of every level total exactly 1.
    pub splits: Vec<SplitNode>,
}

/// A named group of catalogue items.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Group {
    /// Its id.
    pub id: GroupId,
    /// Its members.
    pub members: Vec<ItemKey>,
}

/// Which items a participation or a term speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ItemScope {
    /// One item.
    Item(ItemKey),
    /// The members of a group.
    Group(GroupId),
    /// The whole catalogue.
    All,
}

impl ItemScope {
    /// Item before group before everything.
    #[must_use]
    pub const fn specificity(&self) -> u8 {
        match self {
            Self::Item(_) => 2,
            Self::Group(_) => 1,
            Self::All => 0,
        }
    }
}

/// Two kinds of share that must never be mixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ParticipationKind {
    /// A part of the copyright. Over all contracts the parts of an item total 1; more is a dispute that pays nobody.
    Ownership,
    /// An obligation of the payer (artist, producer, remixer). These may total more than 1.
    Participation,
}

/// Which share of an item's revenue enters the contract.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Participation {
    /// Its id.
    pub id: ParticipationId,
    /// The items.
    pub scope: ItemScope,
    /// The share.
    pub ratio: Ratio,
    /// Ownership or an obligation.
    pub kind: ParticipationKind,
    /// Where; empty: the world.
    #[serde(default)]
    pub territories: TerritorySet,
    /// First sale date; none: as the version.
    #[serde(default)]
    pub valid_from: Option<NaiveDate>,
    /// Last sale date; none: as the version.
    #[serde(default)]
    pub valid_to: Option<NaiveDate>,
}
