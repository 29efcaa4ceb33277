//! Where counters and capped steps stand at the end: the next period's opening state.

use kernel::ids::ContractId;
use rust_decimal::Decimal;

use super::{CAPPED, Order};
use crate::compile::{CompiledRules, CounterPer};
use crate::fixed::Pico;
use crate::model::{Interner, ItemRef, OpenCounter, OpenStep};

impl CompiledRules {
    /// Where the counters of a contract stand after the run, those that no line moved included, by name and item.
    /// `names` is the interner of the run.
    #[must_use]
    pub fn closing_counters(&self, contract_id: ContractId, names: &Interner) -> Vec<OpenCounter> {
        let mut ends = self.counted.clone();
        if let Some(order) = &self.order {
            ends.extend(order.ends.iter().filter(|(slot, _)| *slot & CAPPED == 0));
        }
        let mut found: Vec<OpenCounter> = ends
            .into_iter()
            .filter_map(|(slot, (value, accrued))| {
                let counter = self.counters.get(usize::try_from(slot >> 32).ok()?)?;
                if self.contracts.get(counter.contract as usize)?.id != contract_id {
                    return None;
                }
                let item = u32::try_from(slot & u64::from(u32::MAX)).ok()?;
                let (item, group) = match counter.scope {
                    CounterPer::Contract => (None, None),
                    CounterPer::Group { id, .. } => (None, Some(id)),
                    CounterPer::Item | CounterPer::Release => (names.item_key(ItemRef(item)), None),
                };
                Some(OpenCounter {
                    name: counter.name.clone(),
                    item,
                    group,
                    value: number(value),
                    accrued: number(accrued),
                })
            })
            .collect();
        found.sort_by(|a, b| (&a.name, a.item, a.group).cmp(&(&b.name, b.item, b.group)));
        found
    }

    /// What the capped steps of a contract have taken after the run, by name. A new month begins with nothing taken
    /// in the period.
    #[must_use]
    pub fn closing_steps(&self, contract_id: ContractId) -> Vec<OpenStep> {
        let mut found: Vec<OpenStep> = (0u32..)
            .zip(&self.capped)
            .filter(|(_, capped)| self.contracts[capped.contract as usize].id == contract_id)
            .map(|(index, capped)| {
                let taken = self.taken(index);
                OpenStep {
                    name: capped.name.clone(),
                    taken_in_period: number(capped.taken_in_period.saturating_add(taken)),
                    taken: number(capped.taken.saturating_add(taken)),
                }
            })
            .collect();
        found.sort_by(|a, b| a.name.cmp(&b.name));
        found
    }

    /// What a capped step has taken in the run.
    fn taken(&self, index: u32) -> i128 {
        let end = |order: &std::sync::Arc<Order>| order.ends.get(&(CAPPED | u64::from(index))).map(|(end, _)| *end);
        let Some(end) = self.order.as_ref().and_then(end) else {
            return 0;
        };
        let steps = self.versions.iter().flat_map(|version| &version.waterfall.steps);
        // Versions of a contract may state different caps; the widest bounds what was taken.
        let room = steps
            .filter(|step| step.capped == Some(index))
            .map(|step| step.room(&self.capped[index as usize]))
            .max()
            .unwrap_or(0);
        end.clamp(-self.capped[index as usize].taken, room)
    }
}

/// Units of 10⁻¹² as a decimal; zero where it has more than 28 digits, which no counter of amounts that fit reaches.
fn number(value: i128) -> Decimal {
    Pico(value).to_decimal().unwrap_or_default()
}
