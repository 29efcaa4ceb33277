//! Use cases of payment batches: made, approved, executed, cancelled.

use std::collections::HashMap;

use entity::payment_batch::{ActiveModel, Column, Entity, Model};
use entity::{payment, payment_part};
use kernel::context::OpContext;
use kernel::failure::{Failure, Outcome};
use kernel::ids::{PartyId, PaymentBatchId, PaymentId};
use kernel::period::Month;
use kernel::permission::Permission;
use platform::audit::{self, Change};
use platform::db::{OrFail, TenantTx, sql};
use platform::events::outbox;
use platform::idempotency::{self, Claim};
use platform::jobs::{self, JobOptions};
use rust_decimal::Decimal;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::execute::ExecutePayments;
use super::method::Method;
use super::model::{BatchState, NewPaymentBatch, Payable, PaymentBatch, PaymentState};
use super::payable;
use crate::{Core, operations, settings};

/// Rows of one `INSERT`.
const CHUNK: usize = 1_000;

impl TryFrom<Model> for PaymentBatch {
    type Error = Failure;

    fn try_from(row: Model) -> Outcome<Self> {
        Ok(Self {
            id: row.id.into(),
            operation_id: row.operation_id.map(Into::into),
            accounting_month: Month::of(row.accounting_month),
            method: method(&row.method)?,
            state: BatchState::from_name(&row.state)?,
            content_hash: row.content_hash,
            payment_count: row.payment_count,
            version: row.version,
            created_by: row.created_by.into(),
            created_at: row.created_at,
            approved_by: row.approved_by.map(Into::into),
            approved_at: row.approved_at,
            executed_at: row.executed_at,
        })
    }
}

pub(super) fn method(name: &str) -> Outcome<Method> {
    Method::from_name(name).ok_or_else(|| Failure::internal(format!("unknown method {name}")))
}

/// A batch as it was made.
#[derive(Debug, Clone)]
pub struct Made {
    /// The batch.
    pub batch: PaymentBatch,
    /// Who is owed something and is not in it, with the reason. Empty in a replay.
    pub skipped: Vec<Payable>,
    /// Whether this is the answer to an earlier request with the same key.
    pub is_replay: bool,
}

/// A change of a batch.
#[derive(Debug, Clone, Serialize)]
pub struct BatchChange {
    /// The batch.
    pub id: PaymentBatchId,
    /// The version that was read.
    pub expected_version: i32,
}

/// An approval: bound to the content that was looked at.
#[derive(Debug, Clone)]
pub struct BatchApproval {
    /// The batch and version.
    pub change: BatchChange,
    /// The content hash that was shown.
    pub content_hash: Vec<u8>,
}

pub(super) async fn find(tx: &TenantTx, id: PaymentBatchId) -> Outcome<PaymentBatch> {
    Entity::find_by_id((tx.tenant_id().uuid(), id.uuid()))
        .one(tx)
        .await
        .or_fail()?
        .ok_or_else(|| Failure::not_found("NOT_FOUND", "There is no such batch.").at(["input", "id"]))?
        .try_into()
}

#[derive(FromQueryResult)]
struct AccountRow {
    account_id: Uuid,
    party_id: Uuid,
    currency: String,
    available: Decimal,
}

/// Royalty accounts with something to take from, oldest first.
async fn accounts(tx: &TenantTx) -> Outcome<HashMap<(Uuid, String), Vec<AccountRow>>> {
    let rows = AccountRow::find_by_statement(sql(
        "SELECT a.id AS account_id, a.party_id, a.currency, b.credits - b.debits - b.pending_debits AS available
         FROM ledger_account a JOIN ledger_balance b ON b.tenant_id = a.tenant_id AND b.account_id = a.id
         WHERE a.tenant_id = $1 AND a.kind = 'ROYALTY_PAYABLE' AND b.credits - b.debits - b.pending_debits > 0
         ORDER BY a.id",
        [tx.tenant_id().uuid().into()],
    ))
    .all(tx)
    .await
    .or_fail()?;
    let mut grouped: HashMap<(Uuid, String), Vec<AccountRow>> = HashMap::new();
    for row in rows {
        grouped.entry((row.party_id, row.currency.clone())).or_default().push(row);
    }
    Ok(grouped)
}

