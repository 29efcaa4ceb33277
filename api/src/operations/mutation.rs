//! Stopping long work.

use async_graphql::{Context, ID, InputObject, Object, Result};
use domain::operations as long_work;

use super::types::Operation;
use crate::frame;
use crate::frame::ids;
use crate::{payload, user_errors};

user_errors! {
    OperationUserError, OperationErrorCode, "long work",
    OPERATION_ENDED => "The operation has already ended.",
}

/// Which long work to stop.
#[derive(InputObject)]
pub struct OperationCancelInput {
    /// The operation.
    id: ID,
}

payload! {
    /// What `operationCancel` answers.
    OperationCancelPayload(OperationUserError) {
        /// The operation, asked to stop; null when it was refused.
        operation: Operation,
    }
}

/// Changing long work.
#[derive(Default)]
pub struct OperationsMutation;

#[Object]
impl OperationsMutation {
    /// Asks long work to stop. It stops at its next safe point, with nothing half done. Requires: RUN_MANAGE or
    /// REPORT_MANAGE.
    async fn operation_cancel(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "Which one.")] input: OperationCancelInput,
    ) -> Result<OperationCancelPayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            let id = ids::parse(&input.id, ["input", "id"])?;
            long_work::cancel(&ctx, &core, id).await
        })
        .await;
        OperationCancelPayload::of(outcome)
    }
}
