//! Who asks: what the transport puts beside every GraphQL request.

use async_graphql::Context;
use domain::Core;
use domain::tenancy::{Access, Authenticated};
use kernel::context::OpContext;
use kernel::failure::{Failure, Outcome};

use super::errors::top_level;
use super::loader::Loaders;

/// One request, or one event of a subscription: the caller and the caller's batch loaders.
pub struct Session {
    /// The signed-in member; none while nobody has signed in.
    pub caller: Option<Authenticated>,
    /// The request id, for log and errors.
    pub request_id: String,
    /// Batch loaders, fresh for every request and every event.
    pub loaders: Loaders,
}

impl Session {
    /// A request of this caller.
    #[must_use]
    pub fn new(caller: Option<Authenticated>, request_id: String) -> Self {
        Self { caller, request_id, loaders: Loaders::default() }
    }
}

/// The session of this request.
///
/// # Errors
/// `INTERNAL` outside a request: the schema was executed without a transport.
pub fn session<'a>(gql: &Context<'a>) -> Outcome<&'a Session> {
    gql.data_opt::<Session>().ok_or_else(|| Failure::internal("the schema runs without a session"))
}

/// The signed-in caller and what use cases stand on.
///
/// # Errors
/// `UNAUTHENTICATED` when nobody is signed in.
pub fn caller<'a>(gql: &Context<'a>) -> Outcome<(&'a OpContext, &'a Core)> {
    Ok((&authenticated(gql)?.ctx, services(gql)?))
}

/// The signed-in member, with tenant and the end of the token.
///
/// # Errors
/// `UNAUTHENTICATED` when nobody is signed in.
pub fn authenticated<'a>(gql: &Context<'a>) -> Outcome<&'a Authenticated> {
    session(gql)?.caller.as_ref().ok_or_else(|| {
        Failure::unauthenticated("UNAUTHENTICATED", "Sign in first and send the access token as a bearer token.")
    })
}

/// Who may come in.
///
/// # Errors
/// `INTERNAL` when the schema was built without a database.
pub fn access<'a>(gql: &Context<'a>) -> Outcome<&'a Access> {
    gql.data_opt::<Access>().ok_or_else(|| Failure::internal("the schema runs without a database"))
}

/// What use cases stand on, for use cases that need no caller (sign-in).
///
/// # Errors
/// `INTERNAL` when the schema was built without a database (for printing it).
pub fn services<'a>(gql: &Context<'a>) -> Outcome<&'a Core> {
    gql.data_opt::<Core>().ok_or_else(|| Failure::internal("the schema runs without a database"))
}

/// The context of the signed-in caller.
///
/// # Errors
/// `UNAUTHENTICATED`.
pub fn ctx(gql: &Context<'_>) -> async_graphql::Result<OpContext> {
    caller(gql).map(|(ctx, _)| ctx.clone()).map_err(top_level)
}

/// What use cases stand on.
///
/// # Errors
/// `INTERNAL` when the schema was built without a database.
pub fn core<'a>(gql: &Context<'a>) -> async_graphql::Result<&'a Core> {
    services(gql).map_err(top_level)
}
