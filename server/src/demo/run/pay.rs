//! The stage "payments": made by the payments operator, approved by finance, executed by the operator.

use futures::future::try_join_all;
use serde_json::{Value, json};

use super::board::{Board, Stage};
use super::cast::Cast;
use super::person::{Trouble, number, text};
use super::{Month, wait};
use crate::stop::Stop;

const BATCHES: &str = "query Batches($after: String) {
    paymentBatches(first: 100, after: $after) {
        nodes { id accountingMonth state version contentHash paymentCount operation { id } }
        pageInfo { hasNextPage endCursor } } }";
const CREATE: &str = "mutation Create($input: PaymentBatchCreateInput!) {
    paymentBatchCreate(input: $input) { batch { id } userErrors { code message } } }";
const APPROVE: &str = "mutation Approve($input: PaymentBatchApproveInput!) {
    paymentBatchApprove(input: $input) { batch { version } userErrors { code message } } }";
const EXECUTE: &str = "mutation Execute($input: PaymentBatchExecuteInput!) {
    paymentBatchExecute(input: $input) { operation { id } userErrors { code message } } }";

/// Pays what the month's statements owe.
///
/// # Errors
/// When it is refused or fails. That nothing is payable is fine.
pub async fn pay(board: &Board, month: &Month<'_>) -> Result<(), Stop> {
    let stage = board.stage("payments", month.name, 0, "payments");
    try_join_all(month.casts.iter().map(|cast| pay_tenant(&stage, month, cast))).await?;
    stage.finish();
    Ok(())
}

async fn batch_of(cast: &Cast, month: &str) -> Result<(Option<Value>, usize), Trouble> {
    let batches = cast.payer.all(BATCHES, json!({})).await?;
    let batches: Vec<Value> = batches.into_iter().filter(|batch| batch["accountingMonth"] == month).collect();
    let count = batches.len();
    Ok((batches.into_iter().find(|batch| batch["state"] != "CANCELLED"), count))
}

async fn pay_tenant(stage: &Stage<'_>, month: &Month<'_>, cast: &Cast) -> Result<(), Trouble> {
    let (known, count) = batch_of(cast, month.name).await?;
    let batch = match known {
        Some(batch) => batch,
        None => {
            let key = format!("demo payments {} {count}", month.name);
            let input = json!({ "accountingMonth": month.name, "method": "INTERNAL_LEDGER", "idempotencyKey": key });
            match cast.payer.ask(CREATE, json!({ "input": input })).await {
                Ok(_) => {}
                Err(trouble) if trouble.is("NOTHING_PAYABLE") => return Ok(()),
                Err(trouble) => return Err(trouble),
            }
            let missing = || Trouble::Broken(format!("{} has no payments of {}", cast.slug, month.name));
            batch_of(cast, month.name).await?.0.ok_or_else(missing)?
        }
    };
    let payments = number(&batch["paymentCount"]);
    let id = text(&batch, "id")?;
    let operation = match batch["state"].as_str() {
        Some("EXECUTED") => return Ok(()),
        Some("EXECUTING") => batch["operation"].clone(),
        state => {
            let mut version = batch["version"].clone();
            if state == Some("DRAFT") {
                let input = json!({ "id": id, "expectedVersion": version, "contentHash": batch["contentHash"] });
                version = cast.approver.ask(APPROVE, json!({ "input": input })).await?["batch"]["version"].clone();
            }
            let key = format!("demo execute {id} {version}");
            let input = json!({ "id": id, "expectedVersion": version, "idempotencyKey": key });
            cast.payer.ask(EXECUTE, json!({ "input": input })).await?["operation"].clone()
        }
    };
    stage.expect(payments);
    wait::done(&cast.payer, &operation, stage, payments).await
}
