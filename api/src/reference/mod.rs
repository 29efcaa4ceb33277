//! Exchange rates in the schema.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use domain::reference;
use domain::rights::rules;

use crate::frame;
use crate::frame::connection::{List, page};
use crate::frame::ids;
use crate::frame::scalars::{CurrencyCode, Date, Decimal};
use crate::operations::Operation;
use crate::{payload, user_errors};

user_errors! {
    ReferenceUserError, ReferenceErrorCode, "reference data",
    RATES_MISSING => "No rate was given.",
    RATES_TOO_MANY => "More rates than one request may set.",
    RATE_NOT_POSITIVE => "A rate is above zero.",
    RATE_TOO_FINE => "A rate has at most 18 decimal places.",
    RATE_SAME_CURRENCY => "A currency needs no rate to itself.",
    CHARGES_TOO_MANY => "More charges than a report may bear.",
    CHARGE_NAME => "A charge without a name, or with one that is too long.",
    CHARGE_ZERO => "A charge of nothing.",
    CHARGE_TOO_FINE => "A charge with more than 18 decimal places.",
    CHARGE_DUPLICATE => "Two charges of one name and currency.",
    CHARGE_NOT_BORNE => "A charge in a currency in which the report has no posted lines.",
    CHARGES_REPORTED => "Charges of a report whose lines a run has reported already.",
    RATE_DUPLICATE => "Two rates for one pair and day.",
    PAYMENT_EMPTY => "Neither a day nor a rate was given.",
    IDEMPOTENCY_KEY_INVALID => "An idempotency key has 1 to 200 characters.",
}

/// Which of the published rates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "reference::RateFile")]
pub enum ExchangeRateFile {
    /// Those of the last day.
    Latest,
    /// Everything there is: every working day since 1999.
    History,
}

/// Which rates to fetch.
#[derive(InputObject)]
pub struct ExchangeRatesFetchInput {
    /// Which of the rates that the European Central Bank publishes.
    #[graphql(default_with = "ExchangeRateFile::Latest")]
    file: ExchangeRateFile,
    /// Your key for this request: sent again, it gives the same operation and starts nothing.
    idempotency_key: String,
}

payload! {
    /// What `exchangeRatesFetch` answers.
    ExchangeRatesFetchPayload(ReferenceUserError) {
        /// The long work that fetches them; null when it was refused.
        operation: Operation,
    }
}

/// A rate that a provider states with a report.
#[derive(SimpleObject)]
pub struct StatedRate {
    /// From.
    base: CurrencyCode,
    /// To.
    quote: CurrencyCode,
    /// One unit of `base` in units of `quote`.
    rate: Decimal,
}

/// What is known of the payment of a report.
#[derive(SimpleObject)]
pub struct ReportPayment {
    /// The global id of the report.
    #[graphql(owned)]
    report_id: ID,
    /// When the provider paid it; null when that is not known.
    paid_on: Option<Date>,
    /// At which rates it converted.
    rates: Vec<StatedRate>,
    /// The taxes and fees that it kept of the whole report.
    charges: Vec<ReportCharge>,
    /// Who recorded it.
    recorded_by: String,
}

/// A tax or a fee that a provider kept of a whole report. It is allocated over the report's lines by what they amount to.
#[derive(SimpleObject)]
pub struct ReportCharge {
    /// What it is, for the statement.
    name: String,
    /// Tax or fee.
    kind: ReportChargeKind,
    /// What was kept, above zero as a rule; below zero something was given back.
    amount: Decimal,
    /// Its currency: that of the lines which bear it.
    currency: CurrencyCode,
}

/// What was kept of a whole report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "rules::ChargeKind")]
pub enum ReportChargeKind {
    /// A tax.
    Tax,
    /// A fee.
    Fee,
}

