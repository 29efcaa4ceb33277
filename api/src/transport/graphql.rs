//! `POST /graphql`, after the GraphQL-over-HTTP specification: JSON in, `application/graphql-response+json` out,
//! honest status codes. One document per request, no mutation by GET, no cookies.

use std::net::IpAddr;

use axum::body::{Body, Bytes};
use axum::extract::{Extension, State};
use axum::http::header::{ACCEPT, ALLOW, CACHE_CONTROL, CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use domain::tenancy::Authenticated;
use kernel::failure::{Failure, FailureKind};
use kernel::limits::GRAPHQL_BODY_BYTES;

use super::auth::authenticate;
use super::execute::{codes, execute, finish, refused};
use super::requests::{ClientAddress, RequestId};
use crate::frame::session::Session;
use crate::router::App;

const GRAPHQL_RESPONSE: &str = "application/graphql-response+json";
const JSON: &str = "application/json";

/// Answers one GraphQL request.
pub async fn serve(
    State(app): State<App>,
    Extension(RequestId(request_id)): Extension<RequestId>,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let (request, caller) = match prepare(&app, &headers, body, (&request_id, address)).await {
        Ok(prepared) => prepared,
        Err(refusal) => return *refusal,
    };
    let response = execute(&app.schema, request, Session::new(caller, request_id)).await;
    answer(status_of(&response), media_type(&headers), &response)
}

/// A request that may be executed, and who sends it; or the refusal.
pub(super) async fn prepare(
    app: &App,
    headers: &HeaderMap,
    body: Body,
    (request_id, address): (&str, Option<IpAddr>),
) -> Result<(async_graphql::Request, Option<Authenticated>), Box<Response>> {
    let media = media_type(headers);
    let reject = |status, failure| Box::new(answer(status, media, &finish(refused(failure), request_id)));
    let is_json = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(JSON));
    if !is_json {
        let failure = Failure::refused("BAD_USER_INPUT", "Send the request as application/json.");
        return Err(reject(StatusCode::UNSUPPORTED_MEDIA_TYPE, failure));
    }
    let Ok(body) = axum::body::to_bytes(body, GRAPHQL_BODY_BYTES).await else {
        let message = format!("A request has at most {GRAPHQL_BODY_BYTES} bytes.");
        return Err(reject(StatusCode::PAYLOAD_TOO_LARGE, Failure::limited("QUERY_TOO_COMPLEX", message)));
    };
    let mut request = read(&body).map_err(|failure| reject(StatusCode::BAD_REQUEST, failure))?;
    let caller = authenticate(&app.core, &app.access, headers, (request_id, address)).await;
    let caller = caller.map_err(|failure| {
        let unknown = failure.kind == FailureKind::Unauthenticated;
        reject(if unknown { StatusCode::UNAUTHORIZED } else { StatusCode::SERVICE_UNAVAILABLE }, failure)
    })?;
    app.documents.admit(&app.core, caller.as_ref(), &mut request).await.map_err(|failure| {
        let status = match failure.kind {
            FailureKind::Refused => StatusCode::BAD_REQUEST,
            FailureKind::Forbidden => StatusCode::FORBIDDEN,
            _ => StatusCode::SERVICE_UNAVAILABLE,
        };
        reject(status, failure)
    })?;
    Ok((request, caller))
}

/// Reads the body: one request.
fn read(body: &Bytes) -> Result<async_graphql::Request, Failure> {
    let bad = |message: String| Failure::refused("BAD_USER_INPUT", message);
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
    if first == Some(&b'[') {
        return Err(bad("Send one document per request; lists of requests are not executed.".to_owned()));
    }
    let request: async_graphql::Request =
        serde_json::from_slice(body).map_err(|error| bad(format!("The body is not a GraphQL request: {error}.")))?;
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
    match app.access.jwks(&app.core).await {
        Ok(keys) => ([(CACHE_CONTROL, "public, max-age=300")], axum::Json(keys)).into_response(),
        Err(failure) => {
            tracing::warn!(%failure, "the signing keys cannot be read");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}
