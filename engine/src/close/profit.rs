//! Profit share: `share × max(0, net income − recoupable costs − overhead)`, losses carried forward in the project.

use kernel::decimal::OutOfRange;
use kernel::money::Rounding;
use kernel::ratio::Ratio;

use super::minor::{allocate, part, weight};
use crate::fixed::Pico;

/// What a contract of a project brought in and cost in a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Venture {
    /// What its rows amount to: net income.
    pub income: Pico,
    /// Its recoupable costs that fall into the period.
    pub costs: Pico,
    /// The part of the income that goes to overhead; nothing of a negative income.
    pub overhead: Ratio,
    /// The contract's share of the profit.
    pub share: Ratio,
}

/// The result of a contract of a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Outcome {
    /// Overhead.
    pub overhead: Pico,
    /// `income − costs − overhead`.
    pub result: Pico,
    /// Its part of the project's profit.
    pub profit: Pico,
    /// Its share of that part.
    pub shared: Pico,
}

/// Shares a project's profit; `ventures` are in the order of the contracts' ids.
///
/// The project's profit is the sum of its contracts' results less the loss that was carried forward. When it is above
/// zero it belongs to the contracts with a result above zero, in proportion, by largest remainder at 12 places; each
/// takes its share. Otherwise nothing is shared and the loss is carried. Gives the results and the loss after.
///
/// # Errors
/// [`OutOfRange`].
pub(crate) fn share(ventures: &[Venture], loss: Pico, rounding: Rounding) -> Result<(Vec<Outcome>, Pico), OutOfRange> {
    let mut results = Vec::with_capacity(ventures.len());
    for one in ventures {
        let overhead = part(one.income.max(Pico::ZERO), one.overhead, rounding)?;
        let result = one.income.minus(one.costs).minus(overhead);
        results.push(Outcome { overhead, result, ..Outcome::default() });
    }
    let whole = results.iter().map(|one| one.result).sum::<Pico>().minus(loss);
    if whole <= Pico::ZERO {
        return Ok((results, Pico::ZERO.minus(whole)));
    }
    let weights: Vec<u128> = results.iter().map(|one| weight(one.result.0)).collect();
    for ((result, profit), venture) in results.iter_mut().zip(allocate(whole.0, &weights)?).zip(ventures) {
        result.profit = Pico(profit);
        result.shared = part(result.profit, venture.share, rounding)?;
    }
    Ok((results, Pico::ZERO))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use rust_decimal::Decimal;
    use rust_decimal_macros::dec;

    fn pico(amount: Decimal) -> Pico {
        Pico::from_decimal(amount).unwrap()
    }

    fn venture(income: Decimal, costs: Decimal, overhead: Decimal) -> Venture {
        let ratio = |value| Ratio::new(value).unwrap();
        Venture { income: pico(income), costs: pico(costs), overhead: ratio(overhead), share: ratio(dec!(0.5)) }
    }

    fn shared(ventures: &[Venture], loss: Decimal) -> (Vec<Decimal>, Decimal) {
        let (results, loss) = share(ventures, pico(loss), Rounding::HalfUp).unwrap();
        (results.iter().map(|one| one.shared.to_decimal().unwrap()).collect(), loss.to_decimal().unwrap())
    }

    #[test]
    fn a_loss_is_made_good_before_profit_is_shared() {
        // First period: 1,000 − 10 % overhead 100 − costs 2,000 = −1,100: nothing is shared.
        assert_eq!(shared(&[venture(dec!(1000), dec!(2000), dec!(0.1))], dec!(0)), (vec![dec!(0)], dec!(1100)));
        // Second: 3,000 − 300 − 1,100 = 1,600: half of it is 800.
        assert_eq!(shared(&[venture(dec!(3000), dec!(0), dec!(0.1))], dec!(1100)), (vec![dec!(800)], dec!(0)));
    }

    #[test]
    fn contracts_of_a_project_share_their_losses() {
        // Results 100, −40, 20: 80 of profit over 100 : 20, which is 66.666666666667 : 13.333333333333; half of each.
        let ventures = [(dec!(100), dec!(0)), (dec!(0), dec!(40)), (dec!(20), dec!(0))]
            .map(|(income, costs)| venture(income, costs, dec!(0)));
        let (shares, loss) = shared(&ventures, dec!(0));
        assert_eq!(shares, [dec!(33.333333333334), dec!(0), dec!(6.666666666667)]);
        assert_eq!(loss, dec!(0));
    }

    #[test]
    fn negative_income_pays_no_overhead() {
        assert_eq!(shared(&[venture(dec!(-100), dec!(0), dec!(0.1))], dec!(0)), (vec![dec!(0)], dec!(100)));
    }
}
