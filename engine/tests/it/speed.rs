//! How fast lines are computed: run by hand, `cargo test -p engine --test it speed -- --ignored --nocapture`.

#![allow(clippy::print_stdout, reason = "a measurement by hand tells what it measured")]

use std::time::Duration;

use engine::model::*;
use kernel::codes::RevenueType;
use kernel::ids::*;
use rust_decimal::Decimal;
use rust_decimal_macros::dec;

use crate::world::*;

const LINES: u64 = 1_000_000;
const ITEMS: u128 = 2_000;

/// Contracts that each take part in some of the items, with three payees.
fn deals(model: impl Fn(u128) -> Model, steps: &[WaterfallStep]) -> Vec<Contract> {
    (1..=200u128)
        .map(|n| {
            let claims = (0..ITEMS / 200)
                .map(|item| takes_part(n * 1000 + item, ItemScope::Item(recording((n - 1) * 10 + item)), dec!(1)))
                .collect();
            let splits = vec![payee(n * 10 + 1, dec!(0.5)), payee(n * 10 + 2, dec!(0.3)), payee(n * 10 + 3, dec!(0.2))];
            let mut abroad = term(n * 10 + 2, model(n));
            abroad.matches.territories = TerritorySet::only([place("GB"), place("DE")]);
            let mut version = version(n, claims, vec![term(n * 10 + 1, model(n)), abroad], splits);
            version.waterfall = steps.to_vec();
            contract(n, "USD", version)
        })
        .collect()
}

fn lines(world: &mut World) -> Vec<Line> {
    let first = world.line(dec!(1), 1);
    let items: Vec<ItemRef> = (0..ITEMS).map(|n| world.names.item(recording(n))).collect();
    let places = ["US", "GB", "DE", "FR", "JP"].map(place);
    let mut seed = 1u64;
    (0..LINES)
        .map(|n| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let random = seed >> 33;
            Line {
                line_no: n,
                item: items[usize::try_from(random % 2000).unwrap()],
                territory: places[usize::try_from(random % 5).unwrap()],
                currency: cur(if random.is_multiple_of(7) { "EUR" } else { "USD" }),
                amount: Decimal::new(i64::try_from(random % 1_000_000).unwrap(), 8),
                units: i64::try_from(random % 100).unwrap(),
                revenue_type: if random.is_multiple_of(3) { RevenueType::Download } else { RevenueType::Stream },
                ..first
            }
        })
        .collect()
}

/// Time on a processor of this thread (Linux): other work on the machine does not count.
fn on_cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(stat.split(' ').next().unwrap().parse().unwrap())
}

fn measure(name: &str, contracts: Vec<Contract>) {
    let rates = Rates::new(vec![rate(1, "EUR", "USD", "2024-03-29", dec!(1.0811))], None);
    let mut world = World::with(&rules(contracts), &rates);
    let lines = lines(&mut world);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    pool.install(|| {
        let start = on_cpu();
        let world = world.ordered(&lines);
        let ordered = on_cpu() - start;
        let mut best = Duration::MAX;
        let mut rows = 0;
        for _ in 0..5 {
            let start = on_cpu();
            rows = 0;
            for batch in lines.chunks(40_000) {
                rows += world.rules.compute(batch).rows.len();
            }
            best = best.min(on_cpu() - start);
        }
        let rate = |time: Duration| rows as u128 * 1_000_000_000 / time.as_nanos().max(1);
        println!(
            "{name}: {rows} rows, {} rows/s a core ({} with the order found first, {ordered:?})",
            rate(best),
            rate(best + ordered),
        );
    });
}

#[test]
#[ignore = "a measurement"]
fn percentages_with_three_payees() {
    measure("percentages", deals(|n| percent(Base::Net, Decimal::new(i64::try_from(n % 40 + 10).unwrap(), 2)), &[]));
}

#[test]
#[ignore = "a measurement"]
fn tiers_with_a_waterfall_of_three_steps() {
    let part = |ratio_of: Decimal, of| StepAmount::Percentage { ratio: ratio(ratio_of), of };
    let step = |n, name: &str, stage, amount| WaterfallStep {
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
    };
    let steps = [
        step(9001, "fee", WaterfallStage::OffTheTop, part(dec!(0.15), StepBase::Receipts)),
        step(9002, "marketing", WaterfallStage::OffTheTop, part(dec!(0.05), StepBase::Remaining)),
        step(9003, "manager", WaterfallStage::BeforeSplit, part(dec!(0.1), StepBase::Royalty)),
    ];
    let tier = |from, rate| Tier { from, to: None, rate: TierRate::Percentage { rate: ratio(rate) } };
    let model = |_| Model::Tiered {
        base: Base::Net,
        counter: Counter {
            name: Some("units".into()),
            measure: CounterMeasure::Units,
            per: CounterScope::Contract,
            territories: TerritorySet::world(),
            opening: dec!(0),
        },
        mode: TierMode::Marginal,
        tiers: vec![tier(dec!(0), dec!(0.1)), tier(dec!(50000), dec!(0.12)), tier(dec!(100000), dec!(0.15))],
    };
    measure("tiers and a waterfall", deals(model, &steps));
}
