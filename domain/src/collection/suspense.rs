//! Suspense: money that waits for an item, and what a person decides about it.

use std::collections::{BTreeMap, BTreeSet};

use entity::suspense_group::{Column, Entity, Model};
use entity::{alias, recording, release, work};
use kernel::codes::{ItemKind, SuspenseReason};
use kernel::context::OpContext;
use kernel::currency::Currency;
use kernel::decimal;
use kernel::failure::{Failure, Outcome};
use kernel::ids::AliasId;
use kernel::page::{Page, PageRequest};
use kernel::permission::Permission;
use platform::audit::{self, Change};
use platform::db::{OrFail, TenantTx};
use platform::events::outbox;
use rust_decimal::Decimal;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;

use super::model::{ItemRef, SuspenseFilter, SuspenseGroup, SuspenseTarget};
use crate::Core;

fn reason(name: &str) -> SuspenseReason {
    SuspenseReason::from_name(name).unwrap_or(SuspenseReason::NoItem)
}

fn group(row: Model) -> Outcome<SuspenseGroup> {
    let item = row.item_kind.and_then(ItemKind::from_number).zip(row.item_id).map(|(kind, id)| ItemRef { kind, id });
    Ok(SuspenseGroup {
        id: row.id.into(),
        report_id: row.report_id.into(),
        source: row.source,
        source_key: row.source_key,
        reason: reason(&row.reason),
        title: row.title,
        artist: row.artist,
        currency: Currency::parse(&row.currency).map_err(|error| Failure::internal(error.to_string()))?,
        amount: row.amount,
        row_count: row.row_count,
        unit_count: row.unit_count,
        item,
        created_at: row.created_at,
        resolved_at: row.resolved_at,
    })
}

/// Lists groups, newest first.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn suspense_groups(
    ctx: &OpContext,
    core: &Core,
    filter: SuspenseFilter,
    page: PageRequest,
) -> Outcome<Page<SuspenseGroup>> {
    ctx.require(Permission::ReportRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let mut condition = Condition::all().add(Column::TenantId.eq(ctx.tenant_id.uuid()));
    // What belongs to a report that is held or was taken back is nobody's to decide.
    condition = match filter.resolved {
        Some(resolved) => condition.add(Column::State.eq(if resolved { "RESOLVED" } else { "OPEN" })),
        None => condition.add(Column::State.is_in(["OPEN", "RESOLVED"])),
    };
    if let Some(reason) = filter.reason {
        condition = condition.add(Column::Reason.eq(reason.as_str()));
    }
    if let Some(source) = filter.source {
        condition = condition.add(Column::Source.eq(source));
    }
    if let Some(report) = filter.report_id {
        condition = condition.add(Column::ReportId.eq(report.uuid()));
    }
    if let Some(after) = &page.after {
        condition = condition.add(Column::Id.lt(after.id));
    }
    if let Some(before) = &page.before {
        condition = condition.add(Column::Id.gt(before.id));
    }
    let query = Entity::find().filter(condition).limit(page.size.saturating_add(1));
    let query = if page.from_end { query.order_by_asc(Column::Id) } else { query.order_by_desc(Column::Id) };
    let rows: Vec<SuspenseGroup> = query.all(&tx).await.or_fail()?.into_iter().map(group).collect::<Outcome<_>>()?;
    Ok(Page::from_fetched(rows, &page))
}

/// A person's decision.
#[derive(Debug, Clone)]
pub struct SuspenseDecision {
    /// Which groups.
    pub target: SuspenseTarget,
    /// The item their lines belong to.
    pub item: ItemRef,
    /// Whether the same key of the same source means this item from now on.
    pub remember: bool,
}

/// Assigns waiting lines to an item; the next run reports them as late money.
///
/// Returns the groups decided now. Groups decided before are left as they are.
///
/// # Errors
/// `ITEM_UNKNOWN`, `SUSPENSE_UNKNOWN`, `ALIAS_TAKEN`, `FORBIDDEN`; database failures.
pub async fn suspense_resolve(ctx: &OpContext, core: &Core, decision: SuspenseDecision) -> Outcome<Vec<SuspenseGroup>> {
    ctx.require(Permission::ReportManage)?;
    let tx = core.db.tenant(ctx).await?;
    require_item(&tx, decision.item).await?;
    let rows = Entity::find()
        .filter(open(ctx, &decision.target))
        .order_by_asc(Column::Id)
        .lock_exclusive()
        .all(&tx)
        .await
        .or_fail()?;
    if rows.is_empty() {
        return Err(Failure::not_found("SUSPENSE_UNKNOWN", "Nothing open in suspense fits this.").at(["input"]));
    }
    let mut decided = Vec::with_capacity(rows.len());
    for row in rows {
        let id = row.id;
        Entity::update_many()
            .col_expr(Column::State, Expr::value("RESOLVED"))
            .col_expr(Column::ItemKind, Expr::value(decision.item.kind.number()))
            .col_expr(Column::ItemId, Expr::value(decision.item.id))
            .col_expr(Column::ResolvedBy, Expr::value(ctx.actor.label()))
            .col_expr(Column::ResolvedAt, Expr::value(ctx.now))
            .filter(Column::TenantId.eq(ctx.tenant_id.uuid()))
            .filter(Column::Id.eq(id))
            .exec(&tx)
            .await
            .or_fail()?;
        if decision.remember && is_name(&row.source_key) {
            remember(&tx, ctx, &row, decision.item).await?;
        }
        audit::record(&tx, ctx, Change {
            action: "suspense.resolve",
            entity_kind: "SUSPENSE_GROUP",
            entity_id: id,
            before: None,
            after: Some(json!({ "itemKind": decision.item.kind, "itemId": decision.item.id, "remember": decision.remember })),
        })
        .await?;
        let mut shown = group(row)?;
        shown.item = Some(decision.item);
        shown.resolved_at = Some(ctx.now);
        decided.push(shown);
    }
    outbox::write(&tx, "suspense.resolved", &json!({ "groups": decided.len() })).await?;
    tx.commit().await?;
    Ok(decided)
}

/// The open groups that a decision is about.
fn open(ctx: &OpContext, target: &SuspenseTarget) -> Condition {
    let condition = Condition::all().add(Column::TenantId.eq(ctx.tenant_id.uuid())).add(Column::State.eq("OPEN"));
    match target {
        SuspenseTarget::Groups(ids) => condition.add(Column::Id.is_in(ids.iter().map(|id| id.uuid()))),
        SuspenseTarget::Key { source, source_key } => {
            condition.add(Column::Source.eq(source.as_str())).add(Column::SourceKey.eq(source_key.as_str()))
        }
    }
}

/// Whether a key names one thing. A damaged identifier may stand for several, and nothing at all names none: a decision
/// about their lines is a decision about these lines.
fn is_name(key: &str) -> bool {
    !key.starts_with("damaged:") && key != "title:|"
}

/// What a decision would be about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuspensePreview {
    /// Open groups.
    pub groups: i64,
    /// Reports that they are in.
    pub reports: i64,
    /// Their lines.
    pub rows: i64,
    /// Their units.
    pub units: i64,
    /// Their amounts by currency, as exact texts.
    pub amounts: Vec<(Currency, String)>,
    /// Whether the keys can be remembered for their sources.
    pub can_remember: bool,
}

