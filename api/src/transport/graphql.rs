//! `POST /graphql`, after the GraphQL-over-HTTP specification: JSON in, `application/graphql-response+json` out,
//! honest status codes. One document per request, no mutation by GET, no cookies.

use axum::body::{Body, Bytes};
use axum::extract::{Extension, State};
use axum::http::header::{ACCEPT, ALLOW, CACHE_CONTROL, CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use kernel::failure::{Failure, FailureKind};
use kernel::limits::GRAPHQL_BODY_BYTES;

use super::auth::authenticate;
use super::execute::{codes, execute, finish, refused};
use super::requests::RequestId;
use crate::frame::session::Session;
use crate::router::App;

const GRAPHQL_RESPONSE: &str = "application/graphql-response+json";
const JSON: &str = "application/json";

/// Answers one GraphQL request.
pub async fn serve(
    State(app): State<App>,
    Extension(RequestId(request_id)): Extension<RequestId>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let media = media_type(&headers);
    let reject = |status, failure| answer(status, media, &finish(refused(failure), &request_id));
    let is_json = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(JSON));
    if !is_json {
        let failure = Failure::refused("BAD_USER_INPUT", "Send the request as application/json.");
        return reject(StatusCode::UNSUPPORTED_MEDIA_TYPE, failure);
    }
    let Ok(body) = axum::body::to_bytes(body, GRAPHQL_BODY_BYTES).await else {
        let message = format!("A request has at most {GRAPHQL_BODY_BYTES} bytes.");
        return reject(StatusCode::PAYLOAD_TOO_LARGE, Failure::limited("QUERY_TOO_COMPLEX", message));
    };
    let request = match read(&body) {
        Ok(request) => request,
        Err(failure) => return reject(StatusCode::BAD_REQUEST, failure),
    };
    let caller = match authenticate(&app.core, &app.access, &headers, &request_id).await {
        Ok(caller) => caller,
        Err(failure) => {
            let status = if failure.kind == FailureKind::Unauthenticated {
                StatusCode::UNAUTHORIZED
            } else {
                StatusCode::SERVICE_UNAVAILABLE
            };
            return reject(status, failure);
        }
    };
    let response = execute(&app.schema, request, Session::new(caller, request_id)).await;
    answer(status_of(&response), media, &response)
}

/// Reads the body: one request, with a document in it.
fn read(body: &Bytes) -> Result<async_graphql::Request, Failure> {
    let bad = |message: String| Failure::refused("BAD_USER_INPUT", message);
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
    if first == Some(&b'[') {
        return Err(bad("Send one document per request; lists of requests are not executed.".to_owned()));
    }
    let request: async_graphql::Request =
        serde_json::from_slice(body).map_err(|error| bad(format!("The body is not a GraphQL request: {error}.")))?;
    if request.query.trim().is_empty() {
        return Err(bad("The request has no `query`.".to_owned()));
    }
    Ok(request)
}

/// What the client reads: the media type of the specification unless it asks for plain JSON only.
fn media_type(headers: &HeaderMap) -> &'static str {
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or("*/*");
    if accept.contains(JSON) && !accept.contains(GRAPHQL_RESPONSE) { JSON } else { GRAPHQL_RESPONSE }
}

/// 200 when there is data or the document ran; else what kept it from running.
fn status_of(response: &async_graphql::Response) -> StatusCode {
    let codes = codes(response);
    let has = |code: &str| codes.contains_key(code);
    if has("UNAUTHENTICATED") {
        StatusCode::UNAUTHORIZED
    } else if response.errors.is_empty() || response.data != async_graphql::Value::Null {
        StatusCode::OK
    } else if has("RATE_LIMITED") {
        StatusCode::TOO_MANY_REQUESTS
    } else if has("INTERNAL") {
        StatusCode::INTERNAL_SERVER_ERROR
    } else if has("UNAVAILABLE") {
        StatusCode::SERVICE_UNAVAILABLE
    } else if has("FORBIDDEN") || has("IDEMPOTENCY_KEY_REUSED") {
        StatusCode::OK
    } else {
        StatusCode::BAD_REQUEST
    }
}

fn answer(status: StatusCode, media: &'static str, response: &async_graphql::Response) -> Response {
    let body = match serde_json::to_vec(response) {
        Ok(body) => body,
        Err(error) => {
            tracing::error!(%error, "an answer cannot be written");
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    };
    let mut answer = (status, body).into_response();
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    answer
}

/// `GET /graphql`: the workbench in development, otherwise nothing is read by GET.
pub async fn graphiql(State(app): State<App>) -> Response {
    if !app.options.development {
        return (StatusCode::METHOD_NOT_ALLOWED, [(ALLOW, "POST")]).into_response();
    }
    let page = async_graphql::http::GraphiQLSource::build()
        .endpoint("/graphql")
        .subscription_endpoint("/graphql/ws")
        .title("TuneMantra")
        .finish();
    Html(page).into_response()
}

/// `GET /.well-known/jwks.json`: the keys that access tokens are signed with.
pub async fn jwks(State(app): State<App>) -> Response {
    ([(CACHE_CONTROL, "public, max-age=300")], axum::Json(app.access.jwks())).into_response()
}
