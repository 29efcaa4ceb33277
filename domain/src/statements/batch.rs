//! Use cases of statement batches: asked for, approved, published, discarded.

use entity::statement_batch::{ActiveModel, Column, Entity, Model};
use entity::{payment, statement};
use kernel::context::OpContext;
use kernel::failure::{Failure, Outcome};
use kernel::ids::StatementBatchId;
use kernel::page::{Page, PageRequest};
use kernel::period::Month;
use kernel::permission::Permission;
use platform::audit::{self, Change};
use platform::db::{OrFail, TenantTx};
use platform::events::outbox;
use platform::idempotency::{self, Claim};
use platform::jobs::{self, JobOptions};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;
use serde_json::json;

use super::load;
use super::model::{BatchState, NewBatch, StatementBatch};
use super::prepare::PrepareStatements;
use super::publish::PublishStatements;
use crate::{Core, operations, settings};

impl From<Model> for StatementBatch {
    fn from(row: Model) -> Self {
        Self {
            id: row.id.into(),
            operation_id: row.operation_id.into(),
            accounting_month: Month::of(row.accounting_month),
            state: BatchState::from_name(&row.state),
            statement_count: row.statement_count,
            failure: row.failure_code.map(|code| (code, row.failure_message.unwrap_or_default())),
            version: row.version,
            created_by: row.created_by.into(),
            created_at: row.created_at,
            approved_by: row.approved_by.map(Into::into),
            approved_at: row.approved_at,
            published_at: row.published_at,
            remark: row.remark,
        }
    }
}

/// Longest remark with which drafts go back.
const REMARK_CHARS: usize = 1_000;

/// A batch, and whether the same request was answered before.
#[derive(Debug, Clone)]
pub struct Created {
    /// The batch.
    pub batch: StatementBatch,
    /// Whether this is the answer to an earlier request with the same key.
    pub is_replay: bool,
}

/// A change of a batch.
#[derive(Debug, Clone, Serialize)]
pub struct BatchChange {
    /// The batch.
    pub id: StatementBatchId,
    /// The version that was read.
    pub expected_version: i32,
}

pub(super) async fn find(tx: &TenantTx, id: StatementBatchId) -> Outcome<StatementBatch> {
    Entity::find_by_id((tx.tenant_id().uuid(), id.uuid()))
        .one(tx)
        .await
        .or_fail()?
        .map(StatementBatch::from)
        .ok_or_else(|| Failure::not_found("NOT_FOUND", "There is no such batch.").at(["input", "id"]))
}

async fn replayed(tx: &TenantTx, stored: &serde_json::Value) -> Outcome<Created> {
    let id = stored["batchId"].as_str().and_then(|text| text.parse().ok());
    let id = id.ok_or_else(|| Failure::internal("a replayed request without a batch id"))?;
    Ok(Created { batch: find(tx, id).await?, is_replay: true })
}

/// Asks for the drafts of a month.
///
/// # Errors
/// `RUN_NOT_FINALISED`, `STATEMENT_BATCH_EXISTS`, `IDEMPOTENCY_KEY_REUSED`, `FORBIDDEN`; database failures.
pub async fn statement_batch_create(ctx: &OpContext, core: &Core, input: NewBatch) -> Outcome<Created> {
    ctx.require(Permission::StatementManage)?;
    let member = ctx.member()?;
    let tx = core.db.tenant(ctx).await?;
    let hash = idempotency::input_hash(&input)?;
    if let Claim::Replay(stored) =
        idempotency::begin(&tx, &input.idempotency_key, "statementBatchCreate", &hash).await?
    {
        return replayed(&tx, &stored).await;
    }
    load::finalised_runs(&tx, input.accounting_month).await?;
    let id = StatementBatchId::new();
    let operation_id = operations::create(&tx, "statements.prepare", Some(id.to_string())).await?;
    let row = ActiveModel {
        tenant_id: Set(ctx.tenant_id.uuid()),
        id: Set(id.uuid()),
        operation_id: Set(operation_id.uuid()),
        accounting_month: Set(input.accounting_month.first_day()),
        state: Set(BatchState::Queued.as_str().to_owned()),
        statement_count: Set(0),
        failure_code: Set(None),
        failure_message: Set(None),
        version: Set(1),
        created_by: Set(member.uuid()),
        created_at: Set(ctx.now),
        approved_by: Set(None),
        approved_at: Set(None),
        published_at: Set(None),
        remark: Set(None),
    };
    Entity::insert(row).exec_without_returning(&tx).await.or_fail_on(&[(
        "statement_batch_one",
        "STATEMENT_BATCH_EXISTS",
        "There is a batch of statements for this month already.",
    )])?;
    let job = PrepareStatements { batch_id: id, operation_id };
    let options = JobOptions { job_key: Some(format!("statements.prepare:{id}")), ..JobOptions::default() };
    jobs::enqueue(&tx, &job, options).await?;
    trail(&tx, ctx, "statement_batch.create", id).await?;
    idempotency::finish(&tx, &input.idempotency_key, &json!({ "batchId": id.to_string() })).await?;
    let batch = find(&tx, id).await?;
    tx.commit().await?;
    Ok(Created { batch, is_replay: false })
}

