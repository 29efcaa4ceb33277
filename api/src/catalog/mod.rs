//! The catalogue in the schema.

mod loaders;
mod mutation;
mod query;
mod types;

pub use loaders::{RecordingBatch, ReleaseBatch, WorkBatch};
pub use mutation::CatalogMutation;
pub use query::CatalogQuery;
pub use types::{Alias, CatalogueGroup, Recording, Release, Work};
