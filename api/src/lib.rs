//! The GraphQL API: schema, transport, limits. It knows use cases (`domain`) and vocabulary (`kernel`), and
//! cannot even name a database error.

// Every context adds to the depth of the merged root objects.
#![allow(clippy::enum_variant_names, reason = "variants are named as the fields of GraphQL: `recordingId`, `workId`")]
#![allow(clippy::too_many_arguments, reason = "the arguments of a resolver are those of its field")]
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
