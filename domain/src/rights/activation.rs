//! Contracts come into force, and end.

use chrono::NaiveDate;
use entity::contract::{Column, Entity};
use kernel::context::OpContext;
use kernel::failure::{Failure, Finding, Outcome};
use kernel::ids::ContractId;
use kernel::permission::Permission;
use platform::audit::{self, Change};
use platform::db::{OrFail, TenantTx};
use platform::events::outbox;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;

use super::contracts::must_find;
use super::model::{Contract, ContractStatus, VersionFacts};
use super::store;
use crate::Core;

/// Raises the version and sets columns, when the contract is still as the caller saw it.
pub(super) async fn change(
    tx: &TenantTx,
    id: ContractId,
    expected: i32,
    columns: Vec<(Column, sea_orm::Value)>,
) -> Outcome<()> {
    let mut update = Entity::update_many()
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(Column::Id.eq(id.uuid()))
        .filter(Column::Version.eq(expected));
    for (column, value) in columns {
        update = update.col_expr(column, Expr::value(value));
    }
    if update.exec(tx).await.or_fail()?.rows_affected == 0 {
        let message = "Somebody changed the contract since you read it: read it again.";
        return Err(Failure::conflict("STALE_VERSION", message).at(["input", "expectedVersion"]));
    }
    Ok(())
}

/// What keeps a contract from coming into force.
fn gaps(versions: &[&VersionFacts]) -> Vec<Finding> {
    let finding = |code, message: String| Finding { code, message, path: vec!["input".to_owned(), "id".to_owned()] };
    if versions.is_empty() {
        return vec![finding("CONTRACT_WITHOUT_VERSION", "The contract has no version that holds.".to_owned())];
    }
    let mut found = Vec::new();
    for facts in versions {
        let from = facts.valid_from;
        if facts.terms.is_empty() && facts.rate_cards.is_empty() {
            found.push(finding("CONTRACT_WITHOUT_TERMS", format!("The version from {from} has no terms.")));
        }
        if facts.participations.is_empty() {
            let message = format!("The version from {from} takes part in nothing.");
            found.push(finding("CONTRACT_WITHOUT_PARTICIPATIONS", message));
        }
        if facts.splits.is_empty() {
            found.push(finding("CONTRACT_WITHOUT_SPLITS", format!("The version from {from} names no payee.")));
        }
    }
    found
}

async fn set(
    ctx: &OpContext,
    core: &Core,
    id: ContractId,
    expected: i32,
    action: &'static str,
    to: ContractStatus,
) -> Outcome<Contract> {
    ctx.require(Permission::ContractManage)?;
    let tx = core.db.tenant(ctx).await?;
    let before = must_find(&tx, id, &["input", "id"]).await?;
    if before.status == to || before.status == ContractStatus::Terminated {
        let message = format!("The contract is {} already.", before.status.as_str().to_lowercase());
        return Err(Failure::refused("CONTRACT_STATUS", message).at(["input", "id"]));
    }
    if to == ContractStatus::Active {
        let versions = store::versions(&tx, &[id.uuid()], true).await?;
        let found = gaps(&versions.iter().map(|row| &row.facts).collect::<Vec<_>>());
        if !found.is_empty() {
            return Err(Failure::findings(found));
        }
    }
    change(&tx, id, expected, vec![(Column::Status, to.as_str().into())]).await?;
    audit::record(
        &tx,
        ctx,
        Change {
            action,
            entity_kind: "CONTRACT",
            entity_id: id.uuid(),
            before: Some(json!({ "status": before.status })),
            after: Some(json!({ "status": to })),
        },
    )
    .await?;
    outbox::write(&tx, action, &json!({ "contractId": id.to_string() })).await?;
    let row = must_find(&tx, id, &["input", "id"]).await?;
    tx.commit().await?;
    Ok(row)
}

