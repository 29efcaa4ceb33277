//! What holds for every sequence of months.

use engine::close::{Closing, ExceptionCode, OutlierSettings, SuspenseTally, exceptions};
use engine::model::*;
use proptest::prelude::*;
use rust_decimal_macros::dec;

use super::*;

/// Three contracts with everything a period end knows: shares, reserves, crossing, letters, holds.
fn everything(order: RecoupOrder) -> Books {
    let mut first = shared_deal(1, dec!(0.37), vec![payee(1, dec!(0.6)), payee(4, dec!(0.4))]);
    first.reserves = vec![Reserve {
        name: "returns".into(),
        basis: ReserveBasis::PostCalculation,
        ratio: ratio(dec!(0.23)),
        revenue_types: vec![],
        configurations: vec![],
        territories: TerritorySet::world(),
        liquidation: vec![ratio(dec!(0.3)), ratio(dec!(0.7))],
    }];
    first.recoupment.order = order;
    first.recoupment.cost_types = vec![CostType { name: "MARKETING".into(), recoupable: ratio(dec!(0.25)) }];
    let second = shared_deal(2, dec!(0.5), vec![payee(2, dec!(0.333333333333)), payee(5, dec!(0.666666666667))]);
    let mut books = Books::new(vec![first, second, deal(3, dec!(1))]);
    let member = |n| CrossMember { contract_id: ContractId(uuid(n)), gives: true, takes: true, priority: 0 };
    books.rules.cross_groups = vec![CrossGroup {
        name: "all".into(),
        members: vec![member(1), member(2), member(3)],
        groups: vec![],
        condition: CrossCondition::Always,
        order,
    }];
    books.rules.directions = vec![Direction {
        name: "bank".into(),
        from_party: party(2),
        to_party: party(8),
        contract_id: Some(ContractId(uuid(2))),
        ratio: ratio(dec!(0.15)),
        up_to: Some(dec!(40)),
        valid_from: None,
        valid_to: None,
    }];
    books.rules.holds = vec![Hold {
        name: "claim".into(),
        target: HoldTarget::Payee { party_id: party(5) },
        ratio: ratio(dec!(0.35)),
        kind: HoldKind::Hold,
        reason: String::new(),
        valid_from: None,
        valid_to: Some(day("2024-02-01")),
    }];
    books.open(1).advances = vec![advance(1, "2023-01-01", dec!(70)), advance(2, "2024-02-01", dec!(30))];
    books.open(1).costs = vec![cost("posters", "MARKETING", "2023-05-05", dec!(90))];
    books.open(3).advances = vec![advance(3, "2023-06-01", dec!(120))];
    books
}

fn sale() -> impl Strategy<Value = Sale> {
    (1u128..=3, -5_000_000i64..20_000_000, any::<bool>()).prop_map(|(item, amount, disc)| {
        let sale = stream(item, Decimal::new(amount, 5));
        Sale { physical: disc, units: if amount < 0 { -1 } else { 1 }, ..sale }
    })
}

fn order() -> impl Strategy<Value = RecoupOrder> {
    prop_oneof![Just(RecoupOrder::Oldest), Just(RecoupOrder::ProRata), Just(RecoupOrder::Priority)]
}

/// Everything that was earned is paid, carried, held, in reserve, or recouped an advance or cost.
fn conserved(books: &Books, closings: &[Closing], unrecouped: Decimal) {
    let accounts = || closings.iter().flat_map(|one| &one.contracts).flat_map(|one| &one.accounts);
    let earned: Decimal = accounts().map(|one| one.earned).sum();
    let open = || books.opening.contracts.iter();
    let balances: Decimal = open().flat_map(|one| &one.accounts).map(|one| one.balance + one.carry).sum();
    let held: Decimal = open().flat_map(|one| &one.held).map(|one| one.amount).sum();
    let reserves: Decimal = open().flat_map(|one| &one.reserves).map(|one| one.held).sum();
    assert_eq!(earned, balances + held + reserves + unrecouped - still_open(books));
}

