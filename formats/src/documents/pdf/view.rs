//! What the template reads: every figure, date and sentence already written out in the statement's language, every
//! bar measured. A template only places things; it computes no figure and sees no code.

use std::cmp::Reverse;

use rust_decimal::{Decimal, RoundingStrategy};
use serde::Serialize;

use super::clean::clean;
use super::fonts::Fonts;
use super::geometry::{self, Span};
use super::measure::Weight;
use crate::documents::check::CheckedStatement;
use crate::documents::model::{Outlook, Paper, SectionKind, StatementKind};
use crate::documents::tables::{self, Cell, Role, Table, Totals};
use crate::documents::words::{BridgeWords, ColumnWords, DocumentWords, RemarkWords, SectionWords, Words, fill};

/// Lines of one table on paper. What is beyond is one summed line that points to the spreadsheet: nobody reads page
/// 400, and the totals stay the same.
const TABLE_LINES: usize = 1_000;
/// Bars of one chart.
const BARS: usize = 5;

#[derive(Serialize)]
pub(super) struct View<'a> {
    language: &'a str,
    paper: &'static str,
    fonts: &'a [String],
    accent: String,
    ink: String,
    wash: String,
    title: String,
    hash: String,
    mark: Option<&'a str>,
    remark: Option<String>,
    is_preview: bool,
    issued: [i32; 3],
    issuer: PartyView,
    legal: Vec<String>,
    payee: PartyView,
    number: String,
    period: String,
    particulars: Vec<(&'a str, String)>,
    currency: String,
    headline: Headline<'a>,
    highlights: Vec<(&'a str, String)>,
    bridge: Bridge<'a>,
    charts: Vec<Chart<'a>>,
    tables: Vec<TableView<'a>>,
    notes: Vec<String>,
    ask: Option<Ask>,
    words: WordsView<'a>,
}

#[derive(Serialize)]
struct WordsView<'a> {
    document: &'a DocumentWords,
    bridge: &'a BridgeWords,
    columns: &'a ColumnWords,
    sections: &'a SectionWords,
    remarks: &'a RemarkWords,
    amounts_in: String,
}

#[derive(Serialize)]
struct PartyView {
    name: String,
    /// The name, cut to fit on a line.
    short: String,
    address: Vec<String>,
}

#[derive(Serialize)]
struct Headline<'a> {
    label: &'a str,
    amount: String,
    sentence: Option<String>,
}

#[derive(Serialize)]
struct Bridge<'a> {
    zero: u16,
    steps: Vec<Step<'a>>,
}

#[derive(Serialize)]
struct Step<'a> {
    label: &'a str,
    hint: &'a str,
    amount: String,
    bar: Span,
    /// Widths of label (semibold) and hint in thousandths of an em.
    em: (u32, u32),
    /// Opening or closing: a balance, not a movement.
    is_level: bool,
    is_zero: bool,
    is_negative: bool,
}

#[derive(Serialize)]
struct Chart<'a> {
    title: &'a str,
    bars: Vec<Bar>,
}

#[derive(Serialize)]
struct Bar {
    label: String,
    amount: String,
    share: String,
    length: u16,
}

#[derive(Serialize)]
struct TableView<'a> {
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

#[derive(Serialize)]
struct Ask {
    text: String,
    email: Option<String>,
    until: Option<String>,
}

