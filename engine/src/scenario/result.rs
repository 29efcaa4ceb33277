//! What a scenario came to, in the names of the scenario.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::expect::Difference;

/// What a scenario came to. All amounts are exact decimals in strings, without trailing zeros unless they are money
/// that was rounded to its currency.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Computation {
    /// The scenario's title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Its periods, in order.
    pub periods: Vec<PeriodResult>,
    /// Where the result is not what the scenario expects; none: it expects nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub differences: Option<Vec<Difference>>,
}

/// What a period came to.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PeriodResult {
    /// The accounting month.
    pub month: String,
    /// What every payee gets of every line, in the order of the lines.
    pub royalties: Vec<Royalty>,
    /// The closing of the period, per contract.
    pub contracts: Value,
    /// Profit-share projects, by name.
    pub projects: Value,
    /// What is to be paid, per payee and currency, over all contracts.
    pub payable: BTreeMap<String, BTreeMap<String, String>>,
    /// Where every unit of every currency went.
    pub conservation: BTreeMap<String, Conservation>,
    /// Lines that wait, and what is wrong with the closing.
    pub exceptions: Vec<Exception>,
    /// A hash over the outcome of every line: equal digests mean equal outcomes.
    pub digest: String,
}

/// What a payee gets of a line.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Royalty {
    /// The report.
    pub report: String,
    /// The line in it.
    pub line: u64,
    /// The line's own name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The contract.
    pub contract: String,
    /// The payee.
    pub payee: String,
    /// The term that won.
    pub term: String,
    /// The term that would have won without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runner_up: Option<String>,
    /// Which part of a royalty with several parts, from 1.
    pub part: u32,
    /// Units.
    pub units: i64,
    /// Before conversion, at most 18 places.
    pub source_amount: String,
    /// Its currency.
    pub source_currency: String,
    /// In the contract's currency, 12 places.
    pub amount: String,
    /// The contract's currency.
    pub currency: String,
    /// The derivation, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explanation: Option<Value>,
    /// The derivation for people.
    #[serde(skip)]
    pub told: Option<String>,
}

/// Where every unit of a currency went: `lines = payees + margin + suspense`, and `cut` beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Conservation {
    /// What the lines amount to.
    pub lines: String,
    /// What payees get.
    pub payees: String,
    /// What stays with the tenant.
    pub margin: String,
    /// What waits.
    pub suspense: String,
    /// The part of the margin in shares of copyright nobody was entered as owner of.
    pub unowned: String,
    /// What lines had beyond 18 places; it is not in `lines`.
    pub cut: String,
    /// Whether the sum holds.
    pub conserved: bool,
}

/// Something that waits or is wrong.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Exception {
    /// Why: a code.
    pub reason: String,
    /// The report.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report: Option<String>,
    /// The line in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// The line's own name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The contract.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contract: Option<String>,
    /// The payee.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payee: Option<String>,
    /// What waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<String>,
    /// Its currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// What it means and what to do.
    pub message: String,
    /// Whether nothing is paid before it is resolved.
    pub blocking: bool,
}
