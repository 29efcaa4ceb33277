//! What the world promises: the same for the same seed, whole, consistent, and adding up.

#![allow(clippy::unwrap_used)]

mod money;
mod rights;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use kernel::codes::{Ipi, Isni, Isrc, Iswc, Upc};
use kernel::currency::Currency;
use kernel::territory::Territory;
use rust_decimal::Decimal;

use super::market::{MARKETS, exchange_rates};
use super::model::Tenant;
use super::reports::plan::{DELIVERIES, lines};
use super::{LEAST_LINES, LINES, SEED, World};

/// All files below a folder, by path.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { found.push(path.strip_prefix(folder).unwrap().to_owned()) }
        }
    }
    found.sort();
    found
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
    let [first, second, other] = [SEED, SEED, SEED + 1].map(|seed| {
        let folder = tempfile::tempdir().unwrap();
        World::build(seed).write(3_000, folder.path(), &mut |_| {}).unwrap();
        folder
    });
    assert_eq!(files(first.path()), files(second.path()));
    for path in files(first.path()) {
        let bytes = fs::read(first.path().join(&path)).unwrap();
        assert!(!bytes.is_empty(), "{path:?}");
        assert!(bytes == fs::read(second.path().join(&path)).unwrap(), "{path:?} differs");
        assert!(bytes != fs::read(other.path().join(&path)).unwrap(), "{path:?} is the same for another seed");
    }
}

#[test]
fn there_is_as_much_of_everything_as_promised() {
    let world = World::build(SEED);
    let sum = |count: fn(&Tenant) -> usize| world.tenants.iter().map(count).sum::<usize>();
    assert_eq!(world.tenants.len(), 2);
    assert_eq!(sum(|tenant| tenant.recordings.len()), 2_000);
    assert_eq!(sum(|tenant| tenant.works.len()), 300);
    assert_eq!(sum(|tenant| tenant.contracts.len()), 300);
    assert_eq!(sum(|tenant| tenant.releases.iter().map(|release| release.tracks.len()).sum()), 2_000);
    assert!(MARKETS.len() >= 40);
    for total in [LEAST_LINES, LINES, 1_000_003] {
        assert_eq!((0..DELIVERIES.len()).map(|number| lines(number, total)).sum::<u64>(), total);
    }
    for source in ["spotify", "apple-music", "apple-itunes", "youtube", "distrokid", "orchard"] {
        assert!(DELIVERIES.iter().any(|delivery| delivery.provider.layout().starts_with(source)), "{source}");
    }
    for (tenant, month) in [(0, 1), (0, 2), (0, 3), (1, 1), (1, 2), (1, 3)] {
        assert!(DELIVERIES.iter().any(|delivery| (delivery.tenant, delivery.month) == (tenant, month)));
    }
}

#[test]
fn identifiers_are_right_and_unique() {
    let world = World::build(SEED);
    let mut seen = BTreeSet::new();
    for tenant in &world.tenants {
        for recording in &tenant.recordings {
            assert!(seen.insert(Isrc::parse(&recording.isrc).unwrap().to_string()));
            assert!(seen.insert(recording.asset.clone()));
        }
        for release in &tenant.releases {
            assert!(seen.insert(Upc::parse(&release.upc).unwrap().to_string()));
            assert!(matches!(release.upc.len(), 12 | 13));
        }
        for work in &tenant.works {
            assert!(seen.insert(Iswc::parse(&work.iswc).unwrap().to_string()));
            assert!(seen.insert(work.asset.clone()));
        }
        for party in &tenant.parties {
            assert!(seen.insert(party.reference.clone()));
            if let Some(isni) = &party.isni {
                assert!(seen.insert(Isni::parse(isni).unwrap().to_string()));
            }
            if let Some(ipi) = &party.ipi {
                assert!(seen.insert(Ipi::parse(ipi).unwrap().to_string()));
            }
        }
    }
}

#[test]
fn countries_and_currencies_exist() {
    for market in MARKETS {
        assert_eq!(Territory::parse(market.code).unwrap(), Territory::from_name(market.name).unwrap());
        Currency::parse(market.currency).unwrap();
    }
    let known: BTreeSet<_> = exchange_rates().iter().map(|rate| (rate.base, rate.quote)).collect();
    let convertible = |from: &'static str, to: &'static str| from == to || known.contains(&(from, to));
    for tenant in &World::build(SEED).tenants {
        Currency::parse(tenant.currency).unwrap();
        let contracts: BTreeSet<_> = tenant.contracts.iter().map(|contract| contract.currency).collect();
        for contract in contracts {
            assert!(DELIVERIES.iter().all(|delivery| convertible(delivery.currency, contract)));
            let wishes = tenant.parties.iter().filter_map(|party| party.payment.as_ref());
            assert!(wishes.map(|wish| wish.currency).all(|currency| convertible(contract, currency)));
        }
        assert!(tenant.parties.iter().all(|party| Territory::parse(party.country).is_ok()));
    }
    assert!(exchange_rates().iter().all(|rate| rate.rate > Decimal::ZERO));
}

#[test]
fn names_are_written_in_many_scripts() {
    let world = World::build(SEED);
    let letters: BTreeSet<char> =
        world.tenants.iter().flat_map(|tenant| &tenant.artists).flat_map(|artist| artist.name.chars()).collect();
    for (script, from, to) in [
        ("Latin", 'a', 'z'),
        ("Greek", 'α', 'ω'),
        ("Cyrillic", 'а', 'я'),
        ("Arabic", 'ا', 'ي'),
        ("Devanagari", 'अ', 'ह'),
        ("Kana", 'ぁ', 'ヿ'),
        ("Han", '一', '龠'),
        ("Hangul", '가', '힣'),
    ] {
        assert!(letters.range(from..=to).next().is_some(), "{script}");
    }
}

#[test]
fn too_few_lines_are_refused_and_a_complete_folder_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::build(SEED);
    assert!(world.write(LEAST_LINES - 1, folder.path(), &mut |_| {}).is_err());
    assert!(files(folder.path()).is_empty());
    let mut counted = 0;
    let manifest = world.write(LEAST_LINES, folder.path(), &mut |rows| counted += rows).unwrap();
    assert_eq!(counted, LEAST_LINES);
    let report = folder.path().join(&manifest.reports[0].path);
    fs::write(&report, "touched").unwrap();
    assert_eq!(world.write(LEAST_LINES, folder.path(), &mut |_| {}).unwrap(), manifest);
    assert_eq!(fs::read(&report).unwrap(), b"touched");
    // Another size makes it anew.
    world.write(LEAST_LINES + 1, folder.path(), &mut |_| {}).unwrap();
    assert_ne!(fs::read(&report).unwrap(), b"touched");
}
