//! Exceptions as values.

use chrono::{DateTime, Utc};
use entity::run_exception::Model;
use kernel::codes::SuspenseReason;
use kernel::currency::Currency;
use kernel::failure::{Failure, Outcome};
use kernel::ids::{ContractId, MemberId, PartyId, RunExceptionId, RunId};
use rust_decimal::Decimal;

/// Why something is an exception.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExceptionCode {
    /// Lines wait in suspense, for this reason.
    Suspense(SuspenseReason),
    /// A payee's account is below zero.
    NegativePayee,
    /// A royalty is far from what the payee used to get under the contract.
    Outlier,
}

impl ExceptionCode {
    /// The name in data.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Suspense(reason) => reason.as_str(),
            Self::NegativePayee => "NEGATIVE_PAYEE",
            Self::Outlier => "OUTLIER",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        match name {
            "NEGATIVE_PAYEE" => Some(Self::NegativePayee),
            "OUTLIER" => Some(Self::Outlier),
            reason => SuspenseReason::from_name(reason).map(Self::Suspense),
        }
    }

    /// How grave it is.
    #[must_use]
    pub const fn severity(self) -> Severity {
        match self {
            // Nobody can be paid for these until the catalogue or the contracts say more; the lines wait.
            Self::Suspense(SuspenseReason::NoItem | SuspenseReason::NoContract | SuspenseReason::InactiveContract) => {
                Severity::Info
            }
            Self::Suspense(SuspenseReason::MissingRate | SuspenseReason::OutOfRange) | Self::Outlier => Severity::Error,
            Self::Suspense(_) | Self::NegativePayee => Severity::Warning,
        }
    }

    /// Whether the run must not be approved while it is open: money that a rate would have paid out, amounts nothing can
    /// be said about, and royalties that are probably wrong.
    #[must_use]
    pub const fn is_blocking(self) -> bool {
        matches!(self.severity(), Severity::Error)
    }
}

/// How grave an exception is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Good to know.
    Info,
    /// Should be looked at.
    Warning,
    /// Has to be looked at.
    Error,
}

impl Severity {
    /// The name in data.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "INFO",
            Self::Warning => "WARNING",
            Self::Error => "ERROR",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        [Self::Info, Self::Warning, Self::Error].into_iter().find(|one| one.as_str() == name)
    }
}

/// Whether somebody has dealt with an exception.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExceptionState {
    /// Nobody has.
    Open,
    /// Somebody has, with a note.
    Resolved,
}

impl ExceptionState {
    /// The name in data.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "OPEN",
            Self::Resolved => "RESOLVED",
        }
    }
}

/// An exception that is not stored yet.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::calculation) struct Finding {
    pub(super) code: ExceptionCode,
    pub(super) contract: Option<ContractId>,
    pub(super) party: Option<PartyId>,
    pub(super) currency: Option<Currency>,
    pub(super) row_count: Option<i64>,
    pub(super) amount: Option<Decimal>,
    pub(super) message: String,
}

/// An exception of a run.
#[derive(Debug, Clone)]
pub struct RunException {
    /// Its id.
    pub id: RunExceptionId,
    /// The run.
    pub run_id: RunId,
    /// Why it is one.
    pub code: ExceptionCode,
    /// How grave it is.
    pub severity: Severity,
    /// Whether the run cannot be approved while it is open.
    pub is_blocking: bool,
    /// The contract it is about.
    pub contract_id: Option<ContractId>,
    /// The payee it is about.
    pub party_id: Option<PartyId>,
    /// The currency of the amount.
    pub currency: Option<Currency>,
    /// How many lines it is about.
    pub row_count: Option<i64>,
    /// The amount it is about.
    pub amount: Option<Decimal>,
    /// What it is, and what to do, for a person.
    pub message: String,
    /// Whether somebody has dealt with it.
    pub state: ExceptionState,
    /// Who is to deal with it.
    pub assigned_to: Option<MemberId>,
    /// What was found out.
    pub note: Option<String>,
    /// Who dealt with it.
    pub resolved_by: Option<String>,
    /// When.
    pub resolved_at: Option<DateTime<Utc>>,
    /// Raised by every change.
    pub version: i32,
}

impl TryFrom<Model> for RunException {
    type Error = Failure;

    fn try_from(row: Model) -> Outcome<Self> {
        let odd = |what: &str| Failure::internal(format!("{what} of exception {}", RunExceptionId(row.id)));
        Ok(Self {
            id: row.id.into(),
            run_id: row.run_id.into(),
            code: ExceptionCode::from_name(&row.code).ok_or_else(|| odd("the code"))?,
            severity: Severity::from_name(&row.severity).ok_or_else(|| odd("the severity"))?,
            is_blocking: row.is_blocking,
            contract_id: row.contract_id.map(ContractId::from),
            party_id: row.party_id.map(PartyId::from),
            currency: row.currency.as_deref().map(Currency::parse).transpose().map_err(|_| odd("the currency"))?,
            row_count: row.row_count,
            amount: row.amount.map(|amount| amount.normalize()),
            message: row.message.clone(),
            state: if row.state == "RESOLVED" { ExceptionState::Resolved } else { ExceptionState::Open },
            assigned_to: row.assigned_to.map(MemberId::from),
            note: row.note.clone(),
            resolved_by: row.resolved_by.clone(),
            resolved_at: row.resolved_at,
            version: row.version,
        })
    }
}

/// Which exceptions.
#[derive(Debug, Clone, Copy, Default)]
pub struct ExceptionFilter {
    /// Only of this run.
    pub run_id: Option<RunId>,
    /// Only in this state.
    pub state: Option<ExceptionState>,
    /// Only those that block, or only those that do not.
    pub is_blocking: Option<bool>,
    /// Only those assigned to this member.
    pub assigned_to: Option<MemberId>,
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn codes_come_back_from_their_names_and_only_errors_block() {
        let all = SuspenseReason::ALL
            .iter()
            .map(|reason| ExceptionCode::Suspense(*reason))
            .chain([ExceptionCode::NegativePayee, ExceptionCode::Outlier]);
        for code in all {
            assert_eq!(ExceptionCode::from_name(code.as_str()), Some(code));
            assert_eq!(code.is_blocking(), code.severity() == Severity::Error);
        }
        assert!(ExceptionCode::Suspense(SuspenseReason::MissingRate).is_blocking());
        assert!(!ExceptionCode::Suspense(SuspenseReason::NoContract).is_blocking());
    }
}
