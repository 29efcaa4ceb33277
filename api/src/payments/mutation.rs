//! Making, approving and executing payments.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use domain::operations as long_work;
use domain::payments as paying;
use kernel::failure::{Failure, Outcome};

use super::types::{Payable, PaymentBatch, PaymentMethod};
use crate::frame;
use crate::frame::ids;
use crate::frame::scalars::Month;
use crate::operations::Operation;
use crate::{payload, user_errors};

user_errors! {
    PaymentUserError, PaymentErrorCode, "payments",
    NOTHING_PAYABLE => "No published statement owes anything that can be paid now.",
    INVALID_STATE => "The batch is not in a state that allows this.",
    APPROVER_NOT_ADMITTED => "The configuration lets only an owner approve this.",
    SAME_PERSON => "Who made the batch cannot approve it.",
    CONTENT_CHANGED => "The batch is not what was looked at.",
    IDEMPOTENCY_KEY_INVALID => "The idempotency key is empty or too long.",
}

/// What to pay.
#[derive(InputObject)]
pub struct PaymentBatchCreateInput {
    /// The accounting month of the transfers.
    accounting_month: Month,
    /// How to pay.
    method: PaymentMethod,
    /// A text of your choice, at most 200 characters, that makes a repeated request the same request.
    idempotency_key: String,
}

/// What `paymentBatchCreate` answers.
#[derive(SimpleObject)]
pub struct PaymentBatchCreatePayload {
    /// The batch; null when it was refused.
    batch: Option<PaymentBatch>,
    /// Who is owed something and is not in it, with the reason.
    skipped: Vec<Payable>,
    /// Whether this very request was answered before.
    is_replay: bool,
    /// What was refused; empty when it was done.
    user_errors: Vec<PaymentUserError>,
}

/// A change of a batch.
#[derive(InputObject)]
pub struct PaymentBatchChangeInput {
    /// The batch.
    id: ID,
    /// The version that was read.
    expected_version: i32,
}

/// An approval of a batch.
#[derive(InputObject)]
pub struct PaymentBatchApproveInput {
    /// The batch.
    id: ID,
    /// The version that was read.
    expected_version: i32,
    /// The content hash that was shown.
    content_hash: String,
}

/// A batch to be executed.
#[derive(InputObject)]
pub struct PaymentBatchExecuteInput {
    /// The batch.
    id: ID,
    /// The version that was read.
    expected_version: i32,
    /// A text of your choice, at most 200 characters, that makes a repeated request the same request.
    idempotency_key: String,
}

/// What `paymentBatchExecute` answers.
#[derive(SimpleObject)]
pub struct PaymentBatchExecutePayload {
    /// The batch; null when it was refused.
    batch: Option<PaymentBatch>,
    /// The work; null when it was refused.
    operation: Option<Operation>,
    /// Whether this very request was answered before.
    is_replay: bool,
    /// What was refused; empty when it was done.
    user_errors: Vec<PaymentUserError>,
}

payload! {
    /// What a mutation that changes a batch answers.
    PaymentBatchPayload(PaymentUserError) {
        /// The batch; null when it was refused.
        batch: PaymentBatch,
    }
}

fn change(id: &ID, expected_version: i32) -> Outcome<paying::BatchChange> {
    Ok(paying::BatchChange { id: ids::parse(id, ["input", "id"])?, expected_version })
}

fn unhex(text: &str) -> Outcome<Vec<u8>> {
    let bad =
        || Failure::refused("BAD_USER_INPUT", "A content hash is 64 hexadecimal digits.").at(["input", "contentHash"]);
    if text.len() != 64 || !text.is_ascii() {
        return Err(bad());
    }
    (0..text.len())
        .step_by(2)
        .map(|at| text.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok()).ok_or_else(bad))
        .collect()
}

/// Changing payments.
#[derive(Default)]
pub struct PaymentsMutation;

#[Object]
impl PaymentsMutation {
    /// Makes a batch of everything that published statements owe and the method can pay. Requires: PAYMENT_MANAGE.
    async fn payment_batch_create(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "What to pay.")] input: PaymentBatchCreateInput,
    ) -> Result<PaymentBatchCreatePayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            let new = paying::NewPaymentBatch {
                accounting_month: input.accounting_month.into(),
                method: input.method.into(),
                idempotency_key: input.idempotency_key,
            };
            paying::payment_batch_create(&ctx, &core, new).await
        })
        .await;
        let (made, user_errors) = PaymentUserError::split(outcome)?;
        Ok(match made {
            Some(made) => PaymentBatchCreatePayload {
                batch: Some(made.batch.into()),
                skipped: made.skipped.into_iter().map(Into::into).collect(),
                is_replay: made.is_replay,
                user_errors,
            },
            None => PaymentBatchCreatePayload { batch: None, skipped: Vec::new(), is_replay: false, user_errors },
        })
    }

    /// Approves a batch; never by who made it, and only the content that was looked at. Requires: PAYMENT_APPROVE.
    async fn payment_batch_approve(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The approval.")] input: PaymentBatchApproveInput,
    ) -> Result<PaymentBatchPayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            let approval = paying::BatchApproval {
                change: change(&input.id, input.expected_version)?,
                content_hash: unhex(&input.content_hash)?,
            };
            paying::payment_batch_approve(&ctx, &core, approval).await
        })
        .await;
        PaymentBatchPayload::of(outcome)
    }

    /// Executes an approved batch, each payment exactly once. Requires: PAYMENT_EXECUTE.
    async fn payment_batch_execute(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The batch.")] input: PaymentBatchExecuteInput,
    ) -> Result<PaymentBatchExecutePayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            let change = change(&input.id, input.expected_version)?;
            let made = paying::payment_batch_execute(&ctx, &core, change, &input.idempotency_key).await?;
            let operation = match made.batch.operation_id {
                Some(id) => long_work::get(&ctx, &core, id).await?,
                None => None,
            };
            Ok((made, operation))
        })
        .await;
        let (made, user_errors) = PaymentUserError::split(outcome)?;
        Ok(match made {
            Some((made, operation)) => PaymentBatchExecutePayload {
                batch: Some(made.batch.into()),
                operation: operation.map(Into::into),
                is_replay: made.is_replay,
                user_errors,
            },
            None => PaymentBatchExecutePayload { batch: None, operation: None, is_replay: false, user_errors },
        })
    }

    /// Gives a batch up before any money has moved; what it held is owed again. Requires: PAYMENT_MANAGE.
    async fn payment_batch_cancel(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The batch.")] input: PaymentBatchChangeInput,
    ) -> Result<PaymentBatchPayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            let change = change(&input.id, input.expected_version)?;
            paying::payment_batch_cancel(&ctx, &core, change).await
        })
        .await;
        PaymentBatchPayload::of(outcome)
    }
}
