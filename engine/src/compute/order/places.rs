//! Asking for a line's place, or noting what it adds.

use chrono::Datelike;
use kernel::codes::SuspenseReason;

use super::{CAPPED, Note, Order};
use crate::model::Line;

/// The places of one line.
pub(crate) struct Places<'a> {
    order: Option<&'a Order>,
    line: Line,
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
    pub fn of(order: Option<&'a Order>, line: &Line) -> Self {
        Self { order, line: *line, asked: [0; LEVELS], noting: None }
    }

    /// For noting what the line adds at a level; lower levels are settled.
    pub fn note(order: &'a Order, level: u8, line: &Line, notes: &'a mut Vec<Note>) -> Self {
        Self { order: Some(order), line: *line, asked: [0; LEVELS], noting: Some((level, notes)) }
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
                    report: self.line.report,
                    date: self.line.sale_date.num_days_from_ce(),
                    line_no: self.line.line_no,
                    seq,
                    level,
                    amount,
                    accrual,
                });
                Ok((0, 0))
            }
            // What comes later does not matter yet.
            Some((noted, _)) if *noted < level => Ok((0, 0)),
            _ => self.order.ok_or(SuspenseReason::NotOrdered)?.find(&self.line, level, seq),
        }
    }
}
