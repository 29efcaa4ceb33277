//! Worked cases of the models beyond a percentage, with the arithmetic.

use engine::model::*;
use kernel::codes::{ItemKind, RevenueType};
use kernel::ids::*;
use rust_decimal::Decimal;
use rust_decimal_macros::dec;

use crate::world::*;

fn ratio_of(value: Decimal) -> TierRate {
    TierRate::Percentage { rate: ratio(value) }
}

fn units() -> Counter {
    Counter {
        name: Some("sales".into()),
        measure: CounterMeasure::Units,
        per: CounterScope::Contract,
        territories: TerritorySet::world(),
        opening: dec!(0),
    }
}

fn tiered(mode: TierMode, counter: Counter, tiers: &[(Decimal, Decimal)]) -> Model {
    let tiers = tiers.iter().map(|(from, rate)| Tier { from: *from, to: None, rate: ratio_of(*rate) }).collect();
    Model::Tiered { base: Base::Net, counter, mode, tiers }
}

/// Lines with amounts and units, in the order of their sale dates.
fn sales(world: &mut World, sales: &[(Decimal, i64)]) -> Vec<Line> {
    (0u64..).zip(sales).map(|(n, (amount, units))| Line { line_no: n + 2, ..world.line(*amount, *units) }).collect()
}

fn pays(world: &World, lines: &[Line]) -> Vec<Decimal> {
    let outcome = world.pay(lines);
    assert!(outcome.suspense.is_empty(), "{:?}", outcome.suspense);
    for row in &outcome.rows {
        let line = &lines[row.line as usize];
        let explanation = world.rules.explain(&world.names, line, row).unwrap();
        assert_eq!(explanation.amount.to_decimal(), row.amount.to_decimal(), "{explanation}");
    }
    outcome.rows.iter().map(|row| row.amount.to_decimal().unwrap()).collect()
}

#[test]
fn a_line_that_straddles_a_threshold_is_computed_in_two_parts() {
    // 10 % up to 1,000 units, 12 % above. 900 units for 900, then 200 units for 200: 100 in each tier.
    // 900 × 10 % = 90; 100 × 10 % = 10 and 100 × 12 % = 12.
    let model = tiered(TierMode::Marginal, units(), &[(dec!(0), dec!(0.10)), (dec!(1000), dec!(0.12))]);
    let mut world = World::new(vec![simple(model)]);
    let lines = sales(&mut world, &[(dec!(900), 900), (dec!(200), 200), (dec!(-150), -150)]);
    let world = world.ordered(&lines);
    // The return walks the counter back from 1,100 to 950: 100 at 12 %, 50 at 10 %.
    assert_eq!(pays(&world, &lines), [dec!(90), dec!(10), dec!(12), dec!(-5), dec!(-12)]);
    let counters = world.rules.closing_counters(ContractId(uuid(1)), &world.names);
    assert_eq!((counters[0].name.as_str(), counters[0].value), ("sales", dec!(950)));
}

#[test]
fn the_order_of_lines_and_batches_does_not_matter_to_tiers() {
    let model = tiered(TierMode::Marginal, units(), &[(dec!(0), dec!(0.10)), (dec!(1000), dec!(0.12))]);
    let mut world = World::new(vec![simple(model.clone())]);
    let lines = sales(&mut world, &[(dec!(900), 900), (dec!(200), 200), (dec!(77.77), 333)]);
    let forward = world.ordered(&lines);
    let mut world = World::new(vec![simple(model)]);
    world.line(dec!(0), 0);
    let mut backward = lines.clone();
    backward.reverse();
    let mut order = world.rules.ordering();
    while order.is_open() {
        for line in &backward {
            order.note(&world.rules, std::slice::from_ref(line));
        }
        order.end_pass(&world.rules);
    }
    let other = World { rules: world.rules.ordered(order), names: world.names };
    let one = forward.rules.digest(&lines, &forward.pay(&lines)).finish();
    let two = other.rules.digest(&backward, &other.pay(&backward)).finish();
    assert_eq!(one, two);
    // A line that was not noted waits: it is not computed at a guess.
    let stranger = Line { line_no: 99, ..lines[0] };
    assert_eq!(other.reason(stranger), "NOT_ORDERED");
}

