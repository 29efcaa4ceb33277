//! Cross-collateral: what one contract has left recoups what is open under another.

use kernel::decimal::OutOfRange;

use super::claims::{Claim, recoup};
use super::minor::{Minor, allocate, weight};
use crate::model::RecoupOrder;

/// A contract of a group after its own recoupment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Member {
    /// What it may give to others; not negative.
    pub surplus: Minor,
    /// Members whose surplus may recoup its claims, by position, ascending.
    pub sources: Vec<usize>,
    /// What is open under it.
    pub claims: Vec<Claim>,
}

/// What one member gave towards a claim of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Crossing {
    /// Position of the member that gives.
    pub from: usize,
    /// Position of the member whose claim is recouped.
    pub to: usize,
    /// Position of the claim in that member's list.
    pub claim: usize,
    /// How much.
    pub amount: Minor,
}

/// Recoups the claims of a group's members from the surplus of the others; members are in the order of a stable key.
///
/// The claims of members with the same sources are ordered together; what is recouped is borne by the sources in
/// proportion to their surplus, by largest remainder. Sets of sources come in the order of the first member that has
/// them. No member gives more than its surplus, no claim gets more than is open.
///
/// # Errors
/// [`OutOfRange`].
pub(crate) fn cross(members: &mut [Member], order: RecoupOrder) -> Result<Vec<Crossing>, OutOfRange> {
    let mut crossings = Vec::new();
    let mut done = vec![false; members.len()];
    for first in 0..members.len() {
        if done[first] {
            continue;
        }
        let sources = members[first].sources.clone();
        let mut claims = Vec::new();
        let mut places = Vec::new();
        for (index, member) in members.iter().enumerate().skip(first) {
            if member.sources == sources {
                done[index] = true;
                places.extend((0..member.claims.len()).map(|claim| (index, claim)));
                claims.extend_from_slice(&member.claims);
            }
        }
        let available: Minor = sources.iter().map(|source| members[*source].surplus).sum();
        for ((to, claim), amount) in places.into_iter().zip(recoup(available, &claims, order)?) {
            let weights: Vec<u128> = sources.iter().map(|source| weight(members[*source].surplus.0)).collect();
            for (from, part) in sources.iter().zip(allocate(amount.0, &weights)?) {
                let part = Minor(part);
                if !part.is_zero() {
                    members[*from].surplus = members[*from].surplus.minus(part);
                    crossings.push(Crossing { from: *from, to, claim, amount: part });
                }
            }
            let open = &mut members[to].claims[claim].open;
            *open = open.minus(amount);
        }
    }
    Ok(crossings)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::close::claims::ClaimKey;
    use chrono::NaiveDate;
    use kernel::ids::AdvanceId;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn claim(id: u128, open: i128) -> Claim {
        let date = NaiveDate::from_ymd_opt(2020, 1, u32::try_from(id).unwrap()).unwrap();
        let key = ClaimKey::Advance { advance_id: AdvanceId(Uuid::from_u128(id)), instalment: None };
        Claim { priority: 0, date, key, open: Minor(open) }
    }

    fn member(surplus: i128, sources: &[usize], claims: &[Claim]) -> Member {
        Member { surplus: Minor(surplus), sources: sources.to_vec(), claims: claims.to_vec() }
    }

    #[test]
    fn two_albums_recoup_a_third() {
        // Albums with 300 and 100 left; 200 is open under the third: borne 150 : 50.
        let mut members = [member(300, &[], &[]), member(100, &[], &[]), member(0, &[0, 1], &[claim(1, 200)])];
        let crossings = cross(&mut members, RecoupOrder::Oldest).unwrap();
        let given: Vec<_> = crossings.iter().map(|one| (one.from, one.to, one.amount.0)).collect();
        assert_eq!(given, [(0, 2, 150), (1, 2, 50)]);
        assert_eq!((members[0].surplus, members[2].claims[0].open), (Minor(150), Minor(0)));
    }

    #[test]
    fn direction_matters() {
        // The first may help the second, not the other way round.
        let mut members = [member(0, &[], &[claim(1, 50)]), member(70, &[0], &[claim(2, 10)])];
        assert_eq!(cross(&mut members, RecoupOrder::Oldest).unwrap(), []);
        assert_eq!(members[1].surplus, Minor(70));
    }

    proptest! {
        #[test]
        fn nobody_gives_more_than_is_left_and_nothing_is_lost(
            surplus in proptest::collection::vec(0i128..1000, 1..6),
            open in proptest::collection::vec((0usize..6, 0i128..1000), 0..8),
            links in proptest::collection::vec((0usize..6, 0usize..6), 0..20),
            prorata in any::<bool>(),
        ) {
            let count = surplus.len();
            let mut members: Vec<Member> = surplus.iter().map(|one| member(*one, &[], &[])).collect();
            for (id, (to, open)) in (1u128..).zip(&open) {
                members[to % count].claims.push(claim(id, *open));
            }
            for (from, to) in links {
                let (from, to) = (from % count, to % count);
                if from != to && !members[to].sources.contains(&from) {
                    members[to].sources.push(from);
                    members[to].sources.sort_unstable();
                }
            }
            let before: Vec<i128> = members.iter().map(|one| one.surplus.0).collect();
            let owed = |members: &[Member]| members.iter().flat_map(|one| &one.claims).map(|one| one.open.0).sum::<i128>();
            let owed_before = owed(&members);
            let order = if prorata { RecoupOrder::ProRata } else { RecoupOrder::Oldest };
            let crossings = cross(&mut members, order).unwrap();
            let moved: i128 = crossings.iter().map(|one| one.amount.0).sum();
            prop_assert_eq!(owed_before - owed(&members), moved);
            for (index, member) in members.iter().enumerate() {
                let given: i128 = crossings.iter().filter(|one| one.from == index).map(|one| one.amount.0).sum();
                prop_assert_eq!(before[index] - given, member.surplus.0);
                prop_assert!(member.surplus.0 >= 0);
                prop_assert!(member.claims.iter().all(|claim| claim.open.0 >= 0));
            }
        }
    }
}
