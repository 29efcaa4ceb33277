//! The job that publishes: render, check, store, freeze. What is published already is left as it is, so that a
//! killed worker's batch is taken up where it stood.

use std::sync::Arc;

use bytes::Bytes;
use entity::{statement, statement_batch, statement_document};
use formats::documents::{Assets, CheckedStatement, DocumentError, Renderer, StatementDocument, csv, xlsx};
use futures::{StreamExt, TryStreamExt, stream};
use kernel::context::OpContext;
use kernel::failure::{Failure, FailureKind, Outcome};
use kernel::ids::{DocumentId, OperationId, StatementBatchId, StatementId};
use platform::db::{OrFail, TenantTx};
use platform::events::outbox;
use platform::jobs::{DeadJob, Job, JobFailure, JobPayload};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use super::batch::find;
use super::brand;
use super::frame;
use super::model::{BatchState, DocumentForm, StatementState};
use super::seal;
use crate::Core;
use crate::operations::{self, Progress};
use crate::settings::Book;

/// Statements published in one transaction, at most.
const CHUNK: usize = 32;
/// Drafts read at once.
const PAGE: u64 = 64;

/// The job that publishes a batch.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PublishStatements {
    /// The batch.
    pub batch_id: StatementBatchId,
    /// The operation that stands for the job.
    pub operation_id: OperationId,
}

impl JobPayload for PublishStatements {
    const NAME: &'static str = "statements.publish";
}

