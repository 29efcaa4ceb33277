//! The files read again by the layouts of `formats`: they add up to what the manifest says.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use formats::report::inspect;
use rust_decimal::Decimal;

use super::super::manifest::{Manifest, Planted, Report};
use super::super::market;
use super::super::random::Random;
use super::super::reports::{self, plan};
use super::super::{SEED, World};

/// Without the zeros at its end.
fn shortest(amount: &str) -> &str {
    if amount.contains('.') { amount.trim_end_matches('0').trim_end_matches('.') } else { amount }
}

/// Reads a file with the shipped layouts and compares.
fn check(folder: &Path, report: &Report) {
    let found = inspect(&folder.join(&report.path));
    let path = &report.path;
    assert_eq!(found.layout.as_ref(), Some(&report.layout), "{found}");
    assert_eq!((found.rows, found.units), (report.rows, Some(report.units.into())), "{path}");
    assert_eq!(found.amounts.keys().collect::<Vec<_>>(), [&report.currency], "{path}");
    assert_eq!(shortest(&found.amounts[&report.currency]), report.amount, "{path}");
    // What the file states about itself is right, and nothing is wrong but what was planted.
    let errors: Vec<_> = found.errors.iter().map(|error| (error.line, error.column.as_deref())).collect();
    let planted: Vec<_> = report.bad_rows.iter().map(|bad| (Some(bad.line), Some(bad.column.as_str()))).collect();
    assert_eq!(errors, planted, "{found}");
}

/// Rows by name over several reports.
fn sums<'a>(lists: impl Iterator<Item = &'a BTreeMap<String, Planted>>) -> BTreeMap<&'a str, u64> {
    let mut sums = BTreeMap::new();
    for (name, planted) in lists.flatten() {
        *sums.entry(name.as_str()).or_default() += planted.rows;
    }
    sums
}

#[test]
fn files_add_up_to_the_manifest() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = World::build(SEED).write(12_000, folder.path(), &mut |_| {}).unwrap();
    let first: Vec<&Report> = manifest.reports.iter().filter(|report| report.copy_of.is_none()).collect();
    assert_eq!((first.len(), manifest.reports.len()), (12, 13));
    assert_eq!(first.iter().map(|report| report.rows).sum::<u64>(), 12_000);
    for report in &first {
        check(folder.path(), report);
    }
    let waiting = sums(first.iter().map(|report| &report.waiting));
    assert!((30..100).contains(&waiting["NO_ITEM"]), "{waiting:?}");
    for reason in ["NO_CONTRACT", "INACTIVE_CONTRACT", "OVER_CLAIMED", "NO_TERM"] {
        assert!((1..300).contains(&waiting[reason]), "{waiting:?}");
    }
    let again = manifest.reports.iter().find(|report| report.copy_of.is_some()).unwrap();
    let original = again.copy_of.as_ref().unwrap();
    assert_eq!(fs::read(folder.path().join(&again.path)).unwrap(), fs::read(folder.path().join(original)).unwrap());
    let marks = sums(first.iter().map(|report| &report.marks));
    for mark in ["RETURNED", "LATE", "NO_MONEY", "DAMAGED_UPC", "BY_ALIAS"] {
        assert!(marks.contains_key(mark), "{mark}");
    }
    assert_eq!(Manifest::find(folder.path(), SEED, 12_000), Some(manifest));
}

/// Net receipts of each recording of a tenant in a month, in US dollars, before returns and spoilt rows.
fn receipts(world: &World, tenant: usize, month: u32, total: u64) -> Vec<Decimal> {
    let mut sums = vec![Decimal::ZERO; world.tenants[tenant].recordings.len()];
    for (number, delivery) in plan::DELIVERIES.iter().enumerate() {
        if (delivery.tenant, delivery.month) == (tenant, month) {
            let rate = market::rate(delivery.currency, "USD", i64::from(month));
            let sales = reports::sales_of(world, number, plan::lines(number, total));
            let mut random = Random::new(world.seed, delivery.file);
            for _ in 0..plan::lines(number, total) {
                let sale = sales.next(&mut random);
                if let Some(sum) = sums.get_mut(sale.listing.number).filter(|_| sale.listing.known) {
                    *sum +=
                        Decimal::from(sale.units) * Decimal::from_i128_with_scale(i128::from(sale.price), 12) * rate;
                }
            }
        }
    }
    sums
}

#[test]
fn some_advances_are_recouped_in_february_and_large_ones_are_not() {
    let world = World::build(SEED);
    let aurora = &world.tenants[0];
    let months = [1, 2].map(|month| receipts(&world, 0, month, 60_000));
    let (mut january, mut february, mut later) = (0, 0, 0);
    for artist in &aurora.artists {
        let group = format!("{} catalogue", artist.name);
        let own =
            |contract: &&super::super::model::Contract| contract.participations.iter().any(|part| part.item == group);
        let Some(contract) = aurora.contracts.iter().find(own) else { continue };
        let advance: Decimal = contract.advances.iter().map(|advance| advance.amount).sum();
        let super::super::model::Rate::NetReceipts(rate) = contract.terms[0].rate else { continue };
        let earned = |month: usize| -> Decimal {
            let dollars: Decimal = artist.recordings.iter().map(|index| months[month - 1][*index]).sum();
            dollars * rate * market::rate("USD", contract.currency, month as i64)
        };
        match advance {
            _ if advance.is_zero() => {}
            advance if earned(1) >= advance => january += 1,
            advance if earned(1) + earned(2) >= advance => february += 1,
            _ => later += 1,
        }
    }
    assert!(
        january >= 5 && february >= 5 && later >= 10,
        "recouped in January {january}, February {february}, later {later}"
    );
}
