//! What if a contract said something else: a rule set with another version in it, checked like one that is saved.

use chrono::NaiveDate;
use engine::model::{Contract as RuleContract, ContractVersion, FxRule, Group, ItemScope, Rules};
use kernel::currency::Currency;
use kernel::failure::Outcome;
use kernel::ids::{ContractId, ContractVersionId, GroupId, ParticipationId, SplitId, TermId};
use platform::db::TenantTx;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

use super::contracts::{check, must_find};
use super::model::VersionFacts;
use super::store;
use engine::model::SplitNode;

/// Another version of a contract, and everything that is needed to put it into a rule set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RuleChange {
    /// Which contract. One that the rules do not have is added to them.
    pub contract_id: ContractId,
    /// Its currency.
    pub currency: Currency,
    /// Its exchange rate rule.
    pub fx: FxRule,
    /// What it says, from its first to its last day; what it said of these days before gives way.
    pub version: ContractVersion,
    /// The groups that the version names.
    #[serde(default)]
    pub groups: Vec<Group>,
}

/// Checks a version as if it were to be saved, and makes a change of it.
///
/// # Errors
/// `NOT_FOUND`, the codes of the checks below `path`; database failures.
pub(crate) async fn rule_change(
    tx: &TenantTx,
    contract: ContractId,
    facts: VersionFacts,
    path: &[&str],
) -> Outcome<RuleChange> {
    let at: Vec<&str> = path.iter().copied().chain(["contractId"]).collect();
    let header = must_find(tx, contract, &at).await?;
    let at: Vec<&str> = path.iter().copied().chain(["version"]).collect();
    check(tx, &facts, header.currency, &at).await?;
    let wanted: BTreeSet<GroupId> = facts
        .participations
        .iter()
        .map(|one| one.scope)
        .chain(facts.terms.iter().map(|one| one.term.matches.scope))
        .filter_map(|scope| match scope {
            ItemScope::Group(group) => Some(group),
            ItemScope::Item(_) | ItemScope::All => None,
        })
        .collect();
    let known = store::groups(tx, Some(&wanted)).await?;
    let groups = wanted.iter().map(|id| Group {
        id: *id,
        members: known.iter().find(|group| group.id == *id).map(|group| group.members.clone()).unwrap_or_default(),
    });
    let groups = groups.collect();
    let version = super::snapshot::version(ContractVersionId::new(), facts);
    Ok(RuleChange { contract_id: contract, currency: header.currency, fx: header.fx_rule, version, groups })
}

impl RuleChange {
    /// Puts the version into the rules. What the contract said of its days gives way; what it said of the days before
    /// and after stays.
    pub(crate) fn apply(&self, rules: &mut Rules) {
        for group in &self.groups {
            if !rules.groups.iter().any(|known| known.id == group.id) {
                rules.groups.push(group.clone());
            }
        }
        if let Some(contract) = rules.contracts.iter_mut().find(|contract| contract.id == self.contract_id) {
            let mut versions: Vec<ContractVersion> =
                contract.versions.drain(..).flat_map(|version| around(version, &self.version)).collect();
            versions.push(self.version.clone());
            versions.sort_by_key(|version| (version.valid_from, version.id));
            contract.versions = versions;
            return;
        }
        rules.contracts.push(RuleContract::new(self.contract_id, self.currency, self.fx, vec![self.version.clone()]));
        rules.contracts.sort_by_key(|contract| contract.id);
    }
}

/// What stays of a version beside a new one: nothing, one part or two.
fn around(old: ContractVersion, new: &ContractVersion) -> Vec<ContractVersion> {
    let end = |date: Option<NaiveDate>| date.unwrap_or(NaiveDate::MAX);
    if end(old.valid_to) < new.valid_from || end(new.valid_to) < old.valid_from {
        return vec![old];
    }
    let mut kept = Vec::new();
    if old.valid_from < new.valid_from {
        kept.push(ContractVersion { valid_to: new.valid_from.pred_opt(), ..old.clone() });
    }
    if let Some(next) = new.valid_to.and_then(|last| last.succ_opt()).filter(|next| *next <= end(old.valid_to)) {
        let mut tail = ContractVersion { valid_from: next, ..old };
        if !kept.is_empty() {
            renew(&mut tail);
        }
        kept.push(tail);
    }
    kept
}

/// Ids of its own for everything in a version: both halves of one would share them.
fn renew(version: &mut ContractVersion) {
    fn splits(nodes: &mut [SplitNode]) {
        for node in nodes {
            node.id = SplitId::new();
            splits(&mut node.children);
        }
    }
    version.id = ContractVersionId::new();
    version.participations.iter_mut().for_each(|one| one.id = ParticipationId::new());
    version.terms.iter_mut().for_each(|one| one.id = TermId::new());
    version.waterfall.iter_mut().for_each(|one| one.id = SplitId::new());
    splits(&mut version.splits);
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn version(from: &str, to: Option<&str>) -> ContractVersion {
        let facts = VersionFacts {
            valid_from: day(from),
            valid_to: to.map(day),
            participations: Vec::new(),
            terms: Vec::new(),
            rate_cards: Vec::new(),
            waterfall: Vec::new(),
            splits: Vec::new(),
        };
        super::super::snapshot::version(ContractVersionId::new(), facts)
    }

    fn change(contract_id: ContractId, version: ContractVersion) -> RuleChange {
        let currency = Currency::parse("EUR").unwrap();
        RuleChange { contract_id, currency, fx: FxRule::MonthEnd, version, groups: Vec::new() }
    }

    #[test]
    fn a_change_cuts_out_its_own_days_and_leaves_the_others() {
        let contract = ContractId::new();
        let mut rules = Rules::default();
        change(contract, version("2020-01-01", None)).apply(&mut rules);
        change(contract, version("2021-01-01", Some("2021-12-31"))).apply(&mut rules);
        let versions = &rules.contracts[0].versions;
        let periods: Vec<_> = versions.iter().map(|one| (one.valid_from, one.valid_to)).collect();
        let expected = [
            (day("2020-01-01"), Some(day("2020-12-31"))),
            (day("2021-01-01"), Some(day("2021-12-31"))),
            (day("2022-01-01"), None),
        ];
        assert_eq!(periods, expected);
        let ids: BTreeSet<_> = versions.iter().map(|one| one.id).collect();
        assert_eq!(ids.len(), 3, "every part has an id of its own");
        change(contract, version("2019-01-01", None)).apply(&mut rules);
        assert_eq!(rules.contracts[0].versions.len(), 1, "the whole gives way");
    }
}
