//! Control totals entered, given their reports, and settled.

use chrono::NaiveDate;
use kernel::context::OpContext;
use kernel::currency::Currency;
use kernel::failure::{Failure, Outcome};
use kernel::ids::{ControlTotalId, ReportId, SourceId};
use kernel::limits::NAME_CHARS;
use kernel::period::Month;
use kernel::permission::Permission;
use platform::audit::{self, Change};
use platform::db::{OrFail, TenantTx, sql};
use platform::events::outbox;
use platform::idempotency::{self, Claim};
use rust_decimal::Decimal;
use sea_orm::ConnectionTrait;
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::super::report::first_open_month;
use super::super::sources;
use super::read::{ControlTotal, DifferenceReason, locked};
use crate::Core;
use crate::ledger::{self, AccountKey, AccountKind, Posting, Transfer};

/// Reports of one control total.
const REPORTS: usize = 500;

/// A payment to be held against reports.
#[derive(Debug, Clone, Serialize)]
pub struct NewControlTotal {
    /// The source whose reports it pays for.
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
    /// The reports it pays for; they may be named later.
    pub reports: Vec<ReportId>,
    /// Makes a repeated request the same request.
    pub idempotency_key: String,
}

fn text(value: &str, field: &str, needed: bool) -> Outcome<String> {
    let value = value.trim();
    let fine =
        value.chars().count() <= NAME_CHARS && !value.contains(char::is_control) && !(needed && value.is_empty());
    if fine {
        return Ok(value.to_owned());
    }
    let message = format!("Give {} to {NAME_CHARS} characters on one line.", i32::from(needed));
    Err(Failure::refused("CONTROL_TOTAL_INVALID", message).at(["input", field]))
}

/// Enters a control total by hand.
///
/// # Errors
/// `CONTROL_TOTAL_INVALID`, `REPORT_NOT_IMPORTED`, `REPORT_PAID`, `NOT_FOUND`, `IDEMPOTENCY_KEY_REUSED`, `FORBIDDEN`;
/// database failures.
pub async fn control_total_create(ctx: &OpContext, core: &Core, input: NewControlTotal) -> Outcome<ControlTotal> {
    ctx.require(Permission::ReportManage)?;
    let (payer, reference) = (text(&input.payer, "payer", true)?, text(&input.reference, "reference", true)?);
    let note = input.note.as_deref().map(|note| text(note, "note", false)).transpose()?;
    if input.tolerance < Decimal::ZERO {
        let message = "A tolerance is not below zero.";
        return Err(Failure::refused("CONTROL_TOTAL_INVALID", message).at(["input", "tolerance"]));
    }
    let tx = core.db.tenant(ctx).await?;
    let hash = idempotency::input_hash(&input)?;
    if let Claim::Replay(stored) = idempotency::begin(&tx, &input.idempotency_key, "controlTotalCreate", &hash).await? {
        let id: Option<ControlTotalId> = stored["id"].as_str().and_then(|text| text.parse().ok());
        return locked(&tx, id.ok_or_else(|| Failure::internal("a replayed control total without an id"))?).await;
    }
    if let Some(source) = input.source_id {
        sources::must_exist(&tx, source).await.map_err(|failure| failure.at(["input", "sourceId"]))?;
    }
    let id = ControlTotalId::new();
    tx.execute_raw(sql(
        "INSERT INTO control_total (tenant_id, id, origin, source_id, payer, reference, currency, amount, received_on,
             tolerance, note, version, created_by, created_at)
         VALUES ($1, $2, 'HAND', $3, $4, $5, $6, $7, $8, $9, $10, 1, $11, $12)",
        [
            ctx.tenant_id.uuid().into(),
            id.uuid().into(),
            input.source_id.map(|source| source.uuid()).into(),
            payer.into(),
            reference.into(),
            input.currency.code().into(),
            input.amount.into(),
            input.received_on.into(),
            input.tolerance.into(),
            note.into(),
            ctx.actor.label().into(),
            ctx.now.into(),
        ],
    ))
    .await
    .or_fail()?;
    assign(&tx, id, input.currency, &input.reports).await?;
    let after = json!({ "amount": input.amount, "currency": input.currency.code(), "reports": texts(&input.reports) });
    told(&tx, ctx, "control.create", id, after).await?;
    let created = locked(&tx, id).await?;
    idempotency::finish(&tx, &input.idempotency_key, &json!({ "id": id.to_string() })).await?;
    tx.commit().await?;
    Ok(created)
}

