//! Balances at the beginning of the period.

use chrono::NaiveDate;
use kernel::ids::{AdvanceId, ContractId, GroupId, PartyId};
use kernel::period::Month;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::ItemKey;

/// What earlier periods left, per contract. Contracts that are not named have nothing open.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OpeningState {
    /// The contracts.
    pub contracts: Vec<OpenContract>,
    /// Losses of profit-share projects.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub projects: Vec<OpenProject>,
}

/// What earlier periods left under one contract, in its currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OpenContract {
    /// The contract.
    pub contract_id: ContractId,
    /// Advances that are not fully recouped.
    #[serde(default)]
    pub advances: Vec<OpenAdvance>,
    /// Payees with a remainder or a negative balance.
    #[serde(default)]
    pub accounts: Vec<OpenAccount>,
    /// Recoupable costs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub costs: Vec<OpenCost>,
    /// Reserves that are held.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reserves: Vec<OpenReserve>,
    /// What counts towards guarantees so far.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guarantees: Vec<OpenGuarantee>,
    /// What steps of the waterfall with a cap have taken so far.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<OpenStep>,
    /// Where counters of tiers stand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub counters: Vec<OpenCounter>,
    /// The memory of producer points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub producer: Option<OpenProducer>,
    /// What is held back, by hold and payee.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub held: Vec<OpenHeld>,
    /// What letters of direction have directed so far.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub directed: Vec<OpenDirected>,
}

impl OpenContract {
    /// A contract with nothing open.
    #[must_use]
    pub const fn new(contract_id: ContractId) -> Self {
        Self {
            contract_id,
            advances: Vec::new(),
            accounts: Vec::new(),
            costs: Vec::new(),
            reserves: Vec::new(),
            guarantees: Vec::new(),
            steps: Vec::new(),
            counters: Vec::new(),
            producer: None,
            held: Vec::new(),
            directed: Vec::new(),
        }
    }
}

/// An advance that is not fully recouped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OpenAdvance {
    /// The advance.
    pub advance_id: AdvanceId,
    /// When it was paid: the oldest is recouped first, then the smaller id. An advance paid after the accounting
    /// month waits.
    pub paid_on: NaiveDate,
    /// What is still unrecouped; not negative, in whole minor units.
    pub unrecouped: Decimal,
    /// Which instalment it is (`signature`, `delivery`); an advance has one entry per instalment that was paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instalment: Option<String>,
    /// With the order `PRIORITY`, the higher is recouped first.
    #[serde(default)]
    pub priority: i32,
}

impl OpenAdvance {
    /// An advance that was paid at once.
    #[must_use]
    pub const fn new(advance_id: AdvanceId, paid_on: NaiveDate, unrecouped: Decimal) -> Self {
        Self { advance_id, paid_on, unrecouped, instalment: None, priority: 0 }
    }
}

/// A cost charged to the contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OpenCost {
    /// Its name, unique in the contract.
    pub name: String,
    /// Its type, which says which part of it is recoupable.
    pub cost_type: String,
    /// When it was incurred: one after the accounting month waits.
    pub incurred_on: NaiveDate,
    /// The whole cost, not negative, in whole minor units. The recoupable part is rounded once to minor units.
    pub amount: Decimal,
    /// What was recouped of it.
    #[serde(default)]
    pub recouped: Decimal,
    /// With the order `PRIORITY`, the higher is recouped first.
    #[serde(default)]
    pub priority: i32,
}

/// What is held of one period's reserve for one payee.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OpenReserve {
    /// The reserve.
    pub name: String,
    /// The payee.
    pub party_id: PartyId,
    /// The accounting month in which it was taken.
    pub taken_in: Month,
    /// What was taken.
    pub taken: Decimal,
    /// What is still held.
    pub held: Decimal,
}

/// What counts towards a guarantee so far, within its current year or term.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OpenGuarantee {
    /// The guarantee.
    pub name: String,
    /// The first day of the year it is about; none: the whole term.
    #[serde(default)]
    pub year_from: Option<NaiveDate>,
    /// Earned, in the territories of the guarantee.
    #[serde(default)]
    pub earned: Decimal,
    /// Advances credited.
    #[serde(default)]
    pub advances: Decimal,
    /// True-ups paid.
    #[serde(default)]
    pub trued_up: Decimal,
}

/// What a step of the waterfall has taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OpenStep {
    /// The step.
    pub name: String,
    /// Taken in the accounting month so far (by earlier runs of the same month).
    #[serde(default)]
    pub taken_in_period: Decimal,
    /// Taken ever, the accounting month so far included.
    #[serde(default)]
    pub taken: Decimal,
}

/// Where a counter stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OpenCounter {
    /// Its name: the counter's, or the id of the term.
    pub name: String,
    /// Of which item or release; none: the contract's or a group's.
    #[serde(default)]
    pub item: Option<ItemKey>,
    /// Of which group.
    #[serde(default)]
    pub group: Option<GroupId>,
    /// Where it stands, the counter's own opening value included.
    pub value: Decimal,
    /// Of retroactive tiers: what its lines would have earned at a rate of 1, in the contract's currency (per-unit
    /// tiers: the units that bore royalty).
    #[serde(default)]
    pub accrued: Decimal,
}

/// The memory of producer points.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OpenProducer {
    /// What has been recouped of the recording costs.
    #[serde(default)]
    pub recouped: Decimal,
    /// What was earned from record one and is not payable yet, by payee.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waiting: Vec<OpenWaiting>,
}

/// What a payee of producer points has earned and is not payable yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OpenWaiting {
    /// The payee.
    pub party_id: PartyId,
    /// The amount, at most 12 places.
    pub amount: Decimal,
}

/// What a hold keeps back for a payee.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OpenHeld {
    /// The hold.
    pub name: String,
    /// The payee.
    pub party_id: PartyId,
    /// The amount, in whole minor units.
    pub amount: Decimal,
}

/// What a letter of direction has directed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OpenDirected {
    /// The letter.
    pub name: String,
    /// The amount so far, in the contract's currency.
    pub amount: Decimal,
}

/// The loss that a profit-share project carries forward.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OpenProject {
    /// The project.
    pub project: String,
    /// The loss, not negative, in the currency of its contracts.
    pub loss: Decimal,
}

/// What earlier periods left for one payee under the contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OpenAccount {
    /// The payee.
    pub party_id: PartyId,
    /// The remainder of earlier roundings, less than one minor unit, either sign, at most 12 places.
    #[serde(default)]
    pub carry: Decimal,
    /// The unpaid balance. Only a negative one matters here: it is made good before anything is recouped.
    #[serde(default)]
    pub balance: Decimal,
}
