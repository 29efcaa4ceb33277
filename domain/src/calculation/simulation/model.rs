//! Simulations as values.

use chrono::{DateTime, Utc};
use engine::model::Rate;
use entity::simulation::Model;
use kernel::failure::{Failure, Outcome};
use kernel::ids::{MemberId, OperationId, SimulationId};
use kernel::period::Month;
use serde::{Deserialize, Serialize};

use crate::rights::RuleChange;

/// What a simulation is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SimulationKind {
    /// What if.
    Simulation,
    /// What closed months would be with the rules and rates of today: a proposal.
    Recalculation,
}

/// What the other side of the comparison begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SimulationBasis {
    /// The rules and rates that the runs recorded.
    Recorded,
    /// The rules and rates as they are now.
    Current,
}

/// Where a simulation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SimulationState {
    /// Waiting for a worker.
    Queued,
    /// At work.
    Computing,
    /// Its differences can be read.
    Computed,
    /// A second person took the proposal: its differences are corrections.
    Accepted,
    /// The proposal was turned down.
    Rejected,
    /// Could not be computed.
    Failed,
}

impl SimulationKind {
    /// The name in data.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Simulation => "SIMULATION",
            Self::Recalculation => "RECALCULATION",
        }
    }
}

impl SimulationState {
    const ALL: [Self; 6] =
        [Self::Queued, Self::Computing, Self::Computed, Self::Accepted, Self::Rejected, Self::Failed];

    /// The name in data.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "QUEUED",
            Self::Computing => "COMPUTING",
            Self::Computed => "COMPUTED",
            Self::Accepted => "ACCEPTED",
            Self::Rejected => "REJECTED",
            Self::Failed => "FAILED",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

/// What is different from the history, complete: the same changes give the same differences whenever they are computed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Changes {
    /// What they are changes of.
    pub basis: SimulationBasis,
    /// Other versions of contracts.
    #[serde(default)]
    pub contracts: Vec<RuleChange>,
    /// Other exchange rates: each takes the place of the one of its pair and day.
    #[serde(default)]
    pub rates: Vec<Rate>,
}

/// A simulation.
#[derive(Debug, Clone)]
pub struct Simulation {
    /// Its id.
    pub id: SimulationId,
    /// The long work on it.
    pub operation_id: OperationId,
    /// What it is for.
    pub kind: SimulationKind,
    /// What somebody called it.
    pub name: String,
    /// Where it stands.
    pub state: SimulationState,
    /// The first accounting month.
    pub from: Month,
    /// The last accounting month.
    pub to: Month,
    /// What is different.
    pub changes: Changes,
    /// How many finalised runs it went through.
    pub run_count: i32,
    /// How many report lines.
    pub line_count: i64,
    /// How many of them give somebody another amount.
    pub changed_line_count: i64,
    /// Code and message, when it failed.
    pub failure: Option<(String, String)>,
    /// Raised by every change.
    pub version: i32,
    /// Who asked for it.
    pub created_by: MemberId,
    /// When.
    pub created_at: DateTime<Utc>,
    /// When it was computed.
    pub computed_at: Option<DateTime<Utc>>,
    /// Who accepted or rejected the proposal.
    pub decided_by: Option<MemberId>,
    /// When.
    pub decided_at: Option<DateTime<Utc>>,
}

impl TryFrom<Model> for Simulation {
    type Error = Failure;

    fn try_from(row: Model) -> Outcome<Self> {
        let odd = |what: &str| Failure::internal(format!("{what} of simulation {}", SimulationId(row.id)));
        let kind = match row.kind.as_str() {
            "SIMULATION" => SimulationKind::Simulation,
            "RECALCULATION" => SimulationKind::Recalculation,
            _ => return Err(odd("the kind")),
        };
        Ok(Self {
            id: row.id.into(),
            operation_id: row.operation_id.into(),
            kind,
            state: SimulationState::from_name(&row.state).ok_or_else(|| odd("the state"))?,
            from: Month::of(row.month_from),
            to: Month::of(row.month_to),
            changes: serde_json::from_value(row.changes.clone()).map_err(|error| odd("the changes").because(error))?,
            name: row.name,
            run_count: row.run_count,
            line_count: row.line_count,
            changed_line_count: row.changed_line_count,
            failure: row.failure_code.map(|code| (code, row.failure_message.unwrap_or_default())),
            version: row.version,
            created_by: row.created_by.into(),
            created_at: row.created_at,
            computed_at: row.computed_at,
            decided_by: row.decided_by.map(MemberId::from),
            decided_at: row.decided_at,
        })
    }
}

/// Which simulations.
#[derive(Debug, Clone, Copy, Default)]
pub struct SimulationFilter {
    /// Only of this kind.
    pub kind: Option<SimulationKind>,
}

/// No such simulation, or somebody else's.
pub(super) fn unknown() -> Failure {
    Failure::not_found("NOT_FOUND", "There is no such simulation.").at(["input", "id"])
}
