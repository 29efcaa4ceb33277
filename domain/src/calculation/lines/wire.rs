//! Columns in PostgreSQL's binary form, read without a detour: a run reads millions of them.

use chrono::{Days, NaiveDate};
use kernel::failure::{Failure, Outcome};
use rust_decimal::Decimal;
use sea_orm::sqlx::Row as _;
use sea_orm::sqlx::postgres::PgRow;
use uuid::Uuid;

/// PostgreSQL counts days from here.
const EPOCH: NaiveDate = match NaiveDate::from_ymd_opt(2000, 1, 1) {
    Some(date) => date,
    None => NaiveDate::MIN,
};
/// Decimal digits of a group of `numeric`.
const GROUP: u32 = 4;
const NEGATIVE: u16 = 0x4000;
const POSITIVE: u16 = 0;

/// One row, column by column in the order of the query.
pub(super) struct Columns<'r> {
    row: &'r PgRow,
    next: usize,
}

impl<'r> Columns<'r> {
    pub(super) const fn new(row: &'r PgRow) -> Self {
        Self { row, next: 0 }
    }

    fn raw(&mut self) -> Outcome<Option<&'r [u8]>> {
        let column = self.next;
        self.next += 1;
        let value = self.row.try_get_raw(column).map_err(|error| unreadable(column, error))?;
        if sea_orm::sqlx::ValueRef::is_null(&value) {
            return Ok(None);
        }
        value.as_bytes().map(Some).map_err(|error| unreadable(column, error))
    }

    fn required(&mut self) -> Outcome<&'r [u8]> {
        let column = self.next;
        self.raw()?.ok_or_else(|| unreadable(column, "null"))
    }

    fn fixed<const N: usize>(&mut self) -> Outcome<[u8; N]> {
        let column = self.next;
        self.required()?.try_into().map_err(|error| unreadable(column, error))
    }

    fn optional_fixed<const N: usize>(&mut self) -> Outcome<Option<[u8; N]>> {
        let column = self.next;
        self.raw()?.map(<[u8; N]>::try_from).transpose().map_err(|error| unreadable(column, error))
    }

    pub(super) fn i64(&mut self) -> Outcome<i64> {
        self.fixed().map(i64::from_be_bytes)
    }

    pub(super) fn i16(&mut self) -> Outcome<i16> {
        self.fixed().map(i16::from_be_bytes)
    }

    pub(super) fn optional_i16(&mut self) -> Outcome<Option<i16>> {
        self.optional_fixed().map(|bytes| bytes.map(i16::from_be_bytes))
    }

    pub(super) fn uuid(&mut self) -> Outcome<Uuid> {
        self.fixed().map(Uuid::from_bytes)
    }

    pub(super) fn optional_uuid(&mut self) -> Outcome<Option<Uuid>> {
        self.optional_fixed().map(|bytes| bytes.map(Uuid::from_bytes))
    }

    pub(super) fn date(&mut self) -> Outcome<NaiveDate> {
        let column = self.next;
        date(i32::from_be_bytes(self.fixed()?)).ok_or_else(|| unreadable(column, "a date outside the calendar"))
    }

    pub(super) fn text(&mut self) -> Outcome<&'r str> {
        let column = self.next;
        std::str::from_utf8(self.required()?).map_err(|error| unreadable(column, error))
    }

    pub(super) fn optional_text(&mut self) -> Outcome<Option<&'r str>> {
        let column = self.next;
        self.raw()?.map(std::str::from_utf8).transpose().map_err(|error| unreadable(column, error))
    }

    pub(super) fn decimal(&mut self) -> Outcome<Decimal> {
        let column = self.next;
        numeric(self.required()?).ok_or_else(|| unreadable(column, "a number beyond 28 digits"))
    }

    pub(super) fn optional_decimal(&mut self) -> Outcome<Option<Decimal>> {
        let column = self.next;
        match self.raw()? {
            None => Ok(None),
            Some(bytes) => numeric(bytes).map(Some).ok_or_else(|| unreadable(column, "a number beyond 28 digits")),
        }
    }
}

fn unreadable(column: usize, reason: impl std::fmt::Display) -> Failure {
    Failure::internal(format!("column {column} of a revenue line: {reason}"))
}

fn date(days: i32) -> Option<NaiveDate> {
    let distance = Days::new(u64::from(days.unsigned_abs()));
    if days < 0 { EPOCH.checked_sub_days(distance) } else { EPOCH.checked_add_days(distance) }
}