fn texts(ids: &[ReportId]) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}

async fn told(
    tx: &TenantTx,
    ctx: &OpContext,
    action: &str,
    id: ControlTotalId,
    after: serde_json::Value,
) -> Outcome<()> {
    let change =
        Change { action, entity_kind: "CONTROL_TOTAL", entity_id: id.uuid(), before: None, after: Some(after) };
    audit::record(tx, ctx, change).await?;
    outbox::write(tx, "control.changed", &json!({ "controlTotalId": id.to_string() })).await
}

/// Ties reports to a control total: imported ones, whose money in its currency no other one pays.
async fn assign(tx: &TenantTx, id: ControlTotalId, currency: Currency, reports: &[ReportId]) -> Outcome<()> {
    let refused = |code, message: String| Failure::refused(code, message).at(["input", "reportIds"]);
    if reports.len() > REPORTS {
        return Err(refused("CONTROL_TOTAL_INVALID", format!("A payment is for at most {REPORTS} reports.")));
    }
    let ids: Vec<Uuid> = reports.iter().map(|id| id.uuid()).collect();
    let known = tx
        .query_all_raw(sql(
            "SELECT id, state FROM revenue_report WHERE tenant_id = $1 AND id = ANY($2)",
            [tx.tenant_id().uuid().into(), ids.clone().into()],
        ))
        .await
        .or_fail()?;
    for report in reports {
        let row = known.iter().find(|row| row.try_get::<Uuid>("", "id").is_ok_and(|id| id == report.uuid()));
        let row = row.ok_or_else(|| {
            Failure::not_found("NOT_FOUND", format!("There is no report {report}.")).at(["input", "reportIds"])
        })?;
        if row.try_get::<String>("", "state").or_fail()? != "IMPORTED" {
            return Err(refused("REPORT_NOT_IMPORTED", format!("The report {report} is not imported.")));
        }
    }
    tx.execute_raw(sql(
        "INSERT INTO control_total_report (tenant_id, control_total_id, report_id, currency)
         SELECT DISTINCT $1::uuid, $2::uuid, report, $3 FROM unnest($4::uuid[]) AS report",
        [tx.tenant_id().uuid().into(), id.uuid().into(), currency.code().into(), ids.into()],
    ))
    .await
    .or_fail_on(&[(
        "control_total_report_once",
        "REPORT_PAID",
        "Another payment in this currency is held against one of the reports: take it from there first.",
    )])?;
    Ok(())
}

/// Which reports a control total pays for, from now on.
#[derive(Debug, Clone)]
pub struct ControlTotalAssignment {
    /// The control total.
    pub id: ControlTotalId,
    /// The version that was read.
    pub expected_version: i32,
    /// The reports, all of them.
    pub reports: Vec<ReportId>,
    /// What may be open from now on; as it was when not given.
    pub tolerance: Option<Decimal>,
}

