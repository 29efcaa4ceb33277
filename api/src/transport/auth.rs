//! The bearer token of a request.

use std::net::IpAddr;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use domain::Core;
use domain::tenancy::{Access, Authenticated};
use kernel::failure::{Failure, Outcome};

/// Who sends the request; none without an `Authorization` header.
///
/// # Errors
/// As [`Access::authenticate`].
pub async fn authenticate(
    core: &Core,
    access: &Access,
    headers: &HeaderMap,
    (request_id, address): (&str, Option<IpAddr>),
) -> Outcome<Option<Authenticated>> {
    let Some(header) = headers.get(AUTHORIZATION) else { return Ok(None) };
    let token = header.to_str().ok().and_then(bearer).ok_or_else(|| {
        let message = "The Authorization header is not `Bearer` and an access token or API key.";
        Failure::unauthenticated("TOKEN_INVALID", message)
    })?;
    access.authenticate(core, token, (request_id, address), (core.clock)()).await.map(Some)
}

/// The token of `Bearer <token>`; the scheme in any case (RFC 9110).
pub fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}