async fn trail(tx: &TenantTx, ctx: &OpContext, action: &str, id: StatementBatchId) -> Outcome<()> {
    let change = Change { action, entity_kind: "STATEMENT_BATCH", entity_id: id.uuid(), before: None, after: None };
    audit::record(tx, ctx, change).await?;
    outbox::write(tx, action, &json!({ "batchId": id.to_string() })).await
}

/// Whether a publication that broke off has left published statements behind.
async fn has_published(tx: &TenantTx, id: StatementBatchId) -> Outcome<bool> {
    let row = statement::Entity::find()
        .filter(statement::Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(statement::Column::BatchId.eq(id.uuid()))
        .filter(statement::Column::State.eq("PUBLISHED"))
        .one(tx)
        .await
        .or_fail()?;
    Ok(row.is_some())
}

/// Changes the state of a batch that still has the expected version.
async fn turn(
    tx: &TenantTx,
    change: &BatchChange,
    next: BatchState,
    columns: Vec<(Column, sea_orm::Value)>,
) -> Outcome<StatementBatch> {
    find(tx, change.id).await?.state.require(next)?;
    if matches!(next, BatchState::Draft | BatchState::Discarded) && has_published(tx, change.id).await? {
        let message = "Statements of the batch are published already: publish the rest.";
        return Err(Failure::refused("INVALID_STATE", message).at(["input", "id"]));
    }
    let mut update = Entity::update_many()
        .col_expr(Column::State, Expr::value(next.as_str()))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(Column::Id.eq(change.id.uuid()))
        .filter(Column::Version.eq(change.expected_version));
    for (column, value) in columns {
        update = update.col_expr(column, Expr::value(value));
    }
    if update.exec(tx).await.or_fail()?.rows_affected == 0 {
        return Err(Failure::conflict("STALE_VERSION", "Somebody changed the batch since it was read: read it again.")
            .at(["input", "expectedVersion"]));
    }
    find(tx, change.id).await
}

/// Approves the drafts; never by who asked for them.
///
/// # Errors
/// `NOT_FOUND`, `INVALID_STATE`, `SAME_PERSON`, `APPROVER_NOT_ADMITTED`, `STALE_VERSION`, `FORBIDDEN`; database
/// failures.
pub async fn statement_batch_approve(ctx: &OpContext, core: &Core, change: BatchChange) -> Outcome<StatementBatch> {
    ctx.require(Permission::StatementApprove)?;
    let member = ctx.member()?;
    let tx = core.db.tenant(ctx).await?;
    settings::require_approver(&tx, ctx, &settings::STATEMENT_APPROVER, None).await?;
    if find(&tx, change.id).await?.created_by == member {
        return Err(
            Failure::refused("SAME_PERSON", "Who asked for the statements cannot approve them.").at(["input", "id"])
        );
    }
    let columns = vec![(Column::ApprovedBy, member.uuid().into()), (Column::ApprovedAt, ctx.now.into())];
    let batch = turn(&tx, &change, BatchState::Approved, columns).await?;
    trail(&tx, ctx, "statement_batch.approve", change.id).await?;
    tx.commit().await?;
    Ok(batch)
}

/// Publishes an approved batch: rendered, checked, stored and frozen by a job.
///
/// # Errors
/// `NOT_FOUND`, `INVALID_STATE`, `STALE_VERSION`, `IDEMPOTENCY_KEY_REUSED`, `FORBIDDEN`; database failures.
pub async fn statement_batch_publish(
    ctx: &OpContext,
    core: &Core,
    change: BatchChange,
    idempotency_key: &str,
) -> Outcome<Created> {
    ctx.require(Permission::StatementApprove)?;
    let tx = core.db.tenant(ctx).await?;
    let hash = idempotency::input_hash(&change)?;
    if let Claim::Replay(stored) = idempotency::begin(&tx, idempotency_key, "statementBatchPublish", &hash).await? {
        return replayed(&tx, &stored).await;
    }
    let batch = find(&tx, change.id).await?;
    batch.state.require(BatchState::Publishing)?;
    if batch.version != change.expected_version {
        return Err(Failure::conflict("STALE_VERSION", "Somebody changed the batch since it was read: read it again.")
            .at(["input", "expectedVersion"]));
    }
    let operation_id = operations::create(&tx, "statements.publish", Some(change.id.to_string())).await?;
    let bumped = Entity::update_many()
        .col_expr(Column::OperationId, Expr::value(operation_id.uuid()))
        .col_expr(Column::State, Expr::value(BatchState::Publishing.as_str()))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::TenantId.eq(ctx.tenant_id.uuid()))
        .filter(Column::Id.eq(change.id.uuid()))
        .filter(Column::Version.eq(change.expected_version))
        .exec(&tx)
        .await
        .or_fail()?;
    if bumped.rows_affected == 0 {
        return Err(Failure::conflict("STALE_VERSION", "Somebody was faster: read the batch again.")
            .at(["input", "expectedVersion"]));
    }
    let job = PublishStatements { batch_id: change.id, operation_id };
    let options = JobOptions { job_key: Some(format!("statements.publish:{}", change.id)), ..JobOptions::default() };
    jobs::enqueue(&tx, &job, options).await?;
    trail(&tx, ctx, "statement_batch.publish", change.id).await?;
    idempotency::finish(&tx, idempotency_key, &json!({ "batchId": change.id.to_string() })).await?;
    let batch = find(&tx, change.id).await?;
    tx.commit().await?;
    Ok(Created { batch, is_replay: false })
}

