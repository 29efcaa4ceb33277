//! `numeric` in PostgreSQL's binary form (`numeric_send` in its `numeric.c`): base-10000 digits, most
//! significant first, with the weight of the first digit, a sign and the number of decimals to show.

use bytes::{BufMut, BytesMut};
use rust_decimal::Decimal;

/// Digits of a 96-bit mantissa padded to full groups of four decimals: 29 + 3 decimal places, 8 groups;
/// one more because decimals and integer part are grouped from the point outwards.
const MOST_GROUPS: usize = 9;
const BASE: u64 = 10_000;
/// Four groups at once, so that 128-bit division is needed at most twice.
const BASE_4: u128 = 10_000_000_000_000_000;
const NEGATIVE: u16 = 0x4000;

/// Appends length and value.
pub(super) fn encode(value: Decimal, out: &mut BytesMut) {
    let scale = value.scale();
    // Align the decimals to whole groups. 2^96 × 1000 is far below 2^128.
    let padding = (4 - scale % 4) % 4;
    let mantissa = value.mantissa().unsigned_abs() * [1, 10, 100, 1000][padding as usize];
    let decimal_groups = scale.div_ceil(4) as i16;

    let mut groups = [0_u16; MOST_GROUPS];
    let found = split(mantissa, &mut groups);
    // Groups are least significant first; trailing zeros are not sent.
    let skipped = groups[..found].iter().take_while(|group| **group == 0).count();
    let sent = &groups[skipped..found];

    let length = 8 + 2 * sent.len();
    out.put_i32(length as i32);
    out.put_i16(sent.len() as i16);
    out.put_i16(if sent.is_empty() { 0 } else { found as i16 - 1 - decimal_groups });
    out.put_u16(if value.is_sign_negative() && !sent.is_empty() { NEGATIVE } else { 0 });
    out.put_u16(scale as u16);
    for group in sent.iter().rev() {
        out.put_u16(*group);
    }
}

/// Splits into base-10000 groups, least significant first; the number of groups up to the highest non-zero one.
fn split(mantissa: u128, groups: &mut [u16; MOST_GROUPS]) -> usize {
    let mut found = 0;
    let mut rest = mantissa;
    let mut at = 0;
    while rest != 0 {
        let (mut low, quads) = match u64::try_from(rest) {
            Ok(low) => {
                rest = 0;
                (low, MOST_GROUPS - at)
            }
            Err(_) => {
                let low = (rest % BASE_4) as u64;
                rest /= BASE_4;
                (low, 4)
            }
        };
        for group in &mut groups[at..at + quads] {
            if low == 0 {
                break;
            }
            *group = (low % BASE) as u16;
            low /= BASE;
        }
        at += quads;
    }
    for (index, group) in groups.iter().enumerate() {
        if *group != 0 {
            found = index + 1;
        }
    }
    found
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn bytes(text: &str) -> Vec<u8> {
        let mut out = BytesMut::new();
        encode(text.parse().unwrap(), &mut out);
        out.to_vec()
    }

    /// Reads the wire form back, as PostgreSQL would.
    fn read(text: &str) -> String {
        let raw = bytes(text);
        let field = |at: usize| i16::from_be_bytes([raw[at], raw[at + 1]]);
        let (count, weight, sign, scale) = (field(4) as usize, field(6), field(8), field(10));
        assert_eq!(raw.len(), 12 + 2 * count);
        let mut digits = String::new();
        let mut value = Decimal::ZERO;
        for index in 0..count {
            let group = field(12 + 2 * index);
            let exponent = (i32::from(weight) - index as i32) * 4;
            let power = Decimal::from_i128_with_scale(10_i128.pow(exponent.unsigned_abs()), 0);
            let group = Decimal::from(group);
            value += if exponent < 0 { group / power } else { group * power };
        }
        if sign != 0 {
            digits.push('-');
        }
        value.rescale(scale as u32);
        digits + &value.to_string()
    }

    #[test]
    fn known_forms() {
        // Taken from `SELECT numeric_send(…)`.
        assert_eq!(bytes("0"), [0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(bytes("1"), [0, 0, 0, 10, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1]);
        assert_eq!(bytes("-1.5"), [0, 0, 0, 12, 0, 2, 0, 0, 0x40, 0, 0, 1, 0, 1, 0x13, 0x88]);
        assert_eq!(bytes("10000"), [0, 0, 0, 10, 0, 1, 0, 1, 0, 0, 0, 0, 0, 1]);
        assert_eq!(bytes("0.0001"), [0, 0, 0, 10, 0, 1, 255, 255, 0, 0, 0, 4, 0, 1]);
    }

    #[test]
    fn values_survive() {
        for text in [
            "0.00",
            "12.30",
            "-0.000000000001",
            "123456789.123456789012",
            "99999999999999.9999",
            "79228162514264337593543950335",
            "-7.9228162514264337593543950335",
            "0.0000000000000000000000000001",
            "100000000",
            "0.10000",
            "10000.0001",
            "18446744073709551615",
            "18446744073709551616.5",
        ] {
            assert_eq!(read(text), text);
        }
    }
}
