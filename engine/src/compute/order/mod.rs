//! The order of lines, where the result depends on it: counters of tiers, caps of the waterfall, whole-file charges.
//!
//! Lines are computed in parallel and in batches of any size; what depends on the lines before is found out first.
//! Every line that moves a counter is noted with what it adds; the notes are sorted by sale date, the day the
//! report was received, the report's id and the line number, and added up: so each line knows where the counter
//! stands when its turn comes, and is computed on its own. Caps of steps come after counters, each after those
//! before it in the waterfall, because what a step wants to take depends on them: that is a further pass each.
//!
//! ```text
//! let mut order = rules.ordering();
//! while order.is_open() {
//!     for batch in batches { order.note(&rules, batch) }     // any order, any size
//!     order.end_pass(&rules);
//! }
//! let rules = rules.ordered(order);
//! ```

mod charges;
mod closing;
mod places;

use kernel::codes::SuspenseReason;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

pub(crate) use places::Places;

use crate::compile::CompiledRules;
use crate::model::Line;
use charges::Charges;

/// One contribution to a counter.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Note {
    /// The counter above, the item below; capped steps with the highest bit set.
    pub slot: u64,
    pub report: u32,
    /// Days from the beginning of the calendar.
    pub date: i32,
    pub line_no: u64,
    /// Which contribution of the line at this level.
    pub seq: u16,
    pub level: u8,
    /// In units of 10⁻¹²; after the pass: where the counter stands before.
    pub amount: i128,
    /// What a retroactive rate will be applied to; after the pass: what has accrued before.
    pub accrual: i128,
}

/// The slot of a capped step.
pub(super) const CAPPED: u64 = 1 << 63;

/// Places of lines in the order.
#[derive(Debug, Default)]
pub struct Order {
    notes: Vec<Note>,
    /// Up to here the notes are settled and sorted by line.
    settled: usize,
    stages: Vec<Stage>,
    /// Where every counter stands at the end.
    ends: FxHashMap<u64, (i128, i128)>,
    charges: Charges,
}

/// What a pass is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Charges,
    Level(u8),
}

impl CompiledRules {
    /// Begins to put lines in order. It is open as long as it wants to see the lines, each time all of them; most
    /// rules want none.
    #[must_use]
    pub fn ordering(&self) -> Order {
        let mut stages = Vec::new();
        if self.scope.reports.iter().any(|report| !report.charges.is_empty()) {
            stages.push(Stage::Charges);
        }
        if !self.counters.is_empty() {
            stages.push(Stage::Level(0));
        }
        let caps = self.versions.iter().flat_map(|version| &version.waterfall.steps);
        let levels = caps.filter(|step| step.capped.is_some()).map(|step| step.level + 1).max();
        stages.extend((1..=levels.unwrap_or(0)).map(Stage::Level));
        // The last comes first off the end.
        stages.reverse();
        Order { stages, charges: Charges::new(&self.scope), ..Order::default() }
    }

    /// The same rules with the places of the run's lines.
    #[must_use]
    pub fn ordered(mut self, order: Order) -> Self {
        self.order = Some(std::sync::Arc::new(order));
        self
    }

    /// The places of the run's lines, where there are any.
    #[must_use]
    pub fn order(&self) -> Option<&Order> {
        self.order.as_deref()
    }

    /// Puts lines in order that are all in memory.
    #[must_use]
    pub fn ordered_by(self, lines: &[Line]) -> Self {
        let mut order = self.ordering();
        while order.is_open() {
            order.note(&self, lines);
            order.end_pass(&self);
        }
        self.ordered(order)
    }
}

impl Order {
    /// Whether it wants to see the lines, all of them and each once, before the next [`Self::end_pass`].
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.stages.is_empty()
    }

    /// Notes what a batch of lines adds to counters. Runs on the current rayon pool.
    pub fn note(&mut self, rules: &CompiledRules, lines: &[Line]) {
        const CHUNK: usize = 4096;
        match self.stages.last() {
            Some(Stage::Charges) => self.charges.note(lines),
            Some(Stage::Level(level)) => {
                let level = *level;
                let this = &*self;
                let parts: Vec<Vec<Note>> = lines
                    .par_chunks(CHUNK)
                    .map(|part| {
                        let mut notes = Vec::new();
                        for line in part {
                            rules.note_line(this, level, line, &mut notes);
                        }
                        notes
                    })
                    .collect();
                for part in parts {
                    self.notes.extend_from_slice(&part);
                }
            }
            None => {}
        }
    }

    /// Ends a pass: what was noted is put in order and added up.
    pub fn end_pass(&mut self, rules: &CompiledRules) {
        match self.stages.pop() {
            Some(Stage::Charges) => self.charges.settle(),
            Some(Stage::Level(_)) => self.settle(rules),
            None => {}
        }
    }

    fn settle(&mut self, rules: &CompiledRules) {
        let ranks = rules.report_ranks();
        let rank = |report: u32| ranks.get(report as usize).copied().unwrap_or(u32::MAX);
        let fresh = &mut self.notes[self.settled..];
        fresh.par_sort_unstable_by_key(|note| (note.slot, note.date, rank(note.report), note.line_no, note.seq));
        let mut current = None;
        let (mut value, mut accrued) = (0i128, 0i128);
        for note in fresh.iter_mut() {
            if current != Some(note.slot) {
                if let Some(slot) = current {
                    self.ends.insert(slot, (value, accrued));
                }
                current = Some(note.slot);
                (value, accrued) = rules.begins(note.slot);
            }
            let (added, more) = (note.amount, note.accrual);
            (note.amount, note.accrual) = (value, accrued);
            value = value.saturating_add(added);
            accrued = accrued.saturating_add(more);
        }
        if let Some(slot) = current {
            self.ends.insert(slot, (value, accrued));
        }
        self.notes.par_sort_unstable_by_key(|note| (note.report, note.line_no, note.level, note.seq));
        self.settled = self.notes.len();
    }

    /// Where a counter stands before a contribution of a line: report, line, level, which contribution. Lines come
    /// as they were noted as a rule: the next is one further than the last.
    #[inline]
    fn find(&self, key: (u32, u64, u8, u16), near: &mut usize) -> Result<(i128, i128), SuspenseReason> {
        let of = |note: &Note| (note.report, note.line_no, note.level, note.seq);
        let settled = &self.notes[..self.settled];
        let found = match settled.get(*near + 1).filter(|note| of(note) == key) {
            Some(_) => *near + 1,
            None => settled.binary_search_by_key(&key, of).map_err(|_| SuspenseReason::NotOrdered)?,
        };
        *near = found;
        Ok((settled[found].amount, settled[found].accrual))
    }
}

impl CompiledRules {
    /// Reports in the order their lines have on one day: by the day they were received, then by id.
    fn report_ranks(&self) -> Vec<u32> {
        let mut positions: Vec<u32> = (0u32..).take(self.scope.reports.len()).collect();
        positions.sort_by_key(|position| {
            let report = &self.scope.reports[*position as usize];
            (report.received_on, report.id)
        });
        let mut ranks = vec![0; positions.len()];
        for (rank, position) in (0u32..).zip(positions) {
            ranks[position as usize] = rank;
        }
        ranks
    }

    /// Where a counter stands before the first line.
    fn begins(&self, slot: u64) -> (i128, i128) {
        if slot & CAPPED != 0 {
            return (0, 0);
        }
        let counter = usize::try_from(slot >> 32).unwrap_or(usize::MAX);
        let opening = self.counters.get(counter).map_or(0, |counter| counter.opening);
        self.counted.get(&slot).copied().unwrap_or((opening, 0))
    }
}