/// Hands drafts in for approval.
///
/// # Errors
/// `NOT_FOUND`, `INVALID_STATE`, `STALE_VERSION`, `FORBIDDEN`; database failures.
pub async fn statement_batch_submit(ctx: &OpContext, core: &Core, change: BatchChange) -> Outcome<StatementBatch> {
    ctx.require(Permission::StatementManage)?;
    let tx = core.db.tenant(ctx).await?;
    let columns = vec![(Column::Remark, Option::<String>::None.into())];
    let batch = turn(&tx, &change, BatchState::InReview, columns).await?;
    trail(&tx, ctx, "statement_batch.submit", change.id).await?;
    tx.commit().await?;
    Ok(batch)
}

/// Sends drafts back: out of review, or recalls an approval before publication. Says why.
///
/// # Errors
/// `NOT_FOUND`, `INVALID_STATE` (also once publication has begun), `REMARK_INVALID`, `STALE_VERSION`, `FORBIDDEN`;
/// database failures.
pub async fn statement_batch_recall(
    ctx: &OpContext,
    core: &Core,
    change: BatchChange,
    remark: &str,
) -> Outcome<StatementBatch> {
    ctx.require(Permission::StatementApprove)?;
    let remark = remark.trim();
    if !(1..=REMARK_CHARS).contains(&remark.chars().count()) {
        let message = format!("Say in 1 to {REMARK_CHARS} characters why the statements go back.");
        return Err(Failure::refused("REMARK_INVALID", message).at(["input", "remark"]));
    }
    let tx = core.db.tenant(ctx).await?;
    let columns = vec![
        (Column::Remark, remark.into()),
        (Column::ApprovedBy, Option::<uuid::Uuid>::None.into()),
        (Column::ApprovedAt, Option::<chrono::DateTime<chrono::Utc>>::None.into()),
    ];
    let batch = turn(&tx, &change, BatchState::Draft, columns).await?;
    trail(&tx, ctx, "statement_batch.recall", change.id).await?;
    tx.commit().await?;
    Ok(batch)
}