#[test]
fn incremental_runs_continue_where_the_counter_stood() {
    let tiers = [(dec!(0), dec!(0.10)), (dec!(1000), dec!(0.12))];
    for mode in [TierMode::Marginal, TierMode::Retroactive] {
        let model = tiered(mode, units(), &tiers);
        let mut world = World::new(vec![simple(model.clone())]);
        let lines = sales(&mut world, &[(dec!(900), 900), (dec!(250), 200), (dec!(-400), -400), (dec!(800), 800)]);
        let at_once: Decimal = pays(&world.ordered(&lines), &lines).iter().sum();
        let (first, second) = lines.split_at(2);
        let world = World::new(vec![simple(model.clone())]).ordered(first);
        let earlier: Decimal = pays(&world, first).iter().sum();
        let counters = world.rules.closing_counters(ContractId(uuid(1)), &world.names);
        let open = OpenContract { counters, ..OpenContract::new(ContractId(uuid(1))) };
        let opening = OpeningState { contracts: vec![open], ..OpeningState::default() };
        let compiled = rules(vec![simple(model)]).compile(&Rates::default(), &scope()).unwrap().opening(&opening);
        let names = compiled.interner();
        let world = World { rules: compiled, names }.ordered(second);
        let later: Decimal = pays(&world, second).iter().sum();
        assert_eq!(earlier + later, at_once, "{mode:?}");
    }
}

#[test]
fn a_retroactive_rate_reaches_back_to_the_first_unit() {
    // 10 %, from 1,000 units on 12 % of everything: 900 × 10 % = 90; then 200 × 12 % = 24 and 900 × 2 % = 18 more.
    // All in all 1,100 × 12 % = 132.
    let model = tiered(TierMode::Retroactive, units(), &[(dec!(0), dec!(0.10)), (dec!(1000), dec!(0.12))]);
    let mut world = World::new(vec![simple(model)]);
    let lines = sales(&mut world, &[(dec!(900), 900), (dec!(200), 200), (dec!(-200), -200)]);
    let world = world.ordered(&lines);
    // The return takes it back: −200 × 10 % (below the threshold again) and (900 + 200) × −2 % = −22.
    assert_eq!(pays(&world, &lines), [dec!(90), dec!(24), dec!(18), dec!(-20), dec!(-22)]);
}

#[test]
fn free_goods_never_count_and_tiers_may_pay_per_unit() {
    // 1,000 units, 150 given away: 850 bear royalty. 0.50 each up to 800, 0.60 above: 400 + 50 × 0.60 = 430.
    let per_unit = |from, amount| Tier { from, to: None, rate: TierRate::PerUnit { amount, currency: cur("USD") } };
    let mut contract = simple(Model::Tiered {
        base: Base::Net,
        counter: units(),
        mode: TierMode::Marginal,
        tiers: vec![per_unit(dec!(0), dec!(0.5)), per_unit(dec!(800), dec!(0.6))],
    });
    contract.versions[0].terms[0].physical =
        Some(Physical { packaging: ratio(dec!(0)), free_goods: Some(FreeGoods::Actual), net_sales: ratio(dec!(1)) });
    let mut world = World::new(vec![contract]);
    let mut line = world.line(dec!(0), 1000);
    line.details.free_units = 150;
    let world = world.ordered(&[line]);
    assert_eq!(pays(&world, &[line]), [dec!(400), dec!(30)]);
}

#[test]
fn physical_deductions_compose() {
    // Retail 10.00, packaging 25 %, 1,000 units, free goods 15 %, 90 % of net sales, 20 %:
    // 10 × 0.75 × 1,000 × 0.85 × 0.9 × 0.2 = 1,147.50
    let mut contract = simple(percent(Base::Retail, dec!(0.2)));
    contract.versions[0].terms[0].physical = Some(Physical {
        packaging: ratio(dec!(0.25)),
        free_goods: Some(FreeGoods::Fixed { ratio: ratio(dec!(0.15)) }),
        net_sales: ratio(dec!(0.9)),
    });
    let mut world = World::new(vec![contract]);
    let mut line = world.line(dec!(6000), 1000);
    line.details.retail = Some(dec!(10));
    assert_eq!(pays(&world, &[line]), [dec!(1147.5)]);
    line.details.retail = None;
    assert_eq!(world.reason(line), "MISSING_PRICE");
}

