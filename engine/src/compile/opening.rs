//! What earlier periods left, as far as lines are computed with it.

use super::counters::pico;
use super::{CompiledRules, CounterPer};
use crate::close::is_unrecouped;
use crate::model::{OpenCounter, OpeningState};

/// The key of a counter's state: the counter above, the item below.
#[inline]
pub(crate) fn slot(counter: u32, item: u32) -> u64 {
    u64::from(counter) << 32 | u64::from(item)
}

/// No item: the counter of a contract or a group.
pub(crate) const WHOLE_COUNTER: u32 = u32::MAX;

impl CompiledRules {
    /// Takes the opening state into account: where counters of tiers stand, what capped steps have taken, whether
    /// something is unrecouped. Call it before [`Self::interner`] is cloned: counters name items.
    ///
    /// What it does not know (a counter that no term has) is kept as it is by closing, not an error here.
    #[must_use]
    pub fn opening(mut self, opening: &OpeningState) -> Self {
        for open in &opening.contracts {
            let Some(contract) = self.contracts.iter().position(|one| one.id == open.contract_id) else {
                continue;
            };
            let (month, rounding) = (self.scope.month, self.rules.rounding);
            self.contracts[contract].unrecouped = is_unrecouped(&self.rules.contracts[contract], open, month, rounding);
            let contract = u32::try_from(contract).unwrap_or(u32::MAX);
            for counter in &open.counters {
                if let Some(key) = self.counter_slot(contract, counter) {
                    self.counted.insert(key, (pico(counter.value), pico(counter.accrued)));
                }
            }
            for step in &open.steps {
                if let Some(capped) =
                    self.capped.iter_mut().find(|one| one.contract == contract && one.name == step.name)
                {
                    capped.taken = pico(step.taken);
                    capped.taken_in_period = pico(step.taken_in_period);
                }
            }
        }
        self
    }

    fn counter_slot(&mut self, contract: u32, open: &OpenCounter) -> Option<u64> {
        let index = self.counters.iter().position(|one| one.contract == contract && one.name == open.name)?;
        let item = match (self.counters[index].scope, open.item) {
            (CounterPer::Item | CounterPer::Release, Some(item)) => self.interner.item(item).0,
            (CounterPer::Contract | CounterPer::Group { .. }, None) => WHOLE_COUNTER,
            _ => return None,
        };
        Some(slot(u32::try_from(index).ok()?, item))
    }
}
