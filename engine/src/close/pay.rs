//! Between what becomes payable and who gets it: letters of direction, then holds.

use chrono::NaiveDate;
use kernel::decimal::OutOfRange;
use kernel::ids::PartyId;
use kernel::period::Month;

use super::closing::ClosedDirection;
use super::direct::{Share, direct};
use super::minor::Minor;
use super::post::{note_hold, opening_held};
use super::work::Work;
use crate::model::{Direction, Hold, HoldTarget};

/// Whether something holds in an accounting month: its first and last month are named by any day of them.
pub(super) fn in_force(month: Month, from: Option<NaiveDate>, to: Option<NaiveDate>) -> bool {
    from.is_none_or(|from| Month::of(from) <= month) && to.is_none_or(|to| month <= Month::of(to))
}

/// Directs parts of what became payable to others, letters by name. What somebody gets by a letter is not directed
/// again.
///
/// # Errors
/// [`OutOfRange`].
pub(super) fn directions(work: &mut Work<'_>, letters: &[Direction]) -> Result<(), OutOfRange> {
    let mine: Vec<&Direction> = letters
        .iter()
        .filter(|one| one.contract_id.is_none_or(|contract| contract == work.contract.id))
        .filter(|one| in_force(work.month, one.valid_from, one.valid_to))
        .collect();
    if mine.is_empty() {
        return Ok(());
    }
    let mut given = Vec::new();
    for (party, account) in &work.accounts {
        let of_party: Vec<&Direction> = mine.iter().filter(|one| one.from_party == *party).copied().collect();
        if of_party.is_empty() {
            continue;
        }
        let mut shares = Vec::with_capacity(of_party.len());
        for letter in &of_party {
            let left = match letter.up_to {
                Some(most) => Some(work.minor(most)?.minus(directed_before(work, &letter.name)?)),
                None => None,
            };
            shares.push(Share { ratio: letter.ratio.get(), left });
        }
        given.extend(of_party.into_iter().zip(direct(account.free(), &shares)?));
    }
    for (letter, amount) in given {
        let from = work.account(letter.from_party);
        from.directed_out = from.directed_out.plus(amount);
        if !amount.is_zero() {
            let to = work.account(letter.to_party);
            to.directed_in = to.directed_in.plus(amount);
        }
        let before = directed_before(work, &letter.name)?;
        let closed = ClosedDirection {
            name: letter.name.clone(),
            from_party: letter.from_party,
            to_party: letter.to_party,
            opening: work.money(before)?,
            amount: work.money(amount)?,
            closing: work.money(before.plus(amount))?,
        };
        work.directions.push(closed);
    }
    work.directions.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(())
}

fn directed_before(work: &Work<'_>, name: &str) -> Result<Minor, OutOfRange> {
    work.open.directed.iter().filter(|one| one.name == name).map(|one| work.minor(one.amount)).sum()
}

/// Holds on payees, contracts and accounts, by name: what ended comes back, then a part of what is payable is kept.
///
/// # Errors
/// [`OutOfRange`].
pub(super) fn holds(work: &mut Work<'_>, holds: &[Hold]) -> Result<(), OutOfRange> {
    if holds.is_empty() {
        return Ok(());
    }
    let parties: Vec<PartyId> = work.accounts.keys().copied().collect();
    for party in parties {
        let mine: Vec<&Hold> = holds.iter().filter(|hold| is_about(hold, work, party)).collect();
        let (running, ended): (Vec<&Hold>, Vec<&Hold>) =
            mine.into_iter().partition(|hold| in_force(work.month, hold.valid_from, hold.valid_to));
        for hold in ended {
            let opening = opening_held(work, hold, party)?;
            let account = work.account(party);
            account.unheld = account.unheld.plus(opening);
            note_hold(work, hold, party, [opening, Minor::ZERO, opening])?;
        }
        let shares: Vec<Share> = running.iter().map(|hold| Share { ratio: hold.ratio.get(), left: None }).collect();
        let free = work.account(party).free();
        for (hold, part) in running.into_iter().zip(direct(free, &shares)?) {
            let opening = opening_held(work, hold, party)?;
            let account = work.account(party);
            account.held = account.held.plus(part);
            note_hold(work, hold, party, [opening, part, Minor::ZERO])?;
        }
    }
    work.holds.sort_by(|a, b| (&a.name, a.party_id).cmp(&(&b.name, b.party_id)));
    Ok(())
}

fn is_about(hold: &Hold, work: &Work<'_>, party: PartyId) -> bool {
    match &hold.target {
        HoldTarget::Payee { party_id } => *party_id == party,
        HoldTarget::Contract { contract_id } => *contract_id == work.contract.id,
        HoldTarget::Account { contract_id, party_id } => *contract_id == work.contract.id && *party_id == party,
        HoldTarget::Item { .. } => false,
    }
}
