//! Contracts: whole, consistent with the catalogue, as varied as promised.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::super::model::{Contract, Rate, Tenant};
use super::super::{SEED, World};

/// Where the payer is.
fn home(tenant: &Tenant) -> &'static str {
    if tenant.slug == "aurora" { "GB" } else { "IE" }
}

/// How deep the splits of a contract reach.
fn depth(contract: &Contract) -> usize {
    contract.splits.iter().map(|split| split.reference.split('/').count()).max().unwrap_or(0)
}

fn contracts(world: &World) -> impl Iterator<Item = (&Tenant, &Contract)> {
    world.tenants.iter().flat_map(|tenant| tenant.contracts.iter().map(move |contract| (tenant, contract)))
}

#[test]
fn splits_total_one_on_every_level() {
    for (_, contract) in contracts(&World::build(SEED)) {
        let mut totals: BTreeMap<Option<&str>, Decimal> = BTreeMap::new();
        let mut payees = BTreeSet::new();
        for split in &contract.splits {
            *totals.entry(split.parent.as_deref()).or_default() += split.ratio;
            assert!(split.ratio > Decimal::ZERO);
            assert!(payees.insert((&split.parent, &split.party)), "{}: a party twice on one level", contract.number);
            let parent = split.parent.as_ref();
            assert!(parent.is_none_or(|parent| contract.splits.iter().any(|other| other.reference == *parent)));
        }
        assert!(totals.values().all(|total| *total == Decimal::ONE), "{}: {totals:?}", contract.number);
    }
}

#[test]
fn works_are_owned_exactly_once() {
    let world = World::build(SEED);
    let tenant = &world.tenants[1];
    let mut owned: BTreeMap<&str, Decimal> = BTreeMap::new();
    for participation in tenant.contracts.iter().flat_map(|contract| &contract.participations) {
        if participation.item_kind == "WORK" {
            *owned.entry(&participation.item).or_default() += participation.ratio;
        }
    }
    assert_eq!(owned.len(), tenant.works.len());
    assert!(owned.values().all(|total| *total == Decimal::ONE), "{owned:?}");
}

#[test]
fn contracts_speak_of_what_exists() {
    for (tenant, contract) in contracts(&World::build(SEED)) {
        let party = |reference: &str| tenant.parties.iter().any(|party| party.reference == reference);
        assert!(party(&contract.party), "{}", contract.number);
        assert!(contract.splits.iter().all(|split| party(&split.party)));
        assert!(tenant.organisations.iter().any(|house| house.name == contract.organisation));
        assert!(!contract.participations.is_empty() && !contract.terms.is_empty(), "{}", contract.number);
        for participation in &contract.participations {
            let item = &participation.item;
            assert!(match participation.item_kind {
                "RECORDING" => tenant.recordings.iter().any(|recording| recording.isrc == *item),
                "WORK" => tenant.works.iter().any(|work| work.iswc == *item),
                "GROUP" => tenant.groups.iter().any(|group| group.name == *item),
                _ => false,
            });
        }
        let scopes: BTreeSet<_> =
            contract.terms.iter().map(|term| (&term.territories, &term.platforms, &term.revenue_types)).collect();
        assert_eq!(scopes.len(), contract.terms.len(), "{}: two terms for the same", contract.number);
    }
}

#[test]
fn every_kind_of_contract_is_there() {
    let world = World::build(SEED);
    let count = |test: fn(&Contract) -> bool| contracts(&world).filter(|(_, contract)| test(contract)).count();
    for kind in ["RECORDING", "PUBLISHING", "DISTRIBUTION"] {
        assert!(contracts(&world).any(|(_, contract)| contract.kind == kind), "{kind}");
    }
    assert!(count(|contract| depth(contract) == 2) >= 40, "bands with members");
    assert!(count(|contract| depth(contract) == 3) >= 8, "members with heirs");
    assert!(count(|contract| !contract.advances.is_empty()) >= 40);
    assert!(count(|contract| contract.terms.iter().any(|term| !term.territories.is_empty())) >= 20);
    assert!(count(|contract| contract.terms.iter().any(|term| !term.platforms.is_empty())) >= 20);
    assert!(count(|contract| contract.terms.iter().any(|term| matches!(term.rate, Rate::PerUnit(..)))) >= 10);
    let currencies: BTreeSet<_> = contracts(&world).map(|(_, contract)| contract.currency).collect();
    assert!(["USD", "EUR", "GBP", "JPY", "SEK"].iter().all(|currency| currencies.contains(currency)));
    let abroad = contracts(&world)
        .flat_map(|(tenant, contract)| contract.splits.iter().map(move |split| (tenant, split)))
        .filter(|(tenant, split)| {
            tenant.parties.iter().any(|party| party.reference == split.party && party.country != home(tenant))
        });
    assert!(abroad.count() >= 100, "payees abroad");
}