impl From<reference::ReportPayment> for ReportPayment {
    fn from(row: reference::ReportPayment) -> Self {
        let rate = |one: rules::StatedRate| StatedRate {
            base: one.base.into(),
            quote: one.quote.into(),
            rate: one.rate.normalize().into(),
        };
        let charge = |one: rules::Charge| ReportCharge {
            name: one.name,
            kind: one.kind.into(),
            amount: one.amount.normalize().into(),
            currency: one.currency.into(),
        };
        Self {
            report_id: ID(row.report_id.to_string()),
            paid_on: row.paid_on.map(Into::into),
            rates: row.rates.into_iter().map(rate).collect(),
            charges: row.charges.into_iter().map(charge).collect(),
            recorded_by: row.recorded_by,
        }
    }
}

/// A rate that a provider states with a report.
#[derive(InputObject)]
pub struct StatedRateInput {
    /// From.
    base: CurrencyCode,
    /// To.
    quote: CurrencyCode,
    /// One unit of `base` in units of `quote`, above zero.
    rate: Decimal,
}

/// A tax or a fee that a provider kept of a whole report.
#[derive(InputObject)]
pub struct ReportChargeInput {
    /// What it is, for the statement; 1 to 100 characters.
    name: String,
    /// Tax or fee.
    kind: ReportChargeKind,
    /// What was kept; below zero when something was given back. At most 18 decimal places.
    amount: Decimal,
    /// Its currency: that of the lines which bear it.
    currency: CurrencyCode,
}

/// When a provider paid a report, at which rates, and what it kept of the whole.
#[derive(InputObject)]
pub struct RevenueReportPaymentSetInput {
    /// Which report.
    report_id: ID,
    /// When it was paid.
    paid_on: Option<Date>,
    /// The rates it was converted with, one per pair.
    #[graphql(default)]
    rates: Vec<StatedRateInput>,
    /// The taxes and fees that were kept of the whole report.
    #[graphql(default)]
    charges: Vec<ReportChargeInput>,
}

payload! {
    /// What `revenueReportPaymentSet` answers.
    RevenueReportPaymentSetPayload(ReferenceUserError) {
        /// What is known now; null when it was refused.
        payment: ReportPayment,
    }
}

/// One unit of `base` is worth `rate` units of `quote` on a day.
#[derive(SimpleObject)]
pub struct ExchangeRate {
    /// The global id.
    #[graphql(owned)]
    pub id: ID,
    /// From.
    base: CurrencyCode,
    /// To.
    quote: CurrencyCode,
    /// The day.
    on: Date,
    /// One unit of `base` in units of `quote`.
    rate: Decimal,
    /// Who says so: `MANUAL`, `ECB` …
    source: String,
}

impl From<reference::ExchangeRate> for ExchangeRate {
    fn from(row: reference::ExchangeRate) -> Self {
        Self {
            id: ID(row.id.to_string()),
            base: row.base.into(),
            quote: row.quote.into(),
            on: row.on.into(),
            rate: row.rate.normalize().into(),
            source: row.source,
        }
    }
}

/// A rate to be set.
#[derive(InputObject)]
pub struct ExchangeRateInput {
    /// From.
    base: CurrencyCode,
    /// To.
    quote: CurrencyCode,
    /// The day.
    on: Date,
    /// One unit of `base` in units of `quote`, above zero.
    rate: Decimal,
}

impl From<ExchangeRateInput> for reference::NewRate {
    fn from(input: ExchangeRateInput) -> Self {
        Self { base: input.base.into(), quote: input.quote.into(), on: input.on.into(), rate: input.rate.into() }
    }
}

/// Rates to be set.
#[derive(InputObject)]
pub struct ExchangeRatesSetInput {
    /// The rates, at most 5,000; one per pair and day.
    rates: Vec<ExchangeRateInput>,
}

/// What `exchangeRatesSet` answers.
#[derive(SimpleObject)]
pub struct ExchangeRatesSetPayload {
    /// The rates as they are now, in the order of the input; null when they were refused.
    rates: Option<Vec<ExchangeRate>>,
    /// What was refused; empty when it was done.
    user_errors: Vec<ReferenceUserError>,
}

