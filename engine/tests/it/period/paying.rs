//! Letters of direction and holds.

use engine::model::*;
use rust_decimal_macros::dec;

use super::*;

fn letter(name: &str, from: u128, to: u128, part: Decimal) -> Direction {
    Direction {
        name: name.into(),
        from_party: party(from),
        to_party: party(to),
        contract_id: Some(ContractId(uuid(1))),
        ratio: ratio(part),
        up_to: None,
        valid_from: None,
        valid_to: None,
    }
}

fn hold(name: &str, target: HoldTarget) -> Hold {
    Hold {
        name: name.into(),
        target,
        ratio: ratio(dec!(1)),
        kind: HoldKind::Dispute,
        reason: "Claim of 4 March".into(),
        valid_from: None,
        valid_to: None,
    }
}

fn payable(closing: &Closing, contract: u128, parties: &[u128]) -> Vec<Decimal> {
    parties.iter().map(|n| account(closing, contract, *n).payable).collect()
}

#[test]
fn a_letter_directs_what_would_be_paid_and_ends_with_its_amount() {
    let mut books = Books::new(vec![deal(1, dec!(1))]);
    books.open(1).advances = vec![advance(1, "2024-01-01", dec!(50))];
    // A third to party 2 until 60.00, an eighth to party 3.
    let third = Direction { up_to: Some(dec!(60)), ..letter("bank", 1, 2, dec!(0.333333333333)) };
    books.rules.directions = vec![third, letter("child", 1, 3, dec!(0.125))];
    // 200 − 50 recouped = 150: 50.00 and 18.75.
    let closing = books.close("2024-03", &[stream(1, dec!(200))]);
    assert_eq!(payable(&closing, 1, &[1, 2, 3]), [dec!(81.25), dec!(50), dec!(18.75)]);
    // 90: 30 by ratio, 10 are left of 60; 11.25.
    let closing = books.close("2024-04", &[stream(1, dec!(90))]);
    assert_eq!(payable(&closing, 1, &[1, 2, 3]), [dec!(68.75), dec!(10), dec!(11.25)]);
    assert_eq!(of(&closing, 1).directions[0].closing, dec!(60));
    let closing = books.close("2024-05", &[stream(1, dec!(8))]);
    assert_eq!(payable(&closing, 1, &[1, 2, 3]), [dec!(7), dec!(0), dec!(1)]);
    // Nothing is directed of a negative month, nor until it is made good.
    let closing = books.close("2024-06", &[stream(1, dec!(-300))]);
    assert_eq!(payable(&closing, 1, &[1]), [dec!(-300)]);
    assert_eq!(account(&closing, 1, 1).closing_balance, dec!(-143));
    let closing = books.close("2024-07", &[stream(1, dec!(151))]);
    // 151 − 143 = 8 are free.
    assert_eq!(account(&closing, 1, 3).payable, dec!(1));
}

#[test]
fn what_comes_by_a_letter_is_not_directed_again() {
    let mut books = Books::new(vec![shared_deal(1, dec!(1), vec![payee(1, dec!(0.5)), payee(2, dec!(0.5))])]);
    let everywhere = Direction { contract_id: None, ..letter("a", 1, 2, dec!(1)) };
    let later = Direction { valid_from: Some(day("2024-04-20")), ..letter("b", 2, 1, dec!(1)) };
    books.rules.directions = vec![everywhere, later];
    assert_eq!(payable(&books.close("2024-03", &[stream(1, dec!(10))]), 1, &[1, 2]), [dec!(0), dec!(10)]);
    // From April on each gets the other's own.
    assert_eq!(payable(&books.close("2024-04", &[stream(1, dec!(30))]), 1, &[1, 2]), [dec!(15), dec!(15)]);
}

