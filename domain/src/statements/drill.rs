//! From a statement's royalties down to single lines, each level adding up to the one above.
//!
//! The statement rounds once, at its total. A level is shown rounded too: what each row is given follows from what its
//! parent was given, by largest remainder, so that rows add up at every level. The exact sums stand beside.

use std::collections::HashMap;

use entity::statement;
use formats::documents::{Section, SectionKind, SectionRow, Words};
use kernel::codes::RevenueType;
use kernel::context::OpContext;
use kernel::currency::Currency;
use kernel::failure::{Failure, Outcome};
use kernel::ids::{RunId, StatementId, parse_typeid};
use kernel::permission::Permission;
use platform::db::{OrFail, TenantTx};
use rust_decimal::Decimal;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::labels::{self, Label, Labels};
use super::read::visible;
use crate::Core;
use crate::calculation::{self, CubeRow, LinePlace, Narrowed, RoyaltyLine};

/// By what a level is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dimension {
    /// Platform.
    Platform,
    /// Release.
    Release,
    /// Track or work.
    Track,
    /// Territory.
    Territory,
    /// Kind of revenue.
    RevenueType,
}

/// A row that was chosen on the way down.
#[derive(Debug, Clone)]
pub struct Step {
    /// The dimension of its level.
    pub by: Dimension,
    /// Its key there.
    pub key: String,
}

/// One level.
#[derive(Debug, Clone)]
pub struct Level {
    /// The currency.
    pub currency: Currency,
    /// What the rows add up to.
    pub royalty: Decimal,
    /// Units of the rows.
    pub units: i64,
    /// The rows, the largest royalty first.
    pub rows: Vec<LevelRow>,
}

/// One row of a level.
#[derive(Debug, Clone)]
pub struct LevelRow {
    /// What to send back to go on below it.
    pub key: String,
    /// Name.
    pub label: String,
    /// Artist or the like.
    pub detail: Option<String>,
    /// ISRC, UPC, ISWC or territory.
    pub code: Option<String>,
    /// Units.
    pub units: i64,
    /// Royalty, rounded so that the level adds up.
    pub royalty: Decimal,
    /// Royalty, exact.
    pub exact: Decimal,
}

/// A statement as far as the way down needs it.
struct Ground {
    currency: Currency,
    words: &'static Words,
    royalties: Decimal,
}

async fn ground(tx: &TenantTx, ctx: &OpContext, id: StatementId) -> Outcome<Option<Ground>> {
    let row = statement::Entity::find()
        .filter(visible(ctx))
        .filter(statement::Column::Id.eq(id.uuid()))
        .one(tx)
        .await
        .or_fail()?;
    let Some(row) = row else { return Ok(None) };
    let currency = Currency::parse(&row.currency).map_err(|error| Failure::internal(error.to_string()))?;
    let locale = row.document["language"].as_str().unwrap_or("en");
    let words = Words::of(locale).ok_or_else(|| Failure::internal(format!("no words for {locale}")))?;
    Ok(Some(Ground { currency, words, royalties: row.royalties }))
}

/// One level of a statement: below the rows that were chosen on the way (`path`), divided `by` a dimension. `None` when
/// there is no such statement here.
///
/// # Errors
/// `DRILL_PATH_INVALID` for a dimension that comes twice or a row that is not there; `FORBIDDEN`; database failures.
pub async fn drill(
    ctx: &OpContext,
    core: &Core,
    id: StatementId,
    path: &[Step],
    by: Dimension,
) -> Outcome<Option<Level>> {
    ctx.require(Permission::StatementRead)?;
    unique(path, Some(by))?;
    let tx = core.db.tenant_read(ctx).await?;
    let Some(ground) = ground(&tx, ctx, id).await? else { return Ok(None) };
    let mut cube = calculation::royalty_cube(&tx, id).await?;
    let labels = Labels::load(&tx, &cube.iter().map(|row| row.item.clone()).collect()).await?;
    drop(tx);
    let mut royalty = ground.royalties;
    for (at, step) in path.iter().enumerate() {
        let level = divide(&cube, &ground, &labels, step.by, royalty)?;
        let row = level.rows.into_iter().find(|row| row.key == step.key).ok_or_else(|| missing(at))?;
        royalty = row.royalty;
        cube.retain(|cell| key_of(cell, step.by, &labels, ground.words) == step.key);
    }
    divide(&cube, &ground, &labels, by, royalty).map(Some)
}

