//! Checks of whole contracts, rules and rates.

use std::collections::BTreeSet;

use kernel::failure::Finding;
use rust_decimal::Decimal;

use super::unsupported::{unsupported_contract, unsupported_rules};
use super::{check_period, finding, periods_overlap, under, validate_participations, validate_splits, validate_terms};
use crate::model::{Contract, Group, ItemScope, Rates, Rules};

/// Checks a contract with all its versions.
///
/// Codes: `VERSIONS_MISSING`, `VERSION_OVERLAP`, `PERIOD_REVERSED`, `DUPLICATE_ID`, `GROUP_UNKNOWN`, and those of
/// [`validate_splits`], [`validate_terms`] and [`validate_participations`].
#[must_use]
pub fn validate_contract(contract: &Contract, groups: &[Group]) -> Vec<Finding> {
    if contract.versions.is_empty() {
        return vec![finding("VERSIONS_MISSING", "A contract needs a version.", &["versions"])];
    }
    let known: BTreeSet<_> = groups.iter().map(|group| group.id).collect();
    let unknown = |scope: &ItemScope| match scope {
        ItemScope::Group(group) if !known.contains(group) => Some(*group),
        _ => None,
    };
    let mut found = unsupported_contract(contract);
    let mut ids = BTreeSet::new();
    for (position, version) in contract.versions.iter().enumerate() {
        let mut here: Vec<Finding> = check_period(Some(version.valid_from), version.valid_to).into_iter().collect();
        if !ids.insert(version.id) {
            here.push(finding("DUPLICATE_ID", format!("The version {} appears twice.", version.id), &["id"]));
        }
        let period = (Some(version.valid_from), version.valid_to);
        for (earlier, other) in contract.versions[..position].iter().enumerate() {
            if periods_overlap((Some(other.valid_from), other.valid_to), period) {
                let message = format!("Versions {} and {} are both in force on some day.", earlier + 1, position + 1);
                here.push(finding("VERSION_OVERLAP", message, &["validFrom"]));
            }
        }
        here.extend(under(["participations"], validate_participations(&version.participations)));
        here.extend(under(["terms"], validate_terms(&version.terms, groups)));
        here.extend(under(["splits"], validate_splits(&version.splits)));
        for (index, participation) in version.participations.iter().enumerate() {
            if let Some(group) = unknown(&participation.scope) {
                let path = ["participations", &index.to_string(), "scope"];
                here.push(finding("GROUP_UNKNOWN", format!("There is no group {group}."), &path));
            }
        }
        for (index, term) in version.terms.iter().enumerate() {
            if let Some(group) = unknown(&term.matches.scope) {
                let path = ["terms", &index.to_string(), "match", "scope"];
                here.push(finding("GROUP_UNKNOWN", format!("There is no group {group}."), &path));
            }
        }
        found.extend(under(["versions".to_owned(), position.to_string()], here));
    }
    found
}

/// Checks a whole snapshot of rules, each contract below `contracts.N`.
///
/// Codes: `DUPLICATE_ID` and those of [`validate_contract`].
#[must_use]
pub fn validate_rules(rules: &Rules) -> Vec<Finding> {
    let mut found = unsupported_rules(rules);
    let (mut contracts, mut versions) = (BTreeSet::new(), BTreeSet::new());
    let (mut terms, mut participations) = (BTreeSet::new(), BTreeSet::new());
    for (position, contract) in rules.contracts.iter().enumerate() {
        let mut here = validate_contract(contract, &rules.groups);
        let mut fresh = contracts.insert(contract.id);
        for version in &contract.versions {
            fresh &= versions.insert(version.id);
            fresh &= version.terms.iter().all(|term| terms.insert(term.id));
            fresh &= version.participations.iter().all(|participation| participations.insert(participation.id));
        }
        if !fresh {
            let message = "The contract, or a version, term or participation of it, appears twice.";
            here.push(finding("DUPLICATE_ID", message, &["id"]));
        }
        found.extend(under(["contracts".to_owned(), position.to_string()], here));
    }
    let mut groups = BTreeSet::new();
    for (position, group) in rules.groups.iter().enumerate() {
        if !groups.insert(group.id) {
            let path = ["groups", &position.to_string(), "id"];
            found.push(finding("DUPLICATE_ID", format!("The group {} appears twice.", group.id), &path));
        }
    }
    found
}

/// Checks exchange rates.
///
/// Codes: `RATE_NOT_POSITIVE`, `RATE_TOO_FINE` (more than 18 places), `RATE_SAME_CURRENCY`, `RATE_DUPLICATE` (two
/// for one pair and day).
#[must_use]
pub fn validate_rates(rates: &Rates) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for (position, rate) in rates.rates.iter().enumerate() {
        let mut here = Vec::new();
        if rate.rate <= Decimal::ZERO {
            here.push(finding("RATE_NOT_POSITIVE", format!("A rate is above zero, not {}.", rate.rate), &["rate"]));
        }
        if rate.rate.normalize().scale() > kernel::decimal::LINE_SCALE {
            here.push(finding("RATE_TOO_FINE", "A rate has at most 18 decimal places.", &["rate"]));
        }
        if rate.base == rate.quote {
            here.push(finding("RATE_SAME_CURRENCY", "A currency needs no rate to itself.", &["quote"]));
        }
        if !seen.insert((rate.base, rate.quote, rate.date)) {
            let message = format!("Two rates {} to {} on {}.", rate.base, rate.quote, rate.date);
            here.push(finding("RATE_DUPLICATE", message, &["date"]));
        }
        found.extend(under(["rates".to_owned(), position.to_string()], here));
    }
    found
}
