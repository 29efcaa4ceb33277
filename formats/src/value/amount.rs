//! Numbers as reports write them, read exactly: up to 38 significant digits, any number of decimals.
//!
//! A number is read in the one notation its layout declares. `1.234,56` under a decimal point is refused, never
//! guessed: a thousandfold error in money is worse than a row that waits for a person.

use std::borrow::Cow;

use kernel::decimal::LINE_SCALE;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// Most decimals a number may have. Reports go up to 34; beyond this it is not money.
const MAX_SCALE: i64 = 60;

/// Why a text is not a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// Nothing is there.
    #[error("is empty")]
    Empty,
    /// Not a number in the notation of the layout (`-`, `NaN`, `1.234,56` under a decimal point).
    #[error("is not a number in the notation of this report")]
    NotANumber,
    /// More digits than exact arithmetic holds (38 significant ones).
    #[error("has more digits than can be kept exactly")]
    TooManyDigits,
}

/// An exact decimal number: `mantissa × 10^-scale`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exact {
    /// All digits as one integer.
    pub mantissa: i128,
    /// Number of decimals, as written: `1.50` has two.
    pub scale: u32,
}

impl Exact {
    /// Nothing, without decimals.
    pub const ZERO: Self = Self { mantissa: 0, scale: 0 };

    /// `-self`. (No number that is read has the one mantissa without a counterpart.)
    #[must_use]
    pub const fn negated(self) -> Self {
        Self { mantissa: self.mantissa.saturating_neg(), scale: self.scale }
    }

    /// `-|self|`.
    #[must_use]
    pub const fn negative(self) -> Self {
        if self.mantissa > 0 { self.negated() } else { self }
    }

    /// `|self|`.
    #[must_use]
    pub const fn positive(self) -> Self {
        if self.mantissa < 0 { self.negated() } else { self }
    }

    /// The sum, at the finer scale of the two; `None` when it does not fit.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        let scale = self.scale.max(other.scale);
        let mantissa = self.at_scale(scale)?.checked_add(other.at_scale(scale)?)?;
        Some(Self { mantissa, scale })
    }

    /// The product; `None` when it does not fit.
    #[must_use]
    pub fn checked_mul(self, other: Self) -> Option<Self> {
        Some(Self { mantissa: self.mantissa.checked_mul(other.mantissa)?, scale: self.scale.checked_add(other.scale)? })
    }

    fn at_scale(self, scale: u32) -> Option<i128> {
        self.mantissa.checked_mul(10i128.checked_pow(scale.checked_sub(self.scale)?)?)
    }

    /// The whole number this is, if its decimals are all zero and it fits.
    #[must_use]
    pub fn to_integer(self) -> Option<i64> {
        if self.scale == 0 {
            return i64::try_from(self.mantissa).ok();
        }
        if self.mantissa == 0 {
            return Some(0);
        }
        let unit = 10i128.checked_pow(self.scale)?;
        if self.mantissa % unit == 0 { i64::try_from(self.mantissa / unit).ok() } else { None }
    }

    /// What a revenue line keeps of it: at most [`LINE_SCALE`] decimals and 96 bits, cut towards zero
    /// so that what is cut has the sign of the amount. `None` when the whole part alone is too large.
    #[must_use]
    pub fn kept(self) -> Option<Self> {
        let mut kept = self;
        if kept.scale > LINE_SCALE {
            // A divisor beyond i128 cuts everything there is.
            kept.mantissa = 10i128.checked_pow(kept.scale - LINE_SCALE).map_or(0, |unit| kept.mantissa / unit);
            kept.scale = LINE_SCALE;
        }
        while kept.mantissa.unsigned_abs() >> 96 != 0 {
            kept.scale = kept.scale.checked_sub(1)?;
            kept.mantissa /= 10;
        }
        Some(kept)
    }

    /// As `rust_decimal` holds it; `None` when it does not fit (see [`Exact::kept`]).
    #[must_use]
    pub fn to_decimal(self) -> Option<Decimal> {
        Decimal::try_from_i128_with_scale(self.mantissa, self.scale).ok()
    }
}

/// What parts whole from fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum DecimalMark {
    /// `0.5`
    #[default]
    #[serde(rename = ".")]
    Point,
    /// `0,5`
    #[serde(rename = ",")]
    Comma,
    /// Both occur in files of this layout: the last mark of a number parts the decimals.
    #[serde(rename = "either")]
    Either,
}

/// The notation of a report's numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NumberFormat {
    /// What parts whole from fraction.
    pub decimal: DecimalMark,
    /// Characters between groups of three digits; none by default, and then a separator is an error. A blank stands
    /// for every kind of blank.
    pub thousands: String,
    /// Whether `(12.34)` is minus 12.34.
    pub parentheses: bool,
    /// Texts before or after the number that mean nothing here, such as `AU$`.
    pub symbols: Vec<String>,
}

