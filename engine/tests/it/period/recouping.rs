//! Advances, costs and the order in which they are recouped.

use engine::close::ClaimKey;
use engine::model::*;
use rust_decimal_macros::dec;

use super::*;

#[test]
fn a_quarter_of_marketing_and_all_of_the_recording_are_recouped() {
    // Recording 1,000.00 in full, marketing 25 % of 800.00 = 200.00, video 50 % of 33.33 = 16.665, so 16.67.
    let mut contract = deal(1, dec!(0.5));
    contract.recoupment.cost_types = vec![
        CostType { name: "RECORDING".into(), recoupable: ratio(dec!(1)) },
        CostType { name: "MARKETING".into(), recoupable: ratio(dec!(0.25)) },
        CostType { name: "VIDEO".into(), recoupable: ratio(dec!(0.5)) },
    ];
    let mut books = Books::new(vec![contract]);
    books.open(1).costs = vec![
        cost("studio", "RECORDING", "2024-01-10", dec!(1000)),
        cost("posters", "MARKETING", "2024-01-05", dec!(800)),
        cost("clip", "VIDEO", "2024-02-01", dec!(33.33)),
        cost("tour", "TOUR", "2024-04-01", dec!(10)),
    ];
    // 2,420 × 50 % = 1,210: posters 200, studio 1,000, clip 10 of 16.67; the tour has not begun.
    let closing = books.close("2024-03", &[stream(1, dec!(2420))]);
    let costs: Vec<_> =
        of(&closing, 1).costs.iter().map(|one| (one.name.as_str(), one.recouped, one.closing)).collect();
    let expected = [
        ("posters", dec!(200), dec!(0)),
        ("studio", dec!(1000), dec!(0)),
        ("clip", dec!(10), dec!(6.67)),
        ("tour", dec!(0), dec!(10)),
    ];
    assert_eq!(costs, expected);
    assert_eq!(account(&closing, 1, 1).payable, dec!(0));
    // April: 6.67 and 10.00 of 50.00; a type that nobody named is recoupable in full.
    assert_eq!(account(&books.close("2024-04", &[stream(1, dec!(100))]), 1, 1).payable, dec!(33.33));
    assert!(books.opening.contracts[0].costs.is_empty());
}

#[test]
fn instalments_are_recouped_from_the_day_they_are_paid() {
    let mut books = Books::new(vec![deal(1, dec!(1))]);
    let part = |name: &str, paid, amount| OpenAdvance { instalment: Some(name.into()), ..advance(7, paid, amount) };
    books.open(1).advances = vec![
        part("signature", "2024-01-01", dec!(50)),
        part("delivery", "2024-03-31", dec!(30)),
        part("release", "2024-04-01", dec!(20)),
    ];
    let closing = books.close("2024-03", &[stream(1, dec!(100))]);
    let parts: Vec<_> = of(&closing, 1).advances.iter().map(|one| (one.instalment.as_deref(), one.recouped)).collect();
    assert_eq!(parts, [(Some("signature"), dec!(50)), (Some("delivery"), dec!(30)), (Some("release"), dec!(0))]);
    assert_eq!(account(&closing, 1, 1).payable, dec!(20));
    // The 20.00 that were payable are not touched by what is paid later: only new royalties recoup it.
    let closing = books.close("2024-04", &[stream(1, dec!(5))]);
    assert_eq!((account(&closing, 1, 1).payable, account(&closing, 1, 1).closing_balance), (dec!(0), dec!(20)));
}

#[test]
fn pro_rata_and_priority() {
    let contract = |order| {
        let mut contract = deal(1, dec!(1));
        contract.recoupment.order = order;
        contract
    };
    let recouped = |order| {
        let mut books = Books::new(vec![contract(order)]);
        books.open(1).advances = vec![
            OpenAdvance { priority: 1, ..advance(1, "2023-01-01", dec!(300)) },
            OpenAdvance { priority: 5, ..advance(2, "2023-06-01", dec!(100)) },
        ];
        books.open(1).costs = vec![cost("studio", "RECORDING", "2023-03-01", dec!(200))];
        let closing = books.close("2024-03", &[stream(1, dec!(350))]);
        let one = of(&closing, 1);
        (one.advances[0].recouped, one.advances[1].recouped, one.costs[0].recouped)
    };
    // 350 over 300 (January), 200 (March, a cost), 100 (June).
    assert_eq!(recouped(RecoupOrder::Oldest), (dec!(300), dec!(0), dec!(50)));
    // 350/600 of each: 175.00, 58.333…, 116.666…: the cent goes to the larger remainder.
    assert_eq!(recouped(RecoupOrder::ProRata), (dec!(175), dec!(58.33), dec!(116.67)));
    // Priority 5: 100; priority 1: 250 of 300; priority 0 waits.
    assert_eq!(recouped(RecoupOrder::Priority), (dec!(250), dec!(100), dec!(0)));
}

