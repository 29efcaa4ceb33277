//! Finding exceptions: pure, but for the history that royalties are compared with.

use std::collections::BTreeMap;

use engine::CompiledRules;
use engine::close::Closing;
use engine::fixed::Atto;
use engine::outcome::Suspended;
use kernel::codes::SuspenseReason;
use kernel::currency::Currency;
use kernel::decimal::plain;
use kernel::failure::{Failure, Outcome};
use kernel::ids::{ContractId, PartyId};
use platform::db::{OrFail, TenantTx, sql};
use rust_decimal::Decimal;
use sea_orm::FromQueryResult;
use uuid::Uuid;

use super::model::{ExceptionCode, Finding};

/// How many earlier runs a royalty is compared with.
const HISTORY: i64 = 24;
/// Fewer say nothing.
const LEAST_HISTORY: usize = 6;
/// How many median distances from the median are usual.
const USUAL: Decimal = Decimal::from_parts(8, 0, 0, false, 0);

/// Lines that wait, by reason, contract and currency. Those of chunks add up.
#[derive(Debug, Clone, Default)]
pub(in crate::calculation) struct Waiting(BTreeMap<(SuspenseReason, Option<ContractId>, Currency), (i64, Atto)>);

impl Waiting {
    /// Adds the lines of a chunk.
    pub(in crate::calculation) fn add(&mut self, rules: &CompiledRules, waiting: &[Suspended]) {
        for one in waiting {
            let contract = one.contract.and_then(|contract| rules.contract(contract)).map(|(id, _)| id);
            let (lines, amount) = self.0.entry((one.reason, contract, one.currency)).or_default();
            *lines += 1;
            // An amount that exact arithmetic cannot hold adds only its line: its reason says so.
            *amount = amount.plus(Atto::from_decimal(one.amount).unwrap_or_default());
        }
    }
}

/// Everything in a run that somebody should look at.
pub(in crate::calculation) async fn found(
    tx: &TenantTx,
    waiting: &Waiting,
    closing: &Closing,
) -> Outcome<Vec<Finding>> {
    let mut found = suspended(waiting)?;
    let history = history(tx).await?;
    for contract in &closing.contracts {
        for account in &contract.accounts {
            let finding = |code, amount, message| Finding {
                code,
                contract: Some(contract.contract_id),
                party: Some(account.party_id),
                currency: Some(contract.currency),
                row_count: None,
                amount: Some(amount),
                message,
            };
            if account.payable < Decimal::ZERO {
                let message = format!(
                    "The payee's account is at {} {}: returns exceed royalties. It is made good from later royalties.",
                    plain(account.payable),
                    contract.currency
                );
                found.push(finding(ExceptionCode::NegativePayee, account.payable, message));
            }
            let before = history.get(&(contract.contract_id, account.party_id)).map_or(&[][..], Vec::as_slice);
            if let Some(median) = unusual(account.posted, before, contract.currency) {
                let message = format!(
                    "The royalty is {} {currency}; the median of the {} runs before is {} {currency}. Look at reports, terms and \
                     splits, and say in a note why it is right.",
                    plain(account.posted),
                    before.len(),
                    plain(median),
                    currency = contract.currency,
                );
                found.push(finding(ExceptionCode::Outlier, account.posted, message));
            }
        }
    }
    Ok(found)
}

fn suspended(waiting: &Waiting) -> Outcome<Vec<Finding>> {
    waiting
        .0
        .iter()
        .map(|((reason, contract, currency), (lines, amount))| {
            let amount = amount.to_decimal().ok_or_else(|| Failure::internal("a sum of more than 28 digits"))?;
            let message =
                format!("{lines} lines of {} {currency} wait: {}", plain(amount.normalize()), advice(*reason));
            Ok(Finding {
                code: ExceptionCode::Suspense(*reason),
                contract: *contract,
                party: None,
                currency: Some(*currency),
                row_count: Some(*lines),
                amount: Some(amount),
                message,
            })
        })
        .collect()
}

