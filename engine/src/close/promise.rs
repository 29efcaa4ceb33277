//! Minimum guarantees in the period.

use chrono::{Months, NaiveDate};
use kernel::decimal::OutOfRange;
use kernel::period::Month;
use rust_decimal::Decimal;

use super::closing::ClosedGuarantee;
use super::minor::Minor;
use super::sums::Sums;
use super::tree::divide;
use super::work::{Work, exact};
use crate::fixed::Pico;
use crate::model::{Guarantee, GuaranteeTerm, Milestone, OpenGuarantee};

/// Counts what was earned towards every guarantee of the contract, and trues up those whose day has come.
///
/// # Errors
/// [`OutOfRange`].
pub(super) fn guarantees(work: &mut Work<'_>, sums: &Sums) -> Result<(), OutOfRange> {
    let contract = work.contract;
    for guarantee in &contract.guarantees {
        let earned = earned(work, guarantee, sums);
        let closed = close(work, guarantee, earned)?;
        for one in closed {
            let true_up = work.minor(one.true_up)?;
            work.guarantees.push(one);
            let Some(version) = work.version() else { continue };
            for (party, units) in divide(true_up.0, &version.splits)? {
                let account = work.account(party);
                account.guaranteed = account.guaranteed.plus(Minor(units));
            }
        }
    }
    Ok(())
}

/// What the period earned towards a guarantee: what its payees have due; of a guarantee for some territories, what
/// the rows of these earned.
fn earned(work: &Work<'_>, guarantee: &Guarantee, sums: &Sums) -> Pico {
    if guarantee.territories.is_world() {
        return work.due();
    }
    let rows = sums.territories.iter().filter(|((contract, _), _)| *contract == work.index);
    rows.filter(|((_, territory), _)| guarantee.territories.contains(*territory)).map(|(_, amount)| *amount).sum()
}

/// Advances paid in the month count, when the guarantee says so.
fn advances(work: &Work<'_>, guarantee: &Guarantee) -> Result<Pico, OutOfRange> {
    if !guarantee.credits_advances {
        return Ok(Pico::ZERO);
    }
    let paid = work.open.advances.iter().filter(|one| Month::of(one.paid_on) == work.month);
    paid.map(|one| Pico::from_decimal(one.unrecouped)).sum()
}

/// A guarantee so far.
#[derive(Clone, Copy, Default)]
struct Count {
    earned: Pico,
    advances: Pico,
    trued_up: Pico,
}

impl Count {
    fn of(open: Option<&OpenGuarantee>) -> Result<Self, OutOfRange> {
        let Some(open) = open else { return Ok(Self::default()) };
        Ok(Self {
            earned: Pico::from_decimal(open.earned)?,
            advances: Pico::from_decimal(open.advances)?,
            trued_up: Pico::from_decimal(open.trued_up)?,
        })
    }

    fn plus(self, earned: Pico, advances: Pico) -> Self {
        Self { earned: self.earned.plus(earned), advances: self.advances.plus(advances), ..self }
    }
}

fn close(work: &Work<'_>, guarantee: &Guarantee, earned: Pico) -> Result<Vec<ClosedGuarantee>, OutOfRange> {
    let advances = advances(work, guarantee)?;
    let open = work.open.guarantees.iter().rfind(|one| one.name == guarantee.name);
    match &guarantee.term {
        GuaranteeTerm::Lifetime { ends } => {
            let end = Month::of(*ends);
            if work.month > end {
                // A month of the end that had no closing: what is known is trued up, once.
                let Some(open) = open else { return Ok(Vec::new()) };
                let one = Count::of(Some(open))?;
                return Ok(vec![state(work, guarantee, None, one, Some((*ends, guarantee.amount)), true)?]);
            }
            let count = Count::of(open)?.plus(earned, advances);
            let due = (work.month == end).then_some((*ends, guarantee.amount));
            Ok(vec![state(work, guarantee, None, count, due, due.is_some())?])
        }
        GuaranteeTerm::Milestones { milestones } => {
            let last = milestones.iter().map(|one| one.due_on).max();
            if open.is_none() && last.is_none_or(|last| Month::of(last) < work.month) {
                return Ok(Vec::new());
            }
            let count = Count::of(open)?.plus(earned, advances);
            let due = reached(work, milestones);
            let ended = last.is_none_or(|last| last <= work.month.last_day());
            Ok(vec![state(work, guarantee, None, count, due, ended)?])
        }
        GuaranteeTerm::Yearly { from, to } => {
            yearly(work, guarantee, (*from, to.unwrap_or(NaiveDate::MAX)), open, (earned, advances))
        }
    }
}

