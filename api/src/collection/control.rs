//! Control totals in the schema: what was paid, held against what was reported.

use async_graphql::{ComplexObject, Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use domain::collection as revenue;
use kernel::failure::Outcome;
use kernel::ids::{ReportId, SourceId};

use super::loaders::Reports;
use super::types::RevenueReport;
use crate::frame;
use crate::frame::connection::{List, page};
use crate::frame::ids;
use crate::frame::loader::load_visible;
use crate::frame::scalars::{CurrencyCode, Date, DateTime, Decimal, Month};
use crate::{payload, user_errors};

/// Where a control total comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "revenue::ControlOrigin")]
pub enum ControlTotalOrigin {
    /// Somebody has entered it.
    Hand,
    /// A remittance of the form X12 820.
    #[graphql(name = "X12_820")]
    X12820,
}

/// How a control total stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "revenue::ControlState")]
pub enum ControlTotalState {
    /// Nobody has said which reports it pays for.
    Unassigned,
    /// Paid and reported are the same, with what was booked.
    Agreed,
    /// What is open is within the tolerance.
    WithinTolerance,
    /// More is open: runs of the reports' month cannot be approved.
    Differs,
}

/// Why less or more was paid than was reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "revenue::DifferenceReason")]
pub enum ControlDifferenceReason {
    /// Another rate of exchange.
    Fx,
    /// A bank has kept a fee.
    BankFee,
    /// Tax was withheld from the whole payment.
    Tax,
    /// The provider has kept a fee from the whole payment.
    ProviderFee,
    /// It is paid with another payment.
    Timing,
    /// Nobody knows.
    Unexplained,
}

/// A difference that was booked to the ledger.
#[derive(Debug, Clone, SimpleObject)]
pub struct ControlDifference {
    /// Why.
    reason: ControlDifferenceReason,
    /// Paid less reported, in the currency of the payment.
    amount: Decimal,
    /// What was found out.
    note: String,
    /// The month it is accounted in.
    accounting_month: Month,
    /// When it was booked.
    booked_at: DateTime,
}

/// What was paid, beside what was reported: `difference = amount − reported`, and `open` is what of it nobody has booked.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct ControlTotal {
    /// The global id.
    #[graphql(owned)]
    pub id: ID,
    /// Where it comes from.
    origin: ControlTotalOrigin,
    /// How it stands.
    state: ControlTotalState,
    /// Who pays.
    payer: String,
    /// The reference of the payment.
    reference: String,
    /// The currency of every amount.
    currency: CurrencyCode,
    /// What was paid.
    amount: Decimal,
    /// What the reports say: posted and waiting money. Skipped rows are no revenue.
    reported: Decimal,
    /// Paid less reported.
    difference: Decimal,
    /// What of the difference nobody has booked.
    open: Decimal,
    /// What may be open without holding an approval up.
    tolerance: Decimal,
    /// The day of the payment.
    received_on: Option<Date>,
    /// Words about it.
    note: Option<String>,
    /// Differences that were booked, in order.
    differences: Vec<ControlDifference>,
    /// Raised by every change.
    version: i32,
    /// When it was entered.
    created_at: DateTime,
    #[graphql(skip)]
    report_ids: Vec<ReportId>,
}

impl From<revenue::ControlTotal> for ControlTotal {
    fn from(row: revenue::ControlTotal) -> Self {
        Self {
            id: ID(row.id.to_string()),
            origin: row.origin.into(),
            state: row.state().into(),
            difference: row.difference().normalize().into(),
            open: row.open().into(),
            payer: row.payer,
            reference: row.reference,
            currency: row.currency.into(),
            amount: row.amount.into(),
            reported: row.reported.into(),
            tolerance: row.tolerance.into(),
            received_on: row.received_on.map(Into::into),
            note: row.note,
            differences: row
                .differences
                .into_iter()
                .map(|one| ControlDifference {
                    reason: one.reason.into(),
                    amount: one.amount.into(),
                    note: one.note,
                    accounting_month: one.accounting_month.into(),
                    booked_at: one.booked_at.into(),
                })
                .collect(),
            version: row.version,
            created_at: row.created_at.into(),
            report_ids: row.reports,
        }
    }
}

#[ComplexObject]
impl ControlTotal {
    /// The reports it pays for.
    async fn reports(&self, gql: &Context<'_>) -> Result<Vec<RevenueReport>> {
        let mut found = Vec::with_capacity(self.report_ids.len());
        for id in &self.report_ids {
            found.extend(load_visible::<Reports>(gql, *id).await?.map(RevenueReport::from));
        }
        Ok(found)
    }
}

/// Reading control totals.
#[derive(Default)]
pub struct ControlQuery;

#[Object]
impl ControlQuery {
    /// One control total. Null when there is no such thing here.
    async fn control_total(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "Its global id.")] id: ID,
    ) -> Result<Option<ControlTotal>> {
        frame::read(gql, |ctx, core| async move {
            Ok(revenue::control_total(&ctx, &core, ids::parse(&id, ["id"])?).await?.map(Into::into))
        })
        .await
    }

    /// Payments that are held against reports, newest first.
    async fn control_totals(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "How many from the front, 1 to 100; 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<List<ControlTotal>> {
        frame::read(gql, |ctx, core| async move {
            let page = page(first, after, last, before)?;
            let rows = revenue::control_totals(&ctx, &core, page).await?;
            Ok(List::by_id(rows, |row| row.id.uuid()))
        })
        .await
    }
}

