//! What must hold for every input.

use std::collections::BTreeMap;

use engine::model::*;
use engine::outcome::{Digest, Outcome, Summary, Totals};
use kernel::codes::RevenueType;
use proptest::prelude::*;
use rayon::ThreadPoolBuilder;
use rust_decimal::Decimal;
use rust_decimal_macros::dec;

use crate::world::*;

const TERRITORIES: [&str; 4] = ["US", "GB", "JP", "ZZ"];
const CURRENCIES: [&str; 4] = ["USD", "EUR", "JPY", "BHD"];

/// Ratios of a few parts that total exactly 1.
fn parts() -> impl Strategy<Value = Vec<Decimal>> {
    proptest::collection::vec(0u64..=1_000_000_000_000, 0..3).prop_map(|mut cuts| {
        cuts.push(0);
        cuts.push(1_000_000_000_000);
        cuts.sort_unstable();
        cuts.windows(2).map(|pair| Decimal::new((pair[1] - pair[0]).cast_signed(), 12)).collect()
    })
}

fn splits() -> impl Strategy<Value = Vec<SplitNode>> {
    (parts(), proptest::collection::vec(parts(), 4)).prop_map(|(top, below)| {
        let top = top.into_iter().zip(below).zip(1u128..);
        top.map(|((value, below), n)| {
            let nested = below.into_iter().zip(1u128..).map(|(value, m)| payee(n * 100 + m, value)).collect();
            shared(n, value, nested)
        })
        .collect()
    })
}

fn model() -> impl Strategy<Value = Model> {
    prop_oneof![
        (0i64..=1_000_000).prop_map(|rate| percent(Base::Net, Decimal::new(rate, 6))),
        (0i64..=100).prop_map(|rate| percent(Base::Gross, Decimal::new(rate, 2))),
        (0i64..1_000_000_000, 0usize..4).prop_map(|(amount, currency)| Model::PerUnit {
            amount: Decimal::new(amount, 9),
            currency: cur(CURRENCIES[currency]),
        }),
    ]
}

prop_compose! {
    fn contracts()(deals in proptest::collection::vec((model(), splits(), 0i64..=1000, 0usize..4, 0u128..4, any::<bool>()), 1..4)) -> Vec<Contract> {
        deals.into_iter().zip(1u128..).map(|((model, splits, share, currency, item, own), n)| {
            let scope = if item == 0 { ItemScope::All } else { ItemScope::Item(recording(item)) };
            let share = Decimal::new(share, 3);
            let participation = if own { owns(n, scope, share) } else { takes_part(n, scope, share) };
            let mut abroad = term(n * 10 + 1, percent(Base::Net, dec!(0.125)));
            abroad.matches.territories = TerritorySet::only([place("JP")]);
            let terms = vec![term(n * 10, model), abroad];
            contract(n, CURRENCIES[currency], version(n, vec![participation], terms, splits))
        }).collect()
    }
}

#[derive(Debug, Clone)]
struct Raw {
    item: u128,
    amount: i128,
    scale: u32,
    gross: Option<i64>,
    units: i64,
    territory: usize,
    currency: usize,
    kind: usize,
}

prop_compose! {
    fn raw()(item in 1u128..5, amount in -1_000_000_000_000_000_000_000i128..1_000_000_000_000_000_000_000, scale in 0u32..=18,
             gross in proptest::option::of(any::<i32>()), units in -1000i64..1000, territory in 0usize..4, currency in 0usize..4,
             kind in 0usize..RevenueType::ALL.len()) -> Raw {
        Raw { item, amount, scale, gross: gross.map(i64::from), units, territory, currency, kind }
    }
}

fn rates() -> Rates {
    let rates = vec![
        rate(1, "EUR", "USD", "2024-03-29", dec!(1.0811)),
        rate(2, "EUR", "JPY", "2024-03-29", dec!(163.45)),
        rate(3, "EUR", "BHD", "2024-03-28", dec!(0.40745)),
    ];
    Rates::new(rates, Some(cur("EUR")))
}

fn world(contracts: Vec<Contract>) -> World {
    World::with(&rules(contracts), &rates())
}

