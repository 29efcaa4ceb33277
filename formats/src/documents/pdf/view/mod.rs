//! What the template reads: every figure, date and sentence already written out in the statement's language, every
//! bar measured. A template only places things; it computes no figure and sees no code.

mod front;
mod lines;

use serde::Serialize;

use self::front::{Bridge, Chart, Headline, Trend, bridge, charts, headline, highlights, trend};
use self::lines::{TableView, table_view};
use super::clean::clean;
use super::fonts::Fonts;
use crate::documents::check::CheckedStatement;
use crate::documents::model::{Paper, StatementKind};
use crate::documents::tables;
use crate::documents::words::{BridgeWords, ColumnWords, DocumentWords, RemarkWords, SectionWords, Words, fill};

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
    has_logo: bool,
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
    trend: Option<Trend<'a>>,
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
    let period = words.period(statement.period_from, statement.period_to);
    let number = say(&statement.number);
    let currency = say(&statement.currency);
    let title = match &statement.kind {
        StatementKind::Tax => &words.document.tax,
        _ => &words.document.title,
    };
    View {
        language: words.language,
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
        has_logo: statement.issuer.logo.is_some(),
        legal: all(&statement.issuer.legal),
        payee: party(&statement.payee.name, all(&statement.payee.address)),
        particulars: particulars(statement, words, &number, &period, fonts),
        headline: headline(statement, words, &currency, fonts),
        highlights: highlights(statement, words),
        bridge: bridge(statement, words, fonts),
        charts: charts(statement, words, fonts),
        trend: trend(statement, words),
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
