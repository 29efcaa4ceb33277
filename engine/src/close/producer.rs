//! Producer points: when what a producer's records earned becomes due.

use kernel::decimal::OutOfRange;
use kernel::money::Rounding;

use super::minor::proportion;
use crate::fixed::Pico;
use crate::model::ProducerMode;

/// How far the recording costs are recouped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Costs {
    /// What is to be recouped in all.
    pub all: Pico,
    /// What earlier periods recouped.
    pub recouped: Pico,
    /// What the period's royalties contribute.
    pub basis: Pico,
}

impl Costs {
    /// What was open at the beginning of the period; not negative.
    pub fn open(&self) -> Pico {
        self.all.minus(self.recouped).max(Pico::ZERO)
    }

    /// What is recouped at the end of the period: never less than nothing, never more than all. Once everything is
    /// recouped it stays so, whatever is returned later.
    pub fn after(&self) -> Pico {
        if self.open().is_zero() {
            return self.recouped;
        }
        self.recouped.plus(self.basis).clamp(Pico::ZERO, self.all)
    }

    /// The part of an amount that was earned after the point, when the period straddles it:
    /// `amount × (basis − open) / basis`.
    fn beyond(&self, amount: Pico, rounding: Rounding) -> Result<Pico, OutOfRange> {
        let open = self.open();
        if open.is_zero() {
            return Ok(amount);
        }
        if self.basis <= open {
            return Ok(Pico::ZERO);
        }
        let over = self.basis.minus(open);
        proportion(amount, over.0.unsigned_abs(), self.basis.0.unsigned_abs(), rounding)
    }
}

/// What is due of a producer's royalty, and what waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Due {
    /// Due in this period.
    pub due: Pico,
    /// Waits until the recording costs are recouped.
    pub waiting: Pico,
    /// Was earned before the point and is never paid.
    pub forgone: Pico,
}

/// `earned + waiting before = due + waiting after + forgone`.
///
/// # Errors
/// [`OutOfRange`].
pub(crate) fn points(
    mode: ProducerMode,
    earned: Pico,
    waiting: Pico,
    costs: &Costs,
    rounding: Rounding,
) -> Result<Due, OutOfRange> {
    let all = earned.plus(waiting);
    let paid = Due { due: all, waiting: Pico::ZERO, forgone: Pico::ZERO };
    Ok(match mode {
        ProducerMode::RecordOne => paid,
        ProducerMode::RetroactiveToRecordOne if costs.after() >= costs.all => paid,
        ProducerMode::RetroactiveToRecordOne => Due { due: Pico::ZERO, waiting: all, forgone: Pico::ZERO },
        ProducerMode::Prospective => {
            let due = costs.beyond(earned, rounding)?.plus(waiting);
            Due { due, waiting: Pico::ZERO, forgone: all.minus(due) }
        }
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use ProducerMode::{Prospective, RecordOne, RetroactiveToRecordOne};

    /// Amounts in whole units of the currency.
    fn due(mode: ProducerMode, earned: i128, waiting: i128, costs: [i128; 3]) -> [i128; 3] {
        let one = |units: i128| Pico(units * 1_000_000_000_000);
        let costs = Costs { all: one(costs[0]), recouped: one(costs[1]), basis: one(costs[2]) };
        let due = points(mode, one(earned), one(waiting), &costs, Rounding::HalfUp).unwrap();
        [due.due, due.waiting, due.forgone].map(|amount| amount.0 / 1_000_000_000_000)
    }

    #[test]
    fn three_modes_of_the_same_records() {
        // 10¢ × 150,000 = $15,000 for the producer; all-in 60¢ × 150,000 = $90,000 towards $120,000 of costs.
        let first = |mode| due(mode, 15_000, 0, [120_000, 0, 90_000]);
        assert_eq!(first(RecordOne), [15_000, 0, 0]);
        assert_eq!(first(RetroactiveToRecordOne), [0, 15_000, 0]);
        assert_eq!(first(Prospective), [0, 0, 15_000]);
        // The next 100,000 records: $10,000 and $60,000; of these $30,000 recoup, the other half is after the point.
        let next = |mode, waiting| due(mode, 10_000, waiting, [120_000, 90_000, 60_000]);
        assert_eq!(next(RetroactiveToRecordOne, 15_000), [25_000, 0, 0]);
        assert_eq!(next(Prospective, 0), [5_000, 0, 5_000]);
    }

    #[test]
    fn what_is_recouped_stays_recouped() {
        assert_eq!(due(RetroactiveToRecordOne, -70, 0, [100, 100, -900]), [-70, 0, 0]);
        assert_eq!(due(Prospective, -70, 0, [100, 100, -900]), [-70, 0, 0]);
        let one = Costs { all: Pico(100), recouped: Pico(40), basis: Pico(-90) };
        assert_eq!((one.after(), one.open()), (Pico(0), Pico(60)));
    }
}
