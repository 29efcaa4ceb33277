//! Configuration in the schema.

mod mutation;
mod query;
mod types;

pub use mutation::SettingsMutation;
pub use query::SettingsQuery;
pub use types::{Setting, SettingLevel};