user_errors! {
    ControlUserError, ControlErrorCode, "control totals",
    CONTROL_TOTAL_INVALID => "A text is empty or too long, or a figure cannot be.",
    CONTROL_TOTAL_AGREED => "Nothing is open that could be booked.",
    CONTROL_TOTAL_BOOKED => "A difference was booked: the reports stay as they are.",
    DIFFERENCE_TOO_LARGE => "More than is open, or with the other sign.",
    REPORT_NOT_IMPORTED => "The report is not imported.",
    REPORT_PAID => "Another payment is held against the report.",
    IDEMPOTENCY_KEY_INVALID => "The idempotency key is empty or too long.",
}

payload! {
    /// What mutations of control totals answer.
    ControlTotalPayload(ControlUserError) {
        /// The control total; null when it was refused.
        control_total: ControlTotal,
    }
}

/// A payment to be held against reports.
#[derive(InputObject)]
pub struct ControlTotalCreateInput {
    /// The source whose reports it pays for.
    source_id: Option<ID>,
    /// Who pays.
    payer: String,
    /// The reference of the payment.
    reference: String,
    /// The currency.
    currency: CurrencyCode,
    /// What was paid; negative when it was taken back.
    amount: Decimal,
    /// The day of the payment.
    received_on: Option<Date>,
    /// What may be open without holding an approval up; nothing when not given.
    tolerance: Option<Decimal>,
    /// Words about it.
    note: Option<String>,
    /// The reports it pays for; they may be named later.
    #[graphql(default)]
    report_ids: Vec<ID>,
    /// A text of your choice, at most 200 characters, that makes a repeated request the same request.
    idempotency_key: String,
}

impl ControlTotalCreateInput {
    fn checked(self) -> Outcome<revenue::NewControlTotal> {
        let source = self.source_id.map(|id| ids::parse::<SourceId>(&id, ["input", "sourceId"])).transpose()?;
        Ok(revenue::NewControlTotal {
            source_id: source,
            payer: self.payer,
            reference: self.reference,
            currency: self.currency.into(),
            amount: self.amount.into(),
            received_on: self.received_on.map(Into::into),
            tolerance: self.tolerance.map(Into::into).unwrap_or_default(),
            note: self.note,
            reports: ids::parse_all(&self.report_ids, &["input", "reportIds"])?,
            idempotency_key: self.idempotency_key,
        })
    }
}

/// Which reports a payment is for, from now on.
#[derive(InputObject)]
pub struct ControlTotalAssignInput {
    /// The control total.
    id: ID,
    /// The version that was read.
    expected_version: i32,
    /// The reports, all of them.
    report_ids: Vec<ID>,
    /// What may be open from now on; as it was when not given.
    tolerance: Option<Decimal>,
}

/// A difference to be booked.
#[derive(InputObject)]
pub struct ControlTotalDifferenceBookInput {
    /// The control total.
    id: ID,
    /// The version that was read.
    expected_version: i32,
    /// Why it differs.
    reason: ControlDifferenceReason,
    /// How much, paid less reported: with the sign of what is open. All that is open when not given.
    amount: Option<Decimal>,
    /// What was found out.
    note: String,
}

/// Changing control totals.
#[derive(Default)]
pub struct ControlMutation;

#[Object]
impl ControlMutation {
    /// Enters what was paid for reports. Requires: REPORT_MANAGE.
    async fn control_total_create(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The payment.")] input: ControlTotalCreateInput,
    ) -> Result<ControlTotalPayload> {
        let outcome =
            frame::run(
                gql,
                |ctx, core| async move { revenue::control_total_create(&ctx, &core, input.checked()?).await },
            )
            .await;
        ControlTotalPayload::of(outcome)
    }

    /// Says which reports a payment is for. Requires: REPORT_MANAGE.
    async fn control_total_assign(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The payment and its reports.")] input: ControlTotalAssignInput,
    ) -> Result<ControlTotalPayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            let change = revenue::ControlTotalAssignment {
                id: ids::parse(&input.id, ["input", "id"])?,
                expected_version: input.expected_version,
                reports: ids::parse_all(&input.report_ids, &["input", "reportIds"])?,
                tolerance: input.tolerance.map(Into::into),
            };
            revenue::control_total_assign(&ctx, &core, change).await
        })
        .await;
        ControlTotalPayload::of(outcome)
    }

    /// Books why less or more was paid than was reported. Requires: REPORT_MANAGE.
    async fn control_total_difference_book(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The difference.")] input: ControlTotalDifferenceBookInput,
    ) -> Result<ControlTotalPayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            let booking = revenue::DifferenceBooking {
                id: ids::parse(&input.id, ["input", "id"])?,
                expected_version: input.expected_version,
                reason: input.reason.into(),
                amount: input.amount.map(Into::into),
                note: input.note,
            };
            revenue::control_total_difference_book(&ctx, &core, booking).await
        })
        .await;
        ControlTotalPayload::of(outcome)
    }
}
