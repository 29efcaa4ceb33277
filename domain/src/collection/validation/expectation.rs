//! What somebody expects of a source's reports.

use chrono::{DateTime, Utc};
use kernel::context::OpContext;
use kernel::currency::Currency;
use kernel::failure::{Failure, Finding, Outcome};
use kernel::ids::SourceId;
use kernel::permission::Permission;
use kernel::territory::Territory;
use platform::audit::{self, Change};
use platform::db::{OrFail, TenantTx, sql};
use rust_decimal::Decimal;
use sea_orm::ConnectionTrait;
use serde_json::json;

use crate::Core;

/// What is expected. Where a thing is `None`, the reports before say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expectation {
    /// The territories, two letters each, all of them and no others.
    pub territories: Option<Vec<String>>,
    /// The currencies, all of them and no others.
    pub currencies: Option<Vec<String>>,
    /// The fewest and the most rows.
    pub rows: Option<(i64, i64)>,
    /// How many earlier reports are looked at.
    pub history: i32,
    /// How far the number of rows may be from their mean, as a part of it: 0.5 is a half.
    pub row_tolerance: Decimal,
    /// The same for amounts.
    pub amount_tolerance: Decimal,
    /// Whether items that every earlier report had are missed.
    pub items: bool,
    /// Raised by every change; 0 for what nobody has set.
    pub version: i32,
    /// When it was changed; never, when nobody has set it.
    pub updated_at: Option<DateTime<Utc>>,
}

impl Default for Expectation {
    fn default() -> Self {
        Self {
            territories: None,
            currencies: None,
            rows: None,
            history: 3,
            row_tolerance: Decimal::new(5, 1),
            amount_tolerance: Decimal::new(5, 1),
            items: true,
            version: 0,
            updated_at: None,
        }
    }
}

/// What to expect from now on; the whole of it.
#[derive(Debug, Clone)]
pub struct ExpectationChange {
    /// Of which source.
    pub source_id: SourceId,
    /// The version that was read; 0 for a source of which nothing was expected.
    pub expected_version: i32,
    /// What is expected; its version is not looked at.
    pub expectation: Expectation,
}

