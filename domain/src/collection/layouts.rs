//! A tenant's own layouts: a file is uploaded, its columns are proposed, a person corrects them and sees what they would
//! make of the file, and keeps them. The same engine reads with them as with the shipped ones, and looks among them first.

use std::fs::File;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::tenant_layout::{ActiveModel, Column, Entity, Model};
use formats::layout::{Layout, Layouts};
use formats::propose::{self, Mapping, Preview, Proposal};
use formats::report::{FileError, Supplied};
use kernel::context::OpContext;
use kernel::currency::Currency;
use kernel::failure::{Failure, Outcome};
use kernel::ids::{LayoutId, UploadId};
use kernel::limits::NAME_CHARS;
use kernel::period::Period;
use kernel::permission::Permission;
use platform::audit::{self, Change};
use platform::db::{OrFail, TenantTx};
use platform::events::outbox;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::json;
use tokio::task::spawn_blocking;

use super::import::spool;
use super::upload;
use crate::Core;

/// A layout of the tenant's own.
#[derive(Debug, Clone)]
pub struct OwnLayout {
    /// This version's id.
    pub id: LayoutId,
    /// Its name in data; all versions share it.
    pub key: String,
    /// Counts its versions.
    pub version: i32,
    /// Whether files are read with it.
    pub is_active: bool,
    /// What it says.
    pub mapping: Mapping,
    /// Who saved it.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
}

impl TryFrom<Model> for OwnLayout {
    type Error = Failure;

    fn try_from(row: Model) -> Result<Self, Failure> {
        let mapping = serde_json::from_value(row.mapping).map_err(|error| Failure::internal(error.to_string()))?;
        Ok(Self {
            id: row.id.into(),
            key: row.key,
            version: row.version,
            is_active: row.state == "ACTIVE",
            mapping,
            created_by: row.created_by,
            created_at: row.created_at,
        })
    }
}

/// What a file's columns seem to be, and what they would make of it.
#[derive(Debug, Clone)]
pub struct LayoutProposal {
    /// The proposal.
    pub proposal: Proposal,
    /// What it makes of the file; nothing where the file cannot be read so at all.
    pub preview: Option<Preview>,
}

/// The sample: an upload with its bytes in the store.
async fn sample(ctx: &OpContext, core: &Core, id: UploadId) -> Outcome<(File, String)> {
    let tx = core.db.tenant_read(ctx).await?;
    let row = upload::stored(&tx, id).await?;
    drop(tx);
    Ok((spool(core, &row.object_key).await?, row.file_name))
}

fn failed(error: impl std::fmt::Display) -> Failure {
    Failure::internal(error.to_string())
}

fn refused(error: &FileError) -> Failure {
    Failure::refused("SAMPLE_UNREADABLE", format!("The file cannot be read as a table: {error}.")).at(["uploadId"])
}

/// Where neither file nor layout says a currency or a period, totals are told under `XXX` and the day of the question.
fn assumed(ctx: &OpContext, mapping: &Mapping) -> Supplied {
    let today = ctx.now.date_naive();
    let unsaid = mapping.currency.is_none();
    Supplied { currency: Currency::parse("XXX").ok().filter(|_| unsaid), period: Period::new(today, today) }
}

/// Proposes a layout for an uploaded file.
///
/// # Errors
/// `UPLOAD_UNKNOWN`, `UPLOAD_EMPTY`, `SAMPLE_UNREADABLE`, `FORBIDDEN`; database failures.
pub async fn layout_proposal(ctx: &OpContext, core: &Core, upload_id: UploadId) -> Outcome<LayoutProposal> {
    ctx.require(Permission::ReportManage)?;
    let (file, name) = sample(ctx, core, upload_id).await?;
    let ctx = ctx.clone();
    spawn_blocking(move || {
        let again = file.try_clone().map_err(failed)?;
        let proposal = propose::propose(&name, file).map_err(|error| refused(&error))?;
        let supplied = assumed(&ctx, &proposal.mapping);
        let layout = propose::layout_of(&proposal.mapping).map_err(failed)?;
        let preview = propose::preview(&Arc::new(layout), &name, again, supplied).ok();
        Ok(LayoutProposal { proposal, preview })
    })
    .await
    .map_err(failed)?
}

