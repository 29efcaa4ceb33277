//! Posting an approved run to the ledger and closing its month: one transaction.

use entity::calculation_run::Column;
use entity::{accounting_month, run_account, run_closing};
use kernel::context::OpContext;
use kernel::currency::Currency;
use kernel::failure::{Failure, Outcome};
use kernel::ids::{ContractId, PartyId, RunId};
use kernel::permission::Permission;
use platform::db::{OrFail, TenantTx, sql};
use platform::idempotency::{self, Claim};
use platform::jobs::{self, JobOptions};
use rust_decimal::Decimal;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::approval::change;
use super::create::refuse_closed;
use super::input::{self, Selection};
use super::jobs::FinaliseRun;
use super::model::{Run, RunState, unknown};
use super::overrides;
use super::read::{find, replayed};
use crate::ledger::{self, AccountKey, AccountKind, Posting, Transfer};
use crate::{Core, operations};

/// What finalising is asked for with.
#[derive(Debug, Clone, Serialize)]
pub struct RunFinalise {
    /// The run.
    pub id: RunId,
    /// Its version when it was read.
    pub expected_version: i32,
    /// The client's key: asking again with it changes nothing.
    #[serde(skip)]
    pub idempotency_key: String,
}

const MUTATION: &str = "calculationRunFinalise";

/// Asks for an approved run to be posted and its month to be closed. A worker does it.
///
/// # Errors
/// `RUN_NOT_APPROVED`, `MONTH_CLOSED`, `STALE_VERSION`, `NOT_FOUND`; `IDEMPOTENCY_KEY_REUSED`,
/// `IDEMPOTENCY_KEY_INVALID`; `FORBIDDEN`; database failures.
pub async fn run_finalise(ctx: &OpContext, core: &Core, input: RunFinalise) -> Outcome<Run> {
    ctx.require(Permission::RunApprove)?;
    let tx = core.db.tenant(ctx).await?;
    let hash = idempotency::input_hash(&input)?;
    if let Claim::Replay(result) = idempotency::begin(&tx, &input.idempotency_key, MUTATION, &hash).await? {
        return replayed(&tx, &result).await;
    }
    let run = find(&tx, input.id).await?.ok_or_else(unknown)?;
    run.check_finalising(input.expected_version)?;
    refuse_closed(&tx, run.month).await.map_err(|failure| failure.at(["input", "id"]))?;
    let operation_id = operations::create(&tx, "run.finalise", Some(run.id.to_string())).await?;
    let columns = vec![(Column::OperationId, Expr::value(operation_id.uuid()))];
    let asked = change(&tx, ctx, &run, "run.finalise", columns).await?;
    let job = FinaliseRun { run_id: run.id, operation_id };
    jobs::enqueue(&tx, &job, JobOptions { queue: Some("calculation".to_owned()), ..JobOptions::default() }).await?;
    idempotency::finish(&tx, &input.idempotency_key, &json!({ "runId": run.id.to_string() })).await?;
    tx.commit().await?;
    Ok(asked)
}

/// Posts the run. Doing it again changes nothing.
///
/// # Errors
/// `RUN_OUTDATED` when what the run was computed from has been reported by another run since; `RUN_NOT_APPROVED`,
/// `MONTH_CLOSED`, `NOT_FOUND`; `INTERNAL` when the run and the reports do not add up; database failures.
pub(super) async fn post(core: &Core, ctx: &OpContext, payload: &FinaliseRun) -> Outcome<()> {
    operations::start(core, ctx, payload.operation_id).await?;
    let now = (core.clock)();
    let tx = core.db.tenant(ctx).await?;
    one_at_a_time(&tx).await?;
    let run = find(&tx, payload.run_id).await?.ok_or_else(unknown)?;
    if run.state == RunState::Finalised {
        operations::finish(&tx, payload.operation_id, now).await?;
        return tx.commit().await;
    }
    run.check_finalising(run.version)?;
    refuse_closed(&tx, run.month).await?;
    let inputs = input::recorded(&tx, run.id)
        .await?
        .ok_or_else(|| Failure::internal(format!("run {} has no recorded inputs", run.id)))?;
    take(&tx, &run, &inputs.reports).await?;
    let totals = totals(&tx, &run, &inputs.reports).await?;
    let mut transfers = currency_transfers(&totals)?;
    transfers.extend(account_transfers(&tx, &run).await?);
    ledger::post(&tx, Posting { source_kind: "RUN", source_id: run.id.uuid(), month: run.month, transfers }).await?;
    if run.mode.closes() {
        close_month(&tx, &run, now).await?;
    }
    let columns =
        vec![(Column::State, Expr::value(RunState::Finalised.as_str())), (Column::FinalisedAt, Expr::value(now))];
    change(&tx, ctx, &run, "run.finalised", columns).await?;
    operations::finish(&tx, payload.operation_id, now).await?;
    tx.commit().await
}

