//! Changing the catalogue. Every change names the version it was made on.

use engine::model::ItemKey;
use entity::{alias, catalogue_group, catalogue_group_item, recording, release, release_track, work};
use formats::layout::Layouts;
use kernel::codes::{Isrc, ItemKind, Upc};
use kernel::context::OpContext;
use kernel::failure::{Failure, Outcome};
use kernel::ids::{AliasId, GroupId, RecordingId, ReleaseId, WorkId};
use kernel::permission::Permission;
use platform::audit::{self, Change};
use platform::db::{OrFail, TenantTx};
use platform::events::outbox;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;
use uuid::Uuid;

use super::model::{Alias, Group, Recording, RecordingFields, Release, ReleaseFields, Work, WorkFields, named};
use crate::Core;
use crate::collection::rematch_suspense;

/// Sets columns and raises the version of a row that is still as the caller saw it.
macro_rules! change {
    ($tx:expr, $module:ident, $id:expr, $expected:expr, { $($column:ident: $value:expr),* $(,)? }) => {{
        let known = $module::Entity::find_by_id(($tx.tenant_id().uuid(), $id)).one($tx).await.or_fail()?;
        if known.is_none() {
            return Err(Failure::not_found("NOT_FOUND", "There is no such thing.").at(["input", "id"]));
        }
        let changed = $module::Entity::update_many()
            $(.col_expr($module::Column::$column, Expr::value($value)))*
            .col_expr($module::Column::Version, Expr::col($module::Column::Version).add(1))
            .filter($module::Column::TenantId.eq($tx.tenant_id().uuid()))
            .filter($module::Column::Id.eq($id))
            .filter($module::Column::Version.eq($expected))
            .exec($tx)
            .await
            .or_fail()?;
        if changed.rows_affected == 0 {
            let message = "Somebody changed it since you read it: read it again.";
            return Err(Failure::conflict("STALE_VERSION", message).at(["input", "expectedVersion"]));
        }
    }};
}

/// Notes the change, reads the row again, and commits.
macro_rules! saved {
    ($ctx:expr, $tx:expr, $module:ident, $id:expr, $action:literal, $kind:literal) => {{
        let row = $module::Entity::find_by_id(($ctx.tenant_id.uuid(), $id))
            .one(&$tx)
            .await
            .or_fail()?
            .ok_or_else(|| Failure::internal("a catalogue row vanished"))?;
        note($ctx, &$tx, $action, $kind, $id).await?;
        $tx.commit().await?;
        row.try_into()
    }};
}

async fn note(ctx: &OpContext, tx: &TenantTx, action: &'static str, kind: &'static str, id: Uuid) -> Outcome<()> {
    audit::record(tx, ctx, Change { action, entity_kind: kind, entity_id: id, before: None, after: None }).await?;
    // What waits may belong to what the catalogue has now.
    rematch_suspense(tx).await?;
    outbox::write(tx, action, &json!({ "kind": kind, "id": id })).await
}

