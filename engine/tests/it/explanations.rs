//! Derivations end at the stored amount and can be followed by hand.

use engine::explain::{ExplainError, InputName, StepCode, Value};
use engine::fixed::{Exact, Pico};
use engine::model::*;
use rust_decimal::Decimal;
use rust_decimal_macros::dec;

use crate::world::*;

fn rich() -> (World, Line) {
    let mut contract = simple(percent(Base::Net, dec!(0.25)));
    contract.versions[0].participations[0].ratio = ratio(dec!(0.5));
    let terms = &mut contract.versions[0].terms;
    terms[0].deductions =
        vec![Deduction { name: "distribution".into(), base: DeductionBase::Receipts, ratio: ratio(dec!(0.2)) }];
    terms[0].reductions = vec![Reduction {
        kind: ReductionKind::Territory,
        factor: ratio(dec!(0.75)),
        territories: TerritorySet::world_except([place("GB")]),
        configurations: vec![],
        price_categories: vec![],
        revenue_types: vec![],
    }];
    terms[0].matches.territories = TerritorySet::only([place("US")]);
    terms.push(term(2, percent(Base::Net, dec!(0.1))));
    contract.versions[0].splits = vec![
        shared(10, dec!(0.6), vec![payee(11, dec!(0.333333333333)), payee(12, dec!(0.666666666667))]),
        payee(20, dec!(0.4)),
    ];
    let rates = Rates::new(vec![rate(1, "EUR", "USD", "2024-03-29", dec!(1.0811))], None);
    let mut world = World::with(&rules(vec![contract]), &rates);
    let line = Line { currency: cur("EUR"), ..world.line(dec!(12.345678901234567), 40) };
    (world, line)
}

fn number(value: &Value) -> Decimal {
    match value {
        Value::Amount { amount, .. } => amount.to_decimal().unwrap(),
        Value::Number { number } => number.to_decimal().unwrap(),
        other => panic!("{other:?} is no number"),
    }
}

#[test]
fn every_step_can_be_computed_again_from_its_inputs() {
    let (world, line) = rich();
    let outcome = world.pay(&[line]);
    assert_eq!(outcome.rows.len(), 3);
    for row in &outcome.rows {
        let explanation = world.rules.explain(&world.names, &line, row).unwrap();
        assert_eq!(explanation.amount, Exact::from(row.amount));
        let mut last = number(explanation.steps[0].output.as_ref().unwrap());
        for step in &explanation.steps {
            let get =
                |name| step.inputs.iter().find(|input| input.name == name).map(|input| number(&input.value)).unwrap();
            let output = match step.code {
                StepCode::FileRow | StepCode::Participation | StepCode::Term => continue,
                StepCode::Base | StepCode::Percentage | StepCode::Reduction => {
                    get(InputName::Amount) * get(InputName::Factor)
                }
                StepCode::Deduction => get(InputName::Amount) - get(InputName::Of) * get(InputName::Factor),
                StepCode::Rounding => get(InputName::Amount).round_dp_with_strategy(
                    number_of_places(step),
                    rust_decimal::RoundingStrategy::MidpointAwayFromZero,
                ),
                StepCode::Split => {
                    // Largest remainder: within one unit of the eighteenth place of the exact share.
                    let share = get(InputName::Amount) * get(InputName::Factor);
                    let output = number(step.output.as_ref().unwrap());
                    assert!((share - output).abs() <= Decimal::new(1, 18), "{step}");
                    output
                }
                StepCode::Currency => (get(InputName::Amount) * get(InputName::Multiply) / get(InputName::Divide))
                    .round_dp_with_strategy(12, rust_decimal::RoundingStrategy::MidpointAwayFromZero),
                other => unreachable!("no {other:?} here"),
            };
            assert_eq!(get(InputName::Amount), last, "{step}");
            assert_eq!(number(step.output.as_ref().unwrap()), output, "{step}");
            last = output;
        }
        assert_eq!(last, row.amount.to_decimal().unwrap());
    }
}

fn number_of_places(step: &engine::explain::Step) -> u32 {
    let places = step.inputs.iter().find(|input| input.name == InputName::Places).unwrap();
    number(&places.value).to_string().parse().unwrap()
}

#[test]
fn the_text_reads_like_a_calculation() {
    let (world, line) = rich();
    let outcome = world.pay(&[line]);
    let text = world.rules.explain(&world.names, &line, &outcome.rows[2]).unwrap().to_string();
    for part in [
        "base          12.345678901234567 EUR × 0.5 = 6.1728394506172835 EUR",
        "deduction     6.1728394506172835 EUR − 6.1728394506172835 EUR × 0.2 = 4.9382715604938268 EUR",
        "rate          4.9382715604938268 EUR × 0.25 = 1.2345678901234567 EUR",
        "reduction     1.2345678901234567 EUR × 0.75 = 0.925925917592592525 EUR",
        "split         0.925925917592592525 EUR × 0.4 = 0.37037036703703701 EUR",
        "currency      0.37037036703703701 EUR × 1.0811 ÷ 1 = 0.400407403804 USD",
        "runner-up",
    ] {
        assert!(text.contains(part), "{part}\nis not in\n{text}");
    }
}

#[test]
fn amounts_per_unit_are_explained() {
    let mut world = World::new(vec![simple(Model::PerUnit { amount: dec!(0.091), currency: cur("USD") })]);
    let line = world.line(dec!(0), 3);
    let row = world.pay(&[line]).rows[0];
    let explanation = world.rules.explain(&world.names, &line, &row).unwrap();
    assert!(explanation.to_string().contains("per unit      3 × 0.091 USD = 0.273 USD"), "{explanation}");
}

#[test]
fn changed_rows_and_foreign_rows_are_found() {
    let (mut world, line) = rich();
    let row = world.pay(&[line]).rows[0];
    let changed = engine::outcome::RoyaltyRow { amount: Pico(row.amount.0 + 1), ..row };
    assert!(matches!(world.rules.explain(&world.names, &line, &changed), Err(ExplainError::Mismatch { .. })));
    let other = world.names.item(recording(77));
    let error = world.rules.explain(&world.names, &Line { item: other, ..line }, &row).unwrap_err();
    assert_eq!(error, ExplainError::Foreign);
    let nowhere = engine::outcome::RoyaltyRow { participation: 1000, ..row };
    assert_eq!(world.rules.explain(&world.names, &line, &nowhere), Err(ExplainError::Foreign));
}
