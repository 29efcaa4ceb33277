//! Reading the catalogue. Lists are in the order of creation.

use std::collections::HashMap;

use engine::model::ItemKey;
use entity::{alias, catalogue_group, catalogue_group_item, recording, recording_work, release, release_track, work};
use kernel::codes::{Isrc, Iswc, Upc};
use kernel::context::OpContext;
use kernel::failure::Outcome;
use kernel::ids::{GroupId, RecordingId, ReleaseId, WorkId};
use kernel::page::{Page, PageRequest};
use kernel::permission::Permission;
use platform::db::OrFail;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::model::{Alias, CatalogueFilter, Group, Recording, Release, Work, item};
use crate::Core;
use crate::search::contains;

/// What a recording is looked up by.
#[derive(Debug, Clone, Copy)]
pub enum RecordingKey {
    /// The id.
    Id(RecordingId),
    /// The ISRC.
    Isrc(Isrc),
}

/// What a work is looked up by.
#[derive(Debug, Clone)]
pub enum WorkKey {
    /// The id.
    Id(WorkId),
    /// The ISWC.
    Iswc(Iswc),
    /// The tenant's own key.
    Reference(String),
}

/// What a release is looked up by.
#[derive(Debug, Clone, Copy)]
pub enum ReleaseKey {
    /// The id.
    Id(ReleaseId),
    /// The UPC or EAN.
    Upc(Upc),
}

macro_rules! one {
    ($ctx:expr, $core:expr, $module:ident, $condition:expr) => {{
        $ctx.require(Permission::CatalogRead)?;
        let tx = $core.db.tenant_read($ctx).await?;
        let row = $module::Entity::find()
            .filter($module::Column::TenantId.eq($ctx.tenant_id.uuid()))
            .filter($condition)
            .one(&tx)
            .await
            .or_fail()?;
        row.map(TryInto::try_into).transpose()
    }};
}

macro_rules! many {
    ($ctx:expr, $core:expr, $module:ident, $ids:expr) => {{
        $ctx.require(Permission::CatalogRead)?;
        let tx = $core.db.tenant_read($ctx).await?;
        $module::Entity::find()
            .filter($module::Column::TenantId.eq($ctx.tenant_id.uuid()))
            .filter($module::Column::Id.is_in($ids.iter().map(|id| id.uuid())))
            .all(&tx)
            .await
            .or_fail()?
            .into_iter()
            .map(TryInto::try_into)
            .collect()
    }};
}

macro_rules! listed {
    ($ctx:expr, $core:expr, $module:ident, $page:expr, $condition:expr, $row:ty) => {{
        $ctx.require(Permission::CatalogRead)?;
        let tx = $core.db.tenant_read($ctx).await?;
        let mut condition: Condition = $condition.add($module::Column::TenantId.eq($ctx.tenant_id.uuid()));
        if let Some(after) = &$page.after {
            condition = condition.add($module::Column::Id.gt(after.id));
        }
        if let Some(before) = &$page.before {
            condition = condition.add($module::Column::Id.lt(before.id));
        }
        let query = $module::Entity::find().filter(condition).limit($page.size.saturating_add(1));
        let query = if $page.from_end {
            query.order_by_desc($module::Column::Id)
        } else {
            query.order_by_asc($module::Column::Id)
        };
        let rows =
            query.all(&tx).await.or_fail()?.into_iter().map(TryInto::try_into).collect::<Outcome<Vec<$row>>>()?;
        Ok(Page::from_fetched(rows, &$page))
    }};
}

/// One recording; `None` also when it belongs to somebody else.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn recording(ctx: &OpContext, core: &Core, key: RecordingKey) -> Outcome<Option<Recording>> {
    let condition = match key {
        RecordingKey::Id(id) => recording::Column::Id.eq(id.uuid()),
        RecordingKey::Isrc(isrc) => recording::Column::Isrc.eq(isrc.as_str()),
    };
    one!(ctx, core, recording, condition)
}

/// One work.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn work(ctx: &OpContext, core: &Core, key: WorkKey) -> Outcome<Option<Work>> {
    let condition = match key {
        WorkKey::Id(id) => work::Column::Id.eq(id.uuid()),
        WorkKey::Iswc(iswc) => work::Column::Iswc.eq(iswc.as_str()),
        WorkKey::Reference(reference) => work::Column::Reference.eq(reference.trim()),
    };
    one!(ctx, core, work, condition)
}

/// One release.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn release(ctx: &OpContext, core: &Core, key: ReleaseKey) -> Outcome<Option<Release>> {
    let condition = match key {
        ReleaseKey::Id(id) => release::Column::Id.eq(id.uuid()),
        ReleaseKey::Upc(upc) => release::Column::Upc.eq(upc.as_str()),
    };
    one!(ctx, core, release, condition)
}

/// One group.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn group(ctx: &OpContext, core: &Core, id: GroupId) -> Outcome<Option<Group>> {
    one!(ctx, core, catalogue_group, catalogue_group::Column::Id.eq(id.uuid()))
}

/// Several recordings, for batch loading.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn recordings_by_id(ctx: &OpContext, core: &Core, ids: &[RecordingId]) -> Outcome<Vec<Recording>> {
    many!(ctx, core, recording, ids)
}

