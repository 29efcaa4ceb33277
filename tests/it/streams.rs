//! Live progress as server-sent events, with the client that browsers use, and what the stream refuses.

use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tests::{Label, STREAMS, TestApp, spotify};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

async fn import(label: &Label) -> String {
    let upload = label.manager.upload("spotify_2026-01.tsv", spotify(STREAMS)).await;
    label
        .manager
        .ask(
            "mutation($i: RevenueReportImportInput!) { revenueReportImport(input: $i) { operation { id } userErrors { code message } } }",
            json!({ "i": { "uploadId": upload, "accountingMonth": "2026-01", "idempotencyKey": "live" } }),
        )
        .await
        .ok()
        .text("/revenueReportImport/operation/id")
}

#[tokio::test(flavor = "multi_thread")]
async fn progress_is_pushed_to_the_graphql_sse_client() {
    let mut app = TestApp::start().await;
    let label = Label::create(&app, "sse").await;
    app.kill_worker().await;
    let operation = import(&label).await;
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/clients/graphql-sse");
    let mut client = Command::new("node")
        .arg("progress.mjs")
        .arg(format!("{}/graphql/stream", app.base))
        .arg(label.manager.token.as_deref().unwrap())
        .arg(&operation)
        .current_dir(folder)
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("node is installed by `make setup`");
    let mut lines = BufReader::new(client.stdout.take().unwrap()).lines();
    let first: Value = serde_json::from_str(&lines.next_line().await.unwrap().unwrap()).unwrap();
    assert_eq!(first["state"], "QUEUED", "{first}");
    app.start_worker();
    let mut last = first;
    while let Ok(Some(line)) = tokio::time::timeout(Duration::from_secs(60), lines.next_line()).await.unwrap() {
        last = serde_json::from_str(&line).unwrap();
    }
    assert_eq!(last["state"], "SUCCEEDED", "{last}");
    // The server says that the operation is complete, and the client ends by itself.
    assert!(client.wait().await.unwrap().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_is_authorised_like_any_request() {
    let app = TestApp::start_without_worker().await;
    let (_, owner) = app.tenant("stream").await;
    let http = reqwest::Client::new();
    let post = |token: Option<String>, query: &str| {
        let request = http.post(format!("{}/graphql/stream", app.base)).json(&json!({ "query": query }));
        match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    };
    let subscription = "subscription { operationsChanged { id } }";
    assert_eq!(post(None, subscription).send().await.unwrap().status(), 401);
    assert_eq!(post(Some("nonsense".to_owned()), subscription).send().await.unwrap().status(), 401);
    let answer = post(owner.token.clone(), subscription).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    // A query is a stream of one result.
    let text = post(owner.token.clone(), "{ viewer { tenant { slug } } }").send().await.unwrap().text().await.unwrap();
    assert!(text.contains("event: next") && text.contains("\"slug\":\"stream\""), "{text}");
    assert!(text.trim_end().ends_with("event: complete"), "{text:?}");
    // What may not be seen is an error in the stream.
    let operations = "subscription { operationProgress(id: \"opn_01h455vb4pex5vsknk084sn02q\") { id } }";
    let text = post(owner.token.clone(), operations).send().await.unwrap().text().await.unwrap();
    assert!(text.contains("BAD_USER_INPUT") && text.contains("event: complete"), "{text}");
}
