//! Dividing an amount so that the parts sum to it exactly.

use rust_decimal::Decimal;

use crate::decimal::{OutOfRange, cut, sub};

/// Divides `total` over `weights` in units of `scale` decimal places by largest remainder.
///
/// Ties between equal remainders go to the smaller key, never to the position in the list, so the result
/// is the same whatever the order. Negative totals are divided as their mirror image. The parts come back
/// in the order of `weights`; a part of weight zero is zero. What `total` carries beyond `scale` goes to the
/// first key in key order among the weights that are not zero, so that the sum is exact even then.
///
/// Source of the rule: royalty-rules, "Penny allocation".
///
/// # Errors
/// [`OutOfRange`] when an intermediate product does not fit.
///
/// # Panics
/// Never. With no positive weight the result is all zeros, and the caller keeps the total.
pub fn allocate<K: Ord + Copy>(
    total: Decimal,
    scale: u32,
    weights: &[(K, Decimal)],
) -> Result<Vec<(K, Decimal)>, OutOfRange> {
    let mut parts: Vec<(K, Decimal)> = weights.iter().map(|(key, _)| (*key, Decimal::ZERO)).collect();
    let sum = crate::decimal::sum(weights.iter().map(|(_, weight)| (*weight).max(Decimal::ZERO)))?;
    if sum.is_zero() || total.is_zero() {
        return Ok(parts);
    }
    let negative = total.is_sign_negative();
    let magnitude = total.abs();
    let divisible = cut(magnitude, scale);
    let unit = Decimal::new(1, scale);
    let mut remainders: Vec<(usize, Decimal)> = Vec::with_capacity(weights.len());
    let mut given = Decimal::ZERO;
    for (index, (_, weight)) in weights.iter().enumerate() {
        if *weight <= Decimal::ZERO {
            continue;
        }
        let share = divisible.checked_mul(*weight).and_then(|x| x.checked_div(sum)).ok_or(OutOfRange)?;
        let floor = cut(share, scale);
        parts[index].1 = floor;
        given = crate::decimal::add(given, floor)?;
        remainders.push((index, sub(share, floor)?));
    }
    remainders.sort_by(|(a, ra), (b, rb)| rb.cmp(ra).then_with(|| weights[*a].0.cmp(&weights[*b].0)));
    let mut rest = sub(divisible, given)?;
    for (index, _) in remainders.iter().cycle() {
        if rest < unit {
            break;
        }
        parts[*index].1 = crate::decimal::add(parts[*index].1, unit)?;
        rest = sub(rest, unit)?;
    }
    // A division that had to round may have given away too much: take it back from the smallest remainders.
    for (index, _) in remainders.iter().rev().cycle() {
        if rest >= Decimal::ZERO {
            break;
        }
        parts[*index].1 = sub(parts[*index].1, unit)?;
        rest = crate::decimal::add(rest, unit)?;
    }
    let beyond = sub(magnitude, divisible)?;
    if !beyond.is_zero()
        && let Some((index, _)) = remainders.iter().min_by_key(|(index, _)| weights[*index].0)
    {
        parts[*index].1 = crate::decimal::add(parts[*index].1, beyond)?;
    }
    if negative {
        for (_, part) in &mut parts {
            if !part.is_zero() {
                part.set_sign_negative(true);
            }
        }
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rust_decimal_macros::dec;

    #[test]
    fn three_equal_shares_of_a_million_pay_out_a_million() {
        let parts = allocate(dec!(1000000.00), 2, &[(1, dec!(1)), (2, dec!(1)), (3, dec!(1))]).unwrap();
        assert_eq!(parts, vec![(1, dec!(333333.34)), (2, dec!(333333.33)), (3, dec!(333333.33))]);
        assert_eq!(parts.iter().map(|(_, part)| *part).sum::<Decimal>(), dec!(1000000.00));
    }

    #[test]
    fn ties_follow_the_key_and_not_the_position() {
        let forward = allocate(dec!(0.01), 2, &[(1, dec!(1)), (2, dec!(1))]).unwrap();
        let backward = allocate(dec!(0.01), 2, &[(2, dec!(1)), (1, dec!(1))]).unwrap();
        assert_eq!(forward[0], (1, dec!(0.01)));
        assert_eq!(backward[1], (1, dec!(0.01)));
    }

    proptest! {
        #[test]
        fn parts_sum_to_the_total(
            minor in -10_000_000_000i64..10_000_000_000,
            weights in proptest::collection::vec(0u32..1000, 1..20),
        ) {
            let total = Decimal::new(minor, 2);
            let weights: Vec<(usize, Decimal)> = weights.iter().map(|w| Decimal::from(*w)).enumerate().collect();
            let parts = allocate(total, 2, &weights).unwrap();
            let sum: Decimal = parts.iter().map(|(_, part)| *part).sum();
            if weights.iter().any(|(_, weight)| !weight.is_zero()) {
                prop_assert_eq!(sum, total);
            } else {
                prop_assert_eq!(sum, Decimal::ZERO);
            }
            for ((_, weight), (_, part)) in weights.iter().zip(&parts) {
                prop_assert!(!weight.is_zero() || part.is_zero());
                prop_assert!(part.is_zero() || part.is_sign_negative() == (minor < 0));
            }
        }
    }
}