/// What it takes to give the money to somebody.
const fn advice(reason: SuspenseReason) -> &'static str {
    match reason {
        SuspenseReason::NoItem => "no catalogue item has their identifiers. Add it, or assign the group to one.",
        SuspenseReason::NoContract => "no contract takes part in their items. Add a participation.",
        SuspenseReason::InactiveContract => "the contract of their items is not active. Activate it.",
        SuspenseReason::NoTerm => "no term of the contract matches them. Add one.",
        SuspenseReason::MissingInput => "the term needs a value that they do not have. Change the term or the report.",
        SuspenseReason::MissingRate => "there is no exchange rate. Add it, and calculate again.",
        SuspenseReason::OverClaimed => "shares of ownership total more than 1. Correct the contracts.",
        SuspenseReason::OutOfRange => "their amounts do not fit exact arithmetic. Correct the report.",
        SuspenseReason::Disputed => "the item or contract is in dispute. End the dispute.",
        SuspenseReason::DamagedIdentifier => "their identifiers are damaged. Get an undamaged report.",
        #[allow(unreachable_patterns, reason = "reasons are added")]
        _ => "they cannot be given to anybody yet.",
    }
}

/// The median, when an amount is unusually far from it. The width of the history is the median distance from its median,
/// so that one earlier outlier does not hide the next; less than half of the median, or ten units of the currency, is
/// never unusual.
fn unusual(amount: Decimal, history: &[Decimal], _currency: Currency) -> Option<Decimal> {
    if history.len() < LEAST_HISTORY {
        return None;
    }
    let median = middle(history.to_vec())?;
    let distances = history.iter().map(|one| Some(one.checked_sub(median)?.abs())).collect::<Option<Vec<_>>>()?;
    let width = middle(distances)?.checked_mul(USUAL)?;
    let half = median.abs().checked_mul(Decimal::new(5, 1))?;
    let allowed = width.max(half).max(Decimal::TEN);
    (amount.checked_sub(median)?.abs() > allowed).then_some(median)
}

fn middle(mut amounts: Vec<Decimal>) -> Option<Decimal> {
    amounts.sort_unstable();
    let half = amounts.len() / 2;
    if amounts.len() % 2 == 1 {
        return amounts.get(half).copied();
    }
    let below = half.checked_sub(1)?;
    amounts.get(below)?.checked_add(*amounts.get(half)?)?.checked_mul(Decimal::new(5, 1))
}

#[derive(FromQueryResult)]
struct Row {
    contract_id: Uuid,
    party_id: Uuid,
    posted: Decimal,
}

/// What payees got under contracts in the last finalised runs.
async fn history(tx: &TenantTx) -> Outcome<BTreeMap<(ContractId, PartyId), Vec<Decimal>>> {
    let rows = Row::find_by_statement(sql(
        "SELECT a.contract_id, a.party_id, a.posted
           FROM run_account a
          WHERE a.tenant_id = $1
            AND a.run_id IN (SELECT id FROM calculation_run
                              WHERE tenant_id = $1 AND state = 'FINALISED' AND mode <> 'INCREMENTAL'
                              ORDER BY finalised_at DESC LIMIT $2)",
        [tx.tenant_id().uuid().into(), HISTORY.into()],
    ))
    .all(tx)
    .await
    .or_fail()?;
    let mut history: BTreeMap<_, Vec<Decimal>> = BTreeMap::new();
    for row in rows {
        history.entry((row.contract_id.into(), row.party_id.into())).or_default().push(row.posted);
    }
    Ok(history)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn ten_times_the_usual_is_unusual() {
        let eur = Currency::parse("EUR").unwrap();
        let of = |amount: i64, history: &[i64]| {
            let history: Vec<Decimal> = history.iter().copied().map(Decimal::from).collect();
            unusual(Decimal::from(amount), &history, eur)
        };
        // Median 100; distances 0, 10, 10, 5, 5, 0: their median is 5, the width 40. Half of the median is more: 50.
        let steady = [100, 110, 90, 105, 95, 100];
        assert_eq!(of(1_000, &steady), Some(Decimal::from(100)));
        assert_eq!(of(150, &steady), None);
        assert_eq!(of(151, &steady), Some(Decimal::from(100)));
        assert_eq!(of(0, &steady), Some(Decimal::from(100)), "royalties that fail to come are unusual too");
        let with_one_before = [100, 110, 90, 105, 95, 100_000];
        assert!(of(1_000, &with_one_before).is_some(), "one earlier outlier hides nothing");
        assert_eq!(of(1_000, &steady[..5]), None, "too little history says nothing");
        assert_eq!(of(9, &[1; 6]), None, "too little money says nothing");
    }
}
