//! Control totals: what was paid, held against what was reported. A difference is explained by a person and booked; what
//! is open beyond its tolerance holds the approval of the month's run up.

mod change;
mod read;

pub(super) use change::from_remittance;
pub use change::{
    ControlTotalAssignment, DifferenceBooking, NewControlTotal, control_total_assign, control_total_create,
    control_total_difference_book,
};
pub(super) use read::of_report;
pub(crate) use read::require_reconciled;
pub use read::{
    ControlDifference, ControlOrigin, ControlState, ControlTotal, DifferenceReason, control_total, control_totals,
    control_totals_of_reports,
};