/// Says which reports a control total pays for.
///
/// # Errors
/// `NOT_FOUND`, `STALE_VERSION`, `CONTROL_TOTAL_INVALID`, `CONTROL_TOTAL_BOOKED` once a difference was booked,
/// `REPORT_NOT_IMPORTED`, `REPORT_PAID`, `FORBIDDEN`; database failures.
pub async fn control_total_assign(
    ctx: &OpContext,
    core: &Core,
    input: ControlTotalAssignment,
) -> Outcome<ControlTotal> {
    ctx.require(Permission::ReportManage)?;
    let tx = core.db.tenant(ctx).await?;
    let before = locked(&tx, input.id).await?;
    check_version(&before, input.expected_version)?;
    if !before.differences.is_empty() && before.reports != input.reports {
        let message = "A difference was booked for these reports: enter what is new as another payment.";
        return Err(Failure::refused("CONTROL_TOTAL_BOOKED", message).at(["input", "reportIds"]));
    }
    if input.tolerance.is_some_and(|part| part < Decimal::ZERO) {
        let message = "A tolerance is not below zero.";
        return Err(Failure::refused("CONTROL_TOTAL_INVALID", message).at(["input", "tolerance"]));
    }
    tx.execute_raw(sql(
        "DELETE FROM control_total_report WHERE tenant_id = $1 AND control_total_id = $2",
        [ctx.tenant_id.uuid().into(), input.id.uuid().into()],
    ))
    .await
    .or_fail()?;
    assign(&tx, input.id, before.currency, &input.reports).await?;
    raise(&tx, input.id, input.tolerance).await?;
    told(&tx, ctx, "control.assign", input.id, json!({ "reports": texts(&input.reports) })).await?;
    let after = locked(&tx, input.id).await?;
    tx.commit().await?;
    Ok(after)
}

fn check_version(known: &ControlTotal, expected: i32) -> Outcome<()> {
    if known.version == expected {
        return Ok(());
    }
    let message = "Somebody changed the control total since it was read: read it again.";
    Err(Failure::conflict("STALE_VERSION", message).at(["input", "expectedVersion"]))
}

async fn raise(tx: &TenantTx, id: ControlTotalId, tolerance: Option<Decimal>) -> Outcome<()> {
    tx.execute_raw(sql(
        "UPDATE control_total SET version = version + 1, tolerance = coalesce($3, tolerance) WHERE tenant_id = $1 AND id = $2",
        [tx.tenant_id().uuid().into(), id.uuid().into(), tolerance.into()],
    ))
    .await
    .or_fail()?;
    Ok(())
}

/// A difference to be booked.
#[derive(Debug, Clone)]
pub struct DifferenceBooking {
    /// The control total.
    pub id: ControlTotalId,
    /// The version that was read.
    pub expected_version: i32,
    /// Why it differs.
    pub reason: DifferenceReason,
    /// How much, paid less reported; all that is open when not given.
    pub amount: Option<Decimal>,
    /// What was found out.
    pub note: String,
}

