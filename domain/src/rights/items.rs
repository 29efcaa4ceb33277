//! Items and groups that participations and terms name: whether they exist, and how a scope lies in columns.

use engine::model::{Group, ItemKey, ItemScope};
use entity::{catalogue_group, catalogue_group_item, party, recording, release, work};
use kernel::codes::ItemKind;
use kernel::failure::{Finding, Outcome};
use kernel::ids::GroupId;
use platform::db::{OrFail, TenantTx};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use uuid::Uuid;

use super::model::VersionFacts;
use engine::model::SplitNode;

/// The four columns of a scope: recording, work, release, group. All empty: the whole catalogue.
pub(super) fn columns(scope: &ItemScope) -> [Option<Uuid>; 4] {
    match scope {
        ItemScope::Item(item) => {
            let of = |kind: ItemKind| (item.kind == kind).then_some(item.id);
            [of(ItemKind::Recording), of(ItemKind::Work), of(ItemKind::Release), None]
        }
        ItemScope::Group(group) => [None, None, None, Some(group.uuid())],
        ItemScope::All => [None; 4],
    }
}

/// The scope of four columns.
pub(super) fn scope(
    recording: Option<Uuid>,
    work: Option<Uuid>,
    release: Option<Uuid>,
    group: Option<Uuid>,
) -> ItemScope {
    let item = |kind: ItemKind| move |id: Uuid| ItemScope::Item(ItemKey { kind, id });
    recording
        .map(item(ItemKind::Recording))
        .or_else(|| work.map(item(ItemKind::Work)))
        .or_else(|| release.map(item(ItemKind::Release)))
        .or_else(|| group.map(|id| ItemScope::Group(id.into())))
        .unwrap_or(ItemScope::All)
}

macro_rules! missing {
    ($tx:expr, $module:ident, $ids:expr) => {{
        let wanted: BTreeSet<Uuid> = $ids;
        let mut known: HashSet<Uuid> = HashSet::new();
        let all: Vec<Uuid> = wanted.iter().copied().collect();
        for chunk in all.chunks(10_000) {
            let rows: Vec<Uuid> = $module::Entity::find()
                .select_only()
                .column($module::Column::Id)
                .filter($module::Column::TenantId.eq($tx.tenant_id().uuid()))
                .filter($module::Column::Id.is_in(chunk.iter().copied()))
                .into_tuple()
                .all($tx)
                .await
                .or_fail()?;
            known.extend(rows);
        }
        wanted.into_iter().filter(|id| !known.contains(id)).collect::<HashSet<Uuid>>()
    }};
}

/// Findings for every item, group and party that a version names and that is not there; paths relative to the version.
///
/// # Errors
/// Database failures.
pub async fn scopes_exist(tx: &TenantTx, facts: &VersionFacts) -> Outcome<Vec<Finding>> {
    let places: Vec<(Vec<String>, ItemScope)> = facts
        .participations
        .iter()
        .enumerate()
        .map(|(index, one)| (vec!["participations".to_owned(), index.to_string(), "items".to_owned()], one.scope))
        .chain(facts.terms.iter().enumerate().map(|(index, one)| {
            let path = ["terms".to_owned(), index.to_string(), "match".to_owned(), "items".to_owned()];
            (path.to_vec(), one.term.matches.scope)
        }))
        .collect();
    let ids = |position: usize| -> BTreeSet<Uuid> {
        places.iter().filter_map(|(_, scope)| columns(scope)[position]).collect()
    };
    let mut absent: HashSet<Uuid> = missing!(tx, recording, ids(0));
    absent.extend(missing!(tx, work, ids(1)));
    absent.extend(missing!(tx, release, ids(2)));
    absent.extend(missing!(tx, catalogue_group, ids(3)));
    let mut found: Vec<Finding> = places
        .into_iter()
        .filter(|(_, scope)| columns(scope).into_iter().flatten().any(|id| absent.contains(&id)))
        .map(|(path, _)| Finding {
            code: "ITEM_UNKNOWN",
            message: "There is no such item or group in the catalogue.".to_owned(),
            path,
        })
        .collect();
    let mut parties = Vec::new();
    payees(&facts.splits, &mut vec!["splits".to_owned()], &mut parties);
    let absent = missing!(tx, party, parties.iter().map(|(_, id)| *id).collect());
    found.extend(parties.into_iter().filter(|(_, id)| absent.contains(id)).map(|(path, _)| Finding {
        code: "PARTY_UNKNOWN",
        message: "There is no such party.".to_owned(),
        path,
    }));
    Ok(found)
}

fn payees(nodes: &[SplitNode], path: &mut Vec<String>, found: &mut Vec<(Vec<String>, Uuid)>) {
    for (position, node) in nodes.iter().enumerate() {
        path.push(position.to_string());
        let mut here = path.clone();
        here.push("partyId".to_owned());
        found.push((here, node.party_id.uuid()));
        path.push("children".to_owned());
        payees(&node.children, path, found);
        path.truncate(path.len() - 2);
    }
}

/// The members of groups, for telling whether two terms can meet.
pub(crate) async fn groups(tx: &TenantTx, wanted: Option<&BTreeSet<GroupId>>) -> Outcome<Vec<Group>> {
    if wanted.is_some_and(BTreeSet::is_empty) {
        return Ok(Vec::new());
    }
    let mut query =
        catalogue_group_item::Entity::find().filter(catalogue_group_item::Column::TenantId.eq(tx.tenant_id().uuid()));
    if let Some(wanted) = wanted {
        query = query.filter(catalogue_group_item::Column::GroupId.is_in(wanted.iter().map(|id| id.uuid())));
    }
    let mut groups: BTreeMap<GroupId, Vec<ItemKey>> = BTreeMap::new();
    for row in query.all(tx).await.or_fail()? {
        if let ItemScope::Item(item) = scope(row.recording_id, row.work_id, row.release_id, None) {
            groups.entry(row.group_id.into()).or_default().push(item);
        }
    }
    Ok(groups.into_iter().map(|(id, members)| Group { id, members }).collect())
}
