//! Subscriptions as server-sent events, in the "distinct connections" mode of the GraphQL over Server-Sent Events
//! protocol (the one that the `graphql-sse` package speaks): one POST, one operation, `next` events and a `complete`.
//! Authorised like any request; the stream ends with the token.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use domain::tenancy::Authenticated;
use futures::StreamExt;
use futures::stream::Stream;
use kernel::failure::Failure;
use kernel::ids::{MemberId, TenantId};
use kernel::limits::SUBSCRIPTIONS_PER_SOCKET;

use super::execute::{execute_stream, finish, refused};
use super::graphql::prepare;
use super::requests::{ClientAddress, RequestId};
use crate::frame::session::Session;
use crate::router::App;

/// How often a sign of life is sent.
const HEARTBEAT: Duration = Duration::from_secs(12);

type Member = (TenantId, MemberId);

/// Streams that are open, by member: one member has no more of them than one socket has subscriptions.
#[derive(Clone, Default)]
pub struct Streams(Arc<Mutex<HashMap<Member, usize>>>);

/// One open stream; counted until it is dropped.
struct Open {
    streams: Streams,
    member: Member,
}

impl Streams {
    fn open(&self, member: Member) -> Option<Open> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(member).or_default();
        if *count >= SUBSCRIPTIONS_PER_SOCKET {
            return None;
        }
        *count += 1;
        Some(Open { streams: self.clone(), member })
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let mut counts = self.streams.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.member) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                counts.remove(&self.member);
            }
        }
    }
}

/// `POST /graphql/stream`: executes one operation and streams its results.
pub async fn stream(
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
    let plain =
        |status: StatusCode, failure| (status, axum::Json(finish(refused(failure), &request_id))).into_response();
    let Some(caller) = caller else {
        let failure = Failure::unauthenticated("UNAUTHENTICATED", "Send an access token as a bearer token.");
        return plain(StatusCode::UNAUTHORIZED, failure);
    };
    let member = (caller.viewer.tenant.id, caller.viewer.member.id);
    let Some(open) = app.streams.open(member) else {
        let message = format!("A member has at most {SUBSCRIPTIONS_PER_SOCKET} streams: end one first.");
        return plain(StatusCode::TOO_MANY_REQUESTS, Failure::limited("RATE_LIMITED", message));
    };
    Sse::new(events(&app, request, caller, request_id, open))
        .keep_alive(KeepAlive::new().interval(HEARTBEAT))
        .into_response()
}

/// The results until the operation, the token or the server ends.
fn events(
    app: &App,
    request: async_graphql::Request,
    caller: Authenticated,
    request_id: String,
    open: Open,
) -> impl Stream<Item = Result<Event, Infallible>> + Send + use<> {
    let left = caller.expires_at.signed_duration_since((app.core.clock)()).to_std().unwrap_or_default();
    let shutdown = app.options.shutdown.clone();
    let session = Session::new(Some(caller), request_id.clone());
    let results = execute_stream(&app.schema, request, session).map(|response| next(&response));
    let expired = move || {
        let failure = Failure::unauthenticated("TOKEN_EXPIRED", "The access token has ended: get a fresh one.");
        next(&finish(refused(failure), &request_id))
    };
    let deadline = futures::stream::once(async move {
        tokio::time::sleep(left).await;
        expired()
    });
    // Whichever ends first ends the stream.
    let marked = results.map(Some).chain(futures::stream::once(std::future::ready(None)));
    let until = deadline.flat_map(|event| futures::stream::iter([Some(event), None]));
    let last = futures::stream::once(std::future::ready(Event::default().event("complete")));
    futures::stream::select(marked, until)
        .take_while(|event| std::future::ready(event.is_some()))
        .filter_map(std::future::ready)
        .take_until(shutdown.cancelled_owned())
        .chain(last)
        .map(move |event| {
            // Counted as long as the stream is held.
            let _ = &open;
            Ok(event)
        })
}

fn next(response: &async_graphql::Response) -> Event {
    // Only strings and trees of strings: writing them cannot fail.
    Event::default().event("next").data(serde_json::to_string(response).unwrap_or_default())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_counted_by_member_until_they_are_dropped() {
        let streams = Streams::default();
        let (one, two) = ((TenantId::new(), MemberId::new()), (TenantId::new(), MemberId::new()));
        let open: Vec<Open> = (0..SUBSCRIPTIONS_PER_SOCKET).map(|_| streams.open(one).unwrap()).collect();
        assert!(streams.open(one).is_none());
        assert!(streams.open(two).is_some());
        drop(open);
        assert!(streams.open(one).is_some());
        assert!(streams.0.lock().unwrap().is_empty());
    }
}