/// Throws drafts away, so that new ones can be made.
///
/// # Errors
/// `NOT_FOUND`, `INVALID_STATE`, `STALE_VERSION`, `FORBIDDEN`; database failures.
pub async fn statement_batch_discard(ctx: &OpContext, core: &Core, change: BatchChange) -> Outcome<StatementBatch> {
    ctx.require(Permission::StatementManage)?;
    let tx = core.db.tenant(ctx).await?;
    let batch = turn(&tx, &change, BatchState::Discarded, Vec::new()).await?;
    delete_drafts(&tx, change.id).await?;
    trail(&tx, ctx, "statement_batch.discard", change.id).await?;
    tx.commit().await?;
    Ok(batch)
}

/// Deletes the drafts of a batch; the payments they showed wait for the next statement again.
pub(super) async fn delete_drafts(tx: &TenantTx, id: StatementBatchId) -> Outcome<()> {
    let tenant = tx.tenant_id().uuid();
    let drafts = Query::select()
        .column(statement::Column::Id)
        .from(statement::Entity)
        .and_where(statement::Column::TenantId.eq(tenant))
        .and_where(statement::Column::BatchId.eq(id.uuid()))
        .to_owned();
    payment::Entity::update_many()
        .col_expr(payment::Column::StatedIn, Expr::value(Option::<uuid::Uuid>::None))
        .filter(payment::Column::TenantId.eq(tenant))
        .filter(payment::Column::StatedIn.in_subquery(drafts))
        .exec(tx)
        .await
        .or_fail()?;
    statement::Entity::delete_many()
        .filter(statement::Column::TenantId.eq(tenant))
        .filter(statement::Column::BatchId.eq(id.uuid()))
        .exec(tx)
        .await
        .or_fail()?;
    Ok(())
}

/// Looks a batch up.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn batch(ctx: &OpContext, core: &Core, id: StatementBatchId) -> Outcome<Option<StatementBatch>> {
    Ok(batches_by_id(ctx, core, &[id]).await?.pop())
}

/// A rights holder sees statements, not how they are made.
fn require_staff(ctx: &OpContext) -> Outcome<()> {
    ctx.require(Permission::StatementRead)?;
    ctx.require(Permission::OperationRead)
}

/// Looks several batches up, for batch loading.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn batches_by_id(ctx: &OpContext, core: &Core, ids: &[StatementBatchId]) -> Outcome<Vec<StatementBatch>> {
    require_staff(ctx)?;
    let tx = core.db.tenant_read(ctx).await?;
    let rows = Entity::find()
        .filter(Column::TenantId.eq(ctx.tenant_id.uuid()))
        .filter(Column::Id.is_in(ids.iter().map(|id| id.uuid())))
        .all(&tx)
        .await
        .or_fail()?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Lists batches, newest first.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn batches(ctx: &OpContext, core: &Core, page: PageRequest) -> Outcome<Page<StatementBatch>> {
    require_staff(ctx)?;
    let tx = core.db.tenant_read(ctx).await?;
    let mut condition = Condition::all().add(Column::TenantId.eq(ctx.tenant_id.uuid()));
    if let Some(after) = &page.after {
        condition = condition.add(Column::Id.lt(after.id));
    }
    if let Some(before) = &page.before {
        condition = condition.add(Column::Id.gt(before.id));
    }
    let query = Entity::find().filter(condition).limit(page.size.saturating_add(1));
    let query = if page.from_end { query.order_by_asc(Column::Id) } else { query.order_by_desc(Column::Id) };
    let rows = query.all(&tx).await.or_fail()?;
    Ok(Page::from_fetched(rows, &page).map(Into::into))
}
