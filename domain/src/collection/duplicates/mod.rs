//! The same money twice: a file that is issued again, exports that overlap. Whoever repeats is held, with what it has in
//! common with what; a person decides; nothing that was reported is touched, it is taken back in the open month.

mod decide;
mod find;
mod lines;
mod model;
mod settle;
mod totals;

pub use decide::{Decided, report_decide};
pub(super) use find::{Fresh, keep, look};
use kernel::context::OpContext;
use kernel::failure::Outcome;
use kernel::ids::ReportId;
use kernel::permission::Permission;
pub use model::{Duplicate, DuplicateKind, ReportDecision};
pub(super) use settle::{SettleReport, register, undo};
pub(super) use totals::post as post_totals;

use crate::Core;

/// What several held reports repeat, for batch loading.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn report_duplicates(ctx: &OpContext, core: &Core, ids: &[ReportId]) -> Outcome<Vec<Duplicate>> {
    ctx.require(Permission::ReportRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    find::of(&tx, ids).await
}
