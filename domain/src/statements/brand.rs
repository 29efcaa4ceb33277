//! Logos of statements.

use std::collections::HashSet;

use entity::brand_logo::{ActiveModel, Column, Entity};
use formats::documents::{Assets, LOGO_BYTES, Logo};
use kernel::context::OpContext;
use kernel::failure::{Failure, Outcome};
use kernel::ids::UploadId;
use kernel::permission::Permission;
use platform::audit::{self, Change};
use platform::db::{OrFail, TenantTx};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use serde_json::json;
use tokio::task::spawn_blocking;

use crate::Core;
use crate::collection::consume_upload;

/// A logo that was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrandLogo {
    /// Its name: BLAKE3 of the kept picture, in hexadecimal.
    pub hash: String,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

/// Makes a logo of an uploaded picture: decoded within limits, written again as PNG. The same picture is kept once.
///
/// # Errors
/// `LOGO_INVALID` with the reason; `UPLOAD_UNKNOWN`, `UPLOAD_EMPTY`, `FORBIDDEN`; database and file store failures.
pub async fn brand_logo_add(ctx: &OpContext, core: &Core, upload: UploadId) -> Outcome<BrandLogo> {
    ctx.require(Permission::SettingManage)?;
    let invalid = |reason: String| Failure::refused("LOGO_INVALID", reason).at(["input", "uploadId"]);
    let tx = core.db.tenant(ctx).await?;
    let file = consume_upload(&tx, upload).await?;
    let size = file.byte_size.unwrap_or_default();
    if usize::try_from(size).map_or(true, |size| size > LOGO_BYTES) {
        return Err(invalid(format!("The file has {size} bytes; a logo has at most {LOGO_BYTES}.")));
    }
    // Read before anything of the transaction is kept; small, and of our own store.
    let bytes = core.storage.get(&file.object_key).await?;
    let logo = spawn_blocking(move || Logo::read(&bytes))
        .await
        .map_err(|error| Failure::internal(error.to_string()))?
        .map_err(|error| invalid(format!("{error}.")))?;
    let hash = logo.hash();
    let made = BrandLogo { hash: hex::encode(hash), width: logo.width, height: logo.height };
    let side = |pixels: u32| i32::try_from(pixels).map_err(|_| Failure::internal("the side of a logo"));
    let row = ActiveModel {
        tenant_id: Set(ctx.tenant_id.uuid()),
        hash: Set(hash.to_vec()),
        width: Set(side(logo.width)?),
        height: Set(side(logo.height)?),
        png: Set(logo.png),
        created_by: Set(ctx.actor.label()),
        created_at: Set(ctx.now),
    };
    Entity::insert(row)
        .on_conflict(OnConflict::columns([Column::TenantId, Column::Hash]).do_nothing().to_owned())
        .exec_without_returning(&tx)
        .await
        .or_fail()?;
    let change = Change {
        action: "brand_logo.add",
        entity_kind: "TENANT",
        entity_id: ctx.tenant_id.uuid(),
        before: None,
        after: Some(json!({ "hash": made.hash })),
    };
    audit::record(&tx, ctx, change).await?;
    tx.commit().await?;
    Ok(made)
}

/// The names of the tenant's logos.
pub(super) async fn hashes(tx: &TenantTx) -> Outcome<HashSet<String>> {
    let rows: Vec<Vec<u8>> = Entity::find()
        .select_only()
        .column(Column::Hash)
        .filter(Column::TenantId.eq(tx.tenant_id().uuid()))
        .into_tuple()
        .all(tx)
        .await
        .or_fail()?;
    Ok(rows.into_iter().map(hex::encode).collect())
}

/// The pictures that documents name.
pub(super) async fn assets(tx: &TenantTx, logos: impl IntoIterator<Item = String>) -> Outcome<Assets> {
    let wanted: HashSet<Vec<u8>> = logos.into_iter().filter_map(|hash| hex::decode(hash).ok()).collect();
    let mut assets = Assets::default();
    if wanted.is_empty() {
        return Ok(assets);
    }
    let rows = Entity::find()
        .filter(Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(Column::Hash.is_in(wanted))
        .all(tx)
        .await
        .or_fail()?;
    for row in rows {
        assets.add_logo(hex::encode(&row.hash), row.png);
    }
    Ok(assets)
}

/// The logo that a stored document names.
pub(super) fn logo_of(document: &serde_json::Value) -> Option<String> {
    document["issuer"]["logo"].as_str().map(str::to_owned)
}
