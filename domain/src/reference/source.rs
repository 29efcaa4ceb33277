//! The port to publishers of exchange rates.

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::NaiveDate;
use kernel::currency::Currency;
use kernel::failure::Outcome;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// Which file of a publisher.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RateFile {
    /// The rates of the last day.
    Latest,
    /// Everything there is.
    History,
}

/// One unit of `base` is worth `rate` units of `quote` on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublishedRate {
    /// From.
    pub base: Currency,
    /// To.
    pub quote: Currency,
    /// The day.
    pub on: NaiveDate,
    /// The rate, above zero.
    pub rate: Decimal,
}

/// A file, read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Published {
    /// Its rates.
    pub rates: Vec<PublishedRate>,
    /// Codes that are no currency of ISO 4217 (any more), with the number of rates that were left out.
    pub skipped: BTreeMap<String, u64>,
}

/// A publisher of rates. It is asked outside of any transaction.
#[async_trait]
pub trait RateSource: Send + Sync {
    /// The name that its rates are stored under.
    fn name(&self) -> &'static str;

    /// Fetches and reads a file.
    ///
    /// # Errors
    /// `RATES_UNREACHABLE`, which may pass; `RATES_UNREADABLE`, `RATES_TOO_LARGE`.
    async fn fetch(&self, file: RateFile) -> Outcome<Published>;
}
