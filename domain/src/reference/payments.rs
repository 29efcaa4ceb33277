//! When a provider paid a report, the rates it converted with, and what it kept of the whole: what contracts need that
//! convert at the rate of the payment or at the stated one, and what the report's lines bear.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use engine::model::{Charge, StatedRate};
use entity::report_payment::{ActiveModel, Column, Entity, Model};
use entity::{report_total, revenue_report};
use kernel::context::OpContext;
use kernel::failure::{Failure, Finding, Outcome};
use kernel::ids::ReportId;
use kernel::permission::Permission;
use platform::audit::{self, Change};
use platform::db::{OrFail, TenantTx};
use platform::events::outbox;
use rust_decimal::Decimal;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;

use crate::Core;

/// Most rates that one report may state.
const RATES_OF_A_REPORT: usize = 200;
/// Decimal places of a rate.
const PLACES: u32 = 18;
/// Most taxes and fees of one report.
const CHARGES_OF_A_REPORT: usize = 50;
/// Most characters of a charge's name.
const CHARGE_NAME: usize = 100;

/// What is known of the payment of a report.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportPayment {
    /// The report.
    pub report_id: ReportId,
    /// When it was paid.
    pub paid_on: Option<NaiveDate>,
    /// At which rates.
    pub rates: Vec<StatedRate>,
    /// Which taxes and fees it kept of the whole report. They are allocated over the report's lines.
    pub charges: Vec<Charge>,
    /// Who recorded it.
    pub recorded_by: String,
}

/// What to record; it replaces what was recorded before.
#[derive(Debug, Clone)]
pub struct NewReportPayment {
    /// The report.
    pub report_id: ReportId,
    /// When it was paid.
    pub paid_on: Option<NaiveDate>,
    /// At which rates.
    pub rates: Vec<StatedRate>,
    /// Which taxes and fees it kept of the whole report. They are allocated over the report's lines.
    pub charges: Vec<Charge>,
}

impl TryFrom<Model> for ReportPayment {
    type Error = Failure;

    fn try_from(row: Model) -> Outcome<Self> {
        let rates = serde_json::from_value(row.rates)
            .map_err(|error| Failure::internal(format!("rates of report {}: {error}", row.report_id)))?;
        let charges = serde_json::from_value(row.charges)
            .map_err(|error| Failure::internal(format!("charges of report {}: {error}", row.report_id)))?;
        let (report_id, paid_on, recorded_by) = (row.report_id.into(), row.paid_on, row.recorded_by);
        Ok(Self { report_id, paid_on, rates, charges, recorded_by })
    }
}

/// What is wrong with stated rates.
fn findings(rates: &[StatedRate]) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut pairs = BTreeSet::new();
    for (position, rate) in rates.iter().enumerate() {
        let mut refuse = |code, message: String, field: &str| {
            let path = ["input", "rates", &position.to_string(), field].map(str::to_owned).to_vec();
            found.push(Finding { code, message, path });
        };
        if rate.rate <= Decimal::ZERO {
            refuse("RATE_NOT_POSITIVE", format!("A rate is above zero, not {}.", rate.rate), "rate");
        } else if rate.rate.normalize().scale() > PLACES {
            refuse("RATE_TOO_FINE", format!("A rate has at most {PLACES} decimal places."), "rate");
        }
        if rate.base == rate.quote {
            refuse("RATE_SAME_CURRENCY", format!("{} needs no rate to itself.", rate.base), "quote");
        }
        if !pairs.insert((rate.base, rate.quote)) {
            refuse("RATE_DUPLICATE", format!("Two rates from {} to {}.", rate.base, rate.quote), "base");
        }
    }
    found
}

