//! Identifiers with right check digits that belong to nobody.
//!
//! ISRC: registrants `Z9A` and `Z9M`; UPC and EAN: GS1's restricted ranges (`4…`, `29…`), which no shop outside
//! sees; ISWC from `T-999`; ISNI from `0000 0009 9`; IPI from `099`.

/// An ISRC of the year: country, registrant, year, running number.
pub fn isrc(country: &str, registrant: &str, year: u32, number: usize) -> String {
    format!("{country}{registrant}{:02}{number:05}", year % 100)
}

/// A 13-digit EAN of the restricted range `29`; `block` (0…99) keeps tenants apart.
pub fn ean(block: u32, number: usize) -> String {
    with_gtin_digit(format!("29{block:02}{number:08}"))
}

/// A 12-digit UPC-A of the restricted number system `4`.
pub fn upc(block: u32, number: usize) -> String {
    with_gtin_digit(format!("4{block:02}{number:08}"))
}

/// An ISWC from the range `T-999`.
pub fn iswc(block: u32, number: usize) -> String {
    let digits = format!("999{block:01}{number:05}");
    // ISO 15707: 1 + sum of position × digit, completed to a multiple of ten.
    let sum = 1 + digits.bytes().zip(1u32..).map(|(digit, weight)| weight * u32::from(digit - b'0')).sum::<u32>();
    format!("T{digits}{}", (10 - sum % 10) % 10)
}

/// An ISNI from the range `0000 0009 9`.
pub fn isni(block: u32, number: usize) -> String {
    let digits = format!("000000099{block:01}{number:05}");
    // ISO 7064 MOD 11-2.
    let sum = digits.bytes().fold(0u32, |sum, digit| (sum + u32::from(digit - b'0')) * 2);
    match (12 - sum % 11) % 11 {
        10 => format!("{digits}X"),
        check => format!("{digits}{check}"),
    }
}

/// An IPI name number from the range `099`.
pub fn ipi(block: u32, number: usize) -> String {
    let digits = format!("099{block:01}{number:05}");
    // CISAC: weights 10 to 2, modulo 101.
    let sum =
        digits.bytes().zip((2..=10u32).rev()).map(|(digit, weight)| weight * u32::from(digit - b'0')).sum::<u32>();
    format!("{digits}{:02}", (101 - sum % 101) % 100)
}

fn with_gtin_digit(digits: String) -> String {
    // GS1: from the right, digits weigh 3, 1, 3, 1 …
    let sum: u32 = digits
        .bytes()
        .rev()
        .zip([3u32, 1].into_iter().cycle())
        .map(|(digit, weight)| weight * u32::from(digit - b'0'))
        .sum();
    format!("{digits}{}", (10 - sum % 10) % 10)
}
