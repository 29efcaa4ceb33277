//! Checks of rate models.

use std::collections::{BTreeMap, BTreeSet};

use kernel::currency::Currency;
use kernel::decimal::{ROYALTY_SCALE, plain};
use kernel::failure::Finding;
use rust_decimal::Decimal;

use super::tables::amount;
use super::{finding, under};
use crate::formula::Formula;
use crate::model::{Contract, Counter, Model, Tier, TierRate};

/// Most tiers of one rate.
const TIERS: usize = 50;
/// Deepest nesting of hybrids.
const HYBRID_DEPTH: usize = 3;

/// Checks a model: paths are relative to it.
pub(super) fn check_rate(model: &Model) -> Vec<Finding> {
    let mut found = nested(model, 0);
    if tiered(model) > 1 {
        let message = "A term has at most one tiered rate: with two, lines would be counted twice.";
        found.push(finding("TIERED_TWICE", message, &[]));
    }
    found
}

fn nested(model: &Model, depth: usize) -> Vec<Finding> {
    match model {
        Model::Percentage { .. } => Vec::new(),
        Model::PerUnit { amount: per_unit, .. } => amount(*per_unit, "An amount per unit", &["amount"]),
        Model::Tiered { counter, tiers, .. } => {
            let mut found = under(["counter"], check_counter(counter));
            found.extend(under(["tiers"], check_tiers(tiers)));
            found
        }
        Model::Statutory { table, .. } if table.trim().is_empty() => {
            vec![finding("NAME_MISSING", "A statutory rate needs the name of its table.", &["table"])]
        }
        Model::Statutory { .. } => Vec::new(),
        Model::Formula { expression, .. } => check_formula(expression),
        Model::Hybrid { models, .. } => {
            if depth >= HYBRID_DEPTH {
                let message = format!("Hybrids are nested at most {HYBRID_DEPTH} levels deep.");
                return vec![finding("HYBRID_TOO_DEEP", message, &[])];
            }
            let mut found = Vec::new();
            if models.len() < 2 {
                found.push(finding("HYBRID_TOO_FEW", "A hybrid is made of two models or more.", &["models"]));
            }
            for (position, model) in models.iter().enumerate() {
                found.extend(under(["models".to_owned(), position.to_string()], nested(model, depth + 1)));
            }
            found
        }
    }
}

fn tiered(model: &Model) -> usize {
    match model {
        Model::Tiered { .. } => 1,
        Model::Hybrid { models, .. } => models.iter().map(tiered).sum(),
        _ => 0,
    }
}

/// Whether some part of the model is of a base that deductions can come off.
pub(super) fn has_base(model: &Model) -> bool {
    match model {
        Model::Percentage { .. } => true,
        Model::Tiered { tiers, .. } => tiers.iter().any(|tier| matches!(tier.rate, TierRate::Percentage { .. })),
        Model::Hybrid { models, .. } => models.iter().any(has_base),
        Model::PerUnit { .. } | Model::Statutory { .. } | Model::Formula { .. } => false,
    }
}

/// The tables of statutory rates that a model names.
pub(super) fn tables_of(model: &Model) -> Vec<&str> {
    match model {
        Model::Statutory { table, .. } => vec![table],
        Model::Hybrid { models, .. } => models.iter().flat_map(tables_of).collect(),
        _ => Vec::new(),
    }
}

fn check_formula(expression: &str) -> Vec<Finding> {
    match Formula::parse(expression) {
        Err(error) => vec![finding("FORMULA_INVALID", format!("The formula is wrong {error}."), &["expression"])],
        Ok(formula) => match formula.try_samples() {
            Err(fault) => {
                let message = format!("The formula fails with every sample line: {fault}.");
                vec![finding("FORMULA_FAILS", message, &["expression"])]
            }
            Ok(()) => Vec::new(),
        },
    }
}

