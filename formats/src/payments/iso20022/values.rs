//! Amounts, days and directions as messages write them.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::payments::problem::{Problem, Problems};
use crate::payments::xml::Node;

/// An amount: digits and a point, nothing else.
pub(super) fn amount(node: &Node, problems: &mut Problems) -> Option<Decimal> {
    let text = node.text.trim();
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let read = text.parse().ok().filter(|_| plain);
    if read.is_none() {
        let message = format!("`{text}` is no amount: digits and a point are.");
        problems.push(Problem::new("XML_AMOUNT", message).at_line(node.line).of_field(&*node.name));
    }
    read
}

/// A rate of exchange.
pub(super) fn rate(text: &str) -> Option<Decimal> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    text.parse().ok().filter(|_| plain)
}

/// A day, as a day or the beginning of a time.
pub(super) fn day(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text.get(..10)?, "%Y-%m-%d").ok()
}

/// The day in an element that holds a day or a time; a day that does not exist is a problem.
pub(super) fn day_in(node: Option<&Node>, problems: &mut Problems) -> Option<NaiveDate> {
    let node = node?;
    let text = node.first_text(&[&["Dt"], &["DtTm"]]);
    let text = if text.is_empty() { node.text.trim() } else { text };
    let read = day(text);
    if read.is_none() && !text.is_empty() {
        let message = format!("`{text}` is no day.");
        problems.push(Problem::new("XML_DATE", message).at_line(node.line).of_field(&*node.name));
    }
    read
}

/// Whether an indicator says credit.
pub(super) fn is_credit(text: &str) -> Option<bool> {
    match text {
        "CRDT" => Some(true),
        "DBIT" => Some(false),
        _ => None,
    }
}

/// A number of transactions.
pub(super) fn number(text: &str) -> Option<u64> {
    text.parse().ok()
}
