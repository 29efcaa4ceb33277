//! Posting a period's royalties and recouping advances from them.

use std::collections::BTreeMap;

use kernel::currency::Currency;
use kernel::decimal::{OutOfRange, add, plain, sub};
use kernel::failure::Finding;
use kernel::ids::{AdvanceId, ContractId, PartyId};
use kernel::money::round_to;
use rust_decimal::Decimal;
use serde::Serialize;

use crate::check::finding;
use crate::compile::{CompiledRules, InvalidRules};
use crate::compute::split::shares;
use crate::model::{OpenAccount, OpenContract, OpeningState};
use crate::outcome::Summary;

/// The period, closed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Closing {
    /// Contracts that earned or have something open, by id.
    pub contracts: Vec<ClosedContract>,
}

/// A contract, closed. All amounts in its currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClosedContract {
    /// The contract.
    pub contract_id: ContractId,
    /// Its currency.
    pub currency: Currency,
    /// What was posted.
    pub posted: Decimal,
    /// What was recouped.
    pub recouped: Decimal,
    /// Its advances, the oldest first.
    pub advances: Vec<ClosedAdvance>,
    /// Its payees, by id.
    pub accounts: Vec<ClosedAccount>,
}

/// An advance: `closing = opening − recouped`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClosedAdvance {
    /// The advance.
    pub advance_id: AdvanceId,
    /// Unrecouped before.
    pub opening: Decimal,
    /// Recouped in this period.
    pub recouped: Decimal,
    /// Unrecouped after.
    pub closing: Decimal,
}

/// A payee under a contract: `earned + opening_carry = posted + closing_carry` and `payable = posted − recouped`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClosedAccount {
    /// The payee.
    pub party_id: PartyId,
    /// The exact royalty of the period, 12 places.
    pub earned: Decimal,
    /// Remainder of earlier roundings.
    pub opening_carry: Decimal,
    /// Rounded to the exponent of the currency, once.
    pub posted: Decimal,
    /// Remainder carried to the next period.
    pub closing_carry: Decimal,
    /// What was recouped from it; not negative.
    pub recouped: Decimal,
    /// What becomes payable. Negative only when the period itself is: recoupment never takes it below zero.
    pub payable: Decimal,
}

impl CompiledRules {
    /// Closes a period: posts what every payee earned and recoups what is open.
    ///
    /// Posting rounds the exact royalty plus the carried remainder to the currency's exponent; what is left is
    /// carried, so that the sum of postings equals the exact sum to within one minor unit for ever. An account
    /// that earned nothing keeps its remainder.
    ///
    /// Recoupment is per contract: `min(max(what is available, 0), what is unrecouped)`, from the oldest advance
    /// first, borne by the payees in proportion to what is available to each (posted, less a negative balance), by
    /// largest remainder in minor units. An unrecouped balance is not a debt: nobody ends below zero by it, and it
    /// never touches another contract.
    ///
    /// # Errors
    /// [`InvalidRules`] with `CONTRACT_UNKNOWN`, `CONTRACT_TWICE`, `ADVANCE_NEGATIVE`, `ADVANCE_NOT_MONEY`,
    /// `CARRY_TOO_FINE` for the opening state, `OUT_OF_RANGE` for sums beyond 28 digits.
    pub fn close_period(&self, summary: &Summary, opening: &OpeningState) -> Result<Closing, InvalidRules> {
        let findings = self.check_opening(opening);
        if !findings.is_empty() {
            return Err(InvalidRules { findings });
        }
        let open: BTreeMap<ContractId, &OpenContract> =
            opening.contracts.iter().map(|contract| (contract.contract_id, contract)).collect();
        let mut earned: BTreeMap<u32, BTreeMap<PartyId, Decimal>> = BTreeMap::new();
        for (index, account) in (0u32..).zip(&self.accounts) {
            let cell = summary.account(index);
            if cell.rows > 0 {
                let amount = cell.amount.to_decimal().ok_or_else(|| out_of_range(OutOfRange))?;
                earned.entry(account.contract).or_default().insert(account.party_id, amount);
            }
        }
        let mut contracts = Vec::new();
        for (index, contract) in (0u32..).zip(&self.contracts) {
            let earned = earned.remove(&index).unwrap_or_default();
            let open = open.get(&contract.id).copied();
            if earned.is_empty() && open.is_none() {
                continue;
            }
            contracts.push(self.close_contract(contract.id, contract.currency, &earned, open).map_err(out_of_range)?);
        }
        Ok(Closing { contracts })
    }

