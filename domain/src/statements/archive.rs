//! All documents of a published batch in one zip, written while it is read: neither memory nor disk grow with it.

use std::io::{self, Write};

use bytes::Bytes;
use entity::statement_document;
use formats::documents::archive::Archive;
use futures::StreamExt as _;
use futures::stream::BoxStream;
use kernel::context::{Actor, OpContext};
use kernel::failure::{Failure, Outcome};
use kernel::ids::{StatementBatchId, StatementId, TenantId};
use kernel::permission::{Permission, PermissionSet};
use platform::db::OrFail;
use platform::storage::{Grant, Purpose};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::batch::find;
use super::model::BatchState;
use super::seal::proofs_of;
use crate::Core;

/// Statements whose files are listed at once.
const PAGE: u64 = 100;
/// Pieces on their way to a client that reads slower than we write.
const PIECES: usize = 16;
/// Size of a piece.
const PIECE_BYTES: usize = 64 * 1024;

fn key(tenant: TenantId, batch: StatementBatchId) -> String {
    format!("{tenant}/statement-batches/{batch}.zip")
}

/// The batch that such a key names.
fn parse_key(tenant: TenantId, key: &str) -> Option<StatementBatchId> {
    let rest = key.strip_prefix(&format!("{tenant}/statement-batches/"))?;
    rest.strip_suffix(".zip")?.parse().ok()
}

/// A short-lived address under which all documents of a published batch and their proofs can be downloaded as one zip.
///
/// # Errors
/// `NOT_FOUND`, `INVALID_STATE` before publication, `FORBIDDEN`; database failures.
pub async fn archive_url(ctx: &OpContext, core: &Core, id: StatementBatchId) -> Outcome<String> {
    ctx.require(Permission::StatementRead)?;
    ctx.require(Permission::OperationRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let batch = find(&tx, id).await?;
    if batch.state != BatchState::Published {
        return Err(Failure::refused("INVALID_STATE", "The batch is not published yet.").at(["input", "id"]));
    }
    let name = format!("statements-{}.zip", batch.accounting_month);
    crate::files::download_url(core, ctx.tenant_id, &key(ctx.tenant_id, id), &name, ctx.now)
}

/// Opens what an archive's address stands for; `None` for any other key.
pub(crate) fn open(core: &Core, grant: &Grant) -> Option<BoxStream<'static, io::Result<Bytes>>> {
    let batch = parse_key(grant.tenant_id, &grant.key).filter(|_| grant.purpose == Purpose::Download)?;
    let ctx = OpContext {
        tenant_id: grant.tenant_id,
        actor: Actor::Operator,
        // What the address allows, and no more.
        permissions: PermissionSet::of(&[Permission::StatementRead]),
        party_scope: None,
        request_id: "archive".to_owned(),
        now: (core.clock)(),
    };
    let (sender, receiver) = mpsc::channel::<io::Result<Bytes>>(PIECES);
    let (core, runtime) = (core.clone(), Handle::current());
    tokio::task::spawn_blocking(move || {
        let pieces = Pieces { sender: sender.clone(), buffer: Vec::with_capacity(PIECE_BYTES) };
        if let Err(error) = write(&core, &ctx, batch, &runtime, pieces) {
            // The client sees a download that breaks off, never a zip that looks whole.
            let _ = sender.blocking_send(Err(error));
        }
    });
    let stream = futures::stream::unfold(receiver, |mut receiver| async {
        receiver.recv().await.map(|piece| (piece, receiver))
    });
    Some(stream.boxed())
}

fn broken(error: impl std::fmt::Display) -> io::Error {
    io::Error::other(error.to_string())
}

fn write(core: &Core, ctx: &OpContext, batch: StatementBatchId, runtime: &Handle, target: Pieces) -> io::Result<()> {
    let mut archive = Archive::new(target);
    let mut after = Uuid::nil();
    loop {
        let files = runtime.block_on(page(core, ctx, batch, after)).map_err(broken)?;
        let Some(last) = files.last() else { break };
        after = last.0;
        let ids: Vec<StatementId> = files.iter().map(|(id, _)| StatementId(*id)).collect();
        let mut proofs = runtime.block_on(proofs_of(ctx, core, &ids)).map_err(broken)?;
        for (id, documents) in files {
            for document in documents {
                let bytes = runtime.block_on(core.storage.get(&document.object_key)).map_err(broken)?;
                archive.add(&document.file_name, &bytes).map_err(broken)?;
            }
            if let Some(proof) = proofs.remove(&StatementId(id)) {
                let name = format!("{}.proof.json", proof.statement.number);
                let json = proof.to_json().map_err(broken)?;
                archive.add(&name, json.as_bytes()).map_err(broken)?;
            }
        }
    }
    archive.finish().map_err(broken)?.end()
}

/// The files of the next statements, statement by statement.
async fn page(
    core: &Core,
    ctx: &OpContext,
    batch: StatementBatchId,
    after: Uuid,
) -> Outcome<Vec<(Uuid, Vec<statement_document::Model>)>> {
    use entity::statement::{Column, Entity};
    let tx = core.db.tenant_read(ctx).await?;
    let ids: Vec<Uuid> = Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::TenantId.eq(ctx.tenant_id.uuid()))
        .filter(Column::BatchId.eq(batch.uuid()))
        .filter(Column::State.eq("PUBLISHED"))
        .filter(Column::Id.gt(after))
        .order_by_asc(Column::Id)
        .limit(PAGE)
        .into_tuple()
        .all(&tx)
        .await
        .or_fail()?;
    let rows = statement_document::Entity::find()
        .filter(statement_document::Column::TenantId.eq(ctx.tenant_id.uuid()))
        .filter(statement_document::Column::StatementId.is_in(ids.clone()))
        .order_by_asc(statement_document::Column::Form)
        .all(&tx)
        .await
        .or_fail()?;
    let mut found: Vec<(Uuid, Vec<statement_document::Model>)> = ids.into_iter().map(|id| (id, Vec::new())).collect();
    for row in rows {
        if let Some((_, files)) = found.iter_mut().find(|(id, _)| *id == row.statement_id) {
            files.push(row);
        }
    }
    Ok(found)
}

/// Hands written bytes to the client, piece by piece.
struct Pieces {
    sender: mpsc::Sender<io::Result<Bytes>>,
    buffer: Vec<u8>,
}

impl Pieces {
    fn send(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let piece = std::mem::replace(&mut self.buffer, Vec::with_capacity(PIECE_BYTES));
        let gone = |_| io::Error::new(io::ErrorKind::BrokenPipe, "the client has gone");
        self.sender.blocking_send(Ok(piece.into())).map_err(gone)
    }

    fn end(mut self) -> io::Result<()> {
        self.send()
    }
}

impl Write for Pieces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= PIECE_BYTES {
            self.send()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_a_batch_of_its_own_tenant_only() {
        let (tenant, other, batch) = (TenantId::new(), TenantId::new(), StatementBatchId::new());
        let name = key(tenant, batch);
        assert_eq!(parse_key(tenant, &name), Some(batch));
        assert_eq!(parse_key(other, &name), None);
        assert_eq!(parse_key(tenant, &format!("{tenant}/statements/{batch}.pdf")), None);
    }
}
