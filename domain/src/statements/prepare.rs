//! The job that makes drafts: one transaction, so that a batch has all of its drafts or none.

use entity::{payment, statement, statement_batch};
use formats::documents::StatementKind;
use kernel::context::OpContext;
use kernel::failure::{Failure, FailureKind, Outcome};
use kernel::ids::{OperationId, StatementBatchId, StatementId};
use platform::db::{OrFail, TenantTx};
use platform::jobs::{Job, JobFailure, JobPayload, JobRegistry};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};

use super::assemble::{self, Occasion};
use super::batch::find;
use super::labels::Labels;
use super::load::{self, Key, Material};
use super::model::{BatchState, StatementState};
use super::publish::{self, PublishStatements};
use crate::Core;
use crate::operations::{self, Progress};

/// Rows of one `INSERT`.
const CHUNK: usize = 200;

/// The job that makes the drafts of a batch.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PrepareStatements {
    /// The batch.
    pub batch_id: StatementBatchId,
    /// The operation that stands for the job.
    pub operation_id: OperationId,
}

impl JobPayload for PrepareStatements {
    const NAME: &'static str = "statements.prepare";
}

/// Registers the jobs of statements.
#[must_use]
pub fn register(registry: JobRegistry, core: &Core) -> JobRegistry {
    let (one, two) = (core.clone(), core.clone());
    registry
        .on::<PrepareStatements, _, _>(move |job: Job, payload| {
            let core = one.clone();
            async move { run(&core, &job, payload).await }
        })
        .on::<PublishStatements, _, _>(move |job: Job, payload| {
            let core = two.clone();
            async move { publish::run(&core, &job, payload).await }
        })
}

async fn run(core: &Core, job: &Job, payload: PrepareStatements) -> Result<(), JobFailure> {
    match attempt(core, &job.ctx, &payload).await {
        Ok(()) => Ok(()),
        Err(failure)
            if matches!(failure.kind, FailureKind::Unavailable | FailureKind::Internal) && !job.is_last_attempt() =>
        {
            Err(JobFailure::Retry(failure))
        }
        Err(failure) => {
            give_up(core, &job.ctx, &payload, &failure).await.map_err(JobFailure::Retry)?;
            Err(JobFailure::GiveUp(failure))
        }
    }
}

async fn give_up(core: &Core, ctx: &OpContext, payload: &PrepareStatements, failure: &Failure) -> Outcome<()> {
    let tx = core.db.tenant(ctx).await?;
    mark(&tx, payload.batch_id, BatchState::Failed, 0, Some(failure)).await?;
    operations::fail(&tx, payload.operation_id, (core.clock)(), failure).await?;
    tx.commit().await
}

async fn mark(
    tx: &TenantTx,
    id: StatementBatchId,
    state: BatchState,
    count: usize,
    failure: Option<&Failure>,
) -> Outcome<()> {
    use statement_batch::{Column, Entity};
    let open = [BatchState::Queued.as_str(), BatchState::Preparing.as_str()];
    Entity::update_many()
        .col_expr(Column::State, Expr::value(state.as_str()))
        .col_expr(Column::StatementCount, Expr::value(i32::try_from(count).unwrap_or(i32::MAX)))
        .col_expr(Column::FailureCode, Expr::value(failure.map(Failure::code)))
        .col_expr(Column::FailureMessage, Expr::value(failure.map(Failure::message)))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(Column::Id.eq(id.uuid()))
        .filter(Column::State.is_in(open))
        .exec(tx)
        .await
        .or_fail()?;
    Ok(())
}