/// Two runs of a tenant are finalised one after the other: the second sees what the first has done.
async fn one_at_a_time(tx: &TenantTx) -> Outcome<()> {
    tx.execute_raw(sql("SELECT 1 FROM tenant WHERE tenant_id = $1 FOR NO KEY UPDATE", [tx.tenant_id().uuid().into()]))
        .await
        .or_fail()?;
    Ok(())
}

fn outdated() -> Failure {
    Failure::conflict(
        "RUN_OUTDATED",
        "Another run has reported the same lines since this one was calculated. Discard it and calculate again.",
    )
}

/// Marks what the run reports, if it is still to be reported.
async fn take(tx: &TenantTx, run: &Run, selection: &Selection) -> Outcome<()> {
    let tenant = tx.tenant_id().uuid();
    let previous = tx
        .query_one_raw(sql(
            "SELECT id FROM calculation_run
              WHERE tenant_id = $1 AND state = 'FINALISED' ORDER BY finalised_at DESC, id DESC LIMIT 1",
            [tenant.into()],
        ))
        .await
        .or_fail()?
        .map(|row| row.try_get::<Uuid>("", "id"))
        .transpose()
        .or_fail()?;
    if previous != selection.previous.map(|previous| previous.run_id.uuid()) {
        return Err(outdated());
    }
    let reports: Vec<Uuid> =
        selection.reports.iter().filter(|report| report.matched).map(|report| report.id.uuid()).collect();
    let groups: Vec<Uuid> =
        selection.reports.iter().flat_map(|report| &report.resolved).map(|group| group.id.uuid()).collect();
    for (table, ids) in [("revenue_report", reports), ("suspense_group", groups)] {
        let expected = ids.len() as u64;
        let marked = tx
            .execute_raw(sql(
                format!(
                    "UPDATE {table} SET calculated_run_id = $2
                      WHERE tenant_id = $1 AND id = ANY($3) AND calculated_run_id IS NULL"
                ),
                [tenant.into(), run.id.uuid().into(), ids.into()],
            ))
            .await
            .or_fail()?
            .rows_affected();
        if marked != expected {
            return Err(outdated());
        }
    }
    if overrides::take(tx, run.id, &selection.overrides).await? != selection.overrides.len() as u64 {
        return Err(outdated());
    }
    Ok(())
}

/// What the run adds up to in one currency, and what it took out of suspense. Exact texts.
#[derive(FromQueryResult)]
struct Total {
    currency: String,
    payees: String,
    margin: String,
    charges: String,
    suspense: String,
    taken_up: String,
    missing: String,
}

