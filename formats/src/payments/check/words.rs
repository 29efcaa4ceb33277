//! Amounts in English words, as a check states them beside the figures.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

const ONES: [&str; 20] = [
    "",
    "One",
    "Two",
    "Three",
    "Four",
    "Five",
    "Six",
    "Seven",
    "Eight",
    "Nine",
    "Ten",
    "Eleven",
    "Twelve",
    "Thirteen",
    "Fourteen",
    "Fifteen",
    "Sixteen",
    "Seventeen",
    "Eighteen",
    "Nineteen",
];
const TENS: [&str; 10] = ["", "", "Twenty", "Thirty", "Forty", "Fifty", "Sixty", "Seventy", "Eighty", "Ninety"];
const GROUPS: [&str; 4] = ["", "Thousand", "Million", "Billion"];

/// The amount in words, the minor unit as a fraction: `One Thousand Two Hundred Thirty-Four and 05/100`. `None` for
/// what no check is drawn for: below zero, a trillion and more, more than two places.
#[must_use]
pub fn amount_in_words(amount: Decimal) -> Option<String> {
    let cents = amount.checked_mul(Decimal::ONE_HUNDRED)?;
    let cents = if cents.fract().is_zero() { cents.to_u64()? } else { return None };
    let (whole, rest) = (cents / 100, cents % 100);
    if whole >= 1_000_000_000_000 {
        return None;
    }
    let mut words = Vec::new();
    for (group, name) in GROUPS.iter().enumerate().rev() {
        let value = (whole / 1_000_u64.pow(u32::try_from(group).ok()?)) % 1_000;
        if value > 0 {
            hundreds(usize::try_from(value).ok()?, &mut words);
            if !name.is_empty() {
                words.push((*name).to_owned());
            }
        }
    }
    if words.is_empty() {
        words.push("Zero".to_owned());
    }
    Some(format!("{} and {rest:02}/100", words.join(" ")))
}

fn hundreds(value: usize, words: &mut Vec<String>) {
    if value >= 100 {
        words.push(format!("{} Hundred", ONES[value / 100]));
    }
    let rest = value % 100;
    match rest {
        0 => {}
        1..=19 => words.push(ONES[rest].to_owned()),
        _ if rest.is_multiple_of(10) => words.push(TENS[rest / 10].to_owned()),
        _ => words.push(format!("{}-{}", TENS[rest / 10], ONES[rest % 10])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rust_decimal_macros::dec;

    #[test]
    fn amounts_are_spelled() {
        let words = |amount| amount_in_words(amount).unwrap();
        assert_eq!(words(dec!(1234.05)), "One Thousand Two Hundred Thirty-Four and 05/100");
        assert_eq!(words(dec!(0.99)), "Zero and 99/100");
        assert_eq!(words(dec!(110)), "One Hundred Ten and 00/100");
        assert_eq!(words(dec!(1000000.10)), "One Million and 10/100");
        assert_eq!(
            words(dec!(999999999999.99)),
            "Nine Hundred Ninety-Nine Billion Nine Hundred Ninety-Nine Million Nine Hundred Ninety-Nine Thousand Nine Hundred Ninety-Nine and 99/100"
        );
        for amount in [dec!(-1), dec!(0.001), dec!(1000000000000)] {
            assert_eq!(amount_in_words(amount), None);
        }
    }
}
