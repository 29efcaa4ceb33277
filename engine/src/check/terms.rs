//! Checks of terms.

use std::collections::{BTreeMap, BTreeSet};

use kernel::decimal::plain;
use kernel::failure::Finding;
use kernel::ids::GroupId;
use kernel::limits::CONTRACT_TERMS;
use rust_decimal::Decimal;

use super::models::{check_rate, has_base};
use super::{check_period, finding, periods_overlap, under};
use crate::model::{Deduction, DeductionBase, Group, ItemKey, ItemScope, Term, TermMatch};

/// Checks the terms of one contract version: there is a term, no two of equal specificity and priority match the
/// same line, each is complete.
///
/// `groups` are those the terms name; a group that is not given is taken to share items with every other.
///
/// Codes: `TERMS_MISSING`, `TERMS_TOO_MANY`, `TERM_TIE`, `DUPLICATE_ID`, `PERIOD_REVERSED`, `TERRITORIES_EMPTY`,
/// and those of [`validate_model`].
#[must_use]
pub fn validate_terms(terms: &[Term], groups: &[Group]) -> Vec<Finding> {
    if terms.is_empty() {
        return vec![finding("TERMS_MISSING", "A contract needs at least one term.", &[])];
    }
    if terms.len() > CONTRACT_TERMS {
        let message = format!("{} terms; at most {CONTRACT_TERMS} are allowed.", terms.len());
        return vec![finding("TERMS_TOO_MANY", message, &[])];
    }
    let groups: BTreeMap<GroupId, BTreeSet<ItemKey>> =
        groups.iter().map(|group| (group.id, group.members.iter().copied().collect())).collect();
    let mut found = Vec::new();
    let mut ids = BTreeSet::new();
    for (position, term) in terms.iter().enumerate() {
        let place = position.to_string();
        let mut here = validate_model(term);
        if !ids.insert(term.id) {
            here.push(finding("DUPLICATE_ID", format!("The term {} appears twice.", term.id), &["id"]));
        }
        here.extend(under(["match"], check_match(&term.matches)));
        for (earlier, other) in terms[..position].iter().enumerate() {
            if other.priority == term.priority
                && other.level == term.level
                && other.matches.specificity() == term.matches.specificity()
                && overlap(&other.matches, &term.matches, &groups)
            {
                let message = format!(
                    "Terms {} and {} are equally specific, have the same priority ({}) and match some of the same \
                     lines: give one of them a higher priority or a narrower match.",
                    earlier + 1,
                    position + 1,
                    term.priority,
                );
                here.push(finding("TERM_TIE", message, &["priority"]));
            }
        }
        found.extend(under([place], here));
    }
    found
}

fn check_match(matches: &TermMatch) -> Vec<Finding> {
    let mut found: Vec<Finding> = check_period(matches.valid_from, matches.valid_to).into_iter().collect();
    let set = &matches.territories;
    if !set.include.is_empty() && set.include.iter().all(|one| !set.contains(*one)) {
        found.push(finding("TERRITORIES_EMPTY", "Every listed territory is also excluded.", &["territories"]));
    }
    found
}

/// Whether some line could match both.
fn overlap(a: &TermMatch, b: &TermMatch, groups: &BTreeMap<GroupId, BTreeSet<ItemKey>>) -> bool {
    fn share<T: PartialEq>(a: &[T], b: &[T]) -> bool {
        a.is_empty() || b.is_empty() || a.iter().any(|one| b.contains(one))
    }
    let items = match (a.scope, b.scope) {
        (ItemScope::Item(one), ItemScope::Item(other)) => one == other,
        (ItemScope::Group(one), ItemScope::Group(other)) => {
            one == other
                || match (groups.get(&one), groups.get(&other)) {
                    (Some(one), Some(other)) => !one.is_disjoint(other),
                    _ => true,
                }
        }
        // Scopes of different kinds are never equally specific.
        _ => true,
    };
    items
        && a.territories.overlaps(&b.territories)
        && share(&a.platforms, &b.platforms)
        && share(&a.revenue_types, &b.revenue_types)
        && share(&a.configurations, &b.configurations)
        && share(&a.price_categories, &b.price_categories)
        && periods_overlap((a.valid_from, a.valid_to), (b.valid_from, b.valid_to))
}

