//! What cannot be posted waits, with its reason and its whole amount.

use engine::model::*;
use kernel::ids::*;
use rust_decimal::Decimal;
use rust_decimal_macros::dec;

use crate::world::*;

fn second(mut contract: Contract) -> Contract {
    contract.id = ContractId(uuid(2));
    contract.versions[0].id = ContractVersionId(uuid(2));
    contract.versions[0].participations[0].id = ParticipationId(uuid(2));
    contract.versions[0].terms[0].id = TermId(uuid(2));
    contract
}

#[test]
fn no_contract_and_inactive_contract() {
    let mut contract = simple(percent(Base::Net, dec!(0.25)));
    contract.versions[0].valid_to = Some(day("2023-12-31"));
    let mut world = World::new(vec![contract]);
    let line = world.line(dec!(10), 1);
    assert_eq!(world.reason(line), "INACTIVE_CONTRACT");
    let stranger = world.names.item(recording(9));
    assert_eq!(world.reason(Line { item: stranger, ..line }), "NO_CONTRACT");
    let suspense = world.pay(&[line]).totals.currencies[&cur("USD")];
    assert_eq!((suspense.suspense.to_decimal(), suspense.suspense_count), (Some(dec!(10)), 1));
}

#[test]
fn another_territory_is_no_contract() {
    let mut contract = simple(percent(Base::Net, dec!(0.25)));
    contract.versions[0].participations[0].territories = TerritorySet::only([place("GB")]);
    let mut world = World::new(vec![contract]);
    let line = world.line(dec!(10), 1);
    assert_eq!(world.reason(line), "NO_CONTRACT");
}

#[test]
fn no_term_and_missing_gross() {
    let mut contract = simple(percent(Base::Gross, dec!(0.25)));
    contract.versions[0].terms[0].matches.platforms = vec!["SPOTIFY".into()];
    let mut world = World::new(vec![contract]);
    let line = world.line(dec!(10), 1);
    assert_eq!(world.reason(line), "MISSING_INPUT");
    let other = world.names.platform("DEEZER");
    assert_eq!(world.reason(Line { platform: other, ..line }), "NO_TERM");
}

#[test]
fn a_missing_rate_is_named_unless_nothing_is_converted() {
    let mut world = World::new(vec![simple(percent(Base::Net, dec!(0.25)))]);
    let line = Line { currency: cur("JPY"), ..world.line(dec!(10), 1) };
    assert_eq!(world.reason(line), "MISSING_RATE");
    assert_eq!(world.amounts(Line { amount: Decimal::ZERO, ..line }), [(1, dec!(0))]);
    // Too old: eight days before the last of March.
    let rates = Rates::new(vec![rate(1, "JPY", "USD", "2024-03-23", dec!(0.0066))], None);
    let world = World::with(&rules(vec![simple(percent(Base::Net, dec!(0.25)))]), &rates);
    assert_eq!(world.reason(line), "MISSING_RATE");
}

#[test]
fn over_claimed_copyright_pays_nobody() {
    let share = |value| {
        let mut contract = simple(percent(Base::Net, dec!(1)));
        contract.versions[0].participations[0] = owns(1, ItemScope::Item(recording(1)), value);
        contract
    };
    let mut world = World::new(vec![share(dec!(0.6)), second(share(dec!(0.6)))]);
    let line = world.line(dec!(10), 1);
    assert_eq!(world.reason(line), "OVER_CLAIMED");
    // Exactly one is fine, and what nobody owns is shown.
    let world = World::new(vec![share(dec!(0.6)), second(share(dec!(0.4)))]);
    assert_eq!(world.amounts(line), [(1, dec!(6)), (1, dec!(4))]);
    let world = World::new(vec![share(dec!(0.6))]);
    let totals = world.pay(&[line]).totals.currencies[&cur("USD")];
    assert_eq!((totals.margin.to_decimal(), totals.unowned.to_decimal()), (Some(dec!(4)), Some(dec!(4))));
}

