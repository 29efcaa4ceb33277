//! Reading statements. A rights holder sees published statements of their own parties, and nothing else.

use entity::statement::{Column, Entity, Model};
use entity::statement_document;
use kernel::context::OpContext;
use kernel::currency::Currency;
use kernel::failure::{Failure, Outcome};
use kernel::ids::{OrganisationId, PartyId, StatementId};
use kernel::limits::SIGNED_URL_SECONDS;
use kernel::page::{Page, PageRequest};
use kernel::permission::Permission;
use platform::db::{OrFail, TenantTx};
use platform::storage::{Grant, Purpose};
use rust_decimal::Decimal;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::load;
use super::model::{DocumentForm, Statement, StatementDocumentFile, StatementFilter, StatementState};
use crate::Core;

fn shown(row: Model) -> Outcome<Statement> {
    let internal = |text: String| Failure::internal(format!("statement {}: {text}", row.number));
    Ok(Statement {
        id: row.id.into(),
        batch_id: row.batch_id.into(),
        number: row.number.clone(),
        party_id: row.party_id.into(),
        currency: Currency::parse(&row.currency).map_err(|error| internal(error.to_string()))?,
        period_from: row.period_from,
        period_to: row.period_to,
        state: if row.state == "PUBLISHED" { StatementState::Published } else { StatementState::Draft },
        previous_id: row.previous_id.map(Into::into),
        document: serde_json::from_value(row.document.clone()).map_err(|error| internal(error.to_string()))?,
        content_hash: row.content_hash,
        published_at: row.published_at,
    })
}

/// What the caller may see at all.
pub(super) fn visible(ctx: &OpContext) -> Condition {
    let condition = Condition::all().add(Column::TenantId.eq(ctx.tenant_id.uuid()));
    match &ctx.party_scope {
        None => condition,
        Some(parties) => condition
            .add(Column::PartyId.is_in(parties.iter().map(|party| party.uuid())))
            .add(Column::State.eq(StatementState::Published.as_str())),
    }
}

/// Looks a statement up.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn statement(ctx: &OpContext, core: &Core, id: StatementId) -> Outcome<Option<Statement>> {
    Ok(statements_by_id(ctx, core, &[id]).await?.pop())
}

/// Looks several statements up, for batch loading.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn statements_by_id(ctx: &OpContext, core: &Core, ids: &[StatementId]) -> Outcome<Vec<Statement>> {
    ctx.require(Permission::StatementRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let rows = Entity::find()
        .filter(visible(ctx))
        .filter(Column::Id.is_in(ids.iter().map(|id| id.uuid())))
        .all(&tx)
        .await
        .or_fail()?;
    rows.into_iter().map(shown).collect()
}

/// Lists statements, newest first.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn statements(
    ctx: &OpContext,
    core: &Core,
    filter: StatementFilter,
    page: PageRequest,
) -> Outcome<Page<Statement>> {
    ctx.require(Permission::StatementRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let mut condition = visible(ctx);
    if let Some(party) = filter.party_id {
        condition = condition.add(Column::PartyId.eq(party.uuid()));
    }
    if let Some(month) = filter.accounting_month {
        condition = condition.add(Column::PeriodTo.eq(month.last_day()));
    }
    if let Some(state) = filter.state {
        condition = condition.add(Column::State.eq(state.as_str()));
    }
    if let Some(batch) = filter.batch_id {
        condition = condition.add(Column::BatchId.eq(batch.uuid()));
    }
    if let Some(after) = &page.after {
        condition = condition.add(Column::Id.lt(after.id));
    }
    if let Some(before) = &page.before {
        condition = condition.add(Column::Id.gt(before.id));
    }
    let query = Entity::find().filter(condition).limit(page.size.saturating_add(1));
    let query = if page.from_end { query.order_by_asc(Column::Id) } else { query.order_by_desc(Column::Id) };
    let rows: Vec<Statement> = query.all(&tx).await.or_fail()?.into_iter().map(shown).collect::<Outcome<_>>()?;
    Ok(Page::from_fetched(rows, &page))
}

/// The stored forms of several statements that the caller may see.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn documents_of(ctx: &OpContext, core: &Core, ids: &[StatementId]) -> Outcome<Vec<StatementDocumentFile>> {
    let seen: Vec<uuid::Uuid> =
        statements_by_id(ctx, core, ids).await?.into_iter().map(|statement| statement.id.uuid()).collect();
    let tx = core.db.tenant_read(ctx).await?;
    let rows = statement_document::Entity::find()
        .filter(statement_document::Column::TenantId.eq(ctx.tenant_id.uuid()))
        .filter(statement_document::Column::StatementId.is_in(seen))
        .order_by_asc(statement_document::Column::StatementId)
        .order_by_asc(statement_document::Column::Form)
        .all(&tx)
        .await
        .or_fail()?;
    Ok(rows
        .into_iter()
        .map(|row| StatementDocumentFile {
            id: row.id.into(),
            statement_id: row.statement_id.into(),
            form: DocumentForm::from_name(&row.form),
            file_name: row.file_name,
            byte_size: row.byte_size,
            content_hash: row.content_hash,
            object_key: row.object_key,
        })
        .collect())
}

/// A short-lived address to download a form from. The permission was checked when the form was read.
///
/// # Errors
/// `INTERNAL` when the grant cannot be signed.
pub fn download_url(ctx: &OpContext, core: &Core, file: &StatementDocumentFile) -> Outcome<String> {
    let lifetime = chrono::Duration::seconds(i64::try_from(SIGNED_URL_SECONDS).unwrap_or(i64::MAX));
    let token = core.storage.sign(&Grant {
        tenant_id: ctx.tenant_id,
        key: file.object_key.clone(),
        purpose: Purpose::Download,
        expires_at: ctx.now + lifetime,
        max_bytes: None,
        file_name: Some(file.file_name.clone()),
    })?;
    Ok(format!("{}/downloads/{token}", core.public_url))
}

/// What a payee's latest published statement closes with.
#[derive(Debug, Clone)]
pub struct Closing {
    /// The statement.
    pub statement_id: StatementId,
    /// The payee.
    pub party_id: PartyId,
    /// The currency.
    pub currency: Currency,
    /// What it closes with.
    pub amount: Decimal,
    /// Its last day.
    pub period_to: chrono::NaiveDate,
    /// The organisation that sent it; none: the tenant.
    pub organisation_id: Option<OrganisationId>,
}

/// The latest published closing of every payee and currency, inside the caller's transaction.
///
/// # Errors
/// Database failures.
pub async fn latest_published(tx: &TenantTx) -> Outcome<Vec<Closing>> {
    load::latest_published(tx)
        .await?
        .into_values()
        .map(|row| {
            Ok(Closing {
                statement_id: row.id.into(),
                party_id: row.party_id.into(),
                currency: Currency::parse(&row.currency).map_err(|error| Failure::internal(error.to_string()))?,
                amount: row.closing,
                period_to: row.period_to,
                organisation_id: row.organisation_id.map(Into::into),
            })
        })
        .collect()
}
