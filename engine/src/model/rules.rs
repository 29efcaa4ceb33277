//! Contracts and what they cover.

use chrono::NaiveDate;
use kernel::currency::Currency;
use kernel::ids::{ContractId, ContractVersionId, GroupId, ParticipationId};
use kernel::money::Rounding;
use kernel::ratio::Ratio;
use serde::{Deserialize, Serialize};

use super::{
    AccountingPeriod, CrossGroup, Direction, FxRule, Guarantee, Hold, ItemKey, Price, ProducerPoints, ProfitShare,
    RateCard, Recoupment, Reserve, SourceChain, SplitNode, StatutoryRate, Term, TerritoryGroup, TerritorySet,
    WaterfallStep,
};

/// Everything a run needs to know about contracts: an immutable snapshot.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rules {
    /// The contracts in force at some time.
    pub contracts: Vec<Contract>,
    /// The groups of catalogue items that participations and terms name.
    #[serde(default)]
    pub groups: Vec<Group>,
    /// Named groups of territories.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub territory_groups: Vec<TerritoryGroup>,
    /// Named sets of terms that contracts share.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rate_cards: Vec<RateCard>,
    /// Prices of units.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prices: Vec<Price>,
    /// Statutory rates.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub statutory_rates: Vec<StatutoryRate>,
    /// Intermediaries between source and tenant.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub source_chains: Vec<SourceChain>,
    /// Releases whose tracks share what is sold of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub releases: Vec<Release>,
    /// Contracts that are crossed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cross_groups: Vec<CrossGroup>,
    /// Letters of direction.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub directions: Vec<Direction>,
    /// Holds and disputes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holds: Vec<Hold>,
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
    /// How long its accounting periods are.
    #[serde(default)]
    pub accounting: AccountingPeriod,
    /// How it recoups.
    #[serde(default)]
    pub recoupment: Recoupment,
    /// Reserves against returns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reserves: Vec<Reserve>,
    /// Minimum guarantees.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guarantees: Vec<Guarantee>,
    /// Producer points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub producer: Option<ProducerPoints>,
    /// A profit share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profit_share: Option<ProfitShare>,
    /// Effective-dated versions. Their periods do not overlap.
    pub versions: Vec<ContractVersion>,
}

impl Contract {
    /// A contract without anything beyond its versions.
    #[must_use]
    pub fn new(id: ContractId, currency: Currency, fx: FxRule, versions: Vec<ContractVersion>) -> Self {
        Self {
            id,
            currency,
            fx,
            accounting: AccountingPeriod::default(),
            recoupment: Recoupment::default(),
            reserves: Vec::new(),
            guarantees: Vec::new(),
            producer: None,
            profit_share: None,
            versions,
        }
    }
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
    /// Names of the rate cards whose terms hold as well.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rate_cards: Vec<String>,
    /// What comes off, and who gets it, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waterfall: Vec<WaterfallStep>,
    /// How the royalty is divided over payees. The ratios of every level total exactly 1.
    pub splits: Vec<SplitNode>,
}

/// A release whose tracks share what is sold of it.
///
/// Contracts that take part in the release itself are computed from the whole line. For all others the line is shared
/// over the tracks by their weights, by largest remainder at 18 places, ties to the earlier track, and the tracks'
/// participations apply to their parts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Release {
    /// The release.
    pub item: ItemKey,
    /// Its tracks, in order.
    pub tracks: Vec<Track>,
}

/// A track of a release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Track {
    /// The recording or work.
    pub item: ItemKey,
    /// Its weight: 1 for "by count", its length or price otherwise.
    #[serde(default = "one")]
    pub weight: u32,
    /// How long it plays, in seconds.
    #[serde(default)]
    pub duration_seconds: Option<u32>,
    /// Whether its composition is controlled; others cost the full statutory rate within a release's cap.
    #[serde(default = "yes")]
    pub controlled: bool,
}

const fn one() -> u32 {
    1
}

const fn yes() -> bool {
    true
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