fn still_open(books: &Books) -> Decimal {
    let advances = books.opening.contracts.iter().flat_map(|one| &one.advances).map(|one| one.unrecouped);
    let costs = books.opening.contracts.iter().flat_map(|one| &one.costs);
    // Of 90.00 of marketing a quarter is recoupable: 22.50.
    advances.sum::<Decimal>() + costs.map(|one| dec!(22.5) - one.recouped).sum::<Decimal>()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::period::cases(10_000)))]

    #[test]
    fn nothing_is_lost_over_months(
        months in proptest::collection::vec(proptest::collection::vec(sale(), 0..8), 1..5),
        order in order(),
    ) {
        let mut books = everything(order);
        let before = still_open(&books);
        let mut closings = Vec::new();
        let mut month: Month = "2024-01".parse().unwrap();
        for sales in &months {
            let opening = books.opening.clone();
            let closing = books.close(&month.to_string(), sales);
            for contract in &closing.contracts {
                for one in &contract.advances {
                    prop_assert!(one.closing >= dec!(0) && one.recouped >= dec!(0));
                }
                for one in &contract.accounts {
                    // Recoupment and crossing never take a balance below zero: only what was earned does.
                    let own = one.opening_balance + one.posted - one.reserve_taken + one.reserve_consumed + one.reserve_released;
                    prop_assert!(one.closing_balance >= dec!(0) || own < dec!(0));
                    prop_assert!(one.closing_carry.abs() < dec!(0.01));
                }
                // What was posted in all is what was due in all, rounded once.
                let due = |one: &&ClosedAccount| !one.due.is_zero();
                let exact: Decimal = contract.accounts.iter().filter(due).map(|one| one.due + one.opening_carry).sum();
                prop_assert!((exact - contract.posted).abs() <= dec!(0.005));
                prop_assert!(contract.reserves.iter().all(|one| one.closing >= dec!(0)));
            }
            // The state goes through JSON without a change, and the same inputs give the same bytes.
            let json = serde_json::to_string(&opening).unwrap();
            let again = Books { opening: serde_json::from_str(&json).unwrap(), ..books.clone() };
            let (_, repeated) = again.look(&month.to_string(), sales);
            prop_assert_eq!(repeated.digest().unwrap(), closing.digest().unwrap());
            closings.push(closing);
            conserved(&books, &closings, before);
            month = month.next();
        }
    }

    #[test]
    fn the_order_of_lines_and_rules_does_not_matter(
        sales in proptest::collection::vec(sale(), 0..12),
        order in order(),
    ) {
        let books = everything(order);
        let (_, closing) = books.look("2024-02", &sales);
        let mut turned = books.clone();
        turned.rules.contracts.reverse();
        for contract in &mut turned.rules.contracts {
            contract.versions[0].splits.reverse();
        }
        turned.rules.cross_groups[0].members.reverse();
        turned.opening.contracts.reverse();
        for contract in &mut turned.opening.contracts {
            contract.advances.reverse();
        }
        let sales: Vec<Sale> = sales.into_iter().rev().collect();
        prop_assert_eq!(turned.look("2024-02", &sales).1.digest().unwrap(), closing.digest().unwrap());
    }

    #[test]
    fn a_reversal_restores_what_was_earned(sales in proptest::collection::vec(sale(), 1..8)) {
        // Without an advance a month and its reversal leave nothing: balances, remainders and reserves are as before.
        let mut books = everything(RecoupOrder::Oldest);
        books.opening = OpeningState::default();
        books.rules.directions.clear();
        let mirror: Vec<Sale> =
            sales.iter().map(|one| Sale { amount: -one.amount, units: -one.units, ..*one }).collect();
        books.close("2024-02", &sales);
        books.close("2024-03", &mirror);
        books.close("2024-04", &[]);
        books.close("2024-05", &[]);
        let left = books.opening.contracts.iter().flat_map(|one| &one.accounts);
        let left: Vec<Decimal> = left.map(|one| one.balance + one.carry).filter(|one| !one.is_zero()).collect();
        prop_assert_eq!(left, Vec::<Decimal>::new());
    }

    #[test]
    fn two_halves_are_the_whole(
        a in proptest::collection::vec(sale(), 0..6),
        b in proptest::collection::vec(sale(), 0..6),
    ) {
        // Closing what two batches earned together is closing the batch of both.
        let books = everything(RecoupOrder::Oldest);
        let (mut first, _) = books.look("2024-02", &a);
        let (second, _) = books.look("2024-02", &b);
        first.summary.merge(second.summary);
        let both: Vec<Sale> = a.into_iter().chain(b).collect();
        let scope = Scope { month: "2024-02".parse().unwrap(), ..scope() };
        let compiled = books.rules.compile(&Rates::default(), &scope).unwrap();
        let merged = compiled.close_period(&first.summary, &books.opening).unwrap();
        prop_assert_eq!(merged, books.look("2024-02", &both).1);
    }
}

#[test]
fn exceptions_are_found_with_their_reasons() {
    let mut books = Books::new(vec![deal(1, dec!(1)), deal(2, dec!(1))]);
    books.rules.holds = vec![Hold {
        name: "tax-form".into(),
        target: HoldTarget::Payee { party_id: party(2) },
        ratio: ratio(dec!(1)),
        kind: HoldKind::Hold,
        reason: "No form".into(),
        valid_from: None,
        valid_to: None,
    }];
    let (outcome, closing) = books.look("2024-03", &[stream(1, dec!(-5)), stream(2, dec!(900))]);
    let history = [((ContractId(uuid(2)), party(2)), vec![dec!(100); 6])].into_iter().collect();
    let settings = OutlierSettings::default();
    let found = exceptions(&outcome.totals, &SuspenseTally::default(), &closing, &history, &settings).unwrap();
    let codes: Vec<_> = found.iter().map(|one| (one.code, one.amount, one.blocking)).collect();
    let expected = [
        (ExceptionCode::NegativePayee, dec!(-5), false),
        (ExceptionCode::Outlier, dec!(900), false),
        (ExceptionCode::Held, dec!(900), false),
    ];
    assert_eq!(codes, expected);
    // A closing that somebody changed does not add up, and blocks.
    let mut changed = closing.clone();
    changed.contracts[0].accounts[0].payable += dec!(0.01);
    let found = exceptions(&outcome.totals, &SuspenseTally::default(), &changed, &history, &settings).unwrap();
    assert!(found.iter().any(|one| one.code == ExceptionCode::NotConserved && one.blocking));
}
