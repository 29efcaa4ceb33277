//! Revenue collection: staged uploads, reports and their lines, matching, suspense.
//!
//! Every cent of a file is posted, in suspense, or skipped for a stated reason; the sums are stored with the
//! report and held together by a constraint.

mod import;
mod matcher;
mod model;
mod recount;
mod report;
mod retention;
pub mod sources;
mod suspense;
mod totals;
mod upload;

pub use import::{ImportReport, register};
pub use model::{
    ItemRef, LayoutInfo, LineFilter, NewUpload, ReportErrorRow, ReportFilter, ReportSkipRow, ReportState,
    ReportTotalRow, RevenueLine, RevenueReport, StagedUpload, SuspenseFilter, SuspenseGroup, SuspenseTarget,
    UploadState,
};
pub use report::{
    ImportRequest, Imported, layouts, report, report_errors, report_skips, report_totals, reports, reports_by_id,
    revenue_lines, revenue_report_import,
};
pub use retention::retire_files;
pub use suspense::{SuspenseDecision, suspense_groups, suspense_resolve};
pub(crate) use upload::consume as consume_upload;
pub use upload::{staged_upload, staged_upload_create, upload_stored};