/// Several works, for batch loading.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn works_by_id(ctx: &OpContext, core: &Core, ids: &[WorkId]) -> Outcome<Vec<Work>> {
    many!(ctx, core, work, ids)
}

/// Several releases, for batch loading.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn releases_by_id(ctx: &OpContext, core: &Core, ids: &[ReleaseId]) -> Outcome<Vec<Release>> {
    many!(ctx, core, release, ids)
}

/// Lists recordings.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn recordings(
    ctx: &OpContext,
    core: &Core,
    filter: CatalogueFilter,
    page: PageRequest,
) -> Outcome<Page<Recording>> {
    let mut condition =
        Condition::all().add(contains([recording::Column::Title, recording::Column::Artist], filter.search.as_deref()));
    if let Some(organisation) = filter.organisation_id {
        condition = condition.add(recording::Column::OrganisationId.eq(organisation.uuid()));
    }
    listed!(ctx, core, recording, page, condition, Recording)
}

/// Lists works.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn works(ctx: &OpContext, core: &Core, filter: CatalogueFilter, page: PageRequest) -> Outcome<Page<Work>> {
    let condition = contains([work::Column::Title, work::Column::Reference], filter.search.as_deref());
    listed!(ctx, core, work, page, condition, Work)
}

/// Lists releases.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn releases(
    ctx: &OpContext,
    core: &Core,
    filter: CatalogueFilter,
    page: PageRequest,
) -> Outcome<Page<Release>> {
    let mut condition =
        Condition::all().add(contains([release::Column::Title, release::Column::Artist], filter.search.as_deref()));
    if let Some(organisation) = filter.organisation_id {
        condition = condition.add(release::Column::OrganisationId.eq(organisation.uuid()));
    }
    listed!(ctx, core, release, page, condition, Release)
}

/// Lists groups.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn groups(ctx: &OpContext, core: &Core, filter: CatalogueFilter, page: PageRequest) -> Outcome<Page<Group>> {
    let condition = contains([catalogue_group::Column::Name], filter.search.as_deref());
    listed!(ctx, core, catalogue_group, page, condition, Group)
}

/// Lists aliases, of one source or of all.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn aliases(ctx: &OpContext, core: &Core, source: Option<String>, page: PageRequest) -> Outcome<Page<Alias>> {
    let mut condition = Condition::all();
    if let Some(source) = source {
        condition = condition.add(alias::Column::Source.eq(source));
    }
    listed!(ctx, core, alias, page, condition, Alias)
}

/// The tracks of releases, by position.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn tracks(
    ctx: &OpContext,
    core: &Core,
    releases: &[ReleaseId],
) -> Outcome<HashMap<ReleaseId, Vec<(i32, RecordingId)>>> {
    ctx.require(Permission::CatalogRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let rows = release_track::Entity::find()
        .filter(release_track::Column::TenantId.eq(ctx.tenant_id.uuid()))
        .filter(release_track::Column::ReleaseId.is_in(releases.iter().map(|id| id.uuid())))
        .order_by_asc(release_track::Column::Position)
        .all(&tx)
        .await
        .or_fail()?;
    let mut found: HashMap<ReleaseId, Vec<(i32, RecordingId)>> = HashMap::new();
    for row in rows {
        found.entry(row.release_id.into()).or_default().push((row.position, row.recording_id.into()));
    }
    Ok(found)
}

/// The items of groups.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn group_items(ctx: &OpContext, core: &Core, groups: &[GroupId]) -> Outcome<HashMap<GroupId, Vec<ItemKey>>> {
    ctx.require(Permission::CatalogRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let rows = catalogue_group_item::Entity::find()
        .filter(catalogue_group_item::Column::TenantId.eq(ctx.tenant_id.uuid()))
        .filter(catalogue_group_item::Column::GroupId.is_in(groups.iter().map(|id| id.uuid())))
        .order_by_asc(catalogue_group_item::Column::Id)
        .all(&tx)
        .await
        .or_fail()?;
    let mut found: HashMap<GroupId, Vec<ItemKey>> = HashMap::new();
    for row in rows {
        if let Some(item) = item(row.recording_id, row.work_id, row.release_id) {
            found.entry(row.group_id.into()).or_default().push(item);
        }
    }
    Ok(found)
}

/// The recordings that embody works.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn recordings_of_works(
    ctx: &OpContext,
    core: &Core,
    works: &[WorkId],
) -> Outcome<HashMap<WorkId, Vec<RecordingId>>> {
    ctx.require(Permission::CatalogRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let rows = recording_work::Entity::find()
        .filter(recording_work::Column::TenantId.eq(ctx.tenant_id.uuid()))
        .filter(recording_work::Column::WorkId.is_in(works.iter().map(|id| id.uuid())))
        .order_by_asc(recording_work::Column::RecordingId)
        .all(&tx)
        .await
        .or_fail()?;
    let mut found: HashMap<WorkId, Vec<RecordingId>> = HashMap::new();
    for row in rows {
        found.entry(row.work_id.into()).or_default().push(row.recording_id.into());
    }
    Ok(found)
}
