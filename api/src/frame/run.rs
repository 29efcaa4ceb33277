//! Calling use cases.

use async_graphql::Context;
use domain::Core;
use kernel::context::OpContext;
use kernel::failure::{Failure, Outcome};

use super::errors::top_level;
use super::session::caller;

/// Runs a use case that changes something, in a task of its own: a client that hangs up cannot stop it between
/// its first statement and its commit.
///
/// # Errors
/// The failure of the use case; `UNAUTHENTICATED` when nobody is signed in.
pub async fn run<T, F, Fut>(gql: &Context<'_>, use_case: F) -> Outcome<T>
where
    F: FnOnce(OpContext, Core) -> Fut,
    Fut: Future<Output = Outcome<T>> + Send + 'static,
    T: Send + 'static,
{
    let (ctx, core) = caller(gql)?;
    apart(use_case(ctx.clone(), core.clone())).await
}

/// Runs a future in a task of its own, keeping the span of the request.
///
/// # Errors
/// The failure of the future; `INTERNAL` when it panics.
pub async fn apart<T: Send + 'static>(work: impl Future<Output = Outcome<T>> + Send + 'static) -> Outcome<T> {
    use tracing::Instrument;
    match tokio::spawn(work.in_current_span()).await {
        Ok(outcome) => outcome,
        Err(error) => Err(Failure::internal(format!("a use case ended abnormally: {error}"))),
    }
}

/// Runs a use case that only reads; its failure is a top-level error.
///
/// # Errors
/// As [`top_level`] says.
pub async fn read<T, F, Fut>(gql: &Context<'_>, use_case: F) -> async_graphql::Result<T>
where
    F: FnOnce(OpContext, Core) -> Fut,
    Fut: Future<Output = Outcome<T>>,
{
    let (ctx, core) = caller(gql).map_err(top_level)?;
    use_case(ctx.clone(), core.clone()).await.map_err(top_level)
}