impl NumberFormat {
    /// Reads a number.
    ///
    /// # Errors
    /// [`AmountError`].
    pub fn parse(&self, text: &str) -> Result<Exact, AmountError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(AmountError::Empty);
        }
        if self.decimal == DecimalMark::Point
            && self.thousands.is_empty()
            && !self.parentheses
            && self.symbols.is_empty()
        {
            return digits(text.as_bytes(), b'.');
        }
        let (negate, inner) = self.undress(text);
        let (mark, bare) = self.regroup(inner)?;
        let number = digits(bare.as_bytes(), mark)?;
        Ok(if negate { number.negative() } else { number })
    }

    /// Takes off parentheses and symbols.
    fn undress<'a>(&self, text: &'a str) -> (bool, &'a str) {
        let bracketed = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
        let (negate, mut inner) = match bracketed {
            Some(inside) if self.parentheses => (true, inside.trim()),
            _ => (false, text),
        };
        for symbol in &self.symbols {
            inner = inner.strip_prefix(symbol.as_str()).unwrap_or(inner).trim();
            inner = inner.strip_suffix(symbol.as_str()).unwrap_or(inner).trim();
        }
        (negate, inner)
    }

    /// Takes out separators of thousands, having checked that they part groups of three, and says which mark is the
    /// decimal one.
    fn regroup<'a>(&self, text: &'a str) -> Result<(u8, Cow<'a, str>), AmountError> {
        let mark = match self.decimal {
            DecimalMark::Point => '.',
            DecimalMark::Comma => ',',
            DecimalMark::Either => text.chars().rev().find(|c| matches!(c, '.' | ',')).unwrap_or('.'),
        };
        let separates = |c: char| {
            c != mark
                && (self.thousands.contains(c)
                    || (c.is_whitespace() && self.thousands.contains(' '))
                    || (self.decimal == DecimalMark::Either && matches!(c, '.' | ',')))
        };
        let byte = if mark == ',' { b',' } else { b'.' };
        if !text.contains(separates) {
            return Ok((byte, Cow::Borrowed(text)));
        }
        let whole = text.find(mark).map_or(text, |at| &text[..at]);
        let unsigned = whole.strip_prefix(['-', '+']).unwrap_or(whole);
        let mut groups = unsigned.split(separates);
        let first = groups.next().unwrap_or_default();
        if first.is_empty() || first.len() > 3 || !groups.all(|group| group.len() == 3) {
            return Err(AmountError::NotANumber);
        }
        Ok((byte, Cow::Owned(whole.chars().filter(|c| !separates(*c)).chain(text[whole.len()..].chars()).collect())))
    }
}

/// Sign, digits, mark, digits, exponent. Nothing else.
fn digits(text: &[u8], mark: u8) -> Result<Exact, AmountError> {
    let (negate, rest) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    // Nineteen digits fit a machine word: the wide arithmetic is only paid for where a report needs it.
    let (mut low, mut wide, mut count, mut decimals, mut seen_mark) = (0u64, 0i128, 0u32, 0u32, false);
    let mut at = 0;
    while let Some(&byte) = rest.get(at) {
        if byte.is_ascii_digit() {
            let digit = byte - b'0';
            if count < 18 {
                low = low * 10 + u64::from(digit);
            } else {
                if count == 18 {
                    wide = i128::from(low);
                }
                wide = wide
                    .checked_mul(10)
                    .and_then(|wide| wide.checked_add(i128::from(digit)))
                    .ok_or(AmountError::TooManyDigits)?;
            }
            count += 1;
            decimals += u32::from(seen_mark);
        } else if byte == mark && !seen_mark {
            seen_mark = true;
        } else {
            break;
        }
        at += 1;
    }
    if count == 0 {
        return Err(AmountError::NotANumber);
    }
    let unsigned = if count <= 18 { i128::from(low) } else { wide };
    let mantissa = if negate { -unsigned } else { unsigned };
    let scale = i64::from(decimals) - exponent(&rest[at..])?;
    if scale > MAX_SCALE {
        return Err(AmountError::TooManyDigits);
    }
    if let Ok(scale) = u32::try_from(scale) {
        return Ok(Exact { mantissa, scale });
    }
    u32::try_from(-scale)
        .ok()
        .and_then(|power| 10i128.checked_pow(power))
        .and_then(|factor| mantissa.checked_mul(factor))
        .map(|mantissa| Exact { mantissa, scale: 0 })
        .ok_or(AmountError::TooManyDigits)
}

