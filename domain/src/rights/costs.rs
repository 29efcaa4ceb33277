//! Costs that are recouped from royalties, as far as their type says. Never changed, never deleted.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{contract, contract_cost};
use kernel::context::OpContext;
use kernel::currency::Currency;
use kernel::failure::{Failure, Outcome};
use kernel::ids::{ContractId, EventId};
use kernel::money::Money;
use kernel::permission::Permission;
use platform::audit::{self, Change};
use platform::db::{OrFail, TenantTx};
use platform::events::outbox;
use platform::idempotency::{self, Claim};
use rust_decimal::Decimal;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use crate::Core;

/// Most characters of a name or type.
const NAME_CHARS: usize = 200;

/// A cost of a contract.
#[derive(Debug, Clone)]
pub struct CostRow {
    /// Its row.
    pub id: Uuid,
    /// The contract.
    pub contract_id: ContractId,
    /// Its name, unique in the contract.
    pub name: String,
    /// Its type, which says which part of it is recoupable.
    pub cost_type: String,
    /// The whole cost.
    pub amount: Money,
    /// When it was incurred.
    pub incurred_on: NaiveDate,
    /// Where the contract recoups by priority, the higher is recouped first.
    pub priority: i32,
}

/// A cost to be recorded.
#[derive(Debug, Clone, Serialize)]
pub struct NewCost {
    /// The contract.
    pub contract_id: ContractId,
    /// Its name, unique in the contract.
    pub name: String,
    /// Its type.
    pub cost_type: String,
    /// The whole cost, in the currency of the contract.
    pub amount: Decimal,
    /// When it was incurred.
    pub incurred_on: NaiveDate,
    /// Where the contract recoups by priority, the higher is recouped first.
    pub priority: i32,
    /// Makes a repeated request the same request.
    #[serde(skip)]
    pub idempotency_key: String,
}

fn shape(row: contract_cost::Model) -> Outcome<CostRow> {
    let currency = Currency::parse(&row.currency).map_err(|error| Failure::internal(error.to_string()))?;
    Ok(CostRow {
        id: row.id,
        contract_id: row.contract_id.into(),
        name: row.name,
        cost_type: row.cost_type,
        amount: Money { amount: row.amount, currency },
        incurred_on: row.incurred_on,
        priority: row.priority,
    })
}

/// The costs of contracts, oldest first.
pub(super) async fn all(tx: &TenantTx, contracts: Option<&[ContractId]>) -> Outcome<Vec<CostRow>> {
    let mut query = contract_cost::Entity::find()
        .filter(contract_cost::Column::TenantId.eq(tx.tenant_id().uuid()))
        .order_by_asc(contract_cost::Column::IncurredOn)
        .order_by_asc(contract_cost::Column::Id);
    if let Some(contracts) = contracts {
        query = query.filter(contract_cost::Column::ContractId.is_in(contracts.iter().map(|id| id.uuid())));
    }
    query.all(tx).await.or_fail()?.into_iter().map(shape).collect()
}

/// The costs of contracts, by contract, oldest first.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn costs_of(
    ctx: &OpContext,
    core: &Core,
    contracts: &[ContractId],
) -> Outcome<HashMap<ContractId, Vec<CostRow>>> {
    ctx.require(Permission::ContractRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let mut found: HashMap<ContractId, Vec<CostRow>> = HashMap::new();
    for row in all(&tx, Some(contracts)).await? {
        found.entry(row.contract_id).or_default().push(row);
    }
    Ok(found)
}

/// Records a cost of a contract. Runs of its month and later recoup the part that its type says.
///
/// # Errors
/// `NAME_MISSING`, `AMOUNT_INVALID`, `CONTRACT_UNKNOWN`, `ALREADY_EXISTS`; `IDEMPOTENCY_KEY_REUSED`,
/// `IDEMPOTENCY_KEY_INVALID`; `FORBIDDEN`; database failures.
pub async fn cost_create(ctx: &OpContext, core: &Core, input: NewCost) -> Outcome<CostRow> {
    ctx.require(Permission::ContractManage)?;
    let (name, cost_type) = (input.name.trim().to_owned(), input.cost_type.trim().to_owned());
    for (text, field) in [(&name, "name"), (&cost_type, "costType")] {
        if text.is_empty() || text.chars().count() > NAME_CHARS {
            let message = format!("Give between 1 and {NAME_CHARS} characters.");
            return Err(Failure::refused("NAME_MISSING", message).at(["input", field]));
        }
    }
    let tx = core.db.tenant(ctx).await?;
    let hash = idempotency::input_hash(&input)?;
    if let Claim::Replay(stored) = idempotency::begin(&tx, &input.idempotency_key, "contractCostCreate", &hash).await? {
        let id = stored["costId"].as_str().and_then(|text| Uuid::try_parse(text).ok());
        return find(&tx, id.ok_or_else(|| Failure::internal("an idempotency key without its cost"))?).await;
    }
    let owner =
        contract::Entity::find_by_id((ctx.tenant_id.uuid(), input.contract_id.uuid())).one(&tx).await.or_fail()?;
    let owner = owner.ok_or_else(|| {
        Failure::not_found("CONTRACT_UNKNOWN", "There is no such contract.").at(["input", "contractId"])
    })?;
    let currency = Currency::parse(&owner.currency).map_err(|error| Failure::internal(error.to_string()))?;
    if input.amount <= Decimal::ZERO || input.amount.normalize().scale() > currency.exponent() {
        let message = format!("A cost is above zero, with at most {} decimal places.", currency.exponent());
        return Err(Failure::refused("AMOUNT_INVALID", message).at(["input", "amount"]));
    }
    let id = EventId::new().uuid();
    contract_cost::Entity::insert(contract_cost::ActiveModel {
        tenant_id: Set(ctx.tenant_id.uuid()),
        id: Set(id),
        contract_id: Set(input.contract_id.uuid()),
        name: Set(name.clone()),
        cost_type: Set(cost_type.clone()),
        amount: Set(input.amount),
        currency: Set(currency.code().to_owned()),
        incurred_on: Set(input.incurred_on),
        priority: Set(input.priority),
        created_by: Set(tx.actor().label()),
        created_at: Set(tx.now()),
    })
    .exec_without_returning(&tx)
    .await
    .or_fail()?;
    let what = json!({ "contractId": input.contract_id.to_string(), "name": name, "costType": cost_type, "amount": input.amount });
    let entry = Change {
        action: "contract_cost.create",
        entity_kind: "CONTRACT_COST",
        entity_id: id,
        before: None,
        after: Some(what),
    };
    audit::record(&tx, ctx, entry).await?;
    outbox::write(&tx, "contract_cost.created", &json!({ "contractId": input.contract_id.to_string() })).await?;
    idempotency::finish(&tx, &input.idempotency_key, &json!({ "costId": id })).await?;
    let row = find(&tx, id).await?;
    tx.commit().await?;
    Ok(row)
}

async fn find(tx: &TenantTx, id: Uuid) -> Outcome<CostRow> {
    let row = contract_cost::Entity::find_by_id((tx.tenant_id().uuid(), id)).one(tx).await.or_fail()?;
    shape(row.ok_or_else(|| Failure::internal("a cost vanished"))?)
}