#[test]
fn prices_come_from_dated_tables() {
    let price = |amount, category: Option<&str>, from: &str, territories| Price {
        kind: PriceKind::Ppd,
        amount,
        currency: cur("USD"),
        scope: ItemScope::All,
        category: category.map(Into::into),
        configuration: None,
        territories,
        valid_from: Some(day(from)),
        valid_to: None,
    };
    let mut rules = rules(vec![simple(percent(Base::Ppd, dec!(0.25)))]);
    rules.territory_groups = vec![
        TerritoryGroup { name: "NA".into(), territories: vec![place("US")], groups: vec!["NORTH".into()] },
        TerritoryGroup { name: "NORTH".into(), territories: vec![place("CA")], groups: vec![] },
    ];
    rules.prices = vec![
        price(dec!(8), None, "2020-01-01", TerritorySet::world()),
        price(dec!(6), Some("MID"), "2020-01-01", TerritorySet::world()),
        price(dec!(10), None, "2020-01-01", TerritorySet::group("NA")),
    ];
    rules.prices[0].valid_to = Some(day("2024-12-31"));
    let mut world = World::with(&rules, &Rates::default());
    // 4 units × 10 × 25 % = 10 in North America, × 8 elsewhere, × 6 at mid price.
    let line = world.line(dec!(1), 4);
    let mid = world.names.price_category("MID");
    let at = |territory: &str, category| {
        let mut line = Line { territory: place(territory), ..line };
        line.details.price_category = category;
        line
    };
    assert_eq!(pays(&world, &[at("CA", None), at("FR", None), at("FR", Some(mid))]), [dec!(10), dec!(8), dec!(6)]);
    let late = Line { sale_date: day("2025-01-01"), ..at("FR", None) };
    assert_eq!(world.reason(late), "MISSING_PRICE");
}

#[test]
fn at_source_undoes_the_chain() {
    // $100 earned abroad, the sub-publisher keeps 25 %, the writer's share is 75 %: at source 75, receipts 56.25.
    let chain = SourceChain {
        name: "France".into(),
        platforms: vec![],
        territories: TerritorySet::only([place("FR")]),
        valid_from: None,
        valid_to: None,
        hops: vec![Hop { name: "Sub".into(), kept: ratio(dec!(0.25)) }],
    };
    for (base, expected) in [(Base::AtSource, dec!(75)), (Base::Net, dec!(56.25))] {
        let mut rules = rules(vec![simple(percent(base, dec!(0.75)))]);
        rules.source_chains = vec![chain.clone()];
        let mut world = World::with(&rules, &Rates::default());
        let line = Line { territory: place("FR"), ..world.line(dec!(75), 1) };
        assert_eq!(pays(&world, &[line]), [expected], "{base:?}");
        let mut stated = line;
        stated.amount = dec!(60);
        stated.details.source_amount = Some(dec!(100));
        let expected = if base == Base::Net { dec!(45) } else { dec!(75) };
        assert_eq!(pays(&world, &[stated]), [expected], "a stated source wins");
    }
}

