//! Recoupment: advances, costs, crossing between contracts, reserves against returns.

use kernel::codes::RevenueType;
use kernel::ids::ContractId;
use kernel::ratio::Ratio;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::TerritorySet;

/// How a contract recoups.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Recoupment {
    /// In which order balances are recouped.
    #[serde(default)]
    pub order: RecoupOrder,
    /// Which part of costs is recoupable, by type. A type that is not named is recoupable in full.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cost_types: Vec<CostType>,
}

/// In which order advances and costs are recouped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RecoupOrder {
    /// By the day they were paid, the oldest first; then by id, advances before costs.
    #[default]
    Oldest,
    /// All at once in proportion to what is open, by largest remainder in minor units.
    ProRata,
    /// The higher priority first, then the oldest.
    Priority,
}

/// A kind of recoupable cost: recording 1, marketing 0.25, video 0.5.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CostType {
    /// Its name.
    pub name: String,
    /// Which part of such a cost is recoupable; the rest is the tenant's own.
    pub recoupable: Ratio,
}

/// Contracts whose balances are recouped from each other's income. Contracts that no group names are never crossed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CrossGroup {
    /// Its name.
    pub name: String,
    /// Its contracts.
    pub members: Vec<CrossMember>,
    /// Names of groups whose members belong to it as well. A group that contains itself cannot be saved.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    /// When a member gives.
    #[serde(default)]
    pub condition: CrossCondition,
    /// In which order the members' open balances are recouped.
    #[serde(default)]
    pub order: RecoupOrder,
}

/// A contract in a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CrossMember {
    /// The contract.
    pub contract_id: ContractId,
    /// What is left after its own recoupment may recoup others.
    #[serde(default = "yes")]
    pub gives: bool,
    /// Its open balances may be recouped from others.
    #[serde(default = "yes")]
    pub takes: bool,
    /// With [`RecoupOrder::Priority`], the higher takes first.
    #[serde(default)]
    pub priority: i32,
}

const fn yes() -> bool {
    true
}

/// When a member of a group gives.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "SCREAMING_SNAKE_CASE", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum CrossCondition {
    /// Always: what the month brought and what was unpaid before.
    #[default]
    Always,
    /// Only what the month brought.
    Income,
    /// Only what the month brought less the costs of the month.
    IncomeLessCosts,
    /// Only while the member's own balance after recoupment is above zero.
    BalancePositive,
    /// Only what the member's own balance after recoupment exceeds.
    BalanceOver {
        /// The amount, in the member's currency.
        amount: Decimal,
    },
}

/// A reserve against returns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Reserve {
    /// Its name, which outlives versions of the contract.
    pub name: String,
    /// What the ratio is of.
    #[serde(default)]
    pub basis: ReserveBasis,
    /// The part held back of positive lines. Lines below zero take from what is held before they reduce a royalty.
    pub ratio: Ratio,
    /// For which revenue types; empty: physical ones.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub revenue_types: Vec<RevenueType>,
    /// For which configurations; empty: every one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub configurations: Vec<String>,
    /// Where.
    #[serde(default)]
    pub territories: TerritorySet,
    /// Which part of what was held is released in which accounting period after it was taken: the first entry is the
    /// next period. They total exactly 1.
    pub liquidation: Vec<Ratio>,
}

impl Reserve {
    /// The revenue types it is about.
    #[must_use]
    pub fn kinds(&self) -> &[RevenueType] {
        if self.revenue_types.is_empty() { &[RevenueType::Physical] } else { &self.revenue_types }
    }
}

/// What a reserve is a part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ReserveBasis {
    /// Of the royalty: £100 at 25 % is £25, of which 20 % are held.
    #[default]
    PostCalculation,
    /// Of the sales, before the royalty is computed: 20 % of £100 are held, and the royalty is of £80.
    PreCalculation,
}
