//! The baseline of everything that is stored: the same rows, encoded beforehand, through a bare binary `COPY`.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::TryStreamExt as _;
use kernel::ids::TenantId;
use platform::db::DatabaseUrls;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use uuid::Uuid;

use crate::stop::Stop;

/// Bytes sent at a time, as the program's own writer does.
const CHUNK: usize = 1024 * 1024;

/// The rows of a fact table to be copied again under another parent.
pub struct Rows {
    /// The table.
    pub table: &'static str,
    /// The column of the parent (`report_id`, `run_id`).
    pub parent: &'static str,
    /// Whose rows.
    pub of: Uuid,
    /// Under which parent they are stored again.
    pub again: Uuid,
    /// The tenant.
    pub tenant: TenantId,
}

impl Rows {
    /// Stores the rows again and says how long that took, how many there are, and nothing else.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn copy(&self, urls: &DatabaseUrls) -> Result<Duration, Stop> {
        self.attempt(urls).await.map_err(|error| Stop::failed(format!("the baseline failed: {error}")))
    }

    async fn attempt(&self, urls: &DatabaseUrls) -> Result<Duration, sqlx::Error> {
        let mut reader = PgConnection::connect(&urls.worker).await?;
        let columns = self.columns(&mut reader).await?;
        let chunks = self.encode(&mut reader, &columns).await?;
        reader.close().await?;

        let mut writer = PgConnection::connect(&urls.bulk).await?;
        let statement = format!("COPY {} ({}) FROM STDIN (FORMAT binary)", self.table, columns.join(", "));
        let started = platform::clock::stopwatch();
        writer.execute("BEGIN").await?;
        let mut copy = writer.copy_in_raw(&statement).await?;
        for chunk in &chunks {
            copy.send(chunk.as_ref()).await?;
        }
        copy.finish().await?;
        writer.execute("COMMIT").await?;
        let took = started.elapsed();
        writer.close().await?;
        Ok(took)
    }

    async fn columns(&self, reader: &mut PgConnection) -> Result<Vec<String>, sqlx::Error> {
        sqlx::query_scalar(
            "SELECT attname::text FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped \
             AND attgenerated = '' ORDER BY attnum",
        )
        .bind(self.table)
        .fetch_all(reader)
        .await
    }

    /// The rows as `COPY` wants them, under the new parent, in the order they were written.
    async fn encode(&self, reader: &mut PgConnection, columns: &[String]) -> Result<Vec<Bytes>, sqlx::Error> {
        reader.execute(AssertSqlSafe(format!("SET app.tenant_id = '{}'", self.tenant.uuid()))).await?;
        let (table, parent, of, again) = (self.table, self.parent, self.of, self.again);
        let values: Vec<String> = columns
            .iter()
            .map(|column| if column == parent { format!("'{again}'::uuid") } else { column.clone() })
            .collect();
        let statement = format!(
            "COPY (SELECT {} FROM {table} WHERE tenant_id = '{}' AND {parent} = '{of}' ORDER BY line_no) \
             TO STDOUT (FORMAT binary)",
            values.join(", "),
            self.tenant.uuid()
        );
        let mut rows = reader.copy_out_raw(&statement).await?;
        let (mut chunks, mut chunk) = (Vec::new(), BytesMut::with_capacity(CHUNK));
        while let Some(bytes) = rows.try_next().await? {
            chunk.extend_from_slice(&bytes);
            if chunk.len() >= CHUNK {
                chunks.push(std::mem::replace(&mut chunk, BytesMut::with_capacity(CHUNK)).freeze());
            }
        }
        chunks.push(chunk.freeze());
        Ok(chunks)
    }
}
