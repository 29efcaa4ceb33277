//! What a person should look at before a run is approved.

use std::collections::BTreeMap;

use kernel::codes::SuspenseReason;
use kernel::currency::Currency;
use kernel::decimal::OutOfRange;
use kernel::ids::{ContractId, PartyId};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::outlier::{Outlier, OutlierSettings, outlier};
use super::{ClosedContract, Closing};
use crate::compile::CompiledRules;
use crate::fixed::Atto;
use crate::outcome::{Suspended, Totals};

/// Why something is an exception.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ExceptionCode {
    /// In a currency, lines are not payees + margin + suspense to the last digit; or an account or contract does
    /// not add up. Never expected: a defect of the program or of the stored data.
    NotConserved,
    /// Lines wait; the reason says why.
    Suspense,
    /// A payee ends the period below zero.
    NegativePayee,
    /// A payee's royalty is far from what it used to be.
    Outlier,
    /// An amount was entered by hand.
    Override,
    /// Money is held.
    Held,
}

/// One thing to look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Exception {
    /// What kind.
    pub code: ExceptionCode,
    /// Whether the run must not be approved while it is unresolved.
    pub blocking: bool,
    /// Why lines wait; only of [`ExceptionCode::Suspense`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<SuspenseReason>,
    /// The contract it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract_id: Option<ContractId>,
    /// The payee it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub party_id: Option<PartyId>,
    /// The currency of the amount.
    pub currency: Currency,
    /// The amount it is about: the difference, what waits, the balance, the royalty, the override, what is held.
    pub amount: Decimal,
    /// How many lines, where it is about lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<u64>,
    /// What the amount was compared with; only of [`ExceptionCode::Outlier`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outlier: Option<Outlier>,
}

/// Lines that wait, added up. Tallies of batches add up.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SuspenseTally {
    sums: BTreeMap<(SuspenseReason, Option<ContractId>, Currency), (u64, Atto)>,
}

impl SuspenseTally {
    /// Adds the waiting lines of a batch.
    pub fn add(&mut self, rules: &CompiledRules, suspended: &[Suspended]) {
        for one in suspended {
            let contract = one.contract.and_then(|contract| rules.contract(contract)).map(|(id, _)| id);
            let (lines, amount) = self.sums.entry((one.reason, contract, one.currency)).or_default();
            *lines += 1;
            // A line that is too large to be an amount adds nothing but itself: its reason says so.
            *amount = amount.plus(Atto::from_decimal(one.amount).unwrap_or_default());
        }
    }

    /// Adds the tally of another batch.
    pub fn merge(&mut self, other: &Self) {
        for (key, (lines, amount)) in &other.sums {
            let sum = self.sums.entry(*key).or_default();
            *sum = (sum.0 + lines, sum.1.plus(*amount));
        }
    }
}

/// What earlier periods paid, the oldest first, per contract and payee.
pub type History = BTreeMap<(ContractId, PartyId), Vec<Decimal>>;

/// Everything about a closed period that a person should look at, in a fixed order.
///
/// What blocks: amounts that do not add up; lines without an exchange rate or beyond exact arithmetic (what is posted
/// would have to be posted again). What waits for another reason, negative payees, outliers, overrides (which were
/// approved by somebody when they were entered) and held money are shown and do not block.
///
/// # Errors
/// [`OutOfRange`] for histories of more than 28 digits.
pub fn exceptions(
    totals: &Totals,
    suspense: &SuspenseTally,
    closing: &Closing,
    history: &History,
    settings: &OutlierSettings,
) -> Result<Vec<Exception>, OutOfRange> {
    let mut found = Vec::new();
    for (currency, sums) in &totals.currencies {
        if !sums.is_conserved() {
            let difference = sums.lines.minus(sums.payees).minus(sums.margin).minus(sums.suspense);
            found.push(Exception {
                blocking: true,
                ..plain(ExceptionCode::NotConserved, *currency, difference.to_decimal().unwrap_or(Decimal::MAX))
            });
        }
    }
    for ((reason, contract, currency), (lines, amount)) in &suspense.sums {
        found.push(Exception {
            blocking: matches!(reason, SuspenseReason::MissingRate | SuspenseReason::OutOfRange),
            reason: Some(*reason),
            contract_id: *contract,
            lines: Some(*lines),
            ..plain(ExceptionCode::Suspense, *currency, amount.to_decimal().unwrap_or(Decimal::MAX))
        });
    }
    for contract in &closing.contracts {
        of_contract(contract, history, settings, &mut found)?;
    }
    Ok(found)
}

fn of_contract(
    contract: &ClosedContract,
    history: &History,
    settings: &OutlierSettings,
    found: &mut Vec<Exception>,
) -> Result<(), OutOfRange> {
    let about = |code, party_id, amount| Exception {
        contract_id: Some(contract.contract_id),
        party_id,
        ..plain(code, contract.currency, amount)
    };
    if let Some(difference) = contract.difference()? {
        found.push(Exception { blocking: true, ..about(ExceptionCode::NotConserved, None, difference) });
    }
    for account in &contract.accounts {
        let party = Some(account.party_id);
        if account.closing_balance < Decimal::ZERO {
            found.push(about(ExceptionCode::NegativePayee, party, account.closing_balance));
        }
        let earlier = history.get(&(contract.contract_id, account.party_id)).map_or(&[][..], Vec::as_slice);
        if let Some(outlier) = outlier(account.earned, earlier, settings)? {
            let amount = account.earned;
            found.push(Exception { outlier: Some(outlier), ..about(ExceptionCode::Outlier, party, amount) });
        }
        if !account.adjusted.is_zero() {
            found.push(about(ExceptionCode::Override, party, account.adjusted));
        }
        if !account.held.is_zero() {
            found.push(about(ExceptionCode::Held, party, account.held));
        }
    }
    Ok(())
}

fn plain(code: ExceptionCode, currency: Currency, amount: Decimal) -> Exception {
    Exception {
        code,
        blocking: false,
        reason: None,
        contract_id: None,
        party_id: None,
        currency,
        amount: amount.normalize(),
        lines: None,
        outlier: None,
    }
}