/// `numeric` (`numeric_send` in PostgreSQL's `numeric.c`): base-10000 digits, the most significant first, the weight
/// of the first, a sign, and how many decimals to show. `None` when a decimal cannot hold it exactly.
fn numeric(bytes: &[u8]) -> Option<Decimal> {
    let (header, groups) = bytes.split_at_checked(8)?;
    let field = |at: usize| u16::from_be_bytes([header[at], header[at + 1]]);
    let (count, sign, scale) = (usize::from(field(0)), field(4), u32::from(field(6)));
    let weight = i32::from(field(2).cast_signed());
    if groups.len() != count * 2 || (sign != POSITIVE && sign != NEGATIVE) {
        return None;
    }
    let mut mantissa: i128 = 0;
    for group in groups.chunks_exact(2) {
        mantissa = mantissa.checked_mul(10_000)?.checked_add(i128::from(u16::from_be_bytes([group[0], group[1]])))?;
    }
    // The last group stands at this power of 10000; what lies left of the shown decimals is padding with zeros.
    let count = i32::try_from(count).ok()?;
    let last = weight.checked_sub(count)?.checked_add(1)?;
    let places = last.checked_mul(i32::try_from(GROUP).ok()?)?.checked_neg()?;
    let (mantissa, places) = shift(mantissa, places, i32::try_from(scale).ok()?)?;
    let mantissa = if sign == NEGATIVE { -mantissa } else { mantissa };
    Decimal::try_from_i128_with_scale(mantissa, places).ok()
}

/// Brings `mantissa × 10^-places` to `scale` decimals; only zeros are ever dropped.
fn shift(mut mantissa: i128, mut places: i32, scale: i32) -> Option<(i128, u32)> {
    if mantissa == 0 {
        return Some((0, u32::try_from(scale.min(28)).ok()?));
    }
    while places > scale && mantissa % 10 == 0 {
        mantissa /= 10;
        places -= 1;
    }
    while places < 0 {
        mantissa = mantissa.checked_mul(10)?;
        places += 1;
    }
    Some((mantissa, u32::try_from(places).ok()?))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn bytes(weight: i16, sign: u16, scale: u16, groups: &[u16]) -> Vec<u8> {
        let mut out = Vec::new();
        out.extend((groups.len() as u16).to_be_bytes());
        out.extend(weight.to_be_bytes());
        out.extend(sign.to_be_bytes());
        out.extend(scale.to_be_bytes());
        groups.iter().for_each(|group| out.extend(group.to_be_bytes()));
        out
    }

    #[test]
    fn numbers_as_the_server_sends_them() {
        // Taken from `SELECT numeric_send(…)`.
        for (expected, weight, sign, scale, groups) in [
            ("0", 0, POSITIVE, 0, &[][..]),
            ("0", 0, POSITIVE, 2, &[]),
            ("1", 0, POSITIVE, 0, &[1]),
            ("-1.5", 0, NEGATIVE, 1, &[1, 5000]),
            ("10000", 1, POSITIVE, 0, &[1]),
            ("100000000", 2, POSITIVE, 0, &[1]),
            ("0.0001", -1, POSITIVE, 4, &[1]),
            ("0.00000001", -2, POSITIVE, 8, &[1]),
            ("0.000000000000000001", -5, POSITIVE, 18, &[100]),
            ("12345.678", 1, POSITIVE, 3, &[1, 2345, 6780]),
            ("79228162514264337593543950335", 7, POSITIVE, 0, &[7, 9228, 1625, 1426, 4337, 5935, 4395, 335]),
        ] {
            let read = numeric(&bytes(weight, sign, scale, groups)).unwrap();
            assert_eq!(read.normalize().to_string(), expected);
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        // 10^29, NaN, and a length that is not what the header says.
        assert_eq!(numeric(&bytes(7, POSITIVE, 0, &[10])), None);
        assert_eq!(numeric(&bytes(0, 0xC000, 0, &[])), None);
        assert_eq!(numeric(&[0, 1, 0, 0, 0, 0, 0, 0]), None);
        assert_eq!(numeric(&[]), None);
    }

    #[test]
    fn days_count_from_2000() {
        assert_eq!(date(1).unwrap().to_string(), "2000-01-02");
        assert_eq!(date(-1).unwrap().to_string(), "1999-12-31");
        assert_eq!(date(i32::MAX), None);
    }
}
