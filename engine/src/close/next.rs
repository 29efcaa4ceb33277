//! What a closed period leaves for the next.

use std::collections::BTreeMap;

use kernel::decimal::{OutOfRange, add, sub};
use kernel::ids::{ContractId, PartyId};
use kernel::period::Month;
use rust_decimal::Decimal;

use super::{ClosedContract, Closing};
use crate::compile::CompiledRules;
use crate::model::{
    Interner, OpenAccount, OpenAdvance, OpenContract, OpenCost, OpenDirected, OpenGuarantee, OpenHeld, OpenProducer,
    OpenProject, OpenReserve, OpenStep, OpenWaiting, OpeningState,
};

/// The type of a cost that a recoupable true-up of a guarantee becomes. A contract may say which part of it is
/// recoupable, as of any other type; by default all of it.
pub const GUARANTEE_COST: &str = "GUARANTEE";

impl Closing {
    /// The opening state of the next month: balances, remainders, reserves, and everything else that is carried.
    ///
    /// `opening` is the state that this period began with; where counters of tiers and capped steps stand after its
    /// lines is known to `rules`, with which they were computed, and `names`, the interner of the run. Payments between
    /// the two months lower the balances of accounts.
    ///
    /// # Errors
    /// [`OutOfRange`] for amounts of more than 28 digits.
    pub fn next(
        &self,
        rules: &CompiledRules,
        names: &Interner,
        opening: &OpeningState,
    ) -> Result<OpeningState, OutOfRange> {
        let month = rules.scope.month;
        let before: BTreeMap<ContractId, &OpenContract> =
            opening.contracts.iter().map(|contract| (contract.contract_id, contract)).collect();
        let mut contracts = Vec::new();
        for closed in &self.contracts {
            let mut next = of_contract(closed, month, before.get(&closed.contract_id).copied())?;
            next.counters = rules.closing_counters(closed.contract_id, names);
            let before = before.get(&closed.contract_id).map_or(&[][..], |before| &before.steps);
            next.steps = steps(closed, before, &rules.closing_steps(closed.contract_id))?;
            if next != OpenContract::new(closed.contract_id) {
                contracts.push(next);
            }
        }
        let projects = self.projects.iter().filter(|one| !one.closing_loss.is_zero());
        let mut projects: Vec<OpenProject> =
            projects.map(|one| OpenProject { project: one.project.clone(), loss: one.closing_loss }).collect();
        // A project without a contract in this period keeps its loss.
        for one in &opening.projects {
            if !self.projects.iter().any(|closed| closed.project == one.project) {
                projects.push(one.clone());
            }
        }
        Ok(OpeningState { contracts, projects })
    }
}

fn of_contract(
    closed: &ClosedContract,
    month: Month,
    before: Option<&OpenContract>,
) -> Result<OpenContract, OutOfRange> {
    let mut next = OpenContract::new(closed.contract_id);
    for one in closed.advances.iter().filter(|one| !one.closing.is_zero()) {
        next.advances.push(OpenAdvance {
            advance_id: one.advance_id,
            paid_on: one.paid_on,
            unrecouped: one.closing,
            instalment: one.instalment.clone(),
            priority: one.priority,
        });
    }
    for one in &closed.accounts {
        if !(one.closing_carry.is_zero() && one.closing_balance.is_zero()) {
            let (carry, balance) = (one.closing_carry, one.closing_balance);
            next.accounts.push(OpenAccount { party_id: one.party_id, carry, balance });
        }
    }
    for one in closed.costs.iter().filter(|one| !one.closing.is_zero()) {
        next.costs.push(OpenCost {
            name: one.name.clone(),
            cost_type: one.cost_type.clone(),
            incurred_on: one.incurred_on,
            amount: one.amount,
            recouped: sub(one.recoupable, one.closing)?,
            priority: one.priority,
        });
    }
    next.costs.extend(true_ups(closed, month));
    next.reserves = reserves(closed);
    for one in closed.guarantees.iter().filter(|one| !one.ended) {
        next.guarantees.push(OpenGuarantee {
            name: one.name.clone(),
            year_from: one.year_from,
            earned: one.earned,
            advances: one.advances,
            trued_up: add(one.trued_up, one.true_up)?,
        });
    }
    next.producer = closed.producer.as_ref().map(|one| OpenProducer {
        recouped: one.closing_recouped,
        waiting: (one.waiting.iter().filter(|one| !one.closing.is_zero()))
            .map(|one| OpenWaiting { party_id: one.party_id, amount: one.closing })
            .collect(),
    });
    next.producer = next.producer.filter(|one| *one != OpenProducer::default());
    for one in closed.holds.iter().filter(|one| !one.closing.is_zero()) {
        next.held.push(OpenHeld { name: one.name.clone(), party_id: one.party_id, amount: one.closing });
    }
    next.directed = directed(closed, before)?;
    Ok(next)
}

