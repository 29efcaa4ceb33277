//! ACH, the clearing house of the United States: NACHA files out; forward, return and notification files in.
//!
//! Records of 94 columns in blocks of ten. Amounts are whole cents.

mod addenda;
mod codes;
mod facts;
mod fields;
mod lines;
mod read;
mod record;
mod write;

#[cfg(test)]
mod tests;

pub use codes::{FailureClass, change_class, change_reason, return_reason};
pub use facts::{AchBatchFacts, AchChange, AchEntryKind, AchHeader, AchRead, AchReadEntry, AchReturn, Corrected};
pub use read::read_ach;
pub use write::{AccountKind, AchBatch, AchEntry, AchFile, AchOffset, AchWritten, ENTRY_LIMIT, EntryClass, write_ach};
