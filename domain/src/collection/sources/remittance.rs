//! Remittances that came in: kept as totals that reports are held against.

use chrono::{DateTime, NaiveDate, Utc};
use entity::source_file;
use formats::remittance::read_x12_820;
use kernel::context::OpContext;
use kernel::failure::{Failure, Outcome};
use kernel::ids::{RemittanceId, SourceId};
use kernel::page::{Page, PageRequest};
use kernel::permission::Permission;
use platform::db::{OrFail, sql};
use rust_decimal::Decimal;
use sea_orm::ConnectionTrait;
use serde_json::json;
use uuid::Uuid;

use super::files;
use super::model::{FileState, SourceRun};
use crate::Core;
use crate::collection::control;

/// The largest remittance: it is held in memory.
const BYTES: i64 = 16 * 1024 * 1024;

/// What a provider said it pays.
#[derive(Debug, Clone)]
pub struct Remittance {
    /// Its id.
    pub id: RemittanceId,
    /// Who pays.
    pub payer: String,
    /// Who is paid.
    pub payee: String,
    /// The trace number of the payment.
    pub reference: String,
    /// The currency.
    pub currency: String,
    /// What is paid; negative when it is taken back.
    pub amount: Decimal,
    /// The day of the payment.
    pub paid_on: Option<NaiveDate>,
    /// What it is paid for: reference and amount.
    pub items: Vec<(String, String)>,
    /// When it came.
    pub created_at: DateTime<Utc>,
}

/// Reads a remittance and keeps what it says; what cannot be read is refused with the segment.
pub(super) async fn keep(core: &Core, ctx: &OpContext, run: &SourceRun, file: &source_file::Model) -> Outcome<()> {
    let read = if file.byte_size > BYTES {
        Err(format!("it has more than {BYTES} bytes"))
    } else {
        read_x12_820(&core.storage.get(&file.object_key).await?).map_err(|error| error.to_string())
    };
    let tx = core.db.tenant(ctx).await?;
    match read {
        Err(why) => {
            let message = format!("The remittance cannot be read: {why}.");
            let failure = Some(("REMITTANCE_INVALID", message.as_str()));
            files::settle(&tx, file.id.into(), run.id, FileState::Refused, failure).await?;
        }
        Ok(payments) => {
            for (payment, seq) in payments.iter().zip(1_i32..) {
                let items: Vec<_> = payment
                    .items
                    .iter()
                    .map(|item| json!({ "reference": item.reference, "amount": item.amount.to_string() }))
                    .collect();
                tx.execute_raw(sql(
                    "INSERT INTO remittance (tenant_id, id, source_id, file_id, seq, payer, payee, reference, currency,
                         amount, paid_on, items, created_at)
                     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
                     ON CONFLICT (tenant_id, file_id, seq) DO NOTHING",
                    [
                        ctx.tenant_id.uuid().into(),
                        RemittanceId::new().uuid().into(),
                        file.source_id.into(),
                        file.id.into(),
                        seq.into(),
                        payment.payer.as_str().into(),
                        payment.payee.as_str().into(),
                        payment.reference.as_str().into(),
                        payment.currency.as_str().into(),
                        payment.amount.into(),
                        payment.paid_on.into(),
                        json!(items).into(),
                        (core.clock)().into(),
                    ],
                ))
                .await
                .or_fail()?;
                let named: Vec<String> = payment.items.iter().map(|item| item.reference.clone()).collect();
                control::from_remittance(&tx, file.id, seq, &named).await?;
            }
            files::settle(&tx, file.id.into(), run.id, FileState::Remittance, None).await?;
        }
    }
    tx.commit().await
}

/// Lists the remittances of a source, newest first.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn source_remittances(
    ctx: &OpContext,
    core: &Core,
    id: SourceId,
    page: PageRequest,
) -> Outcome<Page<Remittance>> {
    ctx.require(Permission::ReportRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let order = if page.from_end { "ASC" } else { "DESC" };
    let rows = tx
        .query_all_raw(sql(
            format!(
                "SELECT id, payer, payee, reference, currency, amount, paid_on, items, created_at FROM remittance
                 WHERE tenant_id = $1 AND source_id = $2 AND ($3::uuid IS NULL OR id < $3)
                   AND ($4::uuid IS NULL OR id > $4)
                 ORDER BY id {order} LIMIT $5"
            ),
            [
                ctx.tenant_id.uuid().into(),
                id.uuid().into(),
                page.after.as_ref().map(|cursor| cursor.id).into(),
                page.before.as_ref().map(|cursor| cursor.id).into(),
                i64::try_from(page.size.saturating_add(1)).unwrap_or(i64::MAX).into(),
            ],
        ))
        .await
        .or_fail()?;
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let items: serde_json::Value = row.try_get("", "items").or_fail()?;
        let text = |item: &serde_json::Value, name: &str| item[name].as_str().unwrap_or_default().to_owned();
        let items = items
            .as_array()
            .ok_or_else(|| Failure::internal("items of a remittance"))?
            .iter()
            .map(|item| (text(item, "reference"), text(item, "amount")))
            .collect();
        found.push(Remittance {
            id: row.try_get::<Uuid>("", "id").or_fail()?.into(),
            payer: row.try_get("", "payer").or_fail()?,
            payee: row.try_get("", "payee").or_fail()?,
            reference: row.try_get("", "reference").or_fail()?,
            currency: row.try_get("", "currency").or_fail()?,
            amount: row.try_get("", "amount").or_fail()?,
            paid_on: row.try_get("", "paid_on").or_fail()?,
            items,
            created_at: row.try_get("", "created_at").or_fail()?,
        });
    }
    Ok(Page::from_fetched(found, &page))
}
