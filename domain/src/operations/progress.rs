//! Progress of one operation, told at most twice a second.

use std::time::{Duration, Instant};

use entity::operation::Column;
use kernel::context::OpContext;
use kernel::failure::{Failure, Outcome};
use kernel::ids::OperationId;
use kernel::limits::PROGRESS_INTERVAL_MILLIS;

use super::service::{change, get};
use crate::Core;

/// Tells how far a job is. Losing a report loses nothing: progress is for people.
pub struct Progress {
    core: Core,
    ctx: OpContext,
    id: OperationId,
    last: Option<Instant>,
}

impl Progress {
    /// For one operation.
    #[must_use]
    pub const fn new(core: Core, ctx: OpContext, id: OperationId) -> Self {
        Self { core, ctx, id, last: None }
    }

    /// Enters a stage; always told.
    ///
    /// # Errors
    /// `OPERATION_CANCELLED` when somebody asked it to stop; database failures.
    pub async fn stage(&mut self, stage: &str, total: Option<i64>, unit: &str) -> Outcome<()> {
        self.last = None;
        self.tell(vec![
            (Column::Stage, stage.into()),
            (Column::Done, 0i64.into()),
            (Column::Total, total.into()),
            (Column::Unit, unit.into()),
        ])
        .await
    }

    /// Units done in this stage; told when the last report is old enough.
    ///
    /// # Errors
    /// `OPERATION_CANCELLED` when somebody asked it to stop; database failures.
    pub async fn done(&mut self, done: i64) -> Outcome<()> {
        let interval = Duration::from_millis(PROGRESS_INTERVAL_MILLIS);
        if self.last.is_some_and(|last| last.elapsed() < interval) {
            return Ok(());
        }
        self.tell(vec![(Column::Done, done.into())]).await
    }

    async fn tell(&mut self, columns: Vec<(Column, sea_orm::Value)>) -> Outcome<()> {
        let tx = self.core.db.tenant(&self.ctx).await?;
        change(&tx, self.id, (self.core.clock)(), columns).await?;
        tx.commit().await?;
        self.last = Some(platform::clock::stopwatch());
        match get(&self.ctx, &self.core, self.id).await? {
            Some(operation) if operation.cancel_requested => {
                Err(Failure::conflict("OPERATION_CANCELLED", "The operation was cancelled."))
            }
            _ => Ok(()),
        }
    }
}
