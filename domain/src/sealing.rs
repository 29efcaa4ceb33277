//! The keys of secrets at rest, changed in the background: master keys by the operator, data keys by their age.

use kernel::context::OpContext;
use kernel::failure::Outcome;
use platform::audit::{self, Change};
use platform::secrets::SealedTable;
use serde_json::json;

use crate::{Core, collection};

/// Every table with sealed values. One that is not named here keeps its old keys for ever.
pub const SEALED: &[SealedTable] = &[collection::sources::SEALED];

/// How old a data key gets before a new one takes its place.
const DATA_KEY_DAYS: i64 = 90;

/// Values sealed anew in one transaction.
const CHUNK: usize = 100;

/// Which data keys give way to new ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DataKeys {
    /// Those that are old.
    Old,
    /// All of them.
    All,
}

/// What was done for one tenant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Renewal {
    /// Data keys wrapped with the current master key.
    pub wrapped: usize,
    /// Whether the data key gave way to a new one.
    pub retired: bool,
    /// Values sealed with the new data key.
    pub sealed: usize,
}

/// Changes a tenant's keys. May be interrupted anywhere: the next time goes on, and every value opens meanwhile.
///
/// # Errors
/// `INTERNAL` when a value or a key does not open with the configured master keys; database failures.
pub async fn renew(ctx: &OpContext, core: &Core, keys: DataKeys) -> Outcome<Renewal> {
    let tx = core.db.tenant(ctx).await?;
    let before = match keys {
        DataKeys::Old => ctx.now - chrono::TimeDelta::days(DATA_KEY_DAYS),
        DataKeys::All => ctx.now,
    };
    let mut done = Renewal { wrapped: core.vault.rewrap(&tx).await?, ..Renewal::default() };
    done.retired = core.vault.retire(&tx, before).await?;
    if done != Renewal::default() {
        told(&tx, ctx, json!({ "wrapped": done.wrapped, "retired": done.retired })).await?;
    }
    tx.commit().await?;
    for table in SEALED {
        loop {
            let tx = core.db.tenant(ctx).await?;
            let sealed = core.vault.reseal(&tx, ctx, table, CHUNK).await?;
            tx.commit().await?;
            done.sealed += sealed;
            if sealed < CHUNK {
                break;
            }
        }
    }
    Ok(done)
}

async fn told(tx: &platform::db::TenantTx, ctx: &OpContext, after: serde_json::Value) -> Outcome<()> {
    let (entity_kind, entity_id) = ("TENANT", ctx.tenant_id.uuid());
    let change = Change { action: "secret.keys", entity_kind, entity_id, before: None, after: Some(after) };
    audit::record(tx, ctx, change).await.map(|_| ())
}
