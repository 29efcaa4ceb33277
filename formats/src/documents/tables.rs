//! The parts of a statement as tables. PDF, XLSX and CSV are all written from these, so they cannot disagree.

use std::borrow::Cow;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::model::{Section, SectionKind, StatementDocument};
use super::words::{ColumnWords, Words, fill};

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

/// The particulars: who, whom, which number and period. Item and value.
pub(super) fn particulars<'a>(document: &'a StatementDocument, hash: &str, words: &'a Words) -> Table<'a> {
    let document_words = &words.document;
    let mut rows: Vec<(&'a str, Cow<'a, str>)> = vec![
        (&document_words.issuer, document.issuer.name.as_str().into()),
        (&document_words.prepared_for, document.payee.name.as_str().into()),
        (&document_words.payee_id, document.payee.id.as_str().into()),
        (&document_words.number, document.number.as_str().into()),
        (&document_words.period, format!("{} – {}", document.period_from, document.period_to).into()),
        (&document_words.issued_on, document.issued_on.to_string().into()),
        (&document_words.currency, document.currency.as_str().into()),
        (&document_words.fingerprint, hash.to_owned().into()),
    ];
    if let Some(mark) = kind_mark(document, words) {
        rows.insert(0, (&words.columns.kind, mark.into()));
    }
    Table {
        key: "statement",
        title: &document_words.title,
        columns: vec![
            column("item", &words.columns.item, Role::Label),
            column("value", &words.columns.value, Role::Detail),
        ],
        rows: Box::new(rows.into_iter().map(|(item, value)| vec![Cell::Text(item.into()), Cell::Text(value)])),
    }
}

/// The statement identity, in the order of its equation.
pub(super) fn summary<'a>(document: &'a StatementDocument, words: &'a Words) -> Table<'a> {
    let rows = identity(document, words).map(|line| vec![Cell::Text(line.label.into()), Cell::Money(line.amount)]);
    Table {
        key: "summary",
        title: &words.sections.summary,
        columns: vec![
            column("item", &words.columns.item, Role::Label),
            column("amount", &words.columns.amount, Role::Money),
        ],
        rows: Box::new(rows.into_iter()),
    }
}

/// One step of the statement identity.
pub(super) struct IdentityLine<'a> {
    pub(super) key: &'static str,
    pub(super) label: &'a str,
    pub(super) hint: &'a str,
    /// The amount as the balance sees it: what the equation subtracts is negated.
    pub(super) amount: Decimal,
}

/// The statement identity as a chain: all lines but the last add up to the last.
pub(super) fn identity<'a>(document: &StatementDocument, words: &'a Words) -> [IdentityLine<'a>; 9] {
    let (identity, b) = (&document.identity, &words.bridge);
    let line = |key, label: &'a str, hint: &'a str, amount| IdentityLine { key, label, hint, amount };
    [
        line("opening", &b.opening, &b.opening_hint, identity.opening),
        line("royalties", &b.royalties, &b.royalties_hint, identity.royalties),
        line("costs", &b.costs, &b.costs_hint, -identity.costs),
        line("reserves_released", &b.reserves_released, &b.reserves_released_hint, identity.reserves_released),
        line("reserves_taken", &b.reserves_taken, &b.reserves_taken_hint, -identity.reserves_taken),
        line("adjustments", &b.adjustments, &b.adjustments_hint, identity.adjustments),
        line("payments", &b.payments, &b.payments_hint, -identity.payments),
        line("tax", &b.tax, &b.tax_hint, -identity.tax),
        line("closing", &b.closing, &b.closing_hint, identity.closing),
    ]
}

/// Contracts, sections and sub-ledgers that have lines.
pub(super) fn parts<'a>(document: &'a StatementDocument, words: &'a Words) -> Vec<Table<'a>> {
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
    tables.into_iter().flatten().collect()
}

/// What the issuer says besides the figures: remarks on the kind, notes, how to ask, legal lines.
pub(super) fn remarks<'a>(document: &'a StatementDocument, words: &'a Words) -> Vec<Cow<'a, str>> {
    let mut remarks: Vec<Cow<'a, str>> = kind_remark(document, words).map(Cow::from).into_iter().collect();
    remarks.extend(document.notes.iter().map(|note| Cow::from(note.as_str())));
    if let Some(ask) = &document.how_to_ask {
        remarks.push(ask.text.as_str().into());
        remarks.extend(ask.email.as_deref().map(Cow::from));
        remarks.extend(ask.object_until.map(|day| fill(&words.remarks.object_until, &words.day(day)).into()));
    }
    remarks.extend(document.issuer.legal.iter().map(|line| Cow::from(line.as_str())));
    remarks
}

/// The mark of a statement that is not an ordinary period's.
pub(super) fn kind_mark<'a>(document: &StatementDocument, words: &'a Words) -> Option<&'a str> {
    use super::model::StatementKind as Kind;
    match &document.kind {
        Kind::Period | Kind::AdHoc => None,
        Kind::Preview => Some(&words.document.preview),
        Kind::Correction { .. } => Some(&words.document.correction),
        Kind::Consolidated => Some(&words.document.consolidated),
        Kind::Tax => Some(&words.document.tax),
    }
}

/// The sentence that goes with that mark.
pub(super) fn kind_remark(document: &StatementDocument, words: &Words) -> Option<String> {
    use super::model::StatementKind as Kind;
    match &document.kind {
        Kind::Preview => Some(words.document.preview_remark.clone()),
        Kind::Correction { corrects } => Some(fill(&words.document.correction_remark, corrects)),
        Kind::Period | Kind::AdHoc | Kind::Consolidated | Kind::Tax => None,
    }
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

fn column<'a>(key: &'static str, title: &'a str, role: Role) -> Column<'a> {
    Column { key, title, role, adds: false }
}

fn sum<'a>(key: &'static str, title: &'a str, role: Role) -> Column<'a> {
    Column { key, title, role, adds: true }
}

fn text(text: &str) -> Cell<'_> {
    Cell::Text(text.into())
}

fn optional(value: Option<&String>) -> Cell<'_> {
    value.map_or(Cell::Empty, |value| text(value))
}