fn optional(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn duration(seconds: Option<i32>) -> Outcome<Option<i32>> {
    if seconds.is_some_and(|seconds| !(1..=86_400).contains(&seconds)) {
        let message = "A duration is from 1 to 86400 seconds.";
        return Err(Failure::refused("DURATION_INVALID", message).at(["input", "durationSeconds"]));
    }
    Ok(seconds)
}

/// Creates a recording.
///
/// # Errors
/// `NAME_MISSING`, `DURATION_INVALID`, `ALREADY_EXISTS`, `REFERENCE_INVALID`, `FORBIDDEN`; database failures.
pub async fn recording_create(ctx: &OpContext, core: &Core, isrc: Isrc, fields: RecordingFields) -> Outcome<Recording> {
    ctx.require(Permission::CatalogManage)?;
    let tx = core.db.tenant(ctx).await?;
    let id = RecordingId::new().uuid();
    let row = recording::ActiveModel {
        tenant_id: Set(ctx.tenant_id.uuid()),
        id: Set(id),
        organisation_id: Set(fields.organisation_id.map(|id| id.uuid())),
        isrc: Set(isrc.to_string()),
        title: Set(named(&fields.title, "title")?),
        version_title: Set(optional(fields.version_title)),
        artist: Set(named(&fields.artist, "artist")?),
        duration_seconds: Set(duration(fields.duration_seconds)?),
        version: Set(1),
        created_at: Set(ctx.now),
    };
    recording::Entity::insert(row).exec_without_returning(&tx).await.or_fail()?;
    saved!(ctx, tx, recording, id, "recording.create", "RECORDING")
}

/// Changes a recording. Its ISRC never changes.
///
/// # Errors
/// `NOT_FOUND`, `STALE_VERSION`, and as [`recording_create`].
pub async fn recording_update(
    ctx: &OpContext,
    core: &Core,
    id: RecordingId,
    expected: i32,
    fields: RecordingFields,
) -> Outcome<Recording> {
    ctx.require(Permission::CatalogManage)?;
    let tx = core.db.tenant(ctx).await?;
    change!(&tx, recording, id.uuid(), expected, {
        OrganisationId: fields.organisation_id.map(|id| id.uuid()),
        Title: named(&fields.title, "title")?,
        VersionTitle: optional(fields.version_title),
        Artist: named(&fields.artist, "artist")?,
        DurationSeconds: duration(fields.duration_seconds)?,
    });
    saved!(ctx, tx, recording, id.uuid(), "recording.update", "RECORDING")
}

/// Creates a work.
///
/// # Errors
/// `NAME_MISSING`, `ALREADY_EXISTS`, `FORBIDDEN`; database failures.
pub async fn work_create(ctx: &OpContext, core: &Core, reference: &str, fields: WorkFields) -> Outcome<Work> {
    ctx.require(Permission::CatalogManage)?;
    let tx = core.db.tenant(ctx).await?;
    let id = WorkId::new().uuid();
    let row = work::ActiveModel {
        tenant_id: Set(ctx.tenant_id.uuid()),
        id: Set(id),
        reference: Set(named(reference, "reference")?),
        iswc: Set(fields.iswc.map(|iswc| iswc.to_string())),
        title: Set(named(&fields.title, "title")?),
        version: Set(1),
        created_at: Set(ctx.now),
    };
    work::Entity::insert(row).exec_without_returning(&tx).await.or_fail()?;
    saved!(ctx, tx, work, id, "work.create", "WORK")
}

/// Changes a work.
///
/// # Errors
/// `NOT_FOUND`, `STALE_VERSION`, and as [`work_create`].
pub async fn work_update(ctx: &OpContext, core: &Core, id: WorkId, expected: i32, fields: WorkFields) -> Outcome<Work> {
    ctx.require(Permission::CatalogManage)?;
    let tx = core.db.tenant(ctx).await?;
    change!(&tx, work, id.uuid(), expected, {
        Iswc: fields.iswc.map(|iswc| iswc.to_string()),
        Title: named(&fields.title, "title")?,
    });
    saved!(ctx, tx, work, id.uuid(), "work.update", "WORK")
}

/// Creates a release without tracks.
///
/// # Errors
/// `NAME_MISSING`, `ALREADY_EXISTS`, `REFERENCE_INVALID`, `FORBIDDEN`; database failures.
pub async fn release_create(ctx: &OpContext, core: &Core, upc: Upc, fields: ReleaseFields) -> Outcome<Release> {
    ctx.require(Permission::CatalogManage)?;
    let tx = core.db.tenant(ctx).await?;
    let id = ReleaseId::new().uuid();
    let row = release::ActiveModel {
        tenant_id: Set(ctx.tenant_id.uuid()),
        id: Set(id),
        organisation_id: Set(fields.organisation_id.map(|id| id.uuid())),
        upc: Set(upc.to_string()),
        title: Set(named(&fields.title, "title")?),
        artist: Set(named(&fields.artist, "artist")?),
        catalogue_number: Set(optional(fields.catalogue_number)),
        released_on: Set(fields.released_on),
        version: Set(1),
        created_at: Set(ctx.now),
    };
    release::Entity::insert(row).exec_without_returning(&tx).await.or_fail()?;
    saved!(ctx, tx, release, id, "release.create", "RELEASE")
}

/// Changes a release. Its UPC never changes.
///
/// # Errors
/// `NOT_FOUND`, `STALE_VERSION`, and as [`release_create`].
pub async fn release_update(
    ctx: &OpContext,
    core: &Core,
    id: ReleaseId,
    expected: i32,
    fields: ReleaseFields,
) -> Outcome<Release> {
    ctx.require(Permission::CatalogManage)?;
    let tx = core.db.tenant(ctx).await?;
    change!(&tx, release, id.uuid(), expected, {
        OrganisationId: fields.organisation_id.map(|id| id.uuid()),
        Title: named(&fields.title, "title")?,
        Artist: named(&fields.artist, "artist")?,
        CatalogueNumber: optional(fields.catalogue_number),
        ReleasedOn: fields.released_on,
    });
    saved!(ctx, tx, release, id.uuid(), "release.update", "RELEASE")
}

/// Replaces the track list of a release: the recordings in their order.
///
/// # Errors
/// `NOT_FOUND`, `STALE_VERSION`, `REFERENCE_INVALID`, `FORBIDDEN`; database failures.
pub async fn release_tracks_set(
    ctx: &OpContext,
    core: &Core,
    id: ReleaseId,
    expected: i32,
    recordings: &[RecordingId],
) -> Outcome<Release> {
    ctx.require(Permission::CatalogManage)?;
    let tx = core.db.tenant(ctx).await?;
    change!(&tx, release, id.uuid(), expected, {});
    release_track::Entity::delete_many()
        .filter(release_track::Column::TenantId.eq(ctx.tenant_id.uuid()))
        .filter(release_track::Column::ReleaseId.eq(id.uuid()))
        .exec(&tx)
        .await
        .or_fail()?;
    let rows = (1i32..).zip(recordings).map(|(position, recording)| release_track::ActiveModel {
        tenant_id: Set(ctx.tenant_id.uuid()),
        release_id: Set(id.uuid()),
        position: Set(position),
        recording_id: Set(recording.uuid()),
    });
    if !recordings.is_empty() {
        release_track::Entity::insert_many(rows).exec_without_returning(&tx).await.or_fail()?;
    }
    saved!(ctx, tx, release, id.uuid(), "release.tracks_set", "RELEASE")
}

/// Creates an empty group.
///
/// # Errors
/// `NAME_MISSING`, `ALREADY_EXISTS`, `FORBIDDEN`; database failures.
pub async fn group_create(ctx: &OpContext, core: &Core, name: &str) -> Outcome<Group> {
    ctx.require(Permission::CatalogManage)?;
    let tx = core.db.tenant(ctx).await?;
    let id = GroupId::new().uuid();
    let row = catalogue_group::ActiveModel {
        tenant_id: Set(ctx.tenant_id.uuid()),
        id: Set(id),
        name: Set(named(name, "name")?),
        version: Set(1),
        created_at: Set(ctx.now),
    };
    catalogue_group::Entity::insert(row).exec_without_returning(&tx).await.or_fail()?;
    saved!(ctx, tx, catalogue_group, id, "group.create", "GROUP")
}

/// Replaces the items of a group.
///
/// # Errors
/// `NOT_FOUND`, `STALE_VERSION`, `REFERENCE_INVALID`, `ALREADY_EXISTS` for an item twice, `FORBIDDEN`; database failures.
pub async fn group_items_set(
    ctx: &OpContext,
    core: &Core,
    id: GroupId,
    expected: i32,
    items: &[ItemKey],
) -> Outcome<Group> {
    ctx.require(Permission::CatalogManage)?;
    let tx = core.db.tenant(ctx).await?;
    change!(&tx, catalogue_group, id.uuid(), expected, {});
    catalogue_group_item::Entity::delete_many()
        .filter(catalogue_group_item::Column::TenantId.eq(ctx.tenant_id.uuid()))
        .filter(catalogue_group_item::Column::GroupId.eq(id.uuid()))
        .exec(&tx)
        .await
        .or_fail()?;
    for chunk in items.chunks(5_000) {
        let rows = chunk.iter().map(|item| catalogue_group_item::ActiveModel {
            tenant_id: Set(ctx.tenant_id.uuid()),
            id: Set(GroupId::new().uuid()),
            group_id: Set(id.uuid()),
            recording_id: Set(of(item, ItemKind::Recording)),
            work_id: Set(of(item, ItemKind::Work)),
            release_id: Set(of(item, ItemKind::Release)),
        });
        catalogue_group_item::Entity::insert_many(rows).exec_without_returning(&tx).await.or_fail()?;
    }
    saved!(ctx, tx, catalogue_group, id.uuid(), "group.items_set", "GROUP")
}

fn of(item: &ItemKey, kind: ItemKind) -> Option<Uuid> {
    (item.kind == kind).then_some(item.id)
}

/// Creates an alias.
///
/// # Errors
/// `SOURCE_UNKNOWN`, `ALIAS_INVALID`, `ALREADY_EXISTS`, `REFERENCE_INVALID`, `FORBIDDEN`; database failures.
pub async fn alias_create(ctx: &OpContext, core: &Core, source: &str, value: &str, item: ItemKey) -> Outcome<Alias> {
    ctx.require(Permission::CatalogManage)?;
    let layouts = Layouts::shipped();
    if !layouts.iter().any(|layout| layout.id() == source) {
        let message = format!("There is no layout `{source}`.");
        return Err(Failure::refused("SOURCE_UNKNOWN", message).at(["input", "source"]));
    }
    let value = value.trim();
    let known = ["id:", "isrc:", "upc:"];
    if !known.iter().any(|prefix| value.strip_prefix(prefix).is_some_and(|key| !key.is_empty())) || value.len() > 200 {
        let message = "An alias is `id:`, `isrc:` or `upc:` and the provider's key.";
        return Err(Failure::refused("ALIAS_INVALID", message).at(["input", "value"]));
    }
    let tx = core.db.tenant(ctx).await?;
    let id = AliasId::new().uuid();
    let row = alias::ActiveModel {
        tenant_id: Set(ctx.tenant_id.uuid()),
        id: Set(id),
        source: Set(source.to_owned()),
        value: Set(value.to_owned()),
        recording_id: Set(of(&item, ItemKind::Recording)),
        work_id: Set(of(&item, ItemKind::Work)),
        release_id: Set(of(&item, ItemKind::Release)),
        created_by: Set(ctx.actor.label()),
        created_at: Set(ctx.now),
    };
    alias::Entity::insert(row).exec_without_returning(&tx).await.or_fail()?;
    saved!(ctx, tx, alias, id, "alias.create", "ALIAS")
}

/// Deletes an alias; what was matched by it stays matched.
///
/// # Errors
/// `NOT_FOUND`, `FORBIDDEN`; database failures.
pub async fn alias_delete(ctx: &OpContext, core: &Core, id: AliasId) -> Outcome<AliasId> {
    ctx.require(Permission::CatalogManage)?;
    let tx = core.db.tenant(ctx).await?;
    let gone = alias::Entity::delete_many()
        .filter(alias::Column::TenantId.eq(ctx.tenant_id.uuid()))
        .filter(alias::Column::Id.eq(id.uuid()))
        .exec(&tx)
        .await
        .or_fail()?;
    if gone.rows_affected == 0 {
        return Err(Failure::not_found("NOT_FOUND", "There is no such alias.").at(["input", "id"]));
    }
    note(ctx, &tx, "alias.delete", "ALIAS", id.uuid()).await?;
    tx.commit().await?;
    Ok(id)
}
