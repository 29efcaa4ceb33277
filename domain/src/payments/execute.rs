//! The job that pays: reserve, send, settle; one payment at a time, each exactly once.
//!
//! ```text
//! PLANNED ──reserve, commit──> SENT ──method.send (no transaction)──> SETTLED or FAILED
//! ```
//!
//! A worker that dies between two steps is followed by one that finds the payment SENT and asks the method again
//! with the same id; the transfers are unique by payment and purpose.

use entity::{ledger_account, payment, payment_batch, payment_part};
use kernel::context::OpContext;
use kernel::currency::Currency;
use kernel::failure::{Failure, FailureKind, Outcome};
use kernel::ids::{OperationId, PaymentBatchId};
use kernel::period::Month;
use platform::db::{OrFail, TenantTx};
use platform::events::outbox;
use platform::jobs::{Job, JobFailure, JobPayload, JobRegistry};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::batch::{find, method};
use super::method::{Instruction, Settlement};
use super::model::{BatchState, PaymentBatch, PaymentState};
use crate::Core;
use crate::ledger::{self, AccountKey, AccountKind, Posting, Transfer};
use crate::operations::{self, Progress};

/// The job that executes a batch.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ExecutePayments {
    /// The batch.
    pub batch_id: PaymentBatchId,
    /// The operation that stands for the job.
    pub operation_id: OperationId,
}

impl JobPayload for ExecutePayments {
    const NAME: &'static str = "payments.execute";
}

/// Registers the jobs of payments.
#[must_use]
pub fn register(registry: JobRegistry, core: &Core) -> JobRegistry {
    let core = core.clone();
    registry.on::<ExecutePayments, _, _>(move |job: Job, payload| {
        let core = core.clone();
        async move {
            match attempt(&core, &job.ctx, &payload).await {
                Ok(()) => Ok(()),
                // A payment run is never given up half way: what is left is tried until it ends.
                Err(failure) => Err(JobFailure::Retry(failure)),
            }
        }
    })
}

async fn attempt(core: &Core, ctx: &OpContext, payload: &ExecutePayments) -> Outcome<()> {
    let tx = core.db.tenant(ctx).await?;
    let batch = find(&tx, payload.batch_id).await?;
    if batch.state != BatchState::Executing {
        return Ok(());
    }
    let rows = payment::Entity::find()
        .filter(payment::Column::TenantId.eq(ctx.tenant_id.uuid()))
        .filter(payment::Column::BatchId.eq(payload.batch_id.uuid()))
        .filter(payment::Column::State.is_in([PaymentState::Planned.as_str(), PaymentState::Sent.as_str()]))
        .order_by_asc(payment::Column::Id)
        .all(&tx)
        .await
        .or_fail()?;
    drop(tx);
    operations::start(core, ctx, payload.operation_id).await?;
    let mut progress = Progress::new(core.clone(), ctx.clone(), payload.operation_id);
    let total = i64::from(batch.payment_count);
    let ended = total.saturating_sub(i64::try_from(rows.len()).unwrap_or(i64::MAX));
    progress.stage("Paying", Some(total), "payments").await?;
    for (row, done) in rows.into_iter().zip(ended..) {
        pay(core, ctx, &batch, row).await?;
        progress.done(done.saturating_add(1)).await?;
    }
    close(core, ctx, payload).await
}

async fn pay(core: &Core, ctx: &OpContext, batch: &PaymentBatch, row: payment::Model) -> Outcome<()> {
    let currency = |code: &str| Currency::parse(code).map_err(|error| Failure::internal(error.to_string()));
    let stated = currency(&row.currency)?;
    let instruction = Instruction {
        payment_id: row.id.into(),
        party_id: row.party_id.into(),
        amount: row.paid_amount.unwrap_or(row.amount),
        currency: row.paid_currency.as_deref().map_or(Ok(stated), currency)?,
    };
    if row.state == PaymentState::Planned.as_str() {
        let tx = core.db.tenant(ctx).await?;
        turn(&tx, &row, PaymentState::Planned, PaymentState::Sent, core, None).await?;
        ledger::post_pending(&tx, reservation(&tx, &row, stated, batch.accounting_month).await?).await?;
        tx.commit().await?;
    }
    match method(&row.method)?.port().send(&instruction).await {
        Ok(Settlement::Settled) => settle(core, ctx, batch, (&row, stated), &instruction).await,
        Ok(Settlement::Pending) => Err(Failure::unavailable("PAYMENT_PENDING", "The payment is on its way.")),
        Err(failure) if matches!(failure.kind, FailureKind::Refused) => {
            let tx = core.db.tenant(ctx).await?;
            turn(&tx, &row, PaymentState::Sent, PaymentState::Failed, core, Some(failure.code())).await?;
            ledger::void(&tx, "PAYMENT", row.id, batch.accounting_month).await?;
            tx.commit().await
        }
        Err(failure) => Err(failure),
    }
}