/// Which rates.
#[derive(InputObject, Default)]
pub struct ExchangeRateFilter {
    /// Only from this currency.
    base: Option<CurrencyCode>,
    /// Only to this currency.
    quote: Option<CurrencyCode>,
    /// Only from this day on.
    from: Option<Date>,
    /// Only until this day.
    to: Option<Date>,
}

/// Reading exchange rates.
#[derive(Default)]
pub struct ReferenceQuery;

#[Object]
impl ReferenceQuery {
    /// Exchange rates, the newest entry first. Requires: CONTRACT_READ.
    async fn exchange_rates(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "How many from the front, 1 to 100; 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which ones.")] filter: Option<ExchangeRateFilter>,
    ) -> Result<List<ExchangeRate>> {
        frame::read(gql, |ctx, core| async move {
            let filter = filter.unwrap_or_default();
            let filter = reference::ExchangeRateFilter {
                base: filter.base.map(Into::into),
                quote: filter.quote.map(Into::into),
                from: filter.from.map(Into::into),
                to: filter.to.map(Into::into),
            };
            let rows = reference::exchange_rates(&ctx, &core, filter, page(first, after, last, before)?).await?;
            Ok(List::by_id(rows, |row: &reference::ExchangeRate| row.id.uuid()))
        })
        .await
    }
}

/// Setting exchange rates.
#[derive(Default)]
pub struct ReferenceMutation;

#[Object]
impl ReferenceMutation {
    /// Sets exchange rates by hand; a pair and day that has one by hand gets the new one. What was calculated keeps
    /// the rates it was calculated with. Requires: CONTRACT_MANAGE.
    async fn exchange_rates_set(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The rates.")] input: ExchangeRatesSetInput,
    ) -> Result<ExchangeRatesSetPayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            let rates = input.rates.into_iter().map(Into::into).collect();
            reference::exchange_rates_set(&ctx, &core, rates).await
        })
        .await;
        let (rates, user_errors) = ReferenceUserError::split(outcome)?;
        Ok(ExchangeRatesSetPayload {
            rates: rates.map(|rates| rates.into_iter().map(Into::into).collect()),
            user_errors,
        })
    }

    /// Fetches reference rates of the European Central Bank. A worker does it; watch the operation. Tenants whose
    /// configuration says so get the rates of the day by themselves. Requires: CONTRACT_MANAGE.
    async fn exchange_rates_fetch(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "Which rates.")] input: ExchangeRatesFetchInput,
    ) -> Result<ExchangeRatesFetchPayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            reference::exchange_rates_fetch(&ctx, &core, input.file.into(), &input.idempotency_key).await
        })
        .await;
        ExchangeRatesFetchPayload::of(outcome)
    }

    /// Records when a provider paid a report and at which rates it converted, for contracts that convert by them. It
    /// replaces what was recorded before; what was calculated stays. Requires: REPORT_MANAGE.
    async fn revenue_report_payment_set(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The payment.")] input: RevenueReportPaymentSetInput,
    ) -> Result<RevenueReportPaymentSetPayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            let rate = |one: StatedRateInput| rules::StatedRate {
                base: one.base.into(),
                quote: one.quote.into(),
                rate: one.rate.into(),
            };
            let charge = |one: ReportChargeInput| rules::Charge {
                name: one.name,
                kind: one.kind.into(),
                amount: one.amount.into(),
                currency: one.currency.into(),
            };
            let new = reference::NewReportPayment {
                report_id: ids::parse(&input.report_id, ["input", "reportId"])?,
                paid_on: input.paid_on.map(Into::into),
                rates: input.rates.into_iter().map(rate).collect(),
                charges: input.charges.into_iter().map(charge).collect(),
            };
            reference::report_payment_set(&ctx, &core, new).await
        })
        .await;
        RevenueReportPaymentSetPayload::of(outcome)
    }
}
