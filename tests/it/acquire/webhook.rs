//! Calls from providers.

use axum::Router;
use axum::routing::get;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use tests::{Label, STREAMS, TestApp, spotify};

use super::counterpart::serve;
use super::{Source, went_through};

const KEY: &[u8] = b"a signing key of 32 bytes or so..";

async fn source(label: &Label, name: &str, webhook: Value) -> (Source, String) {
    let secret = format!("whsec_{}", STANDARD.encode(KEY));
    let input = json!({
        "name": name, "method": { "webhook": webhook }, "credentials": [{ "name": "SIGNING_SECRET", "value": secret }],
    });
    let source = Source::create(label, input).await.enable(label).await;
    let answer =
        label.manager.ask("query($id: ID!) { source(id: $id) { callUrl } }", json!({ "id": source.id })).await.ok();
    (source, answer.text("/source/callUrl"))
}

async fn call(url: &str, id: &str, at: i64, key: &[u8], body: Vec<u8>) -> (u16, Value) {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(format!("{id}.{at}.").as_bytes());
    mac.update(&body);
    let signature = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
    let answer = reqwest::Client::new()
        .post(url)
        .header("webhook-id", id)
        .header("webhook-timestamp", at.to_string())
        .header("webhook-signature", signature)
        .header("x-file-name", "spotify_2026-01.tsv")
        .body(body)
        .send()
        .await
        .unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

async fn ended(source: &Source, label: &Label) -> Value {
    for _ in 0..600 {
        let run = source.last_run(label).await;
        if run["state"] == "SUCCEEDED" || run["state"] == "FAILED" {
            return run;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the run did not end");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_call_brings_a_report_once() {
    let app = TestApp::start().await;
    let label = Label::create(&app, "hook").await;
    let (source, url) = source(&label, "hook", json!({ "scheme": "STANDARD_WEBHOOKS", "content": "REPORT" })).await;
    let now = (app.core.clock)().timestamp();
    let report = spotify(STREAMS);

    // Forged, old, for another source, for another tenant, tampered with: the same answer, and nothing is kept.
    let stranger = url.replace(&source.id, "src_01h455vb4pex5vsknk084sn02q");
    let (other, _) = app.tenant("hook-other").await;
    let elsewhere = url.replace(&label.tenant_id.to_string(), &other.to_string());
    let mut refusals = Vec::new();
    refusals.push(call(&url, "evt_1", now, b"another key", report.clone()).await);
    refusals.push(call(&url, "evt_1", now - 400, KEY, report.clone()).await);
    refusals.push(call(&url, "evt_1", now + 400, KEY, report.clone()).await);
    refusals.push(call(&stranger, "evt_1", now, KEY, report.clone()).await);
    refusals.push(call(&elsewhere, "evt_1", now, KEY, report.clone()).await);
    refusals.push(call(&url.replace("/src_", "/rpt_"), "evt_1", now, KEY, report.clone()).await);
    for (status, body) in refusals {
        assert_eq!((status, &body["error"]["code"]), (401, &json!("HOOK_REFUSED")), "{body}");
    }
    assert!(source.last_run(&label).await.is_null(), "a refused call began something");

    let (status, body) = call(&url, "evt_1", now, KEY, report.clone()).await;
    assert_eq!((status, &body["isReplay"]), (202, &json!(false)), "{body}");
    let run = ended(&source, &label).await;
    went_through(&run);
    assert_eq!((&run["cause"], &run["fetchedCount"]), (&json!("WEBHOOK"), &json!(1)), "{run}");
    assert_eq!(run["files"]["nodes"][0]["fileName"], "spotify_2026-01.tsv");
    assert_eq!(run["files"]["nodes"][0]["state"], "IMPORTED", "{run}");

    // Delivered three times at once, then once more: one event.
    let again = (0..3).map(|_| call(&url, "evt_2", now, KEY, spotify(&[("QZFAK2600001", "DE", 1, "1.00")])));
    let answers = futures::future::join_all(again).await;
    let mut statuses: Vec<u16> = answers.iter().map(|(status, _)| *status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 202], "{answers:?}");
    let (status, _) = call(&url, "evt_1", now, KEY, report).await;
    assert_eq!(status, 200);
    ended(&source, &label).await;
    let runs = label
        .manager
        .ask("query($id: ID!) { source(id: $id) { runs { nodes { id } } } }", json!({ "id": source.id }))
        .await
        .ok();
    assert_eq!(runs.at("/source/runs/nodes").as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_may_say_where_the_report_is_but_not_choose_the_host() {
    let app = TestApp::start().await;
    let label = Label::create(&app, "link").await;
    let base = serve(Router::new().route("/files/spotify.tsv", get(|| async { spotify(STREAMS) }))).await;
    let webhook = json!({
        "scheme": "STANDARD_WEBHOOKS", "content": "LINK", "urlPointer": "/data/url", "hosts": ["127.0.0.1"],
    });
    let (source, url) = source(&label, "link", webhook).await;
    let now = (app.core.clock)().timestamp();
    let body = |url: String| json!({ "data": { "url": url } }).to_string().into_bytes();

    assert_eq!(call(&url, "evt_1", now, KEY, body(format!("{base}/files/spotify.tsv"))).await.0, 202);
    let run = ended(&source, &label).await;
    went_through(&run);
    assert_eq!(run["files"]["nodes"][0]["fileName"], "spotify.tsv", "{run}");

    let elsewhere = base.replace("127.0.0.1", "localhost");
    assert_eq!(call(&url, "evt_2", now, KEY, body(format!("{elsewhere}/files/spotify.tsv"))).await.0, 202);
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    let run = ended(&source, &label).await;
    assert_eq!(run["failure"]["code"], "SOURCE_ADDRESS_FORBIDDEN", "{run}");
    assert_eq!(call(&url, "evt_3", now, KEY, b"no json".to_vec()).await.0, 400);
}
