//! Use cases of operations.

use chrono::{DateTime, Utc};
use entity::operation::{ActiveModel, Column, Entity, Model};
use kernel::context::OpContext;
use kernel::failure::{Failure, Outcome};
use kernel::ids::OperationId;
use kernel::page::{Page, PageRequest};
use kernel::permission::Permission;
use platform::db::{OrFail, TenantTx};
use platform::events::outbox;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::Core;

/// The states of an operation. Only the first two change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum OperationState {
    /// Waiting for a worker.
    Queued,
    /// At work.
    Running,
    /// Done.
    Succeeded,
    /// Ended with a failure.
    Failed,
    /// Stopped on request.
    Cancelled,
}

impl OperationState {
    /// The name in data.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "QUEUED",
            Self::Running => "RUNNING",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::Cancelled => "CANCELLED",
        }
    }

    fn from_name(name: &str) -> Self {
        match name {
            "QUEUED" => Self::Queued,
            "RUNNING" => Self::Running,
            "SUCCEEDED" => Self::Succeeded,
            "CANCELLED" => Self::Cancelled,
            _ => Self::Failed,
        }
    }

    /// Whether it has ended.
    #[must_use]
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled)
    }
}

/// Long work.
#[derive(Debug, Clone)]
pub struct Operation {
    /// Its id.
    pub id: OperationId,
    /// What it does, `report.import`, `run.calculate` …
    pub kind: String,
    /// The TypeID of what it works on.
    pub subject: Option<String>,
    /// Its state.
    pub state: OperationState,
    /// The present stage, in words of the trade.
    pub stage: String,
    /// Units done in the present stage.
    pub done: i64,
    /// Units in all, when known.
    pub total: Option<i64>,
    /// What is counted.
    pub unit: String,
    /// Code and message, when it failed.
    pub failure: Option<(String, String)>,
    /// Whether somebody asked it to stop.
    pub cancel_requested: bool,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When it last moved.
    pub updated_at: DateTime<Utc>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
}

impl From<Model> for Operation {
    fn from(row: Model) -> Self {
        Self {
            id: row.id.into(),
            kind: row.kind,
            subject: row.subject,
            state: OperationState::from_name(&row.state),
            stage: row.stage,
            done: row.done,
            total: row.total,
            unit: row.unit,
            failure: row.failure_code.map(|code| (code, row.failure_message.unwrap_or_default())),
            cancel_requested: row.cancel_requested,
            created_at: row.created_at,
            updated_at: row.updated_at,
            finished_at: row.finished_at,
        }
    }
}

/// Which operations to list.
#[derive(Debug, Clone, Default)]
pub struct OperationFilter {
    /// Only in this state.
    pub state: Option<OperationState>,
    /// Only of this kind.
    pub kind: Option<String>,
}

/// Creates an operation in the caller's transaction, next to the job it stands for.
///
/// # Errors
/// Database failures.
pub async fn create(tx: &TenantTx, kind: &str, subject: Option<String>) -> Outcome<OperationId> {
    let id = OperationId::new();
    let row = ActiveModel {
        tenant_id: Set(tx.tenant_id().uuid()),
        id: Set(id.uuid()),
        kind: Set(kind.to_owned()),
        subject: Set(subject),
        state: Set(OperationState::Queued.as_str().to_owned()),
        stage: Set(String::new()),
        done: Set(0),
        total: Set(None),
        unit: Set("items".to_owned()),
        failure_code: Set(None),
        failure_message: Set(None),
        cancel_requested: Set(false),
        version: Set(1),
        created_by: Set(tx.actor().label()),
        created_at: Set(tx.now()),
        updated_at: Set(tx.now()),
        finished_at: Set(None),
    };
    Entity::insert(row).exec_without_returning(tx).await.or_fail()?;
    announce(tx, id).await?;
    Ok(id)
}

