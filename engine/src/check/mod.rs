//! Checks of what people enter: each returns every finding, with its place.
//!
//! Paths are relative to the argument (`["0", "children", "1", "ratio"]`); [`under`] puts them below the place
//! where the argument lies. The same checks run when a contract is saved and when rules are compiled.

mod between;
mod contract;
mod models;
mod participations;
mod period;
mod splits;
mod tables;
mod terms;
mod waterfall;

pub use contract::{validate_contract, validate_rates, validate_rules};
pub use participations::{Claim, validate_ownership, validate_participations};
pub use splits::validate_splits;
pub(crate) use terms::remaining_after;
pub use terms::{validate_model, validate_terms};

use chrono::NaiveDate;
use kernel::failure::Finding;

/// Puts findings below a place.
#[must_use]
pub fn under<S: Into<String>>(place: impl IntoIterator<Item = S>, findings: Vec<Finding>) -> Vec<Finding> {
    let place: Vec<String> = place.into_iter().map(Into::into).collect();
    findings
        .into_iter()
        .map(|mut finding| {
            finding.path = place.iter().cloned().chain(finding.path).collect();
            finding
        })
        .collect()
}

/// A finding at a place.
pub(crate) fn finding(code: &'static str, message: impl Into<String>, path: &[&str]) -> Finding {
    Finding { code, message: message.into(), path: path.iter().map(|part| (*part).to_owned()).collect() }
}

/// Whether two periods with open ends share a day. Both ends belong to a period.
pub(crate) fn periods_overlap(
    a: (Option<NaiveDate>, Option<NaiveDate>),
    b: (Option<NaiveDate>, Option<NaiveDate>),
) -> bool {
    let from = |date: Option<NaiveDate>| date.unwrap_or(NaiveDate::MIN);
    let to = |date: Option<NaiveDate>| date.unwrap_or(NaiveDate::MAX);
    from(a.0) <= to(b.1) && from(b.0) <= to(a.1)
}

/// A period that ends before it begins.
pub(crate) fn check_period(from: Option<NaiveDate>, to: Option<NaiveDate>) -> Option<Finding> {
    match (from, to) {
        (Some(from), Some(to)) if to < from => Some(finding(
            "PERIOD_REVERSED",
            format!("The period ends on {to}, before it begins on {from}."),
            &["validTo"],
        )),
        _ => None,
    }
}
