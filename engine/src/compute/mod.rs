//! From lines to royalty rows.
//!
//! Per line: which participations apply ([`rights`]), which term wins and what royalty it gives ([`royalty`]), how
//! that is divided over payees ([`split`]), and what each part is worth in the contract's currency. A line is
//! posted whole or waits in suspense whole, so that no payee is paid from a line that somebody cannot be paid from.

mod batch;
mod chain;
mod evaluate;
mod note;
pub mod order;
pub(crate) mod piece;
pub(crate) mod rights;
pub(crate) mod royalty;
pub(crate) mod split;
pub(crate) mod trace;
mod waterfall;

pub(crate) use evaluate::Job;
pub(crate) use waterfall::Paid;
