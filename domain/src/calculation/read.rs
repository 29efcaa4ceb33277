//! Reading runs and what they add up to.

use chrono::{DateTime, NaiveDate, Utc};
use entity::calculation_run::{Column, Entity, Model};
use kernel::codes::SuspenseReason;
use kernel::context::OpContext;
use kernel::currency::Currency;
use kernel::failure::{Failure, Outcome};
use kernel::ids::{ContractId, PartyId, RunId};
use kernel::page::{Page, PageRequest};
use kernel::period::Month;
use kernel::permission::Permission;
use platform::db::{OrFail, TenantTx, sql};
use rust_decimal::Decimal;
use sea_orm::{ColumnTrait, Condition, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, Value};
use uuid::Uuid;

use super::model::{Run, RunState, WaitingReason, unknown};
use crate::Core;

/// Which runs.
#[derive(Debug, Clone, Default)]
pub struct RunFilter {
    /// Only in this state.
    pub state: Option<RunState>,
    /// Only of this accounting month.
    pub month: Option<Month>,
}

pub(super) async fn find(tx: &TenantTx, id: RunId) -> Outcome<Option<Run>> {
    Entity::find_by_id((tx.tenant_id().uuid(), id.uuid())).one(tx).await.or_fail()?.map(Run::try_from).transpose()
}

/// The run that an idempotent request made before.
pub(super) async fn replayed(tx: &TenantTx, result: &serde_json::Value) -> Outcome<Run> {
    let id = result
        .get("runId")
        .and_then(serde_json::Value::as_str)
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| Failure::internal("an idempotency key without its run"))?;
    find(tx, id).await?.ok_or_else(unknown)
}

/// Looks a run up; `None` also when it belongs to somebody else.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn run(ctx: &OpContext, core: &Core, id: RunId) -> Outcome<Option<Run>> {
    ctx.require(Permission::RunRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    find(&tx, id).await
}

/// Looks several runs up, for batch loading.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn runs_of(ctx: &OpContext, core: &Core, ids: &[RunId]) -> Outcome<Vec<Run>> {
    ctx.require(Permission::RunRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let rows = Entity::find()
        .filter(Column::TenantId.eq(ctx.tenant_id.uuid()))
        .filter(Column::Id.is_in(ids.iter().map(|id| id.uuid())))
        .all(&tx)
        .await
        .or_fail()?;
    rows.into_iter().map(Run::try_from).collect()
}

/// Lists runs, newest first.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn runs(ctx: &OpContext, core: &Core, filter: RunFilter, page: PageRequest) -> Outcome<Page<Run>> {
    ctx.require(Permission::RunRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let mut condition = Condition::all().add(Column::TenantId.eq(ctx.tenant_id.uuid()));
    if let Some(state) = filter.state {
        condition = condition.add(Column::State.eq(state.as_str()));
    }
    if let Some(month) = filter.month {
        condition = condition.add(Column::AccountingMonth.eq(month.first_day()));
    }
    if let Some(after) = &page.after {
        condition = condition.add(Column::Id.lt(after.id));
    }
    if let Some(before) = &page.before {
        condition = condition.add(Column::Id.gt(before.id));
    }
    let query = Entity::find().filter(condition).limit(page.size.saturating_add(1));
    let query = if page.from_end { query.order_by_asc(Column::Id) } else { query.order_by_desc(Column::Id) };
    let rows: Vec<Model> = query.all(&tx).await.or_fail()?;
    let rows = rows.into_iter().map(Run::try_from).collect::<Outcome<Vec<_>>>()?;
    Ok(Page::from_fetched(rows, &page))
}

/// The conservation of a run in one currency: `lines = payees + margin + suspense`. Amounts are exact texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunTotal {
    /// The run.
    pub run_id: RunId,
    /// The currency of the lines, or of amounts per unit.
    pub currency: Currency,
    /// What the lines amount to.
    pub lines: String,
    /// What payees get.
    pub payees: String,
    /// What stays with the tenant.
    pub margin: String,
    /// Taxes and fees that providers kept of whole reports.
    pub charges: String,
    /// What waits.
    pub suspense: String,
    /// How many lines.
    pub line_count: i64,
}

#[derive(FromQueryResult)]
struct TotalRow {
    run_id: Uuid,
    currency: String,
    lines: String,
    payees: String,
    margin: String,
    charges: String,
    suspense: String,
    line_count: i64,
}