#[test]
fn a_line_waits_as_a_whole() {
    // The producer's contract has no term for the line: the artist is not paid from it either, until it has.
    let artist = simple(percent(Base::Net, dec!(0.5)));
    let mut producer = second(simple(percent(Base::Net, dec!(0.03))));
    producer.versions[0].terms[0].matches.territories = TerritorySet::only([place("GB")]);
    let mut world = World::new(vec![artist, producer]);
    let line = world.line(dec!(10), 1);
    let outcome = world.pay(&[line]);
    assert_eq!((outcome.rows.len(), outcome.suspense.len()), (0, 1));
    assert_eq!(outcome.suspense[0].contract, Some(1));
    assert_eq!(outcome.suspense[0].amount, dec!(10));
    assert!(outcome.summary.rows().is_empty());
}

#[test]
fn amounts_out_of_range_are_exceptions_and_never_panics() {
    let third = dec!(0.333333333333);
    let mut contract = simple(percent(Base::Net, third));
    contract.versions[0].splits = vec![payee(1, third), payee(2, Decimal::ONE - third)];
    let mut world = World::new(vec![contract]);
    let mut reason = |amount| {
        let line = world.line(amount, 1);
        world.pay(&[line]).suspense.first().map(|one| one.reason.as_str())
    };
    assert_eq!(reason(Decimal::MAX), Some("OUT_OF_RANGE"));
    assert_eq!(reason(Decimal::MIN), Some("OUT_OF_RANGE"));
    assert_eq!(reason(Decimal::new(1, 28)), Some("OUT_OF_RANGE"), "more than 18 places");
    assert_eq!(reason(dec!(79000000000.12345678901234567)), None);
    // A billion units of something cheap is no problem.
    let mut world = World::new(vec![simple(Model::PerUnit { amount: dec!(0.000000000001), currency: cur("USD") })]);
    let line = world.line(dec!(0), i64::MAX);
    assert_eq!(world.amounts(line), [(1, dec!(9223372.036854775807))]);
    let mut world = World::new(vec![simple(Model::PerUnit { amount: Decimal::MAX, currency: cur("USD") })]);
    let line = world.line(dec!(0), i64::MIN);
    assert_eq!(world.reason(line), "OUT_OF_RANGE");
}

#[test]
fn bad_rules_are_refused_with_every_finding() {
    let mut contract = simple(percent(Base::Net, dec!(0.5)));
    contract.versions[0].splits = vec![payee(1, dec!(0.5)), payee(2, dec!(0.499))];
    contract.versions[0].terms.clear();
    let error = rules(vec![contract]).compile(&Rates::default(), &scope()).unwrap_err();
    let found: Vec<_> = error.findings.iter().map(|one| (one.code, one.path.join("."))).collect();
    assert_eq!(
        found,
        [
            ("TERMS_MISSING", "contracts.0.versions.0.terms".to_owned()),
            ("SPLIT_SUM", "contracts.0.versions.0.splits".to_owned()),
        ]
    );
    let zero = Rates::new(vec![rate(1, "EUR", "USD", "2024-03-31", dec!(0))], None);
    let error = rules(vec![]).compile(&zero, &scope()).unwrap_err();
    assert_eq!(error.findings[0].code, "RATE_NOT_POSITIVE");
}

#[test]
fn rules_are_read_and_written_as_json() {
    let mut contract = simple(percent(Base::Net, dec!(0.25)));
    contract.versions[0]
        .terms
        .push(Term { priority: 3, ..term(2, Model::PerUnit { amount: dec!(0.091), currency: cur("USD") }) });
    let rules =
        Rules { groups: vec![Group { id: GroupId(uuid(5)), members: vec![recording(1)] }], ..rules(vec![contract]) };
    let json = serde_json::to_string(&rules).unwrap();
    assert_eq!(serde_json::from_str::<Rules>(&json).unwrap(), rules);
    assert!(json.contains(r#""model":{"type":"PERCENTAGE","base":"NET","rate":"0.25"}"#), "{json}");
    assert!(json.contains(r#""scope":"ALL""#) && json.contains(r#""fx":"MONTH_END""#));
    let typo = json.replace("\"priority\"", "\"prioriti\"");
    assert!(serde_json::from_str::<Rules>(&typo).is_err(), "a wrong key is refused");
}
