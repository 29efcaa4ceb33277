//! What can be paid: published balances, less what was paid since, above the threshold, to payees not on hold.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use chrono::NaiveDate;
use engine::model::Rates;
use entity::{party, payment};
use kernel::context::OpContext;
use kernel::currency::Currency;
use kernel::failure::{Failure, Outcome};
use kernel::ids::PartyId;
use kernel::money::{Rounding, round_to};
use kernel::permission::Permission;
use platform::db::{OrFail, TenantTx, sql};
use rust_decimal::Decimal;
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter};
use uuid::Uuid;

use super::method::Method;
use super::model::{Converted, Payable, Skipped};
use crate::rights::snapshot;
use crate::settings::{self, Book};
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

/// What a payee gets in another currency than the statement's, at the rates of the statement's last day; `None`
/// without a rate.
fn converted(
    rates: &Rates,
    (amount, from): (Decimal, Currency),
    to: Currency,
    day: NaiveDate,
    rounding: Rounding,
) -> Outcome<Option<Converted>> {
    let found = engine::convert_on(rates, from, to, day);
    let Some(found) = found.transpose().map_err(|finding| Failure::internal(finding.message))? else {
        return Ok(None);
    };
    let exact = amount.checked_mul(found.multiply).and_then(|product| product.checked_div(found.divide));
    let exact = exact.ok_or_else(|| Failure::refused("AMOUNT_OUT_OF_RANGE", "A converted payment is too large."))?;
    Ok(Some(Converted {
        currency: to,
        amount: round_to(exact, to, rounding),
        rate: found.rate(),
        multiply: found.multiply,
        divide: found.divide,
        on: found.date,
        sources: found.sources,
    }))
}

/// Whether and why a payee is left out now. `paid` is what the payee would get; none where there is no rate for it.
fn skipped(
    party: &party::Model,
    paid: Option<Decimal>,
    threshold: Option<Decimal>,
    method: Option<Method>,
) -> Option<Skipped> {
    if party.status == "ON_HOLD" {
        return Some(Skipped::OnHold);
    }
    if method.is_some_and(|method| party.payment_method != method.as_str()) {
        return Some(Skipped::OtherMethod);
    }
    let Some(paid) = paid else { return Some(Skipped::NoRate) };
    // What rounds to nothing in the other currency waits too.
    (paid.is_zero() || threshold.is_some_and(|threshold| paid < threshold)).then_some(Skipped::BelowThreshold)
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
    let book = Book::load(tx).await?;
    let rounding = settings::rounding(&book)?;
    let mut rates: HashMap<NaiveDate, Rates> = HashMap::new();
    let mut rows = Vec::new();
    for closing in statements::latest_published(tx).await? {
        let key = (closing.party_id.uuid(), closing.currency.code().to_owned());
        let paid = unstated.get(&key).copied().unwrap_or_default();
        let amount = closing.amount.checked_sub(paid).ok_or_else(|| Failure::internal("a balance out of range"))?;
        let party = parties.get(&key.0).ok_or_else(|| Failure::internal("a payee is missing"))?;
        if amount > Decimal::ZERO {
            let (organisation, stated) = (closing.organisation_id, closing.currency);
            let wanted = statements::pay_currency(&book, organisation, party, stated)?;
            let (threshold, threshold_level) = statements::threshold(&book, organisation, party, wanted)?;
            let (paid, converted) = if wanted == stated {
                (Some(amount), None)
            } else {
                let day = closing.period_to;
                if let Entry::Vacant(slot) = rates.entry(day) {
                    slot.insert(snapshot::rates_between(tx, day, day).await?);
                }
                let known = rates.get(&day).ok_or_else(|| Failure::internal("the rates vanished"))?;
                let converted = converted(known, (amount, stated), wanted, day, rounding)?;
                (converted.as_ref().map(|converted| converted.amount), converted)
            };
            rows.push(Payable {
                party_id: closing.party_id,
                currency: closing.currency,
                amount,
                statement_id: closing.statement_id,
                skipped: skipped(party, paid, threshold, method),
                converted,
                threshold,
                threshold_level,
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use engine::model::Rate;
    use rust_decimal_macros::dec;

    fn currency(code: &str) -> Currency {
        Currency::parse(code).unwrap()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn rates() -> Rates {
        let rate = |quote, rate| Rate {
            base: currency("EUR"),
            quote: currency(quote),
            id: uuid::Uuid::nil().into(),
            date: day("2026-01-30"),
            rate,
            source: "ECB".to_owned(),
        };
        Rates::new(vec![rate("USD", dec!(1.1)), rate("JPY", dec!(160))], Some(currency("EUR")))
    }

    #[test]
    fn a_payment_is_converted_directly_inversely_or_through_the_pivot() {
        let paid = |amount, from, to, on| {
            let found = converted(&rates(), (amount, currency(from)), currency(to), day(on), Rounding::HalfUp).unwrap();
            found.map(|found| (found.amount.to_string(), found.rate.normalize().to_string()))
        };
        let pair = |amount: &str, rate: &str| Some((amount.to_owned(), rate.to_owned()));
        // 90.05 × 1.1 = 99.055; half away from zero.
        assert_eq!(paid(dec!(90.05), "EUR", "USD", "2026-01-31"), pair("99.06", "1.1"));
        // 110 ÷ 1.1 = 100.
        assert_eq!(paid(dec!(110.00), "USD", "EUR", "2026-01-31"), pair("100.00", "0.909090909091"));
        // 11 ÷ 1.1 × 160 = 1600, in whole yen.
        assert_eq!(paid(dec!(11.00), "USD", "JPY", "2026-01-31"), pair("1600", "145.454545454545"));
        // The rate is older than a week.
        assert_eq!(paid(dec!(90.00), "EUR", "USD", "2026-02-28"), None);
        assert_eq!(paid(dec!(90.00), "EUR", "SEK", "2026-01-31"), None);
    }

    #[test]
    fn the_threshold_holds_for_what_is_paid() {
        let party = party::Model {
            tenant_id: uuid::Uuid::nil(),
            id: uuid::Uuid::nil(),
            reference: "P".to_owned(),
            name: "P".to_owned(),
            kind: "PERSON".to_owned(),
            country: None,
            email: None,
            payment_method: "INTERNAL_LEDGER".to_owned(),
            payment_currency: None,
            payment_threshold: None,
            status: "ACTIVE".to_owned(),
            version: 1,
            created_at: chrono::DateTime::from_timestamp(0, 0).unwrap(),
        };
        let why = |paid, threshold| skipped(&party, paid, threshold, Some(Method::InternalLedger));
        assert_eq!(why(Some(dec!(25.00)), Some(dec!(25.00))), None);
        assert_eq!(why(Some(dec!(24.99)), Some(dec!(25.00))), Some(Skipped::BelowThreshold));
        assert_eq!(why(Some(dec!(0)), None), Some(Skipped::BelowThreshold));
        assert_eq!(why(None, None), Some(Skipped::NoRate));
    }
}
