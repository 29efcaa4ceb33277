//! What statements are made of, read in a few queries for all payees of a month.

use std::collections::HashMap;

use entity::{contract, organisation, party, payment, statement, tenant};
use kernel::failure::{Failure, Outcome};
use kernel::period::Month;
use platform::db::{OrFail, TenantTx, sql};
use rust_decimal::Decimal;
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder};
use uuid::Uuid;

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
    Ok(Material { tenant, accounts, summaries, unrecouped, previous, payments, parties, contracts, organisations })
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