/// The run's totals, checked against the reports: `lines = posted lines of the reports + what was taken up`.
async fn totals(tx: &TenantTx, run: &Run, selection: &Selection) -> Outcome<Vec<Total>> {
    let previous = selection.previous;
    let rows = Total::find_by_statement(sql(
        "WITH reported AS (
             SELECT t.currency, sum(t.posted) AS amount
               FROM report_total t JOIN revenue_report r ON r.tenant_id = $1 AND r.id = t.report_id
              WHERE t.tenant_id = $1 AND r.calculated_run_id = $2 GROUP BY t.currency),
         taken AS (
             SELECT currency, sum(amount) AS amount
               FROM (SELECT currency, amount FROM suspense_group
                      WHERE tenant_id = $1 AND calculated_run_id = $2
                     UNION ALL
                     SELECT currency, amount FROM calculation_suspense
                      WHERE tenant_id = $1 AND accounting_month = $3 AND run_id = $4) AS waiting
              GROUP BY currency),
         run AS (SELECT * FROM run_total WHERE tenant_id = $1 AND run_id = $2),
         known AS (SELECT currency FROM reported UNION SELECT currency FROM taken UNION SELECT currency FROM run)
         SELECT known.currency, coalesce(run.payees, 0)::text AS payees, coalesce(run.margin, 0)::text AS margin,
                coalesce(run.charges, 0)::text AS charges,
                coalesce(run.suspense, 0)::text AS suspense, coalesce(taken.amount, 0)::text AS taken_up,
                (coalesce(run.lines, 0) - coalesce(reported.amount, 0) - coalesce(taken.amount, 0))::text AS missing
           FROM known
           LEFT JOIN reported ON reported.currency = known.currency
           LEFT JOIN taken ON taken.currency = known.currency
           LEFT JOIN run ON run.currency = known.currency
          ORDER BY known.currency",
        [
            tx.tenant_id().uuid().into(),
            run.id.uuid().into(),
            previous.map(|previous| previous.month.first_day()).into(),
            previous.map(|previous| previous.run_id.uuid()).into(),
        ],
    ))
    .all(tx)
    .await
    .or_fail()?;
    for row in &rows {
        if row.missing.bytes().any(|byte| byte.is_ascii_digit() && byte != b'0') {
            return Err(Failure::internal(format!(
                "run {}: its lines and its reports differ by {} {}",
                run.id, row.missing, row.currency
            )));
        }
    }
    Ok(rows)
}

fn currency(code: &str) -> Outcome<Currency> {
    Currency::parse(code).map_err(|error| Failure::internal(error.to_string()))
}

/// Per line currency: what was waiting comes back, and goes to payees, to the margin, or waits on.
fn currency_transfers(totals: &[Total]) -> Outcome<Vec<Transfer>> {
    let mut transfers = Vec::new();
    for total in totals {
        let currency = currency(&total.currency)?;
        let account = |kind| AccountKey::of(kind, currency);
        let clearing = account(AccountKind::RevenueClearing);
        let suspense = account(AccountKind::Suspense);
        for (purpose, debit, credit, amount) in [
            ("taken-up", suspense, clearing, &total.taken_up),
            ("payees", clearing, account(AccountKind::FxClearing), &total.payees),
            ("margin", clearing, account(AccountKind::Margin), &total.margin),
            ("charges", clearing, account(AccountKind::Charge), &total.charges),
            ("suspense", clearing, suspense, &total.suspense),
        ] {
            transfers.extend(Transfer::exact(format!("{purpose}:{currency}"), debit, credit, amount)?);
        }
    }
    Ok(transfers)
}

