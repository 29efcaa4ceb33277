//! What a contract says beyond its versions.

use chrono::{DateTime, Utc};
use engine::check::validate_rules;
use engine::model::{AccountingPeriod, Contract, Guarantee, ProducerPoints, ProfitShare, Recoupment, Reserve};
use entity::contract_conditions::{ActiveModel, Column, Entity};
use kernel::context::OpContext;
use kernel::failure::{Failure, Outcome};
use kernel::ids::ContractId;
use kernel::permission::Permission;
use platform::audit::{self, Change};
use platform::db::{OrFail, TenantTx};
use platform::events::outbox;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::super::activation::change;
use super::super::contracts::must_find;
use super::super::snapshot;
use super::service::new_findings;
use crate::Core;

/// How a contract accounts and recoups, what it holds back and what it promises.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Conditions {
    /// How long its accounting periods are.
    #[serde(default)]
    pub accounting: AccountingPeriod,
    /// How it recoups.
    #[serde(default)]
    pub recoupment: Recoupment,
    /// Reserves against returns.
    #[serde(default)]
    pub reserves: Vec<Reserve>,
    /// Minimum guarantees.
    #[serde(default)]
    pub guarantees: Vec<Guarantee>,
    /// Producer points.
    #[serde(default)]
    pub producer: Option<ProducerPoints>,
    /// A profit share.
    #[serde(default)]
    pub profit_share: Option<ProfitShare>,
}

impl Conditions {
    pub(super) fn read(id: Uuid, json: serde_json::Value) -> Outcome<Self> {
        serde_json::from_value(json).map_err(|error| Failure::internal(format!("stored conditions {id}: {error}")))
    }

    /// Puts them into a contract of a rule set.
    pub(in crate::rights) fn put(&self, contract: &mut Contract) {
        contract.accounting = self.accounting;
        contract.recoupment = self.recoupment.clone();
        contract.reserves.clone_from(&self.reserves);
        contract.guarantees.clone_from(&self.guarantees);
        contract.producer.clone_from(&self.producer);
        contract.profit_share.clone_from(&self.profit_share);
    }
}

/// Conditions with their place in the history.
#[derive(Debug, Clone, PartialEq)]
pub struct ConditionsRow {
    /// The contract.
    pub contract_id: ContractId,
    /// Their number in the contract, in the order of recording.
    pub version_no: i32,
    /// When they were recorded.
    pub recorded_at: DateTime<Utc>,
    /// By whom.
    pub recorded_by: String,
    /// Since when they are replaced; none: they hold.
    pub superseded_at: Option<DateTime<Utc>>,
    /// What they say.
    pub conditions: Conditions,
}

async fn history(tx: &TenantTx, contracts: &[ContractId]) -> Outcome<Vec<ConditionsRow>> {
    let rows = Entity::find()
        .filter(Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(Column::ContractId.is_in(contracts.iter().map(|id| id.uuid())))
        .order_by_asc(Column::ContractId)
        .order_by_asc(Column::VersionNo)
        .all(tx)
        .await
        .or_fail()?;
    rows.into_iter()
        .map(|row| {
            Ok(ConditionsRow {
                contract_id: row.contract_id.into(),
                version_no: row.version_no,
                recorded_at: row.recorded_at,
                recorded_by: row.recorded_by,
                superseded_at: row.superseded_at,
                conditions: Conditions::read(row.id, row.document)?,
            })
        })
        .collect()
}

/// Every version of the conditions of contracts, in the order of recording.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn conditions_of(ctx: &OpContext, core: &Core, contracts: &[ContractId]) -> Outcome<Vec<ConditionsRow>> {
    ctx.require(Permission::ContractRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    history(&tx, contracts).await
}

/// Records what a contract says beyond its versions. What it said before is superseded, not overwritten.
///
/// # Errors
/// The codes of the engine's checks below `input.conditions`; `NOT_FOUND`, `STALE_VERSION`; `FORBIDDEN`; database
/// failures.
pub async fn contract_conditions_set(
    ctx: &OpContext,
    core: &Core,
    id: ContractId,
    expected: i32,
    conditions: Conditions,
) -> Outcome<ConditionsRow> {
    ctx.require(Permission::ContractManage)?;
    let tx = core.db.tenant(ctx).await?;
    let contract = must_find(&tx, id, &["input", "contractId"]).await?;
    // First: whoever comes second waits here, and is then told that the contract changed.
    change(&tx, id, expected, Vec::new()).await?;
    let before = snapshot::rules_now(&tx).await?;
    let mut after = before.clone();
    if !after.contracts.iter().any(|one| one.id == id) {
        after.contracts.push(Contract::new(id, contract.currency, contract.fx_rule, Vec::new()));
    }
    let position = after.contracts.iter().position(|one| one.id == id).unwrap_or_default();
    if let Some(one) = after.contracts.get_mut(position) {
        conditions.put(one);
    }
    let mut found = new_findings(validate_rules(&before), validate_rules(&after));
    // A draft without a version is no mistake of its conditions.
    found.retain(|one| one.code != "VERSIONS_MISSING");
    let place = ["contracts".to_owned(), position.to_string()];
    for one in &mut found {
        let rest = one.path.strip_prefix(&place[..]).unwrap_or(&one.path).to_vec();
        one.path = ["input".to_owned(), "conditions".to_owned()].into_iter().chain(rest).collect();
    }
    if !found.is_empty() {
        return Err(Failure::findings(found));
    }
    let known = history(&tx, &[id]).await?;
    Entity::update_many()
        .col_expr(Column::SupersededAt, Expr::value(tx.now()))
        .filter(Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(Column::ContractId.eq(id.uuid()))
        .filter(Column::SupersededAt.is_null())
        .exec(&tx)
        .await
        .or_fail()?;
    let json = serde_json::to_value(&conditions).map_err(|error| Failure::internal("conditions").because(error))?;
    let row = ConditionsRow {
        contract_id: id,
        version_no: known.last().map_or(1, |row| row.version_no.saturating_add(1)),
        recorded_at: tx.now(),
        recorded_by: tx.actor().label(),
        superseded_at: None,
        conditions,
    };
    Entity::insert(ActiveModel {
        tenant_id: Set(tx.tenant_id().uuid()),
        id: Set(kernel::ids::ContractVersionId::new().uuid()),
        contract_id: Set(id.uuid()),
        version_no: Set(row.version_no),
        document: Set(json.clone()),
        recorded_at: Set(row.recorded_at),
        recorded_by: Set(row.recorded_by.clone()),
        superseded_at: Set(None),
    })
    .exec_without_returning(&tx)
    .await
    .or_fail()?;
    audit::record(
        &tx,
        ctx,
        Change {
            action: "contract.conditions_set",
            entity_kind: "CONTRACT",
            entity_id: id.uuid(),
            before: None,
            after: Some(json),
        },
    )
    .await?;
    outbox::write(&tx, "contract.conditions_set", &json!({ "contractId": id.to_string() })).await?;
    tx.commit().await?;
    Ok(row)
}
