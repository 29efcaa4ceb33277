//! Worked cases, with the arithmetic.

use engine::model::*;
use kernel::codes::RevenueType;
use kernel::ids::*;
use kernel::money::Rounding;
use rust_decimal::Decimal;
use rust_decimal_macros::dec;

use crate::world::*;

#[test]
fn a_percentage_of_net() {
    // 1,000 × 25 % = 250
    let mut world = World::new(vec![simple(percent(Base::Net, dec!(0.25)))]);
    let line = world.line(dec!(1000), 0);
    assert_eq!(world.amounts(line), [(1, dec!(250))]);
}

#[test]
fn a_percentage_of_gross() {
    // Net 70, gross 100: 100 × 25 % = 25, and 70 − 25 = 45 stays.
    let mut world = World::new(vec![simple(percent(Base::Gross, dec!(0.25)))]);
    let line = Line { gross: Some(dec!(100)), ..world.line(dec!(70), 0) };
    assert_eq!(world.amounts(line), [(1, dec!(25))]);
    let totals = world.pay(&[line]).totals.currencies[&cur("USD")];
    assert_eq!(totals.margin.to_decimal(), Some(dec!(45)));
}

#[test]
fn deductions_come_before_the_rate() {
    // $100, 33 % deduction, 50 % royalty: 100 × (1 − 0.33) × 0.5 = 33.50
    let mut contract = simple(percent(Base::Net, dec!(0.5)));
    let deduction =
        Deduction { name: "distribution fee".into(), base: DeductionBase::Receipts, ratio: ratio(dec!(0.33)) };
    contract.versions[0].terms[0].deductions = vec![deduction.clone()];
    let mut world = World::new(vec![contract.clone()]);
    let line = world.line(dec!(100), 0);
    assert_eq!(world.amounts(line), [(1, dec!(33.50))]);
    // A second step of 10 % of what is left: 100 × 0.67 × 0.9 × 0.5 = 30.15
    contract.versions[0].terms[0].deductions = vec![
        deduction,
        Deduction { name: "packaging".into(), base: DeductionBase::Remaining, ratio: ratio(dec!(0.1)) },
    ];
    let world = World::new(vec![contract]);
    assert_eq!(world.amounts(line), [(1, dec!(30.15))]);
}

#[test]
fn three_equal_shares_pay_out_everything() {
    // 1,000,000.00 over three equal shares: ratios of 12 places total exactly 1, and nothing is lost.
    let third = dec!(0.333333333333);
    let splits = vec![payee(1, third), payee(2, third), payee(3, Decimal::ONE - third - third)];
    let mut contract = simple(percent(Base::Net, dec!(1)));
    contract.versions[0].splits = splits;
    let mut world = World::new(vec![contract]);
    let line = world.line(dec!(1000000.00), 0);
    let amounts = world.amounts(line);
    assert_eq!(amounts.iter().map(|(_, amount)| *amount).sum::<Decimal>(), dec!(1000000.00));
}

#[test]
fn a_controlled_composition_per_unit() {
    // 75 % of the statutory 9.1 ¢ = 6.825 ¢ per unit; 1,000 units = $68.25, whatever the line's money is.
    let mut contract = simple(Model::PerUnit { amount: dec!(0.091), currency: cur("USD") });
    let three_quarters = Reduction {
        kind: ReductionKind::Price,
        factor: ratio(dec!(0.75)),
        territories: TerritorySet::world(),
        configurations: vec![],
        price_categories: vec![],
        revenue_types: vec![],
    };
    contract.versions[0].terms[0].reductions = vec![three_quarters];
    let mut world = World::new(vec![contract]);
    let one = world.line(dec!(0.70), 1);
    assert_eq!(world.amounts(one), [(1, dec!(0.06825))]);
    let thousand = world.line(dec!(700), 1000);
    assert_eq!(world.amounts(thousand), [(1, dec!(68.25))]);
    // Returns reverse it.
    let returned = world.line(dec!(-700), -1000);
    assert_eq!(world.amounts(returned), [(1, dec!(-68.25))]);
}

