//! Contracts with their current versions, and the groups they name, as the engine's rules.

use std::collections::BTreeMap;

use engine::model::{Contract, ContractVersion, FxRule, Group, ItemKey, Release, Rules, Track};
use entity::{catalogue_group, contract};
use kernel::codes::ItemKind;
use kernel::currency::Currency;
use kernel::failure::Outcome;
use kernel::ids::{ContractId, ContractVersionId, GroupId};
use platform::db::{OrFail, TenantTx, sql};
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect};
use serde_json::Value as Json;
use uuid::Uuid;

use super::super::documents;
use super::super::model::VersionFacts;
use super::super::store;
use super::unreadable;
use crate::settings::{self, Book};

/// Reads the rules of a tenant: contracts that are in force or were. A terminated contract still reports sales of
/// the time it was valid in.
pub(super) async fn read(tx: &TenantTx) -> Outcome<Rules> {
    let mut rules = contracts(tx).await?;
    documents::apply(&mut rules, documents::holding(tx).await?);
    rules.releases = releases(tx).await?;
    Ok(rules)
}

/// Most tracks of a release that the engine shares a sale over. What is sold of a longer one goes to those who take part in
/// the release itself; without them it waits as `NO_CONTRACT`, and is not lost.
const SHARED_TRACKS: usize = 100;

/// Releases with their tracks: whoever has rights in a track has a part of what is sold of its release. A recording that
/// stands on a release twice has the weight of two tracks.
async fn releases(tx: &TenantTx) -> Outcome<Vec<Release>> {
    let rows = TrackRow::find_by_statement(sql(
        "SELECT t.release_id, t.recording_id, r.duration_seconds
           FROM release_track t
           JOIN recording r ON r.tenant_id = $1 AND r.id = t.recording_id
          WHERE t.tenant_id = $1
          ORDER BY t.release_id, t.position",
        [tx.tenant_id().uuid().into()],
    ))
    .all(tx)
    .await
    .or_fail()?;
    let mut releases: Vec<Release> = Vec::new();
    for row in rows {
        let item = ItemKey { kind: ItemKind::Release, id: row.release_id };
        if releases.last().is_none_or(|last| last.item != item) {
            releases.push(Release { item, tracks: Vec::new() });
        }
        let Some(release) = releases.last_mut() else { continue };
        let track = ItemKey { kind: ItemKind::Recording, id: row.recording_id };
        if let Some(known) = release.tracks.iter_mut().find(|known| known.item == track) {
            known.weight = known.weight.saturating_add(1);
            continue;
        }
        let duration_seconds = row.duration_seconds.and_then(|seconds| u32::try_from(seconds).ok());
        release.tracks.push(Track { item: track, weight: 1, duration_seconds, controlled: true });
    }
    releases.retain(|release| release.tracks.len() <= SHARED_TRACKS);
    Ok(releases)
}

#[derive(FromQueryResult)]
struct TrackRow {
    release_id: Uuid,
    recording_id: Uuid,
    duration_seconds: Option<i32>,
}

/// The rules without those that contracts share.
pub(super) async fn contracts(tx: &TenantTx) -> Outcome<Rules> {
    let rows = contract::Entity::find()
        .filter(contract::Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(contract::Column::Status.is_in(["ACTIVE", "TERMINATED"]))
        .order_by_asc(contract::Column::Id)
        .all(tx)
        .await
        .or_fail()?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut versions: BTreeMap<ContractId, Vec<ContractVersion>> = BTreeMap::new();
    for row in store::versions(tx, &ids, true).await? {
        versions.entry(row.contract_id).or_default().push(version(row.id, row.facts));
    }
    let conditions = documents::holding_conditions(tx).await?;
    let contracts = rows
        .iter()
        .map(|row| {
            let mut versions = versions.remove(&row.id.into()).unwrap_or_default();
            versions.sort_by_key(|version| (version.valid_from, version.id));
            let currency = Currency::parse(&row.currency).map_err(|error| unreadable("contract", row.id, error))?;
            let mut contract = Contract::new(row.id.into(), currency, fx_rule(row)?, versions);
            if let Some(conditions) = conditions.get(&contract.id) {
                conditions.put(&mut contract);
            }
            Ok(contract)
        })
        .collect::<Outcome<Vec<_>>>()?;
    // A contract without a version in force says nothing.
    let contracts = contracts.into_iter().filter(|contract| !contract.versions.is_empty()).collect();
    let rounding = settings::rounding(&Book::load(tx).await?)?;
    Ok(Rules { contracts, groups: groups(tx).await?, rounding, ..Rules::default() })
}

fn fx_rule(row: &contract::Model) -> Outcome<FxRule> {
    serde_json::from_value(Json::String(row.fx_rule.clone())).map_err(|error| unreadable("contract", row.id, error))
}

/// What a version says, without the labels.
pub(in crate::rights) fn version(id: ContractVersionId, facts: VersionFacts) -> ContractVersion {
    ContractVersion {
        id,
        valid_from: facts.valid_from,
        valid_to: facts.valid_to,
        participations: facts.participations,
        terms: facts.terms.into_iter().map(|named| named.term).collect(),
        rate_cards: facts.rate_cards,
        waterfall: facts.waterfall,
        splits: facts.splits,
    }
}

/// Every group, also those without members: a rule may name them.
async fn groups(tx: &TenantTx) -> Outcome<Vec<Group>> {
    let mut members: BTreeMap<GroupId, Vec<ItemKey>> =
        store::groups(tx, None).await?.into_iter().map(|group| (group.id, group.members)).collect();
    let known: Vec<Uuid> = catalogue_group::Entity::find()
        .select_only()
        .column(catalogue_group::Column::Id)
        .filter(catalogue_group::Column::TenantId.eq(tx.tenant_id().uuid()))
        .order_by_asc(catalogue_group::Column::Id)
        .into_tuple()
        .all(tx)
        .await
        .or_fail()?;
    Ok(known
        .into_iter()
        .map(|id| {
            let mut members = members.remove(&id.into()).unwrap_or_default();
            members.sort_unstable();
            Group { id: id.into(), members }
        })
        .collect())
}
