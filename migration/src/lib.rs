//! The database schema as SQL files, and the runner that applies them.
//!
//! Files are applied in order, each in its own transaction, under an advisory lock, so that two programs that
//! start together migrate once. They follow expand-then-contract: the previous version keeps serving while
//! they run. Roles exist before the first file (see `sql/0001_foundation.sql`).

use sqlx::migrate::{Migrate, MigrateError, Migrator};
use sqlx::{Connection, PgConnection};

static MIGRATOR: Migrator = sqlx::migrate!("./sql");

/// Why the schema could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// The connection is not the owner's.
    #[error("migrations run as tunemantra_owner, not as {0}: give the owner's database URL")]
    NotTheOwner(String),
    /// A file could not be applied, or the database was migrated by another version of the program.
    #[error("the schema could not be migrated: {0}")]
    Apply(#[from] MigrateError),
    /// The database could not be reached.
    #[error("the database could not be reached: {0}")]
    Database(#[from] sqlx::Error),
}

/// Brings the schema up to date and says how many files were new.
///
/// # Errors
/// [`MigrationError`].
pub async fn migrate(owner_url: &str) -> Result<usize, MigrationError> {
    let mut connection = PgConnection::connect(owner_url).await?;
    let user: String = sqlx::query_scalar("SELECT current_user::text").fetch_one(&mut connection).await?;
    if user != "tunemantra_owner" {
        return Err(MigrationError::NotTheOwner(user));
    }
    let before = applied(&mut connection).await?;
    MIGRATOR.run(&mut connection).await?;
    let after = applied(&mut connection).await?;
    connection.close().await?;
    Ok(after.saturating_sub(before))
}

/// How many files are applied and how many there are; the program serves when both are equal.
///
/// # Errors
/// [`MigrationError`].
pub async fn status(owner_url: &str) -> Result<(usize, usize), MigrationError> {
    let mut connection = PgConnection::connect(owner_url).await?;
    let done = applied(&mut connection).await?;
    connection.close().await?;
    Ok((done, MIGRATOR.iter().count()))
}

async fn applied(connection: &mut PgConnection) -> Result<usize, MigrationError> {
    connection.ensure_migrations_table(&MIGRATOR.table_name).await?;
    Ok(connection.list_applied_migrations(&MIGRATOR.table_name).await?.len())
}
