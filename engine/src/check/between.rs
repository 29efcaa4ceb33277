//! Checks of what binds contracts together: crossed groups, letters of direction, holds, projects.

use std::collections::{BTreeMap, BTreeSet};

use kernel::failure::Finding;
use kernel::ids::ContractId;
use rust_decimal::Decimal;

use super::period::{money, unique};
use super::{check_period, finding, under};
use crate::model::{Contract, CrossCondition, Direction, HoldTarget, Rules};

/// Checks what the rules say between contracts.
///
/// Codes: `NAME_TWICE`, `CONTRACT_UNKNOWN`, `GROUP_UNKNOWN`, `CROSS_CYCLE`, `CROSS_CURRENCY`, `PROJECT_CURRENCY`,
/// `PRODUCER_CURRENCY`, `DIRECTION_TO_ITSELF`, `DIRECTION_LIMIT_NEEDS_CONTRACT`, `PERIOD_REVERSED`,
/// `AMOUNT_NEGATIVE`, `AMOUNT_NOT_MONEY`.
pub(super) fn validate_between(rules: &Rules) -> Vec<Finding> {
    let known = Known { contracts: rules.contracts.iter().map(|contract| (contract.id, contract)).collect() };
    let mut found = crossed(rules, &known);
    let names = unique("letter of direction", rules.directions.iter().map(|one| one.name.as_str()));
    found.extend(under(["directions"], names));
    for (position, letter) in rules.directions.iter().enumerate() {
        found.extend(under(["directions".to_owned(), position.to_string()], direction(letter, &known)));
    }
    found.extend(under(["holds"], unique("hold", rules.holds.iter().map(|one| one.name.as_str()))));
    for (position, hold) in rules.holds.iter().enumerate() {
        let mut here: Vec<Finding> = check_period(hold.valid_from, hold.valid_to).into_iter().collect();
        if let HoldTarget::Contract { contract_id } | HoldTarget::Account { contract_id, .. } = &hold.target {
            here.extend(known.missing(*contract_id, &["target", "contractId"]));
        }
        found.extend(under(["holds".to_owned(), position.to_string()], here));
    }
    found.extend(projects(rules, &known));
    found
}

struct Known<'a> {
    contracts: BTreeMap<ContractId, &'a Contract>,
}

impl Known<'_> {
    fn missing(&self, contract: ContractId, path: &[&str]) -> Option<Finding> {
        (!self.contracts.contains_key(&contract))
            .then(|| finding("CONTRACT_UNKNOWN", format!("There is no contract {contract}."), path))
    }
}

fn direction(letter: &Direction, known: &Known<'_>) -> Vec<Finding> {
    let mut found: Vec<Finding> = check_period(letter.valid_from, letter.valid_to).into_iter().collect();
    if letter.from_party == letter.to_party {
        let message = format!("`{}` directs money to whom it belongs already.", letter.name);
        found.push(finding("DIRECTION_TO_ITSELF", message, &["toParty"]));
    }
    if let Some(contract) = letter.contract_id {
        found.extend(known.missing(contract, &["contractId"]));
    }
    let contract = letter.contract_id.and_then(|contract| known.contracts.get(&contract));
    match (letter.up_to, contract) {
        (Some(limit), Some(contract)) => found.extend(money(limit, contract.currency, "upTo")),
        (Some(_), None) if letter.contract_id.is_none() => {
            let message = "A letter with a limit names its contract: the limit is in that contract's currency.";
            found.push(finding("DIRECTION_LIMIT_NEEDS_CONTRACT", message, &["upTo"]));
        }
        _ => {}
    }
    found
}

fn crossed(rules: &Rules, known: &Known<'_>) -> Vec<Finding> {
    let names: BTreeMap<&str, usize> =
        rules.cross_groups.iter().enumerate().map(|(position, group)| (group.name.as_str(), position)).collect();
    let mut found = under(["crossGroups"], unique("group", rules.cross_groups.iter().map(|one| one.name.as_str())));
    for (position, group) in rules.cross_groups.iter().enumerate() {
        let place = position.to_string();
        for (member, one) in group.members.iter().enumerate() {
            let path = ["members", &member.to_string(), "contractId"];
            let missing = known.missing(one.contract_id, &path).into_iter().collect();
            found.extend(under(["crossGroups", &place], missing));
        }
        for name in group.groups.iter().filter(|name| !names.contains_key(name.as_str())) {
            let message = format!("There is no group `{name}`.");
            found.push(finding("GROUP_UNKNOWN", message, &["crossGroups", &place, "groups"]));
        }
        if let CrossCondition::BalanceOver { amount } = group.condition
            && amount < Decimal::ZERO
        {
            let message = "The balance that a member keeps is not below zero.";
            found.push(finding("AMOUNT_NEGATIVE", message, &["crossGroups", &place, "condition", "amount"]));
        }
        let mut reached = BTreeSet::new();
        let mut queue = vec![position];
        while let Some(at) = queue.pop() {
            let below = rules.cross_groups[at].groups.iter().filter_map(|name| names.get(name.as_str()));
            queue.extend(below.copied().filter(|below| reached.insert(*below)));
        }
        if reached.contains(&position) {
            let message = format!("The group `{}` contains itself.", group.name);
            found.push(finding("CROSS_CYCLE", message, &["crossGroups", &place, "groups"]));
        }
        let members = reached.iter().copied().chain([position]).flat_map(|at| &rules.cross_groups[at].members);
        let currencies: BTreeSet<_> =
            members.filter_map(|one| known.contracts.get(&one.contract_id)).map(|one| one.currency).collect();
        if currencies.len() > 1 {
            let message = format!("The contracts of `{}` have several currencies.", group.name);
            found.push(finding("CROSS_CURRENCY", message, &["crossGroups", &place, "members"]));
        }
    }
    found
}

/// Contracts of one project, and a producer's and an artist's, are in one currency.
fn projects(rules: &Rules, known: &Known<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut currencies = BTreeMap::new();
    for (position, contract) in rules.contracts.iter().enumerate() {
        let place = position.to_string();
        if let Some(terms) = &contract.profit_share {
            let first = *currencies.entry(terms.project.as_str()).or_insert(contract.currency);
            if first != contract.currency {
                let message = format!("The contracts of the project `{}` have several currencies.", terms.project);
                found.push(finding("PROJECT_CURRENCY", message, &["contracts", &place, "profitShare"]));
            }
        }
        let Some(artist) = contract.producer.as_ref().and_then(|points| points.recouped_by) else { continue };
        let path = ["contracts", &place, "producer", "recoupedBy"];
        match known.contracts.get(&artist) {
            None => found.extend(known.missing(artist, &path)),
            Some(other) if other.currency != contract.currency => {
                let message = format!("{artist} is in {}, this contract in {}.", other.currency, contract.currency);
                found.push(finding("PRODUCER_CURRENCY", message, &path));
            }
            Some(_) => {}
        }
    }
    found
}
