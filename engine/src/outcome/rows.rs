//! Royalty rows and suspended lines.

use kernel::codes::SuspenseReason;
use kernel::currency::Currency;
use kernel::ids::{ContractId, ContractVersionId, ParticipationId, PartyId, RateId, SplitId, TermId};
use rust_decimal::Decimal;
use serde::Serialize;

use crate::compile::CompiledRules;
use crate::fixed::{Atto, Pico};

/// One payee's part of one line. The positions are the derivation: with the compiled rules and the line they say
/// how the amount came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoyaltyRow {
    /// In `source_currency`, at most 18 places.
    pub source_amount: Atto,
    /// In the contract's currency, rounded to 12 places.
    pub amount: Pico,
    /// Units; counted once per line and participation whatever the number of parts.
    pub units: i64,
    /// Position of the line in the batch.
    pub line: u32,
    /// Position of the account: contract and payee.
    pub account: u32,
    /// Position of the contract.
    pub contract: u32,
    /// Position of the contract version.
    pub version: u32,
    /// Position of the participation.
    pub participation: u32,
    /// Position of the winning term.
    pub term: u32,
    /// Position of the term that would have won without it.
    pub runner_up: Option<u32>,
    /// Position of the payee's place in the split.
    pub split: u32,
    /// Position of the exchange rate; none when no conversion was needed.
    pub rate: Option<u32>,
    /// The line's currency, or that of an amount per unit.
    pub source_currency: Currency,
    /// Which part of a royalty with several parts; from 0.
    pub part: u8,
}

/// The ids behind the positions of a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RowIds {
    /// The contract.
    pub contract_id: ContractId,
    /// The currency of `amount`.
    pub currency: Currency,
    /// The version.
    pub version_id: ContractVersionId,
    /// The participation.
    pub participation_id: ParticipationId,
    /// The winning term.
    pub term_id: TermId,
    /// The runner-up.
    pub runner_up_id: Option<TermId>,
    /// The payee's place in the split.
    pub split_id: SplitId,
    /// The payee.
    pub party_id: PartyId,
    /// The exchange rates used.
    pub rate_ids: Vec<RateId>,
}

/// A line that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Suspended {
    /// Position of the line in the batch.
    pub line: u32,
    /// Why.
    pub reason: SuspenseReason,
    /// Position of the contract that is to blame, where there is one.
    pub contract: Option<u32>,
    /// The whole amount of the line.
    pub amount: Decimal,
    /// Its currency.
    pub currency: Currency,
}

impl CompiledRules {
    /// The ids behind a row; `None` when the row was made with other rules.
    #[must_use]
    pub fn ids(&self, row: &RoyaltyRow) -> Option<RowIds> {
        let contract = self.contracts.get(row.contract as usize)?;
        let leaf = self.leaves.get(row.split as usize)?;
        let term = |index: u32| self.terms.get(index as usize).map(|term| term.id);
        let rate_ids = match row.rate {
            Some(rate) => self.conversions().get(rate as usize)?.rate_ids.clone(),
            None => Vec::new(),
        };
        Some(RowIds {
            contract_id: contract.id,
            currency: contract.currency,
            version_id: self.versions.get(row.version as usize)?.id,
            participation_id: self.participations.get(row.participation as usize)?.id,
            term_id: term(row.term)?,
            runner_up_id: row.runner_up.and_then(term),
            split_id: leaf.split_id,
            party_id: leaf.party_id,
            rate_ids,
        })
    }
}
