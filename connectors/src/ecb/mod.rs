//! The European Central Bank's reference rates: fetched by address, read in the layouts they are published in.
//!
//! The bank publishes one unit of the euro in units of other currencies, on its working days around 16:00 in Frankfurt:
//! the last day as XML (`eurofxref-daily.xml`), everything since 1999 as CSV, alone or in a zip archive
//! (`eurofxref-hist.zip`). A currency that ISO 4217 has retired since is skipped and counted, never an error.

mod http;
mod table;
mod xml;

use async_trait::async_trait;
use domain::reference::{Published, RateFile, RateSource};
use kernel::failure::Outcome;

pub use http::FetchLimits;

/// The bank's rates below an address.
#[derive(Debug, Clone)]
pub struct Ecb {
    base: String,
    limits: FetchLimits,
}

impl Ecb {
    /// Fetches from below `base`, by default the bank's own site; a mirror serves files of the same names.
    #[must_use]
    pub fn new(base: &str) -> Self {
        Self { base: format!("{}/", base.trim_end_matches('/')), limits: FetchLimits::default() }
    }
}

#[async_trait]
impl RateSource for Ecb {
    fn name(&self) -> &'static str {
        "ECB"
    }

    async fn fetch(&self, file: RateFile) -> Outcome<Published> {
        let name = match file {
            RateFile::Latest => "eurofxref-daily.xml",
            RateFile::History => "eurofxref-hist.zip",
        };
        let address = format!("{}{name}", self.base);
        let bytes = http::get(&address, &self.limits).await?;
        let work = move || read(&bytes).map_err(|problem| problem.failure(&address));
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|error| kernel::failure::Failure::internal(format!("reading rates ended abnormally: {error}")))?
    }
}

/// Why a file of rates cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct Unreadable {
    /// The line, from 1.
    pub line: u64,
    /// What is wrong there.
    pub message: String,
}

impl Unreadable {
    fn new(line: u64, message: impl Into<String>) -> Self {
        Self { line, message: message.into() }
    }

    fn failure(&self, address: &str) -> kernel::failure::Failure {
        let message = format!("The rates of {address} cannot be read: {self}.");
        kernel::failure::Failure::refused("RATES_UNREADABLE", message)
    }
}

/// Reads a file in any of the published layouts, by its content.
///
/// # Errors
/// [`Unreadable`] with the line.
pub fn read(bytes: &[u8]) -> Result<Published, Unreadable> {
    let text = bytes.trim_ascii_start();
    if bytes.starts_with(b"PK\x03\x04") {
        table::read(&table::unpacked(bytes)?)
    } else if text.starts_with(b"<") || text.starts_with(b"\xef\xbb\xbf<") {
        xml::read(bytes)
    } else {
        table::read(bytes)
    }
}
