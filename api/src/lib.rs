//! The GraphQL API: schema, transport, limits. It knows use cases (`domain`) and vocabulary (`kernel`), and
//! cannot even name a database error.

pub mod frame;
pub mod node;
pub mod operations;
pub mod schema;

pub use schema::{Schema, build_schema, sdl};
