//! Checks of participations.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use kernel::decimal::plain;
use kernel::failure::Finding;
use kernel::ids::ContractId;
use kernel::limits::CONTRACT_PARTICIPATIONS;
use kernel::territory::Territory;
use rust_decimal::Decimal;

use super::{check_period, finding, periods_overlap, under};
use crate::model::{ItemScope, Participation, ParticipationKind, TerritorySet};

/// Checks the participations of one contract version: there is one, and none speaks of the same item, territory
/// and day as another of equal specificity (of an item, a group and the whole catalogue the first that fits a
/// line applies, once).
///
/// Codes: `PARTICIPATIONS_MISSING`, `PARTICIPATIONS_TOO_MANY`, `PARTICIPATION_OVERLAP`, `DUPLICATE_ID`,
/// `PERIOD_REVERSED`, `TERRITORIES_EMPTY`.
#[must_use]
pub fn validate_participations(participations: &[Participation]) -> Vec<Finding> {
    if participations.is_empty() {
        return vec![finding("PARTICIPATIONS_MISSING", "A contract needs something to take part in.", &[])];
    }
    if participations.len() > CONTRACT_PARTICIPATIONS {
        let message =
            format!("{} participations; at most {CONTRACT_PARTICIPATIONS} are allowed.", participations.len());
        return vec![finding("PARTICIPATIONS_TOO_MANY", message, &[])];
    }
    let mut found = Vec::new();
    let mut ids = BTreeSet::new();
    // Only participations with the same scope can collide: sorted by scope, they are neighbours.
    let mut by_scope: Vec<usize> = (0..participations.len()).collect();
    by_scope.sort_by_key(|index| (participations[*index].scope, *index));
    let mut first_of_scope = 0;
    let mut overlaps: Vec<Option<usize>> = vec![None; participations.len()];
    for (position, index) in by_scope.iter().enumerate() {
        let this = &participations[*index];
        if participations[by_scope[first_of_scope]].scope != this.scope {
            first_of_scope = position;
        }
        overlaps[*index] =
            by_scope[first_of_scope..position].iter().copied().find(|other| collide(&participations[*other], this));
    }
    for (position, participation) in participations.iter().enumerate() {
        let mut here: Vec<Finding> =
            check_period(participation.valid_from, participation.valid_to).into_iter().collect();
        if !ids.insert(participation.id) {
            let message = format!("The participation {} appears twice.", participation.id);
            here.push(finding("DUPLICATE_ID", message, &["id"]));
        }
        let set = &participation.territories;
        if !set.include.is_empty() && set.include.iter().all(|one| !set.contains(*one)) {
            here.push(finding("TERRITORIES_EMPTY", "Every listed territory is also excluded.", &["territories"]));
        }
        if let Some(other) = overlaps[position] {
            let message = format!(
                "Participations {} and {} speak of the same item in the same territory at the same time.",
                other + 1,
                position + 1,
            );
            here.push(finding("PARTICIPATION_OVERLAP", message, &["scope"]));
        }
        found.extend(under([position.to_string()], here));
    }
    found
}

fn collide(a: &Participation, b: &Participation) -> bool {
    a.scope == b.scope
        && a.territories.overlaps(&b.territories)
        && periods_overlap((a.valid_from, a.valid_to), (b.valid_from, b.valid_to))
}

/// A claim on an item: a participation with the contract it belongs to and the days it is in force.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'a> {
    /// The contract.
    pub contract_id: ContractId,
    /// The participation.
    pub participation: &'a Participation,
    /// First day, the contract version's period taken into account.
    pub valid_from: Option<NaiveDate>,
    /// Last day, likewise.
    pub valid_to: Option<NaiveDate>,
}

/// Checks that the ownership of **one item** totals 1 wherever and whenever somebody owns a part of it.
///
/// `claims` are all participations of all contracts that speak of the item, directly, by group or by the whole
/// catalogue. Per contract the most specific one in force counts.
///
/// Codes: `OWNERSHIP_OVER_ONE` (a dispute: lines wait in suspense and nobody is paid) and
/// `OWNERSHIP_INCOMPLETE` (what nobody owns stays with the tenant).
#[must_use]
pub fn validate_ownership(claims: &[Claim<'_>]) -> Vec<Finding> {
    let owned: Vec<&Claim<'_>> =
        claims.iter().filter(|claim| claim.participation.kind == ParticipationKind::Ownership).collect();
    let mut found = Vec::new();
    let days: BTreeSet<NaiveDate> = owned.iter().map(|claim| claim.valid_from.unwrap_or(NaiveDate::MIN)).collect();
    let mut reported = BTreeSet::new();
    for day in days {
        for place in places(owned.iter().map(|claim| &claim.participation.territories)) {
            let total = total_at(claims, day, place);
            let code = match total {
                Some(total) if total > Decimal::ONE => "OWNERSHIP_OVER_ONE",
                Some(total) if total < Decimal::ONE => "OWNERSHIP_INCOMPLETE",
                _ => continue,
            };
            if !reported.insert((code, total)) {
                continue;
            }
            let when = if day == NaiveDate::MIN { "from the beginning".to_owned() } else { format!("on {day}") };
            let message = format!(
                "Ownership {when} in {} totals {}; it must total exactly 1.",
                place.name(),
                plain(total.unwrap_or_default()),
            );
            found.push(finding(code, message, &[]));
        }
    }
    found
}

/// One territory for every way in which the sets tell territories apart.
fn places<'a>(sets: impl Iterator<Item = &'a TerritorySet>) -> BTreeSet<Territory> {
    let mut places: BTreeSet<Territory> = BTreeSet::from([Territory::UNKNOWN]);
    for set in sets {
        places.extend(set.include.iter().chain(&set.exclude));
    }
    places
}