/// Recoupable true-ups wait as costs: they are incurred when the month is over.
fn true_ups(closed: &ClosedContract, month: Month) -> impl Iterator<Item = OpenCost> {
    let paid = closed.guarantees.iter().filter(|one| one.recoupable && !one.true_up.is_zero());
    paid.map(move |one| OpenCost {
        name: format!("{} {month}", one.name),
        cost_type: GUARANTEE_COST.to_owned(),
        incurred_on: month.last_day(),
        amount: one.true_up,
        recouped: Decimal::ZERO,
        priority: 0,
    })
}

/// What is still held, takings of the same month and payee together.
fn reserves(closed: &ClosedContract) -> Vec<OpenReserve> {
    let mut held: BTreeMap<(&str, PartyId, Month), OpenReserve> = BTreeMap::new();
    for one in closed.reserves.iter().filter(|one| !one.closing.is_zero()) {
        let entry = held.entry((&one.name, one.party_id, one.taken_in)).or_insert_with(|| OpenReserve {
            name: one.name.clone(),
            party_id: one.party_id,
            taken_in: one.taken_in,
            taken: Decimal::ZERO,
            held: Decimal::ZERO,
        });
        entry.taken += one.origin;
        entry.held += one.closing;
    }
    held.into_values().collect()
}

/// What steps have taken ever: before, of the lines, and for the period. What they took in the month is over.
fn steps(closed: &ClosedContract, before: &[OpenStep], of_lines: &[OpenStep]) -> Result<Vec<OpenStep>, OutOfRange> {
    let mut taken: BTreeMap<&str, Decimal> = BTreeMap::new();
    for one in before.iter().chain(of_lines) {
        taken.insert(&one.name, one.taken);
    }
    for one in &closed.steps {
        let sum = taken.entry(&one.name).or_default();
        *sum = add(*sum, one.taken)?;
    }
    let steps = taken.into_iter().filter(|(_, taken)| !taken.is_zero());
    let open =
        |(name, taken): (&str, Decimal)| OpenStep { name: name.to_owned(), taken_in_period: Decimal::ZERO, taken };
    Ok(steps.map(open).collect())
}

/// What letters have directed, of several payees together; letters that were not in force keep theirs.
fn directed(closed: &ClosedContract, before: Option<&OpenContract>) -> Result<Vec<OpenDirected>, OutOfRange> {
    let mut sums: BTreeMap<&str, Decimal> = BTreeMap::new();
    for one in before.into_iter().flat_map(|before| &before.directed) {
        let sum = sums.entry(&one.name).or_default();
        *sum = add(*sum, one.amount)?;
    }
    for one in &closed.directions {
        let sum = sums.entry(&one.name).or_default();
        *sum = add(*sum, one.amount)?;
    }
    let directed = sums.into_iter().filter(|(_, amount)| !amount.is_zero());
    Ok(directed.map(|(name, amount)| OpenDirected { name: name.to_owned(), amount }).collect())
}
