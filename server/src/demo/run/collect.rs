//! The stages "collection" and "suspense": reports uploaded and imported, a file delivered twice, some decisions.

use std::path::Path;

use futures::future::try_join_all;
use serde_json::{Value, json};

use super::board::{Board, Stage};
use super::cast::Cast;
use super::person::{Person, Trouble, text};
use super::{Month, wait};
use crate::demo::world::manifest::Report;
use crate::stop::Stop;

/// Groups that somebody decides about, per tenant and month.
const DECISIONS: usize = 3;

const IMPORT: &str = "mutation Import($input: RevenueReportImportInput!) {
    revenueReportImport(input: $input) {
        report { id state } operation { id } isDuplicate userErrors { code message } } }";
const REPORTS: &str = "query Reports($filter: RevenueReportFilter, $after: String) {
    revenueReports(first: 100, after: $after, filter: $filter) {
        nodes { fileName } pageInfo { hasNextPage endCursor } } }";
const WAITING: &str = "query Waiting($after: String) {
    suspenseGroups(first: 100, after: $after, filter: { isResolved: false }) {
        nodes { id title artist source sourceKey } pageInfo { hasNextPage endCursor } } }";
const RECORDINGS: &str = "query Recordings($search: String!) {
    recordings(first: 1, filter: { search: $search }) { nodes { id } } }";
const RESOLVE: &str = "mutation Resolve($input: SuspenseResolveInput!) {
    suspenseResolve(input: $input) { groups { id } userErrors { code message } } }";

/// Imports the month's files of both tenants, all at once, then delivers one of them again.
///
/// # Errors
/// When a report fails, or a second delivery is not recognised.
pub async fn import(board: &Board, month: &Month<'_>, folder: &Path) -> Result<(), Stop> {
    let stage = board.stage("collection", month.name, 0, "rows");
    try_join_all(month.open().map(|cast| import_tenant(&stage, month, cast, folder))).await?;
    stage.finish();
    Ok(())
}

async fn import_tenant(stage: &Stage<'_>, month: &Month<'_>, cast: &Cast, folder: &Path) -> Result<(), Trouble> {
    let filter = json!({ "filter": { "accountingMonth": month.name, "state": "IMPORTED" } });
    let there = cast.manager.all(REPORTS, filter).await?;
    let is_there = |report: &Report| there.iter().any(|row| row["fileName"].as_str() == file_name(&report.path));
    let mine = || month.reports.iter().filter(|report| report.tenant == cast.slug);
    let first = mine().filter(|report| report.copy_of.is_none() && !is_there(report));
    try_join_all(first.map(|report| async move {
        stage.expect(report.rows);
        let answer = send(&cast.manager, report, folder).await?;
        wait::done(&cast.manager, &answer["operation"], stage, report.rows).await
    }))
    .await?;
    for again in mine().filter(|report| report.copy_of.is_some()) {
        let answer = send(&cast.manager, again, folder).await?;
        if answer["isDuplicate"] != Value::Bool(true) {
            return Err(Trouble::Broken(format!("{} was not recognised as delivered before", again.path)));
        }
    }
    Ok(())
}

fn file_name(path: &str) -> Option<&str> {
    path.rsplit('/').next()
}

async fn send(manager: &Person, report: &Report, folder: &Path) -> Result<Value, Trouble> {
    let upload = manager.upload(&folder.join(&report.path)).await?;
    let key = format!("demo {} {upload}", report.month);
    let input = json!({ "uploadId": upload, "accountingMonth": report.month, "idempotencyKey": key });
    manager.ask(IMPORT, json!({ "input": input })).await
}

/// Decides about a few groups that wait: their lines belong to a recording of the tenant.
///
/// # Errors
/// When a decision is refused.
pub async fn decide(board: &Board, month: &Month<'_>) -> Result<(), Stop> {
    let stage = board.stage("suspense decisions", month.name, 0, "groups");
    try_join_all(month.open().map(|cast| decide_tenant(&stage, cast))).await?;
    stage.finish();
    Ok(())
}

async fn decide_tenant(stage: &Stage<'_>, cast: &Cast) -> Result<(), Trouble> {
    let mut waiting = cast.manager.all(WAITING, json!({})).await?;
    // Ids say when, and imports run side by side: by key the decisions are the same every time.
    let key = |group: &Value| ["source", "sourceKey"].map(|field| group[field].as_str().unwrap_or_default().to_owned());
    waiting.sort_by_cached_key(key);
    let mut decided = 0;
    for group in &waiting {
        let Some(recording) = recording_for(&cast.manager, group).await? else { continue };
        stage.expect(1);
        let input = json!({ "groupIds": [text(group, "id")?], "item": { "recordingId": recording }, "remember": true });
        cast.manager.ask(RESOLVE, json!({ "input": input })).await?;
        stage.add(1);
        decided += 1;
        if decided == DECISIONS {
            break;
        }
    }
    Ok(())
}

/// The recording whose title or artist the provider wrote; the tenant's first one where it wrote neither as we do.
async fn recording_for(manager: &Person, group: &Value) -> Result<Option<Value>, Trouble> {
    let names = [group["title"].as_str(), group["artist"].as_str(), Some("")];
    for name in names.into_iter().flatten() {
        let found = manager.ask(RECORDINGS, json!({ "search": name })).await?;
        if let Some(recording) = found["nodes"].get(0) {
            return Ok(Some(recording["id"].clone()));
        }
    }
    Ok(None)
}