/// The ownership in force; `None` where nobody owns anything.
fn total_at(claims: &[Claim<'_>], day: NaiveDate, place: Territory) -> Option<Decimal> {
    let in_force = |claim: &&Claim<'_>| {
        claim.valid_from.is_none_or(|from| from <= day)
            && claim.valid_to.is_none_or(|to| day <= to)
            && claim.participation.territories.contains(place)
    };
    let contracts: BTreeSet<ContractId> = claims.iter().map(|claim| claim.contract_id).collect();
    let mut total = None;
    for contract in contracts {
        let best = claims
            .iter()
            .filter(|claim| claim.contract_id == contract)
            .filter(in_force)
            .max_by_key(|claim| ItemScope::specificity(&claim.participation.scope));
        if let Some(best) = best.filter(|best| best.participation.kind == ParticipationKind::Ownership) {
            total = Some(total.unwrap_or(Decimal::ZERO) + best.participation.ratio.get());
        }
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::ids::{GroupId, ParticipationId, RecordingId};
    use kernel::ratio::Ratio;
    use rust_decimal_macros::dec;

    fn participation(scope: ItemScope, ratio: Decimal, territories: TerritorySet) -> Participation {
        Participation {
            id: ParticipationId::new(),
            scope,
            ratio: Ratio::new(ratio).unwrap(),
            kind: ParticipationKind::Ownership,
            territories,
            valid_from: None,
            valid_to: None,
        }
    }

    #[test]
    fn overlapping_participations_are_refused() {
        let item = ItemScope::Item(RecordingId::new().into());
        let us = TerritorySet::only([Territory::parse("US").unwrap()]);
        let abroad = TerritorySet::world_except([Territory::parse("US").unwrap()]);
        let clean = [
            participation(ItemScope::All, dec!(1), TerritorySet::world()),
            participation(item, dec!(1), us.clone()),
            participation(item, dec!(0.5), abroad),
        ];
        assert_eq!(validate_participations(&clean), []);
        let double = [clean[1].clone(), participation(item, dec!(0.2), TerritorySet::world())];
        let found = validate_participations(&double);
        assert_eq!((found[0].code, found[0].path.join(".")), ("PARTICIPATION_OVERLAP", "1.scope".to_owned()));
        assert_eq!(validate_participations(&[])[0].code, "PARTICIPATIONS_MISSING");
    }

    #[test]
    fn ownership_totals_one_per_territory_and_day() {
        let item = ItemScope::Item(RecordingId::new().into());
        let group = ItemScope::Group(GroupId::new());
        let us = TerritorySet::only([Territory::parse("US").unwrap()]);
        let half = participation(item, dec!(0.5), TerritorySet::world());
        let other = participation(group, dec!(0.5), TerritorySet::world());
        let extra = participation(item, dec!(0.25), us);
        let [a, b, c] = [ContractId::new(), ContractId::new(), ContractId::new()];
        let claim = |contract_id, participation| Claim { contract_id, participation, valid_from: None, valid_to: None };
        assert_eq!(validate_ownership(&[claim(a, &half), claim(b, &other)]), []);
        let over = validate_ownership(&[claim(a, &half), claim(b, &other), claim(c, &extra)]);
        assert_eq!(over.len(), 1);
        assert_eq!(over[0].code, "OWNERSHIP_OVER_ONE");
        assert!(over[0].message.contains("United States") && over[0].message.contains("1.25"));
        assert_eq!(validate_ownership(&[claim(a, &half)])[0].code, "OWNERSHIP_INCOMPLETE");
        // The item's own participation replaces the contract's group participation, it does not add to it.
        assert_eq!(validate_ownership(&[claim(a, &half), claim(a, &other), claim(b, &half)]), []);
    }
}
