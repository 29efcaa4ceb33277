//! What is to be recouped, and in which order.

use std::cmp::Reverse;

use chrono::NaiveDate;
use kernel::decimal::OutOfRange;
use kernel::ids::AdvanceId;
use serde::{Deserialize, Serialize};

use super::minor::{Minor, allocate, weight};
use crate::model::RecoupOrder;

/// What a claim is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "SCREAMING_SNAKE_CASE", rename_all_fields = "camelCase")]
pub enum ClaimKey {
    /// An advance, or an instalment of one.
    Advance {
        /// The advance.
        advance_id: AdvanceId,
        /// Which instalment.
        instalment: Option<String>,
    },
    /// A cost.
    Cost {
        /// Its name.
        name: String,
    },
}

/// An open balance that royalties recoup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Claim {
    /// The higher goes first where priority decides.
    pub priority: i32,
    /// The older goes first.
    pub date: NaiveDate,
    /// Decides between equals: advances before costs, then by id or name.
    pub key: ClaimKey,
    /// What is open; not negative.
    pub open: Minor,
}

/// What each claim gets of what is available, in the order of the claims: never more than is open, never more in all
/// than is available. Nothing when nothing, or less than nothing, is available.
///
/// # Errors
/// [`OutOfRange`] when the claims together do not fit.
pub(crate) fn recoup(available: Minor, claims: &[Claim], order: RecoupOrder) -> Result<Vec<Minor>, OutOfRange> {
    let mut sequence: Vec<usize> = (0..claims.len()).collect();
    sequence.sort_by_key(|index| {
        let claim = &claims[*index];
        (Reverse(if order == RecoupOrder::Priority { claim.priority } else { 0 }), claim.date, &claim.key)
    });
    let mut taken = vec![Minor::ZERO; claims.len()];
    let mut left = available.positive();
    let open: Minor = claims.iter().map(|claim| claim.open.positive()).sum();
    if order == RecoupOrder::ProRata && left < open {
        // A part smaller than the whole never gives a claim more than is open of it.
        let weights: Vec<u128> = sequence.iter().map(|index| weight(claims[*index].open.0)).collect();
        for (index, part) in sequence.iter().zip(allocate(left.0, &weights)?) {
            taken[*index] = Minor(part);
        }
        return Ok(taken);
    }
    for index in sequence {
        let part = left.min(claims[index].open.positive());
        taken[index] = part;
        left = left.minus(part);
    }
    Ok(taken)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn key(id: u128) -> ClaimKey {
        ClaimKey::Advance { advance_id: AdvanceId(Uuid::from_u128(id)), instalment: None }
    }

    fn claim(priority: i32, day: &str, id: u128, open: i128) -> Claim {
        Claim { priority, date: day.parse().unwrap(), key: key(id), open: Minor(open) }
    }

    fn taken(available: i128, claims: &[Claim], order: RecoupOrder) -> Vec<i128> {
        recoup(Minor(available), claims, order).unwrap().into_iter().map(|part| part.0).collect()
    }

    #[test]
    fn the_three_orders() {
        let claims = [claim(1, "2023-01-01", 1, 300), claim(2, "2024-01-01", 2, 100), claim(2, "2022-06-01", 3, 200)];
        // 350 cents. Oldest: June 2022 gets 200, January 2023 the other 150.
        assert_eq!(taken(350, &claims, RecoupOrder::Oldest), [150, 0, 200]);
        // Priority 2 first, in it the older: 200 + 100; then 50 for priority 1.
        assert_eq!(taken(350, &claims, RecoupOrder::Priority), [50, 100, 200]);
        // Pro rata: 350/600 of 300, 100, 200 = 175, 58.33, 116.67: the cent goes to the largest remainder.
        assert_eq!(taken(350, &claims, RecoupOrder::ProRata), [175, 58, 117]);
        // More than is open: each gets what is open, and the rest stays.
        for order in [RecoupOrder::Oldest, RecoupOrder::Priority, RecoupOrder::ProRata] {
            assert_eq!(taken(10_000, &claims, order), [300, 100, 200]);
            assert_eq!(taken(-5, &claims, order), [0, 0, 0]);
        }
    }

    proptest! {
        #[test]
        fn never_more_than_open_nor_than_available(
            available in -1_000i128..100_000,
            open in proptest::collection::vec((0i128..10_000, 0i32..3, 0u32..500), 0..12),
        ) {
            let claims: Vec<Claim> = open.iter().enumerate().map(|(id, (open, priority, day))| Claim {
                priority: *priority,
                date: NaiveDate::from_num_days_from_ce_opt(738_000 + i32::try_from(*day).unwrap()).unwrap(),
                key: key(id as u128),
                open: Minor(*open),
            }).collect();
            let all: i128 = claims.iter().map(|claim| claim.open.0).sum();
            for order in [RecoupOrder::Oldest, RecoupOrder::ProRata, RecoupOrder::Priority] {
                let taken = recoup(Minor(available), &claims, order).unwrap();
                let sum: i128 = taken.iter().map(|part| part.0).sum();
                prop_assert_eq!(sum, available.max(0).min(all));
                for (part, claim) in taken.iter().zip(&claims) {
                    prop_assert!(part.0 >= 0 && part.0 <= claim.open.0);
                }
                // The order of the list does not matter.
                let mut reversed = claims.clone();
                reversed.reverse();
                let mut again = recoup(Minor(available), &reversed, order).unwrap();
                again.reverse();
                prop_assert_eq!(again, taken);
            }
        }
    }
}
