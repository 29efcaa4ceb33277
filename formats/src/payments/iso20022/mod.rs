//! ISO 20022 messages: credit transfers out (pain.001); status reports (pain.002) and statements (camt.052, .053,
//! .054) in.
//!
//! One writer for SEPA and international wires. The readers stream, take every version and namespace prefix, and refuse
//! entities and document types.

mod camt;
mod camt_entry;
mod codes;
mod order;
mod pain001;
mod pain001_read;
mod pain002;
mod values;

#[cfg(test)]
mod tests;

pub use camt::read_camt;
pub use codes::{ReportedState, iso_reason, iso_status};
pub use order::{
    AccountNumber, Address, Agent, Charges, CreditTransfer, CreditTransferFile, OrganisationId, Party, PaymentBlock,
    RegulatoryReport, Remittance, Scheme, Version,
};
pub use pain001::{WrittenTransfers, write_pain001};
pub use pain001_read::{ReadTransfer, TransfersRead, read_pain001};
pub use pain002::{StatusOfMany, StatusRead, StatusReason, TransactionStatus, read_pain002};