/// Checks the model of a term with its deductions and reductions.
///
/// Codes: `AMOUNT_NEGATIVE`, `AMOUNT_TOO_FINE`, `TIERS_MISSING`, `TIERS_TOO_MANY`, `TIER_FIRST`, `TIER_ORDER`,
/// `TIER_GAP`, `TIER_OVERLAP`, `TIER_MIXED`, `TIERED_TWICE`, `COUNTER_NEGATIVE`, `NAME_MISSING`, `FORMULA_INVALID`,
/// `FORMULA_FAILS`, `HYBRID_TOO_FEW`, `HYBRID_TOO_DEEP`, `DEDUCTIONS_WITHOUT_BASE`, `DEDUCTIONS_OVER_ONE`,
/// `DEDUCTIONS_TOO_FINE`.
#[must_use]
pub fn validate_model(term: &Term) -> Vec<Finding> {
    let mut found = under(["model"], check_rate(&term.model));
    if !term.deductions.is_empty() && !has_base(&term.model) {
        let message =
            "Deductions come off a base, and a fixed amount per unit, a statutory rate or a formula has none.";
        found.push(finding("DEDUCTIONS_WITHOUT_BASE", message, &["deductions"]));
    }
    for (position, deduction) in term.deductions.iter().enumerate() {
        if deduction.name.trim().is_empty() {
            let message = "A deduction needs a name: the payee reads it on the statement.";
            found.push(finding("NAME_MISSING", message, &["deductions", &position.to_string(), "name"]));
        }
    }
    if remaining_after(&term.deductions).is_none() {
        let message = "The deductions leave a part with more than 18 decimal places.";
        found.push(finding("DEDUCTIONS_TOO_FINE", message, &["deductions"]));
    } else if let Some(left) = remaining_after(&term.deductions).filter(Decimal::is_sign_negative) {
        let message = format!("The deductions take {} more than there is.", plain(left.abs()));
        found.push(finding("DEDUCTIONS_OVER_ONE", message, &["deductions"]));
    }
    found
}

/// The part of the base that the deductions leave, exactly; `None` when it has more than 18 places.
pub(crate) fn remaining_after(deductions: &[Deduction]) -> Option<Decimal> {
    deductions.iter().try_fold(Decimal::ONE, |left, deduction| {
        let taken = match deduction.base {
            DeductionBase::Receipts => deduction.ratio.get(),
            DeductionBase::Remaining => exact_product(left, deduction.ratio.get())?,
        };
        let left = left.checked_sub(taken)?.normalize();
        (left.scale() <= kernel::decimal::LINE_SCALE).then_some(left)
    })
}

