//! Types of the catalogue.

use async_graphql::{ComplexObject, Context, ID, Result, SimpleObject};
use domain::catalog;
use kernel::ids::{GroupId, OrganisationId, RecordingId, ReleaseId, WorkId};

use super::loaders::{GroupItems, RecordingBatch, Tracks, WorkRecordings};
use crate::frame::loader::load;
use crate::frame::scalars::{Date, Isrc, Iswc, Upc};
use crate::frame::trade::ItemReference;
use crate::tenancy::{Organisation, organisation};

/// A sound recording.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct Recording {
    /// The global id.
    #[graphql(owned)]
    pub id: ID,
    /// The ISRC.
    isrc: Isrc,
    /// The title.
    title: String,
    /// `Live`, `Radio Edit` …
    version_title: Option<String>,
    /// The display artist.
    artist: String,
    /// The duration in whole seconds; null when unknown.
    duration_seconds: Option<i32>,
    /// Raised by every change; send it back as `expectedVersion`.
    version: i32,
    #[graphql(skip)]
    organisation_id: Option<OrganisationId>,
}

impl From<catalog::Recording> for Recording {
    fn from(row: catalog::Recording) -> Self {
        Self {
            id: ID(row.id.to_string()),
            isrc: row.isrc.into(),
            title: row.fields.title,
            version_title: row.fields.version_title,
            artist: row.fields.artist,
            duration_seconds: row.fields.duration_seconds,
            organisation_id: row.fields.organisation_id,
            version: row.version,
        }
    }
}

#[ComplexObject]
impl Recording {
    /// The organisation it belongs to; null: the tenant itself.
    async fn organisation(&self, gql: &Context<'_>) -> Result<Option<Organisation>> {
        organisation(gql, self.organisation_id).await
    }
}

/// A musical work.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct Work {
    /// The global id.
    #[graphql(owned)]
    pub id: ID,
    /// Your own key of the work.
    reference: String,
    /// The ISWC; null when it has none yet.
    iswc: Option<Iswc>,
    /// The title.
    title: String,
    /// Raised by every change; send it back as `expectedVersion`.
    version: i32,
    #[graphql(skip)]
    work_id: WorkId,
}

impl From<catalog::Work> for Work {
    fn from(row: catalog::Work) -> Self {
        Self {
            id: ID(row.id.to_string()),
            reference: row.reference,
            iswc: row.fields.iswc.map(Into::into),
            title: row.fields.title,
            version: row.version,
            work_id: row.id,
        }
    }
}

#[ComplexObject]
impl Work {
    /// The recordings that embody it.
    async fn recordings(&self, gql: &Context<'_>) -> Result<Vec<Recording>> {
        let ids = load::<WorkRecordings>(gql, self.work_id).await?.unwrap_or_default();
        all(gql, ids).await
    }
}

/// Recordings in this order, read together.
async fn all(gql: &Context<'_>, ids: Vec<RecordingId>) -> Result<Vec<Recording>> {
    let found = futures::future::try_join_all(ids.into_iter().map(|id| load::<RecordingBatch>(gql, id))).await?;
    Ok(found.into_iter().flatten().map(Into::into).collect())
}

/// A release.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct Release {
    /// The global id.
    #[graphql(owned)]
    pub id: ID,
    /// The UPC or EAN.
    upc: Upc,
    /// The title.
    title: String,
    /// The display artist.
    artist: String,
    /// The label's number.
    catalogue_number: Option<String>,
    /// The day it came out.
    released_on: Option<Date>,
    /// Raised by every change; send it back as `expectedVersion`.
    version: i32,
    #[graphql(skip)]
    release_id: ReleaseId,
    #[graphql(skip)]
    organisation_id: Option<OrganisationId>,
}

impl From<catalog::Release> for Release {
    fn from(row: catalog::Release) -> Self {
        Self {
            id: ID(row.id.to_string()),
            upc: row.upc.into(),
            title: row.fields.title,
            artist: row.fields.artist,
            catalogue_number: row.fields.catalogue_number,
            released_on: row.fields.released_on.map(Into::into),
            organisation_id: row.fields.organisation_id,
            version: row.version,
            release_id: row.id,
        }
    }
}

/// A recording in its place on a release.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct Track {
    /// The place, from 1 through all volumes.
    position: i32,
    #[graphql(skip)]
    recording_id: RecordingId,
}

#[ComplexObject]
impl Track {
    /// The recording.
    async fn recording(&self, gql: &Context<'_>) -> Result<Option<Recording>> {
        Ok(load::<RecordingBatch>(gql, self.recording_id).await?.map(Into::into))
    }
}

#[ComplexObject]
impl Release {
    /// The organisation it belongs to; null: the tenant itself.
    async fn organisation(&self, gql: &Context<'_>) -> Result<Option<Organisation>> {
        organisation(gql, self.organisation_id).await
    }

    /// Its tracks, by position.
    async fn tracks(&self, gql: &Context<'_>) -> Result<Vec<Track>> {
        let tracks = load::<Tracks>(gql, self.release_id).await?.unwrap_or_default();
        Ok(tracks.into_iter().map(|(position, recording_id)| Track { position, recording_id }).collect())
    }
}

/// A named set of items that contracts can speak of at once.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct CatalogueGroup {
    /// The global id.
    #[graphql(owned)]
    pub id: ID,
    /// The name.
    name: String,
    /// Raised by every change; send it back as `expectedVersion`.
    version: i32,
    #[graphql(skip)]
    group_id: GroupId,
}

impl From<catalog::Group> for CatalogueGroup {
    fn from(row: catalog::Group) -> Self {
        Self { id: ID(row.id.to_string()), name: row.name, version: row.version, group_id: row.id }
    }
}

#[ComplexObject]
impl CatalogueGroup {
    /// Its items.
    async fn items(&self, gql: &Context<'_>) -> Result<Vec<ItemReference>> {
        let items = load::<GroupItems>(gql, self.group_id).await?.unwrap_or_default();
        Ok(items.into_iter().map(|item| ItemReference::of(item.kind, item.id)).collect())
    }
}

/// What a provider calls an item.
#[derive(Debug, Clone, SimpleObject)]
pub struct Alias {
    /// The global id.
    #[graphql(owned)]
    pub id: ID,
    /// The layout whose files carry it.
    source: String,
    /// The key as matching sees it: `id:…`, `isrc:…`, `upc:…`.
    value: String,
    /// The item.
    item: ItemReference,
}

impl From<catalog::Alias> for Alias {
    fn from(row: catalog::Alias) -> Self {
        Self {
            id: ID(row.id.to_string()),
            source: row.source,
            value: row.value,
            item: ItemReference::of(row.item.kind, row.item.id),
        }
    }
}
