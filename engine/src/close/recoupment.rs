//! Recouping a contract's own advances and costs from its own royalties.

use kernel::decimal::OutOfRange;
use kernel::ids::PartyId;
use kernel::money::Rounding;
use kernel::period::Month;
use kernel::ratio::Ratio;
use rust_decimal::Decimal;

use super::claims::{Claim, ClaimKey, recoup};
use super::minor::{Minor, allocate, weight};
use super::work::{Account, Work};
use crate::fixed::Pico;
use crate::model::{Contract, OpenContract, OpenCost};

impl Work<'_> {
    /// The recoupable part of a cost, rounded once to the minor unit.
    ///
    /// # Errors
    /// [`OutOfRange`].
    pub(super) fn recoupable(&self, cost: &OpenCost) -> Result<Minor, OutOfRange> {
        recoupable(self.contract, cost, self.rounding)
    }

    /// Costs that are due, by position, with what is open of each.
    ///
    /// # Errors
    /// [`OutOfRange`].
    pub(super) fn costs_due(&self) -> Result<Vec<(usize, Minor)>, OutOfRange> {
        let last = self.month.last_day();
        let due = self.open.costs.iter().enumerate().filter(|(_, cost)| cost.incurred_on <= last);
        due.map(|(position, cost)| {
            let open = self.recoupable(cost)?.minus(self.minor(cost.recouped)?);
            Ok((position, open.positive()))
        })
        .collect()
    }
}

/// The recoupable part of a cost, rounded once to the minor unit.
fn recoupable(contract: &Contract, cost: &OpenCost, rounding: Rounding) -> Result<Minor, OutOfRange> {
    let types = &contract.recoupment.cost_types;
    let ratio = types.iter().find(|one| one.name == cost.cost_type).map_or(Ratio::ONE, |one| one.recoupable);
    Minor::part(Pico::from_decimal(cost.amount)?, ratio, contract.currency, rounding)
}

/// Whether something is unrecouped at the beginning of a month, of what is due by its end: what steps of a waterfall
/// "until recouped" ask. Amounts that do not fit count as unrecouped; closing reports them.
pub(crate) fn is_unrecouped(contract: &Contract, open: &OpenContract, month: Month, rounding: Rounding) -> bool {
    let last = month.last_day();
    let mut advances = open.advances.iter().filter(|one| one.paid_on <= last);
    let mut costs = open.costs.iter().filter(|cost| cost.incurred_on <= last);
    let left = |cost: &OpenCost| {
        let recoupable = recoupable(contract, cost, rounding)?.decimal(contract.currency)?;
        Ok::<_, OutOfRange>(recoupable > cost.recouped)
    };
    advances.any(|one| one.unrecouped > Decimal::ZERO) || costs.any(|cost| left(cost).unwrap_or(true))
}

/// Finds what is to be recouped: instalments that were paid and costs that were incurred by the end of the month. The
/// costs of a profit share are deducted from the profit instead.
///
/// # Errors
/// [`OutOfRange`].
pub(super) fn claims(work: &mut Work<'_>) -> Result<(), OutOfRange> {
    let last = work.month.last_day();
    let mut claims = Vec::new();
    for advance in work.open.advances.iter().filter(|one| one.paid_on <= last) {
        claims.push(Claim {
            priority: advance.priority,
            date: advance.paid_on,
            key: ClaimKey::Advance { advance_id: advance.advance_id, instalment: advance.instalment.clone() },
            open: work.minor(advance.unrecouped)?,
        });
    }
    if work.contract.profit_share.is_none() {
        for (position, open) in work.costs_due()? {
            let cost = &work.open.costs[position];
            let key = ClaimKey::Cost { name: cost.name.clone() };
            claims.push(Claim { priority: cost.priority, date: cost.incurred_on, key, open });
        }
    }
    // One order, whatever order they came in: what is written down of a crossing follows it.
    claims.sort_by(|a, b| (a.date, &a.key).cmp(&(b.date, &b.key)));
    work.recouped = vec![Minor::ZERO; claims.len()];
    work.crossed = vec![Minor::ZERO; claims.len()];
    work.claims = claims;
    Ok(())
}

/// Recoups: `min(max(what is free of all payees together, 0), what is open)`, borne by the payees in proportion to
/// what is free of each, by largest remainder in minor units. What is free is what the period leaves after reserves
/// and held items, less a negative balance. An unrecouped balance is not a debt: nobody ends below zero by it.
///
/// # Errors
/// [`OutOfRange`].
pub(super) fn own(work: &mut Work<'_>) -> Result<(), OutOfRange> {
    let free: Minor = work.accounts.values().filter(|one| one.payee).map(Account::free).sum();
    work.recouped = recoup(free, &work.claims, work.contract.recoupment.order)?;
    for (claim, taken) in work.claims.iter_mut().zip(&work.recouped) {
        claim.open = claim.open.minus(*taken);
    }
    let taken: Minor = work.recouped.iter().copied().sum();
    bear(work, taken, |account| account.free().0, |account, part| account.recouped = account.recouped.plus(part))
}

/// Lets the payees bear an amount in proportion to a part of what they have.
///
/// # Errors
/// [`OutOfRange`].
pub(super) fn bear(
    work: &mut Work<'_>,
    amount: Minor,
    of: impl Fn(&Account) -> i128,
    mut give: impl FnMut(&mut Account, Minor),
) -> Result<(), OutOfRange> {
    let payees: Vec<PartyId> = work.accounts.iter().filter(|(_, one)| one.payee).map(|(party, _)| *party).collect();
    let weights: Vec<u128> =
        work.accounts.values().filter(|one| one.payee).map(|account| weight(of(account))).collect();
    for (party, part) in payees.into_iter().zip(allocate(amount.0, &weights)?) {
        give(work.account(party), Minor(part));
    }
    Ok(())
}
