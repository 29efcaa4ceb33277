//! What must hold for every input where the order of lines counts: tiers, caps, charges, releases.

use engine::model::*;
use kernel::codes::ItemKind;
use kernel::ids::*;
use proptest::prelude::*;
use rust_decimal::Decimal;
use rust_decimal_macros::dec;

use crate::world::*;

fn steps(cap: i64) -> Vec<WaterfallStep> {
    let step = |n, name: &str, stage, ratio_of, of| WaterfallStep {
        id: SplitId(uuid(n)),
        name: name.into(),
        stage,
        amount: StepAmount::Percentage { ratio: ratio(ratio_of), of },
        cap_per_period: None,
        cap: None,
        until_recouped: false,
        recipient: Some(party(n)),
        territories: TerritorySet::world(),
        configurations: vec![],
        revenue_types: vec![],
    };
    let mut first = step(901, "lender", WaterfallStage::OffTheTop, dec!(0.4), StepBase::Receipts);
    first.cap = Some(Decimal::new(cap, 2));
    let mut second = step(902, "manager", WaterfallStage::BeforeSplit, dec!(0.15), StepBase::Remaining);
    second.cap_per_period = Some(Decimal::new(cap / 3, 2));
    let third =
        step(903, "lawyer", WaterfallStage::AfterSplit { party_id: party(1) }, dec!(0.0333), StepBase::Remaining);
    vec![first, second, third]
}

fn tiers(mode: TierMode, per: CounterScope, measure: CounterMeasure, threshold: i64) -> Model {
    let tier = |from: i64, rate| Tier {
        from: Decimal::new(from, 3),
        to: None,
        rate: TierRate::Percentage { rate: ratio(rate) },
    };
    Model::Tiered {
        base: Base::Net,
        counter: Counter {
            name: Some("sales".into()),
            measure,
            per,
            territories: TerritorySet::world_except([place("JP")]),
            opening: dec!(0),
        },
        mode,
        tiers: vec![tier(0, dec!(0.1)), tier(threshold, dec!(0.1234)), tier(threshold * 2 + 1, dec!(0.2))],
    }
}

#[derive(Debug, Clone)]
struct Raw {
    item: u128,
    amount: i64,
    units: i64,
    place: usize,
    day: u32,
    foreign: bool,
}

prop_compose! {
    fn raw()(item in 1u128..5, amount in -200_000_000i64..1_000_000_000, units in -50i64..300, place in 0usize..3,
             day in 1u32..28, foreign in any::<bool>()) -> Raw {
        Raw { item, amount, units, place, day, foreign }
    }
}

fn rates() -> Rates {
    Rates::new(vec![rate(1, "EUR", "USD", "2024-03-29", dec!(1.0811))], None)
}

fn album() -> ItemKey {
    ItemKey { kind: ItemKind::Release, id: uuid(500) }
}

/// Item 4 is the album of items 1 to 3.
fn lines(world: &mut World, raw: &[Raw]) -> Vec<Line> {
    raw.iter()
        .zip(1u64..)
        .map(|(raw, line_no)| Line {
            line_no,
            item: world.names.item(if raw.item == 4 { album() } else { recording(raw.item) }),
            territory: place(["US", "GB", "JP"][raw.place]),
            currency: cur(if raw.foreign { "EUR" } else { "USD" }),
            sale_date: chrono::NaiveDate::from_ymd_opt(2024, 3, raw.day).unwrap(),
            ..world.line(Decimal::new(raw.amount, 6), raw.units)
        })
        .collect()
}

fn rules_of(model: Model, cap: i64) -> Rules {
    let is_retroactive = matches!(model, Model::Tiered { mode: TierMode::Retroactive, .. });
    let mut contract = simple(model);
    contract.versions[0].participations[0].scope = ItemScope::All;
    contract.versions[0].splits = vec![payee(1, dec!(0.7)), payee(2, dec!(0.3))];
    contract.versions[0].waterfall = steps(cap);
    if is_retroactive {
        // A cap before retroactive tiers is refused.
        contract.versions[0].waterfall[0].cap = None;
    }
    let mut producer = simple(percent(Base::Net, dec!(0.03)));
    producer.id = ContractId(uuid(2));
    producer.versions[0].id = ContractVersionId(uuid(2));
    producer.versions[0].participations[0] = takes_part(2, ItemScope::Item(recording(2)), dec!(1));
    producer.versions[0].terms[0].id = TermId(uuid(2));
    let mut rules = rules(vec![contract, producer]);
    let track = |n, weight| Track { item: recording(n), weight, duration_seconds: None, controlled: true };
    rules.releases = vec![Release { item: album(), tracks: vec![track(1, 3), track(2, 4), track(3, 0)] }];
    rules
}

fn scope_with(charge: i64) -> Scope {
    let mut scope = scope();
    scope.reports[0].charges = vec![Charge {
        name: "tax".into(),
        kind: ChargeKind::Tax,
        amount: Decimal::new(charge, 4),
        currency: cur("USD"),
    }];
    scope
}

fn compiled(rules: &Rules, scope: &Scope) -> World {
    let rules = rules.compile(&rates(), scope).unwrap();
    let names = rules.interner();
    World { rules, names }
}

fn model() -> impl Strategy<Value = Model> {
    let mode = prop_oneof![Just(TierMode::Marginal), Just(TierMode::Retroactive)];
    let per = prop_oneof![Just(CounterScope::Contract), Just(CounterScope::Release), Just(CounterScope::Item)];
    let measure = prop_oneof![Just(CounterMeasure::Units), Just(CounterMeasure::Net)];
    (mode, per, measure, 1i64..400_000).prop_map(|(mode, per, measure, threshold)| tiers(mode, per, measure, threshold))
}

