//! The files read again, without the code that wrote them: they add up to what the manifest says.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::Path;

use flate2::read::GzDecoder;
use rust_decimal::Decimal;

use super::super::amount::Amount;
use super::super::manifest::{Manifest, Planted, Report};
use super::super::market;
use super::super::random::Random;
use super::super::reports::{self, plan};
use super::super::{SEED, World};

/// Amount column, units column, delimiter of each layout; the column names tell two layouts of a source apart.
const LAYOUTS: &[(&str, &str, char)] = &[
    ("USD Payable", "Quantity", '\t'),
    ("Net Royalty Total", "Quantity", '\t'),
    ("Extended Partner Share", "Quantity", '\t'),
    ("Partner Revenue", "Owned Views", ','),
    ("Earnings (USD)", "Quantity", '\t'),
    ("Earnings (USD)", "Quantity", ','),
    ("Label Share Net Receipts", "Quantity", ';'),
    ("NET SHARE ACCOUNT CURRENCY", "QUANTITY", ','),
];

fn text(path: &Path) -> String {
    let bytes = fs::read(path).unwrap();
    if path.extension().unwrap() == "gz" {
        let mut text = String::new();
        GzDecoder::new(bytes.as_slice()).read_to_string(&mut text).unwrap();
        return text;
    }
    String::from_utf8(bytes).unwrap()
}

fn cells(line: &str, delimiter: char) -> Vec<String> {
    if delimiter == '\t' {
        return line.trim_end_matches('\r').split('\t').map(str::to_owned).collect();
    }
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).delimiter(delimiter as u8).from_reader(line.as_bytes());
    reader.records().next().unwrap().unwrap().iter().map(str::to_owned).collect()
}

fn amount(text: &str) -> Option<Amount> {
    let plain = text.replace(',', ".");
    let (whole, part) = plain.split_once('.').unwrap_or((&plain, ""));
    let mantissa: i128 = format!("{whole}{part}").parse().ok()?;
    Some(Amount::new(mantissa, part.len() as u32).unwrap())
}

fn check(folder: &Path, report: &Report) {
    let text = text(&folder.join(&report.path));
    let (start, header, (money, count, delimiter)) = text
        .lines()
        .enumerate()
        .find_map(|(number, line)| {
            LAYOUTS.iter().find_map(|layout| {
                let header = cells(line, layout.2);
                (header.iter().any(|name| name == layout.0)).then_some((number, header, *layout))
            })
        })
        .unwrap();
    let at = |name: &str| header.iter().position(|column| column == name).unwrap();
    let mut rows = 0;
    let mut units = 0;
    let mut sum = Amount::default();
    for (number, line) in text.lines().enumerate().skip(start + 1) {
        let row = cells(line, delimiter);
        if row.len() != header.len() {
            // Below the table: what it states is right.
            let stated = amount(&row[1]).unwrap();
            match row[0].as_str() {
                "Row Count" | "Total_Rows" => assert_eq!(stated, Amount::new(rows, 0).unwrap()),
                "Total_Units" => assert_eq!(stated, Amount::new(units, 0).unwrap()),
                "Total_Amount" => assert_eq!(stated, sum),
                other => panic!("{other}"),
            }
            continue;
        }
        rows += 1;
        units += row[at(count)].parse::<i128>().unwrap();
        let bad = report.bad_rows.iter().find(|bad| bad.line == number as u64 + 1);
        if let Some(bad) = bad {
            assert_eq!(row[at(&bad.column)], bad.text, "{}", report.path);
        }
        match amount(&row[at(money)]) {
            Some(value) => sum = sum.plus(value).unwrap(),
            None => assert!(bad.is_some_and(|bad| bad.amount.is_none()), "{}: {line}", report.path),
        }
    }
    assert_eq!((rows, units), (i128::from(report.rows), i128::from(report.units)), "{}", report.path);
    assert_eq!(sum.to_string(), report.amount, "{}", report.path);
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
                    *sum += Decimal::from(sale.units) * Decimal::from_i128_with_scale(i128::from(sale.price), 12) * rate;
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
        let own = |contract: &&super::super::model::Contract| contract.participations.iter().any(|part| part.item == group);
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
    assert!(january >= 5 && february >= 5 && later >= 10, "recouped in January {january}, February {february}, later {later}");
}
