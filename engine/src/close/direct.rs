//! Letters of direction and holds: who gets what would have been paid.

use kernel::decimal::OutOfRange;
use rust_decimal::Decimal;

use super::minor::{Minor, allocate, weights_of};

/// What a letter directs, or a hold keeps back, of a payee's payable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Share {
    /// The part of the payable, between 0 and 1.
    pub ratio: Decimal,
    /// What may still be taken by it; none: without end.
    pub left: Option<Minor>,
}

/// What each of a payee's letters, or holds, gets of the payable, by largest remainder in minor units (ties to the earlier), the
/// payee keeping the rest. Where the ratios total more than 1 they are served in their order. A letter that has an end
/// gets no more than is left of it. Nothing is directed of nothing or less.
///
/// # Errors
/// [`OutOfRange`].
pub(crate) fn direct(payable: Minor, letters: &[Share]) -> Result<Vec<Minor>, OutOfRange> {
    let mut rest = Decimal::ONE;
    let mut ratios = Vec::with_capacity(letters.len() + 1);
    for letter in letters {
        let ratio = letter.ratio.min(rest);
        rest = rest.checked_sub(ratio).ok_or(OutOfRange)?;
        ratios.push(ratio);
    }
    ratios.push(rest);
    let parts = allocate(payable.positive().0, &weights_of(ratios.into_iter())?)?;
    let limited =
        |(part, letter): (i128, &Share)| letter.left.map_or(Minor(part), |left| Minor(part).at_most(left.positive()));
    Ok(parts.into_iter().zip(letters).map(limited).collect())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rust_decimal_macros::dec;

    fn letter(ratio: Decimal, left: Option<i128>) -> Share {
        Share { ratio, left: left.map(Minor) }
    }

    fn given(payable: i128, letters: &[Share]) -> Vec<i128> {
        direct(Minor(payable), letters).unwrap().into_iter().map(|part| part.0).collect()
    }

    #[test]
    fn letters_share_what_would_be_paid() {
        // $100.00: 30 % to one, 10 % to another until $8.00, the payee keeps the rest.
        assert_eq!(given(10_000, &[letter(dec!(0.3), None), letter(dec!(0.1), Some(800))]), [3_000, 800]);
        assert_eq!(given(10_000, &[letter(dec!(1), None), letter(dec!(0.5), None)]), [10_000, 0]);
        assert_eq!(given(-10_000, &[letter(dec!(1), None)]), [0]);
        // A cent over a third twice: the rest has the largest remainder, 0.34.
        assert_eq!(given(1, &[letter(dec!(0.33), None), letter(dec!(0.33), None)]), [0, 0]);
    }

    proptest! {
        #[test]
        fn no_more_is_directed_than_would_be_paid(
            payable in 0i128..1_000_000_000,
            letters in proptest::collection::vec((0u32..=1000, proptest::option::of(0i128..1_000_000)), 0..8),
        ) {
            let letters: Vec<Share> = letters.iter()
                .map(|(ratio, left)| letter(Decimal::new(i64::from(*ratio), 3), *left)).collect();
            let parts = given(payable, &letters);
            prop_assert!(parts.iter().all(|part| *part >= 0));
            prop_assert!(parts.iter().sum::<i128>() <= payable);
        }
    }
}