/// The milestones reached by the end of the month, when one of them fell due within the accounting period: the day of
/// the last and what they amount to.
fn reached(work: &Work<'_>, milestones: &[Milestone]) -> Option<(NaiveDate, Decimal)> {
    let last = work.month.last_day();
    let reached = || milestones.iter().filter(|one| one.due_on <= last);
    let day = reached().map(|one| one.due_on).max()?;
    let mut first = work.month;
    let length = u32::from(work.contract.accounting.months());
    while !chrono::Datelike::month0(&first.first_day()).is_multiple_of(length) {
        first = first.previous();
    }
    (day >= first.first_day()).then(|| (day, reached().map(|one| one.amount).sum()))
}

fn yearly(
    work: &Work<'_>,
    guarantee: &Guarantee,
    (from, to): (NaiveDate, NaiveDate),
    open: Option<&OpenGuarantee>,
    (earned, advances): (Pico, Pico),
) -> Result<Vec<ClosedGuarantee>, OutOfRange> {
    let month = work.month;
    let mut closed = Vec::new();
    let mut year = open.and_then(|open| open.year_from).unwrap_or_else(|| year_of(from, month));
    let mut count = Count::of(open)?;
    if from > month.last_day() || year > to {
        return Ok(closed);
    }
    loop {
        let next = later(year, 1);
        let end = next.pred_opt().unwrap_or(next).min(to);
        let late = end < month.first_day();
        if !late {
            count = count.plus(earned, advances);
        }
        if end > month.last_day() {
            closed.push(state(work, guarantee, Some(year), count, None, false)?);
            return Ok(closed);
        }
        closed.push(state(work, guarantee, Some(year), count, Some((end, guarantee.amount)), true)?);
        if next > to || next <= year {
            return Ok(closed);
        }
        let rest = count.earned.minus(Pico::from_decimal(guarantee.amount)?).max(Pico::ZERO);
        count = Count { earned: if guarantee.rolls_over { rest } else { Pico::ZERO }, ..Count::default() };
        year = next;
        if !late {
            // The next year begins with what rolls over; what the month earned counted for the year that ended.
            closed.push(state(work, guarantee, Some(year), count, None, false)?);
            return Ok(closed);
        }
    }
}

/// The first day of the year, counted from `from`, that the month begins in.
fn year_of(from: NaiveDate, month: Month) -> NaiveDate {
    let mut years = 0;
    while later(from, years + 1) <= month.first_day() && later(from, years + 1) > later(from, years) {
        years += 1;
    }
    later(from, years)
}

/// So many years later. At the end of the calendar it stays where it is.
fn later(from: NaiveDate, years: u32) -> NaiveDate {
    years.checked_mul(12).and_then(|months| from.checked_add_months(Months::new(months))).unwrap_or(from)
}

fn state(
    work: &Work<'_>,
    guarantee: &Guarantee,
    year_from: Option<NaiveDate>,
    count: Count,
    due: Option<(NaiveDate, Decimal)>,
    ended: bool,
) -> Result<ClosedGuarantee, OutOfRange> {
    let guaranteed = due.map_or(guarantee.amount, |(_, amount)| amount);
    let missing = Pico::from_decimal(guaranteed)?.minus(count.earned).minus(count.advances).minus(count.trued_up);
    let true_up = match due {
        Some(_) => Minor::rounded(missing, work.currency(), work.rounding)?.positive(),
        None => Minor::ZERO,
    };
    Ok(ClosedGuarantee {
        name: guarantee.name.clone(),
        year_from,
        due_on: due.map(|(day, _)| day),
        guaranteed,
        earned: exact(count.earned)?,
        advances: exact(count.advances)?,
        trued_up: exact(count.trued_up)?,
        true_up: work.money(true_up)?,
        recoupable: guarantee.recoupable,
        ended,
    })
}
