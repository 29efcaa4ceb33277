//! What a closed period says. All amounts of a contract are in its currency.

use chrono::NaiveDate;
use kernel::currency::Currency;
use kernel::ids::{AdvanceId, ContractId, PartyId};
use kernel::period::Month;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::ClaimKey;
use crate::model::{HoldKind, Override, ProducerMode};

/// The period, closed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Closing {
    /// Contracts that earned or have something open, by id.
    pub contracts: Vec<ClosedContract>,
    /// Profit-share projects, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub projects: Vec<ClosedProject>,
}

/// A contract, closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClosedContract {
    /// The contract.
    pub contract_id: ContractId,
    /// Its currency.
    pub currency: Currency,
    /// What was posted.
    pub posted: Decimal,
    /// What its own payees' royalties recouped.
    pub recouped: Decimal,
    /// Its advances, the oldest first.
    pub advances: Vec<ClosedAdvance>,
    /// Its payees, by id.
    pub accounts: Vec<ClosedAccount>,
    /// Its costs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub costs: Vec<ClosedCost>,
    /// What it gave to others of a crossed group.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub crossings: Vec<ClosedCrossing>,
    /// Its reserves, per payee and month of taking.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reserves: Vec<ClosedReserve>,
    /// Its guarantees: those that run, and those that ended in the month.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guarantees: Vec<ClosedGuarantee>,
    /// What steps of its waterfall took per period.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<ClosedStep>,
    /// Its part of a project's profit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profit: Option<ClosedProfit>,
    /// Its producer points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub producer: Option<ClosedProducer>,
    /// What letters of direction directed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub directions: Vec<ClosedDirection>,
    /// What is held.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holds: Vec<ClosedHold>,
    /// What was entered by hand, and by whom.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<Override>,
}

/// An advance, or an instalment of one: `closing = opening − recouped`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClosedAdvance {
    /// The advance.
    pub advance_id: AdvanceId,
    /// Which instalment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instalment: Option<String>,
    /// When it was paid.
    pub paid_on: NaiveDate,
    /// Unrecouped before.
    pub opening: Decimal,
    /// Recouped in this period, by its own contract and by crossed ones.
    pub recouped: Decimal,
    /// The part of it that crossed contracts gave.
    #[serde(default)]
    pub crossed: Decimal,
    /// Unrecouped after.
    pub closing: Decimal,
    /// Its priority.
    #[serde(default)]
    pub priority: i32,
}

/// A cost: `closing = opening − recouped`, of the part that is recoupable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClosedCost {
    /// Its name.
    pub name: String,
    /// Its type.
    pub cost_type: String,
    /// When it was incurred.
    pub incurred_on: NaiveDate,
    /// The whole cost.
    pub amount: Decimal,
    /// The part that is recoupable, rounded once to minor units.
    pub recoupable: Decimal,
    /// Unrecouped before.
    pub opening: Decimal,
    /// Recouped in this period, by its own contract and by crossed ones; of a profit share: deducted from the profit.
    pub recouped: Decimal,
    /// The part of it that crossed contracts gave.
    #[serde(default)]
    pub crossed: Decimal,
    /// Unrecouped after.
    pub closing: Decimal,
    /// Its priority.
    #[serde(default)]
    pub priority: i32,
}

/// A payee under a contract.
///
/// - `due = earned + transferred + adjusted − deducted`
/// - `due + opening_carry = posted + closing_carry`
/// - `payable = posted − reserve_taken + reserve_consumed + reserve_released − recouped − crossed + guaranteed
///   − directed_out + directed_in − held + unheld`
/// - `closing_balance = opening_balance + payable`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClosedAccount {
    /// The payee.
    pub party_id: PartyId,
    /// The exact royalty of the period's rows, 12 places.
    pub earned: Decimal,
    /// What profit share and producer points make of it: shared profit less income, royalties that wait or are let
    /// out of waiting; 12 places.
    #[serde(default)]
    pub transferred: Decimal,
    /// What was entered by hand.
    #[serde(default)]
    pub adjusted: Decimal,
    /// What steps of the waterfall took per period; negative for whom they were taken for.
    #[serde(default)]
    pub deducted: Decimal,
    /// What is due for the period, exact.
    pub due: Decimal,
    /// Remainder of earlier roundings.
    pub opening_carry: Decimal,
    /// Rounded to the exponent of the currency, once.
    pub posted: Decimal,
    /// Remainder carried to the next period.
    pub closing_carry: Decimal,
    /// Held back against returns.
    #[serde(default)]
    pub reserve_taken: Decimal,
    /// What returns took from what was held back.
    #[serde(default)]
    pub reserve_consumed: Decimal,
    /// Let out of what was held back.
    #[serde(default)]
    pub reserve_released: Decimal,
    /// What was recouped from it; not negative.
    pub recouped: Decimal,
    /// What recouped balances of other contracts of a crossed group; not negative.
    #[serde(default)]
    pub crossed: Decimal,
    /// Its part of what guarantees add.
    #[serde(default)]
    pub guaranteed: Decimal,
    /// What letters of direction gave to others.
    #[serde(default)]
    pub directed_out: Decimal,
    /// What letters of direction of others gave to it.
    #[serde(default)]
    pub directed_in: Decimal,
    /// What holds keep back.
    #[serde(default)]
    pub held: Decimal,
    /// What holds that ended let out, and what returns of a held item took from what was held.
    #[serde(default)]
    pub unheld: Decimal,
    /// What becomes payable. Negative only when the period itself is, or when crossing took from what was unpaid
    /// before: no recoupment takes the balance below zero.
    pub payable: Decimal,
    /// Unpaid before.
    #[serde(default)]
    pub opening_balance: Decimal,
    /// Unpaid after, before any payment.
    #[serde(default)]
    pub closing_balance: Decimal,
}

