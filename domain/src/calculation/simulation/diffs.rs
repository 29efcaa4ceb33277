//! The differences that a simulation found: written together, read page by page.

use entity::simulation_diff::{ActiveModel, Column, Entity, Model};
use kernel::codes::ItemKind;
use kernel::context::OpContext;
use kernel::currency::Currency;
use kernel::failure::{Failure, Outcome};
use kernel::ids::{ContractId, PartyId, ReportId, SimulationId};
use kernel::page::{Cursor, Page, PageRequest};
use kernel::permission::Permission;
use platform::db::{OrFail, TenantTx};
use rust_decimal::Decimal;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::compute::Differences;
use crate::Core;

/// Rows of one `INSERT`.
const CHUNK: usize = 2_000;

/// What a payee gets under a contract, before and after.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountDiff {
    /// Its place: the largest difference first.
    pub seq: i64,
    /// The contract.
    pub contract_id: ContractId,
    /// The payee.
    pub party_id: PartyId,
    /// The contract's currency.
    pub currency: Currency,
    /// The exact royalty, before and after.
    pub earned: (Decimal, Decimal),
    /// Recouped, before and after.
    pub recouped: (Decimal, Decimal),
    /// What becomes payable, before and after.
    pub payable: (Decimal, Decimal),
}

/// What an item earns under a contract, before and after.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemDiff {
    /// Its place.
    pub seq: i64,
    /// The contract.
    pub contract_id: ContractId,
    /// The kind of item.
    pub item_kind: ItemKind,
    /// The item.
    pub item_id: Uuid,
    /// The contract's currency.
    pub currency: Currency,
    /// The exact royalty, before and after.
    pub earned: (Decimal, Decimal),
}

/// Where the money of lines goes, before and after.
#[derive(Debug, Clone, PartialEq)]
pub struct CurrencyDiff {
    /// The currency of the lines.
    pub currency: Currency,
    /// `PAYEES`, `MARGIN` or `SUSPENSE`.
    pub part: String,
    /// The exact amount, before and after.
    pub amount: (Decimal, Decimal),
}

/// What a report line gives a payee under a contract, before and after.
#[derive(Debug, Clone, PartialEq)]
pub struct LineDiff {
    /// Its place.
    pub seq: i64,
    /// The report.
    pub report_id: ReportId,
    /// The line in its file.
    pub line_no: i64,
    /// The contract.
    pub contract_id: ContractId,
    /// The payee.
    pub party_id: PartyId,
    /// The contract's currency.
    pub currency: Currency,
    /// The exact royalty, before and after.
    pub amount: (Decimal, Decimal),
}

/// A row without its dimension.
fn blank(tenant: Uuid, simulation: SimulationId, dimension: &str, currency: Currency) -> ActiveModel {
    ActiveModel {
        tenant_id: Set(tenant),
        simulation_id: Set(simulation.uuid()),
        dimension: Set(dimension.to_owned()),
        seq: Set(0),
        contract_id: Set(None),
        party_id: Set(None),
        item_kind: Set(None),
        item_id: Set(None),
        part: Set(None),
        report_id: Set(None),
        report_line_no: Set(None),
        currency: Set(currency.code().to_owned()),
        before: Set(Decimal::ZERO),
        after: Set(Decimal::ZERO),
        recouped_before: Set(None),
        recouped_after: Set(None),
        payable_before: Set(None),
        payable_after: Set(None),
    }
}

fn too_large() -> Failure {
    Failure::refused("AMOUNT_OUT_OF_RANGE", "An amount of the simulation has more than 28 digits.")
}

