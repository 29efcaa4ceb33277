//! Every request has an id: in its span, in its errors, in the answer's header.

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use kernel::ids::{EventId, to_typeid};
use tracing::Instrument;

/// The header that carries it.
pub static HEADER: HeaderName = HeaderName::from_static("x-request-id");
/// Longest id that is taken over from a caller.
const LONGEST: usize = 128;

/// The id of a request.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

/// Gives the request its id: the caller's, when it is a plain word, or a new one.
pub async fn label(mut request: Request, next: Next) -> Response {
    let given = request.headers().get(&HEADER).and_then(|value| value.to_str().ok());
    let plain = |text: &&str| {
        (1..=LONGEST).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
    };
    let id = given.filter(plain).map_or_else(|| to_typeid("req", EventId::new().uuid()), str::to_owned);
    // The matched route and not the path: the paths of files hold tokens.
    let route = request.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str).to_owned();
    let span = tracing::info_span!("request", request_id = %id, method = %request.method(), route);
    request.extensions_mut().insert(RequestId(id.clone()));
    let mut response = next.run(request).instrument(span.clone()).await;
    span.in_scope(|| tracing::debug!(status = response.status().as_u16(), "answered"));
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(HEADER.clone(), value);
    }
    response
}
