//! Staged uploads: an address first, then the bytes, then something is made of them.

use chrono::Duration;
use entity::staged_upload::{ActiveModel, Column, Entity, Model};
use kernel::context::OpContext;
use kernel::failure::{Failure, Outcome};
use kernel::ids::UploadId;
use kernel::limits::{NAME_CHARS, SIGNED_URL_SECONDS, UPLOAD_BYTES};
use kernel::permission::Permission;
use platform::db::{OrFail, TenantTx};
use platform::storage::{Grant, Purpose};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::model::{NewUpload, StagedUpload, UploadState};
use crate::Core;

impl From<Model> for StagedUpload {
    fn from(row: Model) -> Self {
        Self {
            id: row.id.into(),
            file_name: row.file_name,
            state: match row.state.as_str() {
                "WAITING" => UploadState::Waiting,
                "STORED" => UploadState::Stored,
                _ => UploadState::Consumed,
            },
            byte_size: row.byte_size.and_then(|size| u64::try_from(size).ok()),
            content_hash: row.content_hash,
            url: None,
            expires_at: row.expires_at,
        }
    }
}

/// Anybody who may bring in reports, catalogue or contracts may upload.
fn require_upload(ctx: &OpContext) -> Outcome<()> {
    ctx.require(Permission::ReportManage)
        .or_else(|_| ctx.require(Permission::CatalogManage))
        .or_else(|_| ctx.require(Permission::ContractManage))
}

/// Gives an address to PUT a file to.
///
/// # Errors
/// `FILE_NAME_INVALID`, `FILE_TOO_LARGE`, `FORBIDDEN`; database failures.
pub async fn staged_upload_create(ctx: &OpContext, core: &Core, input: NewUpload) -> Outcome<StagedUpload> {
    require_upload(ctx)?;
    let file_name = input.file_name.trim().to_owned();
    if file_name.is_empty() || file_name.chars().count() > NAME_CHARS || file_name.contains(['/', '\\', '\0']) {
        return Err(Failure::refused("FILE_NAME_INVALID", "Give the plain name of the file, without a folder.")
            .at(["input", "fileName"]));
    }
    if input.byte_size == 0 || input.byte_size > UPLOAD_BYTES {
        return Err(Failure::refused(
            "FILE_TOO_LARGE",
            format!("A file has between 1 and {UPLOAD_BYTES} bytes, not {}.", input.byte_size),
        )
        .at(["input", "byteSize"]));
    }
    let id = UploadId::new();
    let object_key = format!("{}/uploads/{id}", ctx.tenant_id);
    let lifetime = Duration::seconds(i64::try_from(SIGNED_URL_SECONDS).unwrap_or(i64::MAX));
    let expires_at = ctx.now + lifetime;
    let tx = core.db.tenant(ctx).await?;
    let row = ActiveModel {
        tenant_id: Set(ctx.tenant_id.uuid()),
        id: Set(id.uuid()),
        file_name: Set(file_name.clone()),
        object_key: Set(object_key.clone()),
        byte_size: Set(None),
        content_hash: Set(None),
        state: Set(UploadState::Waiting.as_str().to_owned()),
        created_by: Set(ctx.actor.label()),
        created_at: Set(ctx.now),
        expires_at: Set(expires_at),
    };
    Entity::insert(row).exec_without_returning(&tx).await.or_fail()?;
    tx.commit().await?;
    let token = core.storage.sign(&Grant {
        tenant_id: ctx.tenant_id,
        key: object_key,
        purpose: Purpose::Upload,
        expires_at,
        max_bytes: Some(input.byte_size),
        file_name: Some(file_name.clone()),
    })?;
    Ok(StagedUpload {
        id,
        file_name,
        state: UploadState::Waiting,
        byte_size: None,
        content_hash: None,
        url: Some(format!("{}/uploads/{token}", core.public_url)),
        expires_at,
    })
}

/// Notes that the bytes of an upload are in the store. Called by whoever received them, with the object key of
/// the grant; a second upload to the same address is refused.
///
/// # Errors
/// `UPLOAD_UNKNOWN` when nothing waits under the key; database failures.
pub async fn upload_stored(
    ctx: &OpContext,
    core: &Core,
    object_key: &str,
    bytes: u64,
    content_hash: [u8; 32],
) -> Outcome<()> {
    let tx = core.db.tenant(ctx).await?;
    let changed = Entity::update_many()
        .col_expr(Column::State, Expr::value(UploadState::Stored.as_str()))
        .col_expr(Column::ByteSize, Expr::value(i64::try_from(bytes).unwrap_or(i64::MAX)))
        .col_expr(Column::ContentHash, Expr::value(content_hash.to_vec()))
        .filter(Column::TenantId.eq(ctx.tenant_id.uuid()))
        .filter(Column::ObjectKey.eq(object_key))
        .filter(Column::State.eq(UploadState::Waiting.as_str()))
        .exec(&tx)
        .await
        .or_fail()?;
    if changed.rows_affected == 0 {
        return Err(Failure::not_found("UPLOAD_UNKNOWN", "No upload waits at this address."));
    }
    tx.commit().await
}

/// Looks an upload up.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn staged_upload(ctx: &OpContext, core: &Core, id: UploadId) -> Outcome<Option<StagedUpload>> {
    require_upload(ctx)?;
    let tx = core.db.tenant_read(ctx).await?;
    let row = Entity::find_by_id((ctx.tenant_id.uuid(), id.uuid())).one(&tx).await.or_fail()?;
    Ok(row.map(StagedUpload::from))
}

/// An upload with its bytes in the store; the row is marked consumed.
pub(crate) async fn consume(tx: &TenantTx, id: UploadId) -> Outcome<Model> {
    let row = stored(tx, id).await?;
    Entity::update_many()
        .col_expr(Column::State, Expr::value(UploadState::Consumed.as_str()))
        .filter(Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(Column::Id.eq(id.uuid()))
        .exec(tx)
        .await
        .or_fail()?;
    Ok(row)
}

/// An upload with its bytes in the store, ready to make something of.
pub(super) async fn stored(tx: &TenantTx, id: UploadId) -> Outcome<Model> {
    let row =
        Entity::find_by_id((tx.tenant_id().uuid(), id.uuid())).one(tx).await.or_fail()?.ok_or_else(|| {
            Failure::not_found("UPLOAD_UNKNOWN", "There is no such upload.").at(["input", "uploadId"])
        })?;
    if row.state == UploadState::Waiting.as_str() {
        return Err(Failure::refused(
            "UPLOAD_EMPTY",
            "The file has not been uploaded yet: PUT its bytes to the address of the upload first.",
        )
        .at(["input", "uploadId"]));
    }
    Ok(row)
}

/// A file that is in the store already, as an upload of which something is made.
pub(super) async fn keep(
    tx: &TenantTx,
    ctx: &OpContext,
    file_name: &str,
    object_key: &str,
    (byte_size, content_hash): (i64, &[u8]),
) -> Outcome<UploadId> {
    let id = UploadId::new();
    let row = ActiveModel {
        tenant_id: Set(ctx.tenant_id.uuid()),
        id: Set(id.uuid()),
        file_name: Set(file_name.to_owned()),
        object_key: Set(object_key.to_owned()),
        byte_size: Set(Some(byte_size)),
        content_hash: Set(Some(content_hash.to_vec())),
        state: Set(UploadState::Consumed.as_str().to_owned()),
        created_by: Set(ctx.actor.label()),
        created_at: Set(ctx.now),
        expires_at: Set(ctx.now),
    };
    Entity::insert(row).exec_without_returning(tx).await.or_fail()?;
    Ok(id)
}
