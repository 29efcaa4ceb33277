//! The vocabulary every other room speaks: ids, money, periods, territories, codes, permissions, failures.
//!
//! Pure values only. Nothing here reads a clock, a file or a database.

pub mod allocation;
pub mod codes;
pub mod context;
pub mod currency;
pub mod decimal;
pub mod failure;
pub mod ids;
pub mod limits;
pub mod money;
pub mod page;
pub mod period;
pub mod permission;
pub mod ratio;
pub mod territory;
