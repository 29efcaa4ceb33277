//! Runs as values, and the decisions about them.

use chrono::{DateTime, Utc};
use entity::calculation_run::Model;
use kernel::codes::SuspenseReason;
use kernel::currency::Currency;
use kernel::failure::{Failure, Outcome};
use kernel::ids::{MemberId, OperationId, RunId};
use kernel::period::Month;
use serde::Serialize;

/// How a run selects what it computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RunMode {
    /// Everything of the accounting month and before that no finalised run has reported; it closes the month.
    Batch,
    /// The same, but the month stays open: the next run takes up only what has come since.
    Incremental,
    /// As a batch, in the place of a run that was not final.
    Recalculation,
}

impl RunMode {
    const ALL: [Self; 3] = [Self::Batch, Self::Incremental, Self::Recalculation];

    /// The name in data.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Batch => "BATCH",
            Self::Incremental => "INCREMENTAL",
            Self::Recalculation => "RECALCULATION",
        }
    }

    /// Whether finalising such a run closes its month.
    #[must_use]
    pub const fn closes(self) -> bool {
        !matches!(self, Self::Incremental)
    }
}

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RunState {
    /// Waiting for a worker.
    Queued,
    /// At work; its inputs are recorded.
    Calculating,
    /// Computed and conserved; waiting for a second person.
    Calculated,
    /// Approved; waiting to be finalised.
    Approved,
    /// Posted to the ledger; its month is closed.
    Finalised,
    /// Could not be computed.
    Failed,
    /// Thrown away before it was finalised.
    Discarded,
}

impl RunState {
    /// Every state.
    pub const ALL: &'static [Self] = &[
        Self::Queued,
        Self::Calculating,
        Self::Calculated,
        Self::Approved,
        Self::Finalised,
        Self::Failed,
        Self::Discarded,
    ];

    /// The name in data.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "QUEUED",
            Self::Calculating => "CALCULATING",
            Self::Calculated => "CALCULATED",
            Self::Approved => "APPROVED",
            Self::Finalised => "FINALISED",
            Self::Failed => "FAILED",
            Self::Discarded => "DISCARDED",
        }
    }

    /// The state with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|state| state.as_str() == name)
    }
}

/// A calculation run.
#[derive(Debug, Clone)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// The latest long work on it.
    pub operation_id: OperationId,
    /// The accounting month it reports.
    pub month: Month,
    /// How it selects.
    pub mode: RunMode,
    /// The run that it took the place of.
    pub replaces: Option<RunId>,
    /// Where it stands.
    pub state: RunState,
    /// BLAKE3 over the recorded inputs.
    pub input_digest: Option<Vec<u8>>,
    /// Digest over everything it computed: equal inputs give equal digests.
    pub outcome_digest: Option<Vec<u8>>,
    /// Revenue lines it read.
    pub line_count: i64,
    /// Royalty lines it made.
    pub royalty_line_count: i64,
    /// Revenue lines that wait.
    pub suspense_count: i64,
    /// Code and message, when it failed.
    pub failure: Option<(String, String)>,
    /// Raised by every change.
    pub version: i32,
    /// Who asked for it.
    pub created_by: MemberId,
    /// When.
    pub created_at: DateTime<Utc>,
    /// When it was computed.
    pub calculated_at: Option<DateTime<Utc>>,
    /// Who approved it.
    pub approved_by: Option<MemberId>,
    /// When.
    pub approved_at: Option<DateTime<Utc>>,
    /// When it was posted.
    pub finalised_at: Option<DateTime<Utc>>,
}

impl TryFrom<Model> for Run {
    type Error = Failure;

    fn try_from(row: Model) -> Outcome<Self> {
        let state =
            RunState::from_name(&row.state).ok_or_else(|| Failure::internal(format!("run state `{}`", row.state)))?;
        let mode = RunMode::ALL.into_iter().find(|mode| mode.as_str() == row.mode);
        Ok(Self {
            id: row.id.into(),
            operation_id: row.operation_id.into(),
            month: Month::of(row.accounting_month),
            mode: mode.ok_or_else(|| Failure::internal(format!("run mode `{}`", row.mode)))?,
            replaces: row.replaces_id.map(RunId::from),
            state,
            input_digest: row.input_digest,
            outcome_digest: row.outcome_digest,
            line_count: row.line_count,
            royalty_line_count: row.royalty_line_count,
            suspense_count: row.suspense_count,
            failure: row.failure_code.map(|code| (code, row.failure_message.unwrap_or_default())),
            version: row.version,
            created_by: row.created_by.into(),
            created_at: row.created_at,
            calculated_at: row.calculated_at,
            approved_by: row.approved_by.map(MemberId::from),
            approved_at: row.approved_at,
            finalised_at: row.finalised_at,
        })
    }
}

impl Run {
    fn expect_version(&self, expected: i32) -> Outcome<()> {
        if self.version == expected {
            return Ok(());
        }
        Err(stale())
    }