/// Per payee and contract, in the contract's currency: the posted royalty, the change of the carried remainder, and
/// what was recouped.
async fn account_transfers(tx: &TenantTx, run: &Run) -> Outcome<Vec<Transfer>> {
    let rows = run_account::Entity::find()
        .filter(run_account::Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(run_account::Column::RunId.eq(run.id.uuid()))
        .order_by_asc(run_account::Column::ContractId)
        .order_by_asc(run_account::Column::PartyId)
        .all(tx)
        .await
        .or_fail()?;
    let mut transfers = Vec::with_capacity(rows.len() * 2);
    for row in rows {
        transfers.extend(of_account(&row)?);
    }
    let closing = run_closing::Entity::find_by_id((tx.tenant_id().uuid(), run.id.uuid())).one(tx).await.or_fail()?;
    if let Some(row) = closing {
        transfers.extend(of_contracts(&input::opened_json(&row.closing)?)?);
    }
    Ok(transfers)
}

/// What accounts gave towards other balances than advances of their own contract: crossed contracts get theirs, and costs
/// were the tenant's own money.
fn of_contracts(closing: &engine::close::Closing) -> Outcome<Vec<Transfer>> {
    let mut transfers = Vec::new();
    for one in &closing.contracts {
        let advance = |contract| AccountKey::of(AccountKind::Advance, one.currency).under(contract);
        let margin = AccountKey::of(AccountKind::Margin, one.currency);
        for (place, crossing) in one.crossings.iter().enumerate() {
            let purpose = format!("crossing:{}:{place}", one.contract_id);
            let (from, to) = (advance(one.contract_id), advance(crossing.to_contract_id));
            transfers.extend(Transfer::signed(purpose, from, to, crossing.amount));
        }
        let costs = kernel::decimal::sum(one.costs.iter().map(|cost| cost.recouped))
            .map_err(|error| Failure::internal(error.to_string()))?;
        // A profit share deducts its costs before there is anything to recoup from.
        if one.profit.is_none() {
            let purpose = format!("costs:{}", one.contract_id);
            transfers.extend(Transfer::signed(purpose, advance(one.contract_id), margin, costs));
        }
    }
    Ok(transfers)
}
fn of_account(row: &run_account::Model) -> Outcome<Vec<Transfer>> {
    let currency = currency(&row.currency)?;
    let (contract, party) = (ContractId(row.contract_id), PartyId(row.party_id));
    let fx = AccountKey::of(AccountKind::FxClearing, currency);
    let payable = AccountKey::of(AccountKind::RoyaltyPayable, currency).under(contract).for_party(party);
    let rounding = AccountKey::of(AccountKind::Rounding, currency).under(contract).for_party(party);
    let advance = AccountKey::of(AccountKind::Advance, currency).under(contract);
    let carried = kernel::decimal::sub(row.closing_carry, row.opening_carry)
        .map_err(|error| Failure::internal(error.to_string()))?;
    let purpose = |what: &str| format!("{what}:{contract}:{party}");
    let own = |kind| AccountKey::of(kind, currency).under(contract).for_party(party);
    let (margin, reserve, held) =
        (AccountKey::of(AccountKind::Margin, currency), own(AccountKind::Reserve), own(AccountKind::Held));
    let sum =
        |amounts: [Decimal; 3]| kernel::decimal::sum(amounts).map_err(|error| Failure::internal(error.to_string()));
    // What is due beside what the lines earned comes from the tenant: a share of profits, corrections, fixed amounts.
    let beside = sum([row.transferred, row.adjusted, -row.deducted])?;
    let let_out = sum([row.reserve_consumed, row.reserve_released, Decimal::ZERO])?;
    Ok([
        Transfer::signed(purpose("beside"), margin, fx, beside),
        Transfer::signed(purpose("earned"), fx, payable, row.posted),
        Transfer::signed(purpose("carried"), fx, rounding, carried),
        Transfer::signed(purpose("reserved"), payable, reserve, row.reserve_taken),
        Transfer::signed(purpose("released"), reserve, payable, let_out),
        Transfer::signed(purpose("recouped"), payable, advance, row.recouped),
        Transfer::signed(purpose("crossed"), payable, advance, row.crossed),
        Transfer::signed(purpose("guaranteed"), margin, payable, row.guaranteed),
        Transfer::signed(purpose("directed-out"), payable, fx, row.directed_out),
        Transfer::signed(purpose("directed-in"), fx, payable, row.directed_in),
        Transfer::signed(purpose("held"), payable, held, row.held),
        Transfer::signed(purpose("unheld"), held, payable, row.unheld),
    ]
    .into_iter()
    .flatten()
    .collect())
}

async fn close_month(tx: &TenantTx, run: &Run, now: chrono::DateTime<chrono::Utc>) -> Outcome<()> {
    let row = accounting_month::ActiveModel {
        tenant_id: Set(tx.tenant_id().uuid()),
        month: Set(run.month.first_day()),
        state: Set("CLOSED".to_owned()),
        closed_by_run_id: Set(Some(run.id.uuid())),
        closed_at: Set(Some(now)),
    };
    accounting_month::Entity::insert(row)
        .on_conflict(
            OnConflict::columns([accounting_month::Column::TenantId, accounting_month::Column::Month])
                .update_columns([
                    accounting_month::Column::State,
                    accounting_month::Column::ClosedByRunId,
                    accounting_month::Column::ClosedAt,
                ])
                .to_owned(),
        )
        .exec_without_returning(tx)
        .await
        .or_fail()?;
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use rust_decimal::Decimal;
    use std::collections::BTreeMap;

    /// What the transfers do to each kind of account, credits positive.
    fn sums(transfers: &[Transfer]) -> BTreeMap<AccountKind, Decimal> {
        let mut sums = BTreeMap::new();
        for transfer in transfers {
            let amount: Decimal = transfer.amount().parse().unwrap_or_default();
            *sums.entry(transfer.debit.kind).or_default() -= amount;
            *sums.entry(transfer.credit.kind).or_default() += amount;
        }
        sums
    }

    fn total(payees: &str, margin: &str, suspense: &str, taken_up: &str) -> Total {
        Total {
            currency: "EUR".to_owned(),
            payees: payees.to_owned(),
            margin: margin.to_owned(),
            charges: "0".to_owned(),
            suspense: suspense.to_owned(),
            taken_up: taken_up.to_owned(),
            missing: "0".to_owned(),
        }
    }

    #[test]
    fn clearing_gives_away_what_came_from_reports_and_suspense() {
        // Reports posted 100; 10 come back from suspense; 60 + 45 + 5 go out.
        let sums = sums(&currency_transfers(&[total("60", "45.0", "5", "10")]).unwrap());
        assert_eq!(sums[&AccountKind::RevenueClearing], Decimal::from(-100));
        assert_eq!(sums[&AccountKind::FxClearing], Decimal::from(60));
        assert_eq!(sums[&AccountKind::Margin], Decimal::from(45));
        assert_eq!(sums[&AccountKind::Suspense], Decimal::from(-5));
    }

    #[test]
    fn a_cost_in_another_currency_is_a_negative_margin() {
        let sums = sums(&currency_transfers(&[total("7.25", "-7.25", "0", "0")]).unwrap());
        assert_eq!(sums[&AccountKind::RevenueClearing], Decimal::ZERO);
        assert_eq!(sums[&AccountKind::Margin], Decimal::new(-725, 2));
    }

    #[test]
    fn an_account_posts_what_was_earned_to_the_last_digit() {
        let row = run_account::Model {
            tenant_id: Uuid::nil(),
            run_id: Uuid::nil(),
            contract_id: Uuid::nil(),
            party_id: Uuid::nil(),
            currency: "EUR".to_owned(),
            earned: Decimal::new(10_006, 3),
            opening_carry: Decimal::new(3, 3),
            posted: Decimal::new(1001, 2),
            closing_carry: Decimal::new(-1, 3),
            recouped: Decimal::new(400, 2),
            payable: Decimal::new(601, 2),
            transferred: Decimal::ZERO,
            adjusted: Decimal::ZERO,
            deducted: Decimal::ZERO,
            reserve_taken: Decimal::ZERO,
            reserve_consumed: Decimal::ZERO,
            reserve_released: Decimal::ZERO,
            crossed: Decimal::ZERO,
            guaranteed: Decimal::ZERO,
            directed_out: Decimal::ZERO,
            directed_in: Decimal::ZERO,
            held: Decimal::ZERO,
            unheld: Decimal::ZERO,
        };
        let sums = sums(&of_account(&row).unwrap());
        assert_eq!(sums[&AccountKind::FxClearing], -row.earned);
        assert_eq!(sums[&AccountKind::RoyaltyPayable], row.payable);
        assert_eq!(sums[&AccountKind::Rounding], row.closing_carry - row.opening_carry);
        assert_eq!(sums[&AccountKind::Advance], row.recouped);
    }
}