fn missing(at: usize) -> Failure {
    Failure::refused("DRILL_PATH_INVALID", "There is no such row on this level.").at(["path", &at.to_string(), "key"])
}

/// Going by the same dimension twice would show nothing new.
fn unique(path: &[Step], by: Option<Dimension>) -> Outcome<()> {
    let mut seen = Vec::new();
    for (at, dimension) in path.iter().map(|step| step.by).chain(by).enumerate() {
        if seen.contains(&dimension) {
            return Err(Failure::refused("DRILL_PATH_INVALID", "A dimension can be used once on the way down.").at([
                "path",
                &at.to_string(),
                "by",
            ]));
        }
        seen.push(dimension);
    }
    Ok(())
}

fn label_of(cell: &CubeRow, by: Dimension, labels: &Labels, words: &Words) -> Label {
    match by {
        Dimension::Platform => labels::platform(&cell.platform),
        Dimension::Release => labels.release(&cell.item, words),
        Dimension::Track => labels.item(&cell.item),
        Dimension::Territory => labels::territory(&cell.territory, words),
        Dimension::RevenueType => labels::revenue_type(cell.revenue_type, words),
    }
}

fn key_of(cell: &CubeRow, by: Dimension, labels: &Labels, words: &Words) -> String {
    match by {
        Dimension::Platform => cell.platform.clone(),
        Dimension::Release => labels.release(&cell.item, words).code.unwrap_or_default(),
        Dimension::Track => cell.item.clone(),
        Dimension::Territory => cell.territory.clone(),
        Dimension::RevenueType => cell.revenue_type.to_owned(),
    }
}

/// Adds the cells up by a dimension and rounds the sums to what they must add up to.
fn divide(cube: &[CubeRow], ground: &Ground, labels: &Labels, by: Dimension, royalty: Decimal) -> Outcome<Level> {
    let overflow = || Failure::refused("AMOUNT_OUT_OF_RANGE", "The amounts add up to more than 28 digits hold.");
    let mut sums: HashMap<String, (Label, i64, Decimal)> = HashMap::new();
    for cell in cube {
        let key = key_of(cell, by, labels, ground.words);
        let sum = sums.entry(key).or_insert_with(|| (label_of(cell, by, labels, ground.words), 0, Decimal::ZERO));
        sum.1 = sum.1.checked_add(cell.units).ok_or_else(overflow)?;
        sum.2 = sum.2.checked_add(cell.amount).ok_or_else(overflow)?;
    }
    // The section's own rounding does the work; the key travels as the detail, which also settles ties.
    let rows = sums.iter().map(|(key, (label, units, exact))| SectionRow {
        label: label.label.clone(),
        detail: Some(key.clone()),
        code: label.code.clone(),
        units: *units,
        net_receipts: Decimal::ZERO,
        royalty: *exact,
    });
    let section =
        Section::from_exact(SectionKind::Track, rows.collect(), Decimal::ZERO, royalty, ground.currency.exponent())
            .map_err(|error| Failure::internal(format!("a level cannot be balanced: {error}")))?;
    let mut level = Level { currency: ground.currency, royalty, units: 0, rows: Vec::with_capacity(sums.len()) };
    for row in section.rows {
        let key = row.detail.unwrap_or_default();
        let Some((label, units, exact)) = sums.remove(&key) else { continue };
        level.units = level.units.checked_add(units).ok_or_else(overflow)?;
        level.rows.push(LevelRow {
            key,
            label: label.label,
            detail: label.detail,
            code: label.code,
            units,
            royalty: row.royalty,
            exact: exact.normalize(),
        });
    }
    Ok(level)
}