/// Counts what a decision would be about, without deciding.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn suspense_preview(ctx: &OpContext, core: &Core, target: SuspenseTarget) -> Outcome<SuspensePreview> {
    ctx.require(Permission::ReportRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let rows = Entity::find().filter(open(ctx, &target)).all(&tx).await.or_fail()?;
    let mut amounts: BTreeMap<String, Decimal> = BTreeMap::new();
    let mut reports = BTreeSet::new();
    let (mut lines, mut units) = (0_i64, 0_i64);
    for row in &rows {
        let sum = amounts.entry(row.currency.clone()).or_default();
        *sum = decimal::add(*sum, row.amount).map_err(|error| Failure::internal(error.to_string()))?;
        reports.insert(row.report_id);
        lines = lines.saturating_add(row.row_count);
        units = units.saturating_add(row.unit_count);
    }
    let amounts = amounts.into_iter().map(|(code, sum)| {
        let currency = Currency::parse(&code).map_err(|error| Failure::internal(error.to_string()))?;
        Ok((currency, sum.normalize().to_string()))
    });
    Ok(SuspensePreview {
        groups: i64::try_from(rows.len()).unwrap_or(i64::MAX),
        reports: i64::try_from(reports.len()).unwrap_or(i64::MAX),
        rows: lines,
        units,
        amounts: amounts.collect::<Outcome<_>>()?,
        can_remember: rows.iter().all(|row| is_name(&row.source_key)),
    })
}

async fn require_item(tx: &TenantTx, item: ItemRef) -> Outcome<()> {
    let key = (tx.tenant_id().uuid(), item.id);
    let known = match item.kind {
        ItemKind::Recording => recording::Entity::find_by_id(key).one(tx).await.or_fail()?.is_some(),
        ItemKind::Work => work::Entity::find_by_id(key).one(tx).await.or_fail()?.is_some(),
        ItemKind::Release => release::Entity::find_by_id(key).one(tx).await.or_fail()?.is_some(),
    };
    if known {
        Ok(())
    } else {
        Err(Failure::not_found("ITEM_UNKNOWN", "There is no such catalogue item.").at(["input", "item"]))
    }
}

async fn remember(tx: &TenantTx, ctx: &OpContext, row: &Model, item: ItemRef) -> Outcome<()> {
    let of = |kind: ItemKind| (item.kind == kind).then_some(item.id);
    let new = alias::ActiveModel {
        tenant_id: Set(ctx.tenant_id.uuid()),
        id: Set(AliasId::new().uuid()),
        source: Set(row.source.clone()),
        value: Set(row.source_key.clone()),
        recording_id: Set(of(ItemKind::Recording)),
        work_id: Set(of(ItemKind::Work)),
        release_id: Set(of(ItemKind::Release)),
        created_by: Set(ctx.actor.label()),
        created_at: Set(ctx.now),
    };
    // The newest decision about a key stands.
    let conflict = OnConflict::columns([alias::Column::TenantId, alias::Column::Source, alias::Column::Value])
        .update_columns([
            alias::Column::RecordingId,
            alias::Column::WorkId,
            alias::Column::ReleaseId,
            alias::Column::CreatedBy,
            alias::Column::CreatedAt,
        ])
        .to_owned();
    alias::Entity::insert(new).on_conflict(conflict).exec_without_returning(tx).await.or_fail()?;
    Ok(())
}