fn checked(wanted: &Expectation) -> Outcome<()> {
    let mut wrong = Vec::new();
    let mut say = |field: &str, message: String| {
        let path = vec!["input".to_owned(), field.to_owned()];
        wrong.push(Finding { code: "EXPECTATION_INVALID", message, path });
    };
    for territory in wanted.territories.iter().flatten() {
        if Territory::parse(territory).ok().is_none_or(|known| known.code() != territory) {
            say("territories", format!("`{territory}` is no territory of ISO 3166 (two letters)."));
        }
    }
    for currency in wanted.currencies.iter().flatten() {
        if Currency::parse(currency).is_err() {
            say("currencies", format!("`{currency}` is no currency of ISO 4217."));
        }
    }
    if wanted.territories.as_ref().is_some_and(|list| list.is_empty() || list.len() > 300) {
        say("territories", "Give at least one territory, or none of the field.".to_owned());
    }
    if wanted.currencies.as_ref().is_some_and(|list| list.is_empty() || list.len() > 300) {
        say("currencies", "Give at least one currency, or none of the field.".to_owned());
    }
    if wanted.rows.is_some_and(|(from, to)| from < 0 || to < from) {
        say("rowsTo", "The most rows are not fewer than the fewest, and neither is below zero.".to_owned());
    }
    if !(1..=24).contains(&wanted.history) {
        say("history", "Look at 1 to 24 earlier reports.".to_owned());
    }
    for (field, part) in [("rowTolerance", wanted.row_tolerance), ("amountTolerance", wanted.amount_tolerance)] {
        if part < Decimal::ZERO || part > Decimal::from(100) {
            say(field, "A tolerance is a part of the mean, 0 to 100: 0.5 is a half more or less.".to_owned());
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(Failure::findings(wrong)) }
}

/// Says what is expected of a source's reports from now on. Reports that are there keep what was found then.
///
/// # Errors
/// `NOT_FOUND`, `STALE_VERSION`, `EXPECTATION_INVALID`, `FORBIDDEN`; database failures.
pub async fn source_expectation_set(ctx: &OpContext, core: &Core, input: ExpectationChange) -> Outcome<()> {
    ctx.require(Permission::SourceManage)?;
    let wanted = &input.expectation;
    checked(wanted)?;
    let tx = core.db.tenant(ctx).await?;
    super::super::sources::must_exist(&tx, input.source_id).await?;
    let before = of(&tx, input.source_id).await?;
    let stale = || {
        let message = "Somebody changed what is expected since it was read: read it again.";
        Failure::conflict("STALE_VERSION", message).at(["input", "expectedVersion"])
    };
    if before.version != input.expected_version {
        return Err(stale());
    }
    let written = tx
        .execute_raw(sql(
            "INSERT INTO source_expectation (tenant_id, source_id, territories, currencies, rows_from, rows_to, history,
                 row_tolerance, amount_tolerance, items, version, updated_by, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11 + 1, $12, $13)
             ON CONFLICT (tenant_id, source_id) DO UPDATE SET territories = excluded.territories,
                 currencies = excluded.currencies, rows_from = excluded.rows_from, rows_to = excluded.rows_to,
                 history = excluded.history, row_tolerance = excluded.row_tolerance,
                 amount_tolerance = excluded.amount_tolerance, items = excluded.items, version = excluded.version,
                 updated_by = excluded.updated_by, updated_at = excluded.updated_at
             WHERE source_expectation.version = $11",
            [
                ctx.tenant_id.uuid().into(),
                input.source_id.uuid().into(),
                wanted.territories.clone().into(),
                wanted.currencies.clone().into(),
                wanted.rows.map(|(from, _)| from).into(),
                wanted.rows.map(|(_, to)| to).into(),
                wanted.history.into(),
                wanted.row_tolerance.into(),
                wanted.amount_tolerance.into(),
                wanted.items.into(),
                input.expected_version.into(),
                ctx.actor.label().into(),
                ctx.now.into(),
            ],
        ))
        .await
        .or_fail()?;
    if written.rows_affected() == 0 {
        return Err(stale());
    }
    let shape = |one: &Expectation| {
        json!({
            "territories": one.territories, "currencies": one.currencies, "rows": one.rows, "history": one.history,
            "rowTolerance": one.row_tolerance, "amountTolerance": one.amount_tolerance, "items": one.items,
        })
    };
    let change = Change {
        action: "source.expect",
        entity_kind: "SOURCE",
        entity_id: input.source_id.uuid(),
        before: (before.version > 0).then(|| shape(&before)),
        after: Some(shape(wanted)),
    };
    audit::record(&tx, ctx, change).await?;
    tx.commit().await
}

pub(super) async fn of(tx: &TenantTx, source: SourceId) -> Outcome<Expectation> {
    Ok(several(tx, &[source]).await?.pop().map(|(_, expectation)| expectation).unwrap_or_default())
}

async fn several(tx: &TenantTx, ids: &[SourceId]) -> Outcome<Vec<(SourceId, Expectation)>> {
    let ids: Vec<uuid::Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let rows = tx
        .query_all_raw(sql(
            "SELECT source_id, territories, currencies, rows_from, rows_to, history, row_tolerance, amount_tolerance, items,
                    version, updated_at
             FROM source_expectation WHERE tenant_id = $1 AND source_id = ANY($2)",
            [tx.tenant_id().uuid().into(), ids.into()],
        ))
        .await
        .or_fail()?;
    rows.iter()
        .map(|row| {
            let (from, to): (Option<i64>, Option<i64>) =
                (row.try_get("", "rows_from").or_fail()?, row.try_get("", "rows_to").or_fail()?);
            let expectation = Expectation {
                territories: row.try_get("", "territories").or_fail()?,
                currencies: row.try_get("", "currencies").or_fail()?,
                rows: from.zip(to),
                history: row.try_get("", "history").or_fail()?,
                row_tolerance: row.try_get("", "row_tolerance").or_fail()?,
                amount_tolerance: row.try_get("", "amount_tolerance").or_fail()?,
                items: row.try_get("", "items").or_fail()?,
                version: row.try_get("", "version").or_fail()?,
                updated_at: Some(row.try_get("", "updated_at").or_fail()?),
            };
            Ok((row.try_get::<uuid::Uuid>("", "source_id").or_fail()?.into(), expectation))
        })
        .collect()
}

/// What is expected of several sources, for batch loading; sources of which nobody has said anything are not among them.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn source_expectations(
    ctx: &OpContext,
    core: &Core,
    ids: &[SourceId],
) -> Outcome<Vec<(SourceId, Expectation)>> {
    ctx.require(Permission::ReportRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    several(&tx, ids).await
}
