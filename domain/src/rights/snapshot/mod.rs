//! Everything a calculation needs to know about contracts, as it stands now: rules, exchange rates, open balances.
//!
//! Read through one unchanging view of the data and recorded with the run. Rows come in the order of their ids, so
//! that the same data gives the same document, byte for byte.

mod opening;
mod rates;
mod rules;

pub use rates::between as rates_between;

use chrono::NaiveDate;
use engine::model::{Contract, FxRule, Group, ItemScope, OpeningState, Rates, Rules};
use kernel::failure::{Failure, Outcome};
use kernel::ids::GroupId;
use kernel::period::Month;
use platform::db::TenantTx;
use std::collections::BTreeSet;

use super::model::VersionFacts;

pub(super) use rules::version;

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

/// Reads the snapshot for a run over an accounting month. `days` are those on which reports were received or paid: some
/// contracts convert at the rates of such a day.
///
/// # Errors
/// `INTERNAL` when a stored rule cannot be read; database failures.
pub async fn read(tx: &TenantTx, month: Month, days: &[NaiveDate]) -> Outcome<Snapshot> {
    let rules = rules::read(tx).await?;
    let by_report = |contract: &Contract| matches!(contract.fx, FxRule::ReceiptDate | FxRule::PaymentDate);
    let days = if rules.contracts.iter().any(by_report) { days } else { &[] };
    let rates = rates::read(tx, month, days).await?;
    let opening = opening::read(tx, &rules, month).await?;
    Ok(Snapshot { rules, rates, opening })
}

/// The rules as they are now.
pub(super) async fn rules_now(tx: &TenantTx) -> Outcome<Rules> {
    rules::read(tx).await
}

/// The rules as they are now, without those that contracts share.
pub(super) async fn contracts_now(tx: &TenantTx) -> Outcome<Rules> {
    rules::contracts(tx).await
}

/// The groups that participations of a version name and that are not known yet.
pub(super) async fn groups_named(tx: &TenantTx, facts: &VersionFacts, known: &[Group]) -> Outcome<Vec<Group>> {
    let all =
        facts.participations.iter().map(|one| one.scope).chain(facts.terms.iter().map(|one| one.term.matches.scope));
    let wanted: BTreeSet<GroupId> = all
        .filter_map(|scope| match scope {
            ItemScope::Group(group) => Some(group),
            ItemScope::Item(_) | ItemScope::All => None,
        })
        .filter(|group| !known.iter().any(|one| one.id == *group))
        .collect();
    let found = super::store::groups(tx, Some(&wanted)).await?;
    // A group without members is one as well; that it exists was checked.
    let members =
        |id: GroupId| found.iter().find(|one| one.id == id).map(|one| one.members.clone()).unwrap_or_default();
    Ok(wanted.into_iter().map(|id| Group { id, members: members(id) }).collect())
}

fn unreadable(what: &str, id: impl std::fmt::Display, error: impl std::fmt::Display) -> Failure {
    Failure::internal(format!("{what} {id}: {error}"))
}
