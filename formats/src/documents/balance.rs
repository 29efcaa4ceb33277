//! Rounding the lines of a section so that they add up to what was posted.

use std::cmp::Reverse;

use rust_decimal::{Decimal, RoundingStrategy};

use super::model::{Section, SectionKind, SectionRow};

/// The lines cannot be brought to the posted total.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BalanceError {
    /// There is an amount to show, but no line to show it on.
    #[error("no lines, but a total of {0}")]
    NoLines(Decimal),
    /// The posted total has more decimals than the currency.
    #[error("the total {0} is not rounded to the currency")]
    NotRounded(Decimal),
    /// Amounts too large for exact arithmetic.
    #[error("the amounts are too large")]
    Overflow,
}

impl Section {
    /// A section from unrounded lines. Royalties and net receipts are rounded to the currency's exponent so that the
    /// section adds up to the posted totals exactly: every line is rounded down, and what is missing goes minor unit
    /// by minor unit to the lines that lost most (largest remainder; ties by label, code and detail, never by
    /// position). The rows end up ordered by royalty, largest first.
    pub fn from_exact(
        kind: SectionKind,
        mut rows: Vec<SectionRow>,
        net_receipts: Decimal,
        royalty: Decimal,
        exponent: u32,
    ) -> Result<Self, BalanceError> {
        let key = |row: &SectionRow| (row.label.clone(), row.code.clone(), row.detail.clone());
        rows.sort_by_cached_key(key);
        let receipts = settle(rows.iter().map(|row| row.net_receipts), net_receipts, exponent)?;
        let royalties = settle(rows.iter().map(|row| row.royalty), royalty, exponent)?;
        for ((row, receipts), royalty) in rows.iter_mut().zip(receipts).zip(royalties) {
            row.net_receipts = receipts;
            row.royalty = royalty;
        }
        // Stable: equal royalties stay in the order of their labels.
        rows.sort_by_key(|row| Reverse(row.royalty));
        Ok(Self { kind, rows })
    }
}

/// Rounds `exact` to `exponent` decimals so that the results add up to `total`.
fn settle(exact: impl Iterator<Item = Decimal>, total: Decimal, exponent: u32) -> Result<Vec<Decimal>, BalanceError> {
    let unit = Decimal::try_new(1, exponent).map_err(|_| BalanceError::Overflow)?;
    let mut lines: Vec<(Decimal, Decimal)> = exact
        .map(|amount| {
            let floor = amount.round_dp_with_strategy(exponent, RoundingStrategy::ToNegativeInfinity);
            Some((floor, amount.checked_sub(floor)?))
        })
        .collect::<Option<_>>()
        .ok_or(BalanceError::Overflow)?;
    let floors = super::check::total(lines.iter().map(|line| line.0)).ok_or(BalanceError::Overflow)?;
    let missing = total.checked_sub(floors).ok_or(BalanceError::Overflow)?;
    if lines.is_empty() {
        return if missing.is_zero() { Ok(Vec::new()) } else { Err(BalanceError::NoLines(total)) };
    }
    let units = missing.checked_div(unit).and_then(whole).ok_or(BalanceError::NotRounded(total))?;
    let count = i128::try_from(lines.len()).map_err(|_| BalanceError::Overflow)?;
    let (each, extra) = (units.div_euclid(count), units.rem_euclid(count));

    let mut order: Vec<usize> = (0..lines.len()).collect();
    order.sort_by_key(|&line| Reverse(lines[line].1));
    for (rank, line) in (0_i128..).zip(order) {
        let share = each + i128::from(rank < extra);
        let share = Decimal::try_from_i128_with_scale(share, exponent).map_err(|_| BalanceError::Overflow)?;
        lines[line].0 = lines[line].0.checked_add(share).ok_or(BalanceError::Overflow)?;
    }
    Ok(lines.into_iter().map(|line| line.0).collect())
}

/// A decimal without fraction as an integer; `None` when it has one (the total was not rounded).
fn whole(amount: Decimal) -> Option<i128> {
    let amount = amount.normalize();
    (amount.scale() == 0).then(|| amount.mantissa())
}
