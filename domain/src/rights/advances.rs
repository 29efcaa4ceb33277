//! Advances: money paid before it was earned. Never changed, never deleted, posted to the ledger when recorded.

use std::collections::HashMap;

use chrono::NaiveDate;
use entity::{accounting_month, advance, contract};
use kernel::context::OpContext;
use kernel::currency::Currency;
use kernel::failure::{Failure, Outcome};
use kernel::ids::{AdvanceId, ContractId};
use kernel::limits::NAME_CHARS;
use kernel::money::Money;
use kernel::period::Month;
use kernel::permission::Permission;
use platform::audit::{self, Change};
use platform::db::{OrFail, TenantTx, sql};
use platform::events::outbox;
use platform::idempotency::{self, Claim};
use rust_decimal::Decimal;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, TryGetable};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use crate::Core;
use crate::ledger::{self, AccountKey, AccountKind, Posting, Transfer};

/// An advance, and how far it is recouped.
#[derive(Debug, Clone)]
pub struct AdvanceRow {
    /// Its id.
    pub id: AdvanceId,
    /// The contract.
    pub contract_id: ContractId,
    /// Its key in the contract.
    pub reference: String,
    /// What it was paid for.
    pub description: String,
    /// How much.
    pub amount: Money,
    /// When it was paid.
    pub paid_on: NaiveDate,
    /// Which instalment it is; none: it was paid at once.
    pub instalment: Option<String>,
    /// Where the contract recoups by priority, the higher is recouped first.
    pub priority: i32,
    /// How much of it finalised runs have recouped.
    pub recouped: Decimal,
}

/// An advance to be recorded.
#[derive(Debug, Clone, Serialize)]
pub struct NewAdvance {
    /// The contract.
    pub contract_id: ContractId,
    /// Its key in the contract.
    pub reference: String,
    /// What it is paid for.
    pub description: String,
    /// How much, in the currency of the contract.
    pub amount: Decimal,
    /// When it was paid.
    pub paid_on: NaiveDate,
    /// Which instalment it is (`signature`, `delivery`); none: it was paid at once.
    pub instalment: Option<String>,
    /// Where the contract recoups by priority, the higher is recouped first.
    pub priority: i32,
    /// Makes a repeated request the same request.
    pub idempotency_key: String,
}

/// An advance as it is stored and posted.
#[derive(Debug, Clone)]
pub(crate) struct AdvancePosting {
    pub(crate) id: AdvanceId,
    pub(crate) contract_id: ContractId,
    pub(crate) reference: String,
    pub(crate) description: String,
    pub(crate) amount: Money,
    pub(crate) paid_on: NaiveDate,
    pub(crate) instalment: Option<String>,
    pub(crate) priority: i32,
}