/// Books a difference: between what the provider owes us by its reports and an account of its own.
///
/// # Errors
/// `NOT_FOUND`, `STALE_VERSION`, `CONTROL_TOTAL_AGREED` when nothing is open, `DIFFERENCE_TOO_LARGE` for more than is
/// open, `CONTROL_TOTAL_INVALID`, `FORBIDDEN`; database failures.
pub async fn control_total_difference_book(
    ctx: &OpContext,
    core: &Core,
    input: DifferenceBooking,
) -> Outcome<ControlTotal> {
    ctx.require(Permission::ReportManage)?;
    let note = text(&input.note, "note", true)?;
    let tx = core.db.tenant(ctx).await?;
    let known = locked(&tx, input.id).await?;
    check_version(&known, input.expected_version)?;
    let open = known.open();
    if known.reports.is_empty() || open.is_zero() {
        let message = "Nothing is open: name the reports it pays for first, or leave it as it is.";
        return Err(Failure::refused("CONTROL_TOTAL_AGREED", message).at(["input", "id"]));
    }
    let amount = input.amount.unwrap_or(open);
    if amount.is_zero() || amount.is_sign_negative() != open.is_sign_negative() || amount.abs() > open.abs() {
        let message = format!("{open} {} is open: book at most that, with its sign.", known.currency);
        return Err(Failure::refused("DIFFERENCE_TOO_LARGE", message).at(["input", "amount"]));
    }
    let id = kernel::ids::ControlDifferenceId::new().uuid();
    let month = first_open_month(&tx, Month::of(ctx.now.date_naive())).await?;
    tx.execute_raw(sql(
        "INSERT INTO control_difference (tenant_id, id, control_total_id, reason, amount, note, accounting_month, booked_by,
             booked_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        [
            ctx.tenant_id.uuid().into(),
            id.into(),
            input.id.uuid().into(),
            input.reason.as_str().into(),
            amount.into(),
            note.into(),
            month.first_day().into(),
            ctx.actor.label().into(),
            ctx.now.into(),
        ],
    ))
    .await
    .or_fail()?;
    // Paid less than reported: the provider owes so much less, and the tenant bears it.
    let key = |kind| AccountKey::of(kind, known.currency);
    let purpose = format!("{}:{}", input.reason.as_str(), known.currency);
    let (bears, owes) = (key(AccountKind::ReceiptDifference), key(AccountKind::ProviderReceivable));
    let transfers = Transfer::signed(purpose, bears, owes, -amount).into_iter().collect();
    ledger::post(&tx, Posting { source_kind: "CONTROL_DIFFERENCE", source_id: id, month, transfers }).await?;
    raise(&tx, input.id, None).await?;
    let after = json!({ "reason": input.reason.as_str(), "amount": amount, "currency": known.currency.code() });
    told(&tx, ctx, "control.book", input.id, after).await?;
    let booked = locked(&tx, input.id).await?;
    tx.commit().await?;
    Ok(booked)
}

/// A remittance that came in becomes a control total. Reports that it names by their files are its own at once, where they
/// are imported and nobody else pays them.
///
/// # Errors
/// Database failures.
pub(in crate::collection) async fn from_remittance(
    tx: &TenantTx,
    file: Uuid,
    seq: i32,
    named: &[String],
) -> Outcome<()> {
    let tenant = tx.tenant_id().uuid();
    let made = tx
        .query_one_raw(sql(
            "INSERT INTO control_total (tenant_id, id, origin, source_id, remittance_id, payer, reference, currency, amount,
                 received_on, tolerance, version, created_by, created_at)
             SELECT m.tenant_id, $4, 'X12_820', m.source_id, m.id, coalesce(nullif(m.payer, ''), s.provider), m.reference,
                    m.currency, m.amount, m.paid_on, 0, 1, $5, m.created_at
             FROM remittance m JOIN source s ON s.tenant_id = $1 AND s.id = m.source_id
             WHERE m.tenant_id = $1 AND m.file_id = $2 AND m.seq = $3
             ON CONFLICT (tenant_id, remittance_id) DO NOTHING RETURNING id",
            [
                tenant.into(),
                file.into(),
                seq.into(),
                ControlTotalId::new().uuid().into(),
                tx.actor().label().into(),
            ],
        ))
        .await
        .or_fail()?;
    let Some(made) = made else { return Ok(()) };
    let id: Uuid = made.try_get("", "id").or_fail()?;
    tx.execute_raw(sql(
        "INSERT INTO control_total_report (tenant_id, control_total_id, report_id, currency)
         SELECT r.tenant_id, c.id, r.id, c.currency
         FROM control_total c
         JOIN revenue_report r ON r.tenant_id = $1 AND r.state = 'IMPORTED'
              AND (r.file_name = ANY($3) OR regexp_replace(r.file_name, '\\.[^.]*$', '') = ANY($3))
         JOIN report_total t ON t.tenant_id = $1 AND t.report_id = r.id AND t.currency = c.currency
         WHERE c.tenant_id = $1 AND c.id = $2
         ON CONFLICT DO NOTHING",
        [tenant.into(), id.into(), named.to_vec().into()],
    ))
    .await
    .or_fail()?;
    Ok(())
}