/// What is wrong with charges.
fn charge_findings(charges: &[Charge]) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut names = BTreeSet::new();
    for (position, charge) in charges.iter().enumerate() {
        let mut refuse = |code, message: String, field: &str| {
            let path = ["input", "charges", &position.to_string(), field].map(str::to_owned).to_vec();
            found.push(Finding { code, message, path });
        };
        if charge.name.trim().is_empty() || charge.name.chars().count() > CHARGE_NAME {
            refuse("CHARGE_NAME", format!("A charge has a name of 1 to {CHARGE_NAME} characters."), "name");
        }
        if charge.amount.is_zero() {
            refuse("CHARGE_ZERO", "A charge of nothing says nothing.".to_owned(), "amount");
        } else if charge.amount.normalize().scale() > PLACES {
            refuse("CHARGE_TOO_FINE", format!("A charge has at most {PLACES} decimal places."), "amount");
        }
        if !names.insert((charge.name.as_str(), charge.currency)) {
            refuse("CHARGE_DUPLICATE", format!("{} stands there twice.", charge.name), "name");
        }
    }
    found
}

/// Refuses what no line of the report could bear: it would be lost without a word.
async fn borne(tx: &TenantTx, input: &NewReportPayment) -> Outcome<()> {
    if input.charges.is_empty() {
        return Ok(());
    }
    let posted: Vec<String> = report_total::Entity::find()
        .filter(report_total::Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(report_total::Column::ReportId.eq(input.report_id.uuid()))
        .filter(report_total::Column::Posted.ne(Decimal::ZERO))
        .all(tx)
        .await
        .or_fail()?
        .into_iter()
        .map(|total| total.currency)
        .collect();
    let unborne =
        input.charges.iter().enumerate().filter(|(_, one)| !posted.iter().any(|at| at == one.currency.code()));
    let found: Vec<Finding> = unborne
        .map(|(position, charge)| Finding {
            code: "CHARGE_NOT_BORNE",
            message: format!("The report has no posted lines in {} that could bear {}.", charge.currency, charge.name),
            path: ["input", "charges", &position.to_string(), "currency"].map(str::to_owned).to_vec(),
        })
        .collect();
    if found.is_empty() { Ok(()) } else { Err(Failure::findings(found)) }
}

/// Records when a provider paid a report, and at which rates. Runs that are computed from then on use it.
///
/// # Errors
/// `PAYMENT_EMPTY`, `CHARGES_TOO_MANY`, `CHARGE_NAME`, `CHARGE_ZERO`, `CHARGE_TOO_FINE`, `CHARGE_DUPLICATE`, `CHARGE_NOT_BORNE`, `CHARGES_REPORTED`, `RATES_TOO_MANY`, `RATE_NOT_POSITIVE`, `RATE_TOO_FINE`, `RATE_SAME_CURRENCY`, `RATE_DUPLICATE`;
/// `NOT_FOUND`; `FORBIDDEN`; database failures.
pub async fn report_payment_set(ctx: &OpContext, core: &Core, input: NewReportPayment) -> Outcome<ReportPayment> {
    ctx.require(Permission::ReportManage)?;
    if input.paid_on.is_none() && input.rates.is_empty() && input.charges.is_empty() {
        let message = "Say when the report was paid, at which rates, or what was kept of it.";
        return Err(Failure::refused("PAYMENT_EMPTY", message).at(["input", "paidOn"]));
    }
    if input.rates.len() > RATES_OF_A_REPORT {
        let message = format!("A report states at most {RATES_OF_A_REPORT} rates, not {}.", input.rates.len());
        return Err(Failure::refused("RATES_TOO_MANY", message).at(["input", "rates"]));
    }
    if input.charges.len() > CHARGES_OF_A_REPORT {
        let message = format!("A report bears at most {CHARGES_OF_A_REPORT} charges, not {}.", input.charges.len());
        return Err(Failure::refused("CHARGES_TOO_MANY", message).at(["input", "charges"]));
    }
    let found = [findings(&input.rates), charge_findings(&input.charges)].concat();
    if !found.is_empty() {
        return Err(Failure::findings(found));
    }
    let tx = core.db.tenant(ctx).await?;
    let key = (ctx.tenant_id.uuid(), input.report_id.uuid());
    let report = revenue_report::Entity::find_by_id(key).one(&tx).await.or_fail()?;
    let report =
        report.ok_or_else(|| Failure::not_found("NOT_FOUND", "There is no such report.").at(["input", "reportId"]))?;
    let before = Entity::find_by_id(key).one(&tx).await.or_fail()?.map(ReportPayment::try_from).transpose()?;
    let known = before.as_ref().map(|before| before.charges.as_slice()).unwrap_or_default();
    if report.calculated_run_id.is_some() && input.charges != known {
        let message = "The report's lines have been reported with the charges that were known then: book what is new as \
                       an adjustment.";
        return Err(Failure::refused("CHARGES_REPORTED", message).at(["input", "charges"]));
    }
    borne(&tx, &input).await?;
    let rates = serde_json::to_value(&input.rates).map_err(|error| Failure::internal("rates").because(error))?;
    let charges = serde_json::to_value(&input.charges).map_err(|error| Failure::internal("charges").because(error))?;
    Entity::insert(ActiveModel {
        tenant_id: Set(key.0),
        report_id: Set(key.1),
        paid_on: Set(input.paid_on),
        rates: Set(rates),
        charges: Set(charges),
        version: Set(1),
        recorded_by: Set(ctx.actor.label()),
        recorded_at: Set(ctx.now),
    })
    .on_conflict(
        OnConflict::columns([Column::TenantId, Column::ReportId])
            .update_columns([Column::PaidOn, Column::Rates, Column::Charges, Column::RecordedBy, Column::RecordedAt])
            .value(Column::Version, Expr::col((Entity, Column::Version)).add(1))
            .to_owned(),
    )
    .exec_without_returning(&tx)
    .await
    .or_fail()?;
    let stored = Entity::find_by_id(key).one(&tx).await.or_fail()?.map(ReportPayment::try_from).transpose()?;
    let stored = stored.ok_or_else(|| Failure::internal("a payment of a report vanished"))?;
    let said = |one: &ReportPayment| json!({ "paidOn": one.paid_on, "rates": one.rates, "charges": one.charges });
    audit::record(
        &tx,
        ctx,
        Change {
            action: "report.payment_set",
            entity_kind: "REVENUE_REPORT",
            entity_id: key.1,
            before: before.as_ref().map(said),
            after: Some(said(&stored)),
        },
    )
    .await?;
    outbox::write(&tx, "report.payment_set", &json!({ "reportId": input.report_id.to_string() })).await?;
    tx.commit().await?;
    Ok(stored)
}

/// What is known of the payments of reports, for batch loading.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn report_payments_of(ctx: &OpContext, core: &Core, ids: &[ReportId]) -> Outcome<Vec<ReportPayment>> {
    ctx.require(Permission::ReportRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let rows = Entity::find()
        .filter(Column::TenantId.eq(ctx.tenant_id.uuid()))
        .filter(Column::ReportId.is_in(ids.iter().map(|id| id.uuid())))
        .all(&tx)
        .await
        .or_fail()?;
    rows.into_iter().map(ReportPayment::try_from).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use kernel::currency::Currency;

    #[test]
    fn every_bad_rate_is_named_with_its_place() {
        let rate = |base: &str, quote: &str, rate: Decimal| StatedRate {
            base: Currency::parse(base).unwrap(),
            quote: Currency::parse(quote).unwrap(),
            rate,
        };
        let one = Decimal::ONE;
        let rates = [
            rate("USD", "EUR", one),
            rate("USD", "USD", one),
            rate("GBP", "EUR", Decimal::ZERO),
            rate("USD", "EUR", one),
        ];
        let codes: Vec<_> = findings(&rates).into_iter().map(|one| (one.code, one.path.join("."))).collect();
        let expected = [
            ("RATE_SAME_CURRENCY", "input.rates.1.quote"),
            ("RATE_NOT_POSITIVE", "input.rates.2.rate"),
            ("RATE_DUPLICATE", "input.rates.3.base"),
        ];
        assert_eq!(codes, expected.map(|(code, path)| (code, path.to_owned())));
    }
}