/// What one contract gave towards an open balance of another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClosedCrossing {
    /// The group.
    pub group: String,
    /// The other contract.
    pub to_contract_id: ContractId,
    /// Which of its balances.
    pub claim: ClaimKey,
    /// How much.
    pub amount: Decimal,
}

/// A reserve of one payee and one month of taking: `closing = opening + taken − consumed − released`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClosedReserve {
    /// The reserve.
    pub name: String,
    /// The payee.
    pub party_id: PartyId,
    /// The month it was taken in.
    pub taken_in: Month,
    /// What was taken then.
    pub origin: Decimal,
    /// Of a reserve before the calculation: what was held of the sales then, of which `origin` is the royalty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sales_held: Option<Decimal>,
    /// Held before.
    pub opening: Decimal,
    /// Taken in this period.
    pub taken: Decimal,
    /// What returns took.
    pub consumed: Decimal,
    /// Released.
    pub released: Decimal,
    /// Held after.
    pub closing: Decimal,
}

/// A guarantee in the period: `true_up = max(0, guaranteed − earned − advances − trued_up)`, rounded once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClosedGuarantee {
    /// The guarantee.
    pub name: String,
    /// The first day of the year it is about; none: its whole term.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub year_from: Option<NaiveDate>,
    /// The day on which it is trued up; of milestones that of the last one reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_on: Option<NaiveDate>,
    /// What is guaranteed by that day; of a guarantee that still runs, by its end.
    pub guaranteed: Decimal,
    /// Earned so far, this period included.
    pub earned: Decimal,
    /// Advances credited so far.
    pub advances: Decimal,
    /// True-ups before.
    pub trued_up: Decimal,
    /// The true-up of this period.
    pub true_up: Decimal,
    /// Whether it is recouped from later royalties.
    pub recoupable: bool,
    /// Whether the year or term is over.
    pub ended: bool,
}

/// What a step of the waterfall took for the period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClosedStep {
    /// The step.
    pub name: String,
    /// How much.
    pub taken: Decimal,
    /// For whom; none: the tenant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipient: Option<PartyId>,
}

/// A project: `result = Σ results of its contracts − opening_loss`; a negative one is the loss carried forward.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClosedProject {
    /// The project.
    pub project: String,
    /// Its currency.
    pub currency: Currency,
    /// The loss carried into the period.
    pub opening_loss: Decimal,
    /// The period's result after it.
    pub result: Decimal,
    /// The loss carried forward.
    pub closing_loss: Decimal,
}

/// A contract's part of a project: `result = income − costs − overhead`, `shared = share × profit`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClosedProfit {
    /// The project.
    pub project: String,
    /// What its rows amount to.
    pub income: Decimal,
    /// Recoupable costs of the period.
    pub costs: Decimal,
    /// Overhead.
    pub overhead: Decimal,
    /// Its result.
    pub result: Decimal,
    /// Its part of the project's profit.
    pub profit: Decimal,
    /// The contract's share of the profit.
    pub share: Decimal,
    /// What its payees divide.
    pub shared: Decimal,
}

/// Producer points: `earned + waiting before = due + waiting after + forgone`, per payee.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClosedProducer {
    /// From when on the producer is paid.
    pub mode: ProducerMode,
    /// The recording costs.
    pub recording_costs: Decimal,
    /// Recouped of them before.
    pub opening_recouped: Decimal,
    /// What the period's royalties contribute.
    pub basis: Decimal,
    /// Recouped of them after.
    pub closing_recouped: Decimal,
    /// What waits, by payee.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waiting: Vec<ClosedWaiting>,
}

/// A payee of producer points.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClosedWaiting {
    /// The payee.
    pub party_id: PartyId,
    /// Waited before.
    pub opening: Decimal,
    /// Due in the period.
    pub due: Decimal,
    /// Was earned before the recording costs were recouped and is never paid.
    pub forgone: Decimal,
    /// Waits.
    pub closing: Decimal,
}

/// What a letter of direction directed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClosedDirection {
    /// The letter.
    pub name: String,
    /// Whose money.
    pub from_party: PartyId,
    /// Who gets it.
    pub to_party: PartyId,
    /// Directed before.
    pub opening: Decimal,
    /// Directed in the period.
    pub amount: Decimal,
    /// Directed in all.
    pub closing: Decimal,
}

/// What a hold keeps back for a payee: `closing = opening + held − released`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ClosedHold {
    /// The hold.
    pub name: String,
    /// Whether somebody claims the money.
    pub kind: HoldKind,
    /// Why.
    pub reason: String,
    /// Whether it is about an item: then it stands before recoupment.
    #[serde(default)]
    pub on_item: bool,
    /// The payee.
    pub party_id: PartyId,
    /// Held before.
    pub opening: Decimal,
    /// Held in the period.
    pub held: Decimal,
    /// Let out: the hold has ended, or returns of the held item took it.
    pub released: Decimal,
    /// Held after.
    pub closing: Decimal,
}