#[test]
fn controlled_compositions_are_capped_per_release() {
    // 75 % of 9.1 ¢ = 6.825 ¢; twelve tracks and a cap of ten: each 6.825 × 10 / 12 = 5.6875 ¢.
    let statutory = |cap| Model::Statutory {
        table: "US".into(),
        ratio: ratio(dec!(0.75)),
        minimum_only: false,
        rate_date: None,
        release_cap_tracks: cap,
    };
    let with = |cap| {
        let mut rules = rules(vec![simple(statutory(cap))]);
        rules.statutory_rates = vec![
            StatutoryRate {
                table: "US".into(),
                valid_from: day("2006-01-01"),
                currency: cur("USD"),
                minimum: dec!(0.091),
                per_minute: Some(dec!(0.0175)),
                long_after_minutes: 5,
            },
            StatutoryRate {
                table: "US".into(),
                valid_from: day("2024-01-01"),
                currency: cur("USD"),
                minimum: dec!(0.124),
                per_minute: Some(dec!(0.0239)),
                long_after_minutes: 5,
            },
        ];
        World::with(&rules, &Rates::default())
    };
    let mut world = with(None);
    let mut line = Line { sale_date: day("2020-05-05"), ..world.line(dec!(10), 1) };
    assert_eq!(pays(&world, &[line]), [dec!(0.06825)]);
    // In 2024 a recording of 6:01 counts seven minutes: 7 × 2.39 = 16.73 ¢, three quarters 12.5475 ¢.
    line.sale_date = day("2024-05-05");
    line.details.duration_seconds = Some(361);
    assert_eq!(pays(&world, &[line]), [dec!(0.125475)]);
    line.details.duration_seconds = Some(300);
    assert_eq!(pays(&world, &[line]), [dec!(0.093)]);
    let mut world = with(Some(10));
    let mut line = Line { sale_date: day("2020-05-05"), ..world.line(dec!(10), 1) };
    assert_eq!(world.reason(line), "MISSING_INPUT", "how many tracks?");
    line.details.track_count = Some(12);
    assert_eq!(pays(&world, &[line]), [dec!(0.056875)]);
    line.sale_date = day("1999-05-05");
    let mut old = world;
    line.item = old.names.item(recording(1));
    assert_eq!(old.reason(line), "INACTIVE_CONTRACT");
}

#[test]
fn formulas_and_hybrids() {
    let formula = |text: &str| Model::Formula { expression: text.into(), currency: None };
    let mut contract = simple(formula("if(units > 100, net * 0.3, net * 0.25)"));
    contract.versions[0].participations[0].ratio = ratio(dec!(0.5));
    let mut world = World::new(vec![contract]);
    // (1,000 × 0.25) × 0.5 = 125 and (1,000 × 0.3) × 0.5 = 150
    let lines = sales(&mut world, &[(dec!(1000), 100), (dec!(1000), 101)]);
    assert_eq!(pays(&world, &lines), [dec!(125), dec!(150)]);
    let mut world = World::new(vec![simple(formula("net / units"))]);
    let line = world.line(dec!(1000), 0);
    assert_eq!(world.reason(line), "FORMULA_FAILED");
    let mut world = World::new(vec![simple(formula("gross * 0.1"))]);
    let line = world.line(dec!(1000), 0);
    assert_eq!(world.reason(line), "MISSING_INPUT");

    // The greater of 10 % of net and 0.50 a unit: 1,000 and 100 units: 100 against 50; 300 units: 150.
    let hybrid = |choice| Model::Hybrid {
        choice,
        models: vec![percent(Base::Net, dec!(0.1)), Model::PerUnit { amount: dec!(0.5), currency: cur("USD") }],
    };
    for (choice, first, second, reversed) in [
        (HybridChoice::GreaterOf, dec!(100), dec!(150), dec!(-150)),
        (HybridChoice::LesserOf, dec!(50), dec!(100), dec!(-100)),
        (HybridChoice::FirstApplicable, dec!(100), dec!(100), dec!(-100)),
    ] {
        let mut world = World::new(vec![simple(hybrid(choice))]);
        let lines = sales(&mut world, &[(dec!(1000), 100), (dec!(1000), 300), (dec!(-1000), -300)]);
        assert_eq!(pays(&world, &lines), [first, second, reversed], "{choice:?}");
    }
    let mut world = World::new(vec![simple(hybrid(HybridChoice::SumOf))]);
    let line = world.line(dec!(1000), 100);
    assert_eq!(pays(&world, &[line]), [dec!(100), dec!(50)]);
    let first = Model::Hybrid {
        choice: HybridChoice::FirstApplicable,
        models: vec![percent(Base::Gross, dec!(0.1)), percent(Base::Net, dec!(0.2))],
    };
    let mut world = World::new(vec![simple(first)]);
    let line = world.line(dec!(1000), 100);
    assert_eq!(pays(&world, &[line]), [dec!(200)], "the line has no gross");
}

