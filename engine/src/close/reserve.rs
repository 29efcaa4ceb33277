//! Reserves against returns: what is held back, what returns consume, what is released when.
//!
//! A reserve is money of the payee that waits. What was taken in one accounting period is released in the parts of the
//! liquidation schedule, which total exactly what was taken; returns take from what is held before anything is
//! released, the oldest taking first and in it what is due first.

use kernel::currency::Currency;
use kernel::decimal::OutOfRange;
use kernel::money::Rounding;
use kernel::period::Month;
use kernel::ratio::Ratio;

use super::minor::{Minor, allocate, weights_of};
use crate::fixed::Pico;
use crate::model::AccountingPeriod;

/// What is held of one month's takings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Held {
    /// The accounting month it was taken in.
    pub origin: Month,
    /// What was taken.
    pub taken: Minor,
    /// What is still held; not negative.
    pub held: Minor,
}

/// What is held back of what positive lines earned: `ratio × earned`, rounded once to the minor unit. Nothing of
/// nothing or less.
///
/// # Errors
/// [`OutOfRange`].
pub(crate) fn take(earned: Pico, ratio: Ratio, currency: Currency, rounding: Rounding) -> Result<Minor, OutOfRange> {
    Minor::part(earned.max(Pico::ZERO), ratio, currency, rounding)
}

/// How many accounting periods lie between two months.
pub(crate) fn periods_between(from: Month, to: Month, period: AccountingPeriod) -> usize {
    let index = |month: Month| {
        let first = month.first_day();
        (i64::from(chrono::Datelike::year(&first)) * 12 + i64::from(chrono::Datelike::month0(&first)))
            .div_euclid(i64::from(period.months()))
    };
    usize::try_from(index(to) - index(from)).unwrap_or(0)
}

/// Lets returns take from what is held, the oldest first. Gives what was taken per position.
pub(crate) fn consume(held: &mut [Held], returns: Minor) -> Vec<Minor> {
    let mut left = returns.positive();
    let mut consumed = vec![Minor::ZERO; held.len()];
    let mut sequence: Vec<usize> = (0..held.len()).collect();
    sequence.sort_by_key(|index| held[*index].origin);
    for index in sequence {
        let part = left.at_most(held[index].held);
        held[index].held = held[index].held.minus(part);
        left = left.minus(part);
        consumed[index] = part;
    }
    consumed
}

/// Releases what need not be held any longer: what exceeds the parts of the schedule that are still to come. The parts
/// are allocated by largest remainder in minor units, ties to the earlier. Gives what was released per position.
///
/// # Errors
/// [`OutOfRange`].
pub(crate) fn release(
    held: &mut [Held],
    month: Month,
    period: AccountingPeriod,
    schedule: &[Ratio],
) -> Result<Vec<Minor>, OutOfRange> {
    let weights = weights_of(schedule.iter().map(|part| part.get()))?;
    held.iter_mut()
        .map(|one| {
            let passed = periods_between(one.origin, month, period);
            let parts = allocate(one.taken.0, &weights)?;
            let to_come = Minor(parts.iter().skip(passed).sum());
            let released = one.held.minus(to_come).positive();
            one.held = one.held.minus(released);
            Ok(released)
        })
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rust_decimal::Decimal;
    use rust_decimal_macros::dec;

    fn month(text: &str) -> Month {
        text.parse().unwrap()
    }

    fn ratio(value: Decimal) -> Ratio {
        Ratio::new(value).unwrap()
    }

    fn usd(earned: Decimal, part: Decimal) -> Minor {
        let earned = Pico::from_decimal(earned).unwrap();
        take(earned, ratio(part), Currency::parse("USD").unwrap(), Rounding::HalfUp).unwrap()
    }

    fn released(held: &mut [Held], now: &str, period: AccountingPeriod, schedule: &[Decimal]) -> Vec<i128> {
        let schedule: Vec<Ratio> = schedule.iter().copied().map(ratio).collect();
        release(held, month(now), period, &schedule).unwrap().into_iter().map(|one| one.0).collect()
    }

    fn held(origin: &str, taken: i128) -> Held {
        Held { origin: month(origin), taken: Minor(taken), held: Minor(taken) }
    }

    #[test]
    fn a_fifth_of_25_pounds_waits_and_comes_back_in_halves() {
        // £100 × 25 % = £25; 20 % of it is £5, back in two halves in the next two half-years.
        let taken = usd(dec!(25), dec!(0.2));
        assert_eq!(taken, Minor(500));
        let mut one = [held("2024-03", taken.0)];
        let schedule = [dec!(0.5), dec!(0.5)];
        let mut step = |now| released(&mut one, now, AccountingPeriod::HalfYear, &schedule)[0];
        assert_eq!(step("2024-06"), 0);
        assert_eq!(step("2024-07"), 250);
        assert_eq!(step("2024-08"), 0);
        // A month that was skipped loses nothing.
        assert_eq!(step("2026-02"), 250);
        assert_eq!(one[0].held, Minor(0));
    }

    #[test]
    fn returns_take_what_is_due_first() {
        // 500 in halves; returns of 300 leave 200, which is the second half: nothing in the first period.
        let mut both = [held("2024-04", 100), held("2024-03", 500)];
        let schedule = [dec!(0.5), dec!(0.5)];
        assert_eq!(consume(&mut both, Minor(300)), [Minor(0), Minor(300)]);
        assert_eq!(released(&mut both, "2024-04", AccountingPeriod::Month, &schedule), [0, 0]);
        assert_eq!(released(&mut both, "2024-05", AccountingPeriod::Month, &schedule), [50, 200]);
        assert_eq!(consume(&mut both, Minor(-3)), [Minor(0), Minor(0)]);
        assert_eq!(consume(&mut both, Minor(1_000)), [Minor(50), Minor(0)]);
    }

    #[test]
    fn nothing_is_taken_from_returns() {
        assert_eq!(usd(dec!(-25), dec!(0.2)), Minor(0));
        assert_eq!(usd(dec!(0.02), dec!(0.2)), Minor(0));
    }

    proptest! {
        #[test]
        fn what_was_taken_comes_back(
            taken in 0i128..10_000_000,
            cuts in proptest::collection::vec(0u32..=1000, 0..6),
            returns in proptest::collection::vec(0i128..1_000_000, 8),
        ) {
            let mut cuts = cuts;
            cuts.extend([0, 1000]);
            cuts.sort_unstable();
            let schedule: Vec<Decimal> =
                cuts.windows(2).map(|pair| Decimal::new(i64::from(pair[1] - pair[0]), 3)).collect();
            prop_assert_eq!(schedule.iter().sum::<Decimal>(), Decimal::ONE);
            let mut one = [held("2024-03", taken)];
            let mut back = 0;
            let mut now = month("2024-03");
            for returned in returns {
                now = now.next();
                back += consume(&mut one, Minor(returned))[0].0;
                back += released(&mut one, &now.to_string(), AccountingPeriod::Month, &schedule)[0];
                prop_assert!(one[0].held.0 >= 0);
            }
            prop_assert_eq!(back, taken);
        }
    }
}
