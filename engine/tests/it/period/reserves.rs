//! Reserves against returns.

use engine::model::*;
use rust_decimal::Decimal;
use rust_decimal_macros::dec;

use super::*;

fn reserve(basis: ReserveBasis, part: Decimal, liquidation: &[Decimal]) -> Reserve {
    Reserve {
        name: "returns".into(),
        basis,
        ratio: ratio(part),
        revenue_types: vec![],
        configurations: vec![],
        territories: TerritorySet::world(),
        liquidation: liquidation.iter().copied().map(ratio).collect(),
    }
}

fn books(basis: ReserveBasis, part: Decimal, liquidation: &[Decimal]) -> Books {
    let mut contract = deal(1, dec!(0.25));
    contract.reserves = vec![reserve(basis, part, liquidation)];
    Books::new(vec![contract])
}

#[test]
fn a_hundred_pounds_after_the_calculation_pay_twenty() {
    // 100 × 25 % = 25.00; 20 % of 25.00 is 5.00; 20.00 are payable.
    let mut books = books(ReserveBasis::PostCalculation, dec!(0.2), &[dec!(0.5), dec!(0.5)]);
    let closing = books.close("2024-03", &[physical(1, dec!(100))]);
    let one = account(&closing, 1, 1);
    assert_eq!((one.posted, one.reserve_taken, one.payable), (dec!(25), dec!(5), dec!(20)));
    assert_eq!(of(&closing, 1).reserves[0].sales_held, None);
    // Back in halves over the next two months; what is streamed meanwhile is not held.
    let closing = books.close("2024-04", &[stream(1, dec!(4))]);
    let one = account(&closing, 1, 1);
    assert_eq!((one.reserve_taken, one.reserve_released, one.payable), (dec!(0), dec!(2.5), dec!(3.5)));
    let closing = books.close("2024-05", &[]);
    assert_eq!(account(&closing, 1, 1).reserve_released, dec!(2.5));
    assert_eq!(account(&closing, 1, 1).closing_balance, dec!(26));
    assert!(books.opening.contracts[0].reserves.is_empty());
}

#[test]
fn twenty_per_cent_of_a_hundred_pounds_before_the_calculation_are_twenty() {
    // 20 % of the sales of 100.00 are held: 20.00. The royalty is of the other 80.00: 20.00.
    let mut books = books(ReserveBasis::PreCalculation, dec!(0.2), &[dec!(1)]);
    let closing = books.close("2024-03", &[physical(1, dec!(100))]);
    assert_eq!(of(&closing, 1).reserves[0].sales_held, Some(dec!(20)));
    assert_eq!(account(&closing, 1, 1).payable, dec!(20));
    // The royalty of the sales held comes back at the rate it was computed with.
    let closing = books.close("2024-04", &[]);
    assert_eq!(account(&closing, 1, 1).payable, dec!(5));
}

#[test]
fn returns_take_from_what_is_held_first() {
    let mut books = books(ReserveBasis::PostCalculation, dec!(0.2), &[dec!(0), dec!(1)]);
    books.close("2024-03", &[physical(1, dec!(100))]);
    // Returns of 12.00 take back 3.00 of royalty: paid out of the 5.00 held. Sales of 8.00 earn 2.00, 0.40 are held.
    let closing = books.close("2024-04", &[physical(1, dec!(-12)), physical(1, dec!(8))]);
    let one = account(&closing, 1, 1);
    assert_eq!((one.posted, one.reserve_consumed, one.reserve_taken), (dec!(-1), dec!(3), dec!(0.4)));
    assert_eq!(one.payable, dec!(1.6));
    // May: the rest of March, 2.00; June: what was held of April.
    assert_eq!(account(&books.close("2024-05", &[]), 1, 1).payable, dec!(2));
    let closing = books.close("2024-06", &[]);
    // 20.00 + 1.60 + 2.00 + 0.40 = 24.00 = 25 % of (100 − 12 + 8).
    assert_eq!(account(&closing, 1, 1).closing_balance, dec!(24));
}

#[test]
fn returns_beyond_what_is_held_reduce_the_royalty() {
    let mut books = books(ReserveBasis::PostCalculation, dec!(0.2), &[dec!(1)]);
    books.close("2024-03", &[physical(1, dec!(100))]);
    // −100 × 25 % = −25.00, of which 5.00 were held: −20.00, as if nothing had been sold.
    let closing = books.close("2024-04", &[physical(1, dec!(-100))]);
    assert_eq!(account(&closing, 1, 1).payable, dec!(-20));
    assert_eq!(account(&closing, 1, 1).closing_balance, dec!(0));
}

#[test]
fn quarters_and_thirds_lose_nothing() {
    // 0.50 of royalty, half held: 0.25 over three quarters: 0.09, 0.08, 0.08.
    let thirds = [dec!(0.333333333334), dec!(0.333333333333), dec!(0.333333333333)];
    let mut books = books(ReserveBasis::PostCalculation, dec!(0.5), &thirds);
    books.rules.contracts[0].accounting = AccountingPeriod::Quarter;
    assert_eq!(account(&books.close("2024-02", &[physical(1, dec!(2))]), 1, 1).payable, dec!(0.25));
    let mut released = |month| {
        let closing = books.close(month, &[]);
        closing.contracts.first().map_or(Decimal::ZERO, |one| one.accounts[0].reserve_released)
    };
    assert_eq!(released("2024-03"), dec!(0));
    assert_eq!(released("2024-04"), dec!(0.09));
    assert_eq!(released("2024-05"), dec!(0));
    // July was never closed: August releases what it owed.
    assert_eq!(released("2024-08"), dec!(0.08));
    assert_eq!(released("2024-10"), dec!(0.08));
}

#[test]
fn only_what_the_reserve_names_is_held() {
    let mut contract = deal(1, dec!(0.5));
    contract.reserves = vec![
        Reserve { configurations: vec!["VINYL".into()], ..reserve(ReserveBasis::PostCalculation, dec!(1), &[dec!(1)]) },
        Reserve {
            name: "abroad".into(),
            territories: TerritorySet::only([place("DE")]),
            ..reserve(ReserveBasis::PostCalculation, dec!(0.1), &[dec!(1)])
        },
    ];
    let mut books = Books::new(vec![contract]);
    let german = Sale { territory: "DE", ..physical(1, dec!(40)) };
    let closing = books.close("2024-03", &[physical(1, dec!(10)), german, stream(1, dec!(100))]);
    // CDs in Germany only: 10 % of 20.00.
    assert_eq!(account(&closing, 1, 1).reserve_taken, dec!(2));
}
