//! Versions in the database: written many at once, read many at once.

use std::collections::HashMap;

use engine::model::{Deduction, Model, Participation, Physical, Reduction, SplitNode, Term, TermMatch};
use entity::{contract_version, participation, split, term};
use kernel::failure::{Failure, Outcome};
use kernel::ids::{ContractId, ContractVersionId};
use kernel::ratio::Ratio;
use platform::db::{OrFail, TenantTx};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub(crate) use super::items::groups;
use super::items::{columns, scope};
use super::model::{NamedTerm, VersionFacts, VersionRow};

/// Rows of one INSERT: far below the 65,535 parameters of a statement.
pub(crate) const CHUNK: usize = 2_000;

/// The column `term.model`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct StoredModel {
    model: Model,
    #[serde(default)]
    deductions: Vec<Deduction>,
    #[serde(default)]
    reductions: Vec<Reduction>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    physical: Option<Physical>,
}

fn json(value: &impl Serialize) -> Outcome<serde_json::Value> {
    serde_json::to_value(value)
        .map_err(|error| Failure::internal("a contract cannot be written as JSON").because(error))
}

/// A list of texts as JSON.
fn texts(list: &[String]) -> serde_json::Value {
    list.iter().map(String::as_str).collect()
}

fn odd(what: &str) -> Failure {
    Failure::internal(format!("a stored contract cannot be read: {what}"))
}

/// Inserts versions with everything they say. The caller has superseded what they replace.
///
/// # Errors
/// `OVERLAP` when another version is in force on some of their days; database failures.
pub(crate) async fn insert_versions(tx: &TenantTx, rows: &[VersionRow]) -> Outcome<()> {
    let tenant = tx.tenant_id().uuid();
    let versions: Vec<contract_version::ActiveModel> = rows
        .iter()
        .map(|row| contract_version::ActiveModel {
            tenant_id: Set(tenant),
            id: Set(row.id.uuid()),
            contract_id: Set(row.contract_id.uuid()),
            version_no: Set(row.version_no),
            valid_from: Set(row.facts.valid_from),
            valid_to: Set(row.facts.valid_to),
            recorded_at: Set(row.recorded_at),
            recorded_by: Set(row.recorded_by.clone()),
            superseded_at: Set(row.superseded_at),
            rate_cards: Set(texts(&row.facts.rate_cards)),
            waterfall: Set(serde_json::to_value(&row.facts.waterfall).unwrap_or_default()),
        })
        .collect();
    for chunk in versions.chunks(CHUNK) {
        contract_version::Entity::insert_many(chunk.to_vec()).exec_without_returning(tx).await.or_fail()?;
    }
    let (mut participations, mut terms, mut splits) = (Vec::new(), Vec::new(), Vec::new());
    for row in rows {
        for one in &row.facts.participations {
            let [recording_id, work_id, release_id, group_id] = columns(&one.scope);
            participations.push(participation::ActiveModel {
                tenant_id: Set(tenant),
                id: Set(one.id.uuid()),
                contract_version_id: Set(row.id.uuid()),
                recording_id: Set(recording_id),
                work_id: Set(work_id),
                release_id: Set(release_id),
                group_id: Set(group_id),
                kind: Set(json(&one.kind)?.as_str().unwrap_or_default().to_owned()),
                ratio: Set(one.ratio.get()),
                territories: Set(json(&one.territories)?),
                valid_from: Set(one.valid_from),
                valid_to: Set(one.valid_to),
            });
        }
        for NamedTerm { name, term: one } in &row.facts.terms {
            let stored = StoredModel {
                model: one.model.clone(),
                deductions: one.deductions.clone(),
                reductions: one.reductions.clone(),
                physical: one.physical.clone(),
            };
            terms.push(term::ActiveModel {
                tenant_id: Set(tenant),
                id: Set(one.id.uuid()),
                contract_version_id: Set(row.id.uuid()),
                name: Set(name.clone()),
                priority: Set(one.priority),
                r#match: Set(json(&one.matches)?),
                match_key: Set(one.matches.key()),
                model: Set(json(&stored)?),
                valid_from: Set(one.matches.valid_from),
                valid_to: Set(one.matches.valid_to),
            });
        }
        nodes(tenant, row.id.uuid(), None, &row.facts.splits, &mut splits);
    }
    for chunk in participations.chunks(CHUNK) {
        participation::Entity::insert_many(chunk.to_vec()).exec_without_returning(tx).await.or_fail()?;
    }
    for chunk in terms.chunks(CHUNK) {
        term::Entity::insert_many(chunk.to_vec()).exec_without_returning(tx).await.or_fail()?;
    }
    for chunk in splits.chunks(CHUNK) {
        split::Entity::insert_many(chunk.to_vec()).exec_without_returning(tx).await.or_fail()?;
    }
    Ok(())
}