#[test]
fn held_money_accrues_is_shown_and_comes_back() {
    let mut books = Books::new(vec![shared_deal(1, dec!(1), vec![payee(1, dec!(0.5)), payee(2, dec!(0.5))])]);
    // 20 % of the first payee's money is claimed by somebody, until the end of April.
    let claim = Hold {
        ratio: ratio(dec!(0.2)),
        valid_to: Some(day("2024-04-30")),
        ..hold("claim", HoldTarget::Payee { party_id: party(1) })
    };
    books.rules.holds = vec![claim];
    let closing = books.close("2024-03", &[stream(1, dec!(100))]);
    assert_eq!(payable(&closing, 1, &[1, 2]), [dec!(40), dec!(50)]);
    let closing = books.close("2024-04", &[stream(1, dec!(10))]);
    let held = &of(&closing, 1).holds[0];
    assert_eq!((held.opening, held.held, held.closing), (dec!(10), dec!(1), dec!(11)));
    assert_eq!(held.reason, "Claim of 4 March");
    let closing = books.close("2024-05", &[stream(1, dec!(10))]);
    assert_eq!(payable(&closing, 1, &[1, 2]), [dec!(16), dec!(5)]);
    assert_eq!((account(&closing, 1, 1).unheld, account(&closing, 1, 1).closing_balance), (dec!(11), dec!(60)));
    assert!(books.opening.contracts[0].held.is_empty());
}

#[test]
fn a_disputed_item_recoups_nothing_while_it_is_held() {
    // Recordings 1 and 2 under one contract, an advance of 100. Recording 2 is in dispute in March.
    let mut contract = deal(1, dec!(1));
    contract.versions[0].participations.push(takes_part(2, ItemScope::Item(recording(2)), dec!(1)));
    let mut books = Books::new(vec![contract]);
    books.open(1).advances = vec![advance(1, "2024-01-01", dec!(100))];
    let disputed = HoldTarget::Item { item: recording(2) };
    books.rules.holds = vec![Hold { valid_to: Some(day("2024-03-31")), ..hold("authorship", disputed) }];
    let closing = books.close("2024-03", &[stream(1, dec!(60)), stream(2, dec!(70))]);
    assert_eq!((of(&closing, 1).recouped, account(&closing, 1, 1).held), (dec!(60), dec!(70)));
    // April: 70 come back, 40 recoup, 30 are paid.
    let closing = books.close("2024-04", &[]);
    assert_eq!((of(&closing, 1).recouped, account(&closing, 1, 1).payable), (dec!(40), dec!(30)));
}

#[test]
fn returns_of_a_disputed_item_come_out_of_what_is_held() {
    let mut books = Books::new(vec![deal(1, dec!(1))]);
    books.rules.holds = vec![hold("authorship", HoldTarget::Item { item: recording(1) })];
    books.close("2024-03", &[stream(1, dec!(70))]);
    let closing = books.close("2024-04", &[stream(1, dec!(-20))]);
    assert_eq!((account(&closing, 1, 1).unheld, account(&closing, 1, 1).payable), (dec!(20), dec!(0)));
    let closing = books.close("2024-05", &[stream(1, dec!(-60))]);
    // 50 were left; the other 10 are the payee's.
    assert_eq!((of(&closing, 1).holds[0].closing, account(&closing, 1, 1).payable), (dec!(0), dec!(-10)));
}

#[test]
fn letters_come_before_holds_and_holds_of_one_account_share_what_is_left() {
    let mut books = Books::new(vec![deal(1, dec!(1))]);
    books.rules.directions = vec![letter("bank", 1, 2, dec!(0.5))];
    let half = |name: &str, target| Hold { ratio: ratio(dec!(0.6)), ..hold(name, target) };
    books.rules.holds = vec![
        half("a", HoldTarget::Contract { contract_id: ContractId(uuid(1)) }),
        half("b", HoldTarget::Account { contract_id: ContractId(uuid(1)), party_id: party(1) }),
    ];
    // 100: 50 to the bank. The contract's hold keeps 60 % of both; the account's the 40 % that are left of the first.
    let closing = books.close("2024-03", &[stream(1, dec!(100))]);
    assert_eq!(payable(&closing, 1, &[1, 2]), [dec!(0), dec!(20)]);
    let held: Vec<_> = of(&closing, 1).holds.iter().map(|one| (one.name.as_str(), one.held)).collect();
    assert_eq!(held, [("a", dec!(30)), ("a", dec!(30)), ("b", dec!(20))]);
}