/// `E-05` and the like: an exact number all the same.
fn exponent(text: &[u8]) -> Result<i64, AmountError> {
    let [b'e' | b'E', rest @ ..] = text else {
        return if text.is_empty() { Ok(0) } else { Err(AmountError::NotANumber) };
    };
    let (sign, digits) = match rest {
        [b'-', digits @ ..] => (-1, digits),
        [b'+', digits @ ..] => (1, digits),
        digits => (1, digits),
    };
    if digits.is_empty() || digits.len() > 3 || !digits.iter().all(u8::is_ascii_digit) {
        return Err(AmountError::NotANumber);
    }
    Ok(sign * digits.iter().fold(0i64, |value, digit| value * 10 + i64::from(digit - b'0')))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn point(text: &str) -> Result<Exact, AmountError> {
        NumberFormat::default().parse(text)
    }

    fn with(decimal: DecimalMark, thousands: &str) -> NumberFormat {
        NumberFormat { decimal, thousands: thousands.to_owned(), ..NumberFormat::default() }
    }

    #[test]
    fn reads_what_reports_write() {
        for (text, mantissa, scale) in [
            (".021330", 21_330, 6),
            (" 00000000000000000.00019", 19, 5),
            ("-0.0042446", -42_446, 7),
            ("+1.50", 150, 2),
            ("0.0002503585965471062832417870324", 2_503_585_965_471_062_832_417_870_324, 31),
            ("7.37725782924135E+016", 73_772_578_292_413_500, 0),
            ("1.2e-05", 12, 6),
            ("5.", 5, 0),
            ("99999999999999999999999999999999999999", 99_999_999_999_999_999_999_999_999_999_999_999_999, 0),
        ] {
            assert_eq!(point(text), Ok(Exact { mantissa, scale }), "{text}");
        }
    }

    #[test]
    fn refuses_instead_of_guessing() {
        assert_eq!(point(""), Err(AmountError::Empty));
        assert_eq!(point("  "), Err(AmountError::Empty));
        for text in [
            "-", ".", "NaN", "inf", "1.234,56", "1,234.56", "1,5", "1 5", "--1", "1-", "0x1F", "1e", "1e+", "*", "£5",
            "(5)",
        ] {
            assert_eq!(point(text), Err(AmountError::NotANumber), "{text}");
        }
        assert_eq!(point("999999999999999999999999999999999999999"), Err(AmountError::TooManyDigits));
        assert_eq!(point("1e300"), Err(AmountError::TooManyDigits));
        assert_eq!(point("1e-300"), Err(AmountError::TooManyDigits));
    }

    #[test]
    fn decimal_comma_and_thousands() {
        assert_eq!(with(DecimalMark::Comma, "").parse("0,020354"), Ok(Exact { mantissa: 20_354, scale: 6 }));
        assert_eq!(with(DecimalMark::Comma, "").parse("1.234,56"), Err(AmountError::NotANumber));
        assert_eq!(with(DecimalMark::Comma, ".").parse("-1.234,56"), Ok(Exact { mantissa: -123_456, scale: 2 }));
        assert_eq!(with(DecimalMark::Comma, ".").parse("1.23,56"), Err(AmountError::NotANumber));
        assert_eq!(with(DecimalMark::Point, ",").parse("12,345,678"), Ok(Exact { mantissa: 12_345_678, scale: 0 }));
        assert_eq!(with(DecimalMark::Comma, " ").parse("1\u{a0}234,5"), Ok(Exact { mantissa: 12_345, scale: 1 }));
        let either = with(DecimalMark::Either, " ");
        assert_eq!(either.parse("1.234,56"), Ok(Exact { mantissa: 123_456, scale: 2 }));
        assert_eq!(either.parse("1,234.56"), Ok(Exact { mantissa: 123_456, scale: 2 }));
        assert_eq!(either.parse("0,5"), Ok(Exact { mantissa: 5, scale: 1 }));
    }

    #[test]
    fn parentheses_and_symbols() {
        let format = NumberFormat {
            parentheses: true,
            symbols: vec!["AU$".to_owned(), "£".to_owned()],
            ..with(DecimalMark::Point, ",")
        };
        assert_eq!(format.parse("(12.34)"), Ok(Exact { mantissa: -1234, scale: 2 }));
        assert_eq!(format.parse("AU$764.96"), Ok(Exact { mantissa: 76_496, scale: 2 }));
        assert_eq!(format.parse("(£1,000.00)"), Ok(Exact { mantissa: -100_000, scale: 2 }));
    }

    #[test]
    fn a_line_keeps_eighteen_decimals_and_the_rest_is_cut_towards_zero() {
        let long = point("-0.0002503585965471062832417870324").unwrap();
        assert_eq!(long.kept().unwrap(), Exact { mantissa: -250_358_596_547_106, scale: 18 });
        assert_eq!(long.kept().unwrap().to_decimal().unwrap().to_string(), "-0.000250358596547106");
        // A decimal holds 96 bits: large amounts keep fewer decimals.
        let large = point("123456789012345.1234567890123456789").unwrap().kept().unwrap();
        assert_eq!(large.to_decimal().unwrap().to_string(), "123456789012345.12345678901234");
        assert_eq!(point("99999999999999999999999999999999").unwrap().kept(), None);
    }

    #[test]
    fn whole_numbers() {
        assert_eq!(point("12.00").unwrap().to_integer(), Some(12));
        assert_eq!(point("12.5").unwrap().to_integer(), None);
        assert_eq!(point("-3").unwrap().to_integer(), Some(-3));
        assert_eq!(point("99999999999999999999").unwrap().to_integer(), None);
    }
}
