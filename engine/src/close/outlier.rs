//! Whether an amount is unusual for who gets it.

use kernel::decimal::{OutOfRange, add, mul, sub};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// When an amount is called unusual.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OutlierSettings {
    /// Fewer earlier periods than this say nothing.
    pub least_history: u32,
    /// How many robust standard deviations from the median are too many.
    pub deviations: Decimal,
    /// A distance below this part of the median is never unusual, however steady the history was.
    pub least_change: Decimal,
    /// A distance below this amount is never unusual.
    pub least_amount: Decimal,
}

impl Default for OutlierSettings {
    /// Six periods, five deviations, half of the median, ten units of the currency.
    fn default() -> Self {
        Self {
            least_history: 6,
            deviations: Decimal::from(5),
            least_change: Decimal::new(5, 1),
            least_amount: Decimal::TEN,
        }
    }
}

/// An amount that is unusual, with what it was compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Outlier {
    /// The amount.
    pub amount: Decimal,
    /// The median of the history.
    pub median: Decimal,
    /// The median of the distances from the median.
    pub deviation: Decimal,
    /// What the distance may be at most.
    pub allowed: Decimal,
}

/// The factor that makes the median distance of a normal distribution its standard deviation.
const CONSISTENT: Decimal = Decimal::from_parts(14_826, 0, 0, false, 4);

/// Compares an amount with the earlier ones of the same payee, contract and currency.
///
/// The middle of the history is its median and its width the median distance from it (times 1.4826, as a standard
/// deviation), so that one earlier outlier does not hide the next. The distance is allowed up to the largest of
/// `deviations × width`, `least_change × |median|` and `least_amount`. All exact; `None`: nothing unusual, or too
/// little history.
///
/// # Errors
/// [`OutOfRange`] for amounts of more than 28 digits.
pub fn outlier(
    amount: Decimal,
    history: &[Decimal],
    settings: &OutlierSettings,
) -> Result<Option<Outlier>, OutOfRange> {
    if history.len() < settings.least_history.max(1) as usize {
        return Ok(None);
    }
    let median = middle(history.to_vec())?;
    let distances = history.iter().map(|one| Ok(sub(*one, median)?.abs())).collect::<Result<Vec<_>, OutOfRange>>()?;
    let deviation = middle(distances)?;
    let width = mul(mul(deviation, CONSISTENT)?, settings.deviations)?;
    let allowed = width.max(mul(median.abs(), settings.least_change)?).max(settings.least_amount);
    let distance = sub(amount, median)?.abs();
    let found = Outlier {
        amount: amount.normalize(),
        median: median.normalize(),
        deviation: deviation.normalize(),
        allowed: allowed.normalize(),
    };
    Ok((distance > allowed).then_some(found))
}

/// The median; of an even number the mean of the two in the middle.
fn middle(mut amounts: Vec<Decimal>) -> Result<Decimal, OutOfRange> {
    amounts.sort_unstable();
    let half = amounts.len() / 2;
    if amounts.len() % 2 == 1 {
        return Ok(amounts[half]);
    }
    match (half.checked_sub(1).and_then(|below| amounts.get(below)), amounts.get(half)) {
        (Some(below), Some(above)) => mul(add(*below, *above)?, Decimal::new(5, 1)),
        _ => Ok(Decimal::ZERO),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use rust_decimal_macros::dec;

    fn check(amount: Decimal, history: &[Decimal]) -> Option<Outlier> {
        outlier(amount, history, &OutlierSettings::default()).unwrap()
    }

    #[test]
    fn ten_times_the_usual_is_unusual() {
        let history = [dec!(100), dec!(110), dec!(90), dec!(105), dec!(95), dec!(100)];
        // Median 100; distances 0, 10, 10, 5, 5, 0: their median is 5, the width 5 × 1.4826 × 5 = 37.065.
        // Half of the median is more: 50.
        let found = check(dec!(1000), &history).unwrap();
        assert_eq!((found.median, found.deviation, found.allowed), (dec!(100), dec!(5), dec!(50)));
        assert_eq!(check(dec!(150), &history), None);
        assert!(check(dec!(150.01), &history).is_some());
        assert!(check(dec!(49.99), &history).is_some());
    }

    #[test]
    fn one_earlier_outlier_hides_nothing() {
        let history = [dec!(100), dec!(110), dec!(90), dec!(105), dec!(95), dec!(100000)];
        assert!(check(dec!(1000), &history).is_some());
    }

    #[test]
    fn little_history_and_little_money_say_nothing() {
        assert_eq!(check(dec!(1000000), &[dec!(1); 5]), None);
        assert_eq!(check(dec!(10.5), &[dec!(1); 6]), None);
        assert!(check(dec!(11.5), &[dec!(1); 6]).is_some());
        assert!(check(dec!(-100), &[dec!(0); 6]).is_some());
    }
}