pub(super) async fn run(core: &Core, job: &Job, payload: PublishStatements) -> Result<(), JobFailure> {
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

/// A publication whose job died without a word of its own (a panic in its last attempt) has failed. Jobs of others are
/// left alone.
///
/// # Errors
/// Database failures.
pub async fn job_died(core: &Core, dead: &DeadJob) -> Outcome<()> {
    let Some(ctx) = dead.ctx.as_ref().filter(|_| dead.name == PublishStatements::NAME) else { return Ok(()) };
    let payload = PublishStatements::deserialize(&dead.payload)
        .map_err(|error| Failure::internal(format!("payload of {}: {error}", dead.name)))?;
    give_up(core, ctx, &payload, dead.failure.failure()).await
}

/// The batch is approved as before: publishing can be asked for again.
async fn give_up(core: &Core, ctx: &OpContext, payload: &PublishStatements, failure: &Failure) -> Outcome<()> {
    let tx = core.db.tenant(ctx).await?;
    give_back(&tx, payload).await?;
    operations::fail(&tx, payload.operation_id, (core.clock)(), failure).await?;
    tx.commit().await
}

async fn attempt(core: &Core, ctx: &OpContext, payload: &PublishStatements) -> Outcome<()> {
    let tx = core.db.tenant(ctx).await?;
    let batch = find(&tx, payload.batch_id).await?;
    // An approved batch with this job: it was asked for before there was a state of its own for it.
    if !matches!(batch.state, BatchState::Approved | BatchState::Publishing) {
        return Ok(());
    }
    let total = i64::from(batch.statement_count);
    let drafts = drafts_of(payload, ctx).count(&tx).await.or_fail()?;
    drop(tx);
    operations::start(core, ctx, payload.operation_id).await?;
    let mut progress = Progress::new(core.clone(), ctx.clone(), payload.operation_id);
    progress.stage("Rendering, checking and storing", Some(total), "statements").await?;
    let done = total.saturating_sub(i64::try_from(drafts).unwrap_or(i64::MAX));
    // What is rendered is stored by another task: the processors do not wait for the database.
    let (sender, receiver) = mpsc::channel(CHUNK);
    let ((), ()) = tokio::try_join!(
        render_all(core, ctx, payload, sender),
        freeze_all(core, ctx, receiver, &mut progress, done),
    )?;
    close(core, ctx, payload).await
}

/// Renders every draft and hands it on, as many at the same time as there are processors.
async fn render_all(
    core: &Core,
    ctx: &OpContext,
    payload: &PublishStatements,
    sender: mpsc::Sender<Stored>,
) -> Outcome<()> {
    let width = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    let mut after = uuid::Uuid::nil();
    loop {
        let tx = core.db.tenant_read(ctx).await?;
        let page = drafts_of(payload, ctx)
            .filter(statement::Column::Id.gt(after))
            .order_by_asc(statement::Column::Id)
            .limit(PAGE)
            .all(&tx)
            .await
            .or_fail()?;
        let assets = Arc::new(brand::assets(&tx, page.iter().filter_map(|row| brand::logo_of(&row.document))).await?);
        let book = Arc::new(Book::load(&tx).await?);
        drop(tx);
        let Some(last) = page.last() else { return Ok(()) };
        after = last.id;
        stream::iter(page)
            .map(|row| store(core, ctx, row, (Arc::clone(&assets), Arc::clone(&book))))
            .buffer_unordered(width)
            .try_for_each(|stored| async {
                // The receiver is gone only when it failed, and then its failure is what is told.
                sender.send(stored).await.map_err(|_| Failure::internal("the publication broke off"))
            })
            .await?;
    }
}

/// Publishes what arrives, a chunk per transaction.
async fn freeze_all(
    core: &Core,
    ctx: &OpContext,
    mut receiver: mpsc::Receiver<Stored>,
    progress: &mut Progress,
    mut done: i64,
) -> Outcome<()> {
    let mut chunk = Vec::with_capacity(CHUNK);
    while receiver.recv_many(&mut chunk, CHUNK).await > 0 {
        done = done.saturating_add(i64::try_from(chunk.len()).unwrap_or(i64::MAX));
        freeze(core, ctx, std::mem::take(&mut chunk)).await?;
        progress.done(done).await?;
    }
    Ok(())
}

fn drafts_of(payload: &PublishStatements, ctx: &OpContext) -> sea_orm::Select<statement::Entity> {
    statement::Entity::find()
        .filter(statement::Column::TenantId.eq(ctx.tenant_id.uuid()))
        .filter(statement::Column::BatchId.eq(payload.batch_id.uuid()))
        .filter(statement::Column::State.eq(StatementState::Draft.as_str()))
}

/// A statement with its forms in the store.
struct Stored {
    statement: StatementId,
    files: Vec<statement_document::ActiveModel>,
}

/// Renders one statement in every form and puts the files into the store. The keys follow from the statement, so
/// doing it again overwrites the same bytes.
async fn store(
    core: &Core,
    ctx: &OpContext,
    row: statement::Model,
    (assets, book): (Arc<Assets>, Arc<Book>),
) -> Outcome<Stored> {
    let id = StatementId(row.id);
    let wanted = frame::forms(&book, row.organisation_id.map(Into::into), row.party_id.into())?;
    let number = row.number.clone();
    let forms = spawn_blocking(move || render(row, &wanted, &assets))
        .await
        .map_err(|error| Failure::internal(error.to_string()))??;
    let mut files = Vec::with_capacity(forms.len());
    for (form, bytes) in forms {
        let object_key = format!("{}/statements/{id}.{}", ctx.tenant_id, form.extension());
        let content_hash = blake3::hash(&bytes).as_bytes().to_vec();
        let byte_size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
        core.storage.put(&object_key, Bytes::from(bytes)).await?;
        files.push(statement_document::ActiveModel {
            tenant_id: Set(ctx.tenant_id.uuid()),
            id: Set(DocumentId::new().uuid()),
            statement_id: Set(id.uuid()),
            form: Set(form.as_str().to_owned()),
            object_key: Set(object_key),
            file_name: Set(format!("{number}.{}", form.extension())),
            byte_size: Set(byte_size),
            content_hash: Set(content_hash),
            created_at: Set((core.clock)()),
        });
    }
    Ok(Stored { statement: id, files })
}

/// Quality control and rendering: what was stored must still add up and have its hash.
fn render(row: statement::Model, wanted: &[DocumentForm], assets: &Assets) -> Outcome<Vec<(DocumentForm, Vec<u8>)>> {
    let broken = |what: String| Failure::internal(format!("statement {}: {what}", row.number));
    let document: StatementDocument =
        serde_json::from_value(row.document.clone()).map_err(|error| broken(error.to_string()))?;
    let checked = CheckedStatement::new(document).map_err(|errors| broken(format!("{errors:?}")))?;
    if checked.hash().as_slice() != row.content_hash.as_slice() {
        return Err(broken("its content does not have the recorded hash".to_owned()));
    }
    forms(&checked, wanted, assets).map_err(|error| broken(error.to_string()))
}

/// The wanted forms of a statement: the same bytes each time.
pub(super) fn forms(
    checked: &CheckedStatement,
    wanted: &[DocumentForm],
    assets: &Assets,
) -> Result<Vec<(DocumentForm, Vec<u8>)>, DocumentError> {
    let written = wanted.iter().map(|form| {
        let bytes = match form {
            DocumentForm::Pdf => Renderer::shared().pdf_with(checked, assets)?,
            DocumentForm::Xlsx => xlsx(checked)?,
            DocumentForm::Csv => csv(checked)?,
        };
        Ok((*form, bytes))
    });
    written.collect()
}

async fn freeze(core: &Core, ctx: &OpContext, stored: Vec<Stored>) -> Outcome<()> {
    let tx = core.db.tenant(ctx).await?;
    let now = (core.clock)();
    let ids: Vec<uuid::Uuid> = stored.iter().map(|one| one.statement.uuid()).collect();
    let files: Vec<_> = stored.into_iter().flat_map(|one| one.files).collect();
    statement_document::Entity::insert_many(files).exec_without_returning(&tx).await.or_fail()?;
    statement::Entity::update_many()
        .col_expr(statement::Column::State, Expr::value(StatementState::Published.as_str()))
        .col_expr(statement::Column::PublishedAt, Expr::value(now))
        .col_expr(statement::Column::Version, Expr::col(statement::Column::Version).add(1))
        .filter(statement::Column::TenantId.eq(ctx.tenant_id.uuid()))
        .filter(statement::Column::Id.is_in(ids.clone()))
        .exec(&tx)
        .await
        .or_fail()?;
    for id in ids {
        outbox::write(&tx, "statement.published", &json!({ "statementId": StatementId(id).to_string() })).await?;
    }
    tx.commit().await
}

async fn give_back(tx: &TenantTx, payload: &PublishStatements) -> Outcome<()> {
    use statement_batch::{Column, Entity};
    Entity::update_many()
        .col_expr(Column::State, Expr::value(BatchState::Approved.as_str()))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(Column::Id.eq(payload.batch_id.uuid()))
        .filter(Column::State.eq(BatchState::Publishing.as_str()))
        .exec(tx)
        .await
        .or_fail()?;
    Ok(())
}

async fn close(core: &Core, ctx: &OpContext, payload: &PublishStatements) -> Outcome<()> {
    use statement_batch::{Column, Entity};
    let key = seal::key(core).await?;
    let tx = core.db.tenant(ctx).await?;
    let now = (core.clock)();
    Entity::update_many()
        .col_expr(Column::State, Expr::value(BatchState::Published.as_str()))
        .col_expr(Column::PublishedAt, Expr::value(now))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::TenantId.eq(ctx.tenant_id.uuid()))
        .filter(Column::Id.eq(payload.batch_id.uuid()))
        .filter(Column::State.is_in([BatchState::Approved.as_str(), BatchState::Publishing.as_str()]))
        .exec(&tx)
        .await
        .or_fail()?;
    seal::seal(&tx, payload.batch_id, &key).await?;
    operations::finish(&tx, payload.operation_id, now).await?;
    tx.commit().await
}
