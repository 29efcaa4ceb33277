//! What stands between earning and being paid: letters of direction, holds.

use chrono::NaiveDate;
use kernel::ids::{ContractId, PartyId};
use kernel::ratio::Ratio;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::ItemKey;

/// A letter of direction: a payee has a part of what becomes payable paid to somebody else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Direction {
    /// Its name; state (how much was directed) is kept under it.
    pub name: String,
    /// Whose money.
    pub from_party: PartyId,
    /// Who gets it.
    pub to_party: PartyId,
    /// Under which contract; none: under all of them.
    #[serde(default)]
    pub contract_id: Option<ContractId>,
    /// Which part.
    #[serde(default = "all")]
    pub ratio: Ratio,
    /// Until so much was directed, in the contract's currency; none: without end.
    #[serde(default)]
    pub up_to: Option<Decimal>,
    /// First accounting month, by any day of it.
    #[serde(default)]
    pub valid_from: Option<NaiveDate>,
    /// Last accounting month, by any day of it.
    #[serde(default)]
    pub valid_to: Option<NaiveDate>,
}

/// A hold: money accrues and is shown, and is not paid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Hold {
    /// Its name; what is held is kept under it.
    pub name: String,
    /// What it is about.
    pub target: HoldTarget,
    /// Which part of the money: a share range in dispute.
    #[serde(default = "all")]
    pub ratio: Ratio,
    /// Whether somebody claims the money, or only an answer is awaited.
    #[serde(default)]
    pub kind: HoldKind,
    /// Why, for the statement.
    #[serde(default)]
    pub reason: String,
    /// First accounting month, by any day of it.
    #[serde(default)]
    pub valid_from: Option<NaiveDate>,
    /// Last accounting month, by any day of it; afterwards what was held is released.
    #[serde(default)]
    pub valid_to: Option<NaiveDate>,
}

const fn all() -> Ratio {
    Ratio::ONE
}

/// What a hold is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "SCREAMING_SNAKE_CASE", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum HoldTarget {
    /// Everything a payee earns.
    Payee {
        /// The payee.
        party_id: PartyId,
    },
    /// Everything earned under a contract.
    Contract {
        /// The contract.
        contract_id: ContractId,
    },
    /// What a payee earns under a contract.
    Account {
        /// The contract.
        contract_id: ContractId,
        /// The payee.
        party_id: PartyId,
    },
    /// Everything an item earns, under every contract.
    Item {
        /// The item.
        item: ItemKey,
    },
}

/// Why money is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum HoldKind {
    /// The tenant waits for something.
    #[default]
    Hold,
    /// Somebody else claims the money.
    Dispute,
}
