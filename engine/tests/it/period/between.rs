//! Between contracts: crossing, profit shares, producer points.

use engine::close::ClaimKey;
use engine::model::*;
use rust_decimal_macros::dec;

use super::*;

fn member(n: u128) -> CrossMember {
    CrossMember { contract_id: ContractId(uuid(n)), gives: true, takes: true, priority: 0 }
}

fn group(name: &str, members: Vec<CrossMember>) -> CrossGroup {
    CrossGroup {
        name: name.into(),
        members,
        groups: vec![],
        condition: CrossCondition::Always,
        order: RecoupOrder::Oldest,
    }
}

/// Three albums: the first two earn, the third has an advance of 200.
fn albums(members: Vec<CrossMember>) -> Books {
    let mut books = Books::new(vec![deal(1, dec!(1)), deal(2, dec!(1)), deal(3, dec!(1))]);
    books.rules.cross_groups = vec![group("albums", members)];
    books.open(3).advances = vec![advance(3, "2024-01-01", dec!(200))];
    books
}

#[test]
fn what_is_left_of_two_albums_recoups_a_third() {
    // 300 and 100 are left; 150 of the 200 are open after the third's own 50: borne at 300 : 100.
    let mut books = albums(vec![member(1), member(2), member(3)]);
    let sales = [stream(1, dec!(300)), stream(2, dec!(100)), stream(3, dec!(50))];
    let closing = books.close("2024-03", &sales);
    let payable = [1, 2, 3].map(|n| account(&closing, n, n).payable);
    assert_eq!(payable, [dec!(187.5), dec!(62.5), dec!(0)]);
    let third = &of(&closing, 3).advances[0];
    assert_eq!((third.recouped, third.crossed, third.closing), (dec!(200), dec!(150), dec!(0)));
    let given = &of(&closing, 1).crossings[0];
    assert_eq!((given.to_contract_id, given.amount), (ContractId(uuid(3)), dec!(112.5)));
    assert!(matches!(given.claim, ClaimKey::Advance { .. }));
}

#[test]
fn contracts_outside_a_group_are_never_crossed() {
    let mut books = albums(vec![member(2), member(3)]);
    let closing = books.close("2024-03", &[stream(1, dec!(300)), stream(2, dec!(100))]);
    assert_eq!([1, 2].map(|n| account(&closing, n, n).payable), [dec!(300), dec!(0)]);
    assert_eq!(of(&closing, 3).advances[0].closing, dec!(100));
}

#[test]
fn direction_is_who_gives_and_who_takes() {
    let mut books =
        albums(vec![CrossMember { gives: false, ..member(1) }, CrossMember { takes: false, ..member(2) }, member(3)]);
    books.open(1).advances = vec![advance(1, "2024-01-01", dec!(1000))];
    books.open(2).advances = vec![advance(2, "2024-01-01", dec!(40))];
    // The second gives what is left after its own 40: 60 towards the first (older id) … 60 of 1,000 − 300 = 700.
    let closing = books.close("2024-03", &[stream(1, dec!(300)), stream(2, dec!(100))]);
    assert_eq!([1, 2].map(|n| account(&closing, n, n).payable), [dec!(0), dec!(0)]);
    assert_eq!((of(&closing, 1).advances[0].closing, of(&closing, 3).advances[0].closing), (dec!(640), dec!(200)));
}

#[test]
fn conditions_limit_what_is_given() {
    // The first album has 70 unpaid from before and earns 100 in a month with a cost of 30, half of it recoupable.
    let given = |condition| {
        let mut books = albums(vec![member(1), member(3)]);
        books.rules.cross_groups[0].condition = condition;
        books.rules.contracts[0].recoupment.cost_types =
            vec![CostType { name: "MARKETING".into(), recoupable: ratio(dec!(0.5)) }];
        books.open(1).costs = vec![cost("posters", "MARKETING", "2024-03-02", dec!(30))];
        books.open(1).accounts = vec![OpenAccount { party_id: party(1), carry: dec!(0), balance: dec!(70) }];
        let closing = books.close("2024-03", &[stream(1, dec!(100))]);
        let one = account(&closing, 1, 1);
        assert_eq!(one.closing_balance, dec!(155) - one.crossed);
        assert!(one.closing_balance >= dec!(0));
        one.crossed
    };
    // 100 − 15 recouped = 85 of the month, 70 of before.
    assert_eq!(given(CrossCondition::Always), dec!(155));
    assert_eq!(given(CrossCondition::Income), dec!(85));
    // 100 − the whole cost of 30.
    assert_eq!(given(CrossCondition::IncomeLessCosts), dec!(70));
    assert_eq!(given(CrossCondition::BalancePositive), dec!(155));
    // The member keeps 100 of its 155.
    assert_eq!(given(CrossCondition::BalanceOver { amount: dec!(100) }), dec!(55));
    assert_eq!(given(CrossCondition::BalanceOver { amount: dec!(200) }), dec!(0));
}

#[test]
fn groups_in_groups_and_priorities() {
    let mut books = Books::new(vec![deal(1, dec!(1)), deal(2, dec!(1)), deal(3, dec!(1))]);
    let inner =
        group("inner", vec![CrossMember { priority: 1, ..member(2) }, CrossMember { priority: 9, ..member(3) }]);
    let outer =
        CrossGroup { groups: vec!["inner".into()], order: RecoupOrder::Priority, ..group("outer", vec![member(1)]) };
    books.rules.cross_groups = vec![outer, inner];
    for n in [2, 3] {
        books.open(n).advances = vec![advance(n, "2024-01-01", dec!(80))];
    }
    // 100 of the first: 80 for the third (priority 9), 20 for the second.
    let closing = books.close("2024-03", &[stream(1, dec!(100))]);
    assert_eq!([2, 3].map(|n| of(&closing, n).advances[0].closing), [dec!(60), dec!(0)]);
}