#[test]
fn a_return_is_never_negated_twice() {
    let mut world = World::new(vec![simple(percent(Base::Net, dec!(0.25)))]);
    let mut line = world.line(dec!(100), 10);
    line.details.is_return = true;
    assert_eq!(pays(&world, &[line]), [dec!(-25)]);
    line.amount = dec!(-100);
    line.units = -10;
    assert_eq!(pays(&world, &[line]), [dec!(-25)]);
    assert_eq!(world.pay(&[line]).summary.account(0).units, -10);
}

fn step(n: u128, name: &str, stage: WaterfallStage, amount: StepAmount) -> WaterfallStep {
    WaterfallStep {
        id: SplitId(uuid(n)),
        name: name.into(),
        stage,
        amount,
        cap_per_period: None,
        cap: None,
        until_recouped: false,
        recipient: None,
        territories: TerritorySet::world(),
        configurations: vec![],
        revenue_types: vec![],
    }
}

fn part(value: Decimal, of: StepBase) -> StepAmount {
    StepAmount::Percentage { ratio: ratio(value), of }
}

#[test]
fn a_waterfall_of_every_stage() {
    // 1,000 comes in. Distribution fee 20 % off the top: 800. Half of it is the royalty: 400.
    // A manager gets 15 % of the royalty before the split: 60, leaving 340 for two payees, 170 each.
    // Out of payee 2's share a lawyer gets 10 %: 17, leaving 153. The scout gets 5 % of the distribution fee of 200: 10.
    let mut contract = simple(percent(Base::Net, dec!(0.5)));
    contract.versions[0].splits = vec![payee(1, dec!(0.5)), payee(2, dec!(0.5))];
    contract.versions[0].waterfall = vec![
        step(101, "distribution", WaterfallStage::OffTheTop, part(dec!(0.2), StepBase::Receipts)),
        WaterfallStep {
            recipient: Some(party(30)),
            ..step(102, "manager", WaterfallStage::BeforeSplit, part(dec!(0.15), StepBase::Royalty))
        },
        WaterfallStep {
            recipient: Some(party(40)),
            ..step(
                103,
                "lawyer",
                WaterfallStage::AfterSplit { party_id: party(2) },
                part(dec!(0.1), StepBase::Remaining),
            )
        },
        WaterfallStep {
            recipient: Some(party(50)),
            ..step(
                104,
                "scout",
                WaterfallStage::FromFee { step: "distribution".into() },
                part(dec!(0.05), StepBase::Receipts),
            )
        },
    ];
    let mut world = World::new(vec![contract]);
    let line = world.line(dec!(1000), 1);
    assert_eq!(world.amounts(line), [(1, dec!(170)), (2, dec!(153)), (30, dec!(60)), (40, dec!(17)), (50, dec!(10))]);
    pays(&world, &[line]);
    // 1,000 = 410 to parties + 590 kept.
    assert_eq!(world.pay(&[line]).totals.currencies[&cur("USD")].margin.to_decimal(), Some(dec!(590)));
    let reversal = Line { amount: dec!(-1000), units: -1, ..line };
    assert_eq!(pays(&world, &[reversal]).iter().sum::<Decimal>(), dec!(-410));
}