pub(super) fn view<'a>(statement: &'a CheckedStatement, words: &'a Words, fonts: &'a Fonts) -> View<'a> {
    use chrono::Datelike;
    let say = |text: &str| clean(text, fonts);
    let all = |lines: &[String]| lines.iter().map(|line| say(line)).filter(|line| !line.is_empty()).collect();
    let party = |name: &str, address| {
        let name = say(name);
        PartyView { short: cut(&name, 60), name: cut(&name, 140), address }
    };
    let (day, accent) = (statement.issued_on, statement.issuer.accent);
    let period = words
        .document
        .period_range
        .replace("{from}", &words.day(statement.period_from))
        .replace("{to}", &words.day(statement.period_to));
    let number = say(&statement.number);
    let currency = say(&statement.currency);
    let title = match &statement.kind {
        StatementKind::Tax => &words.document.tax,
        _ => &words.document.title,
    };
    View {
        language: &statement.language,
        paper: match statement.paper {
            Paper::A4 => "a4",
            Paper::Letter => "us-letter",
        },
        fonts: &fonts.families,
        accent: accent.to_string(),
        ink: accent.ink().to_string(),
        wash: accent.wash().to_string(),
        title: title.clone(),
        hash: statement.hash_hex(),
        mark: tables::kind_mark(statement, words).filter(|mark| *mark != title),
        remark: tables::kind_remark(statement, words).map(|remark| say(&remark)),
        is_preview: statement.kind == StatementKind::Preview,
        issued: [day.year(), day.month().try_into().unwrap_or(1), day.day().try_into().unwrap_or(1)],
        issuer: party(&statement.issuer.name, all(&statement.issuer.address)),
        legal: all(&statement.issuer.legal),
        payee: party(&statement.payee.name, all(&statement.payee.address)),
        particulars: particulars(statement, words, &number, &period, fonts),
        headline: headline(statement, words, &currency, fonts),
        highlights: highlights(statement, words),
        bridge: bridge(statement, words, fonts),
        charts: charts(statement, words, fonts),
        tables: tables::parts(statement, words).into_iter().map(|table| table_view(table, words, fonts)).collect(),
        notes: all(&statement.notes),
        ask: statement.how_to_ask.as_ref().map(|ask| Ask {
            text: say(&ask.text),
            email: ask.email.as_deref().map(say),
            until: ask.object_until.map(|day| fill(&words.remarks.object_until, &words.day(day))),
        }),
        words: WordsView {
            document: &words.document,
            bridge: &words.bridge,
            columns: &words.columns,
            sections: &words.sections,
            remarks: &words.remarks,
            amounts_in: fill(&words.remarks.amounts_in, &currency),
        },
        number,
        period,
        currency,
    }
}

/// A text of at most so many characters.
fn cut(text: &str, longest: usize) -> String {
    if text.chars().count() > longest {
        text.chars().take(longest - 1).chain(['…']).collect()
    } else {
        text.to_owned()
    }
}

fn particulars<'a>(
    statement: &CheckedStatement,
    words: &'a Words,
    number: &str,
    period: &str,
    fonts: &Fonts,
) -> Vec<(&'a str, String)> {
    let w = &words.document;
    let mut lines = vec![
        (w.number.as_str(), number.to_owned()),
        (&w.period, period.to_owned()),
        (&w.issued_on, words.day(statement.issued_on)),
        (&w.payee_id, clean(&statement.payee.id, fonts)),
    ];
    if let Some(number) = &statement.payee.tax_number {
        lines.push((&w.tax_number, clean(number, fonts)));
    }
    lines
}

fn headline<'a>(statement: &CheckedStatement, words: &'a Words, currency: &str, fonts: &Fonts) -> Headline<'a> {
    let (closing, w) = (statement.identity.closing, &words.headline);
    let sentence = match &statement.outlook {
        Outlook::Unstated => None,
        Outlook::DueOn(day) => Some(fill(&w.due_on, &words.day(*day))),
        Outlook::BelowThreshold(threshold) => {
            Some(fill(&w.below_threshold, &format!("{}\u{a0}{currency}", words.amount(*threshold))))
        }
        Outlook::OnHold(reason) => Some(fill(&w.on_hold, &clean(reason, fonts))),
        Outlook::CarriedForward => Some(w.carried_forward.clone()),
    };
    let label = match closing {
        amount if amount.is_zero() => &w.nothing,
        amount if amount.is_sign_negative() => &w.carried,
        _ => &w.due,
    };
    Headline { label, amount: words.amount(closing), sentence }
}

