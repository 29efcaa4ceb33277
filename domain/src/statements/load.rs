//! What statements are made of, read in a few queries for all payees of a month.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use entity::{contract, organisation, party, payment, statement, tenant};
use kernel::codes::ItemKind;
use kernel::failure::{Failure, Outcome};
use kernel::ids::{RecordingId, ReleaseId, WorkId};
use kernel::period::Month;
use platform::db::{OrFail, TenantTx, sql};
use rust_decimal::Decimal;
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::brand;
use super::schedule;
use crate::settings::{self, Book};

/// Earlier statements that a statement compares itself with.
const EARLIER: i64 = 5;
/// Most lines of money that may be a payee's; the largest are shown.
const WAITING: i64 = 40;

/// A payee and a currency: what one statement is about.
pub(super) type Key = (Uuid, String);

/// One account of a run that is to be stated.
#[derive(Debug, Clone, FromQueryResult)]
pub(super) struct AccountRow {
    pub(super) run_id: Uuid,
    pub(super) accounting_month: chrono::NaiveDate,
    pub(super) contract_id: Uuid,
    pub(super) party_id: Uuid,
    pub(super) currency: String,
    pub(super) posted: Decimal,
    pub(super) recouped: Decimal,
    pub(super) adjusted: Decimal,
    pub(super) reserve_taken: Decimal,
    pub(super) reserve_released: Decimal,
    pub(super) guaranteed: Decimal,
    pub(super) directed: Decimal,
    pub(super) unheld: Decimal,
}

impl AccountRow {
    /// The royalty without what was entered by hand.
    pub(super) fn royalty(&self) -> Decimal {
        self.posted.saturating_sub(self.adjusted)
    }

    /// What is neither royalty nor cost nor reserve, with its reason.
    pub(super) fn beside(&self) -> impl Iterator<Item = (&'static str, Decimal)> {
        [
            ("Correction", self.adjusted),
            ("Minimum guarantee", self.guaranteed),
            ("Letter of direction", self.directed),
            ("Hold", self.unheld),
        ]
        .into_iter()
        .filter(|(_, amount)| !amount.is_zero())
    }
}

/// One cell of the summaries: payee, contract's currency, dimension, key.
#[derive(Debug, Clone, FromQueryResult)]
pub(super) struct SummaryRow {
    pub(super) party_id: Uuid,
    pub(super) currency: String,
    pub(super) dimension: String,
    pub(super) key: String,
    pub(super) units: i64,
    pub(super) receipts: Decimal,
    pub(super) amount: Decimal,
}

/// What was unrecouped under a contract after the latest of the runs.
#[derive(Debug, Clone, FromQueryResult)]
struct RecoupmentRow {
    contract_id: Uuid,
    closing: Decimal,
}

/// Whether it is the turn of a payee: of any contract that ever earned them something in the currency.
#[derive(Debug, Clone, FromQueryResult)]
struct TurnRow {
    party_id: Uuid,
    currency: String,
    due: bool,
}

/// An earlier published statement.
#[derive(Debug, Clone, FromQueryResult)]
pub(super) struct EarlierRow {
    pub(super) party_id: Uuid,
    pub(super) currency: String,
    pub(super) number: String,
    pub(super) period_from: NaiveDate,
    pub(super) period_to: NaiveDate,
    pub(super) royalties: Decimal,
    pub(super) payments: Decimal,
    pub(super) closing: Decimal,
}

/// Money that waits for a reason, of an item that a payee's contract covers.
#[derive(Debug, Clone, FromQueryResult)]
pub(super) struct WaitingRow {
    pub(super) party_id: Uuid,
    pub(super) contract_currency: String,
    pub(super) item_kind: i16,
    pub(super) item_id: Uuid,
    pub(super) reason: i16,
    pub(super) currency: String,
    pub(super) row_count: i64,
    pub(super) amount: Decimal,
}

