//! Posting: the one rounding; then what is kept back before anything is recouped (held items, reserves).

use std::collections::BTreeMap;

use kernel::decimal::OutOfRange;
use kernel::ids::PartyId;
use kernel::ratio::Ratio;
use rust_decimal::Decimal;

use super::closing::{ClosedHold, ClosedReserve};
use super::minor::Minor;
use super::reserve::{Held, consume, release, take};
use super::sums::Sums;
use super::work::{Account, Work};
use crate::fixed::Pico;
use crate::model::{Hold, HoldTarget, ItemRef, Reserve, ReserveBasis};
use crate::outcome::ReserveBase;

/// Rounds what is due plus the carried remainder to the currency's exponent; what is left is carried. An account with
/// nothing due keeps its remainder.
///
/// Each account is rounded for itself. When together they miss what their exact sum rounds to (three times a third of
/// a million are not 999,999.99), the accounts that were rounded furthest the wrong way get one minor unit each, ties
/// to the smaller id. So no remainder reaches a minor unit, and a contract pays out what it owes.
///
/// # Errors
/// [`OutOfRange`].
pub(super) fn post(work: &mut Work<'_>) -> Result<(), OutOfRange> {
    let (currency, rounding) = (work.currency(), work.rounding);
    let (mut exact_sum, mut posted_sum) = (Pico::ZERO, Minor::ZERO);
    for account in work.accounts.values_mut() {
        let exact = account.due().plus(account.opening_carry);
        if !account.due().is_zero() {
            account.posted = Minor::rounded(exact, currency, rounding)?;
            exact_sum = exact_sum.plus(exact);
            posted_sum = posted_sum.plus(account.posted);
        }
        account.closing_carry = exact.minus(account.posted.pico(currency)?);
    }
    let missing = Minor::rounded(exact_sum, currency, rounding)?.minus(posted_sum);
    let unit = if missing < Minor::ZERO { Minor(-1) } else { Minor(1) };
    let step = unit.pico(currency)?;
    // What an account lacks in the direction of what is missing: mirrored for negatives, so that returns cancel out.
    let lacks =
        |account: &Account| if unit.0 < 0 { Pico::ZERO.minus(account.closing_carry) } else { account.closing_carry };
    let mut wrong: Vec<&mut Account> = work.accounts.values_mut().filter(|account| !account.due().is_zero()).collect();
    // Stable: accounts stand in the order of their ids.
    wrong.sort_by_key(|account| std::cmp::Reverse(lacks(account)));
    for account in wrong.into_iter().take(usize::try_from(missing.0.unsigned_abs()).unwrap_or(usize::MAX)) {
        account.posted = account.posted.plus(unit);
        account.closing_carry = account.closing_carry.minus(step);
    }
    Ok(())
}

/// Reserves of every payee: returns take first, then what is due is released, then the period's part is taken.
///
/// # Errors
/// [`OutOfRange`].
pub(super) fn reserves(work: &mut Work<'_>, sums: &Sums) -> Result<(), OutOfRange> {
    let contract = work.contract;
    for (position, reserve) in (0u16..).zip(&contract.reserves) {
        let mut held: BTreeMap<PartyId, Vec<Held>> = BTreeMap::new();
        for one in work.open.reserves.iter().filter(|one| one.name == reserve.name) {
            let (taken, left) = (work.minor(one.taken)?, work.minor(one.held)?);
            held.entry(one.party_id).or_default().push(Held { origin: one.taken_in, taken, held: left });
        }
        for (party, account) in &work.accounts {
            if account.payee {
                held.entry(*party).or_default();
            }
        }
        for (party, held) in held {
            let lines = sums.reserves.get(&(work.index, party, position)).copied().unwrap_or_default();
            of_payee(work, reserve, party, held, lines)?;
        }
    }
    Ok(())
}

