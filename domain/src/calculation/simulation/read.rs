//! Reading simulations.

use entity::simulation::{Column, Entity, Model};
use kernel::context::OpContext;
use kernel::failure::Outcome;
use kernel::ids::SimulationId;
use kernel::page::{Page, PageRequest};
use kernel::period::Month;
use kernel::permission::Permission;
use platform::db::{OrFail, TenantTx};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::model::{Simulation, SimulationFilter};
use crate::Core;
use crate::calculation::model::{Run, RunState};

pub(super) async fn find(tx: &TenantTx, id: SimulationId) -> Outcome<Option<Simulation>> {
    let row = Entity::find_by_id((tx.tenant_id().uuid(), id.uuid())).one(tx).await.or_fail()?;
    row.map(Simulation::try_from).transpose()
}

/// The finalised runs of a span of accounting months, in the order in which they were finalised.
pub(super) async fn finalised_between(tx: &TenantTx, from: Month, to: Month) -> Outcome<Vec<Run>> {
    use entity::calculation_run::{Column, Entity};
    let rows = Entity::find()
        .filter(Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(Column::State.eq(RunState::Finalised.as_str()))
        .filter(Column::AccountingMonth.gte(from.first_day()))
        .filter(Column::AccountingMonth.lte(to.first_day()))
        .order_by_asc(Column::FinalisedAt)
        .order_by_asc(Column::Id)
        .all(tx)
        .await
        .or_fail()?;
    rows.into_iter().map(Run::try_from).collect()
}

/// Looks one up; `None` also when it belongs to somebody else.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn simulation(ctx: &OpContext, core: &Core, id: SimulationId) -> Outcome<Option<Simulation>> {
    ctx.require(Permission::RunRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    find(&tx, id).await
}

/// Looks several up, for batch loading.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn simulations_of(ctx: &OpContext, core: &Core, wanted: &[SimulationId]) -> Outcome<Vec<Simulation>> {
    ctx.require(Permission::RunRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let rows = Entity::find()
        .filter(Column::TenantId.eq(ctx.tenant_id.uuid()))
        .filter(Column::Id.is_in(wanted.iter().map(|id| id.uuid())))
        .all(&tx)
        .await
        .or_fail()?;
    rows.into_iter().map(Simulation::try_from).collect()
}

/// Lists simulations, newest first.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn simulations(
    ctx: &OpContext,
    core: &Core,
    filter: SimulationFilter,
    page: PageRequest,
) -> Outcome<Page<Simulation>> {
    ctx.require(Permission::RunRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let mut condition = Condition::all().add(Column::TenantId.eq(ctx.tenant_id.uuid()));
    if let Some(kind) = filter.kind {
        condition = condition.add(Column::Kind.eq(kind.as_str()));
    }
    if let Some(after) = &page.after {
        condition = condition.add(Column::Id.lt(after.id));
    }
    if let Some(before) = &page.before {
        condition = condition.add(Column::Id.gt(before.id));
    }
    let query = Entity::find().filter(condition).limit(page.size.saturating_add(1));
    let query = if page.from_end { query.order_by_asc(Column::Id) } else { query.order_by_desc(Column::Id) };
    let rows: Vec<Model> = query.all(&tx).await.or_fail()?;
    let rows = rows.into_iter().map(Simulation::try_from).collect::<Outcome<Vec<_>>>()?;
    Ok(Page::from_fetched(rows, &page))
}
