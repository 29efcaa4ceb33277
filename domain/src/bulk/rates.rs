//! `rates.csv`: exchange rates, one per row. They count as entered by hand: before what was fetched.

use std::collections::{BTreeMap, HashSet};

use chrono::NaiveDate;
use kernel::currency::Currency;
use kernel::failure::Outcome;
use platform::db::TenantTx;
use rust_decimal::Decimal;

use super::model::Tally;
use super::sheet::{self, Sheet};
use crate::reference::{MANUAL, Published, PublishedRate, store};

pub(super) const COLUMNS: &[sheet::Column] = &[("date", true), ("base", true), ("quote", true), ("rate", true)];

/// Decimal places of a rate.
const PLACES: u32 = 18;

pub(super) async fn import(tx: &TenantTx, sheet: &Sheet, tally: &mut Tally) -> Outcome<()> {
    let mut seen: HashSet<(Currency, Currency, NaiveDate)> = HashSet::new();
    let mut rates = Vec::with_capacity(sheet.rows.len());
    for row in &sheet.rows {
        let mut cells = sheet.cells(row);
        for column in ["date", "base", "quote", "rate"] {
            cells.required(column);
        }
        let on = cells.date("date");
        let base = cells.parsed("base", "UNKNOWN_CURRENCY", Currency::parse);
        let quote = cells.parsed("quote", "UNKNOWN_CURRENCY", Currency::parse);
        let rate = cells.decimal("rate", PLACES, Decimal::ZERO, None);
        if rate.is_some_and(|rate| rate.is_zero()) {
            cells.refuse(Some("rate"), "OUT_OF_RANGE", "A rate is above zero.");
        }
        if let (Some(on), Some(base), Some(quote), Some(rate)) = (on, base, quote, rate) {
            if base == quote {
                cells.refuse(Some("quote"), "SAME_CURRENCY", format!("{base} needs no rate to itself."));
            } else if !seen.insert((base, quote, on)) {
                let message = "An earlier row has a rate of the same pair and day.";
                cells.refuse(Some("date"), "DUPLICATE_KEY", message);
            } else if cells.found.is_empty() {
                rates.push(PublishedRate { base, quote, on, rate: rate.normalize() });
            }
        }
        tally.refusals.append(&mut cells.found);
    }
    let published = Published { rates, skipped: BTreeMap::new() };
    let changed = usize::try_from(store(tx, MANUAL, &published).await?).unwrap_or(usize::MAX);
    tally.created += changed;
    tally.unchanged += published.rates.len().saturating_sub(changed);
    Ok(())
}
