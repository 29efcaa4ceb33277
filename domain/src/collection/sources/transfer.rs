//! One file on its way from the provider into the store, in constant memory.

use kernel::context::OpContext;
use kernel::failure::{Failure, Outcome};
use kernel::ids::{SourceFileId, SourceId, SourceRunId};
use kernel::limits::{NAME_CHARS, UPLOAD_BYTES};
use tokio::io::AsyncWriteExt;

use super::files::{self, Arrived};
use super::port::{RemoteFile, Session};
use crate::Core;

/// Bytes between the provider and the store.
const PIPE_BYTES: usize = 256 * 1024;

/// Fetches a file and writes it into the ledger. `false` when there was nothing new after all.
///
/// # Errors
/// The failures of the session; `SOURCE_FILE_INCOMPLETE` when less or more came than was listed; failures of the store
/// and of the database. Nothing is kept of a file that did not come whole.
pub(super) async fn fetch(
    core: &Core,
    ctx: &OpContext,
    session: &mut dyn Session,
    remote: &RemoteFile,
    (source, run): (SourceId, SourceRunId),
) -> Outcome<bool> {
    let id = SourceFileId::new();
    let object_key = format!("{}/sources/{id}", ctx.tenant_id);
    let (mut inlet, outlet) = tokio::io::duplex(PIPE_BYTES);
    let storing = core.storage.put_stream(&object_key, outlet, UPLOAD_BYTES);
    let fetching = async {
        let fetched = session.fetch(remote, &mut inlet).await;
        // The store must not take a broken file for a whole one: it is thrown away below.
        let _ = inlet.shutdown().await;
        drop(inlet);
        fetched
    };
    let (fetched, stored) = tokio::join!(fetching, storing);
    // When the store has refused, the session only sees a pipe that was closed.
    let kept = stored.and_then(|stored| fetched.map(|fetched| (fetched, stored)));
    let kept = kept.and_then(|(fetched, stored)| match remote.size {
        Some(size) if size != stored.bytes && !fetched.is_empty => Err(Failure::unavailable(
            "SOURCE_FILE_INCOMPLETE",
            format!(
                "`{}` is listed with {size} bytes, but {} came. It may still be written.",
                remote.key, stored.bytes
            ),
        )),
        _ => Ok((fetched, stored)),
    });
    let (fetched, stored) = match kept {
        Ok((fetched, _)) if fetched.is_empty => {
            core.storage.delete(&object_key).await?;
            return Ok(false);
        }
        Ok(kept) => kept,
        Err(failure) => {
            if let Err(error) = core.storage.delete(&object_key).await {
                tracing::warn!(%error, "the rest of a broken transfer could not be removed");
            }
            return Err(failure);
        }
    };
    let name = plain(fetched.file_name.as_deref().unwrap_or(&remote.name));
    let tx = core.db.tenant(ctx).await?;
    let file = Arrived {
        id,
        source,
        run,
        remote,
        file_name: &name,
        object_key: &object_key,
        stored,
        position: fetched.position.as_ref(),
    };
    if files::arrived(&tx, &file, (core.clock)()).await? {
        tx.commit().await?;
        return Ok(true);
    }
    tx.rollback().await?;
    core.storage.delete(&object_key).await?;
    Ok(false)
}

/// The plain name of a file, however the provider writes it.
pub(super) fn plain(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept: String = last.chars().filter(|c| !c.is_control()).take(NAME_CHARS).collect();
    if kept.trim().is_empty() { "report".to_owned() } else { kept }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn a_name_has_no_folder() {
        for (name, kept) in [("a/b.csv", "b.csv"), ("..\\x.tsv", "x.tsv"), ("", "report"), ("a\0\n.csv", "a.csv")] {
            assert_eq!(plain(name), kept);
        }
    }
}
