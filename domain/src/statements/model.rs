//! Statements and their batches, as the outside sees them, and which changes of state are allowed.

use chrono::{DateTime, NaiveDate, Utc};
use formats::documents::StatementDocument;
use kernel::currency::Currency;
use kernel::failure::{Failure, Outcome};
use kernel::ids::{DocumentId, MemberId, OperationId, PartyId, StatementBatchId, StatementId};
use kernel::period::Month;
use serde::{Deserialize, Serialize};

/// What to make statements of.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NewBatch {
    /// The accounting month; its run must be finalised.
    pub accounting_month: Month,
    /// Makes a repeated request the same request.
    pub idempotency_key: String,
}

/// How far a batch is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BatchState {
    /// Waiting for a worker.
    Queued,
    /// Drafts are being made.
    Preparing,
    /// Drafts wait for review or approval.
    Draft,
    /// Handed in for approval.
    InReview,
    /// Approved by a second person.
    Approved,
    /// On its way: some statements may be published already, and it cannot be recalled.
    Publishing,
    /// Every statement is published.
    Published,
    /// Drafts could not be made.
    Failed,
    /// Drafts were thrown away.
    Discarded,
}

impl BatchState {
    /// The name in data.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "QUEUED",
            Self::Preparing => "PREPARING",
            Self::Draft => "DRAFT",
            Self::InReview => "IN_REVIEW",
            Self::Approved => "APPROVED",
            Self::Publishing => "PUBLISHING",
            Self::Published => "PUBLISHED",
            Self::Failed => "FAILED",
            Self::Discarded => "DISCARDED",
        }
    }

    pub(super) fn from_name(name: &str) -> Self {
        match name {
            "QUEUED" => Self::Queued,
            "PREPARING" => Self::Preparing,
            "DRAFT" => Self::Draft,
            "IN_REVIEW" => Self::InReview,
            "APPROVED" => Self::Approved,
            "PUBLISHING" => Self::Publishing,
            "PUBLISHED" => Self::Published,
            "DISCARDED" => Self::Discarded,
            _ => Self::Failed,
        }
    }

    /// Every allowed change; everything else is refused.
    pub const TRANSITIONS: &'static [(Self, Self)] = &[
        (Self::Queued, Self::Preparing),
        (Self::Queued, Self::Failed),
        (Self::Preparing, Self::Draft),
        (Self::Preparing, Self::Failed),
        (Self::Draft, Self::InReview),
        (Self::Draft, Self::Approved),
        (Self::Draft, Self::Discarded),
        (Self::InReview, Self::Approved),
        (Self::InReview, Self::Draft),
        (Self::InReview, Self::Discarded),
        (Self::Approved, Self::Draft),
        (Self::Approved, Self::Publishing),
        (Self::Approved, Self::Discarded),
        (Self::Publishing, Self::Approved),
        (Self::Publishing, Self::Published),
    ];

    /// Checks a change of state.
    ///
    /// # Errors
    /// `INVALID_STATE`.
    pub fn require(self, next: Self) -> Outcome<()> {
        if Self::TRANSITIONS.contains(&(self, next)) {
            return Ok(());
        }
        let message = format!("A batch that is {} cannot become {}.", self.as_str(), next.as_str());
        Err(Failure::refused("INVALID_STATE", message).at(["input", "id"]))
    }
}

/// The statements of one accounting month.
#[derive(Debug, Clone)]
pub struct StatementBatch {
    /// Its id.
    pub id: StatementBatchId,
    /// The work on it.
    pub operation_id: OperationId,
    /// The month.
    pub accounting_month: Month,
    /// How far it is.
    pub state: BatchState,
    /// How many statements.
    pub statement_count: i32,
    /// Code and message, when it failed.
    pub failure: Option<(String, String)>,
    /// Raised by every change.
    pub version: i32,
    /// Who asked for it.
    pub created_by: MemberId,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Who approved it: never who asked for it.
    pub approved_by: Option<MemberId>,
    /// When it was approved.
    pub approved_at: Option<DateTime<Utc>>,
    /// When it was published.
    pub published_at: Option<DateTime<Utc>>,
    /// Why it was sent back, when it was.
    pub remark: Option<String>,
}

/// How far a statement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatementState {
    /// May still be thrown away.
    Draft,
    /// Final.
    Published,
}

impl StatementState {
    /// The name in data.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "DRAFT",
            Self::Published => "PUBLISHED",
        }
    }
}

/// One statement.
#[derive(Debug, Clone)]
pub struct Statement {
    /// Its id.
    pub id: StatementId,
    /// Its batch.
    pub batch_id: StatementBatchId,
    /// Its number.
    pub number: String,
    /// Whose it is.
    pub party_id: PartyId,
    /// Its currency.
    pub currency: Currency,
    /// First day.
    pub period_from: NaiveDate,
    /// Last day.
    pub period_to: NaiveDate,
    /// How far it is.
    pub state: StatementState,
    /// The statement before it.
    pub previous_id: Option<StatementId>,
    /// What every form shows.
    pub document: StatementDocument,
    /// blake3 of the document.
    pub content_hash: Vec<u8>,
    /// When it was published.
    pub published_at: Option<DateTime<Utc>>,
}

/// Which statements to list.
#[derive(Debug, Clone, Default)]
pub struct StatementFilter {
    /// Only of this party.
    pub party_id: Option<PartyId>,
    /// Only of this month.
    pub accounting_month: Option<Month>,
    /// Only in this state.
    pub state: Option<StatementState>,
    /// Only of this batch.
    pub batch_id: Option<StatementBatchId>,
}

/// The forms of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DocumentForm {
    /// For reading and printing.
    Pdf,
    /// For a spreadsheet.
    Xlsx,
    /// For programs.
    Csv,
}

impl DocumentForm {
    /// Every form.
    pub const ALL: [Self; 3] = [Self::Pdf, Self::Xlsx, Self::Csv];

    /// The name in data.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pdf => "PDF",
            Self::Xlsx => "XLSX",
            Self::Csv => "CSV",
        }
    }

    pub(super) fn from_name(name: &str) -> Self {
        match name {
            "PDF" => Self::Pdf,
            "XLSX" => Self::Xlsx,
            _ => Self::Csv,
        }
    }

    /// The ending of file names.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Xlsx => "xlsx",
            Self::Csv => "csv",
        }
    }
}

/// A stored form of a statement.
#[derive(Debug, Clone)]
pub struct StatementDocumentFile {
    /// Its id.
    pub id: DocumentId,
    /// The statement.
    pub statement_id: StatementId,
    /// Its form.
    pub form: DocumentForm,
    /// The name to save it under.
    pub file_name: String,
    /// Its size.
    pub byte_size: i64,
    /// blake3 of the bytes.
    pub content_hash: Vec<u8>,
    /// Where it is stored.
    pub object_key: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_listed_changes_are_allowed() {
        assert!(BatchState::Draft.require(BatchState::Approved).is_ok());
        assert!(BatchState::Approved.require(BatchState::Draft).is_ok(), "a recall before publication");
        assert_eq!(BatchState::Draft.require(BatchState::Published).unwrap_err().code(), "INVALID_STATE");
        assert_eq!(BatchState::Publishing.require(BatchState::Draft).unwrap_err().code(), "INVALID_STATE");
        assert_eq!(BatchState::Publishing.require(BatchState::Discarded).unwrap_err().code(), "INVALID_STATE");
        assert_eq!(BatchState::Published.require(BatchState::Discarded).unwrap_err().code(), "INVALID_STATE");
        assert!(BatchState::TRANSITIONS.iter().all(|(from, _)| !matches!(from, BatchState::Published)));
    }
}