/// Writes everything that differs.
pub(super) async fn insert(tx: &TenantTx, id: SimulationId, found: &Differences) -> Outcome<()> {
    let tenant = tx.tenant_id().uuid();
    let mut accounts = Vec::with_capacity(found.accounts.len());
    for (key, (before, after)) in &found.accounts {
        accounts.push(ActiveModel {
            contract_id: Set(Some(key.contract.uuid())),
            party_id: Set(Some(key.party.uuid())),
            before: Set(before.earned),
            after: Set(after.earned),
            recouped_before: Set(Some(before.recouped)),
            recouped_after: Set(Some(after.recouped)),
            payable_before: Set(Some(before.payable)),
            payable_after: Set(Some(after.payable)),
            ..blank(tenant, id, "ACCOUNT", key.currency)
        });
    }
    let mut items = Vec::with_capacity(found.items.len());
    for ((item, contract, currency), (before, after)) in &found.items {
        items.push(ActiveModel {
            contract_id: Set(Some(contract.uuid())),
            item_kind: Set(Some(item.kind.number())),
            item_id: Set(Some(item.id)),
            before: Set(before.to_decimal().ok_or_else(too_large)?),
            after: Set(after.to_decimal().ok_or_else(too_large)?),
            ..blank(tenant, id, "ITEM", *currency)
        });
    }
    let mut currencies = Vec::with_capacity(found.currencies.len());
    for ((currency, part), (before, after)) in &found.currencies {
        currencies.push(ActiveModel {
            part: Set(Some(part.as_str().to_owned())),
            before: Set(before.to_decimal().ok_or_else(too_large)?),
            after: Set(after.to_decimal().ok_or_else(too_large)?),
            ..blank(tenant, id, "CURRENCY", *currency)
        });
    }
    let mut lines = Vec::new();
    for ((report, line, key), before, after) in found.largest.iter() {
        lines.push(ActiveModel {
            contract_id: Set(Some(key.contract.uuid())),
            party_id: Set(Some(key.party.uuid())),
            report_id: Set(Some(report.uuid())),
            report_line_no: Set(Some(*line)),
            before: Set(before.to_decimal().ok_or_else(too_large)?),
            after: Set(after.to_decimal().ok_or_else(too_large)?),
            ..blank(tenant, id, "LINE", key.currency)
        });
    }
    for mut rows in [accounts, items, currencies, lines] {
        // Stable: of equal differences the one with the smaller key comes first.
        rows.sort_by_key(|row| std::cmp::Reverse((row.after.as_ref() - row.before.as_ref()).abs()));
        for (row, seq) in rows.iter_mut().zip(1i64..) {
            row.seq = Set(seq);
        }
        for chunk in rows.chunks(CHUNK) {
            Entity::insert_many(chunk.to_vec()).exec_without_returning(tx).await.or_fail()?;
        }
    }
    Ok(())
}

/// The rows of one dimension. The cursor's value is the place, its id the simulation.
async fn rows(
    ctx: &OpContext,
    core: &Core,
    id: SimulationId,
    dimension: &str,
    page: &PageRequest,
) -> Outcome<Vec<Model>> {
    ctx.require(Permission::RunRead)?;
    let place = |cursor: &Option<Cursor>| {
        let place = cursor.as_ref().map(|cursor| cursor.value.parse::<i64>()).transpose();
        place.map_err(|_| Failure::refused("BAD_USER_INPUT", "This is not a cursor of this list."))
    };
    let tx = core.db.tenant_read(ctx).await?;
    let mut condition = Condition::all()
        .add(Column::TenantId.eq(ctx.tenant_id.uuid()))
        .add(Column::SimulationId.eq(id.uuid()))
        .add(Column::Dimension.eq(dimension));
    if let Some(after) = place(&page.after)? {
        condition = condition.add(Column::Seq.gt(after));
    }
    if let Some(before) = place(&page.before)? {
        condition = condition.add(Column::Seq.lt(before));
    }
    let query = Entity::find().filter(condition).limit(page.size.saturating_add(1));
    let query = if page.from_end { query.order_by_desc(Column::Seq) } else { query.order_by_asc(Column::Seq) };
    query.all(&tx).await.or_fail()
}

fn missing(row: &Model) -> Failure {
    Failure::internal(format!("difference {} {} of simulation {}", row.dimension, row.seq, row.simulation_id))
}

fn currency(row: &Model) -> Outcome<Currency> {
    Currency::parse(&row.currency).map_err(|_| missing(row))
}

