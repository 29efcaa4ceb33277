//! Counters of tiers and caps of waterfall steps: what the order of lines decides.

use std::collections::BTreeMap;

use kernel::ids::GroupId;
use rust_decimal::Decimal;

use super::items::ItemIndex;
use super::terms::Context;
use crate::fixed::Pico;
use crate::model::{Counter, CounterMeasure, CounterScope, Term};

/// A counter, ready.
#[derive(Debug, Clone)]
pub(crate) struct CompiledCounter {
    pub contract: u32,
    /// The name that state is kept under.
    pub name: String,
    pub measure: CounterMeasure,
    pub scope: CounterPer,
    pub territories: u32,
    /// In units of 10⁻¹².
    pub opening: i128,
}

/// What has a counter of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CounterPer {
    Contract,
    Release,
    Item,
    Group { group: u32, id: GroupId },
}

/// The counters of all contracts, by contract and name.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub list: Vec<CompiledCounter>,
    known: BTreeMap<(u32, String), u32>,
}

impl Counters {
    /// The position of a counter, new or known. Checked before: terms that share a name agree.
    pub fn intern(&mut self, counter: &Counter, term: &Term, context: (u32, &ItemIndex, u32)) -> u32 {
        let (contract, items, territories) = context;
        let name = counter_name(counter, term);
        let next = u32::try_from(self.list.len()).unwrap_or(u32::MAX);
        *self.known.entry((contract, name.clone())).or_insert_with(|| {
            let scope = match counter.per {
                CounterScope::Contract => CounterPer::Contract,
                CounterScope::Release => CounterPer::Release,
                CounterScope::Item => CounterPer::Item,
                CounterScope::Group(id) => CounterPer::Group { group: items.group(id).unwrap_or(u32::MAX), id },
            };
            self.list.push(CompiledCounter {
                contract,
                name,
                measure: counter.measure,
                scope,
                territories,
                opening: pico(counter.opening),
            });
            next
        })
    }
}

/// The name that a counter's state is kept under.
fn counter_name(counter: &Counter, term: &Term) -> String {
    counter.name.clone().unwrap_or_else(|| term.id.to_string())
}

/// A number of at most 12 places (checked before) in units of 10⁻¹².
pub(crate) fn pico(value: Decimal) -> i128 {
    Pico::from_decimal(value).unwrap_or_default().0
}

impl Context<'_> {
    /// The position of a term's counter.
    pub fn counter(&mut self, counter: &Counter, term: &Term) -> u32 {
        let territories = self.territories.intern(&counter.territories);
        self.counters.intern(counter, term, (self.contract, self.items, territories))
    }
}