/// Divides what is owed over the accounts that owe it: as much as each has, in their order.
fn parts(mut owed: Decimal, accounts: &[AccountRow]) -> Option<Vec<(Uuid, Decimal)>> {
    let mut parts = Vec::new();
    for account in accounts {
        if owed.is_zero() {
            break;
        }
        let taken = owed.min(account.available);
        parts.push((account.account_id, taken));
        owed = owed.checked_sub(taken)?;
    }
    owed.is_zero().then_some(parts)
}

/// Makes a batch of everything that is payable by the method.
///
/// # Errors
/// `NOTHING_PAYABLE`, `IDEMPOTENCY_KEY_REUSED`, `FORBIDDEN`; database failures.
pub async fn payment_batch_create(ctx: &OpContext, core: &Core, input: NewPaymentBatch) -> Outcome<Made> {
    ctx.require(Permission::PaymentManage)?;
    let member = ctx.member()?;
    let tx = core.db.tenant(ctx).await?;
    let hash = idempotency::input_hash(&input)?;
    if let Claim::Replay(stored) = idempotency::begin(&tx, &input.idempotency_key, "paymentBatchCreate", &hash).await? {
        return Ok(Made { batch: replayed(&tx, &stored).await?, skipped: Vec::new(), is_replay: true });
    }
    payable::lock(&tx).await?;
    let (wanted, skipped): (Vec<Payable>, Vec<Payable>) =
        payable::all(&tx, Some(input.method)).await?.into_iter().partition(|row| row.skipped.is_none());
    let accounts = accounts(&tx).await?;
    let id = PaymentBatchId::new();
    let mut payments = Vec::new();
    let mut rows = Vec::new();
    let mut content = blake3::Hasher::new();
    for payable in &wanted {
        let key = (payable.party_id.uuid(), payable.currency.code().to_owned());
        let parts = accounts.get(&key).and_then(|accounts| parts(payable.amount, accounts)).ok_or_else(|| {
            Failure::internal(format!("the ledger owes {} less than its statement says", payable.party_id))
        })?;
        let payment_id = PaymentId::new();
        content.update(payable.party_id.uuid().as_bytes());
        content.update(format!("{} {}\n", payable.amount.normalize(), payable.currency).as_bytes());
        if let Some(paid) = &payable.converted {
            content.update(format!("as {} {}\n", paid.amount.normalize(), paid.currency).as_bytes());
        }
        payments.push(new_payment(&tx, id, payment_id, payable, input.method)?);
        for (account, amount) in parts {
            content.update(account.as_bytes());
            content.update(format!("{}\n", amount.normalize()).as_bytes());
            rows.push(payment_part::ActiveModel {
                tenant_id: Set(ctx.tenant_id.uuid()),
                payment_id: Set(payment_id.uuid()),
                account_id: Set(account),
                statement_id: Set(Some(payable.statement_id.uuid())),
                amount: Set(amount),
            });
        }
    }
    if payments.is_empty() {
        return Err(Failure::refused(
            "NOTHING_PAYABLE",
            format!(
                "No published statement owes anything that can be paid now; {} payees were left out.",
                skipped.len()
            ),
        )
        .at(["input"]));
    }
    let row = ActiveModel {
        tenant_id: Set(ctx.tenant_id.uuid()),
        id: Set(id.uuid()),
        operation_id: Set(None),
        accounting_month: Set(input.accounting_month.first_day()),
        method: Set(input.method.as_str().to_owned()),
        state: Set(BatchState::Draft.as_str().to_owned()),
        content_hash: Set(content.finalize().as_bytes().to_vec()),
        payment_count: Set(i32::try_from(payments.len()).unwrap_or(i32::MAX)),
        version: Set(1),
        created_by: Set(member.uuid()),
        created_at: Set(ctx.now),
        approved_by: Set(None),
        approved_hash: Set(None),
        approved_at: Set(None),
        executed_at: Set(None),
    };
    Entity::insert(row).exec_without_returning(&tx).await.or_fail()?;
    for chunk in payments.chunks(CHUNK) {
        payment::Entity::insert_many(chunk.to_vec()).exec_without_returning(&tx).await.or_fail()?;
    }
    for chunk in rows.chunks(CHUNK) {
        payment_part::Entity::insert_many(chunk.to_vec()).exec_without_returning(&tx).await.or_fail()?;
    }
    trail(&tx, ctx, "payment_batch.create", id).await?;
    idempotency::finish(&tx, &input.idempotency_key, &json!({ "batchId": id.to_string() })).await?;
    let batch = find(&tx, id).await?;
    tx.commit().await?;
    Ok(Made { batch, skipped, is_replay: false })
}

