//! Reading payments. A rights holder sees payments to their own parties, and nothing else.

use entity::payment::{Column, Entity, Model};
use entity::{ledger_account, payment_batch as batch_rows, payment_part};
use kernel::context::OpContext;
use kernel::currency::Currency;
use kernel::failure::{Failure, Outcome};
use kernel::ids::{PaymentBatchId, PaymentId};
use kernel::page::{Page, PageRequest};
use kernel::permission::Permission;
use platform::db::OrFail;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::batch::method;
use super::model::{Payment, PaymentBatch, PaymentFilter, PaymentPart, PaymentState};
use crate::Core;

fn shown(row: Model) -> Outcome<Payment> {
    Ok(Payment {
        id: row.id.into(),
        batch_id: row.batch_id.into(),
        party_id: row.party_id.into(),
        currency: Currency::parse(&row.currency).map_err(|error| Failure::internal(error.to_string()))?,
        amount: row.amount,
        method: method(&row.method)?,
        state: PaymentState::from_name(&row.state)?,
        failure_code: row.failure_code,
        created_at: row.created_at,
        settled_at: row.settled_at,
        converted: row
            .conversion
            .map(serde_json::from_value)
            .transpose()
            .map_err(|error| Failure::internal(format!("a conversion cannot be read: {error}")))?,
    })
}

/// What the caller may see at all.
fn visible(ctx: &OpContext) -> Condition {
    let condition = Condition::all().add(Column::TenantId.eq(ctx.tenant_id.uuid()));
    match &ctx.party_scope {
        None => condition,
        Some(parties) => condition.add(Column::PartyId.is_in(parties.iter().map(|party| party.uuid()))),
    }
}

/// Looks a payment up.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn payment(ctx: &OpContext, core: &Core, id: PaymentId) -> Outcome<Option<Payment>> {
    ctx.require(Permission::PaymentRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    Entity::find()
        .filter(visible(ctx))
        .filter(Column::Id.eq(id.uuid()))
        .one(&tx)
        .await
        .or_fail()?
        .map(shown)
        .transpose()
}

/// Lists payments, newest first.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn payments(
    ctx: &OpContext,
    core: &Core,
    filter: PaymentFilter,
    page: PageRequest,
) -> Outcome<Page<Payment>> {
    ctx.require(Permission::PaymentRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let mut condition = visible(ctx);
    if let Some(party) = filter.party_id {
        condition = condition.add(Column::PartyId.eq(party.uuid()));
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
    let rows: Vec<Payment> = query.all(&tx).await.or_fail()?.into_iter().map(shown).collect::<Outcome<_>>()?;
    Ok(Page::from_fetched(rows, &page))
}

/// The parts of several payments that the caller may see.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn parts_of(ctx: &OpContext, core: &Core, ids: &[PaymentId]) -> Outcome<Vec<PaymentPart>> {
    ctx.require(Permission::PaymentRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let seen: Vec<uuid::Uuid> = Entity::find()
        .filter(visible(ctx))
        .filter(Column::Id.is_in(ids.iter().map(|id| id.uuid())))
        .all(&tx)
        .await
        .or_fail()?
        .into_iter()
        .map(|row| row.id)
        .collect();
    let parts = payment_part::Entity::find()
        .filter(payment_part::Column::TenantId.eq(ctx.tenant_id.uuid()))
        .filter(payment_part::Column::PaymentId.is_in(seen))
        .order_by_asc(payment_part::Column::PaymentId)
        .order_by_asc(payment_part::Column::AccountId)
        .all(&tx)
        .await
        .or_fail()?;
    let accounts: std::collections::HashMap<_, _> = ledger_account::Entity::find()
        .filter(ledger_account::Column::TenantId.eq(ctx.tenant_id.uuid()))
        .filter(ledger_account::Column::Id.is_in(parts.iter().map(|part| part.account_id)))
        .all(&tx)
        .await
        .or_fail()?
        .into_iter()
        .map(|account| (account.id, account.contract_id))
        .collect();
    Ok(parts
        .into_iter()
        .map(|part| PaymentPart {
            payment_id: part.payment_id.into(),
            account_id: part.account_id.into(),
            contract_id: accounts.get(&part.account_id).copied().flatten().map(Into::into),
            statement_id: part.statement_id.map(Into::into),
            amount: part.amount,
        })
        .collect())
}

/// A rights holder sees payments, not how they are made.
fn require_staff(ctx: &OpContext) -> Outcome<()> {
    ctx.require(Permission::PaymentRead)?;
    ctx.require(Permission::OperationRead)
}

/// Looks a batch up.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn payment_batch(ctx: &OpContext, core: &Core, id: PaymentBatchId) -> Outcome<Option<PaymentBatch>> {
    Ok(payment_batches_by_id(ctx, core, &[id]).await?.pop())
}

/// Looks several batches up, for batch loading.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn payment_batches_by_id(ctx: &OpContext, core: &Core, ids: &[PaymentBatchId]) -> Outcome<Vec<PaymentBatch>> {
    require_staff(ctx)?;
    let tx = core.db.tenant_read(ctx).await?;
    let rows = batch_rows::Entity::find()
        .filter(batch_rows::Column::TenantId.eq(ctx.tenant_id.uuid()))
        .filter(batch_rows::Column::Id.is_in(ids.iter().map(|id| id.uuid())))
        .all(&tx)
        .await
        .or_fail()?;
    rows.into_iter().map(PaymentBatch::try_from).collect()
}

/// Lists batches, newest first.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn payment_batches(ctx: &OpContext, core: &Core, page: PageRequest) -> Outcome<Page<PaymentBatch>> {
    use batch_rows::Column as Batch;
    require_staff(ctx)?;
    let tx = core.db.tenant_read(ctx).await?;
    let mut condition = Condition::all().add(Batch::TenantId.eq(ctx.tenant_id.uuid()));
    if let Some(after) = &page.after {
        condition = condition.add(Batch::Id.lt(after.id));
    }
    if let Some(before) = &page.before {
        condition = condition.add(Batch::Id.gt(before.id));
    }
    let query = batch_rows::Entity::find().filter(condition).limit(page.size.saturating_add(1));
    let query = if page.from_end { query.order_by_asc(Batch::Id) } else { query.order_by_desc(Batch::Id) };
    let rows: Vec<PaymentBatch> =
        query.all(&tx).await.or_fail()?.into_iter().map(PaymentBatch::try_from).collect::<Outcome<_>>()?;
    Ok(Page::from_fetched(rows, &page))
}