/// Puts a draft into force.
///
/// # Errors
/// `NOT_FOUND`, `STALE_VERSION`, `CONTRACT_STATUS`, `CONTRACT_WITHOUT_VERSION`, `CONTRACT_WITHOUT_TERMS`,
/// `CONTRACT_WITHOUT_PARTICIPATIONS`, `CONTRACT_WITHOUT_SPLITS`, `FORBIDDEN`; database failures.
pub async fn contract_activate(ctx: &OpContext, core: &Core, id: ContractId, expected: i32) -> Outcome<Contract> {
    set(ctx, core, id, expected, "contract.activate", ContractStatus::Active).await
}

/// Ends a contract: with a last day its versions end there and sales until then are still paid; without one it stops
/// calculating at once, and its lines wait in suspense.
///
/// # Errors
/// `NOT_FOUND`, `STALE_VERSION`, `CONTRACT_STATUS`, `TERMINATION_TOO_EARLY`, `FORBIDDEN`; database failures.
pub async fn contract_terminate(
    ctx: &OpContext,
    core: &Core,
    id: ContractId,
    expected: i32,
    last_day: Option<NaiveDate>,
) -> Outcome<Contract> {
    let Some(last_day) = last_day else {
        return set(ctx, core, id, expected, "contract.terminate", ContractStatus::Terminated).await;
    };
    ctx.require(Permission::ContractManage)?;
    let tx = core.db.tenant(ctx).await?;
    must_find(&tx, id, &["input", "id"]).await?;
    change(&tx, id, expected, Vec::new()).await?;
    let history = store::versions(&tx, &[id.uuid()], false).await?;
    let holding = history.iter().filter(|row| row.superseded_at.is_none());
    let later: Vec<_> = holding.filter(|row| row.facts.valid_to.is_none_or(|to| to > last_day)).collect();
    if history.iter().filter(|row| row.superseded_at.is_none()).all(|row| row.facts.valid_from > last_day) {
        let message = "The contract begins after this day.";
        return Err(Failure::refused("TERMINATION_TOO_EARLY", message).at(["input", "lastDay"]));
    }
    store::supersede(&tx, &later.iter().map(|row| row.id).collect::<Vec<_>>()).await?;
    let mut next = history.iter().map(|row| row.version_no).max().unwrap_or(0);
    let mut kept = Vec::new();
    for row in later.iter().filter(|row| row.facts.valid_from <= last_day) {
        next += 1;
        let mut copy = (*row).clone();
        copy.facts = row.facts.renewed();
        copy.facts.valid_to = Some(last_day);
        copy.id = kernel::ids::ContractVersionId::new();
        copy.version_no = next;
        copy.recorded_at = tx.now();
        copy.recorded_by = tx.actor().label();
        kept.push(copy);
    }
    store::insert_versions(&tx, &kept).await?;
    audit::record(
        &tx,
        ctx,
        Change {
            action: "contract.terminate",
            entity_kind: "CONTRACT",
            entity_id: id.uuid(),
            before: None,
            after: Some(json!({ "lastDay": last_day })),
        },
    )
    .await?;
    outbox::write(&tx, "contract.terminate", &json!({ "contractId": id.to_string() })).await?;
    let row = must_find(&tx, id, &["input", "id"]).await?;
    tx.commit().await?;
    Ok(row)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_gap_is_named_at_once() {
        let facts = VersionFacts {
            valid_from: "2026-01-01".parse().unwrap(),
            valid_to: None,
            participations: Vec::new(),
            terms: Vec::new(),
            rate_cards: Vec::new(),
            waterfall: Vec::new(),
            splits: Vec::new(),
        };
        let codes: Vec<_> = gaps(&[&facts]).into_iter().map(|finding| finding.code).collect();
        assert_eq!(codes, ["CONTRACT_WITHOUT_TERMS", "CONTRACT_WITHOUT_PARTICIPATIONS", "CONTRACT_WITHOUT_SPLITS"]);
        assert_eq!(gaps(&[])[0].code, "CONTRACT_WITHOUT_VERSION");
    }
}