fn lines(world: &mut World, raw: &[Raw]) -> Vec<Line> {
    raw.iter()
        .zip(1u64..)
        .map(|(raw, line_no)| Line {
            line_no,
            item: world.names.item(recording(raw.item)),
            territory: place(TERRITORIES[raw.territory]),
            currency: cur(CURRENCIES[raw.currency]),
            gross: raw.gross.map(|gross| Decimal::new(gross, 4)),
            revenue_type: RevenueType::ALL[raw.kind],
            ..world.line(Decimal::from_i128_with_scale(raw.amount, raw.scale), raw.units)
        })
        .collect()
}

/// Everything an outcome says, in an order of its own.
fn essence(world: &World, lines: &[Line], outcome: &Outcome) -> Vec<String> {
    let mut all: Vec<String> = outcome
        .rows
        .iter()
        .map(|row| {
            let line = lines[row.line as usize].line_no;
            format!("{line} {} {} {} {:?}", row.split, row.source_amount, row.amount, world.rules.ids(row))
        })
        .collect();
    all.extend(outcome.suspense.iter().map(|one| format!("{} {}", lines[one.line as usize].line_no, one.reason)));
    all.sort_unstable();
    all
}

#[derive(Default)]
struct Run {
    totals: Totals,
    summary: Summary,
    digest: Digest,
    essence: Vec<String>,
}

fn run(world: &World, batches: &[&[Line]]) -> Run {
    let mut run = Run::default();
    for lines in batches {
        let outcome = world.rules.compute(lines);
        run.totals.merge(&outcome.totals);
        run.digest.merge(&world.rules.digest(lines, &outcome));
        run.essence.extend(essence(world, lines, &outcome));
        run.summary.merge(outcome.summary);
    }
    run.essence.sort_unstable();
    run
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::period::cases(10_000)))]

    /// Conservation, per currency and per line, to the last digit; every amount can be written as a decimal.
    #[test]
    fn nothing_is_lost(contracts in contracts(), raw in proptest::collection::vec(raw(), 1..20)) {
        let mut world = world(contracts);
        let lines = lines(&mut world, &raw);
        let outcome = world.rules.compute(&lines);
        prop_assert!(outcome.totals.is_conserved());
        let posted: std::collections::BTreeSet<u32> = outcome.rows.iter().map(|row| row.line).collect();
        for one in &outcome.suspense {
            prop_assert!(!posted.contains(&one.line), "a line is posted whole or waits whole");
            prop_assert_eq!(one.amount, lines[one.line as usize].amount);
        }
        prop_assert_eq!(posted.len() + outcome.suspense.len(), lines.len());
        for row in &outcome.rows {
            prop_assert!(row.source_amount.to_decimal().is_some() && row.amount.to_decimal().is_some());
        }
        // The summaries add up to the rows, in every dimension.
        let mut by_account: BTreeMap<u32, i128> = BTreeMap::new();
        for row in &outcome.rows {
            *by_account.entry(row.account).or_default() += row.amount.0;
        }
        let mut sums: std::collections::HashMap<(u32, _), i128> = std::collections::HashMap::new();
        for row in outcome.summary.rows() {
            *sums.entry((row.account, std::mem::discriminant(&row.dimension))).or_insert(0i128) += row.cell.amount.0;
        }
        for ((account, _), sum) in sums {
            prop_assert_eq!(sum, by_account[&account]);
        }
    }

    /// The royalty of a participation is divided without remainder: payees sum to what the contract earns.
    #[test]
    fn payees_sum_to_the_royalty(amount in -1_000_000_000_000_000i64..1_000_000_000_000_000, scale in 6u32..=18, splits in splits()) {
        let whole = simple(percent(Base::Net, dec!(0.123456789)));
        let mut divided = whole.clone();
        divided.versions[0].splits = splits;
        let (mut one, many) = (World::new(vec![whole]), World::new(vec![divided]));
        let line = one.line(Decimal::new(amount, scale), 1);
        let royalty = one.pay(&[line]).rows[0].source_amount.0;
        let parts: i128 = many.pay(&[line]).rows.iter().map(|row| row.source_amount.0).sum();
        prop_assert_eq!(parts, royalty);
    }

    /// A line and its reversal cancel out, in every sum.
    #[test]
    fn reversals_restore_everything(contracts in contracts(), raw in proptest::collection::vec(raw(), 1..10)) {
        let mut world = world(contracts);
        let lines = lines(&mut world, &raw);
        let reversed: Vec<Line> = lines
            .iter()
            .map(|line| Line { amount: -line.amount, gross: line.gross.map(|gross| -gross), units: -line.units, ..*line })
            .collect();
        let both = run(&world, &[&lines, &reversed]);
        for row in both.summary.rows() {
            prop_assert!(row.cell.amount.is_zero() && row.cell.receipts.is_zero() && row.cell.units == 0);
        }
        for totals in both.totals.currencies.values() {
            prop_assert!(totals.lines.is_zero() && totals.payees.is_zero() && totals.margin.is_zero() && totals.suspense.is_zero());
        }
    }

    /// Neither the order of lines and rules nor the cut into batches changes anything.
    #[test]
    fn order_and_batches_do_not_matter(
        contracts in contracts(),
        (raw, order) in proptest::collection::vec(raw(), 1..20)
            .prop_flat_map(|raw| { let order: Vec<usize> = (0..raw.len()).collect(); (Just(raw), Just(order).prop_shuffle()) }),
        cut in 0usize..20,
    ) {
        let mut forward = world(contracts.clone());
        let lines = lines(&mut forward, &raw);
        let mut turned: Vec<Contract> = contracts.into_iter().rev().collect();
        for contract in &mut turned {
            contract.versions[0].terms.reverse();
            contract.versions[0].splits.reverse();
        }
        let mut backward = world(turned);
        backward.names = forward.names.clone();
        // Items get their positions from the rules, so the lines must be read again with the other interner.
        let mut again = World::with(backward.rules.rules(), &rates());
        let shuffled: Vec<Line> = order.iter().map(|index| {
            let line = lines[*index];
            Line { item: again.names.item(forward.names.item_key(line.item).unwrap()), platform: again.names.platform("SPOTIFY"), ..line }
        }).collect();
        let (first, second) = shuffled.split_at(cut.min(shuffled.len()));
        let whole = run(&forward, &[&lines]);
        let parts = run(&again, &[second, first]);
        prop_assert_eq!(&whole.essence, &parts.essence);
        prop_assert_eq!(whole.digest.finish(), parts.digest.finish());
        prop_assert_eq!(whole.totals, parts.totals);
    }
}

