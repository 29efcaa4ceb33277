//! Who and whom, and the statement identity.

use std::borrow::Cow;

use rust_decimal::Decimal;

use super::{Cell, Role, Table, column, kind_mark, negated};
use crate::documents::model::StatementDocument;
use crate::documents::words::Words;

/// The particulars: who, whom, which number and period. Item and value.
pub(in crate::documents) fn particulars<'a>(
    document: &'a StatementDocument,
    hash: &str,
    words: &'a Words,
) -> Table<'a> {
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
pub(in crate::documents) fn summary<'a>(document: &'a StatementDocument, words: &'a Words) -> Table<'a> {
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
pub(in crate::documents) struct IdentityLine<'a> {
    pub(in crate::documents) key: &'static str,
    pub(in crate::documents) label: &'a str,
    pub(in crate::documents) hint: &'a str,
    /// The amount as the balance sees it: what the equation subtracts is negated.
    pub(in crate::documents) amount: Decimal,
}

/// The statement identity as a chain: all lines but the last add up to the last.
pub(in crate::documents) fn identity<'a>(document: &StatementDocument, words: &'a Words) -> [IdentityLine<'a>; 9] {
    let (identity, b) = (&document.identity, &words.bridge);
    let line = |key, label: &'a str, hint: &'a str, amount| IdentityLine { key, label, hint, amount };
    [
        line("opening", &b.opening, &b.opening_hint, identity.opening),
        line("royalties", &b.royalties, &b.royalties_hint, identity.royalties),
        line("costs", &b.costs, &b.costs_hint, negated(identity.costs)),
        line("reserves_released", &b.reserves_released, &b.reserves_released_hint, identity.reserves_released),
        line("reserves_taken", &b.reserves_taken, &b.reserves_taken_hint, negated(identity.reserves_taken)),
        line("adjustments", &b.adjustments, &b.adjustments_hint, identity.adjustments),
        line("payments", &b.payments, &b.payments_hint, negated(identity.payments)),
        line("tax", &b.tax, &b.tax_hint, negated(identity.tax)),
        line("closing", &b.closing, &b.closing_hint, identity.closing),
    ]
}
