//! Batch loading of the catalogue.

use std::collections::HashMap;

use domain::rights::rules::ItemKey;
use domain::{Core, catalog};
use kernel::context::OpContext;
use kernel::failure::Outcome;
use kernel::ids::{GroupId, RecordingId, ReleaseId, WorkId};

use crate::frame::loader::Batch;

macro_rules! batch {
    ($(#[$doc:meta])* $name:ident, $key:ty, $value:ty, $load:path) => {
        $(#[$doc])*
        pub struct $name;

        impl Batch for $name {
            type Key = $key;
            type Value = $value;

            async fn load(ctx: &OpContext, core: &Core, keys: &[$key]) -> Outcome<HashMap<$key, $value>> {
                Ok($load(ctx, core, keys).await?.into_iter().map(|row| (row.id, row)).collect())
            }
        }
    };
}

batch! {
    /// Recordings by id.
    RecordingBatch, RecordingId, catalog::Recording, catalog::recordings_by_id
}
batch! {
    /// Works by id.
    WorkBatch, WorkId, catalog::Work, catalog::works_by_id
}
batch! {
    /// Releases by id.
    ReleaseBatch, ReleaseId, catalog::Release, catalog::releases_by_id
}

/// Tracks by release.
pub struct Tracks;

impl Batch for Tracks {
    type Key = ReleaseId;
    type Value = Vec<(i32, RecordingId)>;

    async fn load(ctx: &OpContext, core: &Core, keys: &[ReleaseId]) -> Outcome<HashMap<ReleaseId, Self::Value>> {
        catalog::tracks(ctx, core, keys).await
    }
}

/// Items by group.
pub struct GroupItems;

impl Batch for GroupItems {
    type Key = GroupId;
    type Value = Vec<ItemKey>;

    async fn load(ctx: &OpContext, core: &Core, keys: &[GroupId]) -> Outcome<HashMap<GroupId, Self::Value>> {
        catalog::group_items(ctx, core, keys).await
    }
}

/// Recordings by work.
pub struct WorkRecordings;

impl Batch for WorkRecordings {
    type Key = WorkId;
    type Value = Vec<RecordingId>;

    async fn load(ctx: &OpContext, core: &Core, keys: &[WorkId]) -> Outcome<HashMap<WorkId, Self::Value>> {
        catalog::recordings_of_works(ctx, core, keys).await
    }
}
