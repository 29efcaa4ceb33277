//! The bearer token of a request.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use domain::Core;
use domain::tenancy::{Access, Authenticated};
use kernel::failure::{Failure, Outcome};

/// Who sends the request; none without an `Authorization` header.
///
/// # Errors
/// `TOKEN_INVALID`, `TOKEN_EXPIRED`, `MEMBER_REMOVED`; database failures.
pub async fn authenticate(
    core: &Core,
    access: &Access,
    headers: &HeaderMap,
    request_id: &str,
) -> Outcome<Option<Authenticated>> {
    let Some(header) = headers.get(AUTHORIZATION) else { return Ok(None) };
    let token = header.to_str().ok().and_then(bearer).ok_or_else(|| {
        Failure::unauthenticated("TOKEN_INVALID", "The Authorization header is not `Bearer` and an access token.")
    })?;
    access.authenticate(core, token, request_id, (core.clock)()).await.map(Some)
}

/// The token of `Bearer <token>`; the scheme in any case (RFC 9110).
pub fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}
