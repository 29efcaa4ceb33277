//! The GraphQL API: schema, transport, limits. It knows use cases (`domain`) and vocabulary (`kernel`), and
//! cannot even name a database error.
// The root objects merge one resolver after the other, each a type inside the next.
#![recursion_limit = "256"]

pub mod bulk;
pub mod calculation;
pub mod catalog;
pub mod collection;
pub mod documents;
pub mod frame;
pub mod ledger;
pub mod limits;
pub mod node;
pub mod operations;
pub mod parties;
pub mod payments;
pub mod reference;
pub mod rights;
pub mod router;
pub mod schema;
pub mod settings;
pub mod statements;
pub mod tenancy;
pub mod transport;
pub mod ws;

pub use router::{Options, router};
pub use schema::{Schema, build_schema, sdl};
