//! Whole-file taxes and fees, allocated over the lines of a report.

use ethnum::I256;
use kernel::currency::Currency;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::compute::royalty::{Amount, signed};
use crate::fixed::Atto;
use crate::model::{Line, Scope};

/// The charges of all reports, by report and currency.
#[derive(Debug, Default)]
pub(super) struct Charges {
    reports: FxHashMap<(u32, Currency), Allocation>,
}

/// A sum of charges and the lines it is allocated over, all in units of 10⁻¹⁸.
#[derive(Debug, Default)]
struct Allocation {
    charge: i128,
    lines: Vec<(u64, i128)>,
    total: i128,
    /// Lines that get one unit more.
    extra: FxHashSet<u64>,
}

impl Charges {
    pub fn new(scope: &Scope) -> Self {
        let mut this = Self::default();
        for (report, one) in (0u32..).zip(&scope.reports) {
            for charge in &one.charges {
                let amount = Atto::from_decimal(charge.amount).unwrap_or_default().0;
                let sum = this.reports.entry((report, charge.currency)).or_default();
                sum.charge = sum.charge.saturating_add(amount);
            }
        }
        this
    }

    pub fn note(&mut self, lines: &[Line]) {
        for line in lines {
            if let Some(allocation) = self.reports.get_mut(&(line.report, line.currency)) {
                let amount = net(line);
                allocation.total = allocation.total.saturating_add(amount);
                allocation.lines.push((line.line_no, amount));
            }
        }
    }

    /// Finds the lines with the largest remainders.
    pub fn settle(&mut self) {
        for allocation in self.reports.values_mut() {
            allocation.settle();
        }
    }

    /// The part of a line, in units of 10⁻¹⁸.
    pub fn of(&self, line: &Line) -> i128 {
        self.reports.get(&(line.report, line.currency)).map_or(0, |allocation| allocation.part(line.line_no, net(line)))
    }

    /// Charges that no line can bear: there is none in their currency, or they total zero.
    pub fn unallocated(&self) -> impl Iterator<Item = (u32, Currency, Atto)> + '_ {
        self.reports
            .iter()
            .filter(|(_, allocation)| allocation.total == 0 && allocation.charge != 0)
            .map(|((report, currency), allocation)| (*report, *currency, Atto(allocation.charge)))
    }
}

/// A line's amount with the sign of a return, in units of 10⁻¹⁸; nothing where it does not fit.
fn net(line: &Line) -> i128 {
    let amount = Amount::read(line.amount).unwrap_or(Amount::ZERO);
    let amount = if line.details.is_return { amount.returned() } else { amount };
    amount.atto().unwrap_or(0)
}

impl Allocation {
    /// `|charge| × amount / total`, rounded down, and its remainder: both for a total above zero.
    fn floor(&self, amount: i128) -> (i128, i128) {
        // Both signs turned when the total is negative, so that a report and its reversal cancel out.
        let (amount, total) = if self.total < 0 { (-amount, -self.total) } else { (amount, self.total) };
        let charge = i128::try_from(self.charge.unsigned_abs()).unwrap_or(i128::MAX);
        let product = I256::from(charge) * I256::from(amount);
        let divisor = I256::from(total);
        let (part, remainder) = (product.div_euclid(divisor), product.rem_euclid(divisor));
        (i128::try_from(part).unwrap_or(0), i128::try_from(remainder).unwrap_or(0))
    }

    fn settle(&mut self) {
        if self.total == 0 {
            return;
        }
        let mut rest = i128::try_from(self.charge.unsigned_abs()).unwrap_or(i128::MAX);
        let mut remainders: Vec<(i128, u64)> = Vec::with_capacity(self.lines.len());
        for (line_no, amount) in &self.lines {
            let (part, remainder) = self.floor(*amount);
            rest -= part;
            remainders.push((-remainder, *line_no));
        }
        let units = usize::try_from(rest).unwrap_or(0).min(remainders.len());
        if units > 0 && units < remainders.len() {
            remainders.select_nth_unstable(units - 1);
        }
        self.extra = remainders.into_iter().take(units).map(|(_, line_no)| line_no).collect();
        self.lines = Vec::new();
    }

    fn part(&self, line_no: u64, amount: i128) -> i128 {
        if self.total == 0 {
            return 0;
        }
        let part = self.floor(amount).0 + i128::from(self.extra.contains(&line_no));
        signed(self.charge < 0, 1) * part
    }
}

impl super::Order {
    /// What whole-file taxes and fees take of a line, in units of 10⁻¹⁸ of its currency.
    #[inline]
    pub(crate) fn charge(&self, line: &Line) -> Amount {
        if self.charges.reports.is_empty() { Amount::ZERO } else { Amount::of_atto(self.charges.of(line)) }
    }

    /// Taxes and fees that no line of their report can bear, with the position of the report: there is no line in
    /// their currency, or its lines total zero.
    #[must_use]
    pub fn unallocated_charges(&self) -> Vec<(u32, Currency, Atto)> {
        let mut found: Vec<_> = self.charges.unallocated().collect();
        found.sort_unstable_by_key(|(report, currency, _)| (*report, *currency));
        found
    }
}
