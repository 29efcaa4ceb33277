//! Reading exceptions.

use entity::run_exception::{Column, Entity};
use kernel::context::OpContext;
use kernel::failure::Outcome;
use kernel::ids::RunExceptionId;
use kernel::page::{Page, PageRequest};
use kernel::permission::Permission;
use platform::db::OrFail;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::model::{ExceptionFilter, RunException};
use crate::Core;

/// Lists exceptions, in the order in which they were found.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn exceptions(
    ctx: &OpContext,
    core: &Core,
    filter: ExceptionFilter,
    page: PageRequest,
) -> Outcome<Page<RunException>> {
    ctx.require(Permission::RunRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let mut condition = Condition::all().add(Column::TenantId.eq(ctx.tenant_id.uuid()));
    if let Some(run) = filter.run_id {
        condition = condition.add(Column::RunId.eq(run.uuid()));
    }
    if let Some(state) = filter.state {
        condition = condition.add(Column::State.eq(state.as_str()));
    }
    if let Some(is_blocking) = filter.is_blocking {
        condition = condition.add(Column::IsBlocking.eq(is_blocking));
    }
    if let Some(member) = filter.assigned_to {
        condition = condition.add(Column::AssignedTo.eq(member.uuid()));
    }
    if let Some(after) = &page.after {
        condition = condition.add(Column::Id.gt(after.id));
    }
    if let Some(before) = &page.before {
        condition = condition.add(Column::Id.lt(before.id));
    }
    let query = Entity::find().filter(condition).limit(page.size.saturating_add(1));
    let query = if page.from_end { query.order_by_desc(Column::Id) } else { query.order_by_asc(Column::Id) };
    let rows = query.all(&tx).await.or_fail()?;
    let rows = rows.into_iter().map(RunException::try_from).collect::<Outcome<Vec<_>>>()?;
    Ok(Page::from_fetched(rows, &page))
}

/// Looks several up, for batch loading.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn exceptions_of(ctx: &OpContext, core: &Core, ids: &[RunExceptionId]) -> Outcome<Vec<RunException>> {
    ctx.require(Permission::RunRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let rows = Entity::find()
        .filter(Column::TenantId.eq(ctx.tenant_id.uuid()))
        .filter(Column::Id.is_in(ids.iter().map(|id| id.uuid())))
        .all(&tx)
        .await
        .or_fail()?;
    rows.into_iter().map(RunException::try_from).collect()
}
