//! Contracts, sections and sub-ledgers.

use super::{Cell, Column, Role, Table, column, sum};
use crate::documents::model::{Section, SectionKind, StatementDocument};
use crate::documents::words::{ColumnWords, Words};

/// Contracts, sections and sub-ledgers that have lines.
pub(in crate::documents) fn parts<'a>(document: &'a StatementDocument, words: &'a Words) -> Vec<Table<'a>> {
    let (c, s) = (&words.columns, &words.sections);
    let mut tables = vec![table(
        "contracts",
        &s.contracts,
        vec![
            column("contract", &c.contract, Role::Label),
            column("terms", &c.terms, Role::Detail),
            sum("royalty", &c.royalty, Role::Money),
        ],
        &document.contracts,
        |line| vec![text(&line.title), text(&line.terms), Cell::Money(line.royalty)],
    )];
    tables.extend(document.sections.iter().map(|section| section_table(section, words)));
    tables.push(table(
        "earlier",
        &s.earlier,
        vec![
            column("period", &c.period, Role::Label),
            column("statement", &c.reference, Role::Code),
            column("royalty", &c.royalty, Role::Money),
            column("change", &c.change, Role::Ratio),
            column("paid", &c.paid, Role::Money),
            column("balance", &c.balance, Role::Money),
        ],
        &document.earlier,
        |line| {
            let period = Cell::Text(words.period(line.from, line.to).into());
            let change = line.change.map_or(Cell::Empty, Cell::Ratio);
            vec![
                period,
                text(&line.number),
                Cell::Money(line.royalty),
                change,
                Cell::Money(line.paid),
                Cell::Money(line.closing),
            ]
        },
    ));
    tables.push(table(
        "recoupment",
        &s.recoupment,
        vec![
            column("contract", &c.contract, Role::Label),
            column("kind", &c.kind, Role::Detail),
            sum("opening", &c.opening, Role::Money),
            sum("added", &c.added, Role::Money),
            sum("recouped", &c.recouped, Role::Money),
            sum("closing", &c.closing, Role::Money),
        ],
        &document.recoupment,
        |line| {
            let amounts = [line.opening, line.added, -line.recouped, line.closing];
            [text(&line.contract), text(&line.kind)].into_iter().chain(amounts.map(Cell::Money)).collect()
        },
    ));
    tables.push(table(
        "reserves",
        &s.reserves,
        vec![
            column("contract", &c.contract, Role::Label),
            sum("opening", &c.held_before, Role::Money),
            sum("taken", &c.taken, Role::Money),
            sum("released", &c.released, Role::Money),
            sum("closing", &c.held_after, Role::Money),
        ],
        &document.reserves,
        |line| {
            let amounts = [line.opening, line.taken, -line.released, line.closing];
            [text(&line.contract)].into_iter().chain(amounts.map(Cell::Money)).collect()
        },
    ));
    tables.push(table(
        "adjustments",
        &s.adjustments,
        vec![
            column("date", &c.date, Role::Day),
            column("reason", &c.reason, Role::Label),
            column("contract", &c.contract, Role::Detail),
            sum("amount", &c.amount, Role::Money),
        ],
        &document.adjustments,
        |line| vec![Cell::Day(line.on), text(&line.reason), optional(line.contract.as_ref()), Cell::Money(line.amount)],
    ));
    tables.push(table(
        "payments",
        &s.payments,
        vec![
            column("date", &c.date, Role::Day),
            column("method", &c.method, Role::Label),
            column("reference", &c.reference, Role::Code),
            sum("amount", &c.amount, Role::Money),
        ],
        &document.payments,
        |line| vec![Cell::Day(line.on), text(&line.method), text(&line.reference), Cell::Money(line.amount)],
    ));
    tables.push(table(
        "taxes",
        &s.taxes,
        vec![
            column("tax", &c.tax, Role::Label),
            column("base", &c.base, Role::Money),
            column("rate", &c.rate, Role::Ratio),
            sum("amount", &c.amount, Role::Money),
        ],
        &document.taxes,
        |line| {
            let rate = line.rate.map_or(Cell::Empty, Cell::Ratio);
            vec![text(&line.label), Cell::Money(line.base), rate, Cell::Money(line.amount)]
        },
    ));
    tables.push(table(
        "suspense",
        &s.suspense,
        vec![
            column("item", &c.track, Role::Label),
            column("artist", &c.artist, Role::Detail),
            column("code", &c.code, Role::Code),
            column("reason", &c.waiting, Role::Remark),
            column("amount", &c.amount, Role::Money),
            column("currency", &words.document.currency, Role::Code),
        ],
        &document.suspense,
        |line| {
            vec![
                text(&line.label),
                optional(line.detail.as_ref()),
                optional(line.code.as_ref()),
                text(&line.reason),
                Cell::Money(line.amount),
                text(&line.currency),
            ]
        },
    ));
    tables.into_iter().flatten().collect()
}

fn section_table<'a>(section: &'a Section, words: &'a Words) -> Option<Table<'a>> {
    let (c, s) = (&words.columns, &words.sections);
    let (title, label, detail, code) = match section.kind {
        SectionKind::Platform => (&s.platform, &c.platform, &c.detail, &c.code),
        SectionKind::Release => (&s.release, &c.release, &c.artist, &c.upc),
        SectionKind::Track => (&s.track, &c.track, &c.artist, &c.isrc),
        SectionKind::Territory => (&s.territory, &c.territory, &c.detail, &c.code),
        SectionKind::RevenueType => (&s.revenue_type, &c.revenue_type, &c.detail, &c.code),
    };
    table(section.kind.key(), title, section_columns(c, label, detail, code), &section.rows, |row| {
        vec![
            text(&row.label),
            optional(row.detail.as_ref()),
            optional(row.code.as_ref()),
            Cell::Units(row.units.into()),
            Cell::Money(row.net_receipts),
            Cell::Money(row.royalty),
        ]
    })
}

fn section_columns<'a>(c: &'a ColumnWords, label: &'a str, detail: &'a str, code: &'a str) -> Vec<Column<'a>> {
    vec![
        column("label", label, Role::Label),
        column("detail", detail, Role::Detail),
        column("code", code, Role::Code),
        sum("units", &c.units, Role::Units),
        sum("net_receipts", &c.net_receipts, Role::Money),
        sum("royalty", &c.royalty, Role::Money),
    ]
}

fn table<'a, Line>(
    key: &'static str,
    title: &'a str,
    columns: Vec<Column<'a>>,
    lines: &'a [Line],
    row: impl Fn(&'a Line) -> Vec<Cell<'a>> + 'a,
) -> Option<Table<'a>> {
    (!lines.is_empty()).then(|| Table { key, title, columns, rows: Box::new(lines.iter().map(row)) })
}

fn text(text: &str) -> Cell<'_> {
    Cell::Text(text.into())
}

fn optional(value: Option<&String>) -> Cell<'_> {
    value.map_or(Cell::Empty, |value| text(value))
}
