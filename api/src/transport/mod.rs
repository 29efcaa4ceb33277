//! HTTP in front of the schema: GraphQL over POST, files, published keys.

mod auth;
mod files;
mod graphql;
mod requests;

pub mod execute;

pub use auth::{authenticate, bearer};
pub use files::{download, upload};
pub use graphql::{graphiql, jwks, serve};
pub use requests::{RequestId, label};
