//! The end of a period: rounding to money, and recoupment.

mod recoupment;

pub use recoupment::{ClosedAccount, ClosedAdvance, ClosedContract, Closing};
