//! Messages against their rules, and as banks send them.

mod orders;
mod reports;
mod statements;

use super::*;
