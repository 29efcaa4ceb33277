//! ISO 20022 messages: credit transfers out (pain.001); status reports (pain.002) and statements (camt.052, .053,
//! .054) in.
//!
//! One writer for SEPA and international wires. The readers stream, take every version and namespace prefix, and refuse
//! entities and document types.

mod order;
mod pain001;

#[cfg(test)]
mod tests;

pub use order::{
    AccountNumber, Address, Agent, Charges, CreditTransfer, CreditTransferFile, OrganisationId, Party, PaymentBlock,
    RegulatoryReport, Remittance, Scheme, Version,
};
pub use pain001::{WrittenTransfers, write_pain001};
