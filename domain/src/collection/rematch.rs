//! What waits is looked at again when the catalogue has changed: the same identifiers in the same order as at import.
//! Titles decide nothing here either.

use chrono::{DateTime, Utc};
use kernel::codes::{Isrc, Iswc, ItemKind, Upc};
use kernel::context::OpContext;
use kernel::failure::{Failure, Outcome};
use platform::audit::{self, Change};
use platform::db::{OrFail, TenantTx, sql};
use platform::events::outbox;
use platform::jobs::{self, Job, JobFailure, JobOptions, JobPayload, JobRegistry};
use sea_orm::{ConnectionTrait, FromQueryResult};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use crate::Core;

/// Groups looked at in one transaction.
const CHUNK: i64 = 2_000;

/// The job that looks at suspense again.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Rematch {}

impl JobPayload for Rematch {
    const NAME: &'static str = "suspense.rematch";
}

/// Registers the job.
pub(super) fn register(registry: JobRegistry, core: &Core) -> JobRegistry {
    let core = core.clone();
    registry.on::<Rematch, _, _>(move |job: Job, _payload| {
        let core = core.clone();
        async move { run(&core, &job.ctx).await.map_err(JobFailure::Retry) }
    })
}

/// Has suspense looked at again after the caller's transaction; asked for several times before it runs, it runs once.
///
/// # Errors
/// Database failures.
pub async fn enqueue(tx: &TenantTx) -> Outcome<()> {
    let options = JobOptions { job_key: Some("suspense.rematch".to_owned()), ..JobOptions::default() };
    jobs::enqueue(tx, &Rematch {}, options).await
}

/// Whether the catalogue or the aliases have got something since a moment.
pub(super) async fn has_grown(tx: &TenantTx, since: DateTime<Utc>) -> Outcome<bool> {
    let row = tx
        .query_one_raw(sql(
            "SELECT EXISTS (SELECT 1 FROM recording WHERE tenant_id = $1 AND created_at >= $2)
                 OR EXISTS (SELECT 1 FROM release WHERE tenant_id = $1 AND created_at >= $2)
                 OR EXISTS (SELECT 1 FROM work WHERE tenant_id = $1 AND created_at >= $2)
                 OR EXISTS (SELECT 1 FROM alias WHERE tenant_id = $1 AND created_at >= $2) AS grown",
            [tx.tenant_id().uuid().into(), since.into()],
        ))
        .await
        .or_fail()?;
    row.ok_or_else(|| Failure::internal("EXISTS answers nothing"))?.try_get("", "grown").or_fail()
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    source_key: String,
    item_kind: Option<i16>,
    item_id: Option<Uuid>,
}

async fn run(core: &Core, ctx: &OpContext) -> Outcome<()> {
    let mut after = Uuid::nil();
    let mut matched = 0_usize;
    loop {
        let tx = core.db.tenant(ctx).await?;
        let rows = waiting(&tx, after).await?;
        let Some(last) = rows.last() else { break };
        after = last.id;
        for row in &rows {
            let (Some(kind), Some(item)) = (row.item_kind.and_then(ItemKind::from_number), row.item_id) else {
                continue;
            };
            if !is_well_formed(&row.source_key) {
                continue;
            }
            resolve(&tx, ctx, row, kind, item).await?;
            matched += 1;
        }
        tx.commit().await?;
    }
    if matched > 0 {
        let tx = core.db.tenant(ctx).await?;
        outbox::write(&tx, "suspense.rematched", &json!({ "groups": matched })).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Open groups with the item that their key names today: an alias of the source first, then ISRC, ISWC, UPC.
async fn waiting(tx: &TenantTx, after: Uuid) -> Outcome<Vec<Row>> {
    Row::find_by_statement(sql(
        "SELECT g.id, g.source_key,
                CASE WHEN a.id IS NOT NULL
                     THEN CASE WHEN a.recording_id IS NOT NULL THEN $4 WHEN a.work_id IS NOT NULL THEN $5 ELSE $6 END
                     WHEN r.id IS NOT NULL THEN $4 WHEN w.id IS NOT NULL THEN $5 WHEN l.id IS NOT NULL THEN $6
                END AS item_kind,
                coalesce(a.recording_id, a.work_id, a.release_id, r.id, w.id, l.id) AS item_id
           FROM suspense_group g
           LEFT JOIN alias a ON a.tenant_id = $1 AND a.source = g.source AND a.value = g.source_key
                            AND g.source_key NOT LIKE 'damaged:%'
           LEFT JOIN recording r ON r.tenant_id = $1 AND g.source_key LIKE 'isrc:%'
                                AND r.isrc = substr(g.source_key, 6)
           LEFT JOIN work w ON w.tenant_id = $1 AND g.source_key LIKE 'iswc:%' AND w.iswc = substr(g.source_key, 6)
           LEFT JOIN release l ON l.tenant_id = $1 AND g.source_key LIKE 'upc:%' AND l.upc = substr(g.source_key, 5)
          WHERE g.tenant_id = $1 AND g.state = 'OPEN' AND g.id > $2
          ORDER BY g.id LIMIT $3 FOR UPDATE OF g",
        [
            tx.tenant_id().uuid().into(),
            after.into(),
            CHUNK.into(),
            ItemKind::Recording.number().into(),
            ItemKind::Work.number().into(),
            ItemKind::Release.number().into(),
        ],
    ))
    .all(tx)
    .await
    .or_fail()
}

/// Keys of the standard schemes name one thing only when they are well formed; other keys are the source's own.
fn is_well_formed(key: &str) -> bool {
    match key.split_once(':') {
        Some(("isrc", text)) => Isrc::parse(text).is_ok(),
        Some(("iswc", text)) => Iswc::parse(text).is_ok(),
        Some(("upc", text)) => Upc::parse(text).is_ok(),
        Some(("damaged", _)) => false,
        _ => true,
    }
}

async fn resolve(tx: &TenantTx, ctx: &OpContext, row: &Row, kind: ItemKind, item: Uuid) -> Outcome<()> {
    let done = tx
        .execute_raw(sql(
            "UPDATE suspense_group SET state = 'RESOLVED', item_kind = $3, item_id = $4, resolved_by = $5, resolved_at = $6
              WHERE tenant_id = $1 AND id = $2 AND state = 'OPEN'",
            [
                tx.tenant_id().uuid().into(),
                row.id.into(),
                kind.number().into(),
                item.into(),
                ctx.actor.label().into(),
                ctx.now.into(),
            ],
        ))
        .await
        .or_fail()?;
    if done.rows_affected() != 1 {
        return Err(Failure::internal("a locked group has changed"));
    }
    let change = Change {
        action: "suspense.rematch",
        entity_kind: "SUSPENSE_GROUP",
        entity_id: row.id,
        before: Some(json!({ "sourceKey": row.source_key })),
        after: Some(json!({ "itemKind": kind, "itemId": item })),
    };
    audit::record(tx, ctx, change).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::is_well_formed;

    #[test]
    fn damaged_identifiers_match_nothing() {
        assert!(is_well_formed("isrc:QZFAK2600001"));
        assert!(is_well_formed("id:spotify:track:1"));
        assert!(is_well_formed("title:First Light|The Quiet Testers"));
        assert!(!is_well_formed("isrc:QZFAK26"));
        assert!(!is_well_formed("damaged:1,91774E+11"));
    }
}