#[test]
fn caps_end_a_step() {
    // A lender gets everything off the top until 500 are paid; then the artist's 50 % begins to flow.
    // 300 → 300 to the lender; 400 → 200 to the lender, 200 × 50 % = 100; 100 → 50. A return of 100 reverses the last.
    let mut contract = simple(percent(Base::Net, dec!(0.5)));
    contract.versions[0].waterfall = vec![WaterfallStep {
        cap: Some(dec!(500)),
        recipient: Some(party(9)),
        ..step(101, "lender", WaterfallStage::OffTheTop, part(dec!(1), StepBase::Remaining))
    }];
    let mut world = World::new(vec![contract.clone()]);
    let lines = sales(&mut world, &[(dec!(300), 1), (dec!(400), 1), (dec!(100), 1), (dec!(-100), -1)]);
    let world = world.ordered(&lines);
    let expected = [dec!(0), dec!(300), dec!(100), dec!(200), dec!(50), dec!(0), dec!(-50), dec!(0)];
    assert_eq!(pays(&world, &lines), expected);
    let steps = world.rules.closing_steps(ContractId(uuid(1)));
    assert_eq!((steps[0].taken, steps[0].taken_in_period), (dec!(500), dec!(500)));
    // The next month begins with the cap used up.
    let open = OpenContract {
        steps: vec![OpenStep { name: "lender".into(), taken_in_period: dec!(0), taken: dec!(500) }],
        ..OpenContract::new(ContractId(uuid(1)))
    };
    let opening = OpeningState { contracts: vec![open], ..OpeningState::default() };
    let compiled = rules(vec![contract]).compile(&Rates::default(), &scope()).unwrap().opening(&opening);
    let names = compiled.interner();
    let world = World { rules: compiled, names }.ordered(&lines[..1]);
    assert_eq!(pays(&world, &lines[..1]), [dec!(150), dec!(0)]);
}

#[test]
fn flat_steps_and_steps_until_recouped() {
    // A flat 2 per line and 0.10 per unit before the split; 30 % off the top only while something is unrecouped.
    let mut contract = simple(percent(Base::Net, dec!(0.5)));
    contract.versions[0].waterfall = vec![
        WaterfallStep {
            until_recouped: true,
            ..step(101, "high fee", WaterfallStage::OffTheTop, part(dec!(0.3), StepBase::Receipts))
        },
        step(102, "handling", WaterfallStage::BeforeSplit, StepAmount::PerLine { amount: dec!(2) }),
        step(103, "shipping", WaterfallStage::BeforeSplit, StepAmount::PerUnit { amount: dec!(0.1) }),
    ];
    // 100 × 0.5 = 50 − 2 − 20 × 0.10 = 46
    let mut world = World::new(vec![contract.clone()]);
    let lines = sales(&mut world, &[(dec!(100), 20), (dec!(-100), -20), (dec!(1), 0)]);
    assert_eq!(pays(&world, &lines), [dec!(46), dec!(-46), dec!(0)], "never more than there is");
    let open = OpenContract {
        advances: vec![OpenAdvance::new(AdvanceId(uuid(1)), day("2024-01-01"), dec!(1))],
        ..OpenContract::new(ContractId(uuid(1)))
    };
    let opening = OpeningState { contracts: vec![open], ..OpeningState::default() };
    let compiled = rules(vec![contract]).compile(&Rates::default(), &scope()).unwrap().opening(&opening);
    let names = compiled.interner();
    let world = World { rules: compiled, names };
    // 100 − 30 = 70; × 0.5 = 35 − 4 = 31
    assert_eq!(pays(&world, &lines[..1]), [dec!(31)]);
}

#[test]
fn releases_are_shared_over_their_tracks() {
    // An album of three tracks is sold for 10. The producer takes part in track 2 only: 10 × 1/3 × 3 % = 0.1.
    // The artist's contract names the album: the whole of it, once.
    let album = ItemKey { kind: ItemKind::Release, id: uuid(500) };
    let mut artist = simple(percent(Base::Net, dec!(0.5)));
    artist.versions[0].participations[0].scope = ItemScope::Item(album);
    let mut producer = simple(percent(Base::Net, dec!(0.03)));
    producer.id = ContractId(uuid(2));
    producer.versions[0].id = ContractVersionId(uuid(2));
    producer.versions[0].participations[0].id = ParticipationId(uuid(2));
    producer.versions[0].participations[0].scope = ItemScope::Item(recording(2));
    producer.versions[0].terms[0].id = TermId(uuid(2));
    producer.versions[0].splits = vec![payee(2, dec!(1))];
    let mut rules = rules(vec![artist, producer]);
    let track = |n| Track { item: recording(n), weight: 1, duration_seconds: None, controlled: true };
    rules.releases = vec![Release { item: album, tracks: vec![track(1), track(2), track(3)] }];
    let mut world = World::with(&rules, &Rates::default());
    let item = world.names.item(album);
    let line = Line { item, revenue_type: RevenueType::Physical, ..world.line(dec!(10), 1) };
    // 10 in thirds of 18 places: 3.333…334, 3.333…333, 3.333…333.
    assert_eq!(pays(&world, &[line]), [dec!(5), dec!(0.1)]);
    let alone = Line { item: world.names.item(recording(2)), ..line };
    assert_eq!(world.amounts(alone), [(2, dec!(0.3))]);
}

