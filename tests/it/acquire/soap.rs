//! A SOAP service with WS-Security.

use axum::Router;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use tests::{Label, STREAMS, TestApp, spotify};

use super::counterpart::serve;
use super::{Source, went_through};

async fn service(headers: HeaderMap, body: String) -> Response {
    let answer = |status: StatusCode, inside: String| {
        let xml = format!(
            "<?xml version=\"1.0\"?><soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body>{inside}</soap:Body></soap:Envelope>"
        );
        (status, [(header::CONTENT_TYPE, "text/xml")], xml).into_response()
    };
    if !body.contains("Username>label&amp;co</wsse:Username>") || !body.contains(">p&lt;w</wsse:Password>") {
        let fault =
            "<soap:Fault><faultcode>soap:Client</faultcode><faultstring>Not known here</faultstring></soap:Fault>";
        return answer(StatusCode::INTERNAL_SERVER_ERROR, fault.to_owned());
    }
    assert_eq!(headers["soapaction"], "\"urn:reports/get\"");
    assert!(body.contains("<r:month>20") && !body.contains("{period}"), "{body}");
    // 60 characters per line, as many services write base64.
    let packed: Vec<String> = STANDARD
        .encode(spotify(STREAMS))
        .as_bytes()
        .chunks(60)
        .map(|line| String::from_utf8_lossy(line).into_owned())
        .collect();
    let inside = format!(
        "<r:ReportResponse xmlns:r=\"urn:reports\"><r:FileName>spotify.tsv</r:FileName><r:Content>{}</r:Content></r:ReportResponse>",
        packed.join("\n")
    );
    answer(StatusCode::OK, inside)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_comes_inside_an_envelope() {
    let app = TestApp::start().await;
    let label = Label::create(&app, "soap").await;
    let base = serve(Router::new().route("/ws", post(service))).await;
    let input = json!({
        "name": "soap", "maxAttempts": 1,
        "method": { "soap": {
            "url": format!("{base}/ws"), "action": "urn:reports/get", "months": 1, "userName": "label&co",
            "body": "<r:Report xmlns:r=\"urn:reports\"><r:month>{period}</r:month></r:Report>",
            "reportElement": "Content", "nameElement": "FileName", "isBase64": true,
        } },
        "credentials": [{ "name": "PASSWORD", "value": "p<w" }],
    });
    let source = Source::create(&label, input).await.enable(&label).await;
    let run = source.collect(&label, "one").await;
    went_through(&run);
    assert_eq!(run["files"]["nodes"][0]["fileName"], "spotify.tsv", "{run}");
    assert_eq!(run["files"]["nodes"][0]["state"], "IMPORTED", "{run}");

    source.set_credentials(&label, json!([{ "name": "PASSWORD", "value": "wrong" }])).await;
    let other = json!({ "name": "fault", "maxAttempts": 1, "method": { "soap": {
        "url": format!("{base}/ws"), "action": "urn:reports/get", "months": 1, "userName": "label&co",
        "body": "<r:Report xmlns:r=\"urn:reports\"/>", "reportElement": "Content",
    } }, "credentials": [{ "name": "PASSWORD", "value": "wrong" }] });
    let run = Source::create(&label, other).await.enable(&label).await.collect(&label, "fault").await;
    assert_eq!(run["failure"]["code"], "SOURCE_ANSWER_INVALID", "{run}");
    assert!(run["failure"]["message"].as_str().unwrap().contains("Not known here"), "{run}");
}
