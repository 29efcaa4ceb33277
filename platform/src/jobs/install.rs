//! Making the queue's tables, at migration time, as the schema's owner.

use std::str::FromStr;

use graphile_worker::{Schema, WorkerOptions};
use kernel::failure::Failure;
use sqlx::Executor;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use super::SCHEMA;
use crate::db::OrFail;

const GRANTS: &str = include_str!("install.sql");

/// Brings the queue's schema to the version of the library and grants the roles what they need.
///
/// # Errors
/// When the owner cannot connect or a migration fails.
pub async fn install_queue(owner_url: &str) -> Result<(), Failure> {
    let options = PgConnectOptions::from_str(owner_url).or_fail()?.application_name("tunemantra-migrate");
    let pool = PgPoolOptions::new().max_connections(2).connect_with(options).await.or_fail()?;
    // Initialising a worker without jobs runs the library's migrations and does nothing else.
    let installed = WorkerOptions::default()
        .pg_pool(pool.clone())
        .schema(Schema::from(SCHEMA))
        .listen_os_shutdown_signals(false)
        .init()
        .await
        .map_err(|error| Failure::internal(format!("queue migrations: {error}")));
    let granted = match installed {
        Ok(_) => pool.execute(GRANTS).await.or_fail().map(|_| ()),
        Err(failure) => Err(failure),
    };
    pool.close().await;
    granted
}