/// Lists the accounts that differ, the largest difference first.
///
/// # Errors
/// `BAD_USER_INPUT` for a cursor of another list; `FORBIDDEN`; database failures.
pub async fn account_diffs(
    ctx: &OpContext,
    core: &Core,
    id: SimulationId,
    page: PageRequest,
) -> Outcome<Page<AccountDiff>> {
    let found = rows(ctx, core, id, "ACCOUNT", &page).await?;
    let shaped = found.iter().map(account).collect::<Outcome<Vec<_>>>()?;
    Ok(Page::from_fetched(shaped, &page))
}

fn account(row: &Model) -> Outcome<AccountDiff> {
    let number = |value: Option<Decimal>| value.ok_or_else(|| missing(row));
    Ok(AccountDiff {
        seq: row.seq,
        contract_id: row.contract_id.ok_or_else(|| missing(row))?.into(),
        party_id: row.party_id.ok_or_else(|| missing(row))?.into(),
        currency: currency(row)?,
        earned: (row.before, row.after),
        recouped: (number(row.recouped_before)?, number(row.recouped_after)?),
        payable: (number(row.payable_before)?, number(row.payable_after)?),
    })
}

/// Lists the items that differ, the largest difference first.
///
/// # Errors
/// As [`account_diffs`].
pub async fn item_diffs(ctx: &OpContext, core: &Core, id: SimulationId, page: PageRequest) -> Outcome<Page<ItemDiff>> {
    let found = rows(ctx, core, id, "ITEM", &page).await?;
    let shape = |row: &Model| {
        Ok(ItemDiff {
            seq: row.seq,
            contract_id: row.contract_id.ok_or_else(|| missing(row))?.into(),
            item_kind: row.item_kind.and_then(ItemKind::from_number).ok_or_else(|| missing(row))?,
            item_id: row.item_id.ok_or_else(|| missing(row))?,
            currency: currency(row)?,
            earned: (row.before, row.after),
        })
    };
    let shaped = found.iter().map(shape).collect::<Outcome<Vec<_>>>()?;
    Ok(Page::from_fetched(shaped, &page))
}

/// Lists the report lines that changed most, the largest difference first.
///
/// # Errors
/// As [`account_diffs`].
pub async fn line_diffs(ctx: &OpContext, core: &Core, id: SimulationId, page: PageRequest) -> Outcome<Page<LineDiff>> {
    let found = rows(ctx, core, id, "LINE", &page).await?;
    let shape = |row: &Model| {
        Ok(LineDiff {
            seq: row.seq,
            report_id: row.report_id.ok_or_else(|| missing(row))?.into(),
            line_no: row.report_line_no.ok_or_else(|| missing(row))?,
            contract_id: row.contract_id.ok_or_else(|| missing(row))?.into(),
            party_id: row.party_id.ok_or_else(|| missing(row))?.into(),
            currency: currency(row)?,
            amount: (row.before, row.after),
        })
    };
    let shaped = found.iter().map(shape).collect::<Outcome<Vec<_>>>()?;
    Ok(Page::from_fetched(shaped, &page))
}

/// Where the money of the lines goes otherwise, of several simulations; by currency and part.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn currency_diffs(
    ctx: &OpContext,
    core: &Core,
    ids: &[SimulationId],
) -> Outcome<Vec<(SimulationId, CurrencyDiff)>> {
    ctx.require(Permission::RunRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let rows = Entity::find()
        .filter(Column::TenantId.eq(ctx.tenant_id.uuid()))
        .filter(Column::SimulationId.is_in(ids.iter().map(|id| id.uuid())))
        .filter(Column::Dimension.eq("CURRENCY"))
        .order_by_asc(Column::Currency)
        .order_by_asc(Column::Part)
        .all(&tx)
        .await
        .or_fail()?;
    rows.into_iter()
        .map(|row| {
            let diff = CurrencyDiff {
                currency: currency(&row)?,
                part: row.part.clone().ok_or_else(|| missing(&row))?,
                amount: (row.before, row.after),
            };
            Ok((row.simulation_id.into(), diff))
        })
        .collect()
}
