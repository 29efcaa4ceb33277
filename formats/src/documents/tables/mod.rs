//! The parts of a statement as tables. PDF, XLSX and CSV are all written from these, so they cannot disagree.

mod parts;
mod remarks;
mod summary;

use std::borrow::Cow;

use chrono::NaiveDate;
use rust_decimal::Decimal;

pub(super) use self::parts::parts;
pub(super) use self::remarks::{kind_mark, kind_remark, remarks};
pub(super) use self::summary::{identity, particulars, summary};

/// One value of a table.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell<'a> {
    Empty,
    Text(Cow<'a, str>),
    Units(i128),
    Money(Decimal),
    /// A ratio, shown in per cent.
    Ratio(Decimal),
    Day(NaiveDate),
}

/// What a column is for; forms choose width, alignment and number format by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// What the line is about.
    Label,
    /// A second name beside the label.
    Detail,
    /// An identifier.
    Code,
    /// A few words that say more.
    Remark,
    Day,
    Units,
    Money,
    Ratio,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Column<'a> {
    /// Stable key, the `measure` of the CSV.
    pub(super) key: &'static str,
    pub(super) title: &'a str,
    pub(super) role: Role,
    /// Whether its values may be added up in a total line.
    pub(super) adds: bool,
}

/// A part of the statement. Rows come one by one: a large section is never held twice.
pub(super) struct Table<'a> {
    /// Stable key, the `section` of the CSV.
    pub(super) key: &'static str,
    pub(super) title: &'a str,
    pub(super) columns: Vec<Column<'a>>,
    pub(super) rows: Box<dyn Iterator<Item = Vec<Cell<'a>>> + 'a>,
}

/// Adds up the columns of a table that may be.
pub(super) struct Totals(Vec<Option<Cell<'static>>>);

impl Totals {
    pub(super) fn of(columns: &[Column<'_>]) -> Self {
        let start = |column: &Column<'_>| match column.role {
            Role::Units if column.adds => Some(Cell::Units(0)),
            Role::Money if column.adds => Some(Cell::Money(Decimal::ZERO)),
            _ => None,
        };
        Self(columns.iter().map(start).collect())
    }

    /// Adds a row. A sum that leaves the range of a decimal is given up, never wrong.
    pub(super) fn add(&mut self, row: &[Cell<'_>]) {
        for (sum, cell) in self.0.iter_mut().zip(row) {
            *sum = match (sum.take(), cell) {
                (Some(Cell::Units(sum)), Cell::Units(units)) => sum.checked_add(*units).map(Cell::Units),
                (Some(Cell::Money(sum)), Cell::Money(amount)) => sum.checked_add(*amount).map(Cell::Money),
                (sum, _) => sum,
            };
        }
    }

    /// The total line, or `None` when no column of the table adds up.
    pub(super) fn row<'a>(&self, label: &'a str) -> Option<Vec<Cell<'a>>> {
        let any = self.0.iter().any(Option::is_some);
        let mut row: Vec<Cell<'a>> = self.0.iter().map(|sum| sum.clone().unwrap_or(Cell::Empty)).collect();
        if let Some(first) = row.first_mut() {
            *first = Cell::Text(label.into());
        }
        any.then_some(row)
    }
}

fn column<'a>(key: &'static str, title: &'a str, role: Role) -> Column<'a> {
    Column { key, title, role, adds: false }
}

fn sum<'a>(key: &'static str, title: &'a str, role: Role) -> Column<'a> {
    Column { key, title, role, adds: true }
}
