//! Statements that are no ISO message: BAI2, and CSV by declared layouts.

mod bai2;
mod csv_statement;
mod layout;

#[cfg(test)]
mod tests;

pub use bai2::read_bai2;
pub(in crate::payments) use csv_statement::head_text;
pub use csv_statement::read_csv_statement;
pub use layout::{BankLayout, BankLayouts};
