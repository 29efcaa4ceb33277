//! What a report adds up to, exactly.

use std::collections::BTreeMap;
use std::io;

use super::super::amount::Amount;
use super::super::manifest::{BadRow, Planted};
use super::layout::Booked;

/// The sums of one file, in the file's one currency.
#[derive(Debug, Default)]
pub struct Totals {
    /// Data rows, those that can't be read included.
    pub rows: u64,
    /// Units of the rows that can be read.
    pub units: i64,
    /// Amounts of the rows that can be read.
    pub amount: Amount,
    /// Rows that can't be read.
    pub bad: Vec<BadRow>,
    /// Remarkable rows among the others, by name.
    pub marks: BTreeMap<&'static str, Sum>,
    /// Rows among the others whose money has to wait, by reason.
    pub waiting: BTreeMap<&'static str, Sum>,
}

/// Rows and their money.
#[derive(Debug, Default, Clone, Copy)]
pub struct Sum {
    rows: u64,
    units: i64,
    amount: Amount,
}

impl Sum {
    fn add(&mut self, booked: &Booked) -> io::Result<()> {
        self.rows += 1;
        self.units += booked.units;
        self.amount = self.amount.plus(booked.amount)?;
        Ok(())
    }

    /// For the manifest.
    pub fn planted(&self) -> Planted {
        Planted { rows: self.rows, units: self.units, amount: self.amount.to_string() }
    }
}

impl Totals {
    /// Counts a row that can be read.
    ///
    /// # Errors
    /// When a sum gets too large.
    pub fn add(&mut self, booked: &Booked, waits_for: Option<&'static str>) -> io::Result<()> {
        self.rows += 1;
        self.units += booked.units;
        self.amount = self.amount.plus(booked.amount)?;
        if let Some(mark) = booked.mark {
            self.marks.entry(mark.name()).or_default().add(booked)?;
        }
        if let Some(reason) = waits_for {
            self.waiting.entry(reason).or_default().add(booked)?;
        }
        Ok(())
    }

    /// Counts a row that can't be read.
    pub fn add_bad(&mut self, bad: BadRow) {
        self.rows += 1;
        self.bad.push(bad);
    }
}
