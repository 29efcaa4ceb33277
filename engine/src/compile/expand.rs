//! Named things put in place: territory groups become countries, rate cards become terms.

use std::collections::{BTreeMap, BTreeSet};

use kernel::territory::Territory;

use crate::model::{RateCard, Rules, Term, TerritoryGroup, TerritorySet};

/// The countries of every territory group, groups of groups included. A group that contains itself ends there: the
/// checks have refused it.
struct Groups<'a>(BTreeMap<&'a str, &'a TerritoryGroup>);

impl<'a> Groups<'a> {
    fn new(groups: &'a [TerritoryGroup]) -> Self {
        Self(groups.iter().map(|group| (group.name.as_str(), group)).collect())
    }

    fn collect(&self, name: &'a str, seen: &mut BTreeSet<&'a str>, into: &mut BTreeSet<Territory>) {
        if !seen.insert(name) {
            return;
        }
        if let Some(group) = self.0.get(name) {
            into.extend(&group.territories);
            for below in &group.groups {
                self.collect(below, seen, into);
            }
        }
    }

    fn countries(&self, names: &[String], known: &[Territory]) -> Vec<Territory> {
        let mut all: BTreeSet<Territory> = known.iter().copied().collect();
        for name in names {
            if let Some((name, _)) = self.0.get_key_value(name.as_str()) {
                self.collect(name, &mut BTreeSet::new(), &mut all);
            }
        }
        all.into_iter().collect()
    }

    /// The names stay: they say how specific the set is, and expanding twice changes nothing.
    fn expand(&self, set: &mut TerritorySet) {
        if !set.include_groups.is_empty() {
            set.include = self.countries(&set.include_groups, &set.include);
        }
        if !set.exclude_groups.is_empty() {
            set.exclude = self.countries(&set.exclude_groups, &set.exclude);
        }
    }
}

impl Rules {
    /// The same rules with the countries of named territory groups in every set of territories, and the terms of
    /// rate cards in every contract version that names one. Expanding twice changes nothing.
    #[must_use]
    pub fn expanded(&self) -> Self {
        let mut rules = self.clone();
        let cards: BTreeMap<&str, &RateCard> = self.rate_cards.iter().map(|card| (card.name.as_str(), card)).collect();
        for version in rules.contracts.iter_mut().flat_map(|contract| &mut contract.versions) {
            let names = std::mem::take(&mut version.rate_cards);
            version.terms.extend(terms_of(&cards, &names));
        }
        if self.territory_groups.is_empty() {
            return rules;
        }
        let groups = Groups::new(&self.territory_groups);
        for set in sets(&mut rules) {
            groups.expand(set);
        }
        rules
    }
}

/// The terms of cards and of the cards that they extend, each card once.
fn terms_of(cards: &BTreeMap<&str, &RateCard>, names: &[String]) -> Vec<Term> {
    let mut seen = BTreeSet::new();
    let mut terms = Vec::new();
    for name in names {
        let mut next = Some(name.as_str());
        while let Some(card) = next.filter(|name| seen.insert(name.to_string())).and_then(|name| cards.get(name)) {
            terms.extend(card.terms.iter().map(|term| Term { level: card.level, ..term.clone() }));
            next = card.extends.as_deref();
        }
    }
    terms
}

/// Every set of territories that rules state.
fn sets(rules: &mut Rules) -> Vec<&mut TerritorySet> {
    let mut sets = Vec::new();
    let mut terms: Vec<&mut Term> = rules.rate_cards.iter_mut().flat_map(|card| &mut card.terms).collect();
    for contract in &mut rules.contracts {
        sets.extend(contract.reserves.iter_mut().map(|one| &mut one.territories));
        sets.extend(contract.guarantees.iter_mut().map(|one| &mut one.territories));
        for version in &mut contract.versions {
            sets.extend(version.participations.iter_mut().map(|one| &mut one.territories));
            sets.extend(version.waterfall.iter_mut().map(|one| &mut one.territories));
            terms.extend(&mut version.terms);
        }
    }
    for term in terms {
        sets.push(&mut term.matches.territories);
        sets.extend(term.reductions.iter_mut().map(|one| &mut one.territories));
        counters(&mut term.model, &mut sets);
    }
    sets.extend(rules.prices.iter_mut().map(|one| &mut one.territories));
    sets.extend(rules.source_chains.iter_mut().map(|one| &mut one.territories));
    sets
}

fn counters<'a>(model: &'a mut crate::model::Model, sets: &mut Vec<&'a mut TerritorySet>) {
    match model {
        crate::model::Model::Tiered { counter, .. } => sets.push(&mut counter.territories),
        crate::model::Model::Hybrid { models, .. } => models.iter_mut().for_each(|model| counters(model, sets)),
        _ => {}
    }
}
