//! Setting sources up, testing them, collecting.

use async_graphql::{Context, Object, Result, SimpleObject};
use domain::collection::sources as acquisition;
use domain::operations as long_work;
use kernel::failure::Outcome;
use kernel::ids::SourceId;

use super::input::{
    SourceChangeInput, SourceCollectInput, SourceCreateInput, SourceCredentialInput, SourceCredentialsSetInput,
    SourceTestInput, SourceTurnInput,
};
use super::types::{Source, SourceRun};
use crate::frame;
use crate::frame::ids;
use crate::operations::Operation;
use crate::{payload, user_errors};

user_errors! {
    SourceUserError, SourceErrorCode, "sources",
    SOURCE_NAME_INVALID => "A name is empty or too long.",
    SOURCE_NAME_TAKEN => "Another source has this name.",
    SOURCE_METHOD_INVALID => "A setting of the method cannot be used.",
    SOURCE_ATTEMPTS_INVALID => "A run is tried 1 to 25 times.",
    SOURCES_TOO_MANY => "The tenant has as many sources as it may have.",
    SOURCE_DISABLED => "The source is disabled.",
    SOURCE_BUSY => "The source is being collected from at this moment.",
    SOURCE_NOT_PULLED => "Reports of this source come by themselves; there is nothing to fetch from.",
    SCHEDULE_INVALID => "The schedule cannot be read, or names a moment that never comes.",
    TIME_ZONE_UNKNOWN => "There is no such time zone.",
    CREDENTIAL_INVALID => "A credential cannot be used.",
    CREDENTIAL_MISSING => "The source lacks a credential.",
    IDEMPOTENCY_KEY_INVALID => "The idempotency key is empty or too long.",
}

payload! {
    /// What mutations that change a source answer.
    SourcePayload(SourceUserError) {
        /// The source; null when it was refused.
        source: Source,
    }
}

/// What mutations that start a run answer.
#[derive(SimpleObject)]
pub struct SourceRunPayload {
    /// The run; null when it was refused.
    run: Option<SourceRun>,
    /// The run at work; its ten steps are its stages. Null when it was refused.
    operation: Option<Operation>,
    /// Whether this very request was answered before.
    is_replay: bool,
    /// What was refused; empty when it was done.
    user_errors: Vec<SourceUserError>,
}

impl SourceRunPayload {
    fn of(outcome: Outcome<(acquisition::Started, Option<long_work::Operation>)>) -> Result<Self> {
        let (done, user_errors) = SourceUserError::split(outcome)?;
        Ok(match done {
            Some((started, operation)) => Self {
                run: Some(started.run.into()),
                operation: operation.map(Into::into),
                is_replay: started.is_replay,
                user_errors,
            },
            None => Self { run: None, operation: None, is_replay: false, user_errors },
        })
    }
}

/// Changing sources.
#[derive(Default)]
pub struct SourceMutation;

#[Object]
impl SourceMutation {
    /// Makes a source, disabled. Requires: SOURCE_MANAGE.
    async fn source_create(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The source.")] input: SourceCreateInput,
    ) -> Result<SourcePayload> {
        let outcome =
            frame::run(gql, |ctx, core| async move { acquisition::source_create(&ctx, &core, input.checked()?).await })
                .await;
        SourcePayload::of(outcome)
    }

    /// Changes a source. Requires: SOURCE_MANAGE.
    async fn source_change(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The change.")] input: SourceChangeInput,
    ) -> Result<SourcePayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            let id: SourceId = ids::parse(&input.id, ["input", "id"])?;
            let version = input.expected_version;
            acquisition::source_change(&ctx, &core, id, version, input.checked()?).await
        })
        .await;
        SourcePayload::of(outcome)
    }

    /// Sets credentials of a source. They are encrypted at rest, and nobody can read them back. Requires:
    /// SOURCE_MANAGE.
    async fn source_credentials_set(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The credentials.")] input: SourceCredentialsSetInput,
    ) -> Result<SourcePayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            let id: SourceId = ids::parse(&input.id, ["input", "id"])?;
            let new = SourceCredentialInput::all(input.credentials);
            acquisition::source_credentials_set(&ctx, &core, id, new).await
        })
        .await;
        SourcePayload::of(outcome)
    }

    /// Lets a source be collected from: by its schedule, by hand, by calls of the provider. Requires: SOURCE_MANAGE.
    async fn source_enable(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The source.")] input: SourceTurnInput,
    ) -> Result<SourcePayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            let id: SourceId = ids::parse(&input.id, ["input", "id"])?;
            acquisition::source_enable(&ctx, &core, id, input.expected_version).await
        })
        .await;
        SourcePayload::of(outcome)
    }

    /// Stops collecting from a source. Requires: SOURCE_MANAGE.
    async fn source_disable(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The source.")] input: SourceTurnInput,
    ) -> Result<SourcePayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            let id: SourceId = ids::parse(&input.id, ["input", "id"])?;
            acquisition::source_disable(&ctx, &core, id, input.expected_version).await
        })
        .await;
        SourcePayload::of(outcome)
    }

    /// Tests whether a source can be reached, lets us in and shows files; nothing is fetched. The operation says how it
    /// went. Requires: SOURCE_MANAGE.
    async fn source_test(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The source.")] input: SourceTestInput,
    ) -> Result<SourceRunPayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            let id: SourceId = ids::parse(&input.id, ["input", "id"])?;
            let run = acquisition::source_test(&ctx, &core, id).await?;
            let operation = long_work::get(&ctx, &core, run.operation_id).await?;
            Ok((acquisition::Started { run, is_replay: false }, operation))
        })
        .await;
        SourceRunPayload::of(outcome)
    }

    /// Collects from a source now: fetches what is new and imports it. Requires: SOURCE_MANAGE.
    async fn source_collect(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The source.")] input: SourceCollectInput,
    ) -> Result<SourceRunPayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            let request = acquisition::CollectRequest {
                source_id: ids::parse(&input.id, ["input", "id"])?,
                idempotency_key: input.idempotency_key,
            };
            let started = acquisition::source_collect(&ctx, &core, request).await?;
            let operation = long_work::get(&ctx, &core, started.run.operation_id).await?;
            Ok((started, operation))
        })
        .await;
        SourceRunPayload::of(outcome)
    }
}
