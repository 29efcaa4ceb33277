//! Everything a calculation needs to know about contracts, as it stands now: rules, exchange rates, open balances.
//!
//! Read through one unchanging view of the data and recorded with the run. Rows come in the order of their ids, so
//! that the same data gives the same document, byte for byte.

mod opening;
mod rates;
mod rules;

pub use rates::between as rates_between;

use engine::model::{OpeningState, Rates, Rules};
use kernel::failure::{Failure, Outcome};
use kernel::period::Month;
use platform::db::TenantTx;

/// The contracts, rates and open balances of a tenant.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// Active and terminated contracts with their current versions, and the groups they name.
    pub rules: Rules,
    /// The exchange rates that the accounting month can use.
    pub rates: Rates,
    /// Unrecouped advances, carried remainders, negative balances.
    pub opening: OpeningState,
}

/// Reads the snapshot for a run over an accounting month.
///
/// # Errors
/// `INTERNAL` when a stored rule cannot be read; database failures.
pub async fn read(tx: &TenantTx, month: Month) -> Outcome<Snapshot> {
    let rules = rules::read(tx).await?;
    let rates = rates::read(tx, month).await?;
    let opening = opening::read(tx, &rules).await?;
    Ok(Snapshot { rules, rates, opening })
}

fn unreadable(what: &str, id: impl std::fmt::Display, error: impl std::fmt::Display) -> Failure {
    Failure::internal(format!("{what} {id}: {error}"))
}