    fn close_contract(
        &self,
        contract_id: ContractId,
        currency: Currency,
        earned: &BTreeMap<PartyId, Decimal>,
        open: Option<&OpenContract>,
    ) -> Result<ClosedContract, OutOfRange> {
        let opening: BTreeMap<PartyId, &OpenAccount> =
            open.iter().flat_map(|open| &open.accounts).map(|account| (account.party_id, account)).collect();
        let mut accounts: Vec<ClosedAccount> = Vec::new();
        let mut available: Vec<Decimal> = Vec::new();
        let mut parties: Vec<PartyId> = earned.keys().chain(opening.keys()).copied().collect();
        parties.sort_unstable();
        parties.dedup();
        for party_id in parties {
            let earned = earned.get(&party_id).copied().unwrap_or_default();
            let before = opening.get(&party_id);
            let opening_carry = before.map(|account| account.carry).unwrap_or_default();
            let exact = add(earned, opening_carry)?;
            let posted = if earned.is_zero() { Decimal::ZERO } else { round_to(exact, currency, self.rules.rounding) };
            accounts.push(ClosedAccount {
                party_id,
                earned,
                opening_carry,
                posted,
                closing_carry: sub(exact, posted)?,
                recouped: Decimal::ZERO,
                payable: posted,
            });
            let balance = before.map(|account| account.balance.min(Decimal::ZERO)).unwrap_or_default();
            available.push(add(posted, balance)?);
        }
        let (advances, recouped) = self.recoup(currency, &available, open)?;
        let weights = minor_units(available.iter().map(|amount| (*amount).max(Decimal::ZERO)), currency)?;
        let borne: u128 = weights.iter().sum();
        if recouped > Decimal::ZERO && borne > 0 {
            let units = minor_units([recouped].into_iter(), currency)?[0];
            for (account, share) in accounts.iter_mut().zip(shares(units, borne, weights.into_iter())?) {
                let share = i128::try_from(share).map_err(|_| OutOfRange)?;
                account.recouped =
                    Decimal::try_from_i128_with_scale(share, currency.exponent()).map_err(|_| OutOfRange)?;
                account.payable = sub(account.posted, account.recouped)?;
            }
        }
        let posted = kernel::decimal::sum(accounts.iter().map(|account| account.posted))?;
        Ok(ClosedContract { contract_id, currency, posted, recouped, advances, accounts })
    }

    /// What is recouped from each advance, the oldest first, and in all.
    fn recoup(
        &self,
        currency: Currency,
        available: &[Decimal],
        open: Option<&OpenContract>,
    ) -> Result<(Vec<ClosedAdvance>, Decimal), OutOfRange> {
        let mut left = kernel::decimal::sum(available.iter().copied())?.max(Decimal::ZERO);
        let mut recouped = Decimal::ZERO;
        left.rescale(currency.exponent());
        let mut advances: Vec<_> = open.iter().flat_map(|open| &open.advances).collect();
        advances.sort_by_key(|advance| (advance.paid_on, advance.advance_id));
        let closed = advances
            .into_iter()
            .map(|advance| {
                let due = advance.paid_on <= self.scope.month.last_day();
                let taken = if due { left.min(advance.unrecouped) } else { Decimal::ZERO };
                left = sub(left, taken)?;
                recouped = add(recouped, taken)?;
                Ok(ClosedAdvance {
                    advance_id: advance.advance_id,
                    opening: advance.unrecouped,
                    recouped: taken,
                    closing: sub(advance.unrecouped, taken)?,
                })
            })
            .collect::<Result<Vec<_>, OutOfRange>>()?;
        Ok((closed, recouped))
    }

    fn check_opening(&self, opening: &OpeningState) -> Vec<Finding> {
        let mut found = Vec::new();
        let mut seen = std::collections::BTreeSet::new();
        for (position, open) in opening.contracts.iter().enumerate() {
            let place = position.to_string();
            let mut report = |code, message: String, rest: &[&str]| {
                let path: Vec<&str> = ["contracts", &place].into_iter().chain(rest.iter().copied()).collect();
                found.push(finding(code, message, &path));
            };
            let Some(contract) = self.contracts.iter().find(|contract| contract.id == open.contract_id) else {
                let message = format!("{} has an opening balance and is not among the rules.", open.contract_id);
                report("CONTRACT_UNKNOWN", message, &["contractId"]);
                continue;
            };
            if !seen.insert(open.contract_id) {
                report("CONTRACT_TWICE", format!("{} has two opening balances.", open.contract_id), &["contractId"]);
            }
            for advance in &open.advances {
                if advance.unrecouped < Decimal::ZERO {
                    let message = format!("{} has {} left to recoup.", advance.advance_id, plain(advance.unrecouped));
                    report("ADVANCE_NEGATIVE", message, &["advances"]);
                } else if advance.unrecouped.normalize().scale() > contract.currency.exponent() {
                    let message =
                        format!("{} is not in whole minor units of {}.", advance.advance_id, contract.currency);
                    report("ADVANCE_NOT_MONEY", message, &["advances"]);
                }
            }
            for account in &open.accounts {
                if account.carry.normalize().scale() > kernel::decimal::ROYALTY_SCALE
                    || account.balance.normalize().scale() > contract.currency.exponent()
                {
                    let message = format!("The balance or remainder of {} has too many places.", account.party_id);
                    report("CARRY_TOO_FINE", message, &["accounts"]);
                }
            }
        }
        found
    }
}

fn out_of_range(_: OutOfRange) -> InvalidRules {
    InvalidRules { findings: vec![finding("OUT_OF_RANGE", "A sum has more than 28 digits.", &[])] }
}

/// Money in whole minor units.
fn minor_units(amounts: impl Iterator<Item = Decimal>, currency: Currency) -> Result<Vec<u128>, OutOfRange> {
    amounts
        .map(|amount| {
            let (mantissa, scale) = (amount.mantissa().unsigned_abs(), amount.scale());
            let places = currency.exponent();
            if scale <= places {
                mantissa.checked_mul(crate::fixed::POW10[(places - scale) as usize]).ok_or(OutOfRange)
            } else {
                // Checked before: money has no more places than its currency, only zeros.
                Ok(mantissa / crate::fixed::POW10[(scale - places) as usize])
            }
        })
        .collect()
}