/// Every node after the one above it, so that the reference to it holds.
fn nodes(tenant: Uuid, version: Uuid, parent: Option<Uuid>, level: &[SplitNode], into: &mut Vec<split::ActiveModel>) {
    for (position, node) in (1i32..).zip(level) {
        into.push(split::ActiveModel {
            tenant_id: Set(tenant),
            id: Set(node.id.uuid()),
            contract_version_id: Set(version),
            parent_id: Set(parent),
            party_id: Set(node.party_id.uuid()),
            ratio: Set(node.ratio.get()),
            position: Set(position),
        });
        nodes(tenant, version, Some(node.id.uuid()), &node.children, into);
    }
}

/// The versions of contracts with everything they say, in the order of recording; `holding`: only those not replaced.
///
/// # Errors
/// Database failures; `INTERNAL` for stored facts that cannot be read.
pub(crate) async fn versions(tx: &TenantTx, contracts: &[Uuid], holding: bool) -> Outcome<Vec<VersionRow>> {
    let tenant = tx.tenant_id().uuid();
    let mut found = Vec::new();
    for chunk in contracts.chunks(5_000) {
        let mut query = contract_version::Entity::find()
            .filter(contract_version::Column::TenantId.eq(tenant))
            .filter(contract_version::Column::ContractId.is_in(chunk.iter().copied()))
            .order_by_asc(contract_version::Column::ContractId)
            .order_by_asc(contract_version::Column::VersionNo);
        if holding {
            query = query.filter(contract_version::Column::SupersededAt.is_null());
        }
        let rows = query.all(tx).await.or_fail()?;
        let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
        let mut said = facts(tx, &ids).await?;
        for row in rows {
            let (participations, terms, splits) = said.remove(&row.id).unwrap_or_default();
            found.push(VersionRow {
                id: row.id.into(),
                contract_id: row.contract_id.into(),
                version_no: row.version_no,
                recorded_at: row.recorded_at,
                recorded_by: row.recorded_by,
                superseded_at: row.superseded_at,
                facts: VersionFacts {
                    valid_from: row.valid_from,
                    valid_to: row.valid_to,
                    participations,
                    terms,
                    rate_cards: serde_json::from_value(row.rate_cards).map_err(|_| odd("rate cards"))?,
                    waterfall: serde_json::from_value(row.waterfall).map_err(|_| odd("waterfall"))?,
                    splits,
                },
            });
        }
    }
    Ok(found)
}

type Said = (Vec<Participation>, Vec<NamedTerm>, Vec<SplitNode>);

