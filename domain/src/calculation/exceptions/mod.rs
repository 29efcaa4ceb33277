//! What somebody should look at before a run is approved: lines that wait, payees below zero, amounts that are far from
//! what they used to be. Each has a code and can be assigned and resolved with a note; while a blocking one is open, the
//! run cannot be approved.

mod decide;
mod find;
mod model;
mod read;

pub use decide::{exception_assign, exception_resolve};
pub(super) use decide::{require_resolved, store};
pub(super) use find::{Waiting, found};
pub use model::{ExceptionCode, ExceptionFilter, ExceptionState, RunException, Severity};
pub use read::{exceptions, exceptions_of};