async fn attempt(core: &Core, ctx: &OpContext, payload: &PrepareStatements) -> Outcome<()> {
    let tx = core.db.tenant(ctx).await?;
    let batch = find(&tx, payload.batch_id).await?;
    if !matches!(batch.state, BatchState::Queued | BatchState::Preparing) {
        return Ok(());
    }
    drop(tx);
    operations::start(core, ctx, payload.operation_id).await?;
    let mut progress = Progress::new(core.clone(), ctx.clone(), payload.operation_id);
    progress.stage("Collecting royalties, balances and payments", None, "statements").await?;

    let tx = core.db.tenant(ctx).await?;
    let run = load::finalised_run(&tx, batch.accounting_month).await?;
    let material = load::material(&tx, run).await?;
    let labels = Labels::load(&tx, &material.items()).await?;
    let mut count = 0usize;
    let mut rows = Vec::with_capacity(CHUNK);
    let mut shown = Vec::new();
    for key in material.keys() {
        let id = StatementId::new();
        let occasion = Occasion {
            kind: StatementKind::Period,
            id,
            number: number(&material, batch.accounting_month, count + 1),
            month: batch.accounting_month,
            issued_on: batch.created_at.date_naive(),
        };
        let Some(checked) = assemble::statement(&material, &labels, &key, occasion)? else { continue };
        count += 1;
        rows.push(row(&tx, payload.batch_id, &material, &key, id, &checked)?);
        if material.payments.contains_key(&key) {
            shown.push((id, key.clone()));
        }
        if rows.len() == CHUNK {
            statement::Entity::insert_many(std::mem::take(&mut rows)).exec_without_returning(&tx).await.or_fail()?;
        }
    }
    if !rows.is_empty() {
        statement::Entity::insert_many(rows).exec_without_returning(&tx).await.or_fail()?;
    }
    for (id, key) in shown {
        show_payments(&tx, id, material.payments.get(&key).map_or(&[][..], Vec::as_slice)).await?;
    }
    mark(&tx, payload.batch_id, BatchState::Draft, count, None).await?;
    operations::finish(&tx, payload.operation_id, (core.clock)()).await?;
    tx.commit().await
}

/// `AUR-2026-01-000123`: the tenant, the month, the place in it.
fn number(material: &Material, month: kernel::period::Month, place: usize) -> String {
    format!("{}-{month}-{place:06}", material.prefix())
}

fn row(
    tx: &TenantTx,
    batch: StatementBatchId,
    material: &Material,
    key: &Key,
    id: StatementId,
    checked: &formats::documents::CheckedStatement,
) -> Outcome<statement::ActiveModel> {
    let previous = material.previous.get(key);
    let identity = &checked.identity;
    Ok(statement::ActiveModel {
        tenant_id: Set(tx.tenant_id().uuid()),
        id: Set(id.uuid()),
        batch_id: Set(batch.uuid()),
        number: Set(checked.number.clone()),
        party_id: Set(key.0),
        currency: Set(key.1.clone()),
        period_from: Set(checked.period_from),
        period_to: Set(checked.period_to),
        state: Set(StatementState::Draft.as_str().to_owned()),
        previous_id: Set(previous.map(|row| row.id)),
        previous_closing: Set(previous.map(|row| row.closing)),
        opening: Set(identity.opening),
        royalties: Set(identity.royalties),
        costs: Set(identity.costs),
        reserves_released: Set(identity.reserves_released),
        reserves_taken: Set(identity.reserves_taken),
        adjustments: Set(identity.adjustments),
        payments: Set(identity.payments),
        tax: Set(identity.tax),
        closing: Set(identity.closing),
        document: Set(serde_json::to_value(&**checked).map_err(|error| Failure::internal(error.to_string()))?),
        content_hash: Set(checked.hash().to_vec()),
        version: Set(1),
        created_at: Set(tx.now()),
        published_at: Set(None),
    })
}

async fn show_payments(tx: &TenantTx, id: StatementId, payments: &[payment::Model]) -> Outcome<()> {
    payment::Entity::update_many()
        .col_expr(payment::Column::StatedIn, Expr::value(id.uuid()))
        .filter(payment::Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(payment::Column::Id.is_in(payments.iter().map(|row| row.id)))
        .exec(tx)
        .await
        .or_fail()?;
    Ok(())
}
