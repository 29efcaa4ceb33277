//! Crossing: what a contract has left after its own recoupment recoups open balances of others in its group.

use std::collections::BTreeSet;

use kernel::decimal::OutOfRange;
use kernel::ids::ContractId;
use rust_decimal::Decimal;

use super::closing::ClosedCrossing;
use super::cross::{Member, cross};
use super::minor::Minor;
use super::recoupment::bear;
use super::work::{Account, Work};
use crate::fixed::Pico;
use crate::model::{CrossCondition, CrossGroup, CrossMember, OpenCost};

/// Crosses the contracts of every group, groups by name.
///
/// # Errors
/// [`OutOfRange`].
pub(super) fn cross_all(works: &mut [Work<'_>], groups: &[CrossGroup]) -> Result<(), OutOfRange> {
    let mut sorted: Vec<&CrossGroup> = groups.iter().collect();
    sorted.sort_by(|a, b| a.name.cmp(&b.name));
    for group in sorted {
        of_group(works, group, &members(group, groups))?;
    }
    Ok(())
}

/// The members of a group and of the groups in it, by contract; a contract that is named twice is what the group
/// itself says, then what the first group in it says.
fn members<'g>(group: &'g CrossGroup, groups: &'g [CrossGroup]) -> Vec<&'g CrossMember> {
    let (mut found, mut seen): (Vec<&CrossMember>, BTreeSet<ContractId>) = (Vec::new(), BTreeSet::new());
    let (mut queue, mut visited) = (vec![group], BTreeSet::from([group.name.as_str()]));
    while !queue.is_empty() {
        for one in std::mem::take(&mut queue) {
            found.extend(one.members.iter().filter(|member| seen.insert(member.contract_id)));
            let below = one.groups.iter().filter_map(|name| groups.iter().find(|group| group.name == *name));
            queue.extend(below.filter(|group| visited.insert(group.name.as_str())));
        }
    }
    found.sort_by_key(|member| member.contract_id);
    found
}

fn of_group(works: &mut [Work<'_>], group: &CrossGroup, members: &[&CrossMember]) -> Result<(), OutOfRange> {
    let mut places = Vec::new();
    let mut crossed = Vec::new();
    for member in members {
        // Works stand in the order of their contracts' ids.
        let Ok(place) = works.binary_search_by_key(&member.contract_id, |work| work.contract.id) else { continue };
        let work = &works[place];
        let surplus = if member.gives { surplus(work, &group.condition)? } else { Minor::ZERO };
        let mut claims = if member.takes { work.claims.clone() } else { Vec::new() };
        for claim in &mut claims {
            claim.priority = member.priority;
        }
        places.push(place);
        crossed.push(Member { surplus, sources: Vec::new(), claims });
    }
    let givers: Vec<usize> = (0..crossed.len()).filter(|one| !crossed[*one].surplus.is_zero()).collect();
    for member in &mut crossed {
        member.sources.clone_from(&givers);
    }
    let mut given = vec![Minor::ZERO; crossed.len()];
    for one in cross(&mut crossed, group.order)? {
        given[one.from] = given[one.from].plus(one.amount);
        let taker = &mut works[places[one.to]];
        taker.crossed[one.claim] = taker.crossed[one.claim].plus(one.amount);
        taker.claims[one.claim].open = taker.claims[one.claim].open.minus(one.amount);
        let (claim, to_contract_id) = (taker.claims[one.claim].key.clone(), taker.contract.id);
        let giver = &mut works[places[one.from]];
        let amount = giver.money(one.amount)?;
        giver.crossings.push(ClosedCrossing { group: group.name.clone(), to_contract_id, claim, amount });
    }
    let old = !matches!(group.condition, CrossCondition::Income | CrossCondition::IncomeLessCosts);
    for (place, given) in places.into_iter().zip(given) {
        bear(
            &mut works[place],
            given,
            |account| available(account, old).0,
            |account, part| account.crossed = account.crossed.plus(part),
        )?;
    }
    Ok(())
}

/// What a payee has: what the period left, and with `old` what was unpaid before.
fn available(account: &Account, old: bool) -> Minor {
    let before = if old { account.balance.positive() } else { Minor::ZERO };
    // What is free may be below zero because crossing already took from what was unpaid.
    account.free().plus(before).positive()
}

/// What a contract may give. One with open balances of its own has nothing left after its own recoupment.
fn surplus(work: &Work<'_>, condition: &CrossCondition) -> Result<Minor, OutOfRange> {
    if work.claims.iter().any(|claim| !claim.open.is_zero()) {
        return Ok(Minor::ZERO);
    }
    let payees = || work.accounts.values().filter(|account| account.payee);
    let all = |old| payees().map(|account| available(account, old)).sum::<Minor>();
    let balance: Minor = payees().map(|account| account.balance.plus(account.payable())).sum();
    Ok(match condition {
        CrossCondition::Always => all(true),
        CrossCondition::Income => all(false),
        CrossCondition::IncomeLessCosts => {
            let posted: Minor = payees().map(|account| account.posted).sum();
            let costs: Decimal = costs_of_month(work).map(|cost| cost.amount).sum();
            let costs = Minor::rounded(Pico::from_decimal(costs)?, work.currency(), work.rounding)?;
            all(false).at_most(posted.minus(costs).positive())
        }
        CrossCondition::BalancePositive => all(true).at_most(balance.positive()),
        CrossCondition::BalanceOver { amount } => {
            let least = Minor::rounded(Pico::from_decimal(*amount)?, work.currency(), work.rounding)?;
            all(true).at_most(balance.minus(least).positive())
        }
    })
}

/// The costs that were incurred within the month, whether recoupable or not.
fn costs_of_month<'w>(work: &'w Work<'_>) -> impl Iterator<Item = &'w OpenCost> {
    let period = work.month.period();
    work.open.costs.iter().filter(move |cost| period.contains(cost.incurred_on))
}