fn currency(code: &str) -> Outcome<Currency> {
    Currency::parse(code).map_err(|error| Failure::internal(error.to_string()))
}

fn uuids(ids: &[RunId]) -> Value {
    ids.iter().map(|id| id.uuid()).collect::<Vec<_>>().into()
}

/// The totals of several runs, by run and currency.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn run_totals(ctx: &OpContext, core: &Core, ids: &[RunId]) -> Outcome<Vec<RunTotal>> {
    ctx.require(Permission::RunRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let rows = TotalRow::find_by_statement(sql(
        "SELECT run_id, currency, trim_scale(lines)::text AS lines, trim_scale(payees)::text AS payees,
                trim_scale(margin)::text AS margin, trim_scale(charges)::text AS charges,
                trim_scale(suspense)::text AS suspense, line_count
           FROM run_total WHERE tenant_id = $1 AND run_id = ANY($2) ORDER BY run_id, currency",
        [ctx.tenant_id.uuid().into(), uuids(ids)],
    ))
    .all(&tx)
    .await
    .or_fail()?;
    rows.into_iter()
        .map(|row| {
            Ok(RunTotal {
                run_id: row.run_id.into(),
                currency: currency(&row.currency)?,
                lines: row.lines,
                payees: row.payees,
                margin: row.margin,
                charges: row.charges,
                suspense: row.suspense,
                line_count: row.line_count,
            })
        })
        .collect()
}

#[derive(FromQueryResult)]
struct WaitingRow {
    run_id: Uuid,
    reason: i16,
    currency: String,
    row_count: i64,
    amount: String,
}

/// What several runs could not give to anybody, by reason and currency.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn run_exceptions(ctx: &OpContext, core: &Core, ids: &[RunId]) -> Outcome<Vec<WaitingReason>> {
    ctx.require(Permission::RunRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let rows = WaitingRow::find_by_statement(sql(
        "SELECT s.run_id, s.reason, s.currency, count(*) AS row_count, trim_scale(sum(s.amount))::text AS amount
           FROM calculation_suspense s
           JOIN calculation_run r
             ON r.tenant_id = $1 AND r.id = s.run_id AND r.accounting_month = s.accounting_month
          WHERE s.tenant_id = $1 AND r.id = ANY($2) AND r.state NOT IN ('QUEUED', 'CALCULATING')
          GROUP BY s.run_id, s.reason, s.currency ORDER BY s.run_id, s.reason, s.currency",
        [ctx.tenant_id.uuid().into(), uuids(ids)],
    ))
    .all(&tx)
    .await
    .or_fail()?;
    rows.into_iter()
        .map(|row| {
            Ok(WaitingReason {
                run_id: row.run_id.into(),
                reason: SuspenseReason::from_number(row.reason)
                    .ok_or_else(|| Failure::internal(format!("suspense reason {}", row.reason)))?,
                row_count: row.row_count,
                amount: row.amount,
                currency: currency(&row.currency)?,
            })
        })
        .collect()
}

/// The account of one payee under one contract in a run. `earned + opening_carry = posted + closing_carry` and
/// `payable = posted − recouped`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunAccount {
    /// The contract.
    pub contract_id: ContractId,
    /// The payee.
    pub party_id: PartyId,
    /// The contract's currency.
    pub currency: Currency,
    /// The exact royalty, at most 12 places.
    pub earned: Decimal,
    /// Remainder of earlier roundings.
    pub opening_carry: Decimal,
    /// Rounded to the minor unit, once.
    pub posted: Decimal,
    /// Remainder carried on.
    pub closing_carry: Decimal,
    /// Recouped from advances.
    pub recouped: Decimal,
    /// What becomes payable.
    pub payable: Decimal,
}

#[derive(FromQueryResult)]
struct AccountRow {
    contract_id: Uuid,
    party_id: Uuid,
    currency: String,
    earned: Decimal,
    opening_carry: Decimal,
    posted: Decimal,
    closing_carry: Decimal,
    recouped: Decimal,
    payable: Decimal,
}

