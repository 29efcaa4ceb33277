//! Revenue collection in the schema.

mod control;
mod layouts;
mod loaders;
mod mutation;
mod query;
mod repairs;
mod sources;
mod types;
mod validation;

pub use control::{ControlMutation, ControlQuery, ControlTotal};
pub use layouts::{LayoutMutation, LayoutQuery};
pub use loaders::Operations;
pub use mutation::CollectionMutation;
pub use query::CollectionQuery;
pub use repairs::{RepairMutation, RepairQuery, RepairRule};
pub use sources::{Source, SourceMutation, SourceQuery};
pub use types::{ExactDecimal, RevenueReport, StagedUpload, SuspenseGroup};
pub use validation::ValidationMutation;
