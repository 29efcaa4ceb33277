//! One line, computed at once with the rules as they are now: the answer is in the request, and nothing is stored.

use std::sync::Arc;

use chrono::NaiveDate;
use engine::explain::Explanation;
use engine::model::{ItemKey, Line};
use kernel::codes::{ItemKind, RevenueType, SuspenseReason};
use kernel::context::OpContext;
use kernel::currency::Currency;
use kernel::failure::{Failure, Outcome};
use kernel::ids::{ContractId, PartyId, ReportId};
use kernel::money::Earning;
use kernel::period::Month;
use kernel::permission::Permission;
use kernel::territory::Territory;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::close;
use super::input::{SelectedReport, Selection};
use crate::Core;
use crate::rights::snapshot;

/// A line that somebody makes up.
#[derive(Debug, Clone)]
pub struct PreviewLine {
    /// The kind of item.
    pub item_kind: ItemKind,
    /// The item.
    pub item_id: Uuid,
    /// The accounting month whose exchange rates apply.
    pub month: Month,
    /// The sale date.
    pub sale_date: NaiveDate,
    /// Where.
    pub territory: Territory,
    /// The platform.
    pub platform: String,
    /// The kind of use.
    pub revenue_type: RevenueType,
    /// The product configuration.
    pub configuration: Option<String>,
    /// Units; negative for returns.
    pub units: i64,
    /// Net to the tenant, at most 18 decimal places.
    pub amount: Decimal,
    /// Its currency.
    pub currency: Currency,
    /// Gross as the platform would state it.
    pub gross: Option<Decimal>,
}

/// What one payee would get.
#[derive(Debug, Clone)]
pub struct PreviewRoyalty {
    /// The contract.
    pub contract_id: ContractId,
    /// The payee.
    pub party_id: PartyId,
    /// In the contract's currency, at most 12 places.
    pub amount: Earning,
    /// In the line's currency.
    pub source: Earning,
    /// From the line to the amount.
    pub explanation: Arc<Explanation>,
}

/// What would become of a line.
#[derive(Debug, Clone)]
pub struct Preview {
    /// What payees would get, in the order of contracts and splits.
    pub royalties: Vec<PreviewRoyalty>,
    /// Why it would wait; none: it would not.
    pub waiting: Option<SuspenseReason>,
}

/// Computes a line with the rules, rates and terms as they are now. Nothing is stored and nothing is posted.
///
/// # Errors
/// `RULES_INVALID`; `FORBIDDEN`; database failures.
pub async fn royalty_preview(ctx: &OpContext, core: &Core, line: PreviewLine) -> Outcome<Preview> {
    ctx.require(Permission::RoyaltyRead)?;
    ctx.require(Permission::ContractRead)?;
    let today = ctx.now.date_naive();
    let report = SelectedReport {
        id: ReportId::new(),
        month: line.month,
        received_on: today,
        paid_on: Some(today),
        rates: Vec::new(),
        charges: Vec::new(),
        matched: true,
        excluded: false,
        resolved: Vec::new(),
    };
    let reports =
        Selection { month: line.month, previous: None, reports: vec![report], lines: 1, overrides: Vec::new() };
    let view = core.db.tenant_snapshot(ctx).await?;
    let now = snapshot::read(&view, line.month, &reports.days()).await?;
    view.rollback().await?;
    let rules = close::compiled(now.rules, now.rates, now.opening, reports.scope()).await?;
    tokio::task::spawn_blocking(move || computed(rules, &line))
        .await
        .map_err(|error| Failure::internal(format!("computing a line: {error}")))?
}

fn computed(rules: engine::CompiledRules, from: &PreviewLine) -> Outcome<Preview> {
    let mut names = rules.interner();
    let line = Line {
        report: 0,
        line_no: 1,
        item: names.item(ItemKey { kind: from.item_kind, id: from.item_id }),
        territory: from.territory,
        currency: from.currency,
        amount: from.amount,
        gross: from.gross,
        units: from.units,
        sale_date: from.sale_date,
        platform: names.platform(&from.platform),
        revenue_type: from.revenue_type,
        configuration: from.configuration.as_deref().map(|name| names.configuration(name)),
        details: engine::model::LineDetails::default(),
    };
    let rules = rules.ordered_by(&[line]);
    let outcome = rules.compute(&[line]);
    let lost = |what: &str| Failure::internal(format!("a computed line: {what}"));
    let mut royalties = Vec::with_capacity(outcome.rows.len());
    for row in &outcome.rows {
        let ids = rules.ids(row).ok_or_else(|| lost("a row without its rules"))?;
        let explanation = rules.explain(&names, &line, row).map_err(|error| lost(&error.to_string()))?;
        let amount = row.amount.to_decimal().ok_or_else(|| lost("more than 28 digits"))?;
        let source = row.source_amount.to_decimal().ok_or_else(|| lost("more than 28 digits"))?;
        royalties.push(PreviewRoyalty {
            contract_id: ids.contract_id,
            party_id: ids.party_id,
            amount: Earning { amount: amount.normalize(), currency: ids.currency },
            source: Earning { amount: source.normalize(), currency: row.source_currency },
            explanation: Arc::new(explanation),
        });
    }
    Ok(Preview { royalties, waiting: outcome.suspense.first().map(|one| one.reason) })
}
