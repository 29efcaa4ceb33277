//! What comes out of a batch of lines. Outcomes of batches add up, in any order.

mod cells;
mod digest;
mod rows;
mod summary;
mod totals;

pub use digest::Digest;
pub use rows::{RowIds, RoyaltyRow, Suspended};
pub use summary::{Cell, Dimension, ReserveBase, Summary, SummaryRow};
pub use totals::{ConversionTotals, CurrencyTotals, Totals};

/// The outcome of a batch of lines.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// One row per line, participation, part and payee, in the order of the lines.
    pub rows: Vec<RoyaltyRow>,
    /// Lines that wait, in the order of the lines.
    pub suspense: Vec<Suspended>,
    /// Sums per currency that prove conservation.
    pub totals: Totals,
    /// Sums that statements and reports read.
    pub summary: Summary,
}
