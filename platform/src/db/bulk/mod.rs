//! Adding many rows to a fact table: binary `COPY` through the bulk role.

mod copy;
mod encode;
mod numeric;

use kernel::failure::Failure;
use kernel::ids::TenantId;
use sqlx::pool::PoolConnection;
use sqlx::{Executor, Postgres};

use super::failure::{OrFail, classify_sqlx};
use super::pools::Pool;

pub use copy::CopyIn;
pub use encode::{CopyBuffer, CopyRow};

/// A transaction of the bulk role. Whatever it copies becomes visible at [`BulkTx::commit`], or never.
///
/// The role bypasses row security (PostgreSQL refuses `COPY FROM` under it) and is bounded by its grants
/// instead: it can add rows to fact tables and nothing else. The tenant is what the caller writes into the
/// `tenant_id` column, so callers take it from [`BulkTx::tenant_id`].
pub struct BulkTx {
    connection: PoolConnection<Postgres>,
    tenant_id: TenantId,
    failed: bool,
}

impl BulkTx {
    pub(super) async fn begin(pool: &Pool, tenant_id: TenantId) -> Result<Self, Failure> {
        let mut connection = crate::telemetry::pool_wait(pool.role, pool.pool().acquire()).await.or_fail()?;
        // Only a committed transaction gives the connection back: an interrupted COPY leaves answers unread.
        connection.close_on_drop();
        connection.execute("BEGIN").await.or_fail()?;
        Ok(Self { connection, tenant_id, failed: false })
    }

    /// The tenant whose rows are added.
    #[must_use]
    pub const fn tenant_id(&self) -> TenantId {
        self.tenant_id
    }

    /// Starts copying into a table. Rows give their values in the order of `columns`.
    ///
    /// # Errors
    /// Database failures; an unknown table or column is `INTERNAL`.
    pub async fn copy_in(
        &mut self,
        table: &'static str,
        columns: &'static [&'static str],
    ) -> Result<CopyIn<'_>, Failure> {
        let statement = format!("COPY {table} ({}) FROM STDIN (FORMAT binary)", columns.join(", "));
        // Until the copy reports success the transaction counts as failed.
        self.failed = true;
        let stream = self.connection.copy_in_raw(&statement).await.or_fail()?;
        Ok(CopyIn::new(stream, columns.len(), &mut self.failed))
    }

    /// Makes everything durable and visible.
    ///
    /// # Errors
    /// `INTERNAL` when a copy was not finished; whatever the database refuses at commit.
    pub async fn commit(mut self) -> Result<(), Failure> {
        if self.failed {
            return Err(Failure::internal("commit of a bulk transaction whose copy was not finished"));
        }
        self.connection.execute("COMMIT").await.map_err(classify_sqlx)?;
        Ok(())
    }
}
