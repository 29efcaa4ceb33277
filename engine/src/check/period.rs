//! Checks of what a period ends with: recoupment, reserves, guarantees, producer points, profit shares.

use std::collections::BTreeSet;

use kernel::currency::Currency;
use kernel::decimal::plain;
use kernel::failure::Finding;
use rust_decimal::Decimal;

use super::{check_period, finding, under};
use crate::model::{Contract, Guarantee, GuaranteeTerm, ProducerMode, ProducerRate, Reserve};

/// Checks what a contract says about the end of a period.
///
/// Codes: `NAME_TWICE`, `LIQUIDATION_NOT_ONE`, `AMOUNT_NEGATIVE`, `AMOUNT_NOT_MONEY`, `MILESTONES_NOT_TOTAL`,
/// `PERIOD_REVERSED`, `PRODUCER_WITHOUT_ARTIST`, `PROFIT_AND_POINTS`.
pub(super) fn validate_closing(contract: &Contract) -> Vec<Finding> {
    let currency = contract.currency;
    let mut found = unique("cost type", contract.recoupment.cost_types.iter().map(|one| one.name.as_str()));
    found = under(["recoupment", "costTypes"], found);
    let names = unique("reserve", contract.reserves.iter().map(|one| one.name.as_str()));
    found.extend(under(["reserves"], names));
    for (position, reserve) in contract.reserves.iter().enumerate() {
        found.extend(under(["reserves".to_owned(), position.to_string()], liquidation(reserve)));
    }
    let names = unique("guarantee", contract.guarantees.iter().map(|one| one.name.as_str()));
    found.extend(under(["guarantees"], names));
    for (position, guarantee) in contract.guarantees.iter().enumerate() {
        found.extend(under(["guarantees".to_owned(), position.to_string()], promise(guarantee, currency)));
    }
    if let Some(points) = &contract.producer {
        let costs = money(points.recording_costs, currency, "recordingCosts");
        found.extend(under(["producer"], costs));
        let waits = points.mode != ProducerMode::RecordOne && points.recording_costs > Decimal::ZERO;
        if waits && points.recouped_by.is_none() && points.recouped_at == ProducerRate::Net {
            let message = "Recording costs are recouped by the artist's contract, and none is named.";
            found.push(finding("PRODUCER_WITHOUT_ARTIST", message, &["producer", "recoupedBy"]));
        }
        if contract.profit_share.is_some() {
            let message = "A contract has producer points or a profit share, not both.";
            found.push(finding("PROFIT_AND_POINTS", message, &["producer"]));
        }
    }
    found
}

/// Names that stand for state must be unique.
pub(super) fn unique<'a>(what: &str, names: impl Iterator<Item = &'a str>) -> Vec<Finding> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for (position, name) in names.enumerate() {
        if !seen.insert(name) {
            let message = format!("There is another {what} `{name}`.");
            found.push(finding("NAME_TWICE", message, &[&position.to_string(), "name"]));
        }
    }
    found
}

/// Not negative, in whole minor units.
pub(super) fn money(amount: Decimal, currency: Currency, field: &str) -> Vec<Finding> {
    if amount < Decimal::ZERO {
        return vec![finding("AMOUNT_NEGATIVE", format!("{} is below zero.", plain(amount)), &[field])];
    }
    if amount.normalize().scale() > currency.exponent() {
        let message = format!("{} is not in whole minor units of {currency}.", plain(amount));
        return vec![finding("AMOUNT_NOT_MONEY", message, &[field])];
    }
    Vec::new()
}

fn liquidation(reserve: &Reserve) -> Vec<Finding> {
    let total: Decimal = reserve.liquidation.iter().map(|part| part.get()).sum();
    if total == Decimal::ONE {
        return Vec::new();
    }
    let message = format!("The parts of the liquidation total {}, not 1.", plain(total));
    vec![finding("LIQUIDATION_NOT_ONE", message, &["liquidation"])]
}

fn promise(guarantee: &Guarantee, currency: Currency) -> Vec<Finding> {
    let mut found = money(guarantee.amount, currency, "amount");
    match &guarantee.term {
        GuaranteeTerm::Lifetime { .. } => {}
        GuaranteeTerm::Yearly { from, to } => {
            found.extend(under(["term"], check_period(Some(*from), *to).into_iter().collect()));
        }
        GuaranteeTerm::Milestones { milestones } => {
            for (position, milestone) in milestones.iter().enumerate() {
                let place = ["term".to_owned(), "milestones".to_owned(), position.to_string()];
                found.extend(under(place, money(milestone.amount, currency, "amount")));
            }
            let total = kernel::decimal::sum(milestones.iter().map(|one| one.amount));
            if total != Ok(guarantee.amount) {
                let total = total.map_or_else(|_| "more than fits".to_owned(), plain);
                let message =
                    format!("The milestones total {total}, not the guarantee of {}.", plain(guarantee.amount));
                found.push(finding("MILESTONES_NOT_TOTAL", message, &["term", "milestones"]));
            }
        }
    }
    found
}
