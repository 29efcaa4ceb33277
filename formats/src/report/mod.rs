//! Reading a provider's sales report: which layout it is, its lines, what is wrong with it, what it adds up to.

mod batch;
mod convert;
mod detect;
mod error;
mod identifiers;
mod inspect;
mod line;
mod memo;
mod plan;
mod reader;
mod repair;
mod totals;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

pub use crate::source::StatedSummary;
pub use batch::{BadRow, Batch, ReportLine, SkippedRow};
pub use error::{FileError, Problem, RowCode};
pub use identifiers::{Identified, IdentifierReader};
pub use inspect::{InspectError, InspectReport, Skipped, inspect, inspect_with};
pub use line::{Coded, Line};
pub use plan::Supplied;
pub use reader::Reader;
pub use repair::{Cell, Fix, Mended, Repairs, Rule};
pub use totals::{Control, CurrencyTotal, FileTotals, Outcome, RowTotals};