#[test]
fn an_amount_per_unit_in_another_currency_is_a_cost_in_its_own() {
    // 100 units at $0.091 = $9.10; the line brought €50. In euros all of it stays, in dollars 9.10 is owed.
    let contract = simple(Model::PerUnit { amount: dec!(0.091), currency: cur("USD") });
    let rates = Rates::new(vec![rate(1, "EUR", "USD", "2024-03-29", dec!(1.08))], None);
    let mut world = World::with(&rules(vec![contract]), &rates);
    let line = Line { currency: cur("EUR"), ..world.line(dec!(50), 100) };
    let outcome = world.pay(&[line]);
    assert_eq!(outcome.rows[0].amount.to_decimal(), Some(dec!(9.1)));
    let (eur, usd) = (outcome.totals.currencies[&cur("EUR")], outcome.totals.currencies[&cur("USD")]);
    assert_eq!((eur.margin.to_decimal(), eur.payees.to_decimal()), (Some(dec!(50)), Some(dec!(0))));
    assert_eq!((usd.margin.to_decimal(), usd.payees.to_decimal()), (Some(dec!(-9.1)), Some(dec!(9.1))));
    // What entered the contract: €50 × 1.08 = $54.
    assert_eq!(outcome.summary.account(0).receipts.to_decimal(), Some(dec!(54)));
}

#[test]
fn a_reduction_abroad_is_a_factor() {
    // 20 % at home, 75 % of that abroad: 100 × 0.2 × 0.75 = 15.
    let mut contract = simple(percent(Base::Net, dec!(0.2)));
    contract.versions[0].terms[0].reductions = vec![Reduction {
        kind: ReductionKind::Territory,
        factor: ratio(dec!(0.75)),
        territories: TerritorySet::world_except([place("US")]),
        configurations: vec![],
        price_categories: vec![],
        revenue_types: vec![],
    }];
    let mut world = World::new(vec![contract]);
    let home = world.line(dec!(100), 0);
    let abroad = Line { territory: place("FR"), ..home };
    assert_eq!(world.amounts(home), [(1, dec!(20))]);
    assert_eq!(world.amounts(abroad), [(1, dec!(15))]);
}

#[test]
fn nested_splits_multiply_down() {
    // 100 × 50 %: the band gets 80 %, the producer 20 %; in the band the singer 60 %, a drummer's two heirs 25 / 75.
    let drummer = shared(12, dec!(0.4), vec![payee(121, dec!(0.25)), payee(122, dec!(0.75))]);
    let band = shared(10, dec!(0.8), vec![payee(11, dec!(0.6)), drummer]);
    let mut contract = simple(percent(Base::Net, dec!(0.5)));
    contract.versions[0].splits = vec![band, payee(20, dec!(0.2))];
    let mut world = World::new(vec![contract]);
    let line = world.line(dec!(100), 0);
    assert_eq!(world.amounts(line), [(11, dec!(24)), (121, dec!(4)), (122, dec!(12)), (20, dec!(10))]);
}

#[test]
fn zero_is_a_rate() {
    // A term of 0 % for downloads pays nothing; it does not fall through to the general 25 %.
    let mut contract = simple(percent(Base::Net, dec!(0.25)));
    let mut free = term(2, percent(Base::Net, dec!(0)));
    free.matches.revenue_types = vec![RevenueType::Download];
    contract.versions[0].terms.push(free);
    let mut world = World::new(vec![contract]);
    let line = Line { revenue_type: RevenueType::Download, ..world.line(dec!(100), 1) };
    assert_eq!(world.amounts(line), [(1, dec!(0))]);
    let row = world.pay(&[line]).rows[0];
    let ids = world.rules.ids(&row).unwrap();
    assert_eq!((ids.term_id, ids.runner_up_id), (TermId(uuid(2)), Some(TermId(uuid(1)))));
}

#[test]
fn the_most_specific_term_wins_in_a_fixed_order() {
    let at = |n: u128, rate: Decimal, matches: TermMatch| Term { matches, ..term(n, percent(Base::Net, rate)) };
    let us = TerritorySet::only([place("US")]);
    let mut contract = simple(percent(Base::Net, dec!(0.1)));
    contract.versions[0].terms = vec![
        at(1, dec!(0.10), TermMatch::default()),
        at(
            2,
            dec!(0.20),
            TermMatch {
                platforms: vec!["SPOTIFY".into()],
                revenue_types: vec![RevenueType::Stream],
                ..TermMatch::default()
            },
        ),
        at(3, dec!(0.30), TermMatch { territories: us.clone(), ..TermMatch::default() }),
        at(4, dec!(0.40), TermMatch { scope: ItemScope::Item(recording(1)), ..TermMatch::default() }),
        Term {
            priority: 1,
            ..at(5, dec!(0.50), TermMatch { scope: ItemScope::Item(recording(1)), ..TermMatch::default() })
        },
        at(6, dec!(0.60), TermMatch { configurations: vec!["VINYL".into()], ..TermMatch::default() }),
    ];
    let pays = |terms: &[usize], change: &dyn Fn(&mut World, &mut Line)| {
        let mut contract = contract.clone();
        contract.versions[0].terms = terms.iter().map(|n| contract.versions[0].terms[n - 1].clone()).collect();
        let mut world = World::new(vec![contract]);
        let mut line = world.line(dec!(100), 0);
        change(&mut world, &mut line);
        world.amounts(line)[0].1
    };
    assert_eq!(pays(&[1, 2, 3, 4, 5], &|_, _| ()), dec!(50), "priority decides between equals");
    assert_eq!(pays(&[1, 2, 3, 4], &|_, _| ()), dec!(40), "an item before a territory");
    assert_eq!(pays(&[1, 2, 3], &|_, _| ()), dec!(30), "a territory before platform and revenue type together");
    assert_eq!(pays(&[1, 2], &|_, _| ()), dec!(20));
    assert_eq!(pays(&[1, 2], &|world, line| line.platform = world.names.platform("DEEZER")), dec!(10));
    assert_eq!(pays(&[1, 6], &|world, line| line.configuration = Some(world.names.configuration("VINYL"))), dec!(60));
    assert_eq!(pays(&[1, 6], &|_, _| ()), dec!(10));
}

