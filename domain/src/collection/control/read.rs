//! Control totals read. How one stands is reckoned from its reports and bookings whenever it is looked at.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use kernel::context::OpContext;
use kernel::currency::Currency;
use kernel::failure::{Failure, Outcome};
use kernel::ids::{ControlTotalId, ReportId, SourceId};
use kernel::page::{Page, PageRequest};
use kernel::period::Month;
use kernel::permission::Permission;
use platform::db::{OrFail, TenantTx, sql};
use rust_decimal::Decimal;
use sea_orm::{ConnectionTrait, QueryResult};
use uuid::Uuid;

use crate::Core;

macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $($(#[$vdoc])* $variant,)* }

        impl $name {
            /// The name in data.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            pub(super) fn from_name(name: &str) -> Outcome<Self> {
                [$(Self::$variant),*]
                    .into_iter()
                    .find(|one| one.as_str() == name)
                    .ok_or_else(|| Failure::internal(format!("an unknown name `{name}` in a control total")))
            }
        }
    };
}

named! {
    /// Where a control total comes from.
    ControlOrigin {
        /// Somebody has entered it.
        Hand = "HAND",
        /// A remittance of the form X12 820.
        X12820 = "X12_820",
    }
}

named! {
    /// Why less or more was paid than was reported.
    DifferenceReason {
        /// Another rate of exchange.
        Fx = "FX",
        /// A bank has kept a fee.
        BankFee = "BANK_FEE",
        /// Tax was withheld from the whole payment.
        Tax = "TAX",
        /// The provider has kept a fee from the whole payment.
        ProviderFee = "PROVIDER_FEE",
        /// It is paid with another payment.
        Timing = "TIMING",
        /// Nobody knows.
        Unexplained = "UNEXPLAINED",
    }
}

/// How a control total stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ControlState {
    /// Nobody has said which reports it pays for.
    Unassigned,
    /// Paid and reported are the same, with what was booked.
    Agreed,
    /// What is open is within the tolerance.
    WithinTolerance,
    /// More is open.
    Differs,
}

/// A difference that was booked.
#[derive(Debug, Clone)]
pub struct ControlDifference {
    /// Why.
    pub reason: DifferenceReason,
    /// Paid less reported.
    pub amount: Decimal,
    /// In the booker's words.
    pub note: String,
    /// The month it is accounted in.
    pub accounting_month: Month,
    /// Who booked it.
    pub booked_by: String,
    /// When.
    pub booked_at: DateTime<Utc>,
}

/// What was paid, beside what was reported.
#[derive(Debug, Clone)]
pub struct ControlTotal {
    /// Its id.
    pub id: ControlTotalId,
    /// Where it comes from.
    pub origin: ControlOrigin,
    /// The source whose reports it pays for, when that is known.
    pub source_id: Option<SourceId>,
    /// Who pays.
    pub payer: String,
    /// The reference of the payment.
    pub reference: String,
    /// The currency.
    pub currency: Currency,
    /// What was paid.
    pub amount: Decimal,
    /// The day of the payment.
    pub received_on: Option<NaiveDate>,
    /// What may be open.
    pub tolerance: Decimal,
    /// Words about it.
    pub note: Option<String>,
    /// The reports it pays for.
    pub reports: Vec<ReportId>,
    /// What these say in its currency: posted and waiting money, with the digits cut; skipped rows are no revenue.
    pub reported: Decimal,
    /// Differences that were booked.
    pub differences: Vec<ControlDifference>,
    /// Raised by every change.
    pub version: i32,
    /// Who entered it.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
}

impl ControlTotal {
    /// Paid less reported.
    #[must_use]
    pub fn difference(&self) -> Decimal {
        self.amount.saturating_sub(self.reported)
    }

    /// What of the difference nobody has booked.
    #[must_use]
    pub fn open(&self) -> Decimal {
        self.differences.iter().fold(self.difference(), |open, one| open.saturating_sub(one.amount)).normalize()
    }

    /// How it stands.
    #[must_use]
    pub fn state(&self) -> ControlState {
        let open = self.open();
        if self.reports.is_empty() {
            ControlState::Unassigned
        } else if open.is_zero() {
            ControlState::Agreed
        } else if open.abs() <= self.tolerance {
            ControlState::WithinTolerance
        } else {
            ControlState::Differs
        }
    }
}

