//! Pure bytes <-> rows: sales reports read by layouts that are data, and the documents that are sent out.
//!
//! Nothing here knows a database, a clock or a network. A report is opened with [`report::Reader`], which finds its
//! layout among [`layout::Layouts`] and yields batches of lines with exact totals; [`report::inspect`] tells what is in
//! a file.

pub mod catalogue;
pub mod documents;
pub mod layout;
pub mod payments;
pub mod propose;
pub mod providers;
pub mod remittance;
pub mod report;
pub mod source;
pub mod value;
