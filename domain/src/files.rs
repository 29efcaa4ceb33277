//! Bytes in and out, by short-lived signed addresses. Who holds the token may do what it says; the permission was
//! checked when it was given.

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use entity::staged_upload::{Column, Entity};
use futures::stream::BoxStream;
use kernel::context::{Actor, OpContext};
use kernel::failure::{Failure, Outcome};
use kernel::ids::TenantId;
use kernel::limits::{SIGNED_URL_SECONDS, UPLOAD_BYTES};
use kernel::permission::PermissionSet;
use platform::db::OrFail;
use platform::storage::{Grant, Purpose, Stored};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use tokio::io::AsyncRead;

use crate::{Core, collection, statements};

/// A file on its way to somebody.
pub struct Download {
    /// The name it is saved under.
    pub file_name: String,
    /// Its size in bytes; none for what is made while it is read.
    pub bytes: Option<u64>,
    /// Its content.
    pub content: BoxStream<'static, std::io::Result<Bytes>>,
}

fn lifetime() -> TimeDelta {
    TimeDelta::seconds(i64::try_from(SIGNED_URL_SECONDS).unwrap_or(i64::MAX))
}

/// The address under which a stored file can be read for [`SIGNED_URL_SECONDS`]. The caller has checked the
/// permission.
///
/// # Errors
/// `INTERNAL` when the grant cannot be written down.
pub fn download_url(core: &Core, tenant: TenantId, key: &str, file_name: &str, now: DateTime<Utc>) -> Outcome<String> {
    let token = core.storage.sign(&Grant {
        tenant_id: tenant,
        key: key.to_owned(),
        purpose: Purpose::Download,
        expires_at: now + lifetime(),
        max_bytes: None,
        file_name: Some(file_name.to_owned()),
    })?;
    Ok(format!("{}/downloads/{token}", core.public_url))
}

/// Takes the bytes of a staged upload, in constant memory.
///
/// # Errors
/// `LINK_INVALID`, `LINK_EXPIRED`, `UPLOAD_UNKNOWN` (no upload waits there, or it has its bytes already),
/// `UPLOAD_TOO_LARGE`, `UPLOAD_BROKEN`; file store and database failures.
pub async fn receive(
    core: &Core,
    token: &str,
    content: impl AsyncRead + Send + Unpin,
    request_id: &str,
) -> Outcome<Stored> {
    let now = (core.clock)();
    let grant = core.storage.verify(token, Purpose::Upload, now)?;
    let ctx = OpContext {
        tenant_id: grant.tenant_id,
        actor: Actor::Operator,
        permissions: PermissionSet::EMPTY,
        party_scope: None,
        request_id: request_id.to_owned(),
        now,
    };
    // Asked before anything is written: bytes that are there must not be overwritten.
    if !waits(core, &ctx, &grant.key).await? {
        return Err(Failure::not_found("UPLOAD_UNKNOWN", "No upload waits at this address."));
    }
    let stored = core.storage.put_stream(&grant.key, content, grant.max_bytes.unwrap_or(UPLOAD_BYTES)).await?;
    collection::upload_stored(&ctx, core, &grant.key, stored.bytes, stored.blake3).await?;
    Ok(stored)
}

async fn waits(core: &Core, ctx: &OpContext, key: &str) -> Outcome<bool> {
    let tx = core.db.tenant_read(ctx).await?;
    let row = Entity::find()
        .filter(Column::TenantId.eq(ctx.tenant_id.uuid()))
        .filter(Column::ObjectKey.eq(key))
        .filter(Column::State.eq("WAITING"))
        .one(&tx)
        .await
        .or_fail()?;
    Ok(row.is_some())
}

/// Opens a stored file for reading.
///
/// # Errors
/// `LINK_INVALID`, `LINK_EXPIRED`, `FILE_NOT_FOUND`; file store failures.
pub async fn open_download(core: &Core, token: &str) -> Outcome<Download> {
    let grant = core.storage.verify(token, Purpose::Download, (core.clock)())?;
    let file_name = grant.file_name.clone().unwrap_or_else(|| "file".to_owned());
    if let Some(content) = statements::open_archive(core, &grant) {
        return Ok(Download { file_name, bytes: None, content });
    }
    let bytes = core
        .storage
        .size(&grant.key)
        .await?
        .ok_or_else(|| Failure::not_found("FILE_NOT_FOUND", "There is no such file."))?;
    let content = core.storage.get_stream(&grant.key).await?;
    Ok(Download { file_name, bytes: Some(bytes), content })
}
