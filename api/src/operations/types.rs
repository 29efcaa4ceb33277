//! Types of long work.

use async_graphql::{ComplexObject, Context, Enum, ID, InputObject, SimpleObject};
use domain::operations as long_work;
use kernel::ids::OperationId;

use super::loaders::Stages;
use crate::collection::ExactDecimal;
use crate::frame;
use crate::frame::loader::load;
use crate::frame::scalars::{BigInt, DateTime};
use crate::node::{self, Node};

/// The states of long work. Only the first two change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "long_work::OperationState")]
pub enum OperationState {
    /// Waiting for a worker.
    Queued,
    /// At work.
    Running,
    /// Done.
    Succeeded,
    /// Ended with a failure.
    Failed,
    /// Stopped on request.
    Cancelled,
}

/// How far long work is in its present stage.
#[derive(Debug, Clone, SimpleObject)]
pub struct OperationProgress {
    /// Units done.
    done: BigInt,
    /// Units in all; null while unknown.
    total: Option<BigInt>,
    /// What is counted.
    unit: String,
}

/// Why long work failed.
#[derive(Debug, Clone, SimpleObject)]
pub struct OperationFailure {
    /// The code, for programs.
    code: String,
    /// What went wrong and what to do, for a person.
    message: String,
}

/// The ten steps in which revenue is collected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "long_work::Step")]
pub enum CollectionStep {
    /// What is to be collected, and with which settings.
    Initiation,
    /// The provider is reached and has let us in.
    Connection,
    /// New files come over.
    Retrieval,
    /// Each file is what it should be: complete, of a known layout.
    InitialValidation,
    /// Rows become lines of one form.
    Normalisation,
    /// What came before is recognised.
    DeDuplication,
    /// Totals are held against what the file says.
    EnhancedValidation,
    /// What cannot be read or matched is put where a person finds it.
    ErrorResolution,
    /// Lines are posted.
    Staging,
    /// Everybody concerned is told.
    Notification,
}

/// How far a stage is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "long_work::StageState")]
pub enum OperationStageState {
    /// Under way.
    Running,
    /// Done.
    Done,
    /// Here it failed; it may be tried again.
    Failed,
}

/// Money that a stage has had in hand, with every digit that it came with.
#[derive(Debug, Clone, SimpleObject)]
pub struct OperationStageAmount {
    /// The currency.
    currency: String,
    /// The amount.
    amount: ExactDecimal,
}

/// One of the ten steps, as far as it is, with what it has had in hand.
#[derive(Debug, Clone, SimpleObject)]
pub struct OperationStage {
    /// Which step.
    step: CollectionStep,
    /// Its number, 1 to 10.
    number: i32,
    /// How far it is.
    state: OperationStageState,
    /// Files.
    file_count: BigInt,
    /// Rows.
    row_count: BigInt,
    /// Money, per currency.
    amounts: Vec<OperationStageAmount>,
    /// What a person should know; why it failed.
    note: Option<String>,
    /// When it began.
    started_at: DateTime,
    /// When it ended; null while it has not.
    finished_at: Option<DateTime>,
}

impl From<long_work::Stage> for OperationStage {
    fn from(stage: long_work::Stage) -> Self {
        let amounts = stage.count.amounts.into_iter();
        Self {
            step: stage.step.into(),
            number: stage.step.number().into(),
            state: stage.state.into(),
            file_count: stage.count.files.into(),
            row_count: stage.count.rows.into(),
            amounts: amounts
                .map(|(currency, amount)| OperationStageAmount { currency, amount: ExactDecimal(amount) })
                .collect(),
            note: stage.note,
            started_at: stage.started_at.into(),
            finished_at: stage.finished_at.map(Into::into),
        }
    }
}

/// Long work: an import, a calculation, the making of statements, a payment run.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct Operation {
    /// The global id.
    #[graphql(owned)]
    pub id: ID,
    /// What it does: `report.import`, `run.calculate` …
    kind: String,
    /// Its state.
    state: OperationState,
    /// The present stage, in words of the trade; empty before the first.
    stage: String,
    /// How far it is in the present stage.
    progress: OperationProgress,
    /// Why it failed; null unless it did.
    failure: Option<OperationFailure>,
    /// Whether somebody asked it to stop. It stops at its next safe point.
    is_cancel_requested: bool,
    /// When it was asked for.
    created_at: DateTime,
    /// When it last moved.
    updated_at: DateTime,
    /// When it ended; null while it has not.
    finished_at: Option<DateTime>,
    #[graphql(skip)]
    subject_id: Option<String>,
    #[graphql(skip)]
    operation_id: OperationId,
}

#[ComplexObject]
impl Operation {
    /// The steps of a collection or an import so far, in order; empty for other work.
    async fn stages(&self, gql: &Context<'_>) -> async_graphql::Result<Vec<OperationStage>> {
        let found = load::<Stages>(gql, self.operation_id).await?.unwrap_or_default();
        Ok(found.into_iter().map(Into::into).collect())
    }

    /// What it works on; null when there is nothing yet, or nothing the caller may see.
    async fn subject(&self, gql: &Context<'_>) -> async_graphql::Result<Option<Node>> {
        let Some(id) = self.subject_id.clone() else { return Ok(None) };
        // Boxed: an operation's subject may lead back to an operation.
        frame::read(gql, |ctx, core| async move { Box::pin(node::by_id(&ctx, &core, &id)).await }).await
    }
}

impl From<long_work::Operation> for Operation {
    fn from(row: long_work::Operation) -> Self {
        Self {
            id: ID(row.id.to_string()),
            kind: row.kind,
            state: row.state.into(),
            stage: row.stage,
            progress: OperationProgress { done: row.done.into(), total: row.total.map(Into::into), unit: row.unit },
            failure: row.failure.map(|(code, message)| OperationFailure { code, message }),
            is_cancel_requested: row.cancel_requested,
            created_at: row.created_at.into(),
            updated_at: row.updated_at.into(),
            finished_at: row.finished_at.map(Into::into),
            subject_id: row.subject,
            operation_id: row.id,
        }
    }
}

/// Which long work to list.
#[derive(Debug, Default, InputObject)]
pub struct OperationFilter {
    /// Only in this state.
    state: Option<OperationState>,
    /// Only of this kind: `report.import`.
    kind: Option<String>,
}

impl From<OperationFilter> for long_work::OperationFilter {
    fn from(filter: OperationFilter) -> Self {
        Self { state: filter.state.map(Into::into), kind: filter.kind }
    }
}
