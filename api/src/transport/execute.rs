//! The one way a document is executed, whatever it came by: limits first, and afterwards no error without a code.

use std::collections::BTreeMap;

use async_graphql::{PathSegment, Request, Response, ServerError, Value};
use futures::StreamExt;
use futures::stream::BoxStream;
use kernel::failure::Failure;

use crate::Schema;
use crate::frame::errors::{CODES, top_level};
use crate::frame::session::Session;
use crate::limits::{self, Measure, RateLimiter, Refusal};

/// Executes a query or a mutation.
pub async fn execute(schema: &Schema, mut request: Request, session: Session) -> Response {
    let request_id = session.request_id.clone();
    let (measure, left) = match admit(schema, &mut request, &session) {
        Ok(admitted) => admitted,
        Err(response) => return finish(*response, &request_id),
    };
    let response = schema.execute(request.data(session)).await;
    let cost = cost(&measure, left);
    finish(response.extension("cost", cost), &request_id)
}

/// Executes whatever comes by a socket; a query is a stream of one answer.
pub fn execute_stream(schema: &Schema, mut request: Request, session: Session) -> BoxStream<'static, Response> {
    let request_id = session.request_id.clone();
    if let Err(response) = admit(schema, &mut request, &session) {
        return futures::stream::once(std::future::ready(finish(*response, &request_id))).boxed();
    }
    schema.execute_stream(request.data(session)).map(move |response| finish(response, &request_id)).boxed()
}

/// Limits: what the document asks for, then what the member has asked for in this minute.
fn admit(schema: &Schema, request: &mut Request, session: &Session) -> Result<(Measure, Option<u64>), Box<Response>> {
    let refuse = |failure: Failure| Box::new(refused(failure));
    let measure = limits::admit(request).map_err(|refusal| match refusal {
        Refusal::TooMuch(failure) => refuse(failure),
        Refusal::Malformed(mut error) => {
            code(&mut error, "GRAPHQL_PARSE_FAILED");
            Box::new(Response::from_errors(vec![error]))
        }
    })?;
    let left = match (schema.data::<RateLimiter>(), &session.caller) {
        (Some(limiter), Some(caller)) => {
            let who = (caller.viewer.tenant.id, caller.viewer.member.id);
            Some(limiter.take(who, measure.complexity, caller.ctx.now).map_err(refuse)?)
        }
        _ => None,
    };
    Ok((measure, left))
}

fn cost(measure: &Measure, left: Option<u64>) -> Value {
    let mut cost = async_graphql::indexmap::IndexMap::new();
    cost.insert(async_graphql::Name::new("points"), Value::from(measure.complexity));
    if let Some(left) = left {
        cost.insert(async_graphql::Name::new("leftThisMinute"), Value::from(left));
    }
    Value::Object(cost)
}

/// The answer to a request that is not executed.
pub fn refused(failure: Failure) -> Response {
    let error = top_level(failure);
    Response::from_errors(vec![ServerError {
        message: error.message,
        source: None,
        locations: Vec::new(),
        path: Vec::new(),
        extensions: error.extensions,
    }])
}

fn code(error: &mut ServerError, code: &str) {
    let extensions = error.extensions.get_or_insert_default();
    extensions.set("code", code);
    extensions.set("retryable", false);
}

fn code_of(error: &ServerError) -> Option<&str> {
    match error.extensions.as_ref()?.get("code")? {
        Value::String(code) => CODES.iter().copied().find(|known| known == code),
        _ => None,
    }
}

/// Gives every error a code of the closed list and the request id. What has no code is not for the client's eyes.
pub fn finish(mut response: Response, request_id: &str) -> Response {
    for error in &mut response.errors {
        if code_of(error).is_none() {
            classify(error);
        }
        error.extensions.get_or_insert_default().set("requestId", request_id);
    }
    response
}

fn classify(error: &mut ServerError) {
    // The engine's own errors carry no source; an error that came by `?` from anywhere does.
    let from_engine = error.source.is_none();
    if from_engine && error.path.is_empty() {
        code(error, "GRAPHQL_VALIDATION_FAILED");
    } else if from_engine && is_coercion(&error.message) {
        code(error, "BAD_USER_INPUT");
    } else {
        tracing::error!(message = %error.message, path = %dotted(&error.path), "an error without a code");
        let masked = top_level(Failure::internal("masked"));
        error.message = masked.message;
        error.extensions = masked.extensions;
    }
    error.source = None;
}

/// How the engine begins to say that an input value has not the type of its argument.
fn is_coercion(message: &str) -> bool {
    ["Failed to parse \"", "Expected input type \"", "Invalid value for ", "Variable "]
        .iter()
        .any(|beginning| message.starts_with(beginning))
}

fn dotted(path: &[PathSegment]) -> String {
    let parts: Vec<String> = path
        .iter()
        .map(|segment| match segment {
            PathSegment::Field(name) => name.clone(),
            PathSegment::Index(index) => index.to_string(),
        })
        .collect();
    parts.join(".")
}

/// The codes of an answer's errors, with how often each occurs.
pub fn codes(response: &Response) -> BTreeMap<&str, usize> {
    let mut codes = BTreeMap::new();
    for error in &response.errors {
        *codes.entry(code_of(error).unwrap_or("INTERNAL")).or_default() += 1;
    }
    codes
}

#[cfg(test)]
mod tests {
    use async_graphql::{EmptyMutation, EmptySubscription, Object};

    use super::*;

    struct Query;

    /// A schema that leaks.
    #[Object]
    impl Query {
        /// An error that came by `?`.
        async fn leak(&self) -> async_graphql::Result<bool> {
            Err(std::io::Error::other("password=hunter2"))?;
            Ok(true)
        }

        /// An error made of a text.
        async fn text(&self) -> async_graphql::Result<bool> {
            Err(async_graphql::Error::new("internal detail"))
        }

        /// A refusal of ours.
        async fn ours(&self) -> async_graphql::Result<bool> {
            Err(top_level(Failure::unavailable("DATABASE_UNAVAILABLE", "Try again.")))
        }

        /// A typed argument.
        async fn typed(&self, #[graphql(desc = "A date.")] date: crate::frame::scalars::Date) -> bool {
            let _ = date;
            true
        }
    }

    async fn error(query: &str) -> (String, String) {
        let schema = async_graphql::Schema::new(Query, EmptyMutation, EmptySubscription);
        let response = finish(schema.execute(query).await, "req_1");
        let error = &response.errors[0];
        let extensions = error.extensions.as_ref().map(|e| serde_json::to_value(e).unwrap_or_default());
        let extensions = extensions.unwrap_or_default();
        assert_eq!(extensions["requestId"], "req_1");
        assert!(extensions["retryable"].is_boolean());
        (extensions["code"].as_str().unwrap_or_default().to_owned(), error.message.clone())
    }

    #[tokio::test]
    async fn no_error_leaves_without_a_code_and_none_with_a_secret() {
        for query in ["{ leak }", "{ text }"] {
            let (code, message) = error(query).await;
            assert_eq!(code, "INTERNAL");
            assert!(!message.contains("hunter2") && !message.contains("detail"), "{message}");
        }
        assert_eq!(error("{ ours }").await.0, "UNAVAILABLE");
        assert_eq!(error("{ nothing }").await.0, "GRAPHQL_VALIDATION_FAILED");
        assert_eq!(error(r#"{ typed(date: "2026-13-01") }"#).await.0, "BAD_USER_INPUT");
        assert_eq!(error("query A { ours } query B { ours }").await.0, "GRAPHQL_VALIDATION_FAILED");
    }
}
