//! Database transactions: the only way to the data.
//!
//! A use case opens a [`TenantTx`], works, and commits it. The tenant and the actor are set in the same round
//! trip as `BEGIN`, so there is no moment in which a statement could run without them, and they end with the
//! transaction, so nothing can leak to the next user of a pooled connection.
//!
//! The pools are private: no code outside this folder can reach a bare connection.

mod bulk;
mod failure;
mod guard;
mod partitions;
mod pools;
mod retry;
mod session;
mod tx;
mod urls;

use std::sync::Arc;

use kernel::context::{Actor, OpContext};
use kernel::failure::Failure;
use sea_orm::{DbBackend, Statement, Value};

pub use bulk::{BulkTx, CopyBuffer, CopyIn, CopyRow};
pub use failure::{OrFail, classify};
pub use partitions::ensure_month_partitions;
pub use pools::PoolUse;
pub use retry::retry;
pub use tx::{SystemTx, TenantTx};
pub use urls::{DatabaseUrls, PoolSizes};

pub(crate) use guard::OLDEST_MAJOR;
pub(crate) use tx::OUTBOX_CHANNEL;
pub(crate) use urls::replace_database;

use pools::Pools;
use session::Session;

/// The database as the program sees it: four roles, four pools, none of them reachable from outside.
#[derive(Clone)]
pub struct Db {
    pools: Arc<Pools>,
}

impl Db {
    /// Connects all pools and checks that the roles are what they must be.
    ///
    /// # Errors
    /// `DATABASE_UNAVAILABLE` when a connection fails, `DATABASE_TOO_OLD` below PostgreSQL 15,
    /// `DATABASE_ROLE_UNSAFE` when a role is superuser, may bypass row security or owns tables.
    pub async fn connect(urls: &DatabaseUrls, sizes: PoolSizes) -> Result<Self, Failure> {
        let pools = Pools::connect(urls, sizes).await?;
        guard::check(&pools).await?;
        Ok(Self { pools: Arc::new(pools) })
    }

    /// Begins a transaction in which the context's tenant can read and write, `READ COMMITTED`.
    ///
    /// Jobs get the worker's role (longer statements), everybody else the application's.
    ///
    /// # Errors
    /// `DATABASE_UNAVAILABLE` when no connection comes free in time.
    pub async fn tenant(&self, ctx: &OpContext) -> Result<TenantTx, Failure> {
        self.begin_tenant(ctx, "BEGIN").await
    }

    /// Like [`Db::tenant`], but the database refuses every write.
    ///
    /// # Errors
    /// As [`Db::tenant`].
    pub async fn tenant_read(&self, ctx: &OpContext) -> Result<TenantTx, Failure> {
        self.begin_tenant(ctx, "BEGIN READ ONLY").await
    }

    /// One unchanging view of the tenant's data for as long as the transaction lives (`REPEATABLE READ`, read
    /// only): what a calculation reads its rules and rates through.
    ///
    /// # Errors
    /// As [`Db::tenant`].
    pub async fn tenant_snapshot(&self, ctx: &OpContext) -> Result<TenantTx, Failure> {
        self.begin_tenant(ctx, "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY").await
    }

    /// Begins a transaction of the system role: queue, outbox, sign-in, creation of tenants. No tenant is set.
    /// The reason goes to the log.
    ///
    /// # Errors
    /// As [`Db::tenant`].
    pub async fn system(&self, reason: &'static str) -> Result<SystemTx, Failure> {
        tracing::trace!(reason, "system transaction");
        let session = Session::begin(&self.pools.system, "BEGIN".to_owned()).await?;
        Ok(SystemTx::new(session, reason))
    }

    /// Begins a transaction of the bulk role, which may do nothing but add rows to fact tables.
    ///
    /// # Errors
    /// As [`Db::tenant`].
    pub async fn bulk(&self, ctx: &OpContext) -> Result<BulkTx, Failure> {
        BulkTx::begin(&self.pools.bulk, ctx.tenant_id).await
    }

    /// Asks the database for a sign of life: readiness.
    ///
    /// # Errors
    /// `DATABASE_UNAVAILABLE`.
    pub async fn ping(&self) -> Result<(), Failure> {
        sqlx::query("SELECT 1").execute(self.pools.app.pool()).await.or_fail()?;
        Ok(())
    }

    /// How full the pools are, for the metrics.
    #[must_use]
    pub fn pool_use(&self) -> Vec<PoolUse> {
        self.pools.usage()
    }

    /// Closes all connections, waiting for those in use.
    pub async fn close(&self) {
        self.pools.close().await;
    }

    /// The connection pool of the system role, for the queue library.
    pub(crate) fn system_pool(&self) -> &sqlx::PgPool {
        self.pools.system.pool()
    }

    async fn begin_tenant(&self, ctx: &OpContext, begin: &str) -> Result<TenantTx, Failure> {
        let pool = match ctx.actor {
            Actor::Job { .. } => &self.pools.worker,
            Actor::Member { .. } | Actor::ApiKey { .. } | Actor::Operator => &self.pools.app,
        };
        let statement = format!("{begin}; {}", scope_statement(ctx));
        let session = Session::begin(pool, statement).await?;
        Ok(TenantTx::new(session, ctx))
    }
}

/// `SET LOCAL` as a statement and not `set_config()`: on Citus only the statement reaches the shards.
fn scope_statement(ctx: &OpContext) -> String {
    format!(
        "SET LOCAL app.tenant_id = '{}'; SET LOCAL app.actor = '{}'",
        ctx.tenant_id.uuid(),
        quoted(&ctx.actor.label())
    )
}

/// Text for the inside of an SQL string literal: quotes doubled, backslashes and control characters dropped.
fn quoted(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() && *c != '\\').collect::<String>().replace('\'', "''")
}

/// A raw statement with `$1`, `$2`, … parameters, for the reports and set operations that SQL says best.
pub fn sql(text: impl Into<String>, values: impl IntoIterator<Item = Value>) -> Statement {
    Statement::from_sql_and_values(DbBackend::Postgres, text, values)
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn an_actor_cannot_break_out_of_the_literal() {
        assert_eq!(quoted("job:o'hara\\\n; DROP"), "job:o''hara; DROP");
    }
}