const FIELDS: &str =
    "c.id, c.origin, c.source_id, c.payer, c.reference, c.currency, c.amount, c.received_on, c.tolerance,
    c.note, c.version, c.created_by, c.created_at,
    coalesce((SELECT array_agg(a.report_id ORDER BY a.report_id) FROM control_total_report a
               WHERE a.tenant_id = $1 AND a.control_total_id = c.id), '{}') AS reports,
    -- Digits beyond a decimal are no part of a payment.
    coalesce((SELECT round(sum(t.total - t.skipped), 18) FROM control_total_report a
                JOIN report_total t ON t.tenant_id = $1 AND t.report_id = a.report_id AND t.currency = c.currency
               WHERE a.tenant_id = $1 AND a.control_total_id = c.id), 0) AS reported";

fn control(row: &QueryResult) -> Outcome<ControlTotal> {
    let (currency, origin): (String, String) =
        (row.try_get("", "currency").or_fail()?, row.try_get("", "origin").or_fail()?);
    let reports: Vec<Uuid> = row.try_get("", "reports").or_fail()?;
    Ok(ControlTotal {
        id: row.try_get::<Uuid>("", "id").or_fail()?.into(),
        origin: ControlOrigin::from_name(&origin)?,
        source_id: row.try_get::<Option<Uuid>>("", "source_id").or_fail()?.map(Into::into),
        payer: row.try_get("", "payer").or_fail()?,
        reference: row.try_get("", "reference").or_fail()?,
        currency: Currency::parse(&currency).map_err(|error| Failure::internal(error.to_string()))?,
        amount: row.try_get("", "amount").or_fail()?,
        received_on: row.try_get("", "received_on").or_fail()?,
        tolerance: row.try_get("", "tolerance").or_fail()?,
        note: row.try_get("", "note").or_fail()?,
        reports: reports.into_iter().map(Into::into).collect(),
        reported: row.try_get::<Decimal>("", "reported").or_fail()?.normalize(),
        differences: Vec::new(),
        version: row.try_get("", "version").or_fail()?,
        created_by: row.try_get("", "created_by").or_fail()?,
        created_at: row.try_get("", "created_at").or_fail()?,
    })
}

/// Control totals with what was booked at them.
async fn with_differences(tx: &TenantTx, rows: &[QueryResult]) -> Outcome<Vec<ControlTotal>> {
    let mut found = rows.iter().map(control).collect::<Outcome<Vec<_>>>()?;
    let ids: Vec<Uuid> = found.iter().map(|one| one.id.uuid()).collect();
    let booked = tx
        .query_all_raw(sql(
            "SELECT control_total_id, reason, amount, note, accounting_month, booked_by, booked_at FROM control_difference
             WHERE tenant_id = $1 AND control_total_id = ANY($2) ORDER BY id",
            [tx.tenant_id().uuid().into(), ids.into()],
        ))
        .await
        .or_fail()?;
    let mut by_total: BTreeMap<Uuid, Vec<ControlDifference>> = BTreeMap::new();
    for row in booked {
        let reason: String = row.try_get("", "reason").or_fail()?;
        by_total.entry(row.try_get("", "control_total_id").or_fail()?).or_default().push(ControlDifference {
            reason: DifferenceReason::from_name(&reason)?,
            amount: row.try_get("", "amount").or_fail()?,
            note: row.try_get("", "note").or_fail()?,
            accounting_month: Month::of(row.try_get("", "accounting_month").or_fail()?),
            booked_by: row.try_get("", "booked_by").or_fail()?,
            booked_at: row.try_get("", "booked_at").or_fail()?,
        });
    }
    for one in &mut found {
        one.differences = by_total.remove(&one.id.uuid()).unwrap_or_default();
    }
    Ok(found)
}

/// A control total that nobody else changes until the end of the transaction.
pub(super) async fn locked(tx: &TenantTx, id: ControlTotalId) -> Outcome<ControlTotal> {
    let unknown = || Failure::not_found("NOT_FOUND", "There is no such control total.").at(["input", "id"]);
    let rows = tx
        .query_all_raw(sql(
            format!("SELECT {FIELDS} FROM control_total c WHERE c.tenant_id = $1 AND c.id = $2 FOR UPDATE"),
            [tx.tenant_id().uuid().into(), id.uuid().into()],
        ))
        .await
        .or_fail()?;
    with_differences(tx, &rows).await?.pop().ok_or_else(unknown)
}