fn new_payment(
    tx: &TenantTx,
    batch: PaymentBatchId,
    id: PaymentId,
    payable: &Payable,
    method: Method,
) -> Outcome<payment::ActiveModel> {
    let paid = payable.converted.as_ref();
    let conversion =
        paid.map(serde_json::to_value).transpose().map_err(|error| Failure::internal(error.to_string()))?;
    Ok(payment::ActiveModel {
        tenant_id: Set(tx.tenant_id().uuid()),
        id: Set(id.uuid()),
        batch_id: Set(batch.uuid()),
        party_id: Set(PartyId::uuid(payable.party_id)),
        currency: Set(payable.currency.code().to_owned()),
        amount: Set(payable.amount),
        method: Set(method.as_str().to_owned()),
        state: Set(PaymentState::Planned.as_str().to_owned()),
        failure_code: Set(None),
        stated_in: Set(None),
        version: Set(1),
        created_at: Set(tx.now()),
        settled_at: Set(None),
        paid_currency: Set(paid.map(|paid| paid.currency.code().to_owned())),
        paid_amount: Set(paid.map(|paid| paid.amount)),
        conversion: Set(conversion),
    })
}

async fn replayed(tx: &TenantTx, stored: &serde_json::Value) -> Outcome<PaymentBatch> {
    let id = stored["batchId"].as_str().and_then(|text| text.parse().ok());
    find(tx, id.ok_or_else(|| Failure::internal("a replayed request without a batch id"))?).await
}

async fn trail(tx: &TenantTx, ctx: &OpContext, action: &str, id: PaymentBatchId) -> Outcome<()> {
    let change = Change { action, entity_kind: "PAYMENT_BATCH", entity_id: id.uuid(), before: None, after: None };
    audit::record(tx, ctx, change).await?;
    outbox::write(tx, action, &json!({ "batchId": id.to_string() })).await
}

/// Changes the state of a batch that still has the expected version.
async fn turn(
    tx: &TenantTx,
    change: &BatchChange,
    next: BatchState,
    columns: Vec<(Column, sea_orm::Value)>,
) -> Outcome<PaymentBatch> {
    find(tx, change.id).await?.state.require(next)?;
    let mut update = Entity::update_many()
        .col_expr(Column::State, Expr::value(next.as_str()))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(Column::Id.eq(change.id.uuid()))
        .filter(Column::Version.eq(change.expected_version));
    for (column, value) in columns {
        update = update.col_expr(column, Expr::value(value));
    }
    if update.exec(tx).await.or_fail()?.rows_affected == 0 {
        return Err(Failure::conflict("STALE_VERSION", "Somebody changed the batch since it was read: read it again.")
            .at(["input", "expectedVersion"]));
    }
    find(tx, change.id).await
}

/// Approves a batch; never by who made it, and only the content that was looked at.
///
/// # Errors
/// `NOT_FOUND`, `INVALID_STATE`, `SAME_PERSON`, `APPROVER_NOT_ADMITTED`, `CONTENT_CHANGED`, `STALE_VERSION`,
/// `FORBIDDEN`; database failures.
pub async fn payment_batch_approve(ctx: &OpContext, core: &Core, approval: BatchApproval) -> Outcome<PaymentBatch> {
    ctx.require(Permission::PaymentApprove)?;
    let member = ctx.member()?;
    let tx = core.db.tenant(ctx).await?;
    settings::require_approver(&tx, ctx, &settings::PAYMENT_APPROVER, None).await?;
    let batch = find(&tx, approval.change.id).await?;
    if batch.created_by == member {
        return Err(Failure::refused("SAME_PERSON", "Who made the batch cannot approve it.").at(["input", "id"]));
    }
    if batch.content_hash != approval.content_hash {
        return Err(Failure::refused("CONTENT_CHANGED", "The batch is not what you looked at: read it again.")
            .at(["input", "contentHash"]));
    }
    let columns = vec![
        (Column::ApprovedBy, member.uuid().into()),
        (Column::ApprovedHash, approval.content_hash.into()),
        (Column::ApprovedAt, ctx.now.into()),
    ];
    let batch = turn(&tx, &approval.change, BatchState::Approved, columns).await?;
    trail(&tx, ctx, "payment_batch.approve", batch.id).await?;
    tx.commit().await?;
    Ok(batch)
}

