//! The messages of `graphql-transport-ws` and its close codes.

use axum::extract::ws::{CloseFrame, Message};
use serde::{Deserialize, Serialize};

/// What a client says.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum FromClient {
    /// The first message, with the token.
    ConnectionInit {
        /// `{"Authorization": "Bearer …"}` or `{"token": "…"}`.
        payload: Option<InitPayload>,
    },
    /// Starts an operation.
    Subscribe {
        /// The client's name for it.
        id: String,
        /// The operation.
        payload: Box<async_graphql::Request>,
    },
    /// Ends an operation.
    Complete {
        /// Which one.
        id: String,
    },
    /// Asks for a sign of life.
    Ping {
        /// Sent back.
        payload: Option<serde_json::Value>,
    },
    /// Gives one.
    Pong,
}

/// How the token may be given.
#[derive(Debug, Default, Deserialize)]
pub(super) struct InitPayload {
    #[serde(rename = "Authorization", alias = "authorization")]
    pub authorization: Option<String>,
    pub token: Option<String>,
}

impl InitPayload {
    /// The token, with or without its scheme.
    pub(super) fn token(&self) -> Option<&str> {
        let header = self.authorization.as_deref();
        let bearer = header.and_then(|header| crate::transport::bearer(header).or(Some(header)));
        bearer.or(self.token.as_deref()).map(str::trim).filter(|token| !token.is_empty())
    }
}

/// What the server says.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum FromServer<'a> {
    /// The token holds.
    ConnectionAck,
    /// A result.
    Next {
        /// Of which operation.
        id: &'a str,
        /// The result.
        payload: &'a async_graphql::Response,
    },
    /// The operation was not executed.
    Error {
        /// Which one.
        id: &'a str,
        /// Why.
        payload: &'a [async_graphql::ServerError],
    },
    /// The operation has ended.
    Complete {
        /// Which one.
        id: &'a str,
    },
    /// A sign of life.
    Pong {
        /// What came with the question.
        #[serde(skip_serializing_if = "Option::is_none")]
        payload: Option<serde_json::Value>,
    },
}

impl FromServer<'_> {
    /// As a message.
    pub(super) fn message(&self) -> Message {
        // Only strings and trees of strings: writing them cannot fail.
        Message::Text(serde_json::to_string(self).unwrap_or_default().into())
    }
}

/// Why a socket is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Close {
    /// The server goes down; connect again.
    GoingAway,
    /// The client speaks another protocol.
    NotAcceptable,
    /// A message that is none of the protocol.
    BadRequest,
    /// An operation before the acknowledgement.
    Unauthorized,
    /// No token, a wrong one, or one that has ended.
    Forbidden(&'static str),
    /// No `connection_init` in time.
    InitTimeout,
    /// Two operations of one name.
    SubscriberExists,
    /// A second `connection_init`.
    TooManyInits,
}

impl Close {
    /// As a message.
    pub(super) fn message(self) -> Message {
        let (code, reason) = match self {
            Self::GoingAway => (1001, "The server is going down"),
            Self::NotAcceptable => (4406, "Subprotocol not acceptable"),
            Self::BadRequest => (4400, "Invalid message"),
            Self::Unauthorized => (4401, "Unauthorized"),
            Self::Forbidden(reason) => (4403, reason),
            Self::InitTimeout => (4408, "Connection initialisation timeout"),
            Self::SubscriberExists => (4409, "Subscriber already exists"),
            Self::TooManyInits => (4429, "Too many initialisation requests"),
        };
        Message::Close(Some(CloseFrame { code, reason: reason.into() }))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<FromClient> {
        serde_json::from_str(text).ok()
    }

    #[test]
    fn the_token_is_found_in_every_form() {
        for payload in [
            r#"{"Authorization":"Bearer abc"}"#,
            r#"{"authorization":"bearer abc"}"#,
            r#"{"token":"abc"}"#,
            r#"{"Authorization":"abc"}"#,
        ] {
            let text = format!(r#"{{"type":"connection_init","payload":{payload}}}"#);
            let Some(FromClient::ConnectionInit { payload: Some(payload) }) = read(&text) else { panic!("{text}") };
            assert_eq!(payload.token(), Some("abc"));
        }
        let Some(FromClient::ConnectionInit { payload: None }) = read(r#"{"type":"connection_init"}"#) else {
            panic!("no payload is a payload");
        };
    }

    #[test]
    fn messages_are_those_of_the_protocol() {
        assert!(matches!(read(r#"{"type":"ping"}"#), Some(FromClient::Ping { payload: None })));
        assert!(matches!(read(r#"{"type":"pong","payload":{}}"#), Some(FromClient::Pong)));
        assert!(matches!(read(r#"{"type":"complete","id":"1"}"#), Some(FromClient::Complete { .. })));
        assert!(matches!(
            read(r#"{"type":"subscribe","id":"1","payload":{"query":"{ a }"}}"#),
            Some(FromClient::Subscribe { .. })
        ));
        for bad in ["", "{}", r#"{"type":"start"}"#, r#"{"type":"subscribe","id":1}"#, "[]"] {
            assert!(read(bad).is_none(), "{bad}");
        }
        assert_eq!(FromServer::ConnectionAck.message(), Message::Text(r#"{"type":"connection_ack"}"#.into()));
        assert_eq!(FromServer::Complete { id: "1" }.message(), Message::Text(r#"{"type":"complete","id":"1"}"#.into()));
    }
}
