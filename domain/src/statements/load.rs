//! What statements are made of, read in a few queries for all payees of a month.

use std::collections::{BTreeSet, HashMap, HashSet};

use entity::{contract, organisation, party, payment, statement, tenant};
use chrono::NaiveDate;
use kernel::codes::ItemKind;
use kernel::failure::{Failure, Outcome};
use kernel::ids::{RecordingId, ReleaseId, WorkId};
use kernel::period::Month;
use platform::db::{OrFail, TenantTx, sql};
use rust_decimal::Decimal;
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::brand;
use crate::settings::Everything;

/// Earlier statements that a statement compares itself with.
const EARLIER: i64 = 5;
/// Most lines of money that may be a payee's; the largest are shown.
const WAITING: i64 = 40;

/// A payee and a currency: what one statement is about.
pub(super) type Key = (Uuid, String);

/// One account of the run.
#[derive(Debug, Clone, FromQueryResult)]
pub(super) struct AccountRow {
    pub(super) contract_id: Uuid,
    pub(super) party_id: Uuid,
    pub(super) currency: String,
    pub(super) posted: Decimal,
    pub(super) recouped: Decimal,
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

/// What was unrecouped under a contract after the run.
#[derive(Debug, Clone, FromQueryResult)]
struct RecoupmentRow {
    contract_id: Uuid,
    closing: Decimal,
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
    /// Unrecouped after the run, by contract.
    pub(super) unrecouped: HashMap<Uuid, Decimal>,
    /// The latest published statement.
    pub(super) previous: HashMap<Key, statement::Model>,
    /// Settled payments that no statement shows yet.
    pub(super) payments: HashMap<Key, Vec<payment::Model>>,
    pub(super) parties: HashMap<Uuid, party::Model>,
    pub(super) contracts: HashMap<Uuid, contract::Model>,
    pub(super) organisations: HashMap<Uuid, String>,
    /// Earlier statements, the oldest first.
    pub(super) earlier: HashMap<Key, Vec<EarlierRow>>,
    /// Money that waits and may be the payee's, the largest first.
    pub(super) waiting: HashMap<Key, Vec<WaitingRow>>,
    /// Branding, language and paper.
    pub(super) settings: Everything,
    /// Hashes of the tenant's logos.
    pub(super) logos: HashSet<String>,
}

impl Material {
    /// Every payee and currency with something to state, ordered by the payee's reference.
    pub(super) fn keys(&self) -> Vec<Key> {
        let open = self.previous.iter().filter(|(_, row)| !row.closing.is_zero()).map(|(key, _)| key);
        let all: BTreeSet<(&str, &Key)> = self
            .accounts
            .keys()
            .chain(self.payments.keys())
            .chain(open)
            .map(|key| (self.parties.get(&key.0).map_or("", |party| party.reference.as_str()), key))
            .collect();
        all.into_iter().map(|(_, key)| key.clone()).collect()
    }

    /// What the tenant's statement numbers begin with.
    pub(super) fn prefix(&self) -> String {
        let letters = self.tenant.slug.chars().filter(char::is_ascii_alphanumeric);
        letters.take(3).collect::<String>().to_uppercase()
    }

    /// The items whose titles statements will show.
    pub(super) fn items(&self) -> HashSet<String> {
        let summed = self.summaries.values().flatten().filter(|row| row.dimension == "ITEM").map(|row| row.key.clone());
        summed.chain(self.waiting.values().flatten().filter_map(WaitingRow::item_key)).collect()
    }
}

/// The finalised run of a month.
pub(super) async fn finalised_run(tx: &TenantTx, month: Month) -> Outcome<Uuid> {
    use entity::calculation_run::{Column, Entity};
    Entity::find()
        .filter(Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(Column::AccountingMonth.eq(month.first_day()))
        .filter(Column::State.eq("FINALISED"))
        .one(tx)
        .await
        .or_fail()?
        .map(|run| run.id)
        .ok_or_else(|| {
            Failure::refused("RUN_NOT_FINALISED", format!("The calculation of {month} is not finalised yet."))
                .at(["input", "accountingMonth"])
        })
}

/// The month's calculation, however far it is approved.
pub(super) async fn calculated_run(tx: &TenantTx, month: Month) -> Outcome<Uuid> {
    use entity::calculation_run::{Column, Entity};
    Entity::find()
        .filter(Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(Column::AccountingMonth.eq(month.first_day()))
        .filter(Column::State.is_in(["CALCULATED", "APPROVED", "FINALISED"]))
        .order_by_desc(Column::Id)
        .one(tx)
        .await
        .or_fail()?
        .map(|run| run.id)
        .ok_or_else(|| {
            Failure::refused("RUN_NOT_CALCULATED", format!("{month} has not been calculated yet."))
                .at(["input", "accountingMonth"])
        })
}

/// Reads it all.
pub(super) async fn material(tx: &TenantTx, run: Uuid) -> Outcome<Material> {
    let tenant_id = tx.tenant_id().uuid();
    let tenant = tenant::Entity::find_by_id(tenant_id)
        .one(tx)
        .await
        .or_fail()?
        .ok_or_else(|| Failure::internal("the tenant is not visible"))?;
    let mut accounts: HashMap<Key, Vec<AccountRow>> = HashMap::new();
    let rows = AccountRow::find_by_statement(sql(
        "SELECT contract_id, party_id, currency, posted, recouped FROM run_account
         WHERE tenant_id = $1 AND run_id = $2 ORDER BY party_id, contract_id",
        [tenant_id.into(), run.into()],
    ))
    .all(tx)
    .await
    .or_fail()?;
    for row in rows {
        accounts.entry((row.party_id, row.currency.clone())).or_default().push(row);
    }
    let mut summaries: HashMap<Key, Vec<SummaryRow>> = HashMap::new();
    let rows = SummaryRow::find_by_statement(sql(
        "SELECT party_id, currency, dimension, key, sum(units)::bigint AS units, sum(receipts) AS receipts,
                sum(amount) AS amount
         FROM royalty_summary WHERE tenant_id = $1 AND run_id = $2
         GROUP BY party_id, currency, dimension, key",
        [tenant_id.into(), run.into()],
    ))
    .all(tx)
    .await
    .or_fail()?;
    for row in rows {
        summaries.entry((row.party_id, row.currency.clone())).or_default().push(row);
    }
    let unrecouped = RecoupmentRow::find_by_statement(sql(
        "SELECT contract_id, sum(closing) AS closing FROM run_recoupment
         WHERE tenant_id = $1 AND run_id = $2 GROUP BY contract_id",
        [tenant_id.into(), run.into()],
    ))
    .all(tx)
    .await
    .or_fail()?
    .into_iter()
    .map(|row| (row.contract_id, row.closing))
    .collect();
    let previous = latest_published(tx).await?;
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
        previous,
        payments,
        parties,
        contracts,
        organisations,
        earlier: earlier(tx).await?,
        waiting: waiting(tx, run).await?,
        settings: Everything::load(tx).await?,
        logos: brand::hashes(tx).await?,
    })
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
