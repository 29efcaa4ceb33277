//! What cannot be saved or opened.

use engine::model::*;
use rust_decimal_macros::dec;

use super::*;

fn with(change: impl FnOnce(&mut Contract)) -> Vec<&'static str> {
    let mut contract = deal(1, dec!(1));
    change(&mut contract);
    Books::new(vec![contract]).codes()
}

fn rules_with(change: impl FnOnce(&mut Rules)) -> Vec<&'static str> {
    let mut euro = deal(3, dec!(1));
    euro.currency = cur("EUR");
    let mut books = Books::new(vec![deal(1, dec!(1)), deal(2, dec!(1)), euro]);
    change(&mut books.rules);
    books.codes()
}

fn reserve(parts: &[Decimal]) -> Reserve {
    Reserve {
        name: "returns".into(),
        basis: ReserveBasis::PostCalculation,
        ratio: ratio(dec!(0.2)),
        revenue_types: vec![],
        configurations: vec![],
        territories: TerritorySet::world(),
        liquidation: parts.iter().copied().map(ratio).collect(),
    }
}

#[test]
fn what_a_contract_cannot_promise() {
    assert_eq!(with(|one| one.reserves = vec![reserve(&[dec!(0.5), dec!(0.49)])]), ["LIQUIDATION_NOT_ONE"]);
    assert_eq!(with(|one| one.reserves = vec![reserve(&[])]), ["LIQUIDATION_NOT_ONE"]);
    assert_eq!(with(|one| one.reserves = vec![reserve(&[dec!(1)]), reserve(&[dec!(1)])]), ["NAME_TWICE"]);
    let guarantee = |amount, term| Guarantee {
        name: "minimum".into(),
        amount,
        term,
        territories: TerritorySet::world(),
        recoupable: false,
        credits_advances: false,
        rolls_over: false,
    };
    let life = || GuaranteeTerm::Lifetime { ends: day("2025-01-01") };
    assert_eq!(with(|one| one.guarantees = vec![guarantee(dec!(-1), life())]), ["AMOUNT_NEGATIVE"]);
    assert_eq!(with(|one| one.guarantees = vec![guarantee(dec!(0.001), life())]), ["AMOUNT_NOT_MONEY"]);
    let milestones = vec![Milestone { name: "release".into(), due_on: day("2025-01-01"), amount: dec!(9) }];
    let term = GuaranteeTerm::Milestones { milestones };
    assert_eq!(with(|one| one.guarantees = vec![guarantee(dec!(10), term)]), ["MILESTONES_NOT_TOTAL"]);
    let back = GuaranteeTerm::Yearly { from: day("2025-01-01"), to: Some(day("2024-01-01")) };
    assert_eq!(with(|one| one.guarantees = vec![guarantee(dec!(10), back)]), ["PERIOD_REVERSED"]);
    let points = ProducerPoints {
        mode: ProducerMode::Prospective,
        recording_costs: dec!(10),
        recouped_by: None,
        recouped_at: ProducerRate::Net,
    };
    assert_eq!(with(|one| one.producer = Some(points)), ["PRODUCER_WITHOUT_ARTIST"]);
}

#[test]
fn what_rules_cannot_say_between_contracts() {
    let group = |name: &str, members: &[u128], groups: &[&str]| CrossGroup {
        name: name.into(),
        members: members
            .iter()
            .map(|n| CrossMember { contract_id: ContractId(uuid(*n)), gives: true, takes: true, priority: 0 })
            .collect(),
        groups: groups.iter().map(|name| (*name).to_owned()).collect(),
        condition: CrossCondition::Always,
        order: RecoupOrder::Oldest,
    };
    let crossed = |groups: Vec<CrossGroup>| rules_with(|rules| rules.cross_groups = groups);
    assert_eq!(crossed(vec![group("a", &[1], &["b"]), group("b", &[2], &["a"])]), ["CROSS_CYCLE", "CROSS_CYCLE"]);
    assert_eq!(crossed(vec![group("a", &[1], &["a"])]), ["CROSS_CYCLE"]);
    assert_eq!(crossed(vec![group("a", &[1], &["z"])]), ["GROUP_UNKNOWN"]);
    assert_eq!(crossed(vec![group("a", &[1, 77], &[])]), ["CONTRACT_UNKNOWN"]);
    assert_eq!(crossed(vec![group("a", &[1], &["b"]), group("b", &[3], &[])]), ["CROSS_CURRENCY"]);
    let letter = |to, up_to| Direction {
        name: "bank".into(),
        from_party: party(1),
        to_party: party(to),
        contract_id: None,
        ratio: ratio(dec!(1)),
        up_to,
        valid_from: None,
        valid_to: None,
    };
    assert_eq!(rules_with(|rules| rules.directions = vec![letter(1, None)]), ["DIRECTION_TO_ITSELF"]);
    let limited = rules_with(|rules| rules.directions = vec![letter(2, Some(dec!(5)))]);
    assert_eq!(limited, ["DIRECTION_LIMIT_NEEDS_CONTRACT"]);
    let project = || ProfitShare { project: "album".into(), share: ratio(dec!(0.5)), overhead: ratio(dec!(0)) };
    let shared = rules_with(|rules| {
        for contract in &mut rules.contracts {
            contract.profit_share = Some(project());
        }
    });
    assert_eq!(shared, ["PROJECT_CURRENCY"]);
}

#[test]
fn what_cannot_be_open() {
    let codes = |change: &dyn Fn(&mut OpenContract)| {
        let mut books = Books::new(vec![deal(1, dec!(1))]);
        change(books.open(1));
        let compiled = books.rules.compile(&Rates::default(), &scope()).unwrap();
        let found = compiled.check_opening(&books.opening);
        assert!(compiled.close_period(&Default::default(), &books.opening).is_err());
        found.iter().map(|one| one.code).collect::<Vec<_>>()
    };
    assert_eq!(codes(&|one| one.costs = vec![cost("a", "A", "2024-01-01", dec!(-1))]), ["COST_NEGATIVE"]);
    assert_eq!(codes(&|one| one.costs = vec![cost("a", "A", "2024-01-01", dec!(0.001))]), ["COST_NOT_MONEY"]);
    let held = OpenHeld { name: "gone".into(), party_id: party(1), amount: dec!(1) };
    assert_eq!(codes(&|one| one.held = vec![held.clone()]), ["HOLD_UNKNOWN"]);
    let reserve = OpenReserve {
        name: "gone".into(),
        party_id: party(1),
        taken_in: "2024-01".parse().unwrap(),
        taken: dec!(1),
        held: dec!(1),
    };
    assert_eq!(codes(&|one| one.reserves = vec![reserve.clone()]), ["RESERVE_UNKNOWN"]);
    let directed = OpenDirected { name: "bank".into(), amount: dec!(-1) };
    assert_eq!(codes(&|one| one.directed = vec![directed.clone()]), ["BALANCE_NOT_MONEY"]);
}
