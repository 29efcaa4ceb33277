//! Dividing a royalty over payees, nested to any depth.

use kernel::decimal::{LINE_SCALE, OutOfRange};
use smallvec::SmallVec;

use super::royalty::Amount;
use crate::compile::{CompiledSplit, Leaf, Next};
use crate::fixed::{POW10, Product, is_amount};

/// Divides an amount: calls `give(leaf, atto)` once per payee in the order of the tree.
///
/// Level by level, each by largest remainder at 18 places with ties to the smaller payee id, so that every level
/// sums exactly to what it divides. Where all shares are exact at 18 places anyway, which is the usual case, they are
/// multiplied out at once: the result is the same.
#[inline]
pub(crate) fn divide(
    amount: Amount,
    split: &CompiledSplit,
    leaves: &[Leaf],
    mut give: impl FnMut(u32, u128) -> Result<(), OutOfRange>,
) -> Result<(), OutOfRange> {
    if let Some(flat) = split.flat_scale.filter(|flat| amount.scale + flat <= LINE_SCALE) {
        let shift = POW10[(LINE_SCALE - amount.scale - flat) as usize];
        if let Product::Narrow(unit) = Product::Narrow(amount.magnitude).times(shift)? {
            for index in split.leaves.clone() {
                match Product::Narrow(unit).times(u128::from(leaves[index as usize].weight))? {
                    Product::Narrow(atto) => give(index, limited(atto)?)?,
                    Product::Wide(_) => return Err(OutOfRange),
                }
            }
            return Ok(());
        }
    }
    match Product::Narrow(amount.magnitude).shifted(LINE_SCALE - amount.scale)? {
        Product::Narrow(atto) => level(atto, split, 0, &mut give),
        Product::Wide(_) => Err(OutOfRange),
    }
}

/// A magnitude that may be an amount.
#[inline]
fn limited(atto: u128) -> Result<u128, OutOfRange> {
    if is_amount(atto) { Ok(atto) } else { Err(OutOfRange) }
}

fn level(
    atto: u128,
    split: &CompiledSplit,
    index: u32,
    give: &mut impl FnMut(u32, u128) -> Result<(), OutOfRange>,
) -> Result<(), OutOfRange> {
    let level = &split.levels[index as usize];
    let weights = level.nodes.iter().map(|node| u128::from(node.weight));
    let shares = shares(atto, POW10[level.scale as usize], weights)?;
    for (node, share) in level.nodes.iter().zip(shares) {
        match node.next {
            Next::Payee(leaf) => give(leaf, limited(share)?)?,
            Next::Level(below) => self::level(share, split, below, give)?,
        }
    }
    Ok(())
}

/// Largest remainder over weights that total `divisor` (above zero), ties to the first.
pub(crate) fn shares(
    atto: u128,
    divisor: u128,
    weights: impl Iterator<Item = u128>,
) -> Result<SmallVec<[u128; 8]>, OutOfRange> {
    let mut shares: SmallVec<[u128; 8]> = SmallVec::new();
    let mut remainders: SmallVec<[(u128, usize); 8]> = SmallVec::new();
    let mut rest = atto;
    for (index, weight) in weights.enumerate() {
        let (share, remainder) = Product::Narrow(atto).times(weight)?.div_rem(divisor)?;
        rest = rest.checked_sub(share).ok_or(OutOfRange)?;
        shares.push(share);
        remainders.push((remainder, index));
    }
    if rest > 0 {
        // The rest is smaller than the number of shares: each of the largest remainders gets one unit.
        remainders.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        let units = usize::try_from(rest).map_err(|_| OutOfRange)?;
        for (_, index) in remainders.iter().take(units) {
            shares[*index] += 1;
        }
    }
    Ok(shares)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::fixed::MAX_MAGNITUDE;
    use proptest::prelude::*;

    #[test]
    fn thirds_of_a_million_pay_out_a_million() {
        let third = 333_333_333_333;
        let million = 1_000_000 * POW10[18];
        let shares = shares(million, POW10[12], [third + 1, third, third].into_iter()).unwrap();
        assert_eq!(shares.iter().sum::<u128>(), million);
    }

    #[test]
    fn ties_go_to_the_first() {
        assert_eq!(shares(1, 10, [5, 5].into_iter()).unwrap().as_slice(), [1, 0]);
        assert_eq!(shares(3, 100, [25, 25, 25, 25].into_iter()).unwrap().as_slice(), [1, 1, 1, 0]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]
        #[test]
        fn shares_sum_to_the_amount(atto in 0u128..MAX_MAGNITUDE, cuts in proptest::collection::vec(0u128..=1_000_000, 0..12)) {
            let mut cuts = cuts;
            cuts.sort_unstable();
            cuts.insert(0, 0);
            cuts.push(1_000_000);
            let weights: Vec<u128> = cuts.windows(2).map(|pair| pair[1] - pair[0]).collect();
            let shares = shares(atto, POW10[6], weights.iter().copied()).unwrap();
            prop_assert_eq!(shares.iter().sum::<u128>(), atto);
            for (share, weight) in shares.iter().zip(&weights) {
                prop_assert!(*weight != 0 || *share == 0);
            }
        }
    }
}