/// Looks a control total up.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn control_total(ctx: &OpContext, core: &Core, id: ControlTotalId) -> Outcome<Option<ControlTotal>> {
    ctx.require(Permission::ReportRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let query = format!("SELECT {FIELDS} FROM control_total c WHERE c.tenant_id = $1 AND c.id = $2");
    let rows = tx.query_all_raw(sql(query, [ctx.tenant_id.uuid().into(), id.uuid().into()])).await.or_fail()?;
    Ok(with_differences(&tx, &rows).await?.pop())
}

/// Lists control totals, newest first.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn control_totals(ctx: &OpContext, core: &Core, page: PageRequest) -> Outcome<Page<ControlTotal>> {
    ctx.require(Permission::ReportRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let order = if page.from_end { "ASC" } else { "DESC" };
    let rows = tx
        .query_all_raw(sql(
            format!(
                "SELECT {FIELDS} FROM control_total c
                 WHERE c.tenant_id = $1 AND ($2::uuid IS NULL OR c.id < $2) AND ($3::uuid IS NULL OR c.id > $3)
                 ORDER BY c.id {order} LIMIT $4"
            ),
            [
                ctx.tenant_id.uuid().into(),
                page.after.as_ref().map(|cursor| cursor.id).into(),
                page.before.as_ref().map(|cursor| cursor.id).into(),
                i64::try_from(page.size.saturating_add(1)).unwrap_or(i64::MAX).into(),
            ],
        ))
        .await
        .or_fail()?;
    Ok(Page::from_fetched(with_differences(&tx, &rows).await?, &page))
}

/// The control totals of several reports, for batch loading.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn control_totals_of_reports(ctx: &OpContext, core: &Core, ids: &[ReportId]) -> Outcome<Vec<ControlTotal>> {
    ctx.require(Permission::ReportRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    of_reports(&tx, ids).await
}

/// Those of one report.
pub(in crate::collection) async fn of_report(tx: &TenantTx, id: ReportId) -> Outcome<Vec<ControlTotal>> {
    of_reports(tx, &[id]).await
}

async fn of_reports(tx: &TenantTx, ids: &[ReportId]) -> Outcome<Vec<ControlTotal>> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let rows = tx
        .query_all_raw(sql(
            format!(
                "SELECT {FIELDS} FROM control_total c WHERE c.tenant_id = $1 AND c.id IN
                     (SELECT a.control_total_id FROM control_total_report a WHERE a.tenant_id = $1 AND a.report_id = ANY($2))
                 ORDER BY c.id"
            ),
            [tx.tenant_id().uuid().into(), ids.into()],
        ))
        .await
        .or_fail()?;
    with_differences(tx, &rows).await
}

/// Refuses while a payment for a report of the month differs from it by more than its tolerance.
///
/// # Errors
/// `CONTROL_TOTAL_DIFFERS`; database failures.
pub(crate) async fn require_reconciled(tx: &TenantTx, month: Month) -> Outcome<()> {
    let rows = tx
        .query_all_raw(sql(
            format!(
                "SELECT {FIELDS} FROM control_total c WHERE c.tenant_id = $1 AND c.id IN
                     (SELECT a.control_total_id FROM control_total_report a
                        JOIN revenue_report r ON r.tenant_id = $1 AND r.id = a.report_id
                       WHERE a.tenant_id = $1 AND r.accounting_month = $2)
                 ORDER BY c.id"
            ),
            [tx.tenant_id().uuid().into(), month.first_day().into()],
        ))
        .await
        .or_fail()?;
    let found = with_differences(tx, &rows).await?;
    let differing: Vec<&ControlTotal> = found.iter().filter(|one| one.state() == ControlState::Differs).collect();
    let Some(first) = differing.first() else { return Ok(()) };
    let more = match differing.len() {
        1 => String::new(),
        count => format!(" ({} more differ, too)", count - 1),
    };
    let message = format!(
        "`{}` of {} pays {} {} for reports of this month that say {}{more}: book the difference of {} with its reason, or \
         correct the reports.",
        first.reference,
        first.payer,
        first.amount,
        first.currency,
        first.reported,
        first.open(),
    );
    Err(Failure::refused("CONTROL_TOTAL_DIFFERS", message).at(["input", "id"]))
}
