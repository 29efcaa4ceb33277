//! Posting and recoupment.

use engine::close::{ClosedAccount, Closing};
use engine::model::*;
use kernel::ids::*;
use rust_decimal::Decimal;
use rust_decimal_macros::dec;

use crate::world::*;

fn two_payees() -> Contract {
    let mut contract = simple(percent(Base::Net, dec!(0.5)));
    contract.versions[0].splits = vec![payee(1, dec!(0.75)), payee(2, dec!(0.25))];
    contract
}

fn open(advances: &[(u128, &str, Decimal)], accounts: &[(u128, Decimal, Decimal)]) -> OpeningState {
    let advances =
        advances.iter().map(|(n, paid, unrecouped)| OpenAdvance::new(AdvanceId(uuid(*n)), day(paid), *unrecouped));
    let accounts = accounts.iter().map(|(n, carry, balance)| OpenAccount {
        party_id: party(*n),
        carry: *carry,
        balance: *balance,
    });
    let contract = OpenContract {
        advances: advances.collect(),
        accounts: accounts.collect(),
        ..OpenContract::new(ContractId(uuid(1)))
    };
    OpeningState { contracts: vec![contract], ..OpeningState::default() }
}

fn close(contract: Contract, amounts: &[Decimal], opening: &OpeningState) -> Closing {
    let mut world = World::new(vec![contract]);
    let lines: Vec<Line> = amounts.iter().map(|amount| world.line(*amount, 1)).collect();
    let outcome = world.pay(&lines);
    world.rules.close_period(&outcome.summary, opening).unwrap()
}

fn payable(accounts: &[ClosedAccount]) -> Vec<(Decimal, Decimal, Decimal)> {
    accounts.iter().map(|one| (one.posted, one.recouped, one.payable)).collect()
}

#[test]
fn the_oldest_advance_is_recouped_first() {
    // 1,000 × 50 % = 500. Unrecouped 100 + 250, oldest first: 350 recouped, 150 payable, at 75 : 25.
    let opening = open(&[(2, "2024-01-01", dec!(250)), (1, "2023-01-01", dec!(100))], &[]);
    let closing = close(two_payees(), &[dec!(1000)], &opening);
    let contract = &closing.contracts[0];
    assert_eq!(contract.recouped, dec!(350));
    let advances: Vec<_> = contract.advances.iter().map(|one| (one.recouped, one.closing)).collect();
    assert_eq!(advances, [(dec!(100), dec!(0)), (dec!(250), dec!(0))]);
    assert_eq!(
        payable(&contract.accounts),
        [(dec!(375), dec!(262.5), dec!(112.5)), (dec!(125), dec!(87.5), dec!(37.5))]
    );
}

#[test]
fn an_unrecouped_balance_is_not_a_debt() {
    let closing = close(two_payees(), &[dec!(100)], &open(&[(1, "2023-01-01", dec!(10000))], &[]));
    let contract = &closing.contracts[0];
    assert_eq!(contract.advances[0].closing, dec!(9950));
    assert_eq!(payable(&contract.accounts), [(dec!(37.5), dec!(37.5), dec!(0)), (dec!(12.5), dec!(12.5), dec!(0))]);
}

#[test]
fn a_negative_period_carries_and_recoups_nothing() {
    let closing = close(two_payees(), &[dec!(-100)], &open(&[(1, "2023-01-01", dec!(100))], &[]));
    let contract = &closing.contracts[0];
    assert_eq!(contract.recouped, dec!(0));
    assert_eq!(payable(&contract.accounts), [(dec!(-37.5), dec!(0), dec!(-37.5)), (dec!(-12.5), dec!(0), dec!(-12.5))]);
    // The next period makes the negative balance good before anything is recouped: 50 − 50 leaves nothing.
    let opening = open(&[(1, "2023-01-01", dec!(100))], &[(1, dec!(0), dec!(-37.5)), (2, dec!(0), dec!(-12.5))]);
    let closing = close(two_payees(), &[dec!(100)], &opening);
    assert_eq!(closing.contracts[0].recouped, dec!(0));
}

