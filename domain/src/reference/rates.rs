//! Exchange rates that people enter or bring from a file. A run records the rates it used, so a corrected rate never
//! changes what was calculated.

use chrono::NaiveDate;
use engine::check::validate_rates;
use engine::model::{Rate, Rates};
use entity::exchange_rate::{ActiveModel, Column, Entity, Model};
use kernel::context::OpContext;
use kernel::currency::Currency;
use kernel::failure::{Failure, Finding, Outcome};
use kernel::ids::RateId;
use kernel::page::{Page, PageRequest};
use kernel::permission::Permission;
use platform::audit::{self, Change};
use platform::db::OrFail;
use platform::events::outbox;
use rust_decimal::Decimal;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;

use crate::Core;

/// The source of rates that a person enters.
pub(crate) const MANUAL: &str = "MANUAL";

/// Most rates of one request.
const RATES_AT_ONCE: usize = 5_000;

/// One unit of `base` is worth `rate` units of `quote` on a day.
#[derive(Debug, Clone)]
pub struct ExchangeRate {
    /// Its id.
    pub id: RateId,
    /// From.
    pub base: Currency,
    /// To.
    pub quote: Currency,
    /// The day.
    pub on: NaiveDate,
    /// The rate.
    pub rate: Decimal,
    /// Who says so: `MANUAL`, `ECB` …
    pub source: String,
}

impl TryFrom<Model> for ExchangeRate {
    type Error = Failure;

    fn try_from(row: Model) -> Result<Self, Failure> {
        let currency = |code: &str| Currency::parse(code).map_err(|error| Failure::internal(error.to_string()));
        Ok(Self {
            id: row.id.into(),
            base: currency(&row.base)?,
            quote: currency(&row.quote)?,
            on: row.rate_on,
            rate: row.rate,
            source: row.source,
        })
    }
}

/// A rate to be set.
#[derive(Debug, Clone, Copy)]
pub struct NewRate {
    /// From.
    pub base: Currency,
    /// To.
    pub quote: Currency,
    /// The day.
    pub on: NaiveDate,
    /// One unit of `base` in units of `quote`.
    pub rate: Decimal,
}

/// Which rates to list.
#[derive(Debug, Clone, Default)]
pub struct ExchangeRateFilter {
    /// Only from this currency.
    pub base: Option<Currency>,
    /// Only to this currency.
    pub quote: Option<Currency>,
    /// Only from this day on.
    pub from: Option<NaiveDate>,
    /// Only until this day.
    pub to: Option<NaiveDate>,
}

