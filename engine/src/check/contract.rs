//! Checks of whole contracts, rules and rates.

use std::collections::BTreeSet;

use kernel::failure::Finding;
use rust_decimal::Decimal;

use super::between::validate_between;
use super::models::check_counters;
use super::period::validate_closing;
use super::tables::validate_tables;
use super::waterfall::{check_caps_before_tiers, validate_waterfall};
use super::{check_period, finding, periods_overlap, under, validate_participations, validate_splits, validate_terms};
use crate::model::{Contract, Group, ItemScope, Rates, Rules, TermLevel, TerritorySet};

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
    let mut found = validate_closing(contract);
    let mut ids = BTreeSet::new();
    found.extend(check_counters(contract));
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
        here.extend(under(["waterfall"], validate_waterfall(&version.waterfall, &version.splits)));
        here.extend(under(["waterfall"], check_caps_before_tiers(&version.waterfall, &version.terms)));
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
    let mut found = validate_tables(rules);
    found.extend(validate_between(rules));
    if !found.is_empty() {
        return found;
    }
    found.extend(unknown_names(rules));
    if !found.is_empty() {
        return found;
    }
    let rules = &rules.expanded();
    let (mut contracts, mut versions) = (BTreeSet::new(), BTreeSet::new());
    let (mut terms, mut participations) = (BTreeSet::new(), BTreeSet::new());
    for (position, contract) in rules.contracts.iter().enumerate() {
        let mut here = validate_contract(contract, &rules.groups);
        let mut fresh = contracts.insert(contract.id);
        for version in &contract.versions {
            fresh &= versions.insert(version.id);
            // Terms of rate cards stand in every version that names the card.
            let own = version.terms.iter().filter(|term| term.level == TermLevel::Contract);
            for term in own {
                fresh &= terms.insert(term.id);
            }
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

/// Names of territory groups, rate cards and tables that contracts use and nobody has defined.
fn unknown_names(rules: &Rules) -> Vec<Finding> {
    let groups: BTreeSet<&str> = rules.territory_groups.iter().map(|group| group.name.as_str()).collect();
    let cards: BTreeSet<&str> = rules.rate_cards.iter().map(|card| card.name.as_str()).collect();
    let tables: BTreeSet<&str> = rules.statutory_rates.iter().map(|rate| rate.table.as_str()).collect();
    let mut found = Vec::new();
    let mut set = |set: &TerritorySet, path: &str| {
        let path: Vec<&str> = path.split('.').collect();
        for name in set.include_groups.iter().chain(&set.exclude_groups).filter(|name| !groups.contains(name.as_str()))
        {
            found.push(finding("TERRITORY_GROUP_UNKNOWN", format!("There is no territory group `{name}`."), &path));
        }
    };
    for (contract, one) in rules.contracts.iter().enumerate() {
        for reserve in &one.reserves {
            set(&reserve.territories, &format!("contracts.{contract}.reserves"));
        }
        for guarantee in &one.guarantees {
            set(&guarantee.territories, &format!("contracts.{contract}.guarantees"));
        }
        for (version, one) in one.versions.iter().enumerate() {
            let place = format!("contracts.{contract}.versions.{version}");
            for participation in &one.participations {
                set(&participation.territories, &format!("{place}.participations"));
            }
            for step in &one.waterfall {
                set(&step.territories, &format!("{place}.waterfall"));
            }
            for term in &one.terms {
                set(&term.matches.territories, &format!("{place}.terms"));
                term.reductions.iter().for_each(|one| set(&one.territories, &format!("{place}.terms")));
            }
        }
    }
    for (card, one) in rules.rate_cards.iter().enumerate() {
        one.terms.iter().for_each(|term| set(&term.matches.territories, &format!("rateCards.{card}.terms")));
    }
    for (position, price) in rules.prices.iter().enumerate() {
        set(&price.territories, &format!("prices.{position}.territories"));
    }
    for (position, chain) in rules.source_chains.iter().enumerate() {
        set(&chain.territories, &format!("sourceChains.{position}.territories"));
    }
    for (contract, one) in rules.contracts.iter().enumerate() {
        for (version, one) in one.versions.iter().enumerate() {
            let (contract, version) = (contract.to_string(), version.to_string());
            for name in one.rate_cards.iter().filter(|name| !cards.contains(name.as_str())) {
                let path = ["contracts", &contract, "versions", &version, "rateCards"];
                found.push(finding("RATE_CARD_UNKNOWN", format!("There is no rate card `{name}`."), &path));
            }
            for table in one.terms.iter().flat_map(|term| super::models::tables_of(&term.model)) {
                if !tables.contains(table) {
                    let path = ["contracts", &contract, "versions", &version, "terms"];
                    let message = format!("There is no table of statutory rates `{table}`.");
                    found.push(finding("STATUTORY_TABLE_UNKNOWN", message, &path));
                }
            }
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
