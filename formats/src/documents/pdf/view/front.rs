//! The first page: the balance in a headline, the bridge that leads to it, and where the royalties came from.

use std::cmp::Reverse;

use rust_decimal::{Decimal, RoundingStrategy};
use serde::Serialize;

use super::super::clean::clean;
use super::super::fonts::Fonts;
use super::super::geometry::{self, Span};
use super::super::measure::Weight;
use crate::documents::check::CheckedStatement;
use crate::documents::model::{Outlook, SectionKind};
use crate::documents::tables;
use crate::documents::words::{Words, fill};

/// Bars of one chart.
const BARS: usize = 5;

#[derive(Serialize)]
pub(super) struct Headline<'a> {
    label: &'a str,
    amount: String,
    sentence: Option<String>,
}

#[derive(Serialize)]
pub(super) struct Bridge<'a> {
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
pub(super) struct Chart<'a> {
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
pub(super) struct Trend<'a> {
    title: &'a str,
    columns: Vec<TrendColumn>,
}

#[derive(Serialize)]
struct TrendColumn {
    label: String,
    amount: String,
    height: u16,
}

pub(super) fn headline<'a>(
    statement: &CheckedStatement,
    words: &'a Words,
    currency: &str,
    fonts: &Fonts,
) -> Headline<'a> {
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
pub(super) fn highlights<'a>(statement: &CheckedStatement, words: &'a Words) -> Vec<(&'a str, String)> {
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

pub(super) fn bridge<'a>(statement: &CheckedStatement, words: &'a Words, fonts: &Fonts) -> Bridge<'a> {
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
pub(super) fn charts<'a>(statement: &CheckedStatement, words: &'a Words, fonts: &Fonts) -> Vec<Chart<'a>> {
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
            share: words.share(share(amount, royalties)),
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

/// The royalties of the last periods as columns, when there are at least two.
pub(super) fn trend<'a>(statement: &CheckedStatement, words: &'a Words) -> Option<Trend<'a>> {
    let lines = &statement.earlier;
    let longest = lines.iter().map(|line| line.royalty).max().unwrap_or_default();
    if lines.len() < 2 || longest <= Decimal::ZERO {
        return None;
    }
    let columns = lines.iter().map(|line| TrendColumn {
        label: words.month(line.to),
        amount: words.amount(line.royalty),
        height: geometry::bar(line.royalty, longest),
    });
    Some(Trend { title: &words.charts.earlier, columns: columns.collect() })
}

/// A share of the whole in per cent, to one decimal.
fn share(part: Decimal, whole: Decimal) -> Decimal {
    let ratio = part.checked_div(whole).unwrap_or_default();
    let percent = ratio.checked_mul(Decimal::ONE_HUNDRED).unwrap_or_default();
    let mut share = percent.round_dp_with_strategy(1, RoundingStrategy::MidpointAwayFromZero);
    share.rescale(1);
    share
}