#[test]
fn whole_file_charges_come_off_every_line_and_show() {
    // A tax of 10 on a file of 30 + 70: 3 and 7. 25 % of 27 and of 63.
    let mut scope = scope();
    scope.reports[0].charges =
        vec![Charge { name: "withholding".into(), kind: ChargeKind::Tax, amount: dec!(10), currency: cur("USD") }];
    let compiled = rules(vec![simple(percent(Base::Net, dec!(0.25)))]).compile(&Rates::default(), &scope).unwrap();
    let names = compiled.interner();
    let mut world = World { rules: compiled, names };
    let lines = sales(&mut world, &[(dec!(30), 1), (dec!(70), 1)]);
    let world = world.ordered(&lines);
    assert_eq!(pays(&world, &lines), [dec!(6.75), dec!(15.75)]);
    let totals = world.pay(&lines).totals.currencies[&cur("USD")];
    assert_eq!((totals.charges.to_decimal(), totals.margin.to_decimal()), (Some(dec!(10)), Some(dec!(67.5))));
    // Thirds: 10 over three lines of 1 gives 3.33…4, 3.33…3, 3.33…3: 10 exactly.
    let mut world = world;
    let lines = sales(&mut world, &[(dec!(1), 1), (dec!(1), 1), (dec!(1), 1)]);
    let world = world.ordered(&lines);
    assert_eq!(world.pay(&lines).totals.currencies[&cur("USD")].charges.to_decimal(), Some(dec!(10)));
}

#[test]
fn rate_cards_give_way_to_the_contract() {
    let card = |name: &str, level, extends: Option<&str>, n, rate, matches| RateCard {
        name: name.into(),
        level,
        extends: extends.map(Into::into),
        terms: vec![Term { matches, ..term(n, percent(Base::Net, rate)) }],
    };
    let stream = TermMatch { revenue_types: vec![RevenueType::Stream], ..TermMatch::default() };
    let mut contract = simple(percent(Base::Net, dec!(0.5)));
    contract.versions[0].rate_cards = vec!["label".into()];
    let mut rules = rules(vec![contract]);
    rules.rate_cards = vec![
        card("house", TermLevel::Tenant, None, 10, dec!(0.1), TermMatch::default()),
        card("label", TermLevel::Organisation, Some("house"), 11, dec!(0.3), stream),
    ];
    let mut world = World::with(&rules, &Rates::default());
    // Streams: the label's card is more specific than the contract's general term. Downloads: the contract's term
    // and the house's are equally general, and the contract's wins.
    let line = world.line(dec!(100), 1);
    assert_eq!(world.amounts(line), [(1, dec!(30))]);
    assert_eq!(world.amounts(Line { revenue_type: RevenueType::Download, ..line }), [(1, dec!(50))]);
    let row = world.pay(&[Line { revenue_type: RevenueType::Download, ..line }]).rows[0];
    assert_eq!(world.rules.ids(&row).unwrap().runner_up_id, Some(TermId(uuid(10))));
}

#[test]
fn a_period_may_be_one_of_receipt_dates() {
    // The report was received on 15 April: a step from 1 April on applies although the sale was in March.
    let mut contract = simple(percent(Base::Net, dec!(0.1)));
    let matches =
        TermMatch { period_of: DateBasis::Receipt, valid_from: Some(day("2024-04-01")), ..TermMatch::default() };
    contract.versions[0].terms.push(Term { matches, ..term(2, percent(Base::Net, dec!(0.2))) });
    let mut world = World::new(vec![contract]);
    let line = world.line(dec!(100), 1);
    assert_eq!(world.amounts(line), [(1, dec!(20))]);
}
