//! `groups.csv`: a group comes into being with its first row; rows only add.

use std::collections::HashSet;

use engine::model::ItemKey;
use entity::{catalogue_group, catalogue_group_item};
use kernel::codes::ItemKind;
use kernel::failure::Outcome;
use kernel::ids::GroupId;
use kernel::limits::NAME_CHARS;
use platform::db::{OrFail, TenantTx};
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};
use uuid::Uuid;

use crate::bulk::model::Tally;
use crate::bulk::names::{self, Items};
use crate::bulk::sheet::{Column, Sheet};
use crate::rights::store::CHUNK;

pub(in crate::bulk) const COLUMNS: &[Column] = &[("group", true), ("item_kind", true), ("item", true)];

pub(in crate::bulk) async fn import(tx: &TenantTx, sheet: &Sheet, tally: &mut Tally) -> Outcome<()> {
    let tenant = tx.tenant_id().uuid();
    let items = Items::load(tx).await?;
    let mut groups = names::groups(tx).await?;
    let mut members: HashSet<(Uuid, Uuid)> = catalogue_group_item::Entity::find()
        .filter(catalogue_group_item::Column::TenantId.eq(tenant))
        .all(tx)
        .await
        .or_fail()?
        .into_iter()
        .filter_map(|row| Some((row.group_id, row.recording_id.or(row.work_id).or(row.release_id)?)))
        .collect();
    let mut seen = HashSet::new();
    let (mut created, mut added) = (Vec::new(), Vec::new());
    for row in &sheet.rows {
        let mut cells = sheet.cells(row);
        let name = cells.required_text("group", NAME_CHARS);
        let item = items.item(&mut cells);
        if let (Some(name), Some(item), true) = (name, item, cells.found.is_empty()) {
            let group = *groups.entry(name.clone()).or_insert_with(|| {
                let id = GroupId::new().uuid();
                created.push(catalogue_group::Model { tenant_id: tenant, id, name, version: 1, created_at: tx.now() });
                id
            });
            if !seen.insert((group, item.id)) {
                cells.refuse(Some("item"), "DUPLICATE_KEY", "The item stands in this group on an earlier row too.");
            } else if members.insert((group, item.id)) {
                tally.created += 1;
                added.push(member(tenant, group, item));
            } else {
                tally.unchanged += 1;
            }
        }
        tally.refusals.append(&mut cells.found);
    }
    for chunk in created.chunks(CHUNK) {
        let chunk: Vec<catalogue_group::ActiveModel> =
            chunk.iter().cloned().map(|row: catalogue_group::Model| row.into_active_model().reset_all()).collect();
        catalogue_group::Entity::insert_many(chunk).exec_without_returning(tx).await.or_fail()?;
    }
    for chunk in added.chunks(CHUNK) {
        let chunk: Vec<catalogue_group_item::ActiveModel> =
            chunk.iter().cloned().map(|row: catalogue_group_item::Model| row.into_active_model().reset_all()).collect();
        catalogue_group_item::Entity::insert_many(chunk).exec_without_returning(tx).await.or_fail()?;
    }
    Ok(())
}

fn member(tenant_id: Uuid, group_id: Uuid, item: ItemKey) -> catalogue_group_item::Model {
    let of = |kind: ItemKind| (item.kind == kind).then_some(item.id);
    catalogue_group_item::Model {
        tenant_id,
        // Nothing refers to a membership; its id is a group id like any other UUID of this version.
        id: GroupId::new().uuid(),
        group_id,
        recording_id: of(ItemKind::Recording),
        work_id: of(ItemKind::Work),
        release_id: of(ItemKind::Release),
    }
}