async fn settle(
    core: &Core,
    ctx: &OpContext,
    batch: &PaymentBatch,
    (row, stated): (&payment::Model, Currency),
    instruction: &Instruction,
) -> Outcome<()> {
    let tx = core.db.tenant(ctx).await?;
    turn(&tx, row, PaymentState::Sent, PaymentState::Settled, core, None).await?;
    ledger::settle(&tx, "PAYMENT", row.id, batch.accounting_month).await?;
    let in_transit = AccountKey::of(AccountKind::InTransit, stated);
    let wallet = AccountKey::of(AccountKind::Wallet, instruction.currency).for_party(instruction.party_id);
    let transfers = if instruction.currency == stated {
        Transfer::signed("wallet", in_transit, wallet, instruction.amount).into_iter().collect()
    } else {
        // One currency goes into the exchange, the other comes out of it.
        let fx = |currency| AccountKey::of(AccountKind::FxClearing, currency);
        let given = Transfer::signed("exchanged", in_transit, fx(stated), row.amount);
        let got = Transfer::signed("wallet", fx(instruction.currency), wallet, instruction.amount);
        given.into_iter().chain(got).collect()
    };
    let posting = Posting { source_kind: "PAYMENT", source_id: row.id, month: batch.accounting_month, transfers };
    ledger::post(&tx, posting).await?;
    outbox::write(&tx, "payment.settled", &json!({ "paymentId": instruction.payment_id.to_string() })).await?;
    tx.commit().await
}

/// The money leaves the royalty accounts and is on its way.
async fn reservation(tx: &TenantTx, row: &payment::Model, stated: Currency, month: Month) -> Outcome<Posting> {
    let parts = payment_part::Entity::find()
        .filter(payment_part::Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(payment_part::Column::PaymentId.eq(row.id))
        .order_by_asc(payment_part::Column::AccountId)
        .all(tx)
        .await
        .or_fail()?;
    let accounts = ledger_account::Entity::find()
        .filter(ledger_account::Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(ledger_account::Column::Id.is_in(parts.iter().map(|part| part.account_id)))
        .all(tx)
        .await
        .or_fail()?;
    let mut transfers = Vec::with_capacity(parts.len());
    for part in parts {
        let account = accounts
            .iter()
            .find(|account| account.id == part.account_id)
            .ok_or_else(|| Failure::internal("a royalty account vanished"))?;
        let payable = AccountKey {
            kind: AccountKind::RoyaltyPayable,
            currency: stated,
            contract_id: account.contract_id.map(Into::into),
            party_id: account.party_id.map(Into::into),
        };
        let in_transit = AccountKey::of(AccountKind::InTransit, stated);
        transfers.extend(Transfer::signed(format!("part:{}", part.account_id), payable, in_transit, part.amount));
    }
    Ok(Posting { source_kind: "PAYMENT", source_id: row.id, month, transfers })
}

/// Changes the state of a payment that still has the expected one.
async fn turn(
    tx: &TenantTx,
    row: &payment::Model,
    from: PaymentState,
    to: PaymentState,
    core: &Core,
    failure: Option<&str>,
) -> Outcome<()> {
    use payment::Column;
    from.require(to)?;
    let mut update = payment::Entity::update_many()
        .col_expr(Column::State, Expr::value(to.as_str()))
        .col_expr(Column::FailureCode, Expr::value(failure))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(Column::Id.eq(row.id))
        .filter(Column::State.eq(from.as_str()));
    if to == PaymentState::Settled {
        update = update.col_expr(Column::SettledAt, Expr::value((core.clock)()));
    }
    if update.exec(tx).await.or_fail()?.rows_affected == 0 {
        return Err(Failure::unavailable("PAYMENT_MOVED", "Another worker has moved the payment."));
    }
    Ok(())
}

async fn close(core: &Core, ctx: &OpContext, payload: &ExecutePayments) -> Outcome<()> {
    use payment_batch::{Column, Entity};
    let tx = core.db.tenant(ctx).await?;
    let now = (core.clock)();
    Entity::update_many()
        .col_expr(Column::State, Expr::value(BatchState::Executed.as_str()))
        .col_expr(Column::ExecutedAt, Expr::value(now))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::TenantId.eq(ctx.tenant_id.uuid()))
        .filter(Column::Id.eq(payload.batch_id.uuid()))
        .filter(Column::State.eq(BatchState::Executing.as_str()))
        .exec(&tx)
        .await
        .or_fail()?;
    operations::finish(&tx, payload.operation_id, now).await?;
    tx.commit().await
}