/// Executes an approved batch by a job; each payment exactly once.
///
/// # Errors
/// `NOT_FOUND`, `INVALID_STATE`, `STALE_VERSION`, `IDEMPOTENCY_KEY_REUSED`, `FORBIDDEN`; database failures.
pub async fn payment_batch_execute(
    ctx: &OpContext,
    core: &Core,
    change: BatchChange,
    idempotency_key: &str,
) -> Outcome<Made> {
    ctx.require(Permission::PaymentExecute)?;
    let tx = core.db.tenant(ctx).await?;
    let hash = idempotency::input_hash(&change)?;
    if let Claim::Replay(stored) = idempotency::begin(&tx, idempotency_key, "paymentBatchExecute", &hash).await? {
        return Ok(Made { batch: replayed(&tx, &stored).await?, skipped: Vec::new(), is_replay: true });
    }
    find(&tx, change.id).await?.state.require(BatchState::Executing)?;
    let operation_id = operations::create(&tx, "payments.execute", Some(change.id.to_string())).await?;
    let columns = vec![(Column::OperationId, operation_id.uuid().into())];
    let batch = turn(&tx, &change, BatchState::Executing, columns).await?;
    let job = ExecutePayments { batch_id: change.id, operation_id };
    let options = JobOptions { job_key: Some(format!("payments.execute:{}", change.id)), ..JobOptions::default() };
    jobs::enqueue(&tx, &job, options).await?;
    trail(&tx, ctx, "payment_batch.execute", change.id).await?;
    idempotency::finish(&tx, idempotency_key, &json!({ "batchId": change.id.to_string() })).await?;
    tx.commit().await?;
    Ok(Made { batch, skipped: Vec::new(), is_replay: false })
}

/// Gives a batch up before any money has moved; what it held is owed again.
///
/// # Errors
/// `NOT_FOUND`, `INVALID_STATE`, `STALE_VERSION`, `FORBIDDEN`; database failures.
pub async fn payment_batch_cancel(ctx: &OpContext, core: &Core, change: BatchChange) -> Outcome<PaymentBatch> {
    ctx.require(Permission::PaymentManage)?;
    let tx = core.db.tenant(ctx).await?;
    let batch = turn(&tx, &change, BatchState::Cancelled, Vec::new()).await?;
    payment::Entity::update_many()
        .col_expr(payment::Column::State, Expr::value(PaymentState::Cancelled.as_str()))
        .filter(payment::Column::TenantId.eq(ctx.tenant_id.uuid()))
        .filter(payment::Column::BatchId.eq(change.id.uuid()))
        .filter(payment::Column::State.eq(PaymentState::Planned.as_str()))
        .exec(&tx)
        .await
        .or_fail()?;
    trail(&tx, ctx, "payment_batch.cancel", change.id).await?;
    tx.commit().await?;
    Ok(batch)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rust_decimal_macros::dec;

    fn account(available: Decimal) -> AccountRow {
        AccountRow { account_id: Uuid::from_u128(1), party_id: Uuid::nil(), currency: "EUR".to_owned(), available }
    }

    #[test]
    fn parts_take_what_each_account_has_and_sum_to_what_is_owed() {
        let accounts = [account(dec!(10.00)), account(dec!(5.00))];
        let amounts =
            |owed| parts(owed, &accounts).map(|parts| parts.into_iter().map(|part| part.1).collect::<Vec<_>>());
        assert_eq!(amounts(dec!(12.50)), Some(vec![dec!(10.00), dec!(2.50)]));
        assert_eq!(amounts(dec!(10.00)), Some(vec![dec!(10.00)]));
        assert_eq!(amounts(dec!(15.01)), None);
    }
}