/// Shows what a mapping would make of an uploaded file: its first fifty lines and all its totals. Nothing is stored.
///
/// # Errors
/// `LAYOUT_INVALID`, `UPLOAD_UNKNOWN`, `UPLOAD_EMPTY`, `SAMPLE_UNREADABLE`, `FORBIDDEN`; database failures.
pub async fn layout_preview(ctx: &OpContext, core: &Core, upload_id: UploadId, mapping: Mapping) -> Outcome<Preview> {
    ctx.require(Permission::ReportManage)?;
    let layout = Arc::new(checked(&mapping)?);
    let (file, name) = sample(ctx, core, upload_id).await?;
    let supplied = assumed(ctx, &mapping);
    spawn_blocking(move || propose::preview(&layout, &name, file, supplied).map_err(|error| refused(&error)))
        .await
        .map_err(failed)?
}

fn checked(mapping: &Mapping) -> Outcome<Layout> {
    let invalid = |message: String| Failure::refused("LAYOUT_INVALID", message).at(["input", "mapping"]);
    for (name, text) in [("provider", &mapping.provider), ("title", &mapping.title)] {
        if text.trim().is_empty() || text.chars().count() > NAME_CHARS {
            return Err(invalid(format!("Its {name} is empty or too long.")));
        }
    }
    propose::layout_of(mapping).map_err(|error| invalid(format!("{error}.")))
}

/// The name in data that a title gets: `own-` and its words.
fn key_of(title: &str) -> String {
    let words = title.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let key: Vec<String> = words.take(8).map(|word| word.to_ascii_lowercase().chars().take(10).collect()).collect();
    if key.is_empty() { "own-layout".to_owned() } else { format!("own-{}", key.join("-")) }
}

/// Keeps a layout. With the key of one that exists it becomes the next version of that one, and the earlier version is
/// read with no more; reports that were read with it still name it.
///
/// # Errors
/// `LAYOUT_INVALID`, `LAYOUT_UNKNOWN`, `FORBIDDEN`; database failures.
pub async fn layout_save(ctx: &OpContext, core: &Core, key: Option<String>, mapping: Mapping) -> Outcome<OwnLayout> {
    ctx.require(Permission::ReportManage)?;
    let tx = core.db.tenant(ctx).await?;
    let wanted = key.clone().unwrap_or_else(|| key_of(&mapping.title));
    let versions = Entity::find()
        .filter(Column::TenantId.eq(ctx.tenant_id.uuid()))
        .filter(Column::Key.eq(wanted.as_str()))
        .order_by_desc(Column::Version)
        .all(&tx)
        .await
        .or_fail()?;
    if key.is_some() && versions.is_empty() {
        return Err(Failure::not_found("LAYOUT_UNKNOWN", "There is no such layout.").at(["input", "key"]));
    }
    let version = versions.first().map_or(1, |row| row.version.saturating_add(1));
    let mapping = Mapping { id: wanted.clone(), version: u32::try_from(version).unwrap_or(u32::MAX), ..mapping };
    checked(&mapping)?;
    retire(&tx, &wanted).await?;
    let id = LayoutId::new();
    let row = ActiveModel {
        tenant_id: Set(ctx.tenant_id.uuid()),
        id: Set(id.uuid()),
        key: Set(wanted.clone()),
        version: Set(version),
        provider: Set(mapping.provider.clone()),
        title: Set(mapping.title.clone()),
        mapping: Set(serde_json::to_value(&mapping).map_err(failed)?),
        state: Set("ACTIVE".to_owned()),
        created_by: Set(ctx.actor.label()),
        created_at: Set(ctx.now),
    };
    Entity::insert(row).exec_without_returning(&tx).await.or_fail()?;
    let after = json!({ "key": wanted, "version": version });
    note(ctx, &tx, "layout.save", id, after).await?;
    outbox::write(&tx, "layout.saved", &json!({ "layoutId": id.to_string() })).await?;
    tx.commit().await?;
    let created_by = ctx.actor.label();
    Ok(OwnLayout { id, key: wanted, version, is_active: true, mapping, created_by, created_at: ctx.now })
}

