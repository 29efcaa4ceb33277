//! Every request has an id, in its span, in its errors, in the answer's header; and an address it comes from.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use ipnet::IpNet;
use kernel::ids::{EventId, to_typeid};
use tracing::Instrument;

use crate::router::Options;

/// The header that carries it.
pub static HEADER: HeaderName = HeaderName::from_static("x-request-id");
/// Longest id that is taken over from a caller.
const LONGEST: usize = 128;

/// The id of a request.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

/// Where a request comes from: the address of the connection or, behind a trusted proxy, the one that the proxy names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub Option<IpAddr>);

impl ClientAddress {
    /// Goes from the connection back along `X-Forwarded-For`, through trusted proxies to the first other address.
    fn of(peer: Option<IpAddr>, headers: &HeaderMap, trusted: &[IpNet]) -> Self {
        let Some(peer) = peer.map(|peer| peer.to_canonical()) else { return Self(None) };
        let is_trusted = |address: &IpAddr| trusted.iter().any(|network| network.contains(address));
        let mut address = peer;
        let named: Vec<&str> = headers
            .get_all("x-forwarded-for")
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .collect();
        for text in named.into_iter().rev() {
            if !is_trusted(&address) {
                break;
            }
            match text.trim().parse::<IpAddr>() {
                Ok(before) => address = before.to_canonical(),
                // What a trusted proxy says and nobody can read leaves the caller unknown.
                Err(_) => return Self(None),
            }
        }
        Self(Some(address))
    }
}

/// Gives the request its id: the caller's, when it is a plain word, or a new one.
pub async fn label(State(options): State<Arc<Options>>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
    let address = ClientAddress::of(peer, request.headers(), &options.trusted_proxies);
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
    request.extensions_mut().insert(address);
    let mut response = next.run(request).instrument(span.clone()).await;
    span.in_scope(|| tracing::debug!(status = response.status().as_u16(), "answered"));
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(HEADER.clone(), value);
    }
    response
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_believed_as_far_as_proxies_are_trusted() {
        let trusted: Vec<IpNet> = ["10.0.0.0/8", "fd00::/8"].map(|text| text.parse().unwrap()).into();
        let from = |peer: &str, named: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in named {
                headers.append("x-forwarded-for", HeaderValue::from_static(value));
            }
            ClientAddress::of(Some(peer.parse().unwrap()), &headers, &trusted).0.map(|address| address.to_string())
        };
        let is = |text: &str| Some(text.to_owned());
        assert_eq!(from("192.0.2.1", &[]), is("192.0.2.1"));
        // Anybody can send the header: without a trusted proxy it says nothing.
        assert_eq!(from("192.0.2.1", &["203.0.113.9"]), is("192.0.2.1"));
        assert_eq!(from("10.1.1.1", &["203.0.113.9"]), is("203.0.113.9"));
        assert_eq!(from("::ffff:10.1.1.1", &["203.0.113.9"]), is("203.0.113.9"));
        // What stands before the last untrusted address was sent by the caller.
        assert_eq!(from("10.1.1.1", &["198.51.100.1, 203.0.113.9, fd00::1"]), is("203.0.113.9"));
        assert_eq!(from("10.1.1.1", &["198.51.100.1", "203.0.113.9,10.2.2.2"]), is("203.0.113.9"));
        assert_eq!(from("10.1.1.1", &["unknown"]), None);
        assert_eq!(from("10.1.1.1", &[]), is("10.1.1.1"));
    }
}
