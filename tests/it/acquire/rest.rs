//! Interfaces over HTTP: OAuth 2, lists over several pages, limits of rate, reports on request.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tests::{Label, STREAMS, TestApp, spotify};
use tokio::sync::Mutex;

use super::counterpart::serve;
use super::{Source, went_through};

/// A provider with a token service, a list of two pages, and jobs.
#[derive(Default)]
struct Provider {
    tokens: AtomicU32,
    refreshes: Mutex<Vec<String>>,
    lists: AtomicU32,
    polls: AtomicU32,
    asked: Mutex<Vec<Value>>,
}

type Shared = State<Arc<Provider>>;

async fn token(State(provider): Shared, headers: HeaderMap, Form(form): Form<HashMap<String, String>>) -> Response {
    let client = format!("Basic {}", STANDARD.encode("label%3A1:s3cret%2F%2B"));
    let known = headers.get(header::AUTHORIZATION).is_some_and(|value| value.to_str().unwrap() == client);
    if !known {
        return (StatusCode::UNAUTHORIZED, Json(json!({ "error": "invalid_client" }))).into_response();
    }
    let number = provider.tokens.fetch_add(1, Ordering::SeqCst) + 1;
    let mut answer = json!({ "access_token": format!("token-{number}"), "token_type": "Bearer", "expires_in": 3600 });
    if form["grant_type"] == "refresh_token" {
        // Each refresh token is good for one use.
        let mut used = provider.refreshes.lock().await;
        let wanted = format!("refresh-{}", used.len());
        if form["refresh_token"] != wanted {
            return (StatusCode::BAD_REQUEST, Json(json!({ "error": "invalid_grant" }))).into_response();
        }
        used.push(wanted);
        answer["refresh_token"] = json!(format!("refresh-{}", used.len()));
    } else {
        assert_eq!(form["scope"], "reports.read");
    }
    Json(answer).into_response()
}

async fn allowed(provider: &Provider, headers: &HeaderMap) -> bool {
    let newest = format!("Bearer token-{}", provider.tokens.load(Ordering::SeqCst));
    headers.get(header::AUTHORIZATION).is_some_and(|value| value.to_str().unwrap() == newest)
}

async fn list(State(provider): Shared, headers: HeaderMap, Query(query): Query<HashMap<String, String>>) -> Response {
    // The very first question comes too soon; before the third one the token has run out.
    match provider.lists.fetch_add(1, Ordering::SeqCst) {
        0 => return (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "1")]).into_response(),
        2 => {
            provider.tokens.fetch_add(1, Ordering::SeqCst);
        }
        _ => {}
    }
    if !allowed(&provider, &headers).await {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    match query.get("page").map(String::as_str) {
        None => (
            [(header::LINK, "</reports?page=2>; rel=\"next\", </reports>; rel=\"first\"")],
            Json(json!({ "data": [{ "id": 7, "etag": "a", "file": "spotify_2026-01.tsv" }] })),
        )
            .into_response(),
        Some(_) => Json(json!({ "data": [{ "id": 8, "etag": "a", "file": "picture.png" }] })).into_response(),
    }
}

