//! Numbers of cells as decimal text.

/// Digits that a spreadsheet shows and a person has typed. More are the trace of a binary number.
const SHOWN_DIGITS: usize = 15;

/// The decimal number that a cell means.
///
/// A spreadsheet keeps numbers as binary doubles and writes them with up to 17 digits: `5.192` stands in the file as
/// `5.1920000000000002`. The shortest decimal that is the same double is what was meant, and what every program that
/// opens the file shows. Numbers of up to fifteen digits are taken as they stand.
pub(super) fn decimal(text: &str) -> String {
    let digits = text.trim_start_matches(['-', '+', '0', '.']).bytes().filter(u8::is_ascii_digit).count();
    if digits <= SHOWN_DIGITS && text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-')) {
        return text.to_owned();
    }
    #[allow(clippy::disallowed_types, reason = "the cell is a double: this finds the decimal it stands for")]
    let double: Option<f64> = text.parse().ok();
    double.filter(|double| double.is_finite()).map_or_else(|| text.to_owned(), |double| format!("{double}"))
}

#[cfg(test)]
mod tests {
    use super::decimal;

    #[test]
    fn the_number_that_was_typed() {
        for (text, meant) in [
            ("7.28", "7.28"),
            ("5.1920000000000002", "5.192"),
            ("-7.5999999999999996", "-7.6"),
            ("1234567891234", "1234567891234"),
            ("1.2345678912340001E+12", "1234567891234"),
            ("3.4567890123450E12", "3456789012345"),
            ("1E-4", "0.0001"),
            ("0.30000000000000004", "0.30000000000000004"),
            ("-0.000123456789012345", "-0.000123456789012345"),
            ("no", "no"),
        ] {
            assert_eq!(decimal(text), meant);
        }
    }
}
