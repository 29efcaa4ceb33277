//! What is due for a period before it is rounded: profit shares, producer points, steps per period, overrides.

use std::collections::BTreeMap;

use kernel::decimal::OutOfRange;
use kernel::ids::{ContractId, PartyId};
use rust_decimal::Decimal;

use super::closing::{ClosedProducer, ClosedProfit, ClosedProject, ClosedStep, ClosedWaiting};
use super::minor::{Minor, allocate, weight};
use super::producer::{Costs, points};
use super::profit::{Venture, share};
use super::recoupment::is_unrecouped;
use super::tree::divide;
use super::work::{Work, exact};
use crate::fixed::Pico;
use crate::model::{OpenProject, Override, ProducerRate, StepAmount, WaterfallStage, WaterfallStep};

/// Adds what was entered by hand to what is due.
///
/// # Errors
/// [`OutOfRange`].
pub(super) fn overrides(work: &mut Work<'_>, given: &[Override]) -> Result<(), OutOfRange> {
    let mine: Vec<&Override> = given.iter().filter(|one| one.contract_id == work.contract.id).collect();
    for one in mine {
        let amount = Pico::from_decimal(one.amount)?;
        let account = work.account(one.party_id);
        account.adjusted = account.adjusted.plus(amount);
        work.overrides.push(Override { amount: exact(amount)?, ..one.clone() });
    }
    work.overrides.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(())
}

