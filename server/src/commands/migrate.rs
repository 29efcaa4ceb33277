//! `migrate`: the schema and the queue.

use platform::config::Settings;
use platform::postgres::Durability;

use crate::say;
use crate::service::database::{Database, bring_up_to_date};
use crate::stop::Stop;

/// Brings the schema up to date, wherever the settings say that the database is.
///
/// # Errors
/// When the owner cannot connect or a file cannot be applied.
pub async fn migrate(settings: &Settings) -> Result<(), Stop> {
    let files = match &settings.database_url_owner {
        Some(owner) => bring_up_to_date(owner).await?,
        None => {
            let database = Database::open(settings, Durability::Full).await?;
            let files = database.bring_up_to_date().await;
            database.close().await?;
            files?
        }
    };
    match files {
        0 => say::line("The schema was up to date."),
        1 => say::line("The schema is up to date: 1 file was applied."),
        files => say::line(format_args!("The schema is up to date: {files} files were applied.")),
    }
    Ok(())
}
