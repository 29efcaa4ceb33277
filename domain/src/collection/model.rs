//! The things of collection, as the outside sees them.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::codes::{ItemKind, RevenueType, SuspenseReason};
use kernel::currency::Currency;
use kernel::ids::{OperationId, RecordingId, ReleaseId, ReportId, SuspenseId, UploadId, WorkId};
use kernel::period::Month;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::duplicates::ReportDecision;

/// A catalogue item that lines are matched to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ItemRef {
    /// Recording, work or release.
    pub kind: ItemKind,
    /// Its row id.
    pub id: Uuid,
}

impl From<RecordingId> for ItemRef {
    fn from(id: RecordingId) -> Self {
        Self { kind: ItemKind::Recording, id: id.uuid() }
    }
}

impl From<WorkId> for ItemRef {
    fn from(id: WorkId) -> Self {
        Self { kind: ItemKind::Work, id: id.uuid() }
    }
}

impl From<ReleaseId> for ItemRef {
    fn from(id: ReleaseId) -> Self {
        Self { kind: ItemKind::Release, id: id.uuid() }
    }
}

/// How far an upload is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UploadState {
    /// The address was given, no bytes yet.
    Waiting,
    /// The bytes are here.
    Stored,
    /// Something was made of them.
    Consumed,
}

impl UploadState {
    /// The name in data.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "WAITING",
            Self::Stored => "STORED",
            Self::Consumed => "CONSUMED",
        }
    }
}

/// What a client says before it uploads.
#[derive(Debug, Clone)]
pub struct NewUpload {
    /// The name of the file; layouts may read a period or a kind from it.
    pub file_name: String,
    /// Its size in bytes; more is refused while uploading.
    pub byte_size: u64,
}

/// A file on its way in.
#[derive(Debug, Clone)]
pub struct StagedUpload {
    /// Its id.
    pub id: UploadId,
    /// The name of the file.
    pub file_name: String,
    /// How far it is.
    pub state: UploadState,
    /// Bytes received.
    pub byte_size: Option<u64>,
    /// blake3 of the bytes received.
    pub content_hash: Option<Vec<u8>>,
    /// Where to PUT the bytes, while it waits.
    pub url: Option<String>,
    /// Until when the address holds.
    pub expires_at: DateTime<Utc>,
}

/// How far a report is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportState {
    /// Waiting for a worker.
    Received,
    /// Being read.
    Importing,
    /// Its lines are in.
    Imported,
    /// It could not be read; nothing of it was booked.
    Failed,
    /// It says again what is known: nothing of it is booked until a person decides.
    Held,
    /// A person decided against it; nothing of it was booked.
    Discarded,
}

impl ReportState {
    /// The name in data.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Received => "RECEIVED",
            Self::Importing => "IMPORTING",
            Self::Imported => "IMPORTED",
            Self::Failed => "FAILED",
            Self::Held => "HELD",
            Self::Discarded => "DISCARDED",
        }
    }

    pub(super) fn from_name(name: &str) -> Self {
        match name {
            "RECEIVED" => Self::Received,
            "IMPORTING" => Self::Importing,
            "IMPORTED" => Self::Imported,
            "HELD" => Self::Held,
            "DISCARDED" => Self::Discarded,
            _ => Self::Failed,
        }
    }
}

/// Where the lines of a report come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportKind {
    /// A provider's file.
    File,
    /// Takes an earlier report back, line by line.
    Reversal,
    /// Rows of an earlier report that could not be read and were mended.
    Repair,
}

impl ReportKind {
    pub(super) fn from_name(name: &str) -> Self {
        match name {
            "REVERSAL" => Self::Reversal,
            "REPAIR" => Self::Repair,
            _ => Self::File,
        }
    }
}

/// A provider's report, or one of our own that changes one.
#[derive(Debug, Clone)]
pub struct RevenueReport {
    /// Its id.
    pub id: ReportId,
    /// The import.
    pub operation_id: OperationId,
    /// The name of the file.
    pub file_name: String,
    /// The layout it was read with.
    pub layout: Option<String>,
    /// The platform, or the distributor who reports several.
    pub platform: Option<String>,
    /// How far it is.
    pub state: ReportState,
    /// The month its money is accounted in.
    pub accounting_month: Month,
    /// First day of sale.
    pub sale_from: Option<NaiveDate>,
    /// Last day of sale.
    pub sale_to: Option<NaiveDate>,
    /// Rows of the file: posted + suspense + skipped + errors.
    pub row_count: i64,
    /// Rows matched to an item.
    pub posted_count: i64,
    /// Rows that wait in suspense.
    pub suspense_count: i64,
    /// Rows that are no revenue.
    pub skipped_count: i64,
    /// Rows that could not be read.
    pub error_count: i64,
    /// Units of the posted and waiting rows.
    pub unit_count: i64,
    /// Code and message, when it failed.
    pub failure: Option<(String, String)>,
    /// When it came.
    pub received_at: DateTime<Utc>,
    /// When its lines were in.
    pub imported_at: Option<DateTime<Utc>>,
    /// Where its lines come from.
    pub kind: ReportKind,
    /// The report that it takes back or mends.
    pub of_report_id: Option<ReportId>,
    /// What a person decided about it, when it repeated others.
    pub decision: Option<ReportDecision>,
    /// Who decided, and when.
    pub decided: Option<(String, DateTime<Utc>)>,
    /// Lines left out because an earlier report has them; they count as skipped.
    pub excluded_count: i64,
}

