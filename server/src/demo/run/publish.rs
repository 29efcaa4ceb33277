//! The stages "statements" and "publication": drafts by the royalty manager, approved and published by finance.

use futures::future::try_join_all;
use serde_json::{Value, json};

use super::board::{Board, Stage};
use super::cast::{ARTIST, Cast};
use super::person::{Trouble, number, text};
use super::{Month, setup, wait};
use crate::stop::Stop;

const BATCHES: &str = "query Batches($after: String) {
    statementBatches(first: 100, after: $after) {
        nodes { id accountingMonth state version statementCount operation { id state } }
        pageInfo { hasNextPage endCursor } } }";
const CREATE: &str = "mutation Create($input: StatementBatchCreateInput!) {
    statementBatchCreate(input: $input) { operation { id } userErrors { code message } } }";
const APPROVE: &str = "mutation Approve($input: StatementBatchChangeInput!) {
    statementBatchApprove(input: $input) { batch { version } userErrors { code message } } }";
const PUBLISH: &str = "mutation Publish($input: StatementBatchPublishInput!) {
    statementBatchPublish(input: $input) { operation { id } userErrors { code message } } }";
const SOMEBODY: &str = "query Somebody($month: Month!) {
    statements(first: 1, filter: { accountingMonth: $month, state: PUBLISHED }) { nodes { party { id } } } }";

/// The month's batch that is not thrown away, and how many there have been.
async fn batch_of(cast: &Cast, month: &str) -> Result<(Option<Value>, usize), Trouble> {
    let batches = cast.manager.all(BATCHES, json!({})).await?;
    let batches: Vec<Value> = batches.into_iter().filter(|batch| batch["accountingMonth"] == month).collect();
    let count = batches.len();
    let alive = batches.into_iter().find(|batch| !matches!(batch["state"].as_str(), Some("FAILED" | "DISCARDED")));
    Ok((alive, count))
}

/// Makes the drafts of the month.
///
/// # Errors
/// When it fails.
pub async fn draft(board: &Board, month: &Month<'_>) -> Result<(), Stop> {
    let stage = board.stage("statement drafts", month.name, 0, "statements");
    try_join_all(month.casts.iter().map(|cast| draft_tenant(&stage, month, cast))).await?;
    stage.finish();
    Ok(())
}

async fn draft_tenant(stage: &Stage<'_>, month: &Month<'_>, cast: &Cast) -> Result<(), Trouble> {
    let (batch, count) = batch_of(cast, month.name).await?;
    let operation = match batch {
        None => {
            let key = format!("demo statements {} {count}", month.name);
            let input = json!({ "accountingMonth": month.name, "idempotencyKey": key });
            cast.manager.ask(CREATE, json!({ "input": input })).await?["operation"].clone()
        }
        Some(batch) if matches!(batch["state"].as_str(), Some("QUEUED" | "PREPARING")) => batch["operation"].clone(),
        Some(_) => return Ok(()),
    };
    wait::done(&cast.manager, &operation, stage, 0).await?;
    let (batch, _) = batch_of(cast, month.name).await?;
    let made = batch.map(|batch| number(&batch["statementCount"])).unwrap_or_default();
    stage.expect(made);
    stage.add(made);
    Ok(())
}

/// Approves and publishes the drafts of the month.
///
/// # Errors
/// When it is refused or fails.
pub async fn publish(board: &Board, month: &Month<'_>) -> Result<(), Stop> {
    let stage = board.stage("publication", month.name, 0, "statements");
    try_join_all(month.casts.iter().map(|cast| publish_tenant(&stage, month, cast))).await?;
    stage.finish();
    Ok(())
}

async fn publish_tenant(stage: &Stage<'_>, month: &Month<'_>, cast: &Cast) -> Result<(), Trouble> {
    let (batch, _) = batch_of(cast, month.name).await?;
    let batch = batch.ok_or_else(|| Trouble::Broken(format!("{} has no statements of {}", cast.slug, month.name)))?;
    let statements = number(&batch["statementCount"]);
    let id = text(&batch, "id")?;
    let version = match batch["state"].as_str() {
        Some("PUBLISHED") => return Ok(()),
        Some("DRAFT") => {
            let input = json!({ "id": id, "expectedVersion": batch["version"] });
            cast.approver.ask(APPROVE, json!({ "input": input })).await?["batch"]["version"].clone()
        }
        _ => batch["version"].clone(),
    };
    stage.expect(statements);
    let operation = if wait::is_going_on(&batch["operation"]) {
        batch["operation"].clone()
    } else {
        let key = format!("demo publish {id} {version}");
        let input = json!({ "id": id, "expectedVersion": version, "idempotencyKey": key });
        cast.approver.ask(PUBLISH, json!({ "input": input })).await?["operation"].clone()
    };
    wait::done(&cast.approver, &operation, stage, statements).await?;
    introduce_artist(month, cast).await
}

/// The first rights holder with a statement gets a user of their own.
async fn introduce_artist(month: &Month<'_>, cast: &Cast) -> Result<(), Trouble> {
    let found = cast.manager.ask(SOMEBODY, json!({ "month": month.name })).await?;
    if let Some(party) = found["nodes"][0]["party"]["id"].as_str() {
        setup::add_member(&cast.owner, &ARTIST, &cast.slug, &[party.to_owned()]).await?;
    }
    Ok(())
}
