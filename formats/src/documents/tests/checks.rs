//! What `check` refuses, and what the content hash sees.

use rust_decimal::Decimal;

use super::sample::{self, decimal};
use crate::documents::*;

fn errors(change: impl FnOnce(&mut StatementDocument)) -> Vec<CheckError> {
    let mut document = sample::artist(5);
    change(&mut document);
    check(&document).err().unwrap_or_default()
}

#[test]
fn the_samples_add_up() {
    for document in [sample::artist(200), sample::empty(), sample::hostile()] {
        assert_eq!(check(&document), Ok(()));
    }
}

#[test]
fn a_broken_identity_is_named_with_both_figures() {
    let found = errors(|document| document.identity.closing += decimal("0.01"));
    assert_eq!(found[0], CheckError::Identity { expected: decimal("5574.43"), stated: decimal("5574.44") });
}

#[test]
fn every_figure_of_the_identity_counts_with_its_sign() {
    let one = Decimal::ONE;
    let base = Identity { closing: Decimal::ZERO, ..sample::empty().identity };
    let closing = |change: fn(&mut Identity)| {
        let mut identity = base.clone();
        change(&mut identity);
        identity.expected_closing().unwrap()
    };
    assert_eq!(closing(|identity| identity.opening = Decimal::ONE), one);
    assert_eq!(closing(|identity| identity.royalties = Decimal::ONE), one);
    assert_eq!(closing(|identity| identity.costs = Decimal::ONE), -one);
    assert_eq!(closing(|identity| identity.reserves_released = Decimal::ONE), one);
    assert_eq!(closing(|identity| identity.reserves_taken = Decimal::ONE), -one);
    assert_eq!(closing(|identity| identity.adjustments = Decimal::ONE), one);
    assert_eq!(closing(|identity| identity.payments = Decimal::ONE), -one);
    assert_eq!(closing(|identity| identity.tax = Decimal::ONE), -one);
}

#[test]
fn sections_and_sub_ledgers_must_add_up() {
    let cent = decimal("0.01");
    let place = |found: &[CheckError]| match found {
        [CheckError::Sum { place, column, .. }] => format!("{place} {column}"),
        other => format!("{other:?}"),
    };
    assert_eq!(place(&errors(|d| d.contracts[0].royalty += cent)), "contracts royalty");
    assert_eq!(place(&errors(|d| d.sections[2].rows[0].royalty += cent)), "track royalty");
    assert_eq!(place(&errors(|d| d.sections[1].rows[0].net_receipts += cent)), "release net receipts");
    assert_eq!(place(&errors(|d| d.sections[3].rows[0].units += 1)), "territory units");
    assert_eq!(place(&errors(|d| d.adjustments[0].amount += cent)), "adjustments amount");
    assert_eq!(place(&errors(|d| d.payments[0].amount += cent)), "payments amount");
    assert_eq!(place(&errors(|d| d.taxes[0].amount += cent)), "taxes amount");
    assert_eq!(place(&errors(|d| d.recoupment.clear())), "recoupment recouped");
    let found = errors(|d| d.reserves[0].closing += cent);
    assert!(matches!(&found[..], [CheckError::Line { place, .. }] if place.starts_with("reserves")), "{found:?}");
    let found = errors(|d| d.recoupment[1].added += cent);
    assert!(matches!(&found[..], [CheckError::Line { .. }]), "{found:?}");
    let found = errors(|d| d.earlier[1].change = Some(decimal("0.27")));
    assert!(matches!(&found[..], [CheckError::Line { place, .. }] if place.contains("Q4")), "{found:?}");
    assert_eq!(place(&errors(|d| d.earlier[2].paid += cent)), "earlier paid");
}

#[test]
fn form_errors_are_named() {
    assert_eq!(errors(|d| d.number = " ".into()), [CheckError::Empty { field: "number" }]);
    assert!(matches!(
        errors(|d| std::mem::swap(&mut d.period_from, &mut d.period_to))[..],
        [CheckError::PeriodReversed { .. }]
    ));
    let found = errors(|d| {
        d.taxes[0].base = decimal("1.005");
        let again = d.sections[0].clone();
        d.sections.push(again);
    });
    assert!(
        matches!(
            &found[..],
            [CheckError::RepeatedSection(SectionKind::Platform), CheckError::TooPrecise { exponent: 2, .. }]
        ),
        "{found:?}"
    );
    let found = errors(|d| d.identity.opening = Decimal::MAX);
    assert!(found.iter().any(|error| matches!(error, CheckError::Overflow { .. })), "{found:?}");
}

#[test]
fn the_hash_sees_content_and_not_spelling() {
    let document = sample::artist(5);
    let hash = content_hash(&document);
    let mut spelt = document.clone();
    spelt.recoupment[0].added = decimal("0.00");
    spelt.identity.opening = decimal("1240.160");
    assert_eq!(content_hash(&spelt), hash);
    let mut other = document.clone();
    other.sections[0].rows[0].label.push('!');
    assert_ne!(content_hash(&other), hash);
    let json = serde_json::to_string(&document).unwrap();
    assert!(json.contains("\"closing\":\"5574.43\""));
    let back: StatementDocument = serde_json::from_str(&json).unwrap();
    assert_eq!((content_hash(&back), &back), (hash, &document));
    assert_eq!(CheckedStatement::new(document).unwrap().hash(), hash);
}

#[test]
fn a_change_is_a_ratio_of_what_was_before() {
    let change = |before, now| EarlierLine::change_from(decimal(before), decimal(now)).map(|change| change.to_string());
    // 250 / 200 - 1 = 0.25; 1 / 3 - 1 = -0.6667; 0.0005 rounds away from zero.
    assert_eq!(change("200", "250").as_deref(), Some("0.25"));
    assert_eq!(change("3", "1").as_deref(), Some("-0.667"));
    assert_eq!(change("10000", "10005").as_deref(), Some("0.001"));
    assert_eq!(change("5", "-5").as_deref(), Some("-2"));
    assert_eq!((change("0", "5"), change("-5", "5")), (None, None));
}

#[test]
fn an_unrounded_section_is_brought_to_the_posted_total() {
    let row = |label: &str, royalty: &str| SectionRow {
        label: label.into(),
        detail: None,
        code: None,
        units: 1,
        net_receipts: Decimal::ZERO,
        royalty: decimal(royalty),
    };
    let thirds = || vec![row("c", "33.33333333"), row("a", "33.33333333"), row("b", "33.33333333")];
    let royalties = |lines, total: &str| -> Result<Vec<String>, BalanceError> {
        let section = Section::from_exact(SectionKind::Track, lines, Decimal::ZERO, decimal(total), 2)?;
        Ok(section.rows.iter().map(|row| format!("{} {}", row.label, row.royalty)).collect())
    };
    assert_eq!(royalties(thirds(), "100.00").unwrap(), ["a 33.34", "b 33.33", "c 33.33"]);
    let mut backwards = thirds();
    backwards.reverse();
    assert_eq!(royalties(backwards, "100.00").unwrap(), ["a 33.34", "b 33.33", "c 33.33"]);
    let mixed = || vec![row("sale", "10.005"), row("return", "-10.004"), row("none", "0")];
    assert_eq!(royalties(mixed(), "0.00").unwrap(), ["sale 10.00", "none 0.00", "return -10.00"]);
    assert_eq!(royalties(vec![], "0.00").unwrap(), Vec::<String>::new());
    assert_eq!(royalties(vec![], "0.01"), Err(BalanceError::NoLines(decimal("0.01"))));
    assert_eq!(royalties(thirds(), "99.995"), Err(BalanceError::NotRounded(decimal("99.995"))));
}
