//! Exceptions of runs in the schema.

use async_graphql::{ComplexObject, Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use domain::calculation;
use kernel::ids::{ContractId, PartyId, RunId};

use super::loaders::Runs;
use super::mutation::CalculationUserError;
use super::run::CalculationRun;
use crate::frame;
use crate::frame::connection::{List, page};
use crate::frame::ids;
use crate::frame::loader::{load, load_visible};
use crate::frame::scalars::{BigInt, CurrencyCode, DateTime, Decimal};
use crate::parties::{Party, PartyBatch};
use crate::payload;
use crate::rights::{Contract, ContractBatch};

/// How grave an exception is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "calculation::Severity")]
pub enum ExceptionSeverity {
    /// Good to know.
    Info,
    /// Should be looked at.
    Warning,
    /// Has to be looked at.
    Error,
}

/// Whether somebody has dealt with an exception.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "calculation::ExceptionState")]
pub enum ExceptionState {
    /// Nobody has.
    Open,
    /// Somebody has, with a note.
    Resolved,
}

/// Something in a run that somebody should look at.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct RunException {
    /// The global id.
    #[graphql(owned)]
    pub id: ID,
    /// Why it is one: a reason why lines wait (`NO_CONTRACT`, `MISSING_RATE` …), `NEGATIVE_PAYEE` or `OUTLIER`.
    code: String,
    /// How grave it is.
    severity: ExceptionSeverity,
    /// Whether the run cannot be approved while it is open.
    is_blocking: bool,
    /// The currency of the amount.
    currency: Option<CurrencyCode>,
    /// How many lines it is about; null when it is not about lines.
    row_count: Option<BigInt>,
    /// The amount it is about, exact.
    amount: Option<Decimal>,
    /// What it is, and what to do.
    message: String,
    /// Whether somebody has dealt with it.
    state: ExceptionState,
    /// The member who is to deal with it.
    assigned_to: Option<ID>,
    /// What was found out.
    note: Option<String>,
    /// Who dealt with it.
    resolved_by: Option<String>,
    /// When.
    resolved_at: Option<DateTime>,
    /// Raised by every change; send it back as `expectedVersion`.
    version: i32,
    #[graphql(skip)]
    run_id: RunId,
    #[graphql(skip)]
    party_id: Option<PartyId>,
    #[graphql(skip)]
    contract_id: Option<ContractId>,
}

impl From<calculation::RunException> for RunException {
    fn from(row: calculation::RunException) -> Self {
        Self {
            id: ID(row.id.to_string()),
            code: row.code.as_str().to_owned(),
            severity: row.severity.into(),
            is_blocking: row.is_blocking,
            currency: row.currency.map(Into::into),
            row_count: row.row_count.map(Into::into),
            amount: row.amount.map(Into::into),
            message: row.message,
            state: row.state.into(),
            assigned_to: row.assigned_to.map(|member| ID(member.to_string())),
            note: row.note,
            resolved_by: row.resolved_by,
            resolved_at: row.resolved_at.map(Into::into),
            version: row.version,
            run_id: row.run_id,
            party_id: row.party_id,
            contract_id: row.contract_id,
        }
    }
}

#[ComplexObject]
impl RunException {
    /// The run.
    async fn run(&self, gql: &Context<'_>) -> Result<Option<CalculationRun>> {
        Ok(load::<Runs>(gql, self.run_id).await?.map(Into::into))
    }

    /// The payee it is about; null when it is about none, or the caller may not see parties.
    async fn party(&self, gql: &Context<'_>) -> Result<Option<Party>> {
        let Some(party) = self.party_id else { return Ok(None) };
        Ok(load_visible::<PartyBatch>(gql, party).await?.map(Into::into))
    }

    /// The contract it is about; null when it is about none, or the caller may not see contracts.
    async fn contract(&self, gql: &Context<'_>) -> Result<Option<Contract>> {
        let Some(contract) = self.contract_id else { return Ok(None) };
        Ok(load_visible::<ContractBatch>(gql, contract).await?.map(Into::into))
    }
}

/// Which exceptions.
#[derive(InputObject, Default)]
pub struct RunExceptionFilter {
    /// Only of this run.
    run_id: Option<ID>,
    /// Only in this state.
    state: Option<ExceptionState>,
    /// Only those that block their run, or only those that do not.
    is_blocking: Option<bool>,
    /// Only those assigned to this member.
    assigned_to: Option<ID>,
}

/// Reading exceptions.
#[derive(Default)]
pub struct ExceptionQuery;

#[Object]
impl ExceptionQuery {
    /// What somebody should look at in runs, in the order in which it was found. Requires: RUN_READ.
    async fn run_exceptions(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "How many from the front, 1 to 100; 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which ones.")] filter: Option<RunExceptionFilter>,
    ) -> Result<List<RunException>> {
        frame::read(gql, |ctx, core| async move {
            let filter = filter.unwrap_or_default();
            let filter = calculation::ExceptionFilter {
                run_id: ids::parse_opt(filter.run_id.as_ref(), ["filter", "runId"])?,
                state: filter.state.map(Into::into),
                is_blocking: filter.is_blocking,
                assigned_to: ids::parse_opt(filter.assigned_to.as_ref(), ["filter", "assignedTo"])?,
            };
            let rows = calculation::exceptions(&ctx, &core, filter, page(first, after, last, before)?).await?;
            Ok(List::by_id(rows, |row| row.id.uuid()))
        })
        .await
    }
}

/// Who is to deal with an exception.
#[derive(InputObject)]
pub struct RunExceptionAssignInput {
    /// Which exception.
    id: ID,
    /// Its `version` when you read it.
    expected_version: i32,
    /// The member; null takes it back.
    member_id: Option<ID>,
}

/// What was found out about an exception.
#[derive(InputObject)]
pub struct RunExceptionResolveInput {
    /// Which exception.
    id: ID,
    /// Its `version` when you read it.
    expected_version: i32,
    /// What was found out, at most 2,000 characters. It stays.
    note: String,
}

payload! {
    /// What `runExceptionAssign` answers.
    RunExceptionAssignPayload(CalculationUserError) {
        /// The exception; null when it was refused.
        exception: RunException,
    }
}

payload! {
    /// What `runExceptionResolve` answers.
    RunExceptionResolvePayload(CalculationUserError) {
        /// The exception, now resolved; null when it was refused.
        exception: RunException,
    }
}

/// Dealing with exceptions.
#[derive(Default)]
pub struct ExceptionMutation;

#[Object]
impl ExceptionMutation {
    /// Gives an exception to a member to deal with. Requires: RUN_MANAGE.
    async fn run_exception_assign(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "Which one, and to whom.")] input: RunExceptionAssignInput,
    ) -> Result<RunExceptionAssignPayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            let id = ids::parse(&input.id, ["input", "id"])?;
            let member = ids::parse_opt(input.member_id.as_ref(), ["input", "memberId"])?;
            calculation::exception_assign(&ctx, &core, id, input.expected_version, member).await
        })
        .await;
        RunExceptionAssignPayload::of(outcome)
    }

    /// Says what was found out about an exception: it is dealt with then, and no longer blocks its run. Requires:
    /// RUN_MANAGE.
    async fn run_exception_resolve(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "Which one, and what was found out.")] input: RunExceptionResolveInput,
    ) -> Result<RunExceptionResolvePayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            let id = ids::parse(&input.id, ["input", "id"])?;
            calculation::exception_resolve(&ctx, &core, id, input.expected_version, &input.note).await
        })
        .await;
        RunExceptionResolvePayload::of(outcome)
    }
}