/// Which reports to list.
#[derive(Debug, Clone, Default)]
pub struct ReportFilter {
    /// Only in this state.
    pub state: Option<ReportState>,
    /// Only of this month.
    pub accounting_month: Option<Month>,
    /// Only of this platform.
    pub platform: Option<String>,
}

/// What a file adds up to in one currency. Texts, because files carry more digits than decimals hold.
#[derive(Debug, Clone)]
pub struct ReportTotalRow {
    /// The report.
    pub report_id: ReportId,
    /// The currency.
    pub currency: Currency,
    /// The whole file: posted + suspense + skipped + cut.
    pub total: String,
    /// Matched to items.
    pub posted: String,
    /// Waiting in suspense.
    pub suspense: String,
    /// In rows that are no revenue or could not be read.
    pub skipped: String,
    /// Digits beyond the 18 places a line keeps.
    pub cut: String,
    /// Units of posted and waiting rows.
    pub units: i64,
}

/// Rows that are no revenue, by reason.
#[derive(Debug, Clone)]
pub struct ReportSkipRow {
    /// The report.
    pub report_id: ReportId,
    /// The reason, as the layout gives it; `UNREADABLE_ROW` for rows with errors.
    pub reason: String,
    /// Currency of the amount; `None` where the rows carry none.
    pub currency: Option<Currency>,
    /// How many rows.
    pub row_count: i64,
    /// Their amount.
    pub amount: String,
}

/// A row that could not be read.
#[derive(Debug, Clone)]
pub struct ReportErrorRow {
    /// Physical line of the file.
    pub line_no: i64,
    /// Number of the error in that line.
    pub seq: i32,
    /// The field meant.
    pub field: Option<String>,
    /// The column, counted from 1.
    pub column_no: Option<i32>,
    /// Closed code.
    pub code: String,
    /// What was wrong, and what is expected.
    pub message: String,
    /// The row, verbatim.
    pub raw: String,
    /// The column's name as the header has it.
    pub column_name: Option<String>,
    /// The text of the cell.
    pub found: Option<String>,
    /// What the sender probably meant, for a person to accept.
    pub proposal: Option<String>,
}

/// One line of revenue.
#[derive(Debug, Clone)]
pub struct RevenueLine {
    /// The report.
    pub report_id: ReportId,
    /// Physical line of the file.
    pub line_no: i64,
    /// Platform.
    pub platform: String,
    /// What the money was earned with.
    pub revenue_type: RevenueType,
    /// The matched item; `None` in suspense.
    pub item: Option<ItemRef>,
    /// The group it waits in.
    pub suspense_id: Option<SuspenseId>,
    /// The identifier that matching used.
    pub source_key: String,
    /// First day of sale.
    pub sale_from: NaiveDate,
    /// Last day of sale.
    pub sale_to: NaiveDate,
    /// Territory of the use.
    pub territory: String,
    /// Currency of the amount.
    pub currency: Currency,
    /// Net to us.
    pub amount: Decimal,
    /// Gross, where the provider gives it.
    pub gross: Option<Decimal>,
    /// Units.
    pub units: i64,
    /// Configuration or product code.
    pub configuration: Option<String>,
}

/// Which lines of a report to list.
#[derive(Debug, Clone, Default)]
pub struct LineFilter {
    /// Only lines in this group.
    pub suspense_id: Option<SuspenseId>,
    /// Only lines of this territory.
    pub territory: Option<String>,
}

/// Lines of one report with the same unmatched key.
#[derive(Debug, Clone)]
pub struct SuspenseGroup {
    /// Its id.
    pub id: SuspenseId,
    /// The report.
    pub report_id: ReportId,
    /// The source the key belongs to.
    pub source: String,
    /// The key.
    pub source_key: String,
    /// Why the lines wait.
    pub reason: SuspenseReason,
    /// Title as the provider writes it.
    pub title: Option<String>,
    /// Artist as the provider writes it.
    pub artist: Option<String>,
    /// Currency of the amount.
    pub currency: Currency,
    /// What waits.
    pub amount: Decimal,
    /// Lines that wait.
    pub row_count: i64,
    /// Units that wait.
    pub unit_count: i64,
    /// The item a person has decided on.
    pub item: Option<ItemRef>,
    /// When it began to wait.
    pub created_at: DateTime<Utc>,
    /// When it was decided.
    pub resolved_at: Option<DateTime<Utc>>,
}

/// Which groups to list.
#[derive(Debug, Clone, Default)]
pub struct SuspenseFilter {
    /// Only decided or only open ones.
    pub resolved: Option<bool>,
    /// Only with this reason.
    pub reason: Option<SuspenseReason>,
    /// Only of this source.
    pub source: Option<String>,
    /// Only of this report.
    pub report_id: Option<ReportId>,
}

/// Which groups a decision is about.
#[derive(Debug, Clone)]
pub enum SuspenseTarget {
    /// These groups.
    Groups(Vec<SuspenseId>),
    /// All open groups of a source with this key, in whatever report.
    Key {
        /// The source.
        source: String,
        /// The key.
        source_key: String,
    },
}

/// A shipped layout.
#[derive(Debug, Clone)]
pub struct LayoutInfo {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: i32,
    /// What it reads.
    pub title: String,
    /// Who sends it.
    pub platform: String,
    /// What it rests on: real files, help pages, parsers.
    pub evidence: String,
}
