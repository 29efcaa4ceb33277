//! Changing the catalogue.

use async_graphql::{Context, ID, InputObject, Object, OneofObject, Result, SimpleObject};
use domain::catalog;
use domain::rights::rules::ItemKey;
use kernel::failure::Outcome;
use kernel::ids::{AliasId, RecordingId, ReleaseId, WorkId};

use super::types::{Alias, CatalogueGroup, Recording, Release, Work};
use crate::frame;
use crate::frame::ids;
use crate::frame::scalars::{Date, Isrc, Iswc, Upc};
use crate::{payload, user_errors};

user_errors! {
    CatalogueUserError, CatalogueErrorCode, "the catalogue",
    NAME_MISSING => "A title, artist or name is empty or too long.",
    DURATION_INVALID => "The duration is not from 1 to 86400 seconds.",
    SOURCE_UNKNOWN => "There is no such layout.",
    ALIAS_INVALID => "An alias is `id:`, `isrc:` or `upc:` and the provider's key.",
}

/// What is said of a recording. What is left out is empty afterwards.
#[derive(InputObject)]
pub struct RecordingFieldsInput {
    /// The title.
    title: String,
    /// `Live`, `Radio Edit` …
    version_title: Option<String>,
    /// The display artist.
    artist: String,
    /// The duration in whole seconds.
    duration_seconds: Option<i32>,
    /// The organisation it belongs to; the tenant itself when not given.
    organisation_id: Option<ID>,
}

impl RecordingFieldsInput {
    fn checked(self) -> Outcome<catalog::RecordingFields> {
        Ok(catalog::RecordingFields {
            organisation_id: ids::parse_opt(self.organisation_id.as_ref(), ["input", "organisationId"])?,
            title: self.title,
            version_title: self.version_title,
            artist: self.artist,
            duration_seconds: self.duration_seconds,
        })
    }
}

/// A recording to be created.
#[derive(InputObject)]
pub struct RecordingCreateInput {
    /// The ISRC, unique in the tenant; it never changes.
    isrc: Isrc,
    /// What is said of it.
    #[graphql(flatten)]
    fields: RecordingFieldsInput,
}

/// A recording to be changed.
#[derive(InputObject)]
pub struct RecordingUpdateInput {
    /// Which recording.
    id: ID,
    /// The version you read.
    expected_version: i32,
    /// What is said of it now.
    #[graphql(flatten)]
    fields: RecordingFieldsInput,
}

/// A work to be created.
#[derive(InputObject)]
pub struct WorkCreateInput {
    /// Your own key of the work, unique in the tenant; it never changes.
    reference: String,
    /// The ISWC, when it has one.
    iswc: Option<Iswc>,
    /// The title.
    title: String,
}

/// A work to be changed.
#[derive(InputObject)]
pub struct WorkUpdateInput {
    /// Which work.
    id: ID,
    /// The version you read.
    expected_version: i32,
    /// The ISWC, when it has one.
    iswc: Option<Iswc>,
    /// The title.
    title: String,
}

/// What is said of a release. What is left out is empty afterwards.
#[derive(InputObject)]
pub struct ReleaseFieldsInput {
    /// The title.
    title: String,
    /// The display artist.
    artist: String,
    /// The label's number.
    catalogue_number: Option<String>,
    /// The day it came out.
    released_on: Option<Date>,
    /// The organisation it belongs to; the tenant itself when not given.
    organisation_id: Option<ID>,
}

impl ReleaseFieldsInput {
    fn checked(self) -> Outcome<catalog::ReleaseFields> {
        Ok(catalog::ReleaseFields {
            organisation_id: ids::parse_opt(self.organisation_id.as_ref(), ["input", "organisationId"])?,
            title: self.title,
            artist: self.artist,
            catalogue_number: self.catalogue_number,
            released_on: self.released_on.map(Into::into),
        })
    }
}

/// A release to be created.
#[derive(InputObject)]
pub struct ReleaseCreateInput {
    /// The UPC or EAN, unique in the tenant; it never changes.
    upc: Upc,
    /// What is said of it.
    #[graphql(flatten)]
    fields: ReleaseFieldsInput,
}

