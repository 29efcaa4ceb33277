//! A bucket behind a service that checks every signature by itself.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Query, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use hmac::{Hmac, Mac};
use serde_json::json;
use sha2::{Digest, Sha256};
use tests::{Label, STREAMS, TestApp, spotify};

use super::counterpart::serve;
use super::{Source, went_through};

const SECRET: &str = "secret/key+of=the test";

struct Bucket {
    objects: BTreeMap<String, Vec<u8>>,
}

fn sign(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// Verifies AWS Signature Version 4 as the specification says, from what arrived.
fn allowed(headers: &HeaderMap, path: &str, query: &str) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let authorization = text("authorization");
    let field = |name: &str| {
        let (_, rest) = authorization.split_once(&format!("{name}=")).unwrap_or_default();
        rest.split(", ").next().unwrap_or_default().to_owned()
    };
    let credential = field("Credential");
    let scope: Vec<&str> = credential.split('/').collect();
    let ["AKTEST", day, "eu-test-1", "s3", "aws4_request"] = scope[..] else { return false };
    let mut pairs: Vec<&str> = query.split('&').filter(|pair| !pair.is_empty()).collect();
    pairs.sort_unstable();
    let signed_headers = field("SignedHeaders");
    let listed: String = signed_headers.split(';').map(|name| format!("{name}:{}\n", text(name))).collect();
    let canonical =
        format!("GET\n{path}\n{}\n{listed}\n{signed_headers}\n{}", pairs.join("&"), text("x-amz-content-sha256"));
    let string = format!(
        "AWS4-HMAC-SHA256\n{}\n{day}/eu-test-1/s3/aws4_request\n{}",
        text("x-amz-date"),
        hex::encode(Sha256::digest(canonical))
    );
    let mut key = sign(format!("AWS4{SECRET}").as_bytes(), day);
    for part in ["eu-test-1", "s3", "aws4_request"] {
        key = sign(&key, part);
    }
    field("Signature") == hex::encode(sign(&key, &string))
}

async fn list(
    State(bucket): State<Arc<Bucket>>,
    headers: HeaderMap,
    uri: Uri,
    RawQuery(raw): RawQuery,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    if !allowed(&headers, uri.path(), &raw.unwrap_or_default()) {
        return (StatusCode::FORBIDDEN, "<Error><Code>SignatureDoesNotMatch</Code></Error>").into_response();
    }
    // One object per page: the list must be followed.
    let after = query.get("continuation-token").cloned().unwrap_or_default();
    let mut rest = bucket.objects.iter().filter(|(key, _)| key.starts_with(&query["prefix"]) && **key > after);
    let mut xml =
        String::from("<?xml version=\"1.0\"?><ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
    let found = rest.next();
    if let Some((key, bytes)) = found {
        let shown = key.replace('&', "&amp;");
        xml.push_str(&format!(
            "<Contents><Key>{shown}</Key><ETag>&quot;e{}&quot;</ETag><Size>{}</Size></Contents>",
            bytes.len(),
            bytes.len()
        ));
    }
    let more = rest.next().is_some();
    xml.push_str(&format!("<IsTruncated>{more}</IsTruncated>"));
    if let (true, Some((key, _))) = (more, found) {
        xml.push_str(&format!("<NextContinuationToken>{}</NextContinuationToken>", key.replace('&', "&amp;")));
    }
    xml.push_str("</ListBucketResult>");
    xml.into_response()
}

async fn object(State(bucket): State<Arc<Bucket>>, headers: HeaderMap, uri: Uri, Path(key): Path<String>) -> Response {
    if !allowed(&headers, uri.path(), "") {
        return StatusCode::FORBIDDEN.into_response();
    }
    match bucket.objects.get(&key) {
        Some(bytes) => bytes.clone().into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_below_a_prefix_are_listed_page_by_page_and_fetched() {
    let app = TestApp::start().await;
    let label = Label::create(&app, "bucket").await;
    let objects = BTreeMap::from([
        ("reports/2026/a b & ü+c.tsv".to_owned(), spotify(STREAMS)),
        ("reports/2026/other.tsv".to_owned(), spotify(&[("QZFAK2600002", "SE", 2, "3.00")])),
        ("reports/readme.txt".to_owned(), b"no".to_vec()),
        ("elsewhere/spotify.tsv".to_owned(), b"no".to_vec()),
    ]);
    let router = Router::new()
        .route("/sales-bucket/", get(list))
        .route("/sales-bucket/{*key}", get(object))
        .with_state(Arc::new(Bucket { objects }));
    let endpoint = serve(router).await;
    let input = json!({
        "name": "bucket", "maxAttempts": 1,
        "method": { "objectStore": {
            "endpoint": endpoint, "region": "eu-test-1", "bucket": "sales-bucket", "accessKeyId": "AKTEST",
            "prefix": "reports/", "pattern": "*.tsv",
        } },
        "credentials": [{ "name": "SECRET_KEY", "value": SECRET }],
    });
    let source = Source::create(&label, input).await.enable(&label).await;
    let run = source.collect(&label, "one").await;
    went_through(&run);
    assert_eq!(
        (&run["foundCount"], &run["fetchedCount"], &run["refusedCount"]),
        (&json!(2), &json!(2), &json!(0)),
        "{run}"
    );

    source.set_credentials(&label, json!([{ "name": "SECRET_KEY", "value": "wrong" }])).await;
    let run = source.test(&label).await;
    assert_eq!(run["failure"]["code"], "SOURCE_SIGN_IN_REFUSED", "{run}");
}
