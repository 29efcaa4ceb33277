//! What a cell can say: exact amounts, dates and periods, and sums that lose nothing.

pub mod amount;
pub mod date;
pub mod total;

pub use amount::{AmountError, DecimalMark, Exact, NumberFormat};
pub use date::{DateError, DateFormat};
pub use total::ExactSum;