/// Many tasks on one thread and on four: the same rows in the same order, the same sums, the same digest.
#[test]
fn threads_do_not_matter() {
    let deal = |n: u128, model| {
        let splits = vec![payee(n * 10 + 1, dec!(0.333333333333)), payee(n * 10 + 2, dec!(0.666666666667))];
        let scope = ItemScope::Item(recording(n));
        contract(n, "USD", version(n, vec![takes_part(n, scope, dec!(0.9))], vec![term(n, model)], splits))
    };
    let contracts: Vec<Contract> =
        (1..=4).map(|n| deal(n, percent(Base::Net, Decimal::new(n as i64 * 7, 2)))).collect();
    let mut world = world(contracts);
    let raw: Vec<Raw> = (0..50_000i64)
        .map(|n| Raw {
            item: (n % 4 + 1) as u128,
            amount: i128::from(n) * 7_919 - 1_000_000,
            scale: (n % 19) as u32,
            gross: None,
            units: n % 7,
            territory: (n % 4) as usize,
            currency: (n % 3) as usize,
            kind: (n % 11) as usize,
        })
        .collect();
    let lines = lines(&mut world, &raw);
    let on = |threads| {
        ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(|| {
            let outcome = world.rules.compute(&lines);
            let digest = world.rules.digest(&lines, &outcome).finish();
            (outcome, digest)
        })
    };
    let ((one, one_digest), (four, four_digest)) = (on(1), on(4));
    assert_eq!(one.rows, four.rows);
    assert_eq!(one.suspense, four.suspense);
    assert_eq!(one.totals, four.totals);
    assert_eq!(one.summary.rows(), four.summary.rows());
    assert_eq!(one_digest, four_digest);
    let mut changed = lines.clone();
    changed[7].amount += Decimal::new(1, 6);
    assert_ne!(world.rules.digest(&changed, &world.rules.compute(&changed)).finish(), one_digest);
}
