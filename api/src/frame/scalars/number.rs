//! Numbers that JSON cannot carry exactly.

use super::text_scalar;

/// Reads plain notation: an optional sign, digits, an optional fraction; at most 28 digits.
fn decimal(text: &str) -> Result<rust_decimal::Decimal, String> {
    let refused = || format!("`{text}` is not a plain decimal of at most 28 digits, such as \"-1234.56\"");
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let length = if digits.contains('.') { whole.len() + fraction.len() } else { whole.len() };
    if !plain(whole) || !plain(fraction) || length > 28 {
        return Err(refused());
    }
    text.parse().map_err(|_| refused())
}

text_scalar! {
    /// An exact decimal number as a string in plain notation, at most 28 digits: `"1234.56"`. JSON numbers and exponents are refused.
    Decimal(rust_decimal::Decimal),
    decimal,
    ToString::to_string
}
text_scalar! {
    /// A whole number as a string, because it may exceed 32 bits: `"5000000000"`.
    BigInt(i64),
    |text| text.parse().map_err(|_| format!("`{text}` is not a whole number of at most 64 bits")),
    ToString::to_string
}
