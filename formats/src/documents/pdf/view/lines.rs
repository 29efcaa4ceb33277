//! The parts of the statement as tables on paper.

use serde::Serialize;

use super::super::clean::clean;
use super::super::fonts::Fonts;
use super::super::measure::Weight;
use crate::documents::tables::{Cell, Role, Table, Totals};
use crate::documents::words::{Words, fill};

/// Lines of one table on paper. What is beyond is one summed line that points to the spreadsheet: nobody reads page
/// 400, and the totals stay the same.
const TABLE_LINES: usize = 1_000;

#[derive(Serialize)]
pub(super) struct TableView<'a> {
    key: &'static str,
    title: &'a str,
    columns: Vec<ColumnView<'a>>,
    rows: Vec<RowView>,
    total: Option<RowView>,
}

#[derive(Serialize)]
struct ColumnView<'a> {
    title: &'a str,
    role: &'static str,
    /// Width of its widest cell, in thousandths of an em.
    em: u32,
}

/// A line: its cells, the second name that stands beside the label, and the widths of label and second name in
/// thousandths of an em, so that the template knows which lines need more than one line of text.
#[derive(Serialize)]
struct RowView {
    cells: Vec<String>,
    second: String,
    em: (u32, u32),
}

pub(super) fn table_view<'a>(table: Table<'a>, words: &'a Words, fonts: &Fonts) -> TableView<'a> {
    let columns = table.columns;
    let mut totals = Totals::of(&columns);
    let mut beyond = Totals::of(&columns);
    let mut beyond_count: i128 = 0;
    let mut rows = Vec::new();
    for row in table.rows {
        totals.add(&row);
        if rows.len() < TABLE_LINES {
            rows.push(row);
        } else {
            beyond.add(&row);
            beyond_count += 1;
        }
    }
    let further = fill(&words.remarks.further, &words.count(beyond_count));
    if beyond_count > 0
        && let Some(row) = beyond.row(&further)
    {
        rows.push(row.into_iter().map(into_owned).collect());
    }
    // Names and codes that no line has take no room; the second name stands beside the first in the label's cell.
    let is_used = |at: usize| rows.iter().any(|row| row.get(at).is_some_and(|cell| *cell != Cell::Empty));
    let kept: Vec<usize> = (0..columns.len()).filter(|&at| columns[at].role != Role::Detail && is_used(at)).collect();
    let label = columns.iter().position(|column| column.role == Role::Label);
    let detail = columns.iter().position(|column| column.role == Role::Detail);
    let mut widest: Vec<u32> = kept.iter().map(|&at| fonts.measure.width(columns[at].title, Weight::Strong)).collect();
    let mut line = |row: &[Cell<'_>], weight: Weight| -> RowView {
        let text = |at: usize| row.get(at).map_or_else(String::new, |cell| write(cell, words, fonts));
        let cells: Vec<String> = kept.iter().map(|&at| text(at)).collect();
        for (widest, cell) in widest.iter_mut().zip(&cells) {
            *widest = (*widest).max(fonts.measure.width(cell, weight));
        }
        let second = detail.map_or_else(String::new, text);
        let first = label.map_or_else(String::new, text);
        let em = (fonts.measure.width(&first, weight), fonts.measure.width(&second, weight));
        RowView { cells, second, em }
    };
    let view_rows = rows.iter().map(|row| line(row, Weight::Regular)).collect();
    let total = totals.row(&words.columns.total).filter(|_| rows.len() > 1).map(|row| line(&row, Weight::Strong));
    let column =
        |(&at, em): (&usize, u32)| ColumnView { title: columns[at].title, role: role_key(columns[at].role), em };
    TableView {
        key: table.key,
        title: table.title,
        rows: view_rows,
        total,
        columns: kept.iter().zip(widest).map(column).collect(),
    }
}

fn into_owned<'a>(cell: Cell<'_>) -> Cell<'a> {
    match cell {
        Cell::Empty => Cell::Empty,
        Cell::Text(text) => Cell::Text(text.into_owned().into()),
        Cell::Units(units) => Cell::Units(units),
        Cell::Money(amount) => Cell::Money(amount),
        Cell::Ratio(ratio) => Cell::Ratio(ratio),
        Cell::Day(day) => Cell::Day(day),
    }
}

fn write(cell: &Cell<'_>, words: &Words, fonts: &Fonts) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => clean(text, fonts),
        Cell::Units(units) => words.count(*units),
        Cell::Money(amount) => words.amount(*amount),
        Cell::Ratio(ratio) => words.percent(*ratio),
        Cell::Day(day) => words.day(*day),
    }
}

fn role_key(role: Role) -> &'static str {
    match role {
        Role::Label => "label",
        Role::Detail => "detail",
        Role::Code => "code",
        Role::Remark => "remark",
        Role::Day => "day",
        Role::Units => "units",
        Role::Money => "money",
        Role::Ratio => "ratio",
    }
}
