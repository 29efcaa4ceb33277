//! Exchange rates.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use engine::model::{Rate, Rates};
use kernel::currency::Currency;
use kernel::failure::Outcome;
use kernel::period::Month;
use platform::db::{OrFail, TenantTx, sql};
use rust_decimal::Decimal;
use sea_orm::FromQueryResult;
use uuid::Uuid;

use super::unreadable;

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    base: String,
    quote: String,
    rate_on: NaiveDate,
    rate: Decimal,
    source: String,
}

/// The rates of the month and of the days before it that may stand in on holidays. Where two sources state the same
/// pair and day, what a person entered counts before what was fetched, then the first source by name.
pub(super) async fn read(tx: &TenantTx, month: Month) -> Outcome<Rates> {
    let tolerance = Days::new(u64::from(Rates::new(Vec::new(), None).max_age_days));
    let from = month.first_day().checked_sub_days(tolerance).unwrap_or(month.first_day());
    let rows = Row::find_by_statement(sql(
        "SELECT DISTINCT ON (base, quote, rate_on) id, base, quote, rate_on, rate, source
           FROM exchange_rate
          WHERE tenant_id = $1 AND rate_on BETWEEN $2 AND $3
          ORDER BY base, quote, rate_on, source <> 'MANUAL', source",
        [tx.tenant_id().uuid().into(), from.into(), month.last_day().into()],
    ))
    .all(tx)
    .await
    .or_fail()?;
    let rates = rows.into_iter().map(Row::rate).collect::<Outcome<Vec<_>>>()?;
    let pivot = pivot(&rates);
    Ok(Rates::new(rates, pivot))
}

impl Row {
    fn rate(self) -> Outcome<Rate> {
        let currency = |code: &str| Currency::parse(code).map_err(|error| unreadable("exchange rate", self.id, error));
        Ok(Rate {
            base: currency(&self.base)?,
            quote: currency(&self.quote)?,
            id: self.id.into(),
            date: self.rate_on,
            rate: self.rate.normalize(),
            source: self.source,
        })
    }
}

/// Through which currency two others are converted when there is no rate between them: the one most rates are
/// stated in; of several the first by code.
fn pivot(rates: &[Rate]) -> Option<Currency> {
    let mut stated: BTreeMap<Currency, usize> = BTreeMap::new();
    for rate in rates {
        *stated.entry(rate.base).or_default() += 1;
    }
    let most = stated.values().copied().max()?;
    stated.into_iter().find(|(_, count)| *count == most).map(|(currency, _)| currency)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use kernel::ids::RateId;

    fn rate(base: &str, quote: &str) -> Rate {
        Rate {
            id: RateId(Uuid::nil()),
            base: Currency::parse(base).unwrap(),
            quote: Currency::parse(quote).unwrap(),
            date: NaiveDate::from_ymd_opt(2026, 1, 31).unwrap(),
            rate: Decimal::ONE,
            source: "ECB".to_owned(),
        }
    }

    #[test]
    fn the_pivot_is_what_most_rates_are_stated_in() {
        assert_eq!(pivot(&[]), None);
        let rates = [rate("USD", "GBP"), rate("EUR", "USD"), rate("EUR", "GBP")];
        assert_eq!(pivot(&rates).unwrap().code(), "EUR");
        assert_eq!(pivot(&rates[..2]).unwrap().code(), "EUR");
    }
}