#[test]
fn advances_paid_later_wait() {
    let closing = close(two_payees(), &[dec!(100)], &open(&[(1, "2024-04-01", dec!(100))], &[]));
    assert_eq!(closing.contracts[0].recouped, dec!(0));
    assert_eq!(closing.contracts[0].advances[0].closing, dec!(100));
}

#[test]
fn remainders_are_carried_and_never_lost() {
    // A third of a cent each month: nothing, nothing, a cent …
    let contract = || simple(percent(Base::Net, dec!(1)));
    let (mut carry, mut posted) = (Decimal::ZERO, Decimal::ZERO);
    for _ in 0..300 {
        let opening = open(&[], &[(1, carry, dec!(0))]);
        let account = close(contract(), &[dec!(0.003333333333)], &opening).contracts[0].accounts[0].clone();
        assert_eq!(account.earned + account.opening_carry, account.posted + account.closing_carry);
        carry = account.closing_carry;
        posted += account.posted;
    }
    assert_eq!(posted + carry, dec!(0.9999999999));
    assert_eq!(posted, dec!(1.00));
    // An account that earned nothing keeps its remainder, to the digit.
    let closing = close(contract(), &[], &open(&[], &[(1, dec!(0.005), dec!(0))]));
    assert_eq!(closing.contracts[0].accounts[0].closing_carry, dec!(0.005));
}

#[test]
fn yen_have_no_minor_unit() {
    let mut contract = two_payees();
    contract.currency = cur("JPY");
    let mut world = World::new(vec![contract]);
    let line = Line { currency: cur("JPY"), ..world.line(dec!(999), 1) };
    let outcome = world.pay(&[line]);
    let opening = open(&[(1, "2023-01-01", dec!(101))], &[]);
    let closing = world.rules.close_period(&outcome.summary, &opening).unwrap();
    // 999 × 0.5 = 499.5: 374.625 → 375 and 124.875 → 125; 101 over 375 : 125 = 75.75 : 25.25 → 76 : 25.
    let contract = &closing.contracts[0];
    assert_eq!(payable(&contract.accounts), [(dec!(375), dec!(76), dec!(299)), (dec!(125), dec!(25), dec!(100))]);
    assert_eq!(contract.accounts[0].closing_carry, dec!(-0.375));
}

#[test]
fn a_bad_opening_state_is_refused() {
    let world = World::new(vec![two_payees()]);
    let codes = |opening: &OpeningState| {
        let error = world.rules.close_period(&Default::default(), opening).unwrap_err();
        error.findings.iter().map(|one| one.code).collect::<Vec<_>>()
    };
    assert_eq!(codes(&open(&[(1, "2023-01-01", dec!(-1))], &[])), ["ADVANCE_NEGATIVE"]);
    assert_eq!(codes(&open(&[(1, "2023-01-01", dec!(0.001))], &[])), ["ADVANCE_NOT_MONEY"]);
    assert_eq!(codes(&open(&[], &[(1, dec!(0.0000000000001), dec!(0))])), ["CARRY_TOO_FINE"]);
    let mut unknown = open(&[], &[]);
    unknown.contracts[0].contract_id = ContractId(uuid(99));
    assert_eq!(codes(&unknown), ["CONTRACT_UNKNOWN"]);
}

#[test]
fn three_equal_shares_of_a_million_pay_out_a_million() {
    let mut contract = simple(percent(Base::Net, dec!(1)));
    let third = dec!(0.333333333333);
    contract.versions[0].splits = vec![payee(1, third + dec!(0.000000000001)), payee(2, third), payee(3, third)];
    let closing = close(contract, &[dec!(1000000)], &OpeningState::default());
    let posted: Vec<Decimal> = closing.contracts[0].accounts.iter().map(|one| one.posted).collect();
    // 333,333.333334 and twice 333,333.333333: the cent that is missing goes to the first.
    assert_eq!(posted, [dec!(333333.34), dec!(333333.33), dec!(333333.33)]);
    assert_eq!(closing.contracts[0].posted, dec!(1000000.00));
    let carry: Vec<Decimal> = closing.contracts[0].accounts.iter().map(|one| one.closing_carry).collect();
    assert_eq!(carry, [dec!(-0.006666), dec!(0.003333), dec!(0.003333)]);
}
