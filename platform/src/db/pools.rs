//! The four pools and what each role's connections may take.

use std::str::FromStr;
use std::time::Duration;

use kernel::failure::Failure;
use kernel::limits;
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use super::failure::OrFail;
use super::urls::{DatabaseUrls, PoolSizes};

/// How long to wait for a free connection before giving up.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// What a role's statements may take, set on the connection so that no code can forget it.
struct Patience {
    /// Longest statement; 0 = no limit.
    statement: Duration,
    /// Longest wait for a lock.
    lock: Duration,
    /// Longest pause between two statements of one transaction.
    idle_in_transaction: Duration,
}

const APP: Patience = Patience {
    statement: Duration::from_secs(limits::API_STATEMENT_TIMEOUT_SECONDS),
    lock: Duration::from_secs(5),
    idle_in_transaction: Duration::from_secs(15),
};
const WORKER: Patience = Patience {
    statement: Duration::from_secs(15 * 60),
    lock: Duration::from_secs(30),
    idle_in_transaction: Duration::from_secs(15 * 60),
};
const SYSTEM: Patience = Patience {
    statement: Duration::from_secs(60),
    lock: Duration::from_secs(15),
    idle_in_transaction: Duration::from_secs(60),
};
const BULK: Patience = Patience {
    statement: Duration::ZERO,
    lock: Duration::from_secs(30),
    idle_in_transaction: Duration::from_secs(15 * 60),
};

/// One role's pool, with the role's name for messages.
pub(super) struct Pool {
    pub(super) role: &'static str,
    inner: PgPool,
}

impl Pool {
    pub(super) fn pool(&self) -> &PgPool {
        &self.inner
    }

    async fn connect(role: &'static str, url: &str, size: u32, patience: &Patience) -> Result<Self, Failure> {
        let millis = |duration: Duration| duration.as_millis().to_string();
        let options =
            PgConnectOptions::from_str(url).or_fail()?.application_name(&format!("tunemantra-{role}")).options([
                ("statement_timeout", millis(patience.statement)),
                ("lock_timeout", millis(patience.lock)),
                ("idle_in_transaction_session_timeout", millis(patience.idle_in_transaction)),
                // Dates and times must not depend on how the server is set up.
                ("timezone", "UTC".to_owned()),
            ]);
        let inner = PgPoolOptions::new()
            .max_connections(size.max(1))
            .min_connections(0)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .idle_timeout(Duration::from_secs(10 * 60))
            .connect_with(options)
            .await
            .or_fail()?;
        Ok(Self { role, inner })
    }
}

/// How full a pool is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolUse {
    /// The role: `app`, `worker`, `system` or `bulk`.
    pub role: &'static str,
    /// Open connections.
    pub open: u32,
    /// Open connections nobody uses now.
    pub idle: u32,
    /// Most connections.
    pub most: u32,
}

/// All pools.
pub(super) struct Pools {
    pub(super) app: Pool,
    pub(super) worker: Pool,
    pub(super) system: Pool,
    pub(super) bulk: Pool,
}

impl Pools {
    pub(super) async fn connect(urls: &DatabaseUrls, sizes: PoolSizes) -> Result<Self, Failure> {
        Ok(Self {
            app: Pool::connect("app", &urls.app, sizes.app, &APP).await?,
            worker: Pool::connect("worker", &urls.worker, sizes.worker, &WORKER).await?,
            system: Pool::connect("system", &urls.system, sizes.system, &SYSTEM).await?,
            bulk: Pool::connect("bulk", &urls.bulk, sizes.bulk, &BULK).await?,
        })
    }

    pub(super) const fn all(&self) -> [&Pool; 4] {
        [&self.app, &self.worker, &self.system, &self.bulk]
    }

    pub(super) fn usage(&self) -> Vec<PoolUse> {
        self.all()
            .into_iter()
            .map(|pool| PoolUse {
                role: pool.role,
                open: pool.inner.size(),
                idle: u32::try_from(pool.inner.num_idle()).unwrap_or(u32::MAX),
                most: pool.inner.options().get_max_connections(),
            })
            .collect()
    }

    pub(super) async fn close(&self) {
        for pool in self.all() {
            pool.inner.close().await;
        }
    }
}
