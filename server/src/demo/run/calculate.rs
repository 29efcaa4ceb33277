//! The stages "calculation" and "finalisation": made by the royalty manager, approved and finalised by finance.

use futures::future::try_join_all;
use serde_json::{Value, json};

use super::board::{Board, Stage};
use super::cast::Cast;
use super::person::{Trouble, number, text};
use super::{Month, wait};
use crate::stop::Stop;

const RUNS: &str = "query Runs($filter: CalculationRunFilter) {
    calculationRuns(first: 25, filter: $filter) {
        nodes { id state version lineCount royaltyLineCount operation { id state } failure { code message } } } }";
const CREATE: &str = "mutation Create($input: CalculationRunCreateInput!) {
    calculationRunCreate(input: $input) { operation { id } userErrors { code message } } }";
const APPROVE: &str = "mutation Approve($input: CalculationRunApproveInput!) {
    calculationRunApprove(input: $input) { run { id version } userErrors { code message } } }";
const FINALISE: &str = "mutation Finalise($input: CalculationRunFinaliseInput!) {
    calculationRunFinalise(input: $input) { operation { id } userErrors { code message } } }";

/// The month's run of a tenant that is not thrown away, and how many there have been.
///
/// # Errors
/// When it cannot be read.
pub async fn run_of(cast: &Cast, month: &str) -> Result<(Option<Value>, usize), Trouble> {
    let runs = cast.manager.ask(RUNS, json!({ "filter": { "accountingMonth": month } })).await?;
    let runs = runs["nodes"].as_array().cloned().unwrap_or_default();
    let count = runs.len();
    let alive = runs.into_iter().find(|run| !matches!(run["state"].as_str(), Some("FAILED" | "DISCARDED")));
    Ok((alive, count))
}

/// Calculates the month of both tenants.
///
/// # Errors
/// When a run fails.
pub async fn calculate(board: &Board, month: &Month<'_>) -> Result<(), Stop> {
    let stage = board.stage("calculation", month.name, 0, "lines");
    try_join_all(month.open().map(|cast| calculate_tenant(&stage, month, cast))).await?;
    stage.finish();
    Ok(())
}

async fn calculate_tenant(stage: &Stage<'_>, month: &Month<'_>, cast: &Cast) -> Result<(), Trouble> {
    let (run, count) = run_of(cast, month.name).await?;
    let lines: u64 = month
        .reports
        .iter()
        .filter(|report| report.tenant == cast.slug && report.copy_of.is_none())
        .map(|report| report.rows)
        .sum();
    let operation = match run {
        None => {
            let key = format!("demo run {} {count}", month.name);
            let input = json!({ "accountingMonth": month.name, "idempotencyKey": key });
            cast.manager.ask(CREATE, json!({ "input": input })).await?["operation"].clone()
        }
        // Begun by an earlier demonstration that was stopped.
        Some(run) if matches!(run["state"].as_str(), Some("QUEUED" | "CALCULATING")) => run["operation"].clone(),
        Some(_) => return Ok(()),
    };
    stage.expect(lines);
    wait::done(&cast.manager, &operation, stage, lines).await
}

/// Approves and finalises the month's runs.
///
/// # Errors
/// When it is refused or fails.
pub async fn finalise(board: &Board, month: &Month<'_>) -> Result<(), Stop> {
    let stage = board.stage("finalisation", month.name, 0, "royalties");
    try_join_all(month.open().map(|cast| finalise_tenant(&stage, month, cast))).await?;
    stage.finish();
    Ok(())
}

async fn finalise_tenant(stage: &Stage<'_>, month: &Month<'_>, cast: &Cast) -> Result<(), Trouble> {
    let (run, _) = run_of(cast, month.name).await?;
    let run = run.ok_or_else(|| Trouble::Broken(format!("{} has no run of {}", cast.slug, month.name)))?;
    let royalties = number(&run["royaltyLineCount"]);
    let id = text(&run, "id")?;
    let version = match run["state"].as_str() {
        Some("FINALISED") => return Ok(()),
        Some("CALCULATED") => {
            let input = json!({ "id": id, "expectedVersion": run["version"] });
            cast.approver.ask(APPROVE, json!({ "input": input })).await?["run"]["version"].clone()
        }
        _ => run["version"].clone(),
    };
    stage.expect(royalties);
    let operation = if wait::is_going_on(&run["operation"]) {
        run["operation"].clone()
    } else {
        let key = format!("demo finalise {id} {version}");
        let input = json!({ "id": id, "expectedVersion": version, "idempotencyKey": key });
        cast.approver.ask(FINALISE, json!({ "input": input })).await?["operation"].clone()
    };
    wait::done(&cast.approver, &operation, stage, royalties).await
}
