//! Batch loading of what belongs to sources.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::Core;
use domain::collection::sources as acquisition;
use kernel::context::OpContext;
use kernel::failure::Outcome;
use kernel::ids::SourceId;

use crate::frame::loader::Batch;

/// Sources by id.
pub struct Sources;

impl Batch for Sources {
    type Key = SourceId;
    type Value = acquisition::Source;

    async fn load(ctx: &OpContext, core: &Core, keys: &[SourceId]) -> Outcome<HashMap<SourceId, Self::Value>> {
        Ok(acquisition::sources_by_id(ctx, core, keys).await?.into_iter().map(|row| (row.id, row)).collect())
    }
}

/// What is expected, by source.
pub struct Expectations;

impl Batch for Expectations {
    type Key = SourceId;
    type Value = domain::collection::Expectation;

    async fn load(ctx: &OpContext, core: &Core, keys: &[SourceId]) -> Outcome<HashMap<SourceId, Self::Value>> {
        Ok(domain::collection::source_expectations(ctx, core, keys).await?.into_iter().collect())
    }
}

/// Names and dates of credentials by source.
pub struct Credentials;

impl Batch for Credentials {
    type Key = SourceId;
    type Value = Vec<(acquisition::CredentialName, DateTime<Utc>)>;

    async fn load(ctx: &OpContext, core: &Core, keys: &[SourceId]) -> Outcome<HashMap<SourceId, Self::Value>> {
        let mut found: HashMap<SourceId, Self::Value> = HashMap::new();
        for (source, name, set_at) in acquisition::source_credentials(ctx, core, keys).await? {
            found.entry(source).or_default().push((name, set_at));
        }
        Ok(found)
    }
}