/// Lists the accounts of a run, by contract and payee. The cursor's value is the contract, its id the payee.
///
/// # Errors
/// `BAD_USER_INPUT` for a cursor of another list; `FORBIDDEN`; database failures.
pub async fn run_accounts(ctx: &OpContext, core: &Core, id: RunId, page: PageRequest) -> Outcome<Page<RunAccount>> {
    ctx.require(Permission::RunRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let mut values: Vec<Value> = vec![ctx.tenant_id.uuid().into(), id.uuid().into()];
    for cursor in [&page.after, &page.before] {
        let contract = cursor.as_ref().map(|cursor| Uuid::try_parse(&cursor.value)).transpose();
        let contract =
            contract.map_err(|_| Failure::refused("BAD_USER_INPUT", "This is not a cursor of this list."))?;
        values.push(contract.into());
        values.push(cursor.as_ref().map(|cursor| cursor.id).into());
    }
    values.push(i64::try_from(page.size).map_err(|_| Failure::internal("page size"))?.saturating_add(1).into());
    let scope = ctx.party_scope.as_ref().map(|scope| scope.iter().map(|party| party.uuid()).collect::<Vec<_>>());
    values.push(scope.into());
    let order = if page.from_end { "DESC" } else { "ASC" };
    let rows = AccountRow::find_by_statement(sql(
        format!(
            "SELECT contract_id, party_id, currency, earned, opening_carry, posted, closing_carry, recouped, payable
               FROM run_account
              WHERE tenant_id = $1 AND run_id = $2
                AND ($3::uuid IS NULL OR (contract_id, party_id) > ($3, $4))
                AND ($5::uuid IS NULL OR (contract_id, party_id) < ($5, $6))
                AND ($8::uuid[] IS NULL OR party_id = ANY($8))
              ORDER BY contract_id {order}, party_id {order} LIMIT $7"
        ),
        values,
    ))
    .all(&tx)
    .await
    .or_fail()?;
    let rows = rows.into_iter().map(AccountRow::account).collect::<Outcome<Vec<_>>>()?;
    Ok(Page::from_fetched(rows, &page))
}

impl AccountRow {
    fn account(self) -> Outcome<RunAccount> {
        Ok(RunAccount {
            contract_id: self.contract_id.into(),
            party_id: self.party_id.into(),
            currency: currency(&self.currency)?,
            earned: self.earned,
            opening_carry: self.opening_carry,
            posted: self.posted,
            closing_carry: self.closing_carry,
            recouped: self.recouped,
            payable: self.payable,
        })
    }
}

/// Whether a month still takes postings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MonthState {
    /// It does.
    Open,
    /// A finalised run has closed it.
    Closed,
}

/// An accounting month that has reports or runs.
#[derive(Debug, Clone)]
pub struct AccountingMonth {
    /// The month.
    pub month: Month,
    /// Whether it still takes postings.
    pub state: MonthState,
    /// The run that closed it.
    pub closed_by: Option<RunId>,
    /// When.
    pub closed_at: Option<DateTime<Utc>>,
    /// Reports of the month.
    pub report_count: i64,
}

#[derive(FromQueryResult)]
struct MonthRow {
    month: NaiveDate,
    closed_by_run_id: Option<Uuid>,
    closed_at: Option<DateTime<Utc>>,
    report_count: i64,
}

/// Every accounting month with a report or a run, newest first.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn accounting_months(ctx: &OpContext, core: &Core) -> Outcome<Vec<AccountingMonth>> {
    ctx.require(Permission::RunRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let rows = MonthRow::find_by_statement(sql(
        "SELECT m.month, a.closed_by_run_id, a.closed_at, sum(m.reports)::bigint AS report_count
           FROM (SELECT accounting_month AS month, count(*) AS reports FROM revenue_report
                  WHERE tenant_id = $1 AND state <> 'FAILED' GROUP BY accounting_month
                 UNION ALL SELECT accounting_month, 0 FROM calculation_run WHERE tenant_id = $1
                 UNION ALL SELECT month, 0 FROM accounting_month WHERE tenant_id = $1) AS m
           LEFT JOIN accounting_month a ON a.tenant_id = $1 AND a.month = m.month AND a.state = 'CLOSED'
          GROUP BY m.month, a.closed_by_run_id, a.closed_at ORDER BY m.month DESC",
        [ctx.tenant_id.uuid().into()],
    ))
    .all(&tx)
    .await
    .or_fail()?;
    Ok(rows.into_iter().map(AccountingMonth::from).collect())
}

impl From<MonthRow> for AccountingMonth {
    fn from(row: MonthRow) -> Self {
        Self {
            month: Month::of(row.month),
            state: if row.closed_at.is_some() { MonthState::Closed } else { MonthState::Open },
            closed_by: row.closed_by_run_id.map(RunId::from),
            closed_at: row.closed_at,
            report_count: row.report_count,
        }
    }
}
