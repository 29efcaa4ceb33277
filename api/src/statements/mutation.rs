//! Making, approving and publishing statements.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use domain::operations as long_work;
use domain::statements as royalty;
use kernel::failure::Outcome;

use super::types::StatementBatch;
use crate::frame;
use crate::frame::ids;
use crate::frame::scalars::Month;
use crate::operations::Operation;
use crate::{payload, user_errors};

user_errors! {
    StatementUserError, StatementErrorCode, "statements",
    RUN_NOT_FINALISED => "The calculation of the month is not finalised yet.",
    STATEMENT_BATCH_EXISTS => "There is a batch of statements for the month already.",
    INVALID_STATE => "The batch is not in a state that allows this.",
    APPROVER_NOT_ADMITTED => "The configuration lets only an owner approve this.",
    SAME_PERSON => "Who asked for the statements cannot approve them.",
    LOGO_INVALID => "The upload cannot be a logo; the message says why.",
    UPLOAD_UNKNOWN => "There is no such upload.",
    UPLOAD_EMPTY => "The upload has no bytes yet.",
    REMARK_INVALID => "The remark is empty or too long.",
    IDEMPOTENCY_KEY_INVALID => "The idempotency key is empty or too long.",
}

/// What to make statements of.
#[derive(InputObject)]
pub struct StatementBatchCreateInput {
    /// The accounting month; its calculation run must be finalised.
    accounting_month: Month,
    /// A text of your choice, at most 200 characters, that makes a repeated request the same request.
    idempotency_key: String,
}

/// A change of a batch.
#[derive(InputObject)]
pub struct StatementBatchChangeInput {
    /// The batch.
    id: ID,
    /// The version that was read.
    expected_version: i32,
}

impl StatementBatchChangeInput {
    fn checked(&self) -> Outcome<royalty::BatchChange> {
        Ok(royalty::BatchChange { id: ids::parse(&self.id, ["input", "id"])?, expected_version: self.expected_version })
    }
}

/// Drafts to be sent back.
#[derive(InputObject)]
pub struct StatementBatchRecallInput {
    /// The batch.
    id: ID,
    /// The version that was read.
    expected_version: i32,
    /// Why, in 1 to 1,000 characters.
    remark: String,
}

/// A batch to be published.
#[derive(InputObject)]
pub struct StatementBatchPublishInput {
    /// The batch.
    id: ID,
    /// The version that was read.
    expected_version: i32,
    /// A text of your choice, at most 200 characters, that makes a repeated request the same request.
    idempotency_key: String,
}

/// What a mutation that starts work on a batch answers.
#[derive(SimpleObject)]
pub struct StatementBatchWorkPayload {
    /// The batch; null when it was refused.
    batch: Option<StatementBatch>,
    /// The work; null when it was refused.
    operation: Option<Operation>,
    /// Whether this very request was answered before.
    is_replay: bool,
    /// What was refused; empty when it was done.
    user_errors: Vec<StatementUserError>,
}

impl StatementBatchWorkPayload {
    fn of(outcome: Outcome<(royalty::Created, Option<long_work::Operation>)>) -> Result<Self> {
        let (done, user_errors) = StatementUserError::split(outcome)?;
        Ok(match done {
            Some((created, operation)) => Self {
                batch: Some(created.batch.into()),
                operation: operation.map(Into::into),
                is_replay: created.is_replay,
                user_errors,
            },
            None => Self { batch: None, operation: None, is_replay: false, user_errors },
        })
    }
}

payload! {
    /// What a mutation that changes a batch answers.
    StatementBatchPayload(StatementUserError) {
        /// The batch; null when it was refused.
        batch: StatementBatch,
    }
}

/// A picture to make a logo of.
#[derive(InputObject)]
pub struct BrandLogoAddInput {
    /// The upload with the picture: PNG, JPEG, WebP or GIF.
    upload_id: ID,
}

/// A logo for statements.
#[derive(Debug, Clone, SimpleObject)]
pub struct BrandLogo {
    /// Its name. Set it as the value of `brand_logo`.
    hash: String,
    /// Width in pixels.
    width: i32,
    /// Height in pixels.
    height: i32,
}