async fn facts(tx: &TenantTx, versions: &[Uuid]) -> Outcome<HashMap<Uuid, Said>> {
    let tenant = tx.tenant_id().uuid();
    let mut said: HashMap<Uuid, Said> = HashMap::new();
    for chunk in versions.chunks(5_000) {
        let ids = || chunk.iter().copied();
        let rows = participation::Entity::find()
            .filter(participation::Column::TenantId.eq(tenant))
            .filter(participation::Column::ContractVersionId.is_in(ids()))
            .order_by_asc(participation::Column::Id)
            .all(tx)
            .await
            .or_fail()?;
        for row in rows {
            said.entry(row.contract_version_id).or_default().0.push(Participation {
                id: row.id.into(),
                scope: scope(row.recording_id, row.work_id, row.release_id, row.group_id),
                ratio: Ratio::new(row.ratio).map_err(|_| odd("ratio"))?,
                kind: serde_json::from_value(row.kind.into()).map_err(|_| odd("kind"))?,
                territories: serde_json::from_value(row.territories).map_err(|_| odd("territories"))?,
                valid_from: row.valid_from,
                valid_to: row.valid_to,
            });
        }
        let rows = term::Entity::find()
            .filter(term::Column::TenantId.eq(tenant))
            .filter(term::Column::ContractVersionId.is_in(ids()))
            .order_by_asc(term::Column::Id)
            .all(tx)
            .await
            .or_fail()?;
        for row in rows {
            let stored: StoredModel = serde_json::from_value(row.model).map_err(|_| odd("model"))?;
            let matches: TermMatch = serde_json::from_value(row.r#match).map_err(|_| odd("match"))?;
            said.entry(row.contract_version_id).or_default().1.push(NamedTerm {
                name: row.name,
                term: Term {
                    matches,
                    priority: row.priority,
                    physical: stored.physical,
                    deductions: stored.deductions,
                    reductions: stored.reductions,
                    ..Term::new(row.id.into(), stored.model)
                },
            });
        }
        let rows = split::Entity::find()
            .filter(split::Column::TenantId.eq(tenant))
            .filter(split::Column::ContractVersionId.is_in(ids()))
            .order_by_asc(split::Column::Position)
            .all(tx)
            .await
            .or_fail()?;
        let mut levels: HashMap<(Uuid, Option<Uuid>), Vec<split::Model>> = HashMap::new();
        for row in rows {
            levels.entry((row.contract_version_id, row.parent_id)).or_default().push(row);
        }
        for version in chunk {
            let tree = grow(*version, None, &mut levels)?;
            if !tree.is_empty() {
                said.entry(*version).or_default().2 = tree;
            }
        }
    }
    Ok(said)
}

fn grow(
    version: Uuid,
    parent: Option<Uuid>,
    levels: &mut HashMap<(Uuid, Option<Uuid>), Vec<split::Model>>,
) -> Outcome<Vec<SplitNode>> {
    let Some(rows) = levels.remove(&(version, parent)) else { return Ok(Vec::new()) };
    rows.into_iter()
        .map(|row| {
            Ok(SplitNode {
                id: row.id.into(),
                party_id: row.party_id.into(),
                ratio: Ratio::new(row.ratio).map_err(|_| odd("ratio of a split"))?,
                children: grow(version, Some(row.id), levels)?,
            })
        })
        .collect()
}

/// Marks versions as replaced, as of now.
///
/// # Errors
/// Database failures.
pub(crate) async fn supersede(tx: &TenantTx, versions: &[ContractVersionId]) -> Outcome<()> {
    contract_version::Entity::update_many()
        .col_expr(contract_version::Column::SupersededAt, Expr::value(tx.now()))
        .filter(contract_version::Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(contract_version::Column::Id.is_in(versions.iter().map(|id| id.uuid())))
        .exec(tx)
        .await
        .or_fail()?;
    Ok(())
}

/// Records a version: what holds on its days is superseded; what stays of the former versions before and after those
/// days is recorded again with a shorter period. Returns the new rows, the given one first.
pub(crate) fn replacement(
    holding: &[VersionRow],
    last_no: i32,
    contract: ContractId,
    new: VersionFacts,
    (now, who): (chrono::DateTime<chrono::Utc>, &str),
) -> (Vec<ContractVersionId>, Vec<VersionRow>) {
    let end = |date: Option<chrono::NaiveDate>| date.unwrap_or(chrono::NaiveDate::MAX);
    let met: Vec<&VersionRow> = holding
        .iter()
        .filter(|row| row.facts.valid_from <= end(new.valid_to) && new.valid_from <= end(row.facts.valid_to))
        .collect();
    let mut kept = Vec::new();
    for row in &met {
        if row.facts.valid_from < new.valid_from {
            let mut head = row.facts.renewed();
            head.valid_to = new.valid_from.pred_opt();
            kept.push(head);
        }
        if let Some(next) = new.valid_to.and_then(|last| last.succ_opt())
            && next <= end(row.facts.valid_to)
        {
            let mut tail = row.facts.renewed();
            tail.valid_from = next;
            kept.push(tail);
        }
    }
    let rows = std::iter::once(new)
        .chain(kept)
        .zip(last_no.saturating_add(1)..)
        .map(|(facts, version_no)| VersionRow {
            id: ContractVersionId::new(),
            contract_id: contract,
            version_no,
            recorded_at: now,
            recorded_by: who.to_owned(),
            superseded_at: None,
            facts,
        })
        .collect();
    (met.into_iter().map(|row| row.id).collect(), rows)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use chrono::NaiveDate;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn facts(from: &str, to: Option<&str>) -> VersionFacts {
        VersionFacts {
            valid_from: day(from),
            valid_to: to.map(day),
            participations: Vec::new(),
            terms: Vec::new(),
            rate_cards: Vec::new(),
            waterfall: Vec::new(),
            splits: Vec::new(),
        }
    }

    #[test]
    fn what_stays_in_force_is_recorded_again_on_both_sides() {
        let now = chrono::DateTime::UNIX_EPOCH;
        let contract = ContractId::new();
        let (none, first) = replacement(&[], 0, contract, facts("2020-01-01", None), (now, "test"));
        assert!(none.is_empty());
        let (met, rows) = replacement(&first, 1, contract, facts("2021-01-01", Some("2021-12-31")), (now, "test"));
        assert_eq!(met, vec![first[0].id]);
        let periods: Vec<_> =
            rows.iter().map(|row| (row.version_no, row.facts.valid_from, row.facts.valid_to)).collect();
        assert_eq!(
            periods,
            vec![
                (2, day("2021-01-01"), Some(day("2021-12-31"))),
                (3, day("2020-01-01"), Some(day("2020-12-31"))),
                (4, day("2022-01-01"), None),
            ]
        );
    }
}