fn of_payee(
    work: &mut Work<'_>,
    reserve: &Reserve,
    party: PartyId,
    mut held: Vec<Held>,
    lines: ReserveBase,
) -> Result<(), OutOfRange> {
    let (currency, rounding, month) = (work.currency(), work.rounding, work.month);
    held.sort_by_key(|one| one.origin);
    let opening: Vec<Minor> = held.iter().map(|one| one.held).collect();
    let returned = Minor::rounded(Pico::ZERO.minus(lines.returned), currency, rounding)?;
    let consumed = consume(&mut held, returned);
    let released = release(&mut held, month, work.contract.accounting, &reserve.liquidation)?;
    let account = work.account(party);
    account.reserve_consumed = account.reserve_consumed.plus(consumed.iter().copied().sum());
    account.reserve_released = account.reserve_released.plus(released.iter().copied().sum());
    // Never more than the period leaves: what was earned may have gone into a waterfall or wait.
    let taken = take(lines.earned, reserve.ratio, currency, rounding)?.at_most(account.payable().positive());
    account.reserve_taken = account.reserve_taken.plus(taken);
    for (((one, opening), consumed), released) in held.iter().zip(opening).zip(consumed).zip(released) {
        let closed = ClosedReserve {
            name: reserve.name.clone(),
            party_id: party,
            taken_in: one.origin,
            origin: work.money(one.taken)?,
            sales_held: None,
            opening: work.money(opening)?,
            taken: Decimal::ZERO,
            consumed: work.money(consumed)?,
            released: work.money(released)?,
            closing: work.money(one.held)?,
        };
        work.reserves.push(closed);
    }
    if taken.is_zero() {
        return Ok(());
    }
    let sales_held = match reserve.basis {
        ReserveBasis::PostCalculation => None,
        ReserveBasis::PreCalculation => Some(work.money(take(lines.sales, reserve.ratio, currency, rounding)?)?),
    };
    let money = work.money(taken)?;
    work.reserves.push(ClosedReserve {
        name: reserve.name.clone(),
        party_id: party,
        taken_in: month,
        origin: money,
        sales_held,
        opening: Decimal::ZERO,
        taken: money,
        consumed: Decimal::ZERO,
        released: Decimal::ZERO,
        closing: money,
    });
    Ok(())
}

/// Holds on items, in force or ended: what such an item earned is kept back before anything is recouped from it, and
/// comes back there. Returns of the item take from what was held. `holds` names each with its item.
///
/// # Errors
/// [`OutOfRange`].
pub(super) fn hold_items(
    work: &mut Work<'_>,
    holds: &[(&Hold, Option<ItemRef>, bool)],
    sums: &Sums,
) -> Result<(), OutOfRange> {
    if work.profit.is_some() {
        // Its rows are a project's income, not what payees earn.
        return Ok(());
    }
    let mut left: BTreeMap<ItemRef, Decimal> = BTreeMap::new();
    for (hold, item, in_force) in holds {
        let earned = item.and_then(|item| sums.items.get(&(work.index, item)));
        let ratio = match item {
            Some(item) if *in_force => {
                let left = left.entry(*item).or_insert(Decimal::ONE);
                let ratio = hold.ratio.get().min(*left);
                *left -= ratio;
                ratio
            }
            _ => Decimal::ZERO,
        };
        let ratio = Ratio::new(ratio).unwrap_or(Ratio::ZERO);
        let mut parties: Vec<PartyId> =
            work.open.held.iter().filter(|one| one.name == hold.name).map(|one| one.party_id).collect();
        parties.extend(earned.into_iter().flat_map(BTreeMap::keys).copied());
        parties.sort_unstable();
        parties.dedup();
        for party in parties {
            let earned = earned.and_then(|earned| earned.get(&party)).copied().unwrap_or_default();
            let change = Minor::part(earned, ratio, work.currency(), work.rounding)?;
            hold_item(work, hold, party, change, *in_force)?;
        }
    }
    Ok(())
}

fn hold_item(
    work: &mut Work<'_>,
    hold: &Hold,
    party: PartyId,
    change: Minor,
    in_force: bool,
) -> Result<(), OutOfRange> {
    let opening = opening_held(work, hold, party)?;
    let account = work.account(party);
    let (held, released) = if in_force {
        (change.positive().at_most(account.payable().positive()), Minor(-change.0).positive().at_most(opening))
    } else {
        (Minor::ZERO, opening)
    };
    account.held = account.held.plus(held);
    account.unheld = account.unheld.plus(released);
    note_hold(work, hold, party, [opening, held, released])
}

/// What a hold kept back for a payee before.
///
/// # Errors
/// [`OutOfRange`].
pub(super) fn opening_held(work: &Work<'_>, hold: &Hold, party: PartyId) -> Result<Minor, OutOfRange> {
    let mine = work.open.held.iter().filter(|one| one.name == hold.name && one.party_id == party);
    mine.map(|one| work.minor(one.amount)).sum()
}

/// Writes down what a hold did: opening, held, released.
///
/// # Errors
/// [`OutOfRange`].
pub(super) fn note_hold(
    work: &mut Work<'_>,
    hold: &Hold,
    party: PartyId,
    amounts: [Minor; 3],
) -> Result<(), OutOfRange> {
    let [opening, held, released] = amounts;
    if opening.is_zero() && held.is_zero() {
        return Ok(());
    }
    let closed = ClosedHold {
        name: hold.name.clone(),
        kind: hold.kind,
        reason: hold.reason.clone(),
        on_item: matches!(hold.target, HoldTarget::Item { .. }),
        party_id: party,
        opening: work.money(opening)?,
        held: work.money(held)?,
        released: work.money(released)?,
        closing: work.money(opening.plus(held).minus(released))?,
    };
    work.holds.push(closed);
    Ok(())
}
