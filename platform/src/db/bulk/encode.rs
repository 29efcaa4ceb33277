//! Rows in PostgreSQL's binary `COPY` format (documentation of `COPY`, section "Binary Format").

use bytes::{BufMut, BytesMut};
use chrono::{DateTime, NaiveDate, Utc};
use kernel::failure::Failure;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::numeric;

/// Signature, flags (0) and header extension length (0).
pub(super) const HEADER: [u8; 19] = *b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// A field count of −1 ends the data.
pub(super) const TRAILER: [u8; 2] = (-1_i16).to_be_bytes();

/// The length that stands for NULL.
const NULL: i32 = -1;
/// PostgreSQL counts days and microseconds from 2000-01-01.
const EPOCH: NaiveDate = match NaiveDate::from_ymd_opt(2000, 1, 1) {
    Some(date) => date,
    None => NaiveDate::MIN,
};
/// 2000-01-01T00:00:00Z in Unix microseconds.
const EPOCH_MICROS: i64 = 946_684_800_000_000;

/// Encoded rows, waiting to be sent. Encoding needs no connection, so it can happen on any thread.
pub struct CopyBuffer {
    bytes: BytesMut,
    columns: i16,
    rows: u64,
    wrong: Option<i16>,
}

impl CopyBuffer {
    /// An empty buffer for rows of this many columns.
    #[must_use]
    pub fn new(columns: usize) -> Self {
        Self::with_capacity(columns, 64 * 1024)
    }

    /// As [`CopyBuffer::new`], with room for this many bytes.
    #[must_use]
    pub fn with_capacity(columns: usize, bytes: usize) -> Self {
        // PostgreSQL allows 1,600 columns; what does not fit i16 is found wrong at the first row.
        let columns = i16::try_from(columns).unwrap_or(i16::MAX);
        Self { bytes: BytesMut::with_capacity(bytes), columns, rows: 0, wrong: None }
    }

    /// Adds one row.
    pub fn row(&mut self, fill: impl FnOnce(&mut CopyRow<'_>)) {
        self.bytes.put_i16(self.columns);
        let mut row = CopyRow { bytes: &mut self.bytes, columns: 0 };
        fill(&mut row);
        if row.columns != self.columns {
            self.wrong = Some(row.columns);
        }
        self.rows += 1;
    }

    /// Rows in it.
    #[must_use]
    pub const fn rows(&self) -> u64 {
        self.rows
    }

    /// Bytes in it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(super) fn bytes_mut(&mut self) -> &mut BytesMut {
        &mut self.bytes
    }

    pub(super) const fn bytes(&self) -> &BytesMut {
        &self.bytes
    }

    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.rows = 0;
    }

    /// The number of rows, when each of them had all its columns.
    pub(super) fn checked_rows(&self) -> Result<u64, Failure> {
        match self.wrong {
            None => Ok(self.rows),
            Some(got) => Err(Failure::internal(format!("a row of {got} columns, {} expected", self.columns))),
        }
    }
}

/// One row being written: one `put_…` per column, in order.
pub struct CopyRow<'buffer> {
    bytes: &'buffer mut BytesMut,
    columns: i16,
}

impl CopyRow<'_> {
    /// SQL NULL.
    pub fn put_null(&mut self) {
        self.columns += 1;
        self.bytes.put_i32(NULL);
    }

    /// The value, or NULL.
    pub fn put_opt<T>(&mut self, value: Option<T>, put: impl FnOnce(&mut Self, T)) {
        match value {
            Some(value) => put(self, value),
            None => self.put_null(),
        }
    }

    /// `uuid`.
    pub fn put_uuid(&mut self, value: Uuid) {
        self.fixed(16);
        self.bytes.put_slice(value.as_bytes());
    }

    /// `boolean`.
    pub fn put_bool(&mut self, value: bool) {
        self.fixed(1);
        self.bytes.put_u8(u8::from(value));
    }

    /// `smallint`.
    pub fn put_i16(&mut self, value: i16) {
        self.fixed(2);
        self.bytes.put_i16(value);
    }

    /// `integer`.
    pub fn put_i32(&mut self, value: i32) {
        self.fixed(4);
        self.bytes.put_i32(value);
    }

    /// `bigint`.
    pub fn put_i64(&mut self, value: i64) {
        self.fixed(8);
        self.bytes.put_i64(value);
    }

    /// `date`.
    pub fn put_date(&mut self, value: NaiveDate) {
        // Every chrono date is within ±100 million days of 2000, far inside i32.
        let days = value.signed_duration_since(EPOCH).num_days();
        self.put_i32(i32::try_from(days).unwrap_or(i32::MAX));
    }

    /// `timestamptz`, to the microsecond.
    pub fn put_timestamp(&mut self, value: DateTime<Utc>) {
        self.put_i64(value.timestamp_micros() - EPOCH_MICROS);
    }

    /// `text`, `varchar`, `char(n)`. PostgreSQL cannot keep NUL characters; they are left out.
    pub fn put_str(&mut self, value: &str) {
        if value.contains('\0') {
            return self.put_str(&value.replace('\0', ""));
        }
        self.put_bytes(value.as_bytes());
    }

    /// `bytea`.
    pub fn put_bytes(&mut self, value: &[u8]) {
        // A row of two gigabytes cannot be sent; the length then makes the server refuse the copy.
        self.fixed(i32::try_from(value.len()).unwrap_or(i32::MAX));
        self.bytes.put_slice(value);
    }

    /// `jsonb`, from JSON text.
    pub fn put_json(&mut self, json: &str) {
        self.fixed(i32::try_from(json.len() + 1).unwrap_or(i32::MAX));
        self.bytes.put_u8(1); // version of the jsonb wire format
        self.bytes.put_slice(json.as_bytes());
    }

    /// `numeric`, exact.
    pub fn put_decimal(&mut self, value: Decimal) {
        self.columns += 1;
        numeric::encode(value, self.bytes);
    }

    fn fixed(&mut self, length: i32) {
        self.columns += 1;
        self.bytes.put_i32(length);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn encoded(fill: impl FnOnce(&mut CopyRow<'_>)) -> Vec<u8> {
        let mut buffer = CopyBuffer::new(1);
        buffer.row(fill);
        assert_eq!(buffer.checked_rows().unwrap(), 1);
        buffer.bytes()[2..].to_vec()
    }

    #[test]
    fn days_count_from_2000() {
        let day = NaiveDate::from_ymd_opt(2000, 1, 2).unwrap();
        assert_eq!(encoded(|row| row.put_date(day)), [0, 0, 0, 4, 0, 0, 0, 1]);
        let before = NaiveDate::from_ymd_opt(1999, 12, 31).unwrap();
        assert_eq!(encoded(|row| row.put_date(before)), [0, 0, 0, 4, 255, 255, 255, 255]);
    }

    #[test]
    fn instants_count_microseconds_from_2000() {
        let instant = DateTime::parse_from_rfc3339("2000-01-01T00:00:00.000001Z").unwrap().to_utc();
        assert_eq!(encoded(|row| row.put_timestamp(instant)), [0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 1]);
    }

    #[test]
    fn text_loses_only_nul() {
        assert_eq!(encoded(|row| row.put_str("a\0b")), [0, 0, 0, 2, b'a', b'b']);
    }

    #[test]
    fn a_row_with_a_missing_column_is_found() {
        let mut buffer = CopyBuffer::new(2);
        buffer.row(|row| row.put_i16(1));
        assert!(buffer.checked_rows().is_err());
    }
}
