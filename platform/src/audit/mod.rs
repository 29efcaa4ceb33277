//! Who changed what: append-only entries, written with the change, chained afterwards.
//!
//! Chaining at once would make every change wait for the one before it. So entries are written plainly, and a
//! background job ([`seal`]) chains them per tenant in the order of their transactions: each hash covers the
//! entry and the hash before it, so a changed byte, a missing entry, an inserted or a moved one breaks the chain.

mod chain;
mod record;

pub use chain::{ChainFault, ChainReport, seal, verify};
pub use record::{Change, record};