impl WaitingRow {
    /// The item as summaries name it; none for a kind that this version does not know.
    pub(super) fn item_key(&self) -> Option<String> {
        Some(match ItemKind::from_number(self.item_kind)? {
            ItemKind::Recording => RecordingId(self.item_id).to_string(),
            ItemKind::Work => WorkId(self.item_id).to_string(),
            ItemKind::Release => ReleaseId(self.item_id).to_string(),
        })
    }
}

/// Everything statements of a month need.
pub(super) struct Material {
    pub(super) tenant: tenant::Model,
    pub(super) accounts: HashMap<Key, Vec<AccountRow>>,
    pub(super) summaries: HashMap<Key, Vec<SummaryRow>>,
    /// Unrecouped after the latest of the runs, by contract.
    pub(super) unrecouped: HashMap<Uuid, Decimal>,
    /// What is held back against returns after the runs, by contract and payee.
    pub(super) reserves: HashMap<(Uuid, Uuid), Decimal>,
    /// The latest published statement.
    pub(super) previous: HashMap<Key, statement::Model>,
    /// Settled payments that no statement shows yet.
    pub(super) payments: HashMap<Key, Vec<payment::Model>>,
    pub(super) parties: HashMap<Uuid, party::Model>,
    pub(super) contracts: HashMap<Uuid, contract::Model>,
    pub(super) organisations: HashMap<Uuid, String>,
    /// Payees whose turn is not now, although they have an account: nothing is stated to them.
    pub(super) not_due: HashSet<Key>,
    pub(super) settings: Book,
    /// Names of the tenant's logos.
    pub(super) logos: HashSet<String>,
    /// Earlier statements, the oldest first.
    pub(super) earlier: HashMap<Key, Vec<EarlierRow>>,
    /// Money that the month's run left waiting and that may be the payee's, the largest first.
    pub(super) waiting: HashMap<Key, Vec<WaitingRow>>,
}

impl Material {
    /// The items whose titles statements will show.
    pub(super) fn items(&self) -> HashSet<String> {
        let summed = self.summaries.values().flatten().filter(|row| row.dimension == "ITEM").map(|row| row.key.clone());
        summed.chain(self.waiting.values().flatten().filter_map(WaitingRow::item_key)).collect()
    }
}