/// Says what an operation works on, when that began to exist after it.
///
/// # Errors
/// Database failures.
pub async fn about(tx: &TenantTx, id: OperationId, subject: &str) -> Outcome<()> {
    Entity::update_many()
        .col_expr(Column::Subject, Expr::value(subject))
        .filter(Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(Column::Id.eq(id.uuid()))
        .exec(tx)
        .await
        .or_fail()?;
    Ok(())
}

async fn announce(tx: &TenantTx, id: OperationId) -> Outcome<()> {
    outbox::write(tx, "operation.changed", &json!({ "operationId": id.to_string() })).await
}

/// Changes an operation that has not ended; `false` when it has.
pub(super) async fn change(
    tx: &TenantTx,
    id: OperationId,
    now: DateTime<Utc>,
    columns: Vec<(Column, sea_orm::Value)>,
) -> Outcome<bool> {
    let mut update = Entity::update_many()
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(Column::Id.eq(id.uuid()))
        .filter(Column::FinishedAt.is_null());
    for (column, value) in columns {
        update = update.col_expr(column, Expr::value(value));
    }
    let changed = update.exec(tx).await.or_fail()?.rows_affected > 0;
    if changed {
        announce(tx, id).await?;
    }
    Ok(changed)
}

/// The worker has taken it up (again).
///
/// # Errors
/// `OPERATION_CANCELLED` when somebody asked it to stop before it began; database failures.
pub async fn start(core: &Core, ctx: &OpContext, id: OperationId) -> Outcome<()> {
    let tx = core.db.tenant(ctx).await?;
    let row = find(&tx, id).await?.ok_or_else(|| Failure::not_found("NOT_FOUND", "No such operation."))?;
    if row.cancel_requested || row.state == OperationState::Cancelled {
        change(&tx, id, (core.clock)(), ended(OperationState::Cancelled, (core.clock)())).await?;
        tx.commit().await?;
        return Err(Failure::conflict("OPERATION_CANCELLED", "The operation was cancelled."));
    }
    change(&tx, id, (core.clock)(), vec![(Column::State, OperationState::Running.as_str().into())]).await?;
    tx.commit().await
}

fn ended(state: OperationState, now: DateTime<Utc>) -> Vec<(Column, sea_orm::Value)> {
    vec![(Column::State, state.as_str().into()), (Column::FinishedAt, now.into())]
}

/// Marks success in the caller's transaction: the transaction that makes the result visible.
///
/// # Errors
/// Database failures.
pub async fn finish(tx: &TenantTx, id: OperationId, now: DateTime<Utc>) -> Outcome<()> {
    change(tx, id, now, ended(OperationState::Succeeded, now)).await.map(|_| ())
}

/// Marks failure, with what a person needs to know.
///
/// # Errors
/// Database failures.
pub async fn fail(tx: &TenantTx, id: OperationId, now: DateTime<Utc>, failure: &Failure) -> Outcome<()> {
    let state =
        if failure.code() == "OPERATION_CANCELLED" { OperationState::Cancelled } else { OperationState::Failed };
    let mut columns = ended(state, now);
    columns.push((Column::FailureCode, failure.code().into()));
    columns.push((Column::FailureMessage, failure.message().into()));
    change(tx, id, now, columns).await.map(|_| ())
}

async fn find(tx: &TenantTx, id: OperationId) -> Outcome<Option<Operation>> {
    Ok(Entity::find_by_id((tx.tenant_id().uuid(), id.uuid())).one(tx).await.or_fail()?.map(Operation::from))
}

/// Looks one up; `None` also when it belongs to somebody else.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn get(ctx: &OpContext, core: &Core, id: OperationId) -> Outcome<Option<Operation>> {
    ctx.require(Permission::OperationRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    find(&tx, id).await
}

/// Looks several up, for batch loading.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn get_many(ctx: &OpContext, core: &Core, ids: &[OperationId]) -> Outcome<Vec<Operation>> {
    ctx.require(Permission::OperationRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let rows = Entity::find()
        .filter(Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(Column::Id.is_in(ids.iter().map(|id| id.uuid())))
        .all(&tx)
        .await
        .or_fail()?;
    Ok(rows.into_iter().map(Operation::from).collect())
}

/// Lists operations, newest first.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn list(
    ctx: &OpContext,
    core: &Core,
    filter: OperationFilter,
    page: PageRequest,
) -> Outcome<Page<Operation>> {
    ctx.require(Permission::OperationRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let mut condition = Condition::all().add(Column::TenantId.eq(tx.tenant_id().uuid()));
    if let Some(state) = filter.state {
        condition = condition.add(Column::State.eq(state.as_str()));
    }
    if let Some(kind) = filter.kind {
        condition = condition.add(Column::Kind.eq(kind));
    }
    // Ids are time-ordered, so the id alone sorts newest first.
    if let Some(after) = &page.after {
        condition = condition.add(Column::Id.lt(after.id));
    }
    if let Some(before) = &page.before {
        condition = condition.add(Column::Id.gt(before.id));
    }
    let mut query = Entity::find().filter(condition).limit(page.size.saturating_add(1));
    query = if page.from_end { query.order_by_asc(Column::Id) } else { query.order_by_desc(Column::Id) };
    let rows: Vec<Model> = query.all(&tx).await.or_fail()?;
    Ok(Page::from_fetched(rows, &page).map(Operation::from))
}

/// Asks an operation to stop. It stops at its next safe point; one that waits stops at once.
///
/// # Errors
/// `NOT_FOUND`, `OPERATION_ENDED`, `FORBIDDEN`; database failures.
pub async fn cancel(ctx: &OpContext, core: &Core, id: OperationId) -> Outcome<Operation> {
    ctx.require(Permission::RunManage).or_else(|_| ctx.require(Permission::ReportManage))?;
    let tx = core.db.tenant(ctx).await?;
    let operation = find(&tx, id)
        .await?
        .ok_or_else(|| Failure::not_found("NOT_FOUND", "No such operation.").at(["input", "id"]))?;
    if operation.state.is_final() {
        return Err(Failure::refused("OPERATION_ENDED", "The operation has already ended.").at(["input", "id"]));
    }
    change(&tx, id, ctx.now, vec![(Column::CancelRequested, true.into())]).await?;
    platform::audit::record(
        &tx,
        ctx,
        platform::audit::Change {
            action: "operation.cancel",
            entity_kind: "OPERATION",
            entity_id: Uuid::from(id),
            before: None,
            after: None,
        },
    )
    .await?;
    let operation = find(&tx, id).await?.ok_or_else(|| Failure::internal("the operation vanished"))?;
    tx.commit().await?;
    Ok(operation)
}
