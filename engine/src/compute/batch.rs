//! Batches of lines, in parallel.

use kernel::codes::SuspenseReason;
use kernel::currency::Currency;
use rayon::prelude::*;

use super::rights::{Refusal, WHOLE};
use super::royalty::{Amount, signed};
use super::split::divide;
use crate::compile::{CompiledRules, Fx, territory_number};
use crate::fixed::{Atto, Pico, mul_div_round};
use crate::model::Line;
use crate::outcome::{ConversionTotals, CurrencyTotals, Outcome, RoyaltyRow, Suspended};

/// Lines per task: enough that starting one costs nothing beside it.
const TASK: usize = 4096;

impl CompiledRules {
    /// Computes a batch of lines (fewer than 2³²).
    ///
    /// Runs on the current rayon pool. Rows and suspense come in the order of the lines; every amount, total, sum
    /// and digest is the same whatever the order of lines, the size of batches and the number of threads.
    #[must_use]
    pub fn compute(&self, lines: &[Line]) -> Outcome {
        let task = lines.len().div_ceil(rayon::current_num_threads()).max(TASK);
        let parts: Vec<Outcome> = lines
            .par_chunks(task)
            .enumerate()
            .map(|(index, part)| Worker::new(self, index * task, part.len()).run(part))
            .collect();
        let mut parts = parts.into_iter();
        let mut outcome = parts.next().unwrap_or_default();
        for part in parts {
            outcome.rows.extend_from_slice(&part.rows);
            outcome.suspense.extend_from_slice(&part.suspense);
            outcome.totals.merge(&part.totals);
            outcome.summary.merge(part.summary);
        }
        outcome
    }
}

struct Worker<'a> {
    rules: &'a CompiledRules,
    first: usize,
    outcome: Outcome,
    currencies: Vec<(Currency, CurrencyTotals)>,
    /// Totals per exchange rate, by position.
    rates: Vec<ConversionTotals>,
    /// Totals without conversion.
    same: Vec<(Currency, ConversionTotals)>,
    /// Per participation of the current line: its version, what entered the contract, where its rows end.
    parts: Vec<(u32, Pico, usize)>,
}

/// The entry for a currency; there are few, and the last one is usually the next.
#[inline]
fn of<T: Default>(list: &mut Vec<(Currency, T)>, currency: Currency) -> &mut T {
    let index = list.iter().position(|(one, _)| *one == currency).unwrap_or_else(|| {
        list.push((currency, T::default()));
        list.len() - 1
    });
    &mut list[index].1
}

impl<'a> Worker<'a> {
    fn new(rules: &'a CompiledRules, first: usize, lines: usize) -> Self {
        let outcome = Outcome { rows: Vec::with_capacity(lines * 2), ..Outcome::default() };
        let rates = vec![ConversionTotals::default(); rules.conversions().len()];
        Self { rules, first, outcome, currencies: Vec::new(), rates, same: Vec::new(), parts: Vec::new() }
    }

    fn run(mut self, lines: &[Line]) -> Outcome {
        for (index, line) in lines.iter().enumerate() {
            self.line(u32::try_from(self.first + index).unwrap_or(u32::MAX), line);
        }
        let rules = self.rules;
        self.outcome.totals.currencies = self.currencies.into_iter().collect();
        for (index, (rate, totals)) in (0u32..).zip(rules.conversions().iter().zip(self.rates)) {
            if totals != ConversionTotals::default() {
                self.outcome.totals.conversions.insert((rate.from, rate.to, Some(index)), totals);
            }
        }
        for (currency, totals) in self.same {
            self.outcome.totals.conversions.insert((currency, currency, None), totals);
        }
        self.outcome
    }

    fn line(&mut self, index: u32, line: &Line) {
        let first = self.outcome.rows.len();
        self.parts.clear();
        let territory = territory_number(line.territory);
        let net = Amount::read(line.amount).and_then(|net| net.atto().map(|atto| (net, atto)));
        let posted = match net {
            Ok((net, atto)) => self.post(index, line, territory, net).map(|owned| (atto, owned)),
            Err(_) => Err(Refusal::new(SuspenseReason::OutOfRange, None)),
        };
        match posted {
            Ok((atto, owned)) => self.book(line, territory, first, atto, owned),
            Err(refusal) => {
                self.outcome.rows.truncate(first);
                self.suspend(index, line, refusal, net.map_or(0, |(_, atto)| atto));
            }
        }
    }