#[test]
fn versions_follow_the_sale_date() {
    let mut contract = simple(percent(Base::Net, dec!(0.1)));
    let mut later = contract.versions[0].clone();
    contract.versions[0].valid_to = Some(day("2024-02-29"));
    later.id = ContractVersionId(uuid(2));
    later.valid_from = day("2024-03-01");
    later.participations[0].id = ParticipationId(uuid(2));
    later.terms[0] = term(2, percent(Base::Net, dec!(0.2)));
    contract.versions.push(later);
    let mut world = World::new(vec![contract]);
    let line = world.line(dec!(100), 0);
    assert_eq!(world.amounts(line), [(1, dec!(20))]);
    assert_eq!(world.amounts(Line { sale_date: day("2024-02-29"), ..line }), [(1, dec!(10))]);
}

#[test]
fn one_participation_per_contract_the_most_specific() {
    let group = GroupId(uuid(50));
    let mut contract = simple(percent(Base::Net, dec!(1)));
    contract.versions[0].participations = vec![
        takes_part(1, ItemScope::All, dec!(0.1)),
        takes_part(2, ItemScope::Group(group), dec!(0.2)),
        Participation {
            territories: TerritorySet::only([place("US")]),
            ..takes_part(3, ItemScope::Item(recording(1)), dec!(0.3))
        },
    ];
    let groups = vec![Group { id: group, members: vec![recording(1), recording(2)] }];
    let mut world = World::with(&Rules { contracts: vec![contract], groups, ..Rules::default() }, &Rates::default());
    let line = world.line(dec!(100), 0);
    assert_eq!(world.amounts(line), [(1, dec!(30))]);
    assert_eq!(world.amounts(Line { territory: place("GB"), ..line }), [(1, dec!(20))]);
    let second = world.names.item(recording(2));
    assert_eq!(world.amounts(Line { item: second, ..line }), [(1, dec!(20))]);
    let stranger = world.names.item(recording(77));
    assert_eq!(world.amounts(Line { item: stranger, ..line }), [(1, dec!(10))]);
}

#[test]
fn participations_may_total_more_than_one() {
    // Label pays artist 100 %, remixer 20 %: the payer's margin is negative and says so.
    let artist = simple(percent(Base::Net, dec!(1)));
    let mut remixer = simple(percent(Base::Net, dec!(0.2)));
    remixer.id = ContractId(uuid(2));
    remixer.versions[0].id = ContractVersionId(uuid(2));
    remixer.versions[0].participations[0].id = ParticipationId(uuid(2));
    remixer.versions[0].terms[0].id = TermId(uuid(2));
    remixer.versions[0].splits = vec![payee(2, dec!(1))];
    let mut world = World::new(vec![artist, remixer]);
    let line = world.line(dec!(100), 0);
    assert_eq!(world.amounts(line), [(1, dec!(100)), (2, dec!(20))]);
    assert_eq!(world.pay(&[line]).totals.currencies[&cur("USD")].margin.to_decimal(), Some(dec!(-20)));
}

#[test]
fn conversion_happens_once_and_is_recorded() {
    // 100 EUR × 50 % = 50 EUR × 1.0811 = 54.055 USD.
    let rates = Rates::new(
        vec![rate(1, "EUR", "USD", "2024-03-28", dec!(1.0811)), rate(2, "EUR", "USD", "2024-04-01", dec!(9))],
        None,
    );
    let mut world = World::with(&rules(vec![simple(percent(Base::Net, dec!(0.5)))]), &rates);
    let line = Line { currency: cur("EUR"), ..world.line(dec!(100), 0) };
    let row = world.pay(&[line]).rows[0];
    assert_eq!(row.source_amount.to_decimal(), Some(dec!(50)));
    assert_eq!(row.amount.to_decimal(), Some(dec!(54.055)));
    assert_eq!(world.rules.ids(&row).unwrap().rate_ids, [RateId(uuid(1))], "the last rate on or before 31 March");
}

