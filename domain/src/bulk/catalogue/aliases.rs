//! `aliases.csv`.

use std::collections::{HashMap, HashSet};

use entity::alias;
use formats::layout::Layouts;
use kernel::codes::ItemKind;
use kernel::failure::Outcome;
use kernel::ids::AliasId;
use platform::db::{OrFail, TenantTx};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};
use uuid::Uuid;

use crate::bulk::model::Tally;
use crate::bulk::names::Items;
use crate::bulk::sheet::{Cells, Column, Sheet};
use crate::rights::store::CHUNK;

pub(in crate::bulk) const COLUMNS: &[Column] =
    &[("source", true), ("alias", true), ("item_kind", true), ("item", true)];

/// The provider's key as matching sees it.
fn value(cells: &mut Cells<'_>) -> Option<String> {
    cells.required("alias");
    let text = cells.text("alias", 200)?;
    let known = ["id:", "isrc:", "upc:"]
        .iter()
        .any(|prefix| text.strip_prefix(prefix).is_some_and(|key| !key.trim().is_empty()));
    if !known {
        let message = format!("`{text}` does not begin with `id:`, `isrc:` or `upc:` and the provider's key.");
        cells.refuse(Some("alias"), "UNKNOWN_VALUE", message);
        return None;
    }
    Some(text)
}

pub(in crate::bulk) async fn import(tx: &TenantTx, sheet: &Sheet, tally: &mut Tally) -> Outcome<()> {
    let tenant = tx.tenant_id().uuid();
    let items = Items::load(tx).await?;
    let layouts = Layouts::shipped();
    let sources: HashSet<String> = layouts.iter().map(|layout| layout.id().to_owned()).collect();
    let mut known: HashMap<(String, String), Uuid> = alias::Entity::find()
        .filter(alias::Column::TenantId.eq(tenant))
        .all(tx)
        .await
        .or_fail()?
        .into_iter()
        .filter_map(|row| Some(((row.source, row.value), row.recording_id.or(row.work_id).or(row.release_id)?)))
        .collect();
    let mut seen = HashSet::new();
    let mut added = Vec::new();
    for row in &sheet.rows {
        let mut cells = sheet.cells(row);
        let source = cells.required("source").map(str::to_owned);
        if let Some(source) = source.as_ref().filter(|source| !sources.contains(*source)) {
            cells.refuse(Some("source"), "UNKNOWN_SOURCE", format!("There is no layout `{source}`."));
        }
        let value = value(&mut cells);
        let item = items.item(&mut cells);
        if let (Some(source), Some(value), Some(item), true) = (source, value, item, cells.found.is_empty()) {
            let key = (source.clone(), value.clone());
            let of = |kind: ItemKind| (item.kind == kind).then_some(item.id);
            if !seen.insert(key.clone()) {
                cells.refuse(Some("alias"), "DUPLICATE_KEY", "The alias stands on an earlier row of this source too.");
            } else if let Some(owner) = known.get(&key) {
                if *owner == item.id {
                    tally.unchanged += 1;
                } else {
                    cells.refuse(Some("alias"), "ALIAS_TAKEN", "The alias means another item at this source.");
                }
            } else {
                tally.created += 1;
                known.insert(key, item.id);
                added.push(alias::Model {
                    tenant_id: tenant,
                    id: AliasId::new().uuid(),
                    source,
                    value,
                    recording_id: of(ItemKind::Recording),
                    work_id: of(ItemKind::Work),
                    release_id: of(ItemKind::Release),
                    created_by: tx.actor().label(),
                    created_at: tx.now(),
                });
            }
        }
        tally.refusals.append(&mut cells.found);
    }
    for chunk in added.chunks(CHUNK) {
        let chunk: Vec<alias::ActiveModel> =
            chunk.iter().cloned().map(|row: alias::Model| row.into_active_model().reset_all()).collect();
        alias::Entity::insert_many(chunk).exec_without_returning(tx).await.or_fail()?;
    }
    Ok(())
}
