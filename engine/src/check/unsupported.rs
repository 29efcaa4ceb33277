//! What the model can say and the engine does not compute yet: refused, never ignored.

use kernel::failure::Finding;

use super::finding;
use crate::model::{AccountingPeriod, Contract, Recoupment, Rules};

/// `NOT_SUPPORTED_YET` at a place.
pub(super) fn unsupported(what: &str, path: &[&str]) -> Finding {
    finding("NOT_SUPPORTED_YET", format!("This version does not compute {what}."), path)
}

/// What a contract says beyond what is computed.
pub(super) fn unsupported_contract(contract: &Contract) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut refuse = |said: bool, what: &str, path: &[&str]| {
        if said {
            found.push(unsupported(what, path));
        }
    };
    refuse(contract.accounting != AccountingPeriod::Month, "longer accounting periods", &["accounting"]);
    refuse(contract.recoupment != Recoupment::default(), "this way of recouping", &["recoupment"]);
    refuse(!contract.reserves.is_empty(), "reserves", &["reserves"]);
    refuse(!contract.guarantees.is_empty(), "guarantees", &["guarantees"]);
    refuse(contract.producer.is_some(), "producer points", &["producer"]);
    refuse(contract.profit_share.is_some(), "profit shares", &["profitShare"]);
    found
}

/// What the rules say outside contracts beyond what is computed.
pub(super) fn unsupported_rules(rules: &Rules) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut refuse = |said: bool, what: &str, place: &str| {
        if said {
            found.push(unsupported(what, &[place]));
        }
    };
    refuse(!rules.cross_groups.is_empty(), "crossed contracts", "crossGroups");
    refuse(!rules.directions.is_empty(), "letters of direction", "directions");
    refuse(!rules.holds.is_empty(), "holds", "holds");
    found
}