/// Shares the profits of projects: the payees of a profit share divide their part of the profit instead of what the
/// rows amount to, which is the project's income.
///
/// # Errors
/// [`OutOfRange`].
pub(super) fn profits(works: &mut [Work<'_>], open: &[OpenProject]) -> Result<Vec<ClosedProject>, OutOfRange> {
    let mut projects: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (position, work) in works.iter().enumerate() {
        if let Some(terms) = &work.contract.profit_share {
            projects.entry(terms.project.clone()).or_default().push(position);
        }
    }
    for one in open {
        projects.entry(one.project.clone()).or_default();
    }
    let mut closed = Vec::with_capacity(projects.len());
    for (project, members) in projects {
        let loss: Decimal = open.iter().filter(|one| one.project == project).map(|one| one.loss).sum();
        let Some(currency) = members.first().map(|first| works[*first].currency()) else {
            continue;
        };
        let opening_loss = Pico::from_decimal(loss)?;
        let mut ventures = Vec::with_capacity(members.len());
        for member in &members {
            let work = &works[*member];
            let Some(terms) = &work.contract.profit_share else { continue };
            let income = work.accounts.values().filter(|one| one.payee).map(|one| one.earned).sum();
            let costs: Minor = work.costs_due()?.into_iter().map(|(_, open)| open).sum();
            let costs = costs.pico(currency)?;
            ventures.push(Venture { income, costs, overhead: terms.overhead, share: terms.share });
        }
        let rounding = works[members[0]].rounding;
        let (results, closing_loss) = share(&ventures, opening_loss, rounding)?;
        let mut result = Pico::ZERO.minus(opening_loss);
        for ((member, venture), outcome) in members.iter().zip(&ventures).zip(&results) {
            result = result.plus(outcome.result);
            let work = &mut works[*member];
            let shares = match work.version() {
                Some(version) => divide(outcome.shared.0, &version.splits)?,
                None => BTreeMap::new(),
            };
            for account in work.accounts.values_mut().filter(|one| one.payee) {
                account.transferred = Pico::ZERO.minus(account.earned);
            }
            for (party, units) in shares {
                let account = work.account(party);
                account.transferred = account.transferred.plus(Pico(units));
            }
            work.profit = Some(ClosedProfit {
                project: project.clone(),
                income: exact(venture.income)?,
                costs: exact(venture.costs)?,
                overhead: exact(outcome.overhead)?,
                result: exact(outcome.result)?,
                profit: exact(outcome.profit)?,
                share: venture.share.get(),
                shared: exact(outcome.shared)?,
            });
        }
        closed.push(ClosedProject {
            project,
            currency,
            opening_loss: exact(opening_loss)?,
            result: exact(result)?,
            closing_loss: exact(closing_loss)?,
        });
    }
    Ok(closed)
}

/// Lets producer points wait, or out of waiting.
///
/// # Errors
/// [`OutOfRange`].
pub(super) fn producers(works: &mut [Work<'_>]) -> Result<(), OutOfRange> {
    let earned: BTreeMap<ContractId, Pico> = works.iter().map(|work| (work.contract.id, payees_earned(work))).collect();
    for work in works {
        let Some(terms) = &work.contract.producer else { continue };
        let before = work.open.producer.clone().unwrap_or_default();
        let artist = terms.recouped_by.and_then(|artist| earned.get(&artist)).copied().unwrap_or_default();
        let basis = match terms.recouped_at {
            ProducerRate::Net => artist,
            ProducerRate::Combined => artist.plus(payees_earned(work)),
        };
        let costs = Costs {
            all: Pico::from_decimal(terms.recording_costs)?,
            recouped: Pico::from_decimal(before.recouped)?,
            basis,
        };
        let mut waiting: BTreeMap<PartyId, Pico> = BTreeMap::new();
        for one in &before.waiting {
            let sum = waiting.entry(one.party_id).or_default();
            *sum = sum.plus(Pico::from_decimal(one.amount)?);
            work.account(one.party_id);
        }
        let mut closed = Vec::new();
        let (mode, rounding) = (terms.mode, work.rounding);
        for (party, account) in work.accounts.iter_mut().filter(|(_, account)| account.payee) {
            let opening = waiting.get(party).copied().unwrap_or_default();
            let due = points(mode, account.earned, opening, &costs, rounding)?;
            account.transferred = due.due.minus(account.earned);
            if !(account.earned.is_zero() && opening.is_zero()) {
                closed.push(ClosedWaiting {
                    party_id: *party,
                    opening: exact(opening)?,
                    due: exact(due.due)?,
                    forgone: exact(due.forgone)?,
                    closing: exact(due.waiting)?,
                });
            }
        }
        work.producer = Some(ClosedProducer {
            mode,
            recording_costs: exact(costs.all)?,
            opening_recouped: exact(costs.recouped)?,
            basis: exact(costs.basis)?,
            closing_recouped: exact(costs.after())?,
            waiting: closed,
        });
    }
    Ok(())
}

fn payees_earned(work: &Work<'_>) -> Pico {
    work.accounts.values().filter(|one| one.payee).map(|one| one.earned).sum()
}

/// Takes the steps of the waterfall that are an amount per accounting month, in their order.
///
/// # Errors
/// [`OutOfRange`].
pub(super) fn steps(work: &mut Work<'_>) -> Result<(), OutOfRange> {
    let Some(version) = work.version() else { return Ok(()) };
    let unrecouped = is_unrecouped(work.contract, &work.open, work.month, work.rounding);
    for step in &version.waterfall {
        let StepAmount::PerPeriod { amount } = &step.amount else { continue };
        if step.until_recouped && !unrecouped {
            continue;
        }
        let limit = limit(work, step, *amount)?;
        let taken = match &step.stage {
            WaterfallStage::FromFee { .. } => limit,
            WaterfallStage::AfterSplit { party_id } => {
                let account = work.account(*party_id);
                let taken = limit.min(account.due().max(Pico::ZERO));
                account.deducted = account.deducted.plus(taken);
                taken
            }
            WaterfallStage::OffTheTop | WaterfallStage::BeforeSplit => shared(work, limit)?,
        };
        if taken.is_zero() {
            continue;
        }
        if let Some(recipient) = step.recipient {
            let account = work.account(recipient);
            account.deducted = account.deducted.minus(taken);
        }
        work.steps.push(ClosedStep { name: step.name.clone(), taken: exact(taken)?, recipient: step.recipient });
    }
    Ok(())
}

/// What a step may still take.
fn limit(work: &Work<'_>, step: &WaterfallStep, amount: Decimal) -> Result<Pico, OutOfRange> {
    let before = work.open.steps.iter().find(|one| one.name == step.name);
    let in_period = Pico::from_decimal(before.map(|one| one.taken_in_period).unwrap_or_default())?;
    let ever = Pico::from_decimal(before.map(|one| one.taken).unwrap_or_default())?;
    let mut most = Pico::from_decimal(amount)?.minus(in_period);
    if let Some(cap) = step.cap_per_period {
        most = most.min(Pico::from_decimal(cap)?.minus(in_period));
    }
    if let Some(cap) = step.cap {
        most = most.min(Pico::from_decimal(cap)?.minus(ever));
    }
    Ok(most.max(Pico::ZERO))
}

/// Takes an amount from what the payees have due, in proportion, and no more than is there.
fn shared(work: &mut Work<'_>, limit: Pico) -> Result<Pico, OutOfRange> {
    let payees = |work: &Work<'_>| -> Vec<u128> {
        work.accounts.values().filter(|one| one.payee).map(|one| weight(one.due().0)).collect()
    };
    let weights = payees(work);
    let there: Pico = weights.iter().map(|units| Pico(i128::try_from(*units).unwrap_or(i128::MAX))).sum();
    let taken = limit.min(there);
    for (account, part) in work.accounts.values_mut().filter(|one| one.payee).zip(allocate(taken.0, &weights)?) {
        account.deducted = account.deducted.plus(Pico(part));
    }
    Ok(taken)
}
