//! One `COPY … FROM STDIN (FORMAT binary)` in progress.

use bytes::BytesMut;
use kernel::failure::Failure;
use sqlx::PgConnection;
use sqlx::postgres::PgCopyIn;

use super::encode::{CopyBuffer, CopyRow, HEADER, TRAILER};
use crate::db::failure::OrFail;

/// Bytes collected before they are sent: large enough that the system call does not matter, small enough that
/// memory does not.
const CHUNK_BYTES: usize = 1024 * 1024;

/// Rows on their way into one table.
pub struct CopyIn<'tx> {
    stream: PgCopyIn<&'tx mut PgConnection>,
    buffer: CopyBuffer,
    rows: u64,
    failed: &'tx mut bool,
}

impl<'tx> CopyIn<'tx> {
    pub(super) fn new(stream: PgCopyIn<&'tx mut PgConnection>, columns: usize, failed: &'tx mut bool) -> Self {
        let mut buffer = CopyBuffer::with_capacity(columns, CHUNK_BYTES + CHUNK_BYTES / 8);
        buffer.bytes_mut().extend_from_slice(&HEADER);
        Self { stream, buffer, rows: 0, failed }
    }

    /// Adds one row; sends when about a megabyte has come together.
    ///
    /// # Errors
    /// `INTERNAL` when the row has too few or too many columns; database failures.
    pub async fn row(&mut self, fill: impl FnOnce(&mut CopyRow<'_>)) -> Result<(), Failure> {
        self.buffer.row(fill);
        if self.buffer.len() >= CHUNK_BYTES {
            self.flush().await?;
        }
        Ok(())
    }

    /// Adds rows that were encoded elsewhere, for instance on another thread.
    ///
    /// # Errors
    /// As [`CopyIn::row`].
    pub async fn send(&mut self, encoded: CopyBuffer) -> Result<(), Failure> {
        self.flush().await?;
        self.rows += encoded.checked_rows()?;
        self.stream.send(encoded.bytes().as_ref()).await.or_fail()?;
        Ok(())
    }

    /// Ends the copy; the rows become visible when the transaction commits.
    ///
    /// # Errors
    /// What the database found wrong with the rows, and `INTERNAL` when it counted other rows than were sent.
    pub async fn finish(mut self) -> Result<u64, Failure> {
        self.flush().await?;
        self.stream.send(TRAILER.as_slice()).await.or_fail()?;
        let counted = self.stream.finish().await.or_fail()?;
        if counted != self.rows {
            return Err(Failure::internal(format!("{} rows were sent, {counted} arrived", self.rows)));
        }
        *self.failed = false;
        Ok(counted)
    }

    async fn flush(&mut self) -> Result<(), Failure> {
        self.rows += self.buffer.checked_rows()?;
        let bytes: &BytesMut = self.buffer.bytes();
        if !bytes.is_empty() {
            self.stream.send(bytes.as_ref()).await.or_fail()?;
        }
        self.buffer.clear();
        Ok(())
    }
}
