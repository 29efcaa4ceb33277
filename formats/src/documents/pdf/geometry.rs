//! Lengths of bars, in thousandths of the width they have. Computed here so that a template only draws.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

/// A bar from one thousandth to another, the lower first.
pub(super) type Span = (u16, u16);

const FULL: u16 = 1_000;

/// The floating bars of a bridge. Each step moves the running balance by its amount; the first and the last stand on
/// zero. Returns where zero lies and a bar per amount.
pub(super) fn bridge(amounts: &[Decimal]) -> (u16, Vec<Span>) {
    let mut steps = Vec::with_capacity(amounts.len());
    let mut balance = Decimal::ZERO;
    for (index, amount) in amounts.iter().enumerate() {
        let is_level = index == 0 || index + 1 == amounts.len();
        let from = if is_level { Decimal::ZERO } else { balance };
        balance = from.checked_add(*amount).unwrap_or(from);
        steps.push((from.min(balance), from.max(balance)));
    }
    let low = steps.iter().map(|step| step.0).min().unwrap_or_default().min(Decimal::ZERO);
    let high = steps.iter().map(|step| step.1).max().unwrap_or_default().max(Decimal::ZERO);
    let at = |value: Decimal| thousandths(value.checked_sub(low), high.checked_sub(low));
    (at(Decimal::ZERO), steps.into_iter().map(|(from, to)| (at(from), at(to))).collect())
}

/// The length of a bar whose longest neighbour fills the width; nothing for what is not positive.
pub(super) fn bar(amount: Decimal, longest: Decimal) -> u16 {
    if amount.is_sign_negative() { 0 } else { thousandths(Some(amount), Some(longest)) }
}

fn thousandths(part: Option<Decimal>, whole: Option<Decimal>) -> u16 {
    let (Some(part), Some(whole)) = (part, whole) else { return 0 };
    // Dividing first keeps the product in range; 28 digits of quotient are plenty for a bar.
    let ratio = part.checked_div(whole).unwrap_or_default();
    ratio.checked_mul(Decimal::from(FULL)).unwrap_or_default().to_u16().unwrap_or(0).min(FULL)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amounts(values: &[i64]) -> Vec<Decimal> {
        values.iter().map(|value| Decimal::from(*value)).collect()
    }

    #[test]
    fn a_bridge_walks_from_opening_to_closing() {
        let (zero, bars) = bridge(&amounts(&[100, 300, -200, 200]));
        assert_eq!(zero, 0);
        assert_eq!(bars, [(0, 250), (250, 1_000), (500, 1_000), (0, 500)]);
    }

    #[test]
    fn a_bridge_below_zero_has_its_zero_inside() {
        let (zero, bars) = bridge(&amounts(&[0, 100, -400, -300]));
        assert_eq!(zero, 750);
        assert_eq!(bars, [(750, 750), (750, 1_000), (0, 1_000), (0, 750)]);
    }

    #[test]
    fn nothing_draws_nothing() {
        assert_eq!(bridge(&amounts(&[0, 0, 0])), (0, vec![(0, 0); 3]));
        assert_eq!(bar(Decimal::ZERO, Decimal::ZERO), 0);
        assert_eq!(bar(Decimal::from(-3), Decimal::from(10)), 0);
        assert_eq!(bar(Decimal::MAX, Decimal::MAX), 1_000);
    }
}