    /// Writes the rows of a line; how much of it is owned. On refusal the caller takes the rows back.
    #[inline]
    fn post(&mut self, index: u32, line: &Line, territory: usize, net: Amount) -> Result<Option<u64>, Refusal> {
        let rules = self.rules;
        let rights = rules.rights(line, territory)?;
        for participation_ix in rights.participations {
            let participation = &rules.participations[participation_ix as usize];
            let refuse = |reason| Refusal::new(reason, Some(participation.contract));
            let version = &rules.versions[participation.version as usize];
            let contract = &rules.contracts[participation.contract as usize];
            let (Some(term_ix), runner_up) = rules.term_for(participation.version, line, territory) else {
                return Err(refuse(SuspenseReason::NoTerm));
            };
            let term = &rules.terms[term_ix as usize];
            let royalty = rules.royalty(line, territory, net, participation, term).map_err(refuse)?;
            let rate_for = |currency, is_zero: bool| match rules.fx.find(currency, line.report, contract.target) {
                Fx::Same => Ok(None),
                Fx::Rate(rate) => Ok(Some(rate)),
                // Nothing needs no rate.
                Fx::Missing if is_zero => Ok(None),
                Fx::Missing => Err(refuse(SuspenseReason::MissingRate)),
            };
            let rate = rate_for(royalty.currency, royalty.amount.magnitude == 0)?;
            let line_rate = if royalty.currency == line.currency {
                rate
            } else {
                rate_for(line.currency, royalty.receipts.magnitude == 0)?
            };
            let receipts = royalty
                .receipts
                .atto()
                .and_then(|atto| rules.to_pico(atto, line_rate))
                .map_err(|_| refuse(SuspenseReason::OutOfRange))?;
            let rows = &mut self.outcome.rows;
            divide(royalty.amount, &version.split, &rules.leaves, |leaf_ix, magnitude| {
                let source = signed(royalty.amount.negative, magnitude);
                rows.push(RoyaltyRow {
                    source_amount: Atto(source),
                    amount: Pico(rules.to_pico(source, rate)?),
                    units: line.units,
                    line: index,
                    account: rules.leaves[leaf_ix as usize].account,
                    contract: participation.contract,
                    version: participation.version,
                    participation: participation_ix,
                    term: term_ix,
                    runner_up,
                    split: leaf_ix,
                    rate,
                    source_currency: royalty.currency,
                    part: 0,
                });
                Ok(())
            })
            .map_err(|_| refuse(SuspenseReason::OutOfRange))?;
            self.parts.push((participation.version, Pico(receipts), self.outcome.rows.len()));
        }
        Ok(rights.owned)
    }

    /// Adds a posted line to totals and sums.
    #[inline]
    fn book(&mut self, line: &Line, territory: usize, first: usize, atto: i128, owned: Option<u64>) {
        let places = self.outcome.summary.places(line, territory);
        let (mut paid, mut paid_rows, mut from) = (Atto::ZERO, 0, first);
        for (version, receipts, to) in &self.parts {
            let rows = &self.outcome.rows[from..*to];
            from = *to;
            let Some(first) = rows.first() else { continue };
            // All rows of a participation share currency and rate.
            let source: Atto = rows.iter().map(|row| row.source_amount).sum();
            let converted = match first.rate {
                Some(rate) => &mut self.rates[rate as usize],
                None => of(&mut self.same, first.source_currency),
            };
            converted.source = converted.source.plus(source);
            converted.amount = converted.amount.plus(rows.iter().map(|row| row.amount).sum());
            if first.source_currency == line.currency {
                paid = paid.plus(source);
                paid_rows += rows.len() as u64;
            } else {
                let totals = of(&mut self.currencies, first.source_currency);
                totals.row_count += rows.len() as u64;
                totals.payees = totals.payees.plus(source);
                totals.margin = totals.margin.minus(source);
            }
            self.outcome.summary.add(places, *version, *receipts, rows);
        }
        let totals = of(&mut self.currencies, line.currency);
        totals.line_count += 1;
        totals.lines = totals.lines.plus(Atto(atto));
        totals.row_count += paid_rows;
        totals.payees = totals.payees.plus(paid);
        totals.margin = totals.margin.plus(Atto(atto).minus(paid));
        if let Some(owned) = owned.filter(|owned| *owned < WHOLE) {
            let share = u128::from(WHOLE - owned);
            let rounding = self.rules.rounding();
            // A part of an amount that fits.
            let unowned = mul_div_round(atto.unsigned_abs(), share, u128::from(WHOLE), rounding).unwrap_or(0);
            totals.unowned = totals.unowned.plus(Atto(signed(atto < 0, unowned)));
        }
    }

    fn suspend(&mut self, index: u32, line: &Line, refusal: Refusal, atto: i128) {
        self.outcome.suspense.push(Suspended {
            line: index,
            reason: refusal.reason,
            contract: refusal.contract,
            amount: line.amount,
            currency: line.currency,
        });
        let totals = of(&mut self.currencies, line.currency);
        totals.line_count += 1;
        totals.lines = totals.lines.plus(Atto(atto));
        totals.suspense_count += 1;
        totals.suspense = totals.suspense.plus(Atto(atto));
    }
}
