//! Balances at the beginning of the period.

use chrono::NaiveDate;
use kernel::ids::{AdvanceId, ContractId, PartyId};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// What earlier periods left, per contract. Contracts that are not named have nothing open.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OpeningState {
    /// The contracts.
    pub contracts: Vec<OpenContract>,
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