async fn file(State(provider): Shared, headers: HeaderMap, Path(id): Path<String>) -> Response {
    if !allowed(&provider, &headers).await {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    assert_eq!(id, "7");
    // The content lies somewhere else, at an address that is good for a short time.
    (StatusCode::FOUND, [(header::LOCATION, "/content?signature=x")]).into_response()
}

async fn content() -> Vec<u8> {
    spotify(STREAMS)
}

async fn order(State(provider): Shared, headers: HeaderMap, Json(body): Json<Value>) -> Response {
    if !allowed(&provider, &headers).await {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    provider.asked.lock().await.push(body);
    Json(json!({ "job": { "id": "j/1" } })).into_response()
}

async fn state(State(provider): Shared, Path(id): Path<String>) -> Json<Value> {
    assert_eq!(id, "j/1");
    match provider.polls.fetch_add(1, Ordering::SeqCst) {
        0 | 1 => Json(json!({ "state": "RUNNING" })),
        _ => Json(json!({ "state": "DONE", "result": { "href": "/content" } })),
    }
}

async fn start() -> (Arc<Provider>, String) {
    let provider = Arc::new(Provider::default());
    let router = Router::new()
        .route("/token", post(token))
        .route("/reports", get(list))
        .route("/files/{id}", get(file))
        .route("/content", get(content))
        .route("/jobs", post(order))
        .route("/jobs/{id}", get(state))
        .with_state(provider.clone());
    (provider, serve(router).await)
}

fn auth(base: &str, sign_in: &str) -> Value {
    json!({ "signIn": sign_in, "tokenUrl": format!("{base}/token"), "clientId": "label:1", "scope": "reports.read" })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_two_pages_with_client_credentials_and_limits() {
    let app = TestApp::start().await;
    let label = Label::create(&app, "rest").await;
    let (provider, base) = start().await;
    let input = json!({
        "name": "rest", "maxAttempts": 1,
        "method": { "rest": { "auth": auth(&base, "OAUTH_CLIENT"), "pattern": "*.tsv", "list": {
            "url": format!("{base}/reports"), "itemsPointer": "/data", "keyPointer": "/id", "versionPointer": "/etag",
            "namePointer": "/file", "downloadUrl": format!("{base}/files/{{key}}"), "paging": "LINK_HEADER",
        } } },
        "credentials": [{ "name": "CLIENT_SECRET", "value": "s3cret/+" }],
    });
    let source = Source::create(&label, input).await.enable(&label).await;
    let run = source.collect(&label, "one").await;
    went_through(&run);
    assert_eq!((&run["foundCount"], &run["fetchedCount"]), (&json!(1), &json!(1)), "{run}");
    assert_eq!(run["files"]["nodes"][0]["remoteKey"], "7");
    assert_eq!(run["files"]["nodes"][0]["state"], "IMPORTED", "{run}");
    // 429, page 1, page 2 refused, page 2 with a new token.
    assert_eq!(provider.lists.load(Ordering::SeqCst), 4);

    source.set_credentials(&label, json!([{ "name": "CLIENT_SECRET", "value": "wrong" }])).await;
    let run = source.test(&label).await;
    assert_eq!(run["failure"]["code"], "SOURCE_SIGN_IN_REFUSED", "{run}");
    assert!(!run.to_string().contains("wrong"), "the secret is told");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_ordered_awaited_and_fetched_and_refresh_tokens_are_kept() {
    let app = TestApp::start().await;
    let label = Label::create(&app, "jobs").await;
    let (provider, base) = start().await;
    let input = json!({
        "name": "jobs", "maxAttempts": 1,
        "method": { "rest": { "auth": auth(&base, "OAUTH_REFRESH"), "jobs": {
            "months": 1, "requestUrl": format!("{base}/jobs"), "requestBody": "{\"from\": \"{from}\", \"to\": \"{to}\"}",
            "idPointer": "/job/id", "statusUrl": format!("{base}/jobs/{{id}}"), "statusPointer": "/state",
            "doneValues": ["DONE"], "failedValues": ["FAILED"], "urlPointer": "/result/href", "pollSeconds": 1,
        } } },
        "credentials": [{ "name": "CLIENT_SECRET", "value": "s3cret/+" }, { "name": "REFRESH_TOKEN", "value": "refresh-0" }],
    });
    let source = Source::create(&label, input).await.enable(&label).await;
    let run = source.collect(&label, "one").await;
    went_through(&run);
    assert_eq!(run["files"]["nodes"][0]["state"], "IMPORTED", "{run}");
    assert_eq!(provider.polls.load(Ordering::SeqCst), 3);
    let asked = provider.asked.lock().await.clone();
    assert_eq!(asked.len(), 1);
    assert!(asked[0]["from"].as_str().unwrap().ends_with("-01"), "{asked:?}");

    // The second run needs the token that came with the first; the month is not ordered again.
    let run = source.collect(&label, "two").await;
    went_through(&run);
    assert_eq!(run["fetchedCount"], 0, "{run}");
    assert_eq!(*provider.refreshes.lock().await, ["refresh-0", "refresh-1"]);
    assert_eq!(provider.asked.lock().await.len(), 1);
}