/// Lines of a statement.
#[derive(Debug, Clone)]
pub struct StatementLines {
    /// The lines, in stored order.
    pub lines: Vec<RoyaltyLine>,
    /// Whether more follow.
    pub has_more: bool,
    /// Where the last line stands, to go on after it; none without a line.
    pub end: Option<String>,
}

/// `run_…:17`: a line's place as the outside carries it.
fn parse_place(text: &str) -> Outcome<LinePlace> {
    text.split_once(':')
        .and_then(|(run, number)| Some((run.parse::<RunId>().ok()?, number.parse::<i64>().ok()?)))
        .ok_or_else(|| Failure::refused("BAD_USER_INPUT", "This is not the end of a page of lines.").at(["after"]))
}

/// The royalty lines below the rows that were chosen, after the place `after` (the `end` of the page before). `None` when there is no such statement
/// here.
///
/// # Errors
/// `DRILL_PATH_INVALID`; `FORBIDDEN`; database failures.
pub async fn drill_lines(
    ctx: &OpContext,
    core: &Core,
    id: StatementId,
    path: &[Step],
    (after, size): (Option<&str>, u64),
) -> Outcome<Option<StatementLines>> {
    ctx.require(Permission::StatementRead)?;
    ctx.require(Permission::RoyaltyRead)?;
    unique(path, None)?;
    let after = after.map(parse_place).transpose()?;
    let tx = core.db.tenant_read(ctx).await?;
    let Some(ground) = ground(&tx, ctx, id).await? else { return Ok(None) };
    let mut narrowed = Narrowed::default();
    for (at, step) in path.iter().enumerate() {
        match step.by {
            Dimension::Platform => narrowed.platform = Some(step.key.clone()),
            Dimension::Territory => narrowed.territory = Some(step.key.clone()),
            Dimension::RevenueType => {
                narrowed.revenue_type = Some(RevenueType::from_name(&step.key).ok_or_else(|| missing(at))?);
            }
            Dimension::Track => {
                let (_, item) = parse_typeid(&step.key).map_err(|_| missing(at))?;
                narrow(&mut narrowed, vec![item]);
            }
            Dimension::Release => {
                let cube = calculation::royalty_cube(&tx, id).await?;
                let labels = Labels::load(&tx, &cube.iter().map(|row| row.item.clone()).collect()).await?;
                let items = cube
                    .iter()
                    .filter(|cell| key_of(cell, Dimension::Release, &labels, ground.words) == step.key)
                    .filter_map(|cell| parse_typeid(&cell.item).ok().map(|(_, id)| id))
                    .collect();
                narrow(&mut narrowed, items);
            }
        }
    }
    let limit = i64::try_from(size).unwrap_or(i64::MAX);
    let mut places = calculation::line_places(&tx, id, narrowed, after, limit.saturating_add(1)).await?;
    let has_more = i64::try_from(places.len()).is_ok_and(|found| found > limit);
    places.truncate(usize::try_from(size).unwrap_or(usize::MAX));
    let end = places.last().map(|(run, number)| format!("{run}:{number}"));
    let mut lines = Vec::with_capacity(places.len());
    for run in places.chunk_by(|one, next| one.0 == next.0) {
        let numbers: Vec<i64> = run.iter().map(|place| place.1).collect();
        if let Some((run, _)) = run.first() {
            lines.extend(calculation::royalty_lines_by_number(&tx, ctx, *run, &numbers).await?);
        }
    }
    Ok(Some(StatementLines { lines, has_more, end }))
}

/// Release and track together leave what is in both.
fn narrow(narrowed: &mut Narrowed, items: Vec<uuid::Uuid>) {
    narrowed.items = Some(match narrowed.items.take() {
        Some(before) => before.into_iter().filter(|item| items.contains(item)).collect(),
        None => items,
    });
}
