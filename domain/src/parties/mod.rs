//! Rights holders and other parties to contracts.

mod model;
mod service;

pub use model::{Party, PartyFilter, PartyFields, PartyKind};
pub use service::{parties, parties_by_id, party, party_by, party_create, party_update, PartyKey};