/// Reads no more files with a layout.
///
/// # Errors
/// `LAYOUT_UNKNOWN`, `FORBIDDEN`; database failures.
pub async fn layout_retire(ctx: &OpContext, core: &Core, id: LayoutId) -> Outcome<OwnLayout> {
    ctx.require(Permission::ReportManage)?;
    let tx = core.db.tenant(ctx).await?;
    let row = Entity::find_by_id((ctx.tenant_id.uuid(), id.uuid())).one(&tx).await.or_fail()?;
    let row =
        row.ok_or_else(|| Failure::not_found("LAYOUT_UNKNOWN", "There is no such layout.").at(["input", "layoutId"]))?;
    retire(&tx, &row.key).await?;
    note(ctx, &tx, "layout.retire", id, json!({ "key": row.key })).await?;
    outbox::write(&tx, "layout.retired", &json!({ "layoutId": id.to_string() })).await?;
    tx.commit().await?;
    OwnLayout::try_from(Model { state: "RETIRED".to_owned(), ..row })
}

async fn retire(tx: &TenantTx, key: &str) -> Outcome<()> {
    Entity::update_many()
        .col_expr(Column::State, Expr::value("RETIRED"))
        .filter(Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(Column::Key.eq(key))
        .filter(Column::State.eq("ACTIVE"))
        .exec(tx)
        .await
        .or_fail()?;
    Ok(())
}

async fn note(
    ctx: &OpContext,
    tx: &TenantTx,
    action: &'static str,
    id: LayoutId,
    after: serde_json::Value,
) -> Outcome<()> {
    let entity_id = id.uuid();
    audit::record(tx, ctx, Change { action, entity_kind: "LAYOUT", entity_id, before: None, after: Some(after) })
        .await?;
    Ok(())
}

/// Lists the tenant's own layouts, those in use first, then by name and version.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn own_layouts(ctx: &OpContext, core: &Core) -> Outcome<Vec<OwnLayout>> {
    ctx.require(Permission::ReportRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let rows = Entity::find()
        .filter(Column::TenantId.eq(ctx.tenant_id.uuid()))
        .order_by_asc(Column::State)
        .order_by_asc(Column::Key)
        .order_by_desc(Column::Version)
        .all(&tx)
        .await
        .or_fail()?;
    rows.into_iter().map(OwnLayout::try_from).collect()
}

/// The layouts of the tenant's own that files are read with; empty when there are none.
pub(super) async fn in_use(tx: &TenantTx) -> Outcome<Layouts> {
    let rows = Entity::find()
        .filter(Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(Column::State.eq("ACTIVE"))
        .all(tx)
        .await
        .or_fail()?;
    let layout = |row: Model| {
        let mapping: Mapping = serde_json::from_value(row.mapping).ok()?;
        // One that an earlier version of the program accepted and this one does not must not stop every import.
        propose::layout_of(&mapping).ok().map(Arc::new)
    };
    Layouts::new(rows.into_iter().filter_map(layout)).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::key_of;

    #[test]
    fn keys_come_from_titles() {
        assert_eq!(key_of("Tonhaus: monthly statement (EUR)"), "own-tonhaus-monthly-statement-eur");
        assert_eq!(key_of("Ежемесячный"), "own-layout");
    }
}