    /// Whether this person may approve it now.
    ///
    /// # Errors
    /// `RUN_NOT_CALCULATED`, `SECOND_PERSON_REQUIRED`, `STALE_VERSION`.
    pub(super) fn check_approval(&self, member: MemberId, expected_version: i32) -> Outcome<()> {
        self.expect_version(expected_version)?;
        if self.state != RunState::Calculated {
            return Err(self.wrong_state("RUN_NOT_CALCULATED", "Only a calculated run can be approved"));
        }
        if self.created_by == member {
            return Err(Failure::refused(
                "SECOND_PERSON_REQUIRED",
                "Who made a run cannot approve it: somebody else has to.",
            )
            .at(["input", "id"]));
        }
        Ok(())
    }

    /// Whether it may be finalised now.
    ///
    /// # Errors
    /// `RUN_NOT_APPROVED`, `STALE_VERSION`.
    pub(super) fn check_finalising(&self, expected_version: i32) -> Outcome<()> {
        self.expect_version(expected_version)?;
        if self.state == RunState::Approved {
            return Ok(());
        }
        Err(self.wrong_state("RUN_NOT_APPROVED", "Only an approved run can be finalised"))
    }

    /// Whether it may be thrown away.
    ///
    /// # Errors
    /// `RUN_FINAL`, `STALE_VERSION`.
    pub(super) fn check_discarding(&self, expected_version: i32) -> Outcome<()> {
        self.expect_version(expected_version)?;
        if matches!(self.state, RunState::Finalised | RunState::Discarded) {
            return Err(self.wrong_state("RUN_FINAL", "A run that has ended cannot be discarded"));
        }
        Ok(())
    }

    fn wrong_state(&self, code: &'static str, rule: &str) -> Failure {
        Failure::refused(code, format!("{rule}; this one is {}.", self.state.as_str())).at(["input", "id"])
    }
}

/// Somebody changed the run since it was read.
pub(super) fn stale() -> Failure {
    Failure::conflict("STALE_VERSION", "The run was changed since you read it. Read it again.")
        .at(["input", "expectedVersion"])
}

/// No such run, or somebody else's.
pub(super) fn unknown() -> Failure {
    Failure::not_found("NOT_FOUND", "No such calculation run.").at(["input", "id"])
}

/// Money that a run could not give to anybody, by reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingReason {
    /// The run.
    pub run_id: RunId,
    /// Why the lines wait.
    pub reason: SuspenseReason,
    /// How many lines.
    pub row_count: i64,
    /// What they amount to: exact, plain notation.
    pub amount: String,
    /// The currency.
    pub currency: Currency,
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn run(state: RunState) -> Run {
        Run {
            id: RunId::new(),
            operation_id: OperationId::new(),
            month: Month::new(2026, 1).unwrap(),
            mode: RunMode::Batch,
            replaces: None,
            state,
            input_digest: None,
            outcome_digest: None,
            line_count: 0,
            royalty_line_count: 0,
            suspense_count: 0,
            failure: None,
            version: 3,
            created_by: MemberId::new(),
            created_at: DateTime::UNIX_EPOCH,
            calculated_at: None,
            approved_by: None,
            approved_at: None,
            finalised_at: None,
        }
    }

    fn code(outcome: Outcome<()>) -> &'static str {
        outcome.map_or_else(|failure| failure.code(), |()| "")
    }

    #[test]
    fn a_second_person_approves_what_is_calculated() {
        let calculated = run(RunState::Calculated);
        assert_eq!(code(calculated.check_approval(MemberId::new(), 3)), "");
        assert_eq!(code(calculated.check_approval(calculated.created_by, 3)), "SECOND_PERSON_REQUIRED");
        assert_eq!(code(calculated.check_approval(MemberId::new(), 2)), "STALE_VERSION");
        for state in RunState::ALL.iter().filter(|state| **state != RunState::Calculated) {
            assert_eq!(code(run(*state).check_approval(MemberId::new(), 3)), "RUN_NOT_CALCULATED");
        }
    }

    #[test]
    fn only_what_is_approved_is_finalised() {
        for state in RunState::ALL {
            let expected = if *state == RunState::Approved { "" } else { "RUN_NOT_APPROVED" };
            assert_eq!(code(run(*state).check_finalising(3)), expected);
        }
        assert_eq!(code(run(RunState::Approved).check_finalising(4)), "STALE_VERSION");
    }

    #[test]
    fn what_has_ended_is_not_discarded() {
        for state in RunState::ALL {
            let ended = matches!(state, RunState::Finalised | RunState::Discarded);
            assert_eq!(code(run(*state).check_discarding(3)), if ended { "RUN_FINAL" } else { "" });
        }
    }

    #[test]
    fn states_have_unique_names() {
        for state in RunState::ALL {
            assert_eq!(RunState::from_name(state.as_str()), Some(*state));
        }
    }
}
