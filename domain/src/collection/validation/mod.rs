//! Whether a report is what it should be: against what somebody expects of its source, against the reports before it,
//! and against the totals it states about itself.
//!
//! The checks run when a report is imported (the step of enhanced validation), and what they find stays as it was. They
//! hold nothing up: money that came in is booked, and a person is told what looks unusual.

mod check;
mod document;
mod expectation;
mod history;
mod profile;
mod read;

pub use check::{FindingKind, Severity};
pub use document::{ValidationDocument, ValidationForm, report_validation_export};
pub use expectation::{Expectation, ExpectationChange, source_expectation_set, source_expectations};
pub(super) use history::record;
pub(super) use profile::Profile;
pub use read::{Finding, TerritoryRow, Validation, report_validations};
