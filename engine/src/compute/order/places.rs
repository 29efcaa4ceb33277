//! Asking for a line's place, or noting what it adds.

use chrono::Datelike;
use kernel::codes::SuspenseReason;

use super::{CAPPED, Note, Order};
use crate::model::Line;

/// The places of one line.
pub(crate) struct Places<'a> {
    order: Option<&'a Order>,
    report: u32,
    line_no: u64,
    date: i32,
    /// Where the last place was found: the next is near.
    near: usize,
    /// How many places were asked for, by level.
    asked: [u16; LEVELS],
    /// While noting: which level, and where to.
    noting: Option<(u8, &'a mut Vec<Note>)>,
}

/// Levels: counters, and capped steps one after the other.
pub(crate) const LEVELS: usize = 9;

impl<'a> Places<'a> {
    /// For computing.
    #[inline]
    pub fn of(order: Option<&'a Order>, line: &Line, near: usize) -> Self {
        let date = line.sale_date.num_days_from_ce();
        Self { order, report: line.report, line_no: line.line_no, date, near, asked: [0; LEVELS], noting: None }
    }

    /// Where the last place was found.
    pub const fn near(&self) -> usize {
        self.near
    }

    /// Whether counters are being noted: what comes of them does not matter yet.
    pub fn notes_counters(&self) -> bool {
        matches!(self.noting, Some((0, _)))
    }

    /// For noting what the line adds at a level; lower levels are settled.
    pub fn note(order: &'a Order, level: u8, line: &Line, notes: &'a mut Vec<Note>) -> Self {
        Self { noting: Some((level, notes)), ..Self::of(Some(order), line, 0) }
    }

    /// Where a counter stands before the line adds `amount` (and accrues `accrual`) to it.
    pub fn counter(&mut self, slot: u64, amount: i128, accrual: i128) -> Result<(i128, i128), SuspenseReason> {
        self.place(0, slot, amount, accrual)
    }

    /// What a capped step was asked for by the lines before.
    pub fn capped(&mut self, level: u8, step: u32, wanted: i128) -> Result<i128, SuspenseReason> {
        self.place(level.saturating_add(1), CAPPED | u64::from(step), wanted, 0).map(|(before, _)| before)
    }

    fn place(&mut self, level: u8, slot: u64, amount: i128, accrual: i128) -> Result<(i128, i128), SuspenseReason> {
        let asked = self.asked.get_mut(usize::from(level)).ok_or(SuspenseReason::OutOfRange)?;
        let seq = *asked;
        *asked = seq.checked_add(1).ok_or(SuspenseReason::OutOfRange)?;
        match &mut self.noting {
            Some((noted, notes)) if *noted == level => {
                notes.push(Note {
                    slot,
                    report: self.report,
                    date: self.date,
                    line_no: self.line_no,
                    seq,
                    level,
                    amount,
                    accrual,
                });
                Ok((0, 0))
            }
            // What comes later does not matter yet.
            Some((noted, _)) if *noted < level => Ok((0, 0)),
            _ => {
                let key = (self.report, self.line_no, level, seq);
                self.order.ok_or(SuspenseReason::NotOrdered)?.find(key, &mut self.near)
            }
        }
    }
}