#[test]
fn inverse_and_pivot_rates_are_exact_fractions() {
    // 100 USD → EUR by 1 EUR = 1.08 USD: 100 ÷ 1.08 = 92.592592592592… → 12 places.
    let mut contract = simple(percent(Base::Net, dec!(1)));
    contract.currency = cur("EUR");
    let rates = Rates::new(
        vec![rate(1, "EUR", "USD", "2024-03-29", dec!(1.08)), rate(2, "EUR", "GBP", "2024-03-29", dec!(0.8551))],
        Some(cur("EUR")),
    );
    let mut world = World::with(&rules(vec![contract.clone()]), &rates);
    let line = world.line(dec!(100), 0);
    assert_eq!(world.amounts(line), [(1, dec!(92.592592592593))]);
    // USD → GBP through EUR: 100 × 0.8551 ÷ 1.08 = 79.175925925925…
    contract.currency = cur("GBP");
    let world = World::with(&rules(vec![contract]), &rates);
    assert_eq!(world.amounts(line), [(1, dec!(79.175925925926))]);
    let row = world.pay(&[line]).rows[0];
    assert_eq!(world.rules.ids(&row).unwrap().rate_ids.len(), 2);
}

#[test]
fn every_rule_for_exchange_rates() {
    let rates = Rates::new(
        vec![
            rate(1, "EUR", "USD", "2024-03-01", dec!(1.01)),
            rate(2, "EUR", "USD", "2024-03-31", dec!(1.02)),
            rate(3, "EUR", "USD", "2024-04-12", dec!(1.03)),
            rate(4, "EUR", "USD", "2024-04-20", dec!(1.04)),
        ],
        None,
    );
    let stated = StatedRate { base: cur("EUR"), quote: cur("USD"), rate: dec!(1.05) };
    let mut scope = scope();
    scope.reports[0].paid_on = Some(day("2024-04-20"));
    scope.reports[0].rates = vec![stated];
    for (rule, value) in [
        (FxRule::MonthStart, dec!(1.01)),
        (FxRule::MonthEnd, dec!(1.02)),
        (FxRule::MonthAverage, dec!(1.015)),
        (FxRule::ReceiptDate, dec!(1.03)), // received on 15 April, three days after the rate
        (FxRule::PaymentDate, dec!(1.04)),
        (FxRule::Stated, dec!(1.05)),
    ] {
        let mut contract = simple(percent(Base::Net, dec!(1)));
        contract.fx = rule;
        let compiled = rules(vec![contract]).compile(&rates, &scope).unwrap();
        let names = compiled.interner();
        let mut world = World { rules: compiled, names };
        let line = Line { currency: cur("EUR"), ..world.line(dec!(1), 0) };
        assert_eq!(world.amounts(line), [(1, value)], "{rule:?}");
    }
}

#[test]
fn rounding_is_a_setting_and_symmetric() {
    // Half a unit of the twelfth place.
    for (rounding, expected) in [(Rounding::HalfUp, dec!(0.000000000001)), (Rounding::HalfEven, dec!(0))] {
        let rules = Rules { rounding, ..rules(vec![simple(percent(Base::Net, dec!(0.5)))]) };
        let mut world = World::with(&rules, &Rates::default());
        let line = world.line(dec!(0.000000000001), 0);
        assert_eq!(world.amounts(line), [(1, expected)]);
        let reversal = world.line(dec!(-0.000000000001), 0);
        assert_eq!(world.amounts(reversal), [(1, -expected)]);
    }
}

#[test]
fn shares_beyond_18_places_are_allocated_exactly() {
    // 18 places in, ratios of 12: level by level by largest remainder, the sum is exact.
    let band = shared(10, dec!(0.333333333333), vec![payee(11, dec!(0.333333333333)), payee(12, dec!(0.666666666667))]);
    let mut contract = simple(percent(Base::Net, dec!(0.123456789012)));
    contract.versions[0].splits = vec![band, payee(20, dec!(0.666666666667))];
    let mut world = World::new(vec![contract]);
    let line = world.line(dec!(1.234567890123456789), 0);
    let outcome = world.pay(&[line]);
    let parts: Decimal = outcome.rows.iter().map(|row| row.source_amount.to_decimal().unwrap()).sum();
    // 1.234567890123456789 × 0.123456789012 = 0.152415787531961603|43…: 18 places
    assert_eq!(parts, dec!(0.152415787531961603));
}
