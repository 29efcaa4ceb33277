//! The catalogue: recordings, works, releases with their tracks, groups of items, and providers' own ids of items.

mod model;
mod read;
mod write;

pub use model::{Alias, CatalogueFilter, Group, Recording, RecordingFields, Release, ReleaseFields, Work, WorkFields};
pub use read::{
    RecordingKey, ReleaseKey, WorkKey, aliases, group, group_items, groups, recording, recordings, recordings_by_id,
    recordings_of_works, release, releases, releases_by_id, tracks, work, works, works_by_id,
};
pub use write::{
    alias_create, alias_delete, group_create, group_items_set, recording_create, recording_update, release_create,
    release_tracks_set, release_update, work_create, work_update,
};
