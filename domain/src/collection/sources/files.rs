//! The ledger of files that were seen at a source.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use entity::source_file::{Column, Entity, Model};
use entity::source_run;
use kernel::failure::Outcome;
use kernel::ids::{ReportId, SourceFileId, SourceId, SourceRunId};
use platform::db::{OrFail, TenantTx, sql};
use platform::storage::Stored;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::Value as Json;

use super::model::FileState;
use super::port::RemoteFile;

/// Keys asked for at once.
const CHUNK: usize = 1_000;

/// Which of the listed files were not fetched yet, in their order. The same place with another version is new.
pub(super) async fn unseen(tx: &TenantTx, source: SourceId, listed: Vec<RemoteFile>) -> Outcome<Vec<RemoteFile>> {
    let mut seen: HashSet<(String, String)> = HashSet::new();
    for chunk in listed.chunks(CHUNK) {
        let keys: Vec<String> = chunk.iter().map(|file| file.key.clone()).collect();
        let rows = tx
            .query_all_raw(sql(
                "SELECT remote_key, remote_version FROM source_file
                 WHERE tenant_id = $1 AND source_id = $2 AND remote_key = ANY($3)",
                [tx.tenant_id().uuid().into(), source.uuid().into(), keys.into()],
            ))
            .await
            .or_fail()?;
        for row in rows {
            seen.insert((row.try_get("", "remote_key").or_fail()?, row.try_get("", "remote_version").or_fail()?));
        }
    }
    // A provider may list a thing twice.
    Ok(listed.into_iter().filter(|file| seen.insert((file.key.clone(), file.version.clone()))).collect())
}

/// A file whose bytes are in the store.
pub(super) struct Arrived<'a> {
    pub(super) id: SourceFileId,
    pub(super) source: SourceId,
    pub(super) run: SourceRunId,
    pub(super) remote: &'a RemoteFile,
    pub(super) file_name: &'a str,
    pub(super) object_key: &'a str,
    pub(super) stored: Stored,
    /// How far the source is read with this file.
    pub(super) position: Option<&'a Json>,
}

/// Writes a fetched file into the ledger, with the position that it brings the source to. `false` when it is there: an
/// attempt believed dead has written it in the meantime.
pub(super) async fn arrived(tx: &TenantTx, file: &Arrived<'_>, now: DateTime<Utc>) -> Outcome<bool> {
    let tenant = tx.tenant_id().uuid();
    let written = tx.execute_raw(sql(
        "INSERT INTO source_file (tenant_id, id, source_id, run_id, remote_key, remote_version, file_name, byte_size,
             content_hash, object_key, state, fetched_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'FETCHED', $11)
         ON CONFLICT (tenant_id, source_id, remote_key, remote_version) DO NOTHING",
        [
            tenant.into(),
            file.id.uuid().into(),
            file.source.uuid().into(),
            file.run.uuid().into(),
            file.remote.key.as_str().into(),
            file.remote.version.as_str().into(),
            file.file_name.into(),
            i64::try_from(file.stored.bytes).unwrap_or(i64::MAX).into(),
            file.stored.blake3.to_vec().into(),
            file.object_key.into(),
            now.into(),
        ],
    ))
    .await
    .or_fail()?;
    if written.rows_affected() == 0 {
        return Ok(false);
    }
    tx.execute_raw(sql(
        "UPDATE source SET last_file_at = $3, position = coalesce($4, position) WHERE tenant_id = $1 AND id = $2",
        [tenant.into(), file.source.uuid().into(), now.into(), file.position.cloned().into()],
    ))
    .await
    .or_fail()?;
    tx.execute_raw(sql(
        "UPDATE source_run SET fetched_count = fetched_count + 1 WHERE tenant_id = $1 AND id = $2",
        [tenant.into(), file.run.uuid().into()],
    ))
    .await
    .or_fail()?;
    Ok(true)
}

/// The files of a run that are still to be imported, in the order in which they came.
pub(super) async fn waiting(tx: &TenantTx, run: SourceRunId) -> Outcome<Vec<Model>> {
    Entity::find()
        .filter(Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(Column::RunId.eq(run.uuid()))
        .filter(Column::State.eq(FileState::Fetched.as_str()))
        .order_by_asc(Column::Id)
        .all(tx)
        .await
        .or_fail()
}

/// Keeps a file for this transaction, and says which report an attempt has tied it to in the meantime: one believed dead
/// may just have committed.
pub(super) async fn hold(tx: &TenantTx, id: SourceFileId) -> Outcome<Option<ReportId>> {
    let row = tx
        .query_one_raw(sql(
            "SELECT report_id FROM source_file WHERE tenant_id = $1 AND id = $2 FOR UPDATE",
            [tx.tenant_id().uuid().into(), id.uuid().into()],
        ))
        .await
        .or_fail()?;
    let report: Option<Option<uuid::Uuid>> = row.map(|row| row.try_get("", "report_id")).transpose().or_fail()?;
    Ok(report.flatten().map(Into::into))
}

/// Ties a file to the report that is made of it.
pub(super) async fn tie(tx: &TenantTx, id: SourceFileId, report: ReportId) -> Outcome<()> {
    Entity::update_many()
        .col_expr(Column::ReportId, Expr::value(report.uuid()))
        .filter(Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(Column::Id.eq(id.uuid()))
        .exec(tx)
        .await
        .or_fail()?;
    Ok(())
}

/// Says what became of a file that was waiting, and counts it with its run.
pub(super) async fn settle(
    tx: &TenantTx,
    id: SourceFileId,
    run: SourceRunId,
    state: FileState,
    failure: Option<(&str, &str)>,
) -> Outcome<()> {
    let changed = Entity::update_many()
        .col_expr(Column::State, Expr::value(state.as_str()))
        .col_expr(Column::FailureCode, Expr::value(failure.map(|(code, _)| code.to_owned())))
        .col_expr(Column::FailureMessage, Expr::value(failure.map(|(_, message)| message.to_owned())))
        .filter(Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(Column::Id.eq(id.uuid()))
        .filter(Column::State.eq(FileState::Fetched.as_str()))
        .exec(tx)
        .await
        .or_fail()?;
    let counter = match state {
        FileState::Duplicate => source_run::Column::DuplicateCount,
        FileState::Refused => source_run::Column::RefusedCount,
        _ => return Ok(()),
    };
    if changed.rows_affected == 1 {
        source_run::Entity::update_many()
            .col_expr(counter, Expr::col(counter).add(1))
            .filter(source_run::Column::TenantId.eq(tx.tenant_id().uuid()))
            .filter(source_run::Column::Id.eq(run.uuid()))
            .exec(tx)
            .await
            .or_fail()?;
    }
    Ok(())
}
