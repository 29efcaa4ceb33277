//! HTTP in front of the schema: GraphQL over POST and as server-sent events, files, published keys.

mod auth;
mod documents;
mod files;
mod graphql;
mod hooks;
mod requests;
mod sse;

pub mod execute;

pub use auth::{authenticate, bearer};
pub use documents::Documents;
pub use files::{download, upload};
pub use graphql::{graphiql, jwks, serve};
pub use hooks::hook;
pub use requests::{ClientAddress, RequestId, label};
pub use sse::{Streams, stream};