fn check_counter(counter: &Counter) -> Vec<Finding> {
    let mut found = Vec::new();
    if counter.name.as_deref().is_some_and(|name| name.trim().is_empty()) {
        found.push(finding("NAME_MISSING", "A counter has a name, or none at all.", &["name"]));
    }
    if counter.opening < Decimal::ZERO {
        found.push(finding("COUNTER_NEGATIVE", "A counter cannot begin below zero.", &["opening"]));
    }
    if counter.opening.normalize().scale() > ROYALTY_SCALE {
        let message = format!("A counter has at most {ROYALTY_SCALE} decimal places.");
        found.push(finding("AMOUNT_TOO_FINE", message, &["opening"]));
    }
    found
}

fn check_tiers(tiers: &[Tier]) -> Vec<Finding> {
    if tiers.is_empty() {
        return vec![finding("TIERS_MISSING", "A tiered rate needs tiers.", &[])];
    }
    if tiers.len() > TIERS {
        return vec![finding("TIERS_TOO_MANY", format!("{} tiers; at most {TIERS} are allowed.", tiers.len()), &[])];
    }
    let mut found = Vec::new();
    let mut currencies: BTreeSet<Option<Currency>> = BTreeSet::new();
    for (position, tier) in tiers.iter().enumerate() {
        let place = position.to_string();
        let mut report = |code, message: String, field: &str| found.push(finding(code, message, &[&place, field]));
        let before = position.checked_sub(1).and_then(|before| tiers.get(before));
        if before.is_none() && !tier.from.is_zero() {
            report("TIER_FIRST", format!("The first tier begins at 0, not at {}.", plain(tier.from)), "from");
        }
        if before.is_some_and(|before| tier.from <= before.from) {
            let message = format!("The tier begins at {}, not above the one before.", plain(tier.from));
            report("TIER_ORDER", message, "from");
        }
        if tier.from.normalize().scale() > ROYALTY_SCALE {
            report("AMOUNT_TOO_FINE", format!("A threshold has at most {ROYALTY_SCALE} decimal places."), "from");
        }
        match (tier.to, tiers.get(position + 1)) {
            (Some(to), Some(next)) if to < next.from => {
                report("TIER_GAP", format!("Between {} and {} there is no tier.", plain(to), plain(next.from)), "to");
            }
            (Some(to), Some(next)) if to > next.from => {
                let message = format!("From {} to {} there are two tiers.", plain(next.from), plain(to));
                report("TIER_OVERLAP", message, "to");
            }
            (Some(to), None) => {
                report("TIER_GAP", format!("Above {} there is no tier: the last has no end.", plain(to)), "to");
            }
            _ => {}
        }
        match &tier.rate {
            TierRate::Percentage { .. } => {
                currencies.insert(None);
            }
            TierRate::PerUnit { amount: per_unit, currency } => {
                currencies.insert(Some(*currency));
                found.extend(amount(*per_unit, "An amount per unit", &[&place, "rate", "amount"]));
            }
        }
    }
    if currencies.len() > 1 {
        let message = "All tiers are parts of the base, or all are amounts per unit in one currency.";
        found.push(finding("TIER_MIXED", message, &[]));
    }
    found
}

/// Checks that terms of a contract that name the same counter mean the same: `COUNTER_DIFFERS`.
pub(super) fn check_counters(contract: &Contract) -> Vec<Finding> {
    fn counters<'a>(model: &'a Model, found: &mut Vec<&'a Counter>) {
        match model {
            Model::Tiered { counter, .. } => found.push(counter),
            Model::Hybrid { models, .. } => models.iter().for_each(|model| counters(model, found)),
            _ => {}
        }
    }
    let mut known: BTreeMap<&str, &Counter> = BTreeMap::new();
    let mut found = Vec::new();
    for (version, one) in contract.versions.iter().enumerate() {
        for (term, one) in one.terms.iter().enumerate() {
            let mut here = Vec::new();
            counters(&one.model, &mut here);
            for counter in here {
                let Some(name) = counter.name.as_deref() else { continue };
                if *known.entry(name).or_insert(counter) != counter {
                    let message = format!("The counter `{name}` is described differently by another term.");
                    let path = ["versions", &version.to_string(), "terms", &term.to_string(), "model", "counter"];
                    found.push(finding("COUNTER_DIFFERS", message, &path));
                }
            }
        }
    }
    found
}