/// Sets rates by hand; a pair and day that has one by hand gets the new one.
///
/// # Errors
/// `RATE_NOT_POSITIVE`, `RATE_TOO_FINE`, `RATE_SAME_CURRENCY`, `RATE_DUPLICATE`, `RATES_MISSING`, `RATES_TOO_MANY`,
/// `FORBIDDEN`; database failures.
pub async fn exchange_rates_set(ctx: &OpContext, core: &Core, rates: Vec<NewRate>) -> Outcome<Vec<ExchangeRate>> {
    ctx.require(Permission::ContractManage)?;
    if rates.is_empty() {
        return Err(Failure::refused("RATES_MISSING", "Give at least one rate.").at(["input", "rates"]));
    }
    if rates.len() > RATES_AT_ONCE {
        let message = format!("At most {RATES_AT_ONCE} rates at once, not {}.", rates.len());
        return Err(Failure::refused("RATES_TOO_MANY", message).at(["input", "rates"]));
    }
    let checked: Vec<Rate> = rates
        .iter()
        .map(|one| Rate {
            id: RateId::new(),
            base: one.base,
            quote: one.quote,
            date: one.on,
            rate: one.rate.normalize(),
            source: MANUAL.to_owned(),
        })
        .collect();
    let set = Rates::new(checked, None);
    let found = validate_rates(&set);
    if !found.is_empty() {
        return Err(Failure::findings(found.into_iter().map(in_input).collect()));
    }
    let tx = core.db.tenant(ctx).await?;
    let rows = set.rates.iter().map(|rate| ActiveModel {
        tenant_id: Set(ctx.tenant_id.uuid()),
        id: Set(rate.id.uuid()),
        source: Set(MANUAL.to_owned()),
        base: Set(rate.base.code().to_owned()),
        quote: Set(rate.quote.code().to_owned()),
        rate_on: Set(rate.date),
        rate: Set(rate.rate),
        created_by: Set(ctx.actor.label()),
        created_at: Set(ctx.now),
    });
    let conflict = OnConflict::columns([Column::TenantId, Column::Base, Column::Quote, Column::RateOn, Column::Source])
        .update_columns([Column::Rate, Column::CreatedBy, Column::CreatedAt])
        .to_owned();
    Entity::insert_many(rows).on_conflict(conflict).exec_without_returning(&tx).await.or_fail()?;
    let mut days: Vec<NaiveDate> = rates.iter().map(|rate| rate.on).collect();
    days.sort_unstable();
    days.dedup();
    let stored: Vec<ExchangeRate> = Entity::find()
        .filter(Column::TenantId.eq(ctx.tenant_id.uuid()))
        .filter(Column::Source.eq(MANUAL))
        .filter(Column::RateOn.is_in(days))
        .order_by_asc(Column::Id)
        .all(&tx)
        .await
        .or_fail()?
        .into_iter()
        .map(ExchangeRate::try_from)
        .collect::<Outcome<_>>()?;
    let mut answer = Vec::with_capacity(rates.len());
    for rate in &rates {
        let row = stored.iter().find(|row| (row.base, row.quote, row.on) == (rate.base, rate.quote, rate.on));
        answer.push(row.cloned().ok_or_else(|| Failure::internal("an exchange rate vanished"))?);
    }
    for rate in &answer {
        audit::record(
            &tx,
            ctx,
            Change {
                action: "exchange_rate.set",
                entity_kind: "EXCHANGE_RATE",
                entity_id: rate.id.uuid(),
                before: None,
                after: Some(json!({ "base": rate.base, "quote": rate.quote, "on": rate.on, "rate": rate.rate })),
            },
        )
        .await?;
    }
    outbox::write(&tx, "exchange_rates.set", &json!({ "rates": answer.len() })).await?;
    tx.commit().await?;
    Ok(answer)
}

/// The engine calls the day `date`; the input calls it `on`.
pub(crate) fn in_input(mut finding: Finding) -> Finding {
    for part in &mut finding.path {
        if part == "date" {
            "on".clone_into(part);
        }
    }
    finding.path.insert(0, "input".to_owned());
    finding
}

/// Lists rates, newest entry first.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn exchange_rates(
    ctx: &OpContext,
    core: &Core,
    filter: ExchangeRateFilter,
    page: PageRequest,
) -> Outcome<Page<ExchangeRate>> {
    ctx.require(Permission::ContractRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let mut condition = Condition::all().add(Column::TenantId.eq(ctx.tenant_id.uuid()));
    if let Some(base) = filter.base {
        condition = condition.add(Column::Base.eq(base.code()));
    }
    if let Some(quote) = filter.quote {
        condition = condition.add(Column::Quote.eq(quote.code()));
    }
    if let Some(from) = filter.from {
        condition = condition.add(Column::RateOn.gte(from));
    }
    if let Some(to) = filter.to {
        condition = condition.add(Column::RateOn.lte(to));
    }
    if let Some(after) = &page.after {
        condition = condition.add(Column::Id.lt(after.id));
    }
    if let Some(before) = &page.before {
        condition = condition.add(Column::Id.gt(before.id));
    }
    let query = Entity::find().filter(condition).limit(page.size.saturating_add(1));
    let query = if page.from_end { query.order_by_asc(Column::Id) } else { query.order_by_desc(Column::Id) };
    let rows = query.all(&tx).await.or_fail()?.into_iter().map(ExchangeRate::try_from).collect::<Outcome<Vec<_>>>()?;
    Ok(Page::from_fetched(rows, &page))
}
