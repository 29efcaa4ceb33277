//! What goes beside a file that is handed to a bank: what it is, how much is in it, and which bytes it has. A second file
//! of the same hash is the same order again.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

/// The manifest of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// The file's name.
    pub file: String,
    /// `NACHA`, `pain.001.001.09`, `positive pay (chase)` …
    pub format: String,
    /// SHA-256 of its bytes, hexadecimal.
    pub sha256: String,
    /// Its length.
    pub bytes: u64,
    /// Payments in it.
    pub payments: u64,
    /// Their sums per currency.
    pub totals: BTreeMap<String, Decimal>,
}

impl Manifest {
    /// The manifest of a file with the given payments.
    #[must_use]
    pub fn of<'a>(
        file: &str,
        format: &str,
        bytes: &[u8],
        payments: impl IntoIterator<Item = (&'a str, Decimal)>,
    ) -> Self {
        let mut totals: BTreeMap<String, Decimal> = BTreeMap::new();
        let mut count = 0;
        for (currency, amount) in payments {
            count += 1;
            let total = totals.entry(currency.to_owned()).or_default();
            *total = total.saturating_add(amount);
        }
        Self {
            file: file.to_owned(),
            format: format.to_owned(),
            sha256: hex::encode(Sha256::digest(bytes)),
            bytes: bytes.len() as u64,
            payments: count,
            totals,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rust_decimal_macros::dec;

    #[test]
    fn a_manifest_names_bytes_and_sums() {
        let payments = [("USD", dec!(1.10)), ("EUR", dec!(2)), ("USD", dec!(0.90))];
        let manifest = Manifest::of("a.ach", "NACHA", b"abc", payments);
        // The example of FIPS 180-2.
        assert_eq!(manifest.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!((manifest.bytes, manifest.payments), (3, 3));
        assert_eq!((manifest.totals["USD"], manifest.totals["EUR"]), (dec!(2.00), dec!(2)));
    }
}
