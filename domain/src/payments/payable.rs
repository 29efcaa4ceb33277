//! What can be paid: published balances, less what was paid since, above the threshold, to payees not on hold.

use std::collections::HashMap;

use entity::{party, payment};
use kernel::context::OpContext;
use kernel::currency::Currency;
use kernel::failure::{Failure, Outcome};
use kernel::ids::PartyId;
use kernel::permission::Permission;
use platform::db::{OrFail, TenantTx, sql};
use rust_decimal::Decimal;
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter};
use uuid::Uuid;

use super::method::Method;
use super::model::{Payable, Skipped};
use crate::{Core, statements};

#[derive(FromQueryResult)]
struct UnstatedRow {
    party_id: Uuid,
    currency: String,
    amount: Decimal,
}

/// Payments that no published statement shows yet, whether they have arrived or not.
async fn unstated(tx: &TenantTx) -> Outcome<HashMap<(Uuid, String), Decimal>> {
    let rows = UnstatedRow::find_by_statement(sql(
        "SELECT p.party_id, p.currency, sum(p.amount) AS amount
         FROM payment p LEFT JOIN statement s ON s.tenant_id = p.tenant_id AND s.id = p.stated_in
         WHERE p.tenant_id = $1 AND p.state IN ('PLANNED', 'SENT', 'SETTLED')
           AND (p.stated_in IS NULL OR s.state <> 'PUBLISHED')
         GROUP BY p.party_id, p.currency",
        [tx.tenant_id().uuid().into()],
    ))
    .all(tx)
    .await
    .or_fail()?;
    Ok(rows.into_iter().map(|row| ((row.party_id, row.currency), row.amount)).collect())
}

/// Whether and why a payee is left out now.
fn skipped(party: &party::Model, amount: Decimal, currency: Currency, method: Option<Method>) -> Option<Skipped> {
    if party.status == "ON_HOLD" {
        return Some(Skipped::OnHold);
    }
    if method.is_some_and(|method| party.payment_method != method.as_str()) {
        return Some(Skipped::OtherMethod);
    }
    // A threshold is an amount in the payee's payment currency; balances in others have none.
    let own = party.payment_currency.as_deref().is_none_or(|code| code == currency.code());
    (own && party.payment_threshold.is_some_and(|threshold| amount < threshold)).then_some(Skipped::BelowThreshold)
}

/// Everything that is owed now, inside the caller's transaction.
pub(super) async fn all(tx: &TenantTx, method: Option<Method>) -> Outcome<Vec<Payable>> {
    let unstated = unstated(tx).await?;
    let parties: HashMap<Uuid, party::Model> = party::Entity::find()
        .filter(party::Column::TenantId.eq(tx.tenant_id().uuid()))
        .all(tx)
        .await
        .or_fail()?
        .into_iter()
        .map(|row| (row.id, row))
        .collect();
    let mut rows = Vec::new();
    for closing in statements::latest_published(tx).await? {
        let key = (closing.party_id.uuid(), closing.currency.code().to_owned());
        let paid = unstated.get(&key).copied().unwrap_or_default();
        let amount = closing.amount.checked_sub(paid).ok_or_else(|| Failure::internal("a balance out of range"))?;
        let party = parties.get(&key.0).ok_or_else(|| Failure::internal("a payee is missing"))?;
        if amount > Decimal::ZERO {
            rows.push(Payable {
                party_id: closing.party_id,
                currency: closing.currency,
                amount,
                statement_id: closing.statement_id,
                threshold: party.payment_threshold,
                skipped: skipped(party, amount, closing.currency, method),
            });
        }
    }
    rows.sort_by_key(|row| (row.party_id, row.currency));
    Ok(rows)
}

/// What is owed to payees now. A rights holder sees what is owed to their own parties.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn payables(ctx: &OpContext, core: &Core, party: Option<PartyId>) -> Outcome<Vec<Payable>> {
    ctx.require(Permission::PaymentRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let rows = all(&tx, None).await?;
    Ok(rows
        .into_iter()
        .filter(|row| ctx.sees_party(row.party_id) && party.is_none_or(|wanted| wanted == row.party_id))
        .collect())
}

/// Whether any payment of a party in a currency is on its way, which closes the door for a second one.
pub(super) async fn lock(tx: &TenantTx) -> Outcome<()> {
    use sea_orm::QuerySelect;
    // Batches are made one after the other: what the first has planned, the second must see.
    payment::Entity::find()
        .filter(payment::Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(payment::Column::State.is_in(["PLANNED", "SENT"]))
        .lock_shared()
        .all(tx)
        .await
        .or_fail()?;
    Ok(())
}
