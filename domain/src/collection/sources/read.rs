//! Sources, runs, files and alerts read.

use chrono::{DateTime, Utc};
use entity::{source, source_alert, source_file, source_run};
use kernel::context::OpContext;
use kernel::failure::{Failure, Outcome};
use kernel::ids::{SourceId, SourceRunId};
use kernel::page::{Page, PageRequest};
use kernel::permission::Permission;
use platform::db::{OrFail, TenantTx};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::credentials;
use super::model::{
    Cause, CredentialName, FileState, RunState, Source, SourceAlert, SourceFile, SourceFilter, SourceRun, SourceState,
};
use crate::Core;

impl TryFrom<source::Model> for Source {
    type Error = Failure;

    fn try_from(row: source::Model) -> Outcome<Self> {
        let method = serde_json::from_value(row.config)
            .map_err(|error| Failure::internal(format!("settings of source {}: {error}", row.id)))?;
        Ok(Self {
            id: row.id.into(),
            name: row.name,
            provider: row.provider,
            method,
            state: SourceState::from_name(&row.state).unwrap_or(SourceState::Disabled),
            schedule: row.schedule,
            time_zone: row.time_zone,
            next_run_at: row.next_run_at,
            deadline: row.deadline,
            next_deadline_at: row.next_deadline_at,
            max_attempts: row.max_attempts,
            last_file_at: row.last_file_at,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

impl From<source_run::Model> for SourceRun {
    fn from(row: source_run::Model) -> Self {
        Self {
            id: row.id.into(),
            source_id: row.source_id.into(),
            operation_id: row.operation_id.into(),
            cause: Cause::from_name(&row.cause).unwrap_or(Cause::Manual),
            state: RunState::from_name(&row.state).unwrap_or(RunState::Failed),
            found_count: row.found_count,
            fetched_count: row.fetched_count,
            duplicate_count: row.duplicate_count,
            refused_count: row.refused_count,
            failure: row.failure_code.map(|code| (code, row.failure_message.unwrap_or_default())),
            started_at: row.started_at,
            finished_at: row.finished_at,
        }
    }
}

impl From<source_file::Model> for SourceFile {
    fn from(row: source_file::Model) -> Self {
        Self {
            id: row.id.into(),
            source_id: row.source_id.into(),
            run_id: row.run_id.into(),
            remote_key: row.remote_key,
            file_name: row.file_name,
            byte_size: row.byte_size,
            state: FileState::from_name(&row.state).unwrap_or(FileState::Refused),
            report_id: row.report_id.map(Into::into),
            failure: row.failure_code.map(|code| (code, row.failure_message.unwrap_or_default())),
            fetched_at: row.fetched_at,
        }
    }
}

impl From<source_alert::Model> for SourceAlert {
    fn from(row: source_alert::Model) -> Self {
        Self {
            id: row.id.into(),
            source_id: row.source_id.into(),
            kind: row.kind,
            message: row.message,
            raised_at: row.raised_at,
            cleared_at: row.cleared_at,
        }
    }
}

pub(super) async fn find(tx: &TenantTx, id: SourceId) -> Outcome<Option<Source>> {
    let row = source::Entity::find_by_id((tx.tenant_id().uuid(), id.uuid())).one(tx).await.or_fail()?;
    row.map(Source::try_from).transpose()
}

/// Refuses for a source that does not exist here.
pub(in crate::collection) async fn must_exist(tx: &TenantTx, id: SourceId) -> Outcome<()> {
    find(tx, id).await?.map(|_| ()).ok_or_else(unknown)
}

pub(super) fn unknown() -> Failure {
    Failure::not_found("NOT_FOUND", "There is no such source.").at(["input", "id"])
}

/// A source, and nobody else changes it until the end of the transaction.
pub(super) async fn must_find(tx: &TenantTx, id: SourceId) -> Outcome<Source> {
    let row = source::Entity::find_by_id((tx.tenant_id().uuid(), id.uuid()))
        .lock_exclusive()
        .one(tx)
        .await
        .or_fail()?
        .ok_or_else(unknown)?;
    row.try_into()
}

/// Looks a source up.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn source(ctx: &OpContext, core: &Core, id: SourceId) -> Outcome<Option<Source>> {
    ctx.require(Permission::ReportRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    find(&tx, id).await
}

/// Looks several sources up, for batch loading.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn sources_by_id(ctx: &OpContext, core: &Core, ids: &[SourceId]) -> Outcome<Vec<Source>> {
    ctx.require(Permission::ReportRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let rows = source::Entity::find()
        .filter(source::Column::TenantId.eq(ctx.tenant_id.uuid()))
        .filter(source::Column::Id.is_in(ids.iter().map(|id| id.uuid())))
        .all(&tx)
        .await
        .or_fail()?;
    rows.into_iter().map(Source::try_from).collect()
}

/// Looks several runs up, for batch loading.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn runs_by_id(ctx: &OpContext, core: &Core, ids: &[SourceRunId]) -> Outcome<Vec<SourceRun>> {
    ctx.require(Permission::ReportRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let rows = source_run::Entity::find()
        .filter(source_run::Column::TenantId.eq(ctx.tenant_id.uuid()))
        .filter(source_run::Column::Id.is_in(ids.iter().map(|id| id.uuid())))
        .all(&tx)
        .await
        .or_fail()?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Which credentials several sources have, and since when; never what they are.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn source_credentials(
    ctx: &OpContext,
    core: &Core,
    ids: &[SourceId],
) -> Outcome<Vec<(SourceId, CredentialName, DateTime<Utc>)>> {
    ctx.require(Permission::ReportRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    credentials::names(&tx, ids).await
}

/// Lists rows of a table whose ids are in order of time, newest first.
macro_rules! newest_first {
    ($entity:ident, $condition:expr, $page:expr, $tx:expr) => {{
        use $entity::{Column, Entity};
        let mut condition: Condition = $condition;
        if let Some(after) = &$page.after {
            condition = condition.add(Column::Id.lt(after.id));
        }
        if let Some(before) = &$page.before {
            condition = condition.add(Column::Id.gt(before.id));
        }
        let query = Entity::find().filter(condition).limit($page.size.saturating_add(1));
        let query = if $page.from_end { query.order_by_asc(Column::Id) } else { query.order_by_desc(Column::Id) };
        Page::from_fetched(query.all(&$tx).await.or_fail()?, &$page)
    }};
}

/// Lists sources, newest first.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn sources(ctx: &OpContext, core: &Core, filter: SourceFilter, page: PageRequest) -> Outcome<Page<Source>> {
    ctx.require(Permission::ReportRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let mut condition = Condition::all().add(source::Column::TenantId.eq(ctx.tenant_id.uuid()));
    if let Some(state) = filter.state {
        condition = condition.add(source::Column::State.eq(state.as_str()));
    }
    if let Some(provider) = filter.provider {
        condition = condition.add(source::Column::Provider.eq(provider));
    }
    let rows = newest_first!(source, condition, page, tx);
    let Page { rows, has_next, has_previous } = rows;
    Ok(Page { rows: rows.into_iter().map(Source::try_from).collect::<Outcome<_>>()?, has_next, has_previous })
}

/// Lists the runs at a source, newest first.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn source_runs(ctx: &OpContext, core: &Core, id: SourceId, page: PageRequest) -> Outcome<Page<SourceRun>> {
    use source_run::Column as C;
    ctx.require(Permission::ReportRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let condition = Condition::all().add(C::TenantId.eq(ctx.tenant_id.uuid())).add(C::SourceId.eq(id.uuid()));
    Ok(newest_first!(source_run, condition, page, tx).map(Into::into))
}

/// Lists the files that were seen at a source, newest first; of one run, when given.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn source_files(
    ctx: &OpContext,
    core: &Core,
    id: SourceId,
    run: Option<SourceRunId>,
    page: PageRequest,
) -> Outcome<Page<SourceFile>> {
    use source_file::Column as C;
    ctx.require(Permission::ReportRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let mut condition = Condition::all().add(C::TenantId.eq(ctx.tenant_id.uuid())).add(C::SourceId.eq(id.uuid()));
    if let Some(run) = run {
        condition = condition.add(C::RunId.eq(run.uuid()));
    }
    Ok(newest_first!(source_file, condition, page, tx).map(Into::into))
}

/// Lists what somebody should look at, newest first; only what is not over, with `open`.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn source_alerts(ctx: &OpContext, core: &Core, open: bool, page: PageRequest) -> Outcome<Page<SourceAlert>> {
    use source_alert::Column as C;
    ctx.require(Permission::ReportRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let mut condition = Condition::all().add(C::TenantId.eq(ctx.tenant_id.uuid()));
    if open {
        condition = condition.add(C::ClearedAt.is_null());
    }
    Ok(newest_first!(source_alert, condition, page, tx).map(Into::into))
}