/// A release to be changed.
#[derive(InputObject)]
pub struct ReleaseUpdateInput {
    /// Which release.
    id: ID,
    /// The version you read.
    expected_version: i32,
    /// What is said of it now.
    #[graphql(flatten)]
    fields: ReleaseFieldsInput,
}

/// A new track list.
#[derive(InputObject)]
pub struct ReleaseTracksSetInput {
    /// Which release.
    id: ID,
    /// The version you read.
    expected_version: i32,
    /// The recordings in their order.
    recording_ids: Vec<ID>,
}

/// A group to be created, empty.
#[derive(InputObject)]
pub struct CatalogueGroupCreateInput {
    /// The name, unique in the tenant.
    name: String,
}

/// An item of the catalogue: exactly one.
#[derive(OneofObject)]
pub enum CatalogueItemInput {
    /// A recording.
    RecordingId(ID),
    /// A work.
    WorkId(ID),
    /// A release.
    ReleaseId(ID),
}

impl CatalogueItemInput {
    fn checked(&self, path: &[String]) -> Outcome<ItemKey> {
        let at = |field: &str| path.iter().cloned().chain([field.to_owned()]).collect::<Vec<_>>();
        Ok(match self {
            Self::RecordingId(id) => ids::parse::<RecordingId>(id, at("recordingId"))?.into(),
            Self::WorkId(id) => ids::parse::<WorkId>(id, at("workId"))?.into(),
            Self::ReleaseId(id) => ids::parse::<ReleaseId>(id, at("releaseId"))?.into(),
        })
    }
}

/// New items of a group.
#[derive(InputObject)]
pub struct CatalogueGroupItemsSetInput {
    /// Which group.
    id: ID,
    /// The version you read.
    expected_version: i32,
    /// The items.
    items: Vec<CatalogueItemInput>,
}

/// An alias to be created.
#[derive(InputObject)]
pub struct AliasCreateInput {
    /// The layout whose files carry it.
    source: String,
    /// `id:`, `isrc:` or `upc:` and the provider's key.
    value: String,
    /// The item it means.
    item: CatalogueItemInput,
}

/// An alias to be deleted.
#[derive(InputObject)]
pub struct AliasDeleteInput {
    /// Which alias.
    id: ID,
}

payload! {
    /// What changing a recording answers.
    RecordingPayload(CatalogueUserError) {
        /// The recording; null when it was refused.
        recording: Recording,
    }
}
payload! {
    /// What changing a work answers.
    WorkPayload(CatalogueUserError) {
        /// The work; null when it was refused.
        work: Work,
    }
}
payload! {
    /// What changing a release answers.
    ReleasePayload(CatalogueUserError) {
        /// The release; null when it was refused.
        release: Release,
    }
}
payload! {
    /// What changing a group answers.
    CatalogueGroupPayload(CatalogueUserError) {
        /// The group; null when it was refused.
        group: CatalogueGroup,
    }
}
payload! {
    /// What `aliasCreate` answers.
    AliasCreatePayload(CatalogueUserError) {
        /// The alias; null when it was refused.
        alias: Alias,
    }
}

/// What `aliasDelete` answers.
#[derive(SimpleObject)]
pub struct AliasDeletePayload {
    /// The global id of the deleted alias; null when it was refused.
    deleted_id: Option<ID>,
    /// What was refused; empty when it was done.
    user_errors: Vec<CatalogueUserError>,
}

/// Changing the catalogue.
#[derive(Default)]
pub struct CatalogMutation;

