//! The stages of closing, in their order.

use std::collections::{BTreeMap, BTreeSet};

use kernel::decimal::OutOfRange;
use kernel::ids::{ContractId, PartyId};

use super::closing::Closing;
use super::sums::Sums;
use super::work::Work;
use super::{crossing, earn, pay, post, promise, recoupment};
use crate::check::finding;
use crate::compile::{CompiledRules, InvalidRules};
use crate::fixed::Pico;
use crate::model::{Contract, Hold, HoldTarget, ItemRef, OpenContract, OpeningState, StepAmount};
use crate::outcome::Summary;

impl CompiledRules {
    /// Closes a period: posts what every payee earned, recoups what is open, and says who gets what.
    ///
    /// The stages and their order are described in [`crate::close`]. The result depends on the rules, the summary
    /// and the opening state alone, never on the order of anything in them.
    ///
    /// # Errors
    /// [`InvalidRules`] with the findings of the opening state (see [`CompiledRules::check_opening`]), or
    /// `OUT_OF_RANGE` for sums beyond 28 digits.
    pub fn close_period(&self, summary: &Summary, opening: &OpeningState) -> Result<Closing, InvalidRules> {
        let findings = self.check_opening(opening);
        if !findings.is_empty() {
            return Err(InvalidRules { findings });
        }
        let sums = self.sums(summary);
        self.close(&sums, opening).map_err(|_| InvalidRules {
            findings: vec![finding("OUT_OF_RANGE", "A sum has more than 28 digits.", &[])],
        })
    }

    fn close(&self, sums: &Sums, opening: &OpeningState) -> Result<Closing, OutOfRange> {
        let mut works = self.begin(sums, opening)?;
        let projects = earn::profits(&mut works, &opening.projects)?;
        earn::producers(&mut works)?;
        let items = self.held_items();
        for work in &mut works {
            earn::overrides(work, &self.scope.overrides)?;
            earn::steps(work)?;
            post::post(work)?;
            post::reserves(work, sums)?;
            post::hold_items(work, &items, sums)?;
            recoupment::claims(work)?;
            recoupment::own(work)?;
        }
        crossing::cross_all(&mut works, &self.rules.cross_groups)?;
        for work in &mut works {
            promise::guarantees(work, sums)?;
            pay::directions(work, &self.rules.directions)?;
            pay::holds(work, &self.rules.holds)?;
        }
        let contracts = works.into_iter().map(Work::finish).collect::<Result<_, _>>()?;
        Ok(Closing { contracts, projects })
    }

    /// The contracts that have something to close, by id.
    fn begin<'a>(&'a self, sums: &Sums, opening: &'a OpeningState) -> Result<Vec<Work<'a>>, OutOfRange> {
        let open: BTreeMap<ContractId, &OpenContract> =
            opening.contracts.iter().map(|contract| (contract.contract_id, contract)).collect();
        let mut earned: BTreeMap<u32, Vec<(PartyId, Pico)>> = BTreeMap::new();
        for ((contract, party), amount) in &sums.earned {
            earned.entry(*contract).or_default().push((*party, *amount));
        }
        let overridden: BTreeSet<ContractId> = self.scope.overrides.iter().map(|one| one.contract_id).collect();
        let mut works = Vec::new();
        // Compiled contracts stand in the order of the canonical rules, which is that of their ids.
        for (index, contract) in (0u32..).zip(&self.rules.contracts) {
            let earned = earned.remove(&index).unwrap_or_default();
            let open = open.get(&contract.id).copied();
            let idle = earned.is_empty() && open.is_none() && !overridden.contains(&contract.id);
            if idle && !promises(contract) {
                continue;
            }
            let mut work = Work::begin(index, contract, open, self.scope.month, self.rules.rounding)?;
            for (party, amount) in earned {
                work.account(party).earned = amount;
            }
            works.push(work);
        }
        Ok(works)
    }

    /// The holds on items, with the position of the item and whether they are in force.
    fn held_items(&self) -> Vec<(&Hold, Option<ItemRef>, bool)> {
        let month = self.scope.month;
        let mut found = Vec::new();
        for hold in &self.rules.holds {
            if let HoldTarget::Item { item } = &hold.target {
                let in_force = pay::in_force(month, hold.valid_from, hold.valid_to);
                found.push((hold, self.item_ref(*item), in_force));
            }
        }
        found
    }
}

/// Whether a contract may owe something in a period without a row.
fn promises(contract: &Contract) -> bool {
    let per_period = contract.versions.iter().flat_map(|version| &version.waterfall);
    !contract.guarantees.is_empty() || {
        let mut steps = per_period;
        steps.any(|step| matches!(step.amount, StepAmount::PerPeriod { .. }) && step.recipient.is_some())
    }
}