#[test]
fn a_step_until_recouped_ends_with_the_advance() {
    // Ten a month for the office, until the advance of 100 is recouped; then nothing more is taken.
    let mut contract = deal(1, dec!(1));
    contract.versions[0].waterfall = vec![per_period("office", dec!(10))];
    contract.versions[0].waterfall[0].until_recouped = true;
    let mut books = Books::new(vec![contract]);
    books.open(1).advances = vec![advance(1, "2024-01-01", dec!(100))];
    let one = |books: &mut Books, month| account(&books.close(month, &[stream(1, dec!(60))]), 1, 1).payable;
    assert_eq!(one(&mut books, "2024-03"), dec!(0));
    // 60 − 10 = 50 recoup the rest of 50.
    assert_eq!(one(&mut books, "2024-04"), dec!(0));
    assert_eq!(one(&mut books, "2024-05"), dec!(60));
}

#[test]
fn flat_amounts_per_period_have_caps_and_take_no_more_than_is_there() {
    let mut contract = shared_deal(1, dec!(1), vec![payee(1, dec!(0.75)), payee(2, dec!(0.25))]);
    let mut fee = per_period("fee", dec!(40));
    fee.cap = Some(dec!(100));
    fee.recipient = Some(party(9));
    contract.versions[0].waterfall = vec![fee];
    let mut books = Books::new(vec![contract]);
    // An advance of the band is nobody else's: what party 9 gets recoups nothing.
    books.open(1).advances = vec![advance(1, "2024-01-01", dec!(15))];
    let mut month = |month, amount| {
        let closing = books.close(month, &[stream(1, amount)]);
        [1, 2, 9].map(|n| {
            of(&closing, 1).accounts.iter().find(|one| one.party_id == party(n)).map_or(dec!(0), |one| one.payable)
        })
    };
    // 100 − 40 = 60, of which 15 recoup: 45 at 75 : 25; 40 for party 9.
    assert_eq!(month("2024-03", dec!(100)), [dec!(33.75), dec!(11.25), dec!(40)]);
    // 30 is all there is.
    assert_eq!(month("2024-04", dec!(30)), [dec!(0), dec!(0), dec!(30)]);
    // 100 in all: 30 are left of the cap.
    assert_eq!(month("2024-05", dec!(100)), [dec!(52.5), dec!(17.5), dec!(30)]);
    assert_eq!(month("2024-06", dec!(100)), [dec!(75), dec!(25), dec!(0)]);
}

#[test]
fn an_override_is_recouped_from_and_stays_visible() {
    let mut books = Books::new(vec![deal(1, dec!(1))]);
    books.open(1).advances = vec![advance(1, "2024-01-01", dec!(30))];
    books.overrides = vec![Override {
        name: "late-sync".into(),
        contract_id: ContractId(uuid(1)),
        party_id: party(1),
        amount: dec!(50.005),
        reason: "Synchronisation that the agency reported by letter.".into(),
        approved_by: "Controller".into(),
    }];
    let closing = books.close("2024-03", &[stream(1, dec!(10))]);
    let one = account(&closing, 1, 1);
    // 10 + 50.005 = 60.005, half up 60.01; 30 recoup; −0.005 is carried.
    assert_eq!((one.due, one.posted, one.closing_carry), (dec!(60.005), dec!(60.01), dec!(-0.005)));
    assert_eq!(one.payable, dec!(30.01));
    assert_eq!(of(&closing, 1).overrides[0].approved_by, "Controller");
    assert_eq!(ClaimKey::Cost { name: "a".into() }, ClaimKey::Cost { name: "a".into() });
}

#[test]
fn five_hundred_payees_bear_an_advance_to_the_cent() {
    // 10,000.00 over 500 payees, as many as a split may have, is 20.00 each; an advance of 123.45 is 24.69 cents each:
    // 24 for all, and one more for the first 345.
    let splits: Vec<SplitNode> = (1..=500).map(|n| payee(n, dec!(0.002))).collect();
    let mut books = Books::new(vec![shared_deal(1, dec!(1), splits)]);
    books.open(1).advances = vec![advance(1, "2024-01-01", dec!(123.45))];
    let closing = books.close("2024-03", &[stream(1, dec!(10000))]);
    let accounts = &of(&closing, 1).accounts;
    assert_eq!(accounts.iter().filter(|one| one.payable == dec!(19.75)).count(), 345);
    assert_eq!(accounts.iter().filter(|one| one.payable == dec!(19.76)).count(), 155);
    assert_eq!(accounts.iter().map(|one| one.payable).sum::<Decimal>(), dec!(9876.55));
}

pub fn per_period(name: &str, amount: Decimal) -> WaterfallStep {
    WaterfallStep {
        id: SplitId(uuid(500)),
        name: name.into(),
        stage: WaterfallStage::BeforeSplit,
        amount: StepAmount::PerPeriod { amount },
        cap_per_period: None,
        cap: None,
        until_recouped: false,
        recipient: None,
        territories: TerritorySet::world(),
        configurations: vec![],
        revenue_types: vec![],
    }
}
