//! Batches of lines, in parallel.

use kernel::codes::SuspenseReason;
use kernel::currency::Currency;
use rayon::prelude::*;

use super::evaluate::Job;
use super::order::Places;
use super::piece::{Claim, Claims, Piece};
use super::rights::{Refusal, WHOLE};
use super::royalty::{Amount, signed};
use super::split::divide;
use super::trace::Trace;
use crate::compile::{CompiledContract, CompiledModel, CompiledRules, Fx, Wanted};
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

/// What the rows of one participation share.
#[derive(Clone, Copy)]
struct RowPlace {
    line: u32,
    participation: u32,
    term: u32,
    runner_up: Option<u32>,
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
    /// Where the last place in the order was found.
    near: usize,
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
        Self { rules, first, outcome, currencies: Vec::new(), rates, same: Vec::new(), parts: Vec::new(), near: 0 }
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
        let rules = self.rules;
        let wanted = rules.wanted(line);
        let net = Amount::read(line.amount).and_then(|net| {
            let net = if line.details.is_return { net.returned() } else { net };
            net.atto().map(|atto| (net, atto))
        });
        let charge = rules.order.as_ref().map_or(Amount::ZERO, |order| order.charge(line));
        let posted = match net {
            Ok((net, atto)) => {
                let plain = !line.details.is_return && charge.is_zero() && !rules.is_shared(line);
                let owned = if plain {
                    self.post(index, line, &wanted, net)
                } else {
                    self.post_pieces(index, line, &wanted, net, charge)
                };
                owned.map(|owned| (atto, owned))
            }
            Err(_) => Err(Refusal::new(SuspenseReason::OutOfRange, None)),
        };
        match posted {
            Ok((atto, owned)) => self.book(line, wanted.territory, first, (atto, charge), owned),
            Err(refusal) => {
                self.outcome.rows.truncate(first);
                self.suspend(index, line, refusal, net.map_or(0, |(_, atto)| atto));
            }
        }
    }

    /// Writes the rows of a line that is computed whole; how much of it is owned. On refusal the caller takes the
    /// rows back.
    #[inline]
    fn post(&mut self, index: u32, line: &Line, wanted: &Wanted, net: Amount) -> Result<Option<u64>, Refusal> {
        let rules = self.rules;
        let rights = rules.rights(line, wanted.territory)?;
        // Made when the first term asks for it.
        let mut evaluation: Option<(Piece, Places<'_>)> = None;
        for participation_ix in rights.participations {
            let participation = &rules.participations[participation_ix as usize];
            let refuse = |reason| Refusal::new(reason, Some(participation.contract));
            let version = &rules.versions[participation.version as usize];
            let contract = &rules.contracts[participation.contract as usize];
            let (Some(term_ix), runner_up) = rules.term_for(participation.version, line, wanted) else {
                return Err(refuse(SuspenseReason::NoTerm));
            };
            let term = &rules.terms[term_ix as usize];
            if matches!(term.model, CompiledModel::Rated(_)) {
                if evaluation.is_none() {
                    let piece = Piece::whole(line, net, Amount::ZERO)
                        .map_err(|_| Refusal::new(SuspenseReason::OutOfRange, None))?;
                    evaluation = Some((piece, Places::of(rules.order.as_deref(), line, self.near)));
                }
                if let Some((piece, places)) = &mut evaluation {
                    let job = Job { rules, piece, wanted, contract, participation, version, term };
                    let place = RowPlace { line: index, participation: participation_ix, term: term_ix, runner_up };
                    self.evaluate(job, place, places, line.units, &mut 0).map_err(refuse)?;
                }
                continue;
            }
            let royalty = rules.royalty(line, wanted.territory, net, participation, term).map_err(refuse)?;
            let rate = self.rate_for(royalty.currency, line, contract, royalty.amount.magnitude == 0);
            let rate = rate.map_err(refuse)?;
            let line_rate = if royalty.currency == line.currency {
                rate
            } else {
                self.rate_for(line.currency, line, contract, royalty.receipts.magnitude == 0).map_err(refuse)?
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
        if let Some((_, places)) = evaluation {
            self.near = places.near();
        }
        Ok(rights.owned)
    }

    /// The exchange rate of an amount; none where nothing has to be converted.
    #[inline]
    fn rate_for(
        &self,
        currency: Currency,
        line: &Line,
        contract: &CompiledContract,
        is_zero: bool,
    ) -> Result<Option<u32>, SuspenseReason> {
        match self.rules.fx.find(currency, line.report, contract.target) {
            Fx::Same => Ok(None),
            Fx::Rate(rate) => Ok(Some(rate)),
            // Nothing needs no rate.
            Fx::Missing if is_zero => Ok(None),
            Fx::Missing => Err(SuspenseReason::MissingRate),
        }
    }

    /// Writes the rows of a line that is a return, bears charges, or is shared over the tracks of a release.
    fn post_pieces(
        &mut self,
        index: u32,
        line: &Line,
        wanted: &Wanted,
        net: Amount,
        charge: Amount,
    ) -> Result<Option<u64>, Refusal> {
        let rules = self.rules;
        let whole = Piece::whole(line, net, charge).map_err(|_| Refusal::new(SuspenseReason::OutOfRange, None))?;
        let Claims { pieces, claims, owned } = rules.claims(whole, wanted)?;
        let mut places = Places::of(rules.order.as_deref(), line, self.near);
        let mut contract = None;
        let mut last: Option<u32> = None;
        let mut part = 0u8;
        for Claim { participation: participation_ix, piece } in claims {
            let piece = &pieces[usize::from(piece)];
            let participation = &rules.participations[participation_ix as usize];
            let refuse = |reason| Refusal::new(reason, Some(participation.contract));
            let (Some(term_ix), runner_up) = rules.term_for(participation.version, &piece.line, wanted) else {
                return Err(refuse(SuspenseReason::NoTerm));
            };
            let job = Job {
                rules,
                piece,
                wanted,
                contract: &rules.contracts[participation.contract as usize],
                participation,
                version: &rules.versions[participation.version as usize],
                term: &rules.terms[term_ix as usize],
            };
            // Units count once per contract.
            let units = if contract == Some(participation.contract) { 0 } else { piece.line.units };
            contract = Some(participation.contract);
            if last != Some(participation_ix) {
                part = 0;
            }
            last = Some(participation_ix);
            let place = RowPlace { line: index, participation: participation_ix, term: term_ix, runner_up };
            self.evaluate(job, place, &mut places, units, &mut part).map_err(refuse)?;
        }
        self.near = places.near();
        Ok(owned)
    }

    /// Writes the rows of one piece under one participation; `part` is the number of its first part, and then of
    /// the next.
    fn evaluate(
        &mut self,
        job: Job<'_>,
        place: RowPlace,
        places: &mut Places<'_>,
        units: i64,
        part: &mut u8,
    ) -> Result<(), SuspenseReason> {
        let rules = self.rules;
        let line = &job.piece.line;
        let evaluated = job.evaluate(places, &mut Trace::off())?;
        let receipts = job.in_contract_currency(evaluated.receipts, line.currency)?;
        for index in 0..evaluated.parts.len() {
            let paid = job.pay(&evaluated, index, places, &mut Trace::off())?;
            // A line that is split over tiers splits its units; everything else has them once.
            let part_units = match evaluated.parts[index].units {
                Some(split) if units != 0 => split,
                None if index == 0 => units,
                _ => 0,
            };
            for (leaf, source, currency) in paid.places {
                let rate = self.rate_for(currency, line, job.contract, source == 0)?;
                let leaf_account = rules.leaves[leaf as usize].account;
                self.outcome.rows.push(RoyaltyRow {
                    source_amount: Atto(source),
                    amount: Pico(rules.to_pico(source, rate).map_err(|_| SuspenseReason::OutOfRange)?),
                    units: part_units,
                    line: place.line,
                    account: leaf_account,
                    contract: job.participation.contract,
                    version: job.participation.version,
                    participation: place.participation,
                    term: place.term,
                    runner_up: place.runner_up,
                    split: leaf,
                    rate,
                    source_currency: currency,
                    part: *part,
                });
            }
            let receipts = if index == 0 { receipts } else { 0 };
            self.parts.push((job.participation.version, Pico(receipts), self.outcome.rows.len()));
            *part = part.checked_add(1).ok_or(SuspenseReason::OutOfRange)?;
        }
        Ok(())
    }

    /// Adds a posted line to totals and sums.
    #[inline]
    fn book(
        &mut self,
        line: &Line,
        territory: usize,
        first: usize,
        (atto, charge): (i128, Amount),
        owned: Option<u64>,
    ) {
        let rules = self.rules;
        let places = self.outcome.summary.places(line, territory);
        let (mut paid, mut paid_rows, mut from) = (Atto::ZERO, 0, first);
        for (version, receipts, to) in &self.parts {
            let rows = &self.outcome.rows[from..*to];
            from = *to;
            // As a rule all rows of a part share currency and rate; what is taken off the top may have its own.
            for alike in rows.chunk_by(|a, b| a.source_currency == b.source_currency && a.rate == b.rate) {
                let one = alike[0];
                let source: Atto = alike.iter().map(|row| row.source_amount).sum();
                let converted = match one.rate {
                    Some(rate) => &mut self.rates[rate as usize],
                    None => of(&mut self.same, one.source_currency),
                };
                converted.source = converted.source.plus(source);
                converted.amount = converted.amount.plus(alike.iter().map(|row| row.amount).sum());
                if one.source_currency == line.currency {
                    paid = paid.plus(source);
                    paid_rows += alike.len() as u64;
                } else {
                    let totals = of(&mut self.currencies, one.source_currency);
                    totals.row_count += alike.len() as u64;
                    totals.payees = totals.payees.plus(source);
                    totals.margin = totals.margin.minus(source);
                }
            }
            self.outcome.summary.add(places, *version, *receipts, rows);
            if let Some(row) = rows.first() {
                let reserves = &rules.contracts[row.contract as usize].reserves;
                let held = reserves.iter().position(|one| one.matches(line, territory, &rules.territories));
                if let Some(reserve) = held.and_then(|held| u16::try_from(held).ok()) {
                    self.outcome.summary.reserve(reserve, *receipts, rows);
                }
            }
        }
        let charge = Atto(charge.wide_atto().unwrap_or(0));
        let totals = of(&mut self.currencies, line.currency);
        totals.line_count += 1;
        totals.lines = totals.lines.plus(Atto(atto));
        totals.row_count += paid_rows;
        totals.payees = totals.payees.plus(paid);
        totals.charges = totals.charges.plus(charge);
        totals.margin = totals.margin.plus(Atto(atto).minus(paid).minus(charge));
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
            amount: if line.details.is_return { -line.amount.abs() } else { line.amount },
            currency: line.currency,
        });
        let totals = of(&mut self.currencies, line.currency);
        totals.line_count += 1;
        totals.lines = totals.lines.plus(Atto(atto));
        totals.suspense_count += 1;
        totals.suspense = totals.suspense.plus(Atto(atto));
    }
}
