//! Recouping a contract's own advances and costs from its own royalties.

use kernel::decimal::OutOfRange;
use kernel::ids::PartyId;
use kernel::ratio::Ratio;
use rust_decimal::Decimal;

use super::claims::{Claim, ClaimKey, recoup};
use super::minor::{Minor, allocate, part, weight};
use super::work::{Account, Work};
use crate::fixed::Pico;
use crate::model::OpenCost;

impl Work<'_> {
    /// The recoupable part of a cost, rounded once to the minor unit.
    ///
    /// # Errors
    /// [`OutOfRange`].
    pub(super) fn recoupable(&self, cost: &OpenCost) -> Result<Minor, OutOfRange> {
        let types = &self.contract.recoupment.cost_types;
        let ratio = types.iter().find(|one| one.name == cost.cost_type).map_or(Ratio::ONE, |one| one.recoupable);
        Minor::rounded(part(Pico::from_decimal(cost.amount)?, ratio, self.rounding)?, self.currency(), self.rounding)
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

    /// Whether something is unrecouped at the beginning of the period.
    ///
    /// # Errors
    /// [`OutOfRange`].
    pub(super) fn is_unrecouped(&self) -> Result<bool, OutOfRange> {
        let last = self.month.last_day();
        let advances = self.open.advances.iter();
        let advance = advances.filter(|one| one.paid_on <= last).any(|one| one.unrecouped > Decimal::ZERO);
        Ok(advance || self.costs_due()?.iter().any(|(_, open)| !open.is_zero()))
    }
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