#[test]
fn a_cap_before_retroactive_tiers_is_refused() {
    let mut rules = rules_of(tiers(TierMode::Retroactive, CounterScope::Contract, CounterMeasure::Units, 1000), 500);
    rules.contracts[0].versions[0].waterfall[0].cap = Some(dec!(5));
    let refused = rules.compile(&rates(), &scope()).unwrap_err();
    let codes: Vec<_> = refused.findings.iter().map(|finding| finding.code.to_string()).collect();
    assert_eq!(codes, ["CAP_BEFORE_RETROACTIVE"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::period::cases(10_000)))]

    /// Neither the order in which lines come nor the cut into batches changes anything; nothing is lost; every amount
    /// has its explanation.
    #[test]
    fn the_order_found_is_the_same(
        model in model(),
        cap in 0i64..2_000_000,
        charge in -50_000i64..50_000,
        (raw, order) in proptest::collection::vec(raw(), 1..14)
            .prop_flat_map(|raw| { let order: Vec<usize> = (0..raw.len()).collect(); (Just(raw), Just(order).prop_shuffle()) }),
    ) {
        let (rules, scope) = (rules_of(model, cap), scope_with(charge));
        let mut forward = compiled(&rules, &scope);
        let lines = lines(&mut forward, &raw);
        let forward = forward.ordered(&lines);
        let whole = forward.pay(&lines);
        for row in &whole.rows {
            let explained = forward.rules.explain(&forward.names, &lines[row.line as usize], row);
            prop_assert!(explained.is_ok(), "{explained:?} {row:?}");
        }
        let shuffled: Vec<Line> = order.iter().map(|index| lines[*index]).collect();
        let mut again = compiled(&rules, &scope);
        again.names = forward.names.clone();
        let mut order = again.rules.ordering();
        while order.is_open() {
            for batch in shuffled.chunks(3) {
                order.note(&again.rules, batch);
            }
            order.end_pass(&again.rules);
        }
        let again = World { rules: again.rules.ordered(order), names: again.names };
        let parts = again.pay(&shuffled);
        prop_assert_eq!(&whole.totals, &parts.totals);
        prop_assert_eq!(
            forward.rules.digest(&lines, &whole).finish(),
            again.rules.digest(&shuffled, &parts).finish()
        );
        let id = ContractId(uuid(1));
        prop_assert_eq!(
            forward.rules.closing_counters(id, &forward.names),
            again.rules.closing_counters(id, &again.names)
        );
        prop_assert_eq!(forward.rules.closing_steps(id), again.rules.closing_steps(id));
        prop_assert!(again.rules.closing_steps(id).iter().all(|step| step.taken <= Decimal::new(cap, 2)));
    }

    /// Reversing every line after the last restores every counter and every cap, and every sum of marginal tiers.
    #[test]
    fn reversing_everything_restores_everything(model in model(), cap in 0i64..2_000_000, raw in proptest::collection::vec(raw(), 1..10)) {
        let is_retroactive = matches!(model, Model::Tiered { mode: TierMode::Retroactive, .. });
        let rules = rules_of(model, cap);
        let mut world = compiled(&rules, &scope());
        let mut lines = lines(&mut world, &raw);
        // Backwards, so that the counter walks back the way it came.
        let count = lines.len() as u64;
        let mut sorted: Vec<Line> = lines.clone();
        sorted.sort_by_key(|line| (line.sale_date, line.line_no));
        for (n, line) in (0u64..).zip(sorted.iter().rev()) {
            lines.push(Line {
                line_no: count + 1 + n,
                sale_date: chrono::NaiveDate::from_ymd_opt(2024, 3, 30).unwrap(),
                amount: -line.amount,
                units: -line.units,
                ..*line
            });
        }
        let world = world.ordered(&lines);
        let outcome = world.pay(&lines);
        prop_assert!(outcome.suspense.is_empty());
        let id = ContractId(uuid(1));
        for counter in world.rules.closing_counters(id, &world.names) {
            prop_assert_eq!(counter.value, Decimal::ZERO);
            prop_assert_eq!(counter.accrued, Decimal::ZERO);
        }
        // A cap counts every part of a line at twelve places; a retroactive rate is paid in other parts than it is
        // given back in.
        let left = if is_retroactive { Decimal::from(4 * count) * Decimal::new(1, 12) } else { Decimal::ZERO };
        for step in world.rules.closing_steps(id) {
            prop_assert!(step.taken.abs() <= left, "{} of {left}", step.taken);
        }
        // What a cap or a straddled tier cuts is rounded at the eighteenth place of either way.
        for account in 0..u32::try_from(world.rules.accounts().len()).unwrap() {
            let cell = world.rules.accounts()[account as usize];
            let sum = outcome.summary.account(account).amount.0.abs();
            prop_assert!(sum <= 60 * count as i128, "{cell:?} {sum}");
        }
    }

    /// Tiers are monotone: with one more unit and one more cent nobody earns less.
    #[test]
    fn more_sales_never_earn_less(mode in prop_oneof![Just(TierMode::Marginal), Just(TierMode::Retroactive)], units in 0i64..2000, more in 1i64..500, threshold in 1i64..1_000_000) {
        let earned = |units: i64| {
            let mut world = World::new(vec![simple(tiers(mode, CounterScope::Contract, CounterMeasure::Units, threshold))]);
            let line = world.line(Decimal::from(units), units);
            let world = world.ordered(&[line]);
            world.pay(&[line]).rows.iter().map(|row| row.amount.0).sum::<i128>()
        };
        prop_assert!(earned(units + more) >= earned(units));
    }
}
