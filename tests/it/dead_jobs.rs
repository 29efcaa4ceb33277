//! Jobs that die without a word of their own: what they had begun is ended, and can be asked for again.

use domain::collection::ImportReport;
use domain::statements::PublishStatements;
use kernel::failure::Failure;
use platform::db::sql;
use platform::jobs::{DeadJob, JobFailure, JobPayload};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use tests::{CONTRACTS, Label, STREAMS, TestApp, spotify};

use crate::cycle::{calculate, start, version};

/// The job of a tenant as the queue buries it after a panic in its last attempt.
fn dead(app: &TestApp, label: &Label, name: &'static str, payload: Value) -> DeadJob {
    DeadJob {
        ctx: Some(app.context(label.tenant_id)),
        db: app.core.db.clone(),
        name,
        payload,
        failure: JobFailure::Retry(Failure::internal("job panicked")),
    }
}

/// The bare id, as payloads have it.
fn id(text: &str) -> uuid::Uuid {
    kernel::ids::parse_typeid(text).unwrap().1
}

/// As if the job were at work at this moment.
async fn begun(app: &TestApp, label: &Label, statement: &str) {
    let tx = app.core.db.tenant(&app.context(label.tenant_id)).await.unwrap();
    let done = tx.execute_raw(sql(statement, [label.tenant_id.uuid().into()])).await.unwrap();
    assert_eq!(done.rows_affected(), 1);
    tx.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_dead_job_had_begun_is_ended() {
    let mut app = TestApp::start().await;
    let label = Label::create(&app, "dead").await;
    label.import("CONTRACTS", "contracts.csv", CONTRACTS).await;
    label.report("spotify.tsv", spotify(STREAMS)).await;
    calculate(&label, "2026-01").await;
    let input = json!({ "accountingMonth": "2026-01", "idempotencyKey": "dead" });
    let (batch, _) = start(&label.manager, "statementBatchCreate", "StatementBatchCreateInput", input, "batch").await;
    let approve = "mutation($i: StatementBatchChangeInput!) { statementBatchApprove(input: $i) { batch { id } userErrors { code message } } }";
    let input = json!({ "id": batch, "expectedVersion": version(&label.manager, "statementBatch", &batch).await });
    label.approver.ask(approve, json!({ "i": input })).await.ok();
    app.kill_worker().await;

    begun(&app, &label, "UPDATE statement_batch SET state = 'PUBLISHING' WHERE tenant_id = $1").await;
    let upload = label.manager.upload("late.tsv", spotify(&STREAMS[..1])).await;
    let import = "mutation($i: RevenueReportImportInput!) { revenueReportImport(input: $i) { report { id } operation { id } userErrors { code message } } }";
    let input = json!({ "uploadId": upload, "accountingMonth": "2026-02", "idempotencyKey": "late" });
    let answer = label.manager.ask(import, json!({ "i": input })).await.ok();
    let report = answer.text("/revenueReportImport/report/id");
    let operation = answer.text("/revenueReportImport/operation/id");
    begun(&app, &label, "UPDATE revenue_report SET state = 'IMPORTING' WHERE tenant_id = $1 AND state = 'RECEIVED'")
        .await;

    let publishes = json!({ "batch_id": id(&batch), "operation_id": id(&operation) });
    let job = dead(&app, &label, PublishStatements::NAME, publishes);
    // Each room leaves the jobs of others alone.
    domain::collection::job_died(&app.core, &job).await.unwrap();
    domain::statements::job_died(&app.core, &job).await.unwrap();
    let imports = json!({ "report_id": id(&report), "operation_id": id(&operation) });
    domain::collection::job_died(&app.core, &dead(&app, &label, ImportReport::NAME, imports)).await.unwrap();

    let query =
        "query($b: ID!, $r: ID!) { statementBatch(id: $b) { state } revenueReport(id: $r) { state failure { code } } }";
    let now = label.manager.ask(query, json!({ "b": batch, "r": report })).await.ok();
    assert_eq!(now.at("/statementBatch/state"), "APPROVED", "publishing can be asked for again");
    assert_eq!(now.at("/revenueReport/state"), "FAILED", "the same bytes may come again: {}", now.body);
}
