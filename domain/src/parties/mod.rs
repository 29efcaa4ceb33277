//! Rights holders and other parties to contracts.

mod model;
mod service;

pub use model::{Party, PartyFields, PartyFilter, PartyKind};
pub use service::{PartyKey, parties, parties_by_id, party, party_by, party_create, party_update};
