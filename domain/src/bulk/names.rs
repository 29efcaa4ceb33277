//! What the cells of a file may name: everything that exists in the tenant, by its key.

use std::collections::HashMap;

use engine::model::{ItemKey, ItemScope};
use kernel::codes::{Isrc, Iswc, ItemKind, Upc};
use kernel::failure::Outcome;
use platform::db::{OrFail, TenantTx, sql};
use sea_orm::{ConnectionTrait, TryGetable};
use uuid::Uuid;

use super::sheet::Cells;

/// Ids by key.
pub(super) type Keys = HashMap<String, Uuid>;

async fn keys(tx: &TenantTx, query: &str) -> Outcome<Keys> {
    let rows = tx.query_all_raw(sql(query, [tx.tenant_id().uuid().into()])).await.or_fail()?;
    rows.iter()
        .map(|row| {
            let key = String::try_get_by_index(row, 0).map_err(sea_orm::DbErr::from).or_fail()?;
            let id = Uuid::try_get_by_index(row, 1).map_err(sea_orm::DbErr::from).or_fail()?;
            Ok((key, id))
        })
        .collect()
}

/// Organisations by name.
pub(super) async fn organisations(tx: &TenantTx) -> Outcome<Keys> {
    keys(tx, "SELECT name, id FROM organisation WHERE tenant_id = $1").await
}

/// Parties by reference.
pub(super) async fn parties(tx: &TenantTx) -> Outcome<Keys> {
    keys(tx, "SELECT reference, id FROM party WHERE tenant_id = $1").await
}

/// Groups by name.
pub(super) async fn groups(tx: &TenantTx) -> Outcome<Keys> {
    keys(tx, "SELECT name, id FROM catalogue_group WHERE tenant_id = $1").await
}

/// Recordings by ISRC.
pub(super) async fn recordings(tx: &TenantTx) -> Outcome<Keys> {
    keys(tx, "SELECT isrc, id FROM recording WHERE tenant_id = $1").await
}

/// Everything that `item` may name.
#[derive(Debug, Default)]
pub(super) struct Items {
    pub(super) recordings: Keys,
    works: Keys,
    iswcs: Keys,
    releases: Keys,
    groups: Keys,
}

impl Items {
    pub(super) async fn load(tx: &TenantTx) -> Outcome<Self> {
        Ok(Self {
            recordings: recordings(tx).await?,
            works: keys(tx, "SELECT reference, id FROM work WHERE tenant_id = $1").await?,
            iswcs: keys(tx, "SELECT iswc, id FROM work WHERE tenant_id = $1 AND iswc IS NOT NULL").await?,
            releases: keys(tx, "SELECT upc, id FROM release WHERE tenant_id = $1").await?,
            groups: groups(tx).await?,
        })
    }

    /// What `item_kind` and `item` of a row name.
    pub(super) fn scope(&self, cells: &mut Cells<'_>, kind: &str) -> Option<ItemScope> {
        if kind == "ALL" {
            if cells.get("item").is_some() {
                cells.refuse(Some("item"), "NOT_APPLICABLE", "`ALL` names no item.");
                return None;
            }
            return Some(ItemScope::All);
        }
        let text = cells.required("item")?;
        let of = |kind: ItemKind| move |id: &Uuid| ItemScope::Item(ItemKey { kind, id: *id });
        let found = match kind {
            "RECORDING" => {
                let isrc = cells.parsed("item", "INVALID_ISRC", Isrc::parse)?;
                self.recordings.get(isrc.as_str()).map(of(ItemKind::Recording))
            }
            "RELEASE" => {
                let upc = cells.parsed("item", "INVALID_UPC", Upc::parse)?;
                self.releases.get(upc.as_str()).map(of(ItemKind::Release))
            }
            "WORK" => {
                let by_iswc = || Iswc::parse(text).ok().and_then(|iswc| self.iswcs.get(iswc.as_str()));
                self.works.get(text).or_else(by_iswc).map(of(ItemKind::Work))
            }
            _ => self.groups.get(text).map(|id| ItemScope::Group((*id).into())),
        };
        if found.is_none() {
            cells.refuse(Some("item"), "UNKNOWN_ITEM", format!("There is no {} `{text}` here.", kind.to_lowercase()));
        }
        found
    }

    /// What a row names when only items will do.
    pub(super) fn item(&self, cells: &mut Cells<'_>) -> Option<ItemKey> {
        cells.required("item_kind")?;
        let kind = cells.word("item_kind", &["RECORDING", "RELEASE", "WORK"])?;
        match self.scope(cells, kind)? {
            ItemScope::Item(item) => Some(item),
            _ => None,
        }
    }
}

/// The organisation a row names; `Some(None)` when it names none.
pub(super) fn organisation(cells: &mut Cells<'_>, known: &Keys) -> Option<Option<Uuid>> {
    let Some(name) = cells.get("organisation") else { return Some(None) };
    let id = known.get(name).copied();
    if id.is_none() {
        cells.refuse(Some("organisation"), "UNKNOWN_ORGANISATION", format!("There is no organisation `{name}` here."));
    }
    id.map(Some)
}

/// The party a row names.
pub(super) fn party(cells: &mut Cells<'_>, known: &Keys) -> Option<Uuid> {
    let reference = cells.required("party")?;
    let id = known.get(reference).copied();
    if id.is_none() {
        cells.refuse(Some("party"), "UNKNOWN_PARTY", format!("There is no rights holder `{reference}` here."));
    }
    id
}
