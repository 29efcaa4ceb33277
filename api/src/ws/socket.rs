//! One socket: one task that reads messages and passes on the results of its operations.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

use async_graphql::Response;
use axum::extract::ws::{Message, WebSocket};
use domain::tenancy::Authenticated;
use futures::future::{AbortHandle, Abortable};
use futures::stream::{BoxStream, SelectAll};
use futures::{SinkExt, StreamExt};
use kernel::failure::Failure;
use kernel::limits::SUBSCRIPTIONS_PER_SOCKET;

use super::protocol::{Close, FromClient, FromServer};
use crate::frame::session::Session;
use crate::router::App;
use crate::transport::execute::{execute_stream, finish, refused};

/// How long a client may take to say who it is.
const INIT: Duration = Duration::from_secs(10);
/// How often the socket is tried; a client that is gone is noticed then.
const HEARTBEAT: Duration = Duration::from_secs(25);

/// What comes out of an operation: a result, or its end.
type Output = (String, Option<Response>);

struct Socket {
    app: App,
    request_id: String,
    address: Option<IpAddr>,
    caller: Option<Authenticated>,
    running: HashMap<String, AbortHandle>,
    outputs: SelectAll<BoxStream<'static, Output>>,
}

/// Serves a socket until either side ends it.
pub(super) async fn run(app: App, (request_id, address): (String, Option<IpAddr>), mut socket: WebSocket) {
    if socket.protocol().is_none() {
        let _ = socket.send(Close::NotAcceptable.message()).await;
        return;
    }
    let shutdown = app.options.shutdown.clone();
    let mut state =
        Socket { app, request_id, address, caller: None, running: HashMap::new(), outputs: SelectAll::new() };
    let (mut to_client, mut from_client) = socket.split();
    let mut heartbeat = tokio::time::interval(HEARTBEAT);
    heartbeat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let end = tokio::time::sleep(INIT);
    tokio::pin!(end);
    // A failed send means that the client is gone: the loop ends, and with it every operation.
    loop {
        let answer = tokio::select! {
            () = shutdown.cancelled() => Err(Close::GoingAway),
            () = &mut end => Err(state.out_of_time()),
            _ = heartbeat.tick() => Ok(vec![Message::Ping(Vec::new().into())]),
            message = from_client.next() => match message {
                None | Some(Err(_) | Ok(Message::Close(_))) => return,
                Some(Ok(Message::Text(text))) => {
                    let before = state.caller.is_some();
                    let answer = state.hear(text.as_str()).await;
                    if let (false, Some(caller)) = (before, &state.caller) {
                        end.as_mut().reset(tokio::time::Instant::from_std(state.deadline(caller)));
                    }
                    answer
                }
                Some(Ok(Message::Binary(_))) => Err(Close::BadRequest),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(Vec::new()),
            },
            Some(output) = state.outputs.next(), if !state.outputs.is_empty() => Ok(state.pass_on(&output)),
        };
        match answer {
            Ok(messages) => {
                for message in messages {
                    if to_client.send(message).await.is_err() {
                        return;
                    }
                }
            }
            Err(close) => {
                let _ = to_client.send(close.message()).await;
                return;
            }
        }
    }
}

impl Socket {
    /// The time is up: for saying who it is, or for the token.
    const fn out_of_time(&self) -> Close {
        if self.caller.is_some() { Close::Forbidden("Token expired") } else { Close::InitTimeout }
    }

    /// When the token ends.
    #[expect(clippy::disallowed_methods, reason = "a deadline at the program's edge")]
    fn deadline(&self, caller: &Authenticated) -> std::time::Instant {
        let left = caller.expires_at.signed_duration_since((self.app.core.clock)());
        std::time::Instant::now() + left.to_std().unwrap_or_default()
    }

    async fn hear(&mut self, text: &str) -> Result<Vec<Message>, Close> {
        let message: FromClient = serde_json::from_str(text).map_err(|_| Close::BadRequest)?;
        match message {
            FromClient::ConnectionInit { payload } => {
                if self.caller.is_some() {
                    return Err(Close::TooManyInits);
                }
                let payload = payload.unwrap_or_default();
                let token = payload.token().ok_or(Close::Forbidden("A token is needed"))?;
                let now = (self.app.core.clock)();
                let caller = {
                    let origin = (self.request_id.as_str(), self.address);
                    self.app.access.authenticate(&self.app.core, token, origin, now).await
                };
                self.caller = Some(caller.map_err(|failure| {
                    tracing::debug!(%failure, "a socket was refused");
                    Close::Forbidden("The token does not hold")
                })?);
                Ok(vec![FromServer::ConnectionAck.message()])
            }
            FromClient::Subscribe { id, payload } => self.start(id, *payload).await,
            FromClient::Complete { id } => {
                if let Some(handle) = self.running.remove(&id) {
                    handle.abort();
                }
                Ok(Vec::new())
            }
            FromClient::Ping { payload } => Ok(vec![FromServer::Pong { payload }.message()]),
            FromClient::Pong => Ok(Vec::new()),
        }
    }

    async fn start(&mut self, id: String, request: async_graphql::Request) -> Result<Vec<Message>, Close> {
        let caller = self.caller.as_ref().ok_or(Close::Unauthorized)?;
        if self.running.contains_key(&id) {
            return Err(Close::SubscriberExists);
        }
        let refuse = |failure: Failure, id: &str| {
            let response = finish(refused(failure), &self.request_id);
            Ok(vec![FromServer::Error { id, payload: &response.errors }.message()])
        };
        if self.running.len() >= SUBSCRIPTIONS_PER_SOCKET {
            let message = format!("A socket has at most {SUBSCRIPTIONS_PER_SOCKET} subscriptions.");
            return refuse(Failure::limited("RATE_LIMITED", message), &id);
        }
        let caller = match self.app.access.renew(&self.app.core, caller, (self.app.core.clock)()).await {
            Ok(caller) => caller,
            Err(failure) if failure.kind == kernel::failure::FailureKind::Unauthenticated => {
                return Err(Close::Forbidden("The token does not hold"));
            }
            Err(failure) => return refuse(failure, &id),
        };
        let mut request = request;
        if let Err(failure) = self.app.documents.admit(&self.app.core, Some(&caller), &mut request).await {
            return refuse(failure, &id);
        }
        let session = Session::new(Some(caller), self.request_id.clone());
        let results = execute_stream(&self.app.schema, request, session);
        let (handle, registration) = AbortHandle::new_pair();
        let name = id.clone();
        let last = futures::stream::once(std::future::ready((name.clone(), None)));
        let outputs = results.map(move |response| (name.clone(), Some(response))).chain(last);
        self.outputs.push(Abortable::new(outputs, registration).boxed());
        self.running.insert(id, handle);
        Ok(Vec::new())
    }

    /// The message of an output. What comes of an operation that the client has ended is dropped.
    fn pass_on(&mut self, (id, response): &Output) -> Vec<Message> {
        if !self.running.contains_key(id) {
            return Vec::new();
        }
        match response {
            // Not executed: the operation ends with its errors.
            Some(response) if response.data == async_graphql::Value::Null && !response.errors.is_empty() => {
                if let Some(handle) = self.running.remove(id) {
                    handle.abort();
                }
                vec![FromServer::Error { id, payload: &response.errors }.message()]
            }
            Some(response) => vec![FromServer::Next { id, payload: response }.message()],
            None => {
                self.running.remove(id);
                vec![FromServer::Complete { id }.message()]
            }
        }
    }
}