#[test]
fn profit_is_shared_after_costs_overhead_and_earlier_losses() {
    let mut contract = shared_deal(1, dec!(1), vec![payee(1, dec!(0.6)), payee(2, dec!(0.4))]);
    contract.profit_share =
        Some(ProfitShare { project: "album".into(), share: ratio(dec!(0.5)), overhead: ratio(dec!(0.1)) });
    let mut books = Books::new(vec![contract]);
    books.open(1).costs = vec![cost("studio", "RECORDING", "2024-02-01", dec!(2000))];
    // March: 1,000 − 10 % overhead 100 − costs 2,000 = −1,100: nothing is shared, the loss is carried.
    let closing = books.close("2024-03", &[stream(1, dec!(1000))]);
    assert_eq!(closing.projects[0].closing_loss, dec!(1100));
    assert_eq!([1, 2].map(|n| account(&closing, 1, n).payable), [dec!(0), dec!(0)]);
    assert_eq!(of(&closing, 1).costs[0].closing, dec!(0));
    // A month without sales keeps the loss.
    assert_eq!(books.close("2024-04", &[]).projects.len(), 0);
    assert_eq!(books.opening.projects[0].loss, dec!(1100));
    // May: 3,000 − 300 − 1,100 = 1,600; half of it, 800, at 60 : 40. An advance of 50 is recouped from it.
    books.open(1).advances = vec![advance(1, "2024-05-01", dec!(50))];
    let closing = books.close("2024-05", &[stream(1, dec!(3000))]);
    let profit = of(&closing, 1).profit.as_ref().unwrap();
    assert_eq!(
        (profit.income, profit.overhead, profit.profit, profit.shared),
        (dec!(3000), dec!(300), dec!(1600), dec!(800))
    );
    assert_eq!([1, 2].map(|n| account(&closing, 1, n).payable), [dec!(450), dec!(300)]);
    assert!(books.opening.projects.is_empty());
}

/// Contract 1 is the artist's, contract 2 the producer's, both of recording 1.
fn producer(mode: ProducerMode, at: ProducerRate, costs: Decimal) -> Books {
    let per_unit = |amount| Model::PerUnit { amount, currency: cur("USD") };
    let deal = |n, amount| {
        let participation = takes_part(n, ItemScope::Item(recording(1)), dec!(1));
        contract(n, "USD", version(n, vec![participation], vec![term(n, per_unit(amount))], vec![payee(n, dec!(1))]))
    };
    // All-in 60¢: 50¢ for the artist, 10¢ for the producer.
    let mut points = deal(2, dec!(0.10));
    points.producer =
        Some(ProducerPoints { mode, recording_costs: costs, recouped_by: Some(ContractId(uuid(1))), recouped_at: at });
    let mut books = Books::new(vec![deal(1, dec!(0.50)), points]);
    books.open(2).advances = vec![advance(2, "2023-01-01", dec!(10000))];
    books
}

fn sold(units: i64) -> [Sale; 1] {
    [Sale { units, ..stream(1, dec!(1)) }]
}

#[test]
fn a_producer_from_record_one_gets_five_thousand() {
    // 150,000 × 10¢ = 15,000; less the advance of 10,000: 5,000.
    let mut books = producer(ProducerMode::RecordOne, ProducerRate::Combined, dec!(120000));
    let closing = books.close("2024-03", &sold(150_000));
    let one = account(&closing, 2, 2);
    assert_eq!((one.posted, one.recouped, one.payable), (dec!(15000), dec!(10000), dec!(5000)));
}

#[test]
fn a_producer_is_paid_back_to_record_one_when_the_costs_are_recouped() {
    // At the combined rate of 60¢, 150,000 records bring 90,000 towards 120,000: nothing is due yet, 15,000 wait.
    let mut books = producer(ProducerMode::RetroactiveToRecordOne, ProducerRate::Combined, dec!(120000));
    let closing = books.close("2024-03", &sold(150_000));
    assert_eq!((account(&closing, 2, 2).payable, of(&closing, 2).advances[0].closing), (dec!(0), dec!(10000)));
    assert_eq!(of(&closing, 2).producer.as_ref().unwrap().waiting[0].closing, dec!(15000));
    // 50,000 more: 30,000 recoup the rest. 15,000 + 5,000 are due, less the advance of 10,000.
    let closing = books.close("2024-04", &sold(50_000));
    assert_eq!(account(&closing, 2, 2).payable, dec!(10000));
    // From then on everything; and returns do not undo it.
    assert_eq!(account(&books.close("2024-05", &sold(1_000)), 2, 2).payable, dec!(100));
    assert_eq!(account(&books.close("2024-06", &sold(-1_000)), 2, 2).payable, dec!(-100));
}

#[test]
fn a_producer_at_the_net_rate_waits_longer_and_gets_no_earlier_records() {
    // At the artist's 50¢, 150,000 records bring 75,000 towards 100,000. Prospective: these are never paid.
    let mut books = producer(ProducerMode::Prospective, ProducerRate::Net, dec!(100000));
    let closing = books.close("2024-03", &sold(150_000));
    assert_eq!(of(&closing, 2).producer.as_ref().unwrap().waiting[0].forgone, dec!(15000));
    // 200,000 more bring 100,000, of which 25,000 recoup: three quarters of the month's 20,000 are after the point.
    let closing = books.close("2024-04", &sold(200_000));
    assert_eq!(account(&closing, 2, 2).posted, dec!(15000));
    assert_eq!(account(&closing, 2, 2).payable, dec!(5000));
}
