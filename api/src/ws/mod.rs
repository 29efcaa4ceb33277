//! Subscriptions over WebSocket, in the `graphql-transport-ws` protocol (the one that the `graphql-ws` package
//! speaks), with the close codes of that protocol.
//!
//! The token comes in the payload of `connection_init`. The socket ends with the token; a client connects anew with
//! a fresh one.

mod protocol;
mod socket;

use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{Extension, State};
use axum::response::Response;

use crate::router::App;
use crate::transport::{ClientAddress, RequestId};

/// The only protocol that is offered.
const PROTOCOL: &str = "graphql-transport-ws";
/// Largest message of a client.
const MESSAGE_BYTES: usize = kernel::limits::GRAPHQL_BODY_BYTES;

/// `GET /graphql/ws`: opens a socket.
pub async fn upgrade(
    State(app): State<App>,
    Extension(RequestId(request_id)): Extension<RequestId>,
    Extension(ClientAddress(address)): Extension<ClientAddress>,
    upgrade: WebSocketUpgrade,
) -> Response {
    upgrade
        .protocols([PROTOCOL])
        .max_message_size(MESSAGE_BYTES)
        .max_frame_size(MESSAGE_BYTES)
        .on_upgrade(move |socket| socket::run(app, (request_id, address), socket))
}
