//! The one order of rules, whatever order they came in.

use std::cmp::Reverse;

use super::Account;
use crate::model::{Rules, SplitNode};

/// Contracts by id, versions by first day, terms by what wins, participations by id, splits by payee.
pub(super) fn sorted(rules: &Rules) -> Rules {
    let mut rules = rules.clone();
    rules.contracts.sort_by_key(|contract| contract.id);
    for contract in &mut rules.contracts {
        contract.versions.sort_by_key(|version| (version.valid_from, version.id));
        for version in &mut contract.versions {
            version.participations.sort_by_key(|participation| participation.id);
            version.terms.sort_by_key(|term| {
                (Reverse(term.matches.specificity()), Reverse(term.level), Reverse(term.priority), term.id)
            });
            sort_splits(&mut version.splits);
        }
    }
    rules.directions.sort_by(|a, b| a.name.cmp(&b.name));
    rules.holds.sort_by(|a, b| a.name.cmp(&b.name));
    rules.cross_groups.sort_by(|a, b| a.name.cmp(&b.name));
    rules.groups.sort_by_key(|group| group.id);
    for group in &mut rules.groups {
        group.members.sort_unstable();
        group.members.dedup();
    }
    rules
}

/// By payee: ties in the largest remainder then go to the first, which is a stable key and not a list position.
fn sort_splits(nodes: &mut [SplitNode]) {
    nodes.sort_by_key(|node| (node.party_id, node.id));
    for node in nodes {
        sort_splits(&mut node.children);
    }
}

/// Every pair of contract and payee.
pub(super) fn accounts(rules: &Rules) -> Vec<Account> {
    fn payees(nodes: &[SplitNode], contract: u32, accounts: &mut Vec<Account>) {
        for node in nodes {
            if node.children.is_empty() {
                accounts.push(Account { contract, party_id: node.party_id });
            } else {
                payees(&node.children, contract, accounts);
            }
        }
    }
    let mut accounts = Vec::new();
    for (position, contract) in rules.contracts.iter().enumerate() {
        let contract_ix = u32::try_from(position).unwrap_or(u32::MAX);
        for version in &contract.versions {
            payees(&version.splits, contract_ix, &mut accounts);
            let recipients = version.waterfall.iter().filter_map(|step| step.recipient);
            accounts.extend(recipients.map(|party_id| Account { contract: contract_ix, party_id }));
        }
    }
    accounts.sort_unstable();
    accounts.dedup();
    accounts
}