/// The finalised runs of a month, once one of them has closed it: incremental ones may have come before.
pub(super) async fn finalised_runs(tx: &TenantTx, month: Month) -> Outcome<Vec<Uuid>> {
    use entity::calculation_run::{Column, Entity};
    let runs = Entity::find()
        .filter(Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(Column::AccountingMonth.eq(month.first_day()))
        .filter(Column::State.eq("FINALISED"))
        .order_by_asc(Column::FinalisedAt)
        .order_by_asc(Column::Id)
        .all(tx)
        .await
        .or_fail()?;
    if runs.iter().all(|run| run.mode == "INCREMENTAL") {
        let message = format!("The calculation of {month} is not finalised yet.");
        return Err(Failure::refused("RUN_NOT_FINALISED", message).at(["input", "accountingMonth"]));
    }
    Ok(runs.into_iter().map(|run| run.id).collect())
}

/// Reads it all: the accounts of finalised runs up to the month that no statement accounts for yet, under contracts
/// whose calendar has a period that ends with the month.
pub(super) async fn material(tx: &TenantTx, month: Month) -> Outcome<Material> {
    let tenant_id = tx.tenant_id().uuid();
    let tenant = tenant::Entity::find_by_id(tenant_id)
        .one(tx)
        .await
        .or_fail()?
        .ok_or_else(|| Failure::internal("the tenant is not visible"))?;
    let book = Book::load(tx).await?;
    let year_start = book.effective(&settings::ACCOUNTING_YEAR_START_MONTH, None, None).integer()?;
    let calendars: Vec<String> = schedule::ending(month, u32::try_from(year_start).unwrap_or(1))
        .into_iter()
        .map(|calendar| calendar.as_str().to_owned())
        .collect();
    let mut accounts: HashMap<Key, Vec<AccountRow>> = HashMap::new();
    let rows = AccountRow::find_by_statement(sql(
        "SELECT a.run_id, r.accounting_month, a.contract_id, a.party_id, a.currency, a.posted,
                a.recouped + a.crossed AS recouped, a.adjusted, a.reserve_taken,
                a.reserve_consumed + a.reserve_released AS reserve_released, a.guaranteed,
                a.directed_in - a.directed_out AS directed, a.unheld - a.held AS unheld
           FROM calculation_run r
           JOIN run_account a ON a.tenant_id = $1 AND a.run_id = r.id
           JOIN contract c ON c.tenant_id = $1 AND c.id = a.contract_id
           LEFT JOIN statement_account s
             ON s.tenant_id = $1 AND s.run_id = a.run_id AND s.contract_id = a.contract_id AND s.party_id = a.party_id
          WHERE r.tenant_id = $1 AND r.state = 'FINALISED' AND r.accounting_month <= $2
            AND c.calendar = ANY($3) AND s.run_id IS NULL
          ORDER BY a.party_id, a.contract_id, r.accounting_month",
        [tenant_id.into(), month.first_day().into(), calendars.clone().into()],
    ))
    .all(tx)
    .await
    .or_fail()?;
    let runs: Vec<Uuid> = rows.iter().map(|row| row.run_id).collect::<HashSet<_>>().into_iter().collect();
    for row in rows {
        accounts.entry((row.party_id, row.currency.clone())).or_default().push(row);
    }
    let mut summaries: HashMap<Key, Vec<SummaryRow>> = HashMap::new();
    let rows = SummaryRow::find_by_statement(sql(
        "SELECT y.party_id, y.currency, y.dimension, y.key, sum(y.units)::bigint AS units,
                sum(y.receipts) AS receipts, sum(y.amount) AS amount
           FROM royalty_summary y
           JOIN contract c ON c.tenant_id = $1 AND c.id = y.contract_id
           LEFT JOIN statement_account s
             ON s.tenant_id = $1 AND s.run_id = y.run_id AND s.contract_id = y.contract_id AND s.party_id = y.party_id
          WHERE y.tenant_id = $1 AND y.run_id = ANY($2) AND c.calendar = ANY($3) AND s.run_id IS NULL
          GROUP BY y.party_id, y.currency, y.dimension, y.key",
        [tenant_id.into(), runs.clone().into(), calendars.clone().into()],
    ))
    .all(tx)
    .await
    .or_fail()?;
    for row in rows {
        summaries.entry((row.party_id, row.currency.clone())).or_default().push(row);
    }
    let unrecouped = RecoupmentRow::find_by_statement(sql(
        "SELECT DISTINCT ON (q.contract_id) q.contract_id, q.closing
           FROM (SELECT run_id, contract_id, sum(closing) AS closing FROM run_recoupment
                  WHERE tenant_id = $1 AND run_id = ANY($2) GROUP BY run_id, contract_id) AS q
           JOIN calculation_run r ON r.tenant_id = $1 AND r.id = q.run_id
          ORDER BY q.contract_id, r.accounting_month DESC, r.finalised_at DESC",
        [tenant_id.into(), runs.into()],
    ))
    .all(tx)
    .await
    .or_fail()?
    .into_iter()
    .map(|row| (row.contract_id, row.closing))
    .collect();
    let reserves = held_reserves(tx, month).await?;
    let previous = latest_published(tx).await?;
    let not_due = TurnRow::find_by_statement(sql(
        "SELECT a.party_id, a.currency, bool_or(c.calendar = ANY($2)) AS due
           FROM ledger_account a JOIN contract c ON c.tenant_id = $1 AND c.id = a.contract_id
          WHERE a.tenant_id = $1 AND a.kind = 'ROYALTY_PAYABLE' AND a.party_id IS NOT NULL
          GROUP BY a.party_id, a.currency",
        [tenant_id.into(), calendars.into()],
    ))
    .all(tx)
    .await
    .or_fail()?
    .into_iter()
    .filter(|row| !row.due)
    .map(|row| (row.party_id, row.currency))
    .collect();
    let mut payments: HashMap<Key, Vec<payment::Model>> = HashMap::new();
    let rows = payment::Entity::find()
        .filter(payment::Column::TenantId.eq(tenant_id))
        .filter(payment::Column::State.eq("SETTLED"))
        .filter(payment::Column::StatedIn.is_null())
        .order_by_asc(payment::Column::Id)
        .all(tx)
        .await
        .or_fail()?;
    for row in rows {
        payments.entry((row.party_id, row.currency.clone())).or_default().push(row);
    }
    let parties = party::Entity::find()
        .filter(party::Column::TenantId.eq(tenant_id))
        .all(tx)
        .await
        .or_fail()?
        .into_iter()
        .map(|row| (row.id, row))
        .collect();
    let contracts = contract::Entity::find()
        .filter(contract::Column::TenantId.eq(tenant_id))
        .all(tx)
        .await
        .or_fail()?
        .into_iter()
        .map(|row| (row.id, row))
        .collect();
    let organisations = organisation::Entity::find()
        .filter(organisation::Column::TenantId.eq(tenant_id))
        .all(tx)
        .await
        .or_fail()?
        .into_iter()
        .map(|row| (row.id, row.name))
        .collect();
    Ok(Material {
        tenant,
        accounts,
        summaries,
        unrecouped,
        reserves,
        previous,
        payments,
        parties,
        contracts,
        organisations,
        not_due,
        settings: book,
        logos: brand::hashes(tx).await?,
        earlier: earlier(tx).await?,
        waiting: match finalised_runs(tx, month).await?.last() {
            // What the run that closed the month left: earlier ones of the month are in it.
            Some(run) => waiting(tx, *run).await?,
            None => HashMap::new(),
        },
    })
}

#[derive(FromQueryResult)]
struct ClosingRow {
    closing: Vec<u8>,
}

/// What the last finalised run left held back against returns.
async fn held_reserves(tx: &TenantTx, month: Month) -> Outcome<HashMap<(Uuid, Uuid), Decimal>> {
    let row = ClosingRow::find_by_statement(sql(
        "SELECT c.closing FROM calculation_run r JOIN run_closing c ON c.tenant_id = $1 AND c.run_id = r.id
          WHERE r.tenant_id = $1 AND r.state = 'FINALISED' AND r.accounting_month <= $2
          ORDER BY r.finalised_at DESC, r.id DESC LIMIT 1",
        [tx.tenant_id().uuid().into(), month.first_day().into()],
    ))
    .one(tx)
    .await
    .or_fail()?;
    let mut held: HashMap<(Uuid, Uuid), Decimal> = HashMap::new();
    let Some(row) = row else { return Ok(held) };
    let closing: engine::close::Closing = crate::calculation::opened_json(&row.closing)?;
    for contract in &closing.contracts {
        for reserve in &contract.reserves {
            let sum = held.entry((contract.contract_id.uuid(), reserve.party_id.uuid())).or_default();
            *sum = sum.saturating_add(reserve.closing);
        }
    }
    Ok(held)
}

/// The last few published statements of every payee and currency.
async fn earlier(tx: &TenantTx) -> Outcome<HashMap<Key, Vec<EarlierRow>>> {
    let rows = EarlierRow::find_by_statement(sql(
        "SELECT party_id, currency, number, period_from, period_to, royalties, payments, closing
           FROM (SELECT *, row_number() OVER (PARTITION BY party_id, currency ORDER BY period_to DESC, id DESC) AS place
                   FROM statement WHERE tenant_id = $1 AND state = 'PUBLISHED') AS s
          WHERE place <= $2 ORDER BY period_to, id",
        [tx.tenant_id().uuid().into(), EARLIER.into()],
    ))
    .all(tx)
    .await
    .or_fail()?;
    let mut earlier: HashMap<Key, Vec<EarlierRow>> = HashMap::new();
    for row in rows {
        earlier.entry((row.party_id, row.currency.clone())).or_default().push(row);
    }
    Ok(earlier)
}

/// What the run left waiting, by the payees whose contracts name the item: themselves, or a group that holds it.
async fn waiting(tx: &TenantTx, run: Uuid) -> Outcome<HashMap<Key, Vec<WaitingRow>>> {
    let rows = WaitingRow::find_by_statement(sql(
        "WITH waiting AS (
             SELECT s.item_kind, s.item_id, s.reason, s.currency, count(*) AS row_count, sum(s.amount) AS amount
               FROM calculation_suspense s
               JOIN calculation_run r ON r.tenant_id = $1 AND r.id = s.run_id AND r.accounting_month = s.accounting_month
              WHERE s.tenant_id = $1 AND s.run_id = $2
              GROUP BY s.item_kind, s.item_id, s.reason, s.currency),
         named AS (
             SELECT p.contract_version_id, i.item_id
               FROM participation p
               CROSS JOIN LATERAL (
                   SELECT coalesce(p.recording_id, p.work_id, p.release_id) AS item_id
                   UNION ALL
                   SELECT coalesce(g.recording_id, g.work_id, g.release_id) FROM catalogue_group_item g
                    WHERE g.tenant_id = $1 AND g.group_id = p.group_id) AS i
              WHERE p.tenant_id = $1 AND i.item_id IN (SELECT item_id FROM waiting)),
         theirs AS (
             SELECT DISTINCT n.item_id, c.currency, coalesce(s.party_id, c.party_id) AS party_id
               FROM named n
               JOIN contract_version v ON v.tenant_id = $1 AND v.id = n.contract_version_id AND v.superseded_at IS NULL
               JOIN contract c ON c.tenant_id = $1 AND c.id = v.contract_id
               LEFT JOIN split s ON s.tenant_id = $1 AND s.contract_version_id = v.id
                    AND NOT EXISTS (SELECT 1 FROM split below WHERE below.tenant_id = $1 AND below.parent_id = s.id))
         SELECT * FROM (
             SELECT t.party_id, t.currency AS contract_currency, w.item_kind, w.item_id, w.reason, w.currency,
                    w.row_count, w.amount,
                    row_number() OVER (PARTITION BY t.party_id, t.currency ORDER BY abs(w.amount) DESC, w.item_id, w.reason)
                        AS place
               FROM waiting w JOIN theirs t ON t.item_id = w.item_id) AS ranked
          WHERE place <= $3 ORDER BY place",
        [tx.tenant_id().uuid().into(), run.into(), WAITING.into()],
    ))
    .all(tx)
    .await
    .or_fail()?;
    let mut waiting: HashMap<Key, Vec<WaitingRow>> = HashMap::new();
    for row in rows {
        waiting.entry((row.party_id, row.contract_currency.clone())).or_default().push(row);
    }
    Ok(waiting)
}

/// The latest published statement of every payee and currency: the one without a successor.
pub(super) async fn latest_published(tx: &TenantTx) -> Outcome<HashMap<Key, statement::Model>> {
    let rows = statement::Entity::find()
        .from_raw_sql(sql(
            "SELECT DISTINCT ON (party_id, currency) * FROM statement
             WHERE tenant_id = $1 AND state = 'PUBLISHED' ORDER BY party_id, currency, period_to DESC, id DESC",
            [tx.tenant_id().uuid().into()],
        ))
        .all(tx)
        .await
        .or_fail()?;
    Ok(rows.into_iter().map(|row| ((row.party_id, row.currency.clone()), row)).collect())
}