impl From<royalty::BrandLogo> for BrandLogo {
    fn from(logo: royalty::BrandLogo) -> Self {
        let side = |pixels: u32| i32::try_from(pixels).unwrap_or(i32::MAX);
        Self { width: side(logo.width), height: side(logo.height), hash: logo.hash }
    }
}

payload! {
    /// What `brandLogoAdd` answers.
    BrandLogoPayload(StatementUserError) {
        /// The logo; null when it was refused.
        logo: BrandLogo,
    }
}

/// Changing statements.
#[derive(Default)]
pub struct StatementsMutation;

#[Object]
impl StatementsMutation {
    /// Makes drafts of all statements of a month whose calculation is finalised. Requires: STATEMENT_MANAGE.
    async fn statement_batch_create(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The month.")] input: StatementBatchCreateInput,
    ) -> Result<StatementBatchWorkPayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            let new = royalty::NewBatch {
                accounting_month: input.accounting_month.into(),
                idempotency_key: input.idempotency_key,
            };
            let created = royalty::statement_batch_create(&ctx, &core, new).await?;
            let operation = long_work::get(&ctx, &core, created.batch.operation_id).await?;
            Ok((created, operation))
        })
        .await;
        StatementBatchWorkPayload::of(outcome)
    }

    /// Approves drafts; never by who asked for them. Requires: STATEMENT_APPROVE.
    async fn statement_batch_approve(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The batch.")] input: StatementBatchChangeInput,
    ) -> Result<StatementBatchPayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            royalty::statement_batch_approve(&ctx, &core, input.checked()?).await
        })
        .await;
        StatementBatchPayload::of(outcome)
    }

    /// Publishes an approved batch: rendered, checked, stored, and final. Requires: STATEMENT_APPROVE.
    async fn statement_batch_publish(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The batch.")] input: StatementBatchPublishInput,
    ) -> Result<StatementBatchWorkPayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            let change = royalty::BatchChange {
                id: ids::parse(&input.id, ["input", "id"])?,
                expected_version: input.expected_version,
            };
            let created = royalty::statement_batch_publish(&ctx, &core, change, &input.idempotency_key).await?;
            let operation = long_work::get(&ctx, &core, created.batch.operation_id).await?;
            Ok((created, operation))
        })
        .await;
        StatementBatchWorkPayload::of(outcome)
    }

    /// Makes a logo of an uploaded picture: read within limits and written again, so that nothing else of the file
    /// survives. Requires: SETTING_MANAGE.
    async fn brand_logo_add(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The picture.")] input: BrandLogoAddInput,
    ) -> Result<BrandLogoPayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            royalty::brand_logo_add(&ctx, &core, ids::parse(&input.upload_id, ["input", "uploadId"])?).await
        })
        .await;
        BrandLogoPayload::of(outcome)
    }

    /// Hands drafts in for approval. Requires: STATEMENT_MANAGE.
    async fn statement_batch_submit(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The batch.")] input: StatementBatchChangeInput,
    ) -> Result<StatementBatchPayload> {
        let outcome =
            frame::run(
                gql,
                |ctx, core| async move { royalty::statement_batch_submit(&ctx, &core, input.checked()?).await },
            )
            .await;
        StatementBatchPayload::of(outcome)
    }

    /// Sends drafts back out of review, or recalls their approval before publication. Requires: STATEMENT_APPROVE.
    async fn statement_batch_recall(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The batch, and why.")] input: StatementBatchRecallInput,
    ) -> Result<StatementBatchPayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            let change = royalty::BatchChange {
                id: ids::parse(&input.id, ["input", "id"])?,
                expected_version: input.expected_version,
            };
            royalty::statement_batch_recall(&ctx, &core, change, &input.remark).await
        })
        .await;
        StatementBatchPayload::of(outcome)
    }

    /// Throws drafts away, so that new ones can be made. Requires: STATEMENT_MANAGE.
    async fn statement_batch_discard(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The batch.")] input: StatementBatchChangeInput,
    ) -> Result<StatementBatchPayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            royalty::statement_batch_discard(&ctx, &core, input.checked()?).await
        })
        .await;
        StatementBatchPayload::of(outcome)
    }
}
