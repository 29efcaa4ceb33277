//! Live progress over `graphql-transport-ws`, with the client that browsers use.

use std::process::Stdio;

use serde_json::{Value, json};
use tests::{Label, STREAMS, TestApp, spotify};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

#[tokio::test(flavor = "multi_thread")]
async fn progress_is_pushed_to_the_graphql_ws_client() {
    let mut app = TestApp::start().await;
    let label = Label::create(&app, "live").await;
    app.kill_worker().await;
    let upload = label.manager.upload("spotify_2026-01.tsv", spotify(STREAMS)).await;
    let answer = label
        .manager
        .ask(
            "mutation($i: RevenueReportImportInput!) { revenueReportImport(input: $i) { operation { id } userErrors { code message } } }",
            json!({ "i": { "uploadId": upload, "accountingMonth": "2026-01", "idempotencyKey": "live" } }),
        )
        .await
        .ok();
    let operation = answer.text("/revenueReportImport/operation/id");
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/clients/graphql-ws");
    let mut client = Command::new("node")
        .arg("progress.mjs")
        .arg(format!("{}/graphql/ws", app.base.replace("http://", "ws://")))
        .arg(label.manager.token.as_deref().unwrap())
        .arg(&operation)
        .current_dir(folder)
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("node is installed by `make setup`");
    let mut lines = BufReader::new(client.stdout.take().unwrap()).lines();
    // The first event is the present state: the import waits, because no worker lives.
    let first: Value = serde_json::from_str(&lines.next_line().await.unwrap().unwrap()).unwrap();
    assert_eq!(first["state"], "QUEUED", "{first}");
    app.start_worker();
    let mut last = first;
    while let Ok(Some(line)) =
        tokio::time::timeout(std::time::Duration::from_secs(60), lines.next_line()).await.unwrap()
    {
        last = serde_json::from_str(&line).unwrap();
    }
    assert_eq!(last["state"], "SUCCEEDED", "{last}");
    assert!(client.wait().await.unwrap().success());
}
