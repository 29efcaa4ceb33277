//! A portal with a sign-in page, a choice of months and a file to download, gone through by Chromium.

use std::collections::HashMap;

use axum::extract::Query;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Form, Router};
use serde_json::{Value, json};
use tests::{Label, STREAMS, TestApp, spotify};

use super::counterpart::{find, serve};
use super::{Source, went_through};

const SIGN_IN: &str = "<form method=post action=/sign-in><input name=user><input name=password type=password><button id=go>Go</button></form>";

/// The list of months comes late, as pages of today do.
const REPORTS: &str =
    "<form method=get action=/file><select name=month></select><button id=get disabled>Get</button></form>
<script>setTimeout(() => {
  for (let back = 0; back < 24; back++) {
    const day = new Date(Date.UTC(new Date().getUTCFullYear(), new Date().getUTCMonth() - back, 1));
    const month = day.toISOString().slice(0, 7);
    document.querySelector('select').add(new Option(month, month));
  }
  document.querySelector('button').disabled = false;
}, 400)</script>";

async fn sign_in(Form(form): Form<HashMap<String, String>>) -> Response {
    if form["user"] == "label" && form["password"] == "se\"cret" {
        return ([(header::SET_COOKIE, "session=1")], Redirect::to("/reports")).into_response();
    }
    Html(SIGN_IN).into_response()
}

async fn file(headers: HeaderMap, Query(query): Query<HashMap<String, String>>) -> Response {
    let known = headers.get(header::COOKIE).is_some_and(|cookie| cookie.to_str().unwrap().contains("session=1"));
    if !known || query["month"].len() != 7 {
        return StatusCode::FORBIDDEN.into_response();
    }
    let name = format!("attachment; filename=\"spotify_{}.tsv\"", query["month"]);
    (
        [(header::CONTENT_DISPOSITION, name), (header::CONTENT_TYPE, "text/tab-separated-values".to_owned())],
        spotify(STREAMS),
    )
        .into_response()
}

fn method(base: &str, allowed: bool) -> Value {
    json!({ "portal": {
        "userName": "label", "months": 1, "isAllowedByTerms": allowed,
        "termsStatement": "Section 4.2 of the terms allows automated downloads; read on 2026-02-01 by the tests.",
        "signIn": [
            { "action": "OPEN", "value": format!("{base}/") },
            { "action": "TYPE", "selector": "input[name=user]", "value": "{user}" },
            { "action": "TYPE_PASSWORD", "selector": "input[name=password]" },
            { "action": "CLICK", "selector": "#go" },
            { "action": "WAIT_FOR", "selector": "select[name=month]" },
        ],
        "steps": [
            { "action": "CHOOSE", "selector": "select[name=month]", "value": "{period}" },
            { "action": "WAIT_FOR", "selector": "#get:enabled" },
            { "action": "DOWNLOAD", "selector": "#get" },
        ],
    } })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_signs_in_chooses_a_month_and_downloads() {
    let (_, _) = (find("chromedriver"), find("chromium"));
    let app = TestApp::start().await;
    let label = Label::create(&app, "portal").await;
    let router = Router::new()
        .route("/", get(|| async { Html(SIGN_IN) }))
        .route("/sign-in", post(sign_in))
        .route("/reports", get(|| async { Html(REPORTS) }))
        .route("/file", get(file));
    let base = serve(router).await;
    let password = json!([{ "name": "PASSWORD", "value": "se\"cret" }]);

    // Without the operator's statement nothing runs.
    let create = "mutation($i: SourceCreateInput!) { sourceCreate(input: $i) { source { id } userErrors { code message path } } }";
    let input = json!({ "name": "portal", "provider": "P", "method": method(&base, false), "credentials": password });
    let answer = label.manager.ask(create, json!({ "i": input })).await;
    assert_eq!(answer.user_error("sourceCreate"), Some("SOURCE_METHOD_INVALID"), "{}", answer.body);
    let path = answer.at("/sourceCreate/userErrors/0/path").clone();
    assert_eq!(path, json!(["input", "method", "portal", "isAllowedByTerms"]));

    let input = json!({ "name": "portal", "maxAttempts": 1, "method": method(&base, true), "credentials": password });
    let source = Source::create(&label, input).await.enable(&label).await;
    let run = source.collect(&label, "one").await;
    went_through(&run);
    let file = &run["files"]["nodes"][0];
    assert_eq!(file["state"], "IMPORTED", "{run}");
    assert!(file["fileName"].as_str().unwrap().starts_with("spotify_20"), "{run}");
    let run = source.collect(&label, "two").await;
    assert_eq!(run["fetchedCount"], 0, "{run}");
}