/// Stores advances and posts them: Dr ADVANCE of the contract, Cr CASH, in the month of payment or, when that one is
/// closed, in the first open month after it.
///
/// # Errors
/// `ALREADY_EXISTS` for a reference that the contract has; database failures.
pub(crate) async fn insert_advances(tx: &TenantTx, advances: &[AdvancePosting]) -> Outcome<()> {
    if advances.is_empty() {
        return Ok(());
    }
    let rows: Vec<advance::ActiveModel> = advances
        .iter()
        .map(|one| advance::ActiveModel {
            tenant_id: Set(tx.tenant_id().uuid()),
            id: Set(one.id.uuid()),
            contract_id: Set(one.contract_id.uuid()),
            reference: Set(one.reference.clone()),
            description: Set(one.description.clone()),
            amount: Set(one.amount.amount),
            currency: Set(one.amount.currency.code().to_owned()),
            paid_on: Set(one.paid_on),
            version: Set(1),
            created_at: Set(tx.now()),
            instalment: Set(one.instalment.clone()),
            priority: Set(one.priority),
        })
        .collect();
    for chunk in rows.chunks(super::store::CHUNK) {
        advance::Entity::insert_many(chunk.to_vec()).exec_without_returning(tx).await.or_fail()?;
    }
    let closed: Vec<Month> = accounting_month::Entity::find()
        .filter(accounting_month::Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(accounting_month::Column::State.eq("CLOSED"))
        .order_by_asc(accounting_month::Column::Month)
        .all(tx)
        .await
        .or_fail()?
        .into_iter()
        .map(|row| Month::of(row.month))
        .collect();
    for one in advances {
        let mut month = Month::of(one.paid_on);
        while closed.contains(&month) {
            month = month.next();
        }
        let currency = one.amount.currency;
        let debit = AccountKey::of(AccountKind::Advance, currency).under(one.contract_id);
        let credit = AccountKey::of(AccountKind::Cash, currency);
        let transfers = Transfer::signed("PAID", debit, credit, one.amount.amount).into_iter().collect();
        ledger::post(tx, Posting { source_kind: "ADVANCE", source_id: one.id.uuid(), month, transfers }).await?;
    }
    Ok(())
}

/// The advances of contracts, oldest first.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn advances_of(ctx: &OpContext, core: &Core, contracts: &[ContractId]) -> Outcome<Vec<AdvanceRow>> {
    ctx.require(Permission::ContractRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let rows = advance::Entity::find()
        .filter(advance::Column::TenantId.eq(ctx.tenant_id.uuid()))
        .filter(advance::Column::ContractId.is_in(contracts.iter().map(|id| id.uuid())))
        .order_by_asc(advance::Column::PaidOn)
        .order_by_asc(advance::Column::Id)
        .all(&tx)
        .await
        .or_fail()?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let recouped = recouped(&tx, &ids).await?;
    rows.into_iter()
        .map(|row| {
            let taken = recouped.get(&row.id).copied().unwrap_or_default();
            shape(row, taken)
        })
        .collect()
}

fn shape(row: advance::Model, recouped: Decimal) -> Outcome<AdvanceRow> {
    let currency = Currency::parse(&row.currency).map_err(|error| Failure::internal(error.to_string()))?;
    Ok(AdvanceRow {
        id: row.id.into(),
        contract_id: row.contract_id.into(),
        reference: row.reference,
        description: row.description,
        amount: Money { amount: row.amount, currency },
        paid_on: row.paid_on,
        instalment: row.instalment,
        priority: row.priority,
        recouped,
    })
}

async fn recouped(tx: &TenantTx, ids: &[Uuid]) -> Outcome<HashMap<Uuid, Decimal>> {
    let rows = tx
        .query_all_raw(sql(
            "SELECT r.advance_id, sum(r.recouped) AS taken FROM run_recoupment r
             JOIN calculation_run c ON c.tenant_id = r.tenant_id AND c.id = r.run_id
             WHERE r.tenant_id = $1 AND r.advance_id = ANY($2) AND c.state = 'FINALISED'
             GROUP BY r.advance_id",
            [tx.tenant_id().uuid().into(), ids.to_vec().into()],
        ))
        .await
        .or_fail()?;
    rows.iter()
        .map(|row| {
            let id = Uuid::try_get(row, "", "advance_id").map_err(sea_orm::DbErr::from).or_fail()?;
            let taken = Decimal::try_get(row, "", "taken").map_err(sea_orm::DbErr::from).or_fail()?;
            Ok((id, taken))
        })
        .collect()
}

/// Records an advance that was paid.
///
/// # Errors
/// `CONTRACT_UNKNOWN`, `AMOUNT_INVALID`, `REFERENCE_MISSING`, `ALREADY_EXISTS`, `IDEMPOTENCY_KEY_REUSED`, `FORBIDDEN`;
/// database failures.
pub async fn advance_create(ctx: &OpContext, core: &Core, input: NewAdvance) -> Outcome<AdvanceRow> {
    ctx.require(Permission::ContractManage)?;
    let tx = core.db.tenant(ctx).await?;
    let hash = idempotency::input_hash(&input)?;
    if let Claim::Replay(stored) = idempotency::begin(&tx, &input.idempotency_key, "advanceCreate", &hash).await? {
        let id = stored["advanceId"].as_str().and_then(|text| text.parse::<AdvanceId>().ok());
        let id = id.ok_or_else(|| Failure::internal("a replayed advance without an id"))?;
        return find(&tx, id).await;
    }
    let contract = contract::Entity::find_by_id((ctx.tenant_id.uuid(), input.contract_id.uuid()))
        .one(&tx)
        .await
        .or_fail()?
        .ok_or_else(|| {
            Failure::not_found("CONTRACT_UNKNOWN", "There is no such contract.").at(["input", "contractId"])
        })?;
    let currency = Currency::parse(&contract.currency).map_err(|error| Failure::internal(error.to_string()))?;
    let amount =
        Money::exact(input.amount, currency).filter(|money| money.amount > Decimal::ZERO).ok_or_else(|| {
            let message = format!(
                "An advance is above zero and has at most {} decimal places in {currency}.",
                currency.exponent()
            );
            Failure::refused("AMOUNT_INVALID", message).at(["input", "amount"])
        })?;
    let reference = input.reference.trim().to_owned();
    if reference.is_empty() || reference.chars().count() > NAME_CHARS {
        let message = "Give the advance a key of its own in the contract.";
        return Err(Failure::refused("REFERENCE_MISSING", message).at(["input", "reference"]));
    }
    let new = AdvancePosting {
        id: AdvanceId::new(),
        contract_id: input.contract_id,
        reference,
        description: input.description.trim().to_owned(),
        amount,
        paid_on: input.paid_on,
        instalment: input.instalment.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()),
        priority: input.priority,
    };
    insert_advances(&tx, std::slice::from_ref(&new)).await?;
    audit::record(
        &tx,
        ctx,
        Change {
            action: "advance.create",
            entity_kind: "ADVANCE",
            entity_id: new.id.uuid(),
            before: None,
            after: Some(
                json!({ "contractId": input.contract_id.to_string(), "amount": amount.amount, "currency": currency }),
            ),
        },
    )
    .await?;
    outbox::write(&tx, "advance.created", &json!({ "advanceId": new.id.to_string() })).await?;
    idempotency::finish(&tx, &input.idempotency_key, &json!({ "advanceId": new.id.to_string() })).await?;
    let row = find(&tx, new.id).await?;
    tx.commit().await?;
    Ok(row)
}

async fn find(tx: &TenantTx, id: AdvanceId) -> Outcome<AdvanceRow> {
    let row = advance::Entity::find_by_id((tx.tenant_id().uuid(), id.uuid()))
        .one(tx)
        .await
        .or_fail()?
        .ok_or_else(|| Failure::internal("an advance vanished"))?;
    let taken = recouped(tx, &[row.id]).await?.remove(&row.id).unwrap_or_default();
    shape(row, taken)
}
