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
use crate::settings;

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    base: String,
    quote: String,
    rate_on: NaiveDate,
    rate: Decimal,
    source: String,
}

/// The rates of the month and of the named days, with the days before that may stand in on holidays.
pub(super) async fn read(tx: &TenantTx, month: Month, days: &[NaiveDate]) -> Outcome<Rates> {
    read_days(tx, month.first_day(), month.last_day(), days).await
}

/// The rates of some days and of the days before them that may stand in on holidays, of the sources that the tenant's
/// configuration admits. Where several state the same pair and day, the order of the sources decides.
///
/// # Errors
/// `INTERNAL` for a rate that cannot be read; database failures.
pub async fn between(tx: &TenantTx, from: NaiveDate, to: NaiveDate) -> Outcome<Rates> {
    read_days(tx, from, to, &[]).await
}

async fn read_days(tx: &TenantTx, from: NaiveDate, to: NaiveDate, days: &[NaiveDate]) -> Outcome<Rates> {
    let age = Rates::new(Vec::new(), None).max_age_days;
    let from = from.checked_sub_days(Days::new(u64::from(age))).unwrap_or(from);
    let sources = settings::effective(tx, &settings::FX_SOURCES, None, None).await?.texts()?;
    let rows = Row::find_by_statement(sql(
        "SELECT DISTINCT ON (base, quote, rate_on) id, base, quote, rate_on, rate, source
           FROM exchange_rate
          WHERE tenant_id = $1 AND source = ANY($4)
            AND (rate_on BETWEEN $2 AND $3
                 OR EXISTS (SELECT 1 FROM unnest($5::date[]) AS day WHERE rate_on BETWEEN day - $6::int AND day))
          ORDER BY base, quote, rate_on, array_position($4, source)",
        [
            tx.tenant_id().uuid().into(),
            from.into(),
            to.into(),
            sources.into(),
            days.to_vec().into(),
            i32::from(age).into(),
        ],
    ))
    .all(tx)
    .await
    .or_fail()?;
    let rates = rows.into_iter().map(Row::rate).collect::<Outcome<Vec<_>>>()?;
    let named = settings::effective(tx, &settings::FX_PIVOT, None, None).await?.currency()?;
    let base = settings::effective(tx, &settings::BASE_CURRENCY, None, None).await?.currency()?;
    let pivot = named.or_else(|| pivot(&rates, base));
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

/// Through which currency two others are converted when there is no rate between them and the configuration names
/// none: the currency of the books if rates are stated in it, else the one most rates are stated in; of several the
/// first by code.
fn pivot(rates: &[Rate], books: Option<Currency>) -> Option<Currency> {
    if let Some(books) = books.filter(|books| rates.iter().any(|rate| rate.base == *books)) {
        return Some(books);
    }
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
    fn the_pivot_is_the_currency_of_the_books_or_what_most_rates_are_stated_in() {
        let books = |code| Currency::parse(code).ok();
        assert_eq!(pivot(&[], books("EUR")), None);
        let rates = [rate("USD", "GBP"), rate("EUR", "USD"), rate("EUR", "GBP")];
        assert_eq!(pivot(&rates, None).unwrap().code(), "EUR");
        assert_eq!(pivot(&rates[..2], None).unwrap().code(), "EUR");
        assert_eq!(pivot(&rates, books("USD")).unwrap().code(), "USD");
        assert_eq!(pivot(&rates, books("JPY")).unwrap().code(), "EUR");
    }
}
