//! The proof that no money got lost, per tenant and currency, to the last digit.

use std::collections::BTreeMap;

use bigdecimal::BigDecimal;
use serde_json::{Value, json};

use super::cast::Cast;
use super::person::Trouble;
use crate::demo::world::manifest::Manifest;
use crate::say;
use crate::stop::Stop;

const CONSERVATION: &str = "query Conservation($from: Month!, $to: Month!) {
    conservation(from: $from, to: $to) {
        currency moneyIn payees margin charges suspense waiting skipped cut rounding fx difference holds } }";

/// The places where money can be, as the API names them and as people do.
const PLACES: [(&str, &str); 9] = [
    ("payees", "payees' royalties"),
    ("margin", "margin"),
    ("charges", "kept of whole reports"),
    ("suspense", "suspense"),
    ("waiting", "not calculated yet"),
    ("skipped", "rows that are no revenue"),
    ("cut", "digits beyond 18 places"),
    ("rounding", "remainders carried"),
    ("fx", "converted, net"),
];

/// Prints the proof of both tenants, and checks it once more here.
///
/// # Errors
/// When it does not hold.
pub async fn prove(manifest: &Manifest, casts: &[Cast], from: &str, to: &str) -> Result<(), Stop> {
    say::line(format_args!("\nConservation of money, {from} to {to}, exact"));
    let mut broken = Vec::new();
    for cast in casts {
        let files = file_amounts(manifest, &cast.slug)?;
        let rows = cast.auditor.ask(CONSERVATION, json!({ "from": from, "to": to })).await?;
        for row in rows.as_array().into_iter().flatten() {
            let currency = row["currency"].as_str().unwrap_or_default();
            if let Err(why) = show(cast, currency, row, files.get(currency)) {
                broken.push(format!("{} {currency}: {why}", cast.slug));
            }
        }
        for currency in files.keys().filter(|currency| !has(&rows, currency)) {
            broken.push(format!("{} {currency}: the books have nothing of the files' money", cast.slug));
        }
    }
    if broken.is_empty() { Ok(()) } else { Err(Stop::failed(format!("money is not conserved: {}", broken.join("; ")))) }
}

fn has(rows: &Value, currency: &str) -> bool {
    rows.as_array().is_some_and(|rows| rows.iter().any(|row| row["currency"] == currency))
}

/// What the files were made of, by currency: every amount that can be read.
fn file_amounts(manifest: &Manifest, slug: &str) -> Result<BTreeMap<String, BigDecimal>, Trouble> {
    let mut sums: BTreeMap<String, BigDecimal> = BTreeMap::new();
    for report in manifest.reports.iter().filter(|report| report.tenant == slug && report.copy_of.is_none()) {
        let bad = report.bad_rows.iter().filter_map(|row| row.amount.as_deref());
        for amount in std::iter::once(report.amount.as_str()).chain(bad) {
            *sums.entry(report.currency.clone()).or_default() += exact(amount)?;
        }
    }
    Ok(sums)
}

fn exact(text: &str) -> Result<BigDecimal, Trouble> {
    text.parse().map_err(|_| Trouble::Broken(format!("`{text}` is not a number")))
}

fn show(cast: &Cast, currency: &str, row: &Value, files: Option<&BigDecimal>) -> Result<(), String> {
    let amount = |field: &str| row[field].as_str().unwrap_or("0").to_owned();
    say::line(format_args!("\n  {} {currency}", cast.slug));
    say::line(format_args!("    {:<26}{:>44}", "money in", aligned(&amount("moneyIn"))));
    let mut rest = exact(&amount("moneyIn")).map_err(|_| "an amount cannot be read".to_owned())?;
    for (field, name) in PLACES {
        let text = amount(field);
        let value = exact(&text).map_err(|_| "an amount cannot be read".to_owned())?;
        if value != BigDecimal::default() {
            say::line(format_args!("  - {name:<26}{:>44}", aligned(&text)));
        }
        rest -= value;
    }
    say::line(format_args!("  = {:<26}{:>44}", "difference", aligned(&amount("difference"))));
    if rest != BigDecimal::default() || row["holds"] != Value::Bool(true) {
        return Err(format!("a difference of {rest}"));
    }
    let money_in = exact(&amount("moneyIn")).map_err(|_| "an amount cannot be read".to_owned())?;
    match files {
        Some(files) if *files != money_in => {
            Err(format!("the files were made of {files}, the books took in {money_in}"))
        }
        _ => Ok(()),
    }
}

/// Thousands grouped, and the decimal points below each other.
fn aligned(amount: &str) -> String {
    let (sign, digits) = amount.strip_prefix('-').map_or(("", amount), |rest| ("-", rest));
    let (whole, places) = digits.split_once('.').unwrap_or((digits, ""));
    let grouped: Vec<&str> =
        whole.as_bytes().rchunks(3).rev().map(|three| std::str::from_utf8(three).unwrap_or_default()).collect();
    let point = if places.is_empty() { ' ' } else { '.' };
    format!("{sign}{}{point}{places:<24}", grouped.join(","))
}

#[cfg(test)]
mod tests {
    use super::aligned;

    #[test]
    fn points_stand_below_each_other() {
        let texts = ["1234567.5", "-3", "0.000000000000000001"].map(aligned);
        assert_eq!(texts[0], format!("1,234,567.5{}", " ".repeat(23)));
        assert_eq!(texts.map(|text| text.len() - text.find(['.', ' ']).unwrap_or_default()), [25, 25, 25]);
    }
}