/// Royalties, what came in for them, units: the figures a reader looks for first.
fn highlights<'a>(statement: &CheckedStatement, words: &'a Words) -> Vec<(&'a str, String)> {
    let w = &words.headline;
    let mut lines = vec![(w.royalties.as_str(), words.amount(statement.identity.royalties))];
    if let Some(section) = statement.sections.iter().find(|section| !section.rows.is_empty()) {
        let receipts = section.rows.iter().try_fold(Decimal::ZERO, |sum, row| sum.checked_add(row.net_receipts));
        lines.extend(receipts.map(|sum| (w.net_receipts.as_str(), words.amount(sum))));
        let units = section.rows.iter().map(|row| i128::from(row.units)).sum();
        lines.push((&w.units, words.count(units)));
    }
    lines
}

fn bridge<'a>(statement: &CheckedStatement, words: &'a Words, fonts: &Fonts) -> Bridge<'a> {
    let lines = tables::identity(statement, words);
    let amounts: Vec<Decimal> = lines.iter().map(|line| line.amount).collect();
    let (zero, bars) = geometry::bridge(&amounts);
    let last = lines.len() - 1;
    let steps = lines.iter().zip(bars).enumerate().map(|(index, (line, bar))| Step {
        label: line.label,
        hint: line.hint,
        amount: words.amount(line.amount),
        bar,
        em: (fonts.measure.width(line.label, Weight::Strong), fonts.measure.width(line.hint, Weight::Regular)),
        is_level: index == 0 || index == last,
        is_zero: line.amount.is_zero(),
        is_negative: line.amount.is_sign_negative(),
    });
    Bridge { zero, steps: steps.collect() }
}

/// The largest platforms and territories, and what the rest adds up to.
fn charts<'a>(statement: &CheckedStatement, words: &'a Words, fonts: &Fonts) -> Vec<Chart<'a>> {
    let royalties = statement.identity.royalties;
    let kinds = [(SectionKind::Platform, &words.charts.platform), (SectionKind::Territory, &words.charts.territory)];
    let mut charts = Vec::new();
    for (kind, title) in kinds {
        let Some(section) = statement.sections.iter().find(|section| section.kind == kind) else { continue };
        let mut rows: Vec<_> = section.rows.iter().filter(|row| row.royalty > Decimal::ZERO).collect();
        if rows.len() < 2 || royalties <= Decimal::ZERO {
            continue;
        }
        rows.sort_by_key(|row| Reverse(row.royalty));
        rows.truncate(BARS);
        let longest = rows.first().map_or(Decimal::ZERO, |row| row.royalty);
        let mut rest = royalties;
        let bar = |label: String, amount: Decimal| Bar {
            label,
            amount: words.amount(amount),
            share: format!("{}\u{a0}%", words.amount(share(amount, royalties))),
            length: geometry::bar(amount, longest),
        };
        let mut bars = Vec::new();
        for row in &rows {
            rest = rest.checked_sub(row.royalty).unwrap_or_default();
            bars.push(bar(clean(&row.label, fonts), row.royalty));
        }
        if section.rows.len() > rows.len() {
            bars.push(bar(words.charts.others.clone(), rest));
        }
        charts.push(Chart { title, bars });
    }
    charts
}

/// A share of the whole in per cent, to one decimal.
fn share(part: Decimal, whole: Decimal) -> Decimal {
    let ratio = part.checked_div(whole).unwrap_or_default();
    let percent = ratio.checked_mul(Decimal::ONE_HUNDRED).unwrap_or_default();
    let mut share = percent.round_dp_with_strategy(1, RoundingStrategy::MidpointAwayFromZero);
    share.rescale(1);
    share
}

fn table_view<'a>(table: Table<'a>, words: &'a Words, fonts: &Fonts) -> TableView<'a> {
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
        Role::Day => "day",
        Role::Units => "units",
        Role::Money => "money",
        Role::Ratio => "ratio",
    }
}
