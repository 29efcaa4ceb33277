//! Matching lines to catalogue items by identifier: first the source's own aliases, then ISRC, ISWC, UPC.
//!
//! Titles never decide. Damaged identifiers are never matched.

use std::collections::HashMap;

use formats::report::{Coded, ReportLine};
use kernel::codes::{Isrc, Iswc, ItemKind, SuspenseReason, Upc};
use kernel::failure::Outcome;
use platform::db::{OrFail, TenantTx, sql};
use sea_orm::{ConnectionTrait, TryGetable};
use uuid::Uuid;

use super::model::ItemRef;

/// The identifiers of a tenant's catalogue, in memory for the time of one import.
#[derive(Debug, Default)]
pub(super) struct Matcher {
    isrc: HashMap<Isrc, Uuid>,
    iswc: HashMap<Iswc, Uuid>,
    upc: HashMap<Upc, Uuid>,
    aliases: HashMap<String, ItemRef>,
}

impl Matcher {
    /// Reads the identifiers, and the aliases of one source.
    pub(super) async fn load(tx: &TenantTx, source: &str) -> Outcome<Self> {
        let mut matcher = Self::default();
        for (text, id) in pairs(tx, "SELECT isrc, id FROM recording WHERE tenant_id = $1").await? {
            if let Ok(isrc) = Isrc::parse(&text) {
                matcher.isrc.insert(isrc, id);
            }
        }
        for (text, id) in pairs(tx, "SELECT upc, id FROM release WHERE tenant_id = $1").await? {
            if let Ok(upc) = Upc::parse(&text) {
                matcher.upc.insert(upc, id);
            }
        }
        for (text, id) in pairs(tx, "SELECT iswc, id FROM work WHERE tenant_id = $1 AND iswc IS NOT NULL").await? {
            if let Ok(iswc) = Iswc::parse(&text) {
                matcher.iswc.insert(iswc, id);
            }
        }
        let rows = tx
            .query_all_raw(sql(
                "SELECT value, recording_id, work_id, release_id FROM alias WHERE tenant_id = $1 AND source = $2",
                [tx.tenant_id().uuid().into(), source.into()],
            ))
            .await
            .or_fail()?;
        for row in rows {
            let item =
                [("recording_id", ItemKind::Recording), ("work_id", ItemKind::Work), ("release_id", ItemKind::Release)]
                    .into_iter()
                    .find_map(|(column, kind)| {
                        Option::<Uuid>::try_get(&row, "", column).ok().flatten().map(|id| ItemRef { kind, id })
                    });
            if let Some(item) = item {
                matcher
                    .aliases
                    .insert(String::try_get(&row, "", "value").map_err(sea_orm::DbErr::from).or_fail()?, item);
            }
        }
        Ok(matcher)
    }

    /// The item of a line, or why there is none. Writes the key that was used into `key`.
    pub(super) fn find(&self, line: &ReportLine<'_>, key: &mut String) -> Result<ItemRef, SuspenseReason> {
        key.clear();
        write_key(line, key);
        // A damaged identifier may stand for several things: no alias names one of them.
        if !key.starts_with("damaged:")
            && let Some(item) = self.aliases.get(key.as_str())
        {
            return Ok(*item);
        }
        if let Some(id) = line.isrc.valid().and_then(|isrc| self.isrc.get(&isrc)) {
            return Ok(ItemRef { kind: ItemKind::Recording, id: *id });
        }
        if let Some(id) = line.iswc.valid().and_then(|iswc| self.iswc.get(&iswc)) {
            return Ok(ItemRef { kind: ItemKind::Work, id: *id });
        }
        // A UPC names the release; it stands for the line only where no track is named.
        if matches!(line.isrc, Coded::Absent)
            && let Some(id) = line.upc.valid().and_then(|upc| self.upc.get(&upc))
        {
            return Ok(ItemRef { kind: ItemKind::Release, id: *id });
        }
        let damaged = line.isrc.damaged().is_some() || line.iswc.damaged().is_some() || line.upc.damaged().is_some();
        let valid = line.isrc.valid().is_some() || line.iswc.valid().is_some() || line.upc.valid().is_some();
        Err(if damaged && !valid { SuspenseReason::DamagedIdentifier } else { SuspenseReason::NoItem })
    }
}

/// The best identifier of a line as one text: `isrc:…`, `iswc:…`, `upc:…`, `id:…`, else the title and artist as
/// written, so that a person can decide once for all such lines.
fn write_key(line: &ReportLine<'_>, key: &mut String) {
    let mut put = |scheme: &str, value: &str| {
        key.push_str(scheme);
        key.push_str(value);
    };
    if let Some(isrc) = line.isrc.valid() {
        put("isrc:", isrc.as_str());
    } else if let Some(iswc) = line.iswc.valid() {
        put("iswc:", iswc.as_str());
    } else if let (Coded::Absent, Some(upc)) = (&line.isrc, line.upc.valid()) {
        put("upc:", upc.as_str());
    } else if let Some(id) = line.source_item_key {
        put("id:", id);
    } else if let Some(text) = line.isrc.damaged().or(line.iswc.damaged()).or(line.upc.damaged()) {
        put("damaged:", text);
    } else {
        put("title:", line.title.unwrap_or_default());
        put("|", line.artist.unwrap_or_default());
    }
}

async fn pairs(tx: &TenantTx, text: &str) -> Outcome<Vec<(String, Uuid)>> {
    let rows = tx.query_all_raw(sql(text, [tx.tenant_id().uuid().into()])).await.or_fail()?;
    rows.iter()
        .map(|row| {
            let pair: Result<_, sea_orm::DbErr> =
                (|| Ok((row.try_get_by_index::<String>(0)?, row.try_get_by_index::<Uuid>(1)?)))();
            pair.or_fail()
        })
        .collect()
}