#[Object]
impl CatalogMutation {
    /// Creates a recording. Requires: CATALOG_MANAGE.
    async fn recording_create(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The recording.")] input: RecordingCreateInput,
    ) -> Result<RecordingPayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            catalog::recording_create(&ctx, &core, input.isrc.into(), input.fields.checked()?).await
        })
        .await;
        RecordingPayload::of(outcome)
    }

    /// Changes a recording. Requires: CATALOG_MANAGE.
    async fn recording_update(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The recording as it shall be.")] input: RecordingUpdateInput,
    ) -> Result<RecordingPayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            let id = ids::parse(&input.id, ["input", "id"])?;
            catalog::recording_update(&ctx, &core, id, input.expected_version, input.fields.checked()?).await
        })
        .await;
        RecordingPayload::of(outcome)
    }

    /// Creates a work. Requires: CATALOG_MANAGE.
    async fn work_create(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The work.")] input: WorkCreateInput,
    ) -> Result<WorkPayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            let fields = catalog::WorkFields { iswc: input.iswc.map(Into::into), title: input.title };
            catalog::work_create(&ctx, &core, &input.reference, fields).await
        })
        .await;
        WorkPayload::of(outcome)
    }

    /// Changes a work. Requires: CATALOG_MANAGE.
    async fn work_update(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The work as it shall be.")] input: WorkUpdateInput,
    ) -> Result<WorkPayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            let id = ids::parse(&input.id, ["input", "id"])?;
            let fields = catalog::WorkFields { iswc: input.iswc.map(Into::into), title: input.title };
            catalog::work_update(&ctx, &core, id, input.expected_version, fields).await
        })
        .await;
        WorkPayload::of(outcome)
    }

    /// Creates a release without tracks. Requires: CATALOG_MANAGE.
    async fn release_create(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The release.")] input: ReleaseCreateInput,
    ) -> Result<ReleasePayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            catalog::release_create(&ctx, &core, input.upc.into(), input.fields.checked()?).await
        })
        .await;
        ReleasePayload::of(outcome)
    }

    /// Changes a release. Requires: CATALOG_MANAGE.
    async fn release_update(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The release as it shall be.")] input: ReleaseUpdateInput,
    ) -> Result<ReleasePayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            let id = ids::parse(&input.id, ["input", "id"])?;
            catalog::release_update(&ctx, &core, id, input.expected_version, input.fields.checked()?).await
        })
        .await;
        ReleasePayload::of(outcome)
    }

    /// Replaces the track list of a release. Requires: CATALOG_MANAGE.
    async fn release_tracks_set(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The tracks.")] input: ReleaseTracksSetInput,
    ) -> Result<ReleasePayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            let id = ids::parse(&input.id, ["input", "id"])?;
            let tracks = ids::parse_all::<RecordingId>(&input.recording_ids, &["input", "recordingIds"])?;
            catalog::release_tracks_set(&ctx, &core, id, input.expected_version, &tracks).await
        })
        .await;
        ReleasePayload::of(outcome)
    }

    /// Creates an empty group. Requires: CATALOG_MANAGE.
    async fn catalogue_group_create(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The group.")] input: CatalogueGroupCreateInput,
    ) -> Result<CatalogueGroupPayload> {
        let outcome =
            frame::run(gql, |ctx, core| async move { catalog::group_create(&ctx, &core, &input.name).await }).await;
        CatalogueGroupPayload::of(outcome)
    }

    /// Replaces the items of a group. Requires: CATALOG_MANAGE.
    async fn catalogue_group_items_set(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The items.")] input: CatalogueGroupItemsSetInput,
    ) -> Result<CatalogueGroupPayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            let id = ids::parse(&input.id, ["input", "id"])?;
            let mut items = Vec::with_capacity(input.items.len());
            for (index, item) in input.items.iter().enumerate() {
                items.push(item.checked(&["input".to_owned(), "items".to_owned(), index.to_string()])?);
            }
            catalog::group_items_set(&ctx, &core, id, input.expected_version, &items).await
        })
        .await;
        CatalogueGroupPayload::of(outcome)
    }

    /// Notes what a provider calls an item. Requires: CATALOG_MANAGE.
    async fn alias_create(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The alias.")] input: AliasCreateInput,
    ) -> Result<AliasCreatePayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            let item = input.item.checked(&["input".to_owned(), "item".to_owned()])?;
            catalog::alias_create(&ctx, &core, &input.source, &input.value, item).await
        })
        .await;
        AliasCreatePayload::of(outcome)
    }

    /// Deletes an alias; what was matched by it stays matched. Requires: CATALOG_MANAGE.
    async fn alias_delete(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "Which alias.")] input: AliasDeleteInput,
    ) -> Result<AliasDeletePayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            let id: AliasId = ids::parse(&input.id, ["input", "id"])?;
            catalog::alias_delete(&ctx, &core, id).await
        })
        .await;
        let (id, user_errors) = CatalogueUserError::split(outcome)?;
        Ok(AliasDeletePayload { deleted_id: id.map(|id| ID(id.to_string())), user_errors })
    }
}
