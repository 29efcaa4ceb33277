//! Minimum guarantees.

use engine::model::*;
use rust_decimal_macros::dec;

use super::*;

fn guarantee(amount: Decimal, term: GuaranteeTerm) -> Guarantee {
    Guarantee {
        name: "minimum".into(),
        amount,
        term,
        territories: TerritorySet::world(),
        recoupable: false,
        credits_advances: true,
        rolls_over: false,
    }
}

fn yearly() -> GuaranteeTerm {
    GuaranteeTerm::Yearly { from: day("2024-01-01"), to: None }
}

fn books(guarantee: Guarantee) -> Books {
    let mut contract = shared_deal(1, dec!(0.5), vec![payee(1, dec!(0.75)), payee(2, dec!(0.25))]);
    contract.guarantees = vec![guarantee];
    Books::new(vec![contract])
}

/// What both payees together get of the guarantee.
fn true_up(books: &mut Books, month: &str, amount: Decimal) -> Decimal {
    let closing = books.close(month, &[stream(1, amount)]);
    of(&closing, 1).accounts.iter().map(|one| one.guaranteed).sum()
}

#[test]
fn ten_thousand_a_year_less_eight_thousand_earned() {
    // 2024: 16,000 × 50 % = 8,000 over the year. December trues up 2,000.00, at 75 : 25.
    let mut books = books(guarantee(dec!(10000), yearly()));
    assert_eq!(true_up(&mut books, "2024-03", dec!(6000)), dec!(0));
    assert_eq!(true_up(&mut books, "2024-09", dec!(9000)), dec!(0));
    let closing = books.close("2024-12", &[stream(1, dec!(1000))]);
    let one = &of(&closing, 1).guarantees[0];
    assert_eq!((one.earned, one.true_up, one.ended), (dec!(8000), dec!(2000), true));
    assert_eq!([1, 2].map(|n| account(&closing, 1, n).guaranteed), [dec!(1500), dec!(500)]);
    // 2025 begins at nothing; earning above the guarantee adds nothing.
    let closing = books.close("2025-01", &[stream(1, dec!(30000))]);
    assert_eq!(of(&closing, 1).guarantees[0].earned, dec!(15000));
    assert_eq!(true_up(&mut books, "2025-12", dec!(0.02)), dec!(0));
    // 2026: the surplus of 2025 does not count. A December without a single sale still owes.
    let closing = books.close("2026-12", &[]);
    assert_eq!(of(&closing, 1).guarantees[0].true_up, dec!(10000));
}

#[test]
fn surplus_rolls_over_only_when_agreed() {
    let mut books = books(Guarantee { rolls_over: true, ..guarantee(dec!(1000), yearly()) });
    // 2024 earns 1,300: 300 roll into 2025, which earns 500: 200 are missing.
    assert_eq!(true_up(&mut books, "2024-12", dec!(2600)), dec!(0));
    assert_eq!(true_up(&mut books, "2025-12", dec!(1000)), dec!(200));
}

#[test]
fn advances_count_when_agreed() {
    let with = |credits_advances| {
        let mut books = books(Guarantee { credits_advances, ..guarantee(dec!(10000), yearly()) });
        books.open(1).advances = vec![advance(1, "2024-12-10", dec!(1500))];
        let closing = books.close("2024-12", &[stream(1, dec!(16000))]);
        of(&closing, 1).guarantees[0].true_up
    };
    // 10,000 − 8,000 − 1,500.
    assert_eq!(with(true), dec!(500));
    assert_eq!(with(false), dec!(2000));
}

#[test]
fn a_recoupable_true_up_is_recouped_later() {
    let term = GuaranteeTerm::Lifetime { ends: day("2024-06-30") };
    let mut books = books(Guarantee { recoupable: true, ..guarantee(dec!(100), term) });
    assert_eq!(true_up(&mut books, "2024-03", dec!(80)), dec!(0));
    // 40 + 10 earned of 100: 50 more.
    assert_eq!(true_up(&mut books, "2024-06", dec!(20)), dec!(50));
    assert_eq!(books.opening.contracts[0].costs[0].amount, dec!(50));
    // July earns 60: 50 are recouped, 10 paid; nothing is trued up twice.
    let closing = books.close("2024-07", &[stream(1, dec!(120))]);
    assert_eq!(of(&closing, 1).accounts.iter().map(|one| one.payable).sum::<Decimal>(), dec!(10));
}

#[test]
fn milestones_are_due_one_after_the_other() {
    // RoyaltyZone's shape: 50,000 as 10,000 on signature and 20,000 on delivery and release.
    let milestone = |name: &str, due, amount| Milestone { name: name.into(), due_on: day(due), amount };
    let milestones = vec![
        milestone("signature", "2024-01-15", dec!(10000)),
        milestone("delivery", "2024-06-30", dec!(20000)),
        milestone("release", "2025-01-01", dec!(20000)),
    ];
    let mut books = books(guarantee(dec!(50000), GuaranteeTerm::Milestones { milestones }));
    assert_eq!(true_up(&mut books, "2024-01", dec!(0)), dec!(10000));
    // 4,000 earned by June: 30,000 − 4,000 − 10,000.
    assert_eq!(true_up(&mut books, "2024-03", dec!(6000)), dec!(0));
    assert_eq!(true_up(&mut books, "2024-06", dec!(2000)), dec!(16000));
    // 40,000 more by the release: 50,000 − 44,000 − 26,000 is below nothing.
    assert_eq!(true_up(&mut books, "2025-01", dec!(80000)), dec!(0));
    assert!(books.opening.contracts[0].guarantees.is_empty());
}

#[test]
fn a_guarantee_for_a_territory_counts_its_sales_only() {
    let mut books = books(Guarantee {
        territories: TerritorySet::only([place("DE"), place("AT")]),
        ..guarantee(dec!(100), GuaranteeTerm::Lifetime { ends: day("2024-03-31") })
    });
    let german = Sale { territory: "DE", ..stream(1, dec!(90)) };
    let closing = books.close("2024-03", &[stream(1, dec!(5000)), german]);
    // 90 × 50 % = 45 of 100.
    assert_eq!(of(&closing, 1).guarantees[0].true_up, dec!(55));
}

#[test]
fn years_that_begin_in_mid_month_end_in_that_month() {
    let term = GuaranteeTerm::Yearly { from: day("2024-02-29"), to: Some(day("2026-02-28")) };
    let mut books = books(guarantee(dec!(100), term));
    assert_eq!(true_up(&mut books, "2024-02", dec!(20)), dec!(0));
    // The first year ends on 27 February 2025 (29 February a year later is the 28th): 100 − 10 − 20.
    assert_eq!(true_up(&mut books, "2025-02", dec!(40)), dec!(70));
    // The second ends on 27 February 2026; what remains is a day: its own year, ended by the last day of the term.
    assert_eq!(true_up(&mut books, "2026-02", dec!(0)), dec!(100));
}
