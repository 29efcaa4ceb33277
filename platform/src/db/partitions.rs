//! Month partitions of the fact tables, made when they are first needed.

use kernel::failure::Failure;
use kernel::period::Month;

use super::{Db, OrFail};

/// Makes sure that every fact table has a partition for each of these accounting months.
///
/// Runs in a transaction of its own, before the work that needs the partition: making one takes a lock on the
/// parent table that nobody should hold for long. The SQL function is the schema owner's; calling it twice does
/// nothing.
///
/// # Errors
/// Database failures.
pub async fn ensure_month_partitions(db: &Db, months: &[Month]) -> Result<(), Failure> {
    for month in months {
        super::retry(|| async {
            sqlx::query("SELECT app.ensure_month($1)")
                .bind(month.first_day())
                .execute(db.pools.worker.pool())
                .await
                .or_fail()?;
            Ok(())
        })
        .await?;
    }
    Ok(())
}