/// The product when it can be written without rounding.
fn exact_product(a: Decimal, b: Decimal) -> Option<Decimal> {
    let (a, b) = (a.normalize(), b.normalize());
    let mantissa = a.mantissa().checked_mul(b.mantissa())?;
    Decimal::try_from_i128_with_scale(mantissa, a.scale() + b.scale()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Base, Model};
    use kernel::codes::RevenueType;
    use kernel::currency::Currency;
    use kernel::ids::{RecordingId, TermId};
    use kernel::ratio::Ratio;
    use kernel::territory::Territory;
    use rust_decimal_macros::dec;

    use crate::model::TerritorySet;

    fn term(matches: TermMatch) -> Term {
        let model = Model::Percentage { base: Base::Net, rate: Ratio::new(dec!(0.2)).unwrap() };
        Term { matches, ..Term::new(TermId::new(), model) }
    }

    fn codes(terms: &[Term]) -> Vec<(&'static str, String)> {
        validate_terms(terms, &[]).iter().map(|finding| (finding.code, finding.path.join("."))).collect()
    }

    #[test]
    fn ties_are_refused_and_distinct_matches_are_not() {
        let us = TerritorySet::only([Territory::parse("US").unwrap()]);
        let us_gb = TerritorySet::only(["US", "GB"].map(|code| Territory::parse(code).unwrap()));
        let world = term(TermMatch::default());
        let home = term(TermMatch { territories: us.clone(), ..TermMatch::default() });
        let both = term(TermMatch { territories: us_gb, ..TermMatch::default() });
        assert_eq!(codes(&[world.clone(), home.clone()]), []);
        assert_eq!(codes(&[world.clone(), home.clone(), both.clone()]), [("TERM_TIE", "2.priority".to_owned())]);
        assert_eq!(codes(&[home.clone(), Term { priority: 1, ..both }]), []);
        let stream = TermMatch { revenue_types: vec![RevenueType::Stream], ..TermMatch::default() };
        let download = TermMatch { revenue_types: vec![RevenueType::Download], ..TermMatch::default() };
        assert_eq!(codes(&[term(stream), term(download)]), []);
        assert_eq!(codes(&[]), [("TERMS_MISSING", String::new())]);
    }

    #[test]
    fn groups_tie_only_when_they_share_an_item() {
        let [one, two] = [GroupId::new(), GroupId::new()];
        let [a, b] = [ItemKey::from(RecordingId::new()), ItemKey::from(RecordingId::new())];
        let of = |group| term(TermMatch { scope: ItemScope::Group(group), ..TermMatch::default() });
        let terms = [of(one), of(two)];
        let groups = |second: Vec<ItemKey>| [Group { id: one, members: vec![a] }, Group { id: two, members: second }];
        assert_eq!(validate_terms(&terms, &groups(vec![b])).len(), 0);
        assert_eq!(validate_terms(&terms, &groups(vec![a, b]))[0].code, "TERM_TIE");
        assert_eq!(validate_terms(&terms, &[])[0].code, "TERM_TIE");
    }

    #[test]
    fn periods_share_their_last_day() {
        let day = |text: &str| Some(text.parse().unwrap());
        let until = TermMatch { valid_to: day("2024-06-30"), ..TermMatch::default() };
        let from = TermMatch { valid_from: day("2024-06-30"), ..TermMatch::default() };
        let after = TermMatch { valid_from: day("2024-07-01"), ..TermMatch::default() };
        assert_eq!(codes(&[term(until.clone()), term(from)])[0].0, "TERM_TIE");
        assert_eq!(codes(&[term(until.clone()), term(after)]), []);
        let reversed = TermMatch { valid_from: day("2024-07-01"), ..until };
        assert_eq!(codes(&[term(reversed)]), [("PERIOD_REVERSED", "0.match.validTo".to_owned())]);
    }

    #[test]
    fn deductions_compose_in_order() {
        let step = |base, ratio| Deduction { name: "fee".into(), base, ratio: Ratio::new(ratio).unwrap() };
        let chain = [step(DeductionBase::Receipts, dec!(0.33)), step(DeductionBase::Remaining, dec!(0.5))];
        assert_eq!(remaining_after(&chain), Some(dec!(0.335)));
        let mut over = term(TermMatch::default());
        over.deductions = vec![step(DeductionBase::Receipts, dec!(0.6)), step(DeductionBase::Receipts, dec!(0.6))];
        assert_eq!(validate_model(&over)[0].code, "DEDUCTIONS_OVER_ONE");
        over.deductions = vec![step(DeductionBase::Remaining, dec!(0.123456789012)); 2];
        assert_eq!(validate_model(&over)[0].code, "DEDUCTIONS_TOO_FINE");
    }

    #[test]
    fn amounts_per_unit_are_checked() {
        let mut per_unit = term(TermMatch::default());
        let currency = Currency::parse("USD").unwrap();
        per_unit.model = Model::PerUnit { amount: dec!(-0.091), currency };
        assert_eq!(validate_model(&per_unit)[0].code, "AMOUNT_NEGATIVE");
        per_unit.model = Model::PerUnit { amount: dec!(0.0000000000001), currency };
        assert_eq!(validate_model(&per_unit)[0].code, "AMOUNT_TOO_FINE");
        per_unit.model = Model::PerUnit { amount: dec!(0.0910000000000000), currency };
        assert_eq!(validate_model(&per_unit), []);
    }
}
