//! Revenue collection: staged uploads, reports and their lines, matching, suspense.
//!
//! Every cent of a file is posted, in suspense, or skipped for a stated reason; the sums are stored with the
//! report and held together by a constraint.

mod ageing;
mod control;
mod died;
mod duplicates;
mod import;
mod layouts;
mod matcher;
mod model;
mod providers;
mod recount;
mod rematch;
mod repairs;
mod report;
mod retention;
pub mod sources;
mod suggest;
mod suspense;
mod totals;
mod upload;
mod validation;

pub use ageing::{AgeingRow, suspense_ageing};
pub(crate) use control::require_reconciled;
pub use control::{
    ControlDifference, ControlOrigin, ControlState, ControlTotal, ControlTotalAssignment, DifferenceBooking,
    DifferenceReason, NewControlTotal, control_total, control_total_assign, control_total_create,
    control_total_difference_book, control_totals, control_totals_of_reports,
};
pub use died::job_died;
pub use duplicates::{Decided, Duplicate, DuplicateKind, ReportDecision, report_decide, report_duplicates};
pub use formats::layout::spec::Delimiter as CellDelimiter;
pub use formats::propose::{
    ColumnGuess, Field as LayoutField, Mapping as LayoutMapping, Preview as LayoutPreview, PreviewLine,
};
pub use formats::providers::{Method as ProviderMethod, Provider, ProviderKind};
pub use formats::value::DecimalMark;
pub use import::{ImportReport, register};
pub use layouts::{
    LayoutProposal, OwnLayout, layout_preview, layout_proposal, layout_retire, layout_save, own_layouts,
};
pub use model::{
    ItemRef, LayoutInfo, LineFilter, NewUpload, ReportErrorRow, ReportFilter, ReportKind, ReportSkipRow, ReportState,
    ReportTotalRow, RevenueLine, RevenueReport, StagedUpload, SuspenseFilter, SuspenseGroup, SuspenseTarget,
    UploadState,
};
pub use providers::{KnownProvider, ProviderOverride, provider_override, providers};
pub(crate) use rematch::enqueue as rematch_suspense;
pub use repairs::{
    CellFix, MendedCell, Repair, RepairRequest, RepairRule, RepairState, RowFix, repair_rule_retire, repair_rules,
    repairs, row_repair,
};
pub use report::{
    ImportRequest, Imported, layouts, report, report_errors, report_skips, report_totals, reports, reports_by_id,
    revenue_lines, revenue_report_import,
};
pub use retention::retire_files;
pub use suggest::{Suggestion, suspense_suggestions};
pub use suspense::{SuspenseDecision, SuspensePreview, suspense_groups, suspense_preview, suspense_resolve};
pub(crate) use upload::consume as consume_upload;
pub use upload::{staged_upload, staged_upload_create, upload_stored};
pub use validation::{
    Expectation, ExpectationChange, Finding, FindingKind, Severity, TerritoryRow, Validation, ValidationDocument,
    ValidationForm, report_validation_export, report_validations, source_expectation_set, source_expectations,
};
