//! Rates that change as a counter grows.

use kernel::codes::SuspenseReason;
use kernel::currency::Currency;
use smallvec::{SmallVec, smallvec};

use super::{Evaluated, Job, Part, out_of_range};
use crate::compile::opening::{WHOLE_COUNTER, slot};
use crate::compile::{CompiledCounter, CounterPer, Factor, Tiers};
use crate::compute::chain::Chain;
use crate::compute::order::Places;
use crate::compute::royalty::{Amount, signed};
use crate::compute::split::shares;
use crate::compute::trace::{Trace, money, named, number};
use crate::explain::{InputName, StepCode};
use crate::fixed::Pico;
use crate::model::CounterMeasure;

/// What the tiers are applied to: a base, or units that bear royalty.
struct Subject {
    /// Exact.
    chain: Chain,
    /// Of amounts per unit: that of the amount.
    currency: Currency,
    per_unit: bool,
}

impl Job<'_> {
    pub(super) fn tiered(
        &self,
        tiers: &Tiers,
        places: &mut Places<'_>,
        trace: &mut Trace,
    ) -> Result<Evaluated, SuspenseReason> {
        let counter = &self.rules.counters[tiers.counter as usize];
        let (subject, mut evaluated) = self.subject(tiers, places, trace)?;
        let added = self.contribution(counter, trace)?;
        let accrual = if tiers.retroactive { self.accrual(&subject)? } else { 0 };
        let slot = slot(tiers.counter, self.counted_item(counter));
        let (before, accrued) = places.counter(slot, added, accrual)?;
        if places.notes_counters() {
            // The line's place is not known yet. What would keep it waiting is looked for all the same.
            let amount = subject.chain.amount(self.rules.rounding()).map_err(out_of_range)?;
            self.in_contract_currency(amount, subject.currency)?;
            return Ok(evaluated);
        }
        let after = before.saturating_add(added);
        trace.step(StepCode::Counter, || {
            let inputs = vec![
                named(InputName::Name, counter.name.clone()),
                number(InputName::From, Pico(before).into()),
                number(InputName::Units, Pico(added).into()),
            ];
            (inputs, Some((Pico(after).into(), None)))
        });
        if tiers.retroactive {
            self.retroactive(tiers, &subject, (before, after), accrued, &mut evaluated, trace)?;
        } else {
            self.marginal(tiers, &subject, (before, after), &mut evaluated, trace)?;
        }
        Ok(evaluated)
    }

    /// What tiers are applied to, and an evaluation that lacks only its amounts.
    fn subject(
        &self,
        tiers: &Tiers,
        places: &mut Places<'_>,
        trace: &mut Trace,
    ) -> Result<(Subject, Evaluated), SuspenseReason> {
        if let Some(currency) = tiers.per_unit {
            let chain = self.taking_part(Chain::from(self.bearing(trace)?))?;
            let evaluated = self.without_base(Amount::ZERO, currency, places, trace)?;
            return Ok((Subject { chain, currency, per_unit: true }, evaluated));
        }
        let entered = self.entered(tiers.base, places, trace)?;
        let part = Part {
            amount: Amount::ZERO,
            currency: entered.currency,
            entered: entered.amount,
            entered_currency: entered.currency,
            units: None,
        };
        let evaluated = Evaluated { parts: smallvec![part], takes: entered.takes, receipts: entered.receipts };
        Ok((Subject { chain: entered.left, currency: entered.currency, per_unit: false }, evaluated))
    }

    /// Which counter the piece moves.
    fn counted_item(&self, counter: &CompiledCounter) -> u32 {
        match counter.scope {
            CounterPer::Contract | CounterPer::Group { .. } => WHOLE_COUNTER,
            CounterPer::Item => self.piece.line.item.0,
            CounterPer::Release => self.rules.tables.releases.home(&self.piece.line).0,
        }
    }

    /// What the piece adds, in units of 10⁻¹², rounded once.
    fn contribution(&self, counter: &CompiledCounter, trace: &mut Trace) -> Result<i128, SuspenseReason> {
        let line = &self.piece.line;
        let counts = self.rules.territories.contains(counter.territories, self.wanted.territory)
            && match counter.scope {
                CounterPer::Group { group, .. } => group != u32::MAX && self.rules.items.in_group(group, line.item),
                _ => true,
            };
        if !counts {
            return Ok(0);
        }
        let _ = trace;
        match counter.measure {
            CounterMeasure::Units => self.bearing(&mut Trace::off())?.pico(self.rules.rounding()).map_err(out_of_range),
            CounterMeasure::Net => self.in_contract_currency(self.piece.net, line.currency),
            CounterMeasure::Gross => {
                self.in_contract_currency(self.piece.gross.ok_or(SuspenseReason::MissingInput)?, line.currency)
            }
        }
    }

    /// What a retroactive rate will be applied to later: the piece at a rate of 1, in the contract's currency (units: as
    /// they are), in units of 10⁻¹².
    fn accrual(&self, subject: &Subject) -> Result<i128, SuspenseReason> {
        let chain = self.finished(subject, subject.chain, Factor::ONE, &mut Trace::off())?;
        let amount = chain.amount(self.rules.rounding()).map_err(out_of_range)?;
        if subject.per_unit {
            amount.pico(self.rules.rounding()).map_err(out_of_range)
        } else {
            self.in_contract_currency(amount, subject.currency)
        }
    }

    /// A subject times a rate with everything that comes between.
    fn finished(
        &self,
        subject: &Subject,
        chain: Chain,
        rate: Factor,
        trace: &mut Trace,
    ) -> Result<Chain, SuspenseReason> {
        let currency = subject.currency;
        let chain = if subject.per_unit {
            let paid = chain.times(rate).map_err(out_of_range)?;
            trace.step(StepCode::PerUnit, || {
                let mut inputs = Vec::new();
                inputs.extend(chain.exact().map(|units| number(InputName::Units, units)));
                inputs.push(money(InputName::PerUnit, rate.exact(), currency));
                (inputs, paid.exact().map(|exact| (exact, Some(currency))))
            });
            self.physical_factor(paid, currency, trace)?
        } else {
            let chain = self.deducted(chain, currency, trace)?;
            trace.times(StepCode::Percentage, chain, rate, currency, Vec::new).map_err(out_of_range)?
        };
        self.reduced(chain, currency, trace)
    }

    fn marginal(
        &self,
        tiers: &Tiers,
        subject: &Subject,
        (before, after): (i128, i128),
        evaluated: &mut Evaluated,
        trace: &mut Trace,
    ) -> Result<(), SuspenseReason> {
        let pieces = overlaps(tiers, before, after);
        if let [(tier, _)] = pieces.as_slice() {
            let rate = tiers.tiers[*tier].rate;
            trace.tier(*tier, tiers.tiers[*tier].from, None);
            let chain = self.finished(subject, subject.chain, rate, trace)?;
            evaluated.parts[0].amount = self.round(chain, subject.currency, trace)?;
            return Ok(());
        }
        // The line straddles: what it is of is shared over the tiers, the lower first.
        let rounding = self.rules.rounding();
        let weights: SmallVec<[u128; 4]> = pieces.iter().map(|(_, weight)| *weight).collect();
        let total: u128 = weights.iter().sum();
        let divide = |amount: Amount| {
            let atto = amount.wide_atto().map_err(out_of_range)?;
            let parts = shares(atto.unsigned_abs(), total, weights.iter().copied()).map_err(out_of_range)?;
            let parts: SmallVec<[Amount; 4]> =
                parts.into_iter().map(|part| Amount::of_atto(signed(atto < 0, part))).collect();
            Ok::<_, SuspenseReason>(parts)
        };
        let whole = evaluated.parts[0];
        let of = divide(subject.chain.amount(rounding).map_err(out_of_range)?)?;
        let entered = divide(whole.entered)?;
        let units = self.piece.line.units;
        let counts = shares(u128::from(units.unsigned_abs()), total, weights.iter().copied()).map_err(out_of_range)?;
        evaluated.parts.clear();
        for (index, (tier, weight)) in pieces.iter().enumerate() {
            let rate = tiers.tiers[*tier].rate;
            trace.part(index);
            trace.tier(*tier, tiers.tiers[*tier].from, Some((*weight, of[index].exact())));
            let chain = self.finished(subject, Chain::from(of[index]), rate, trace)?;
            let amount = self.round(chain, subject.currency, trace)?;
            let count = i64::try_from(counts[index]).unwrap_or(i64::MAX);
            let units = Some(if units < 0 { -count } else { count });
            evaluated.parts.push(Part { amount, entered: entered[index], units, ..whole });
        }
        Ok(())
    }

    fn retroactive(
        &self,
        tiers: &Tiers,
        subject: &Subject,
        (before, after): (i128, i128),
        accrued: i128,
        evaluated: &mut Evaluated,
        trace: &mut Trace,
    ) -> Result<(), SuspenseReason> {
        let (old, new) = (tiers.at(before), tiers.at(after));
        let rate = tiers.tiers[new].rate;
        trace.part(0);
        trace.tier(new, tiers.tiers[new].from, None);
        let chain = self.finished(subject, subject.chain, rate, trace)?;
        evaluated.parts[0].amount = self.round(chain, subject.currency, trace)?;
        if old == new || accrued == 0 {
            return Ok(());
        }
        // What all lines before earned at the old rate they now earn at the new one.
        let from = tiers.tiers[old].rate;
        let scale = from.scale.max(rate.scale);
        let up = |one: Factor| {
            one.value.checked_mul(crate::fixed::POW10[(scale - one.scale) as usize]).ok_or(SuspenseReason::OutOfRange)
        };
        let (was, is) = (up(from)?, up(rate)?);
        let difference = Factor { value: was.abs_diff(is), scale };
        let base = Amount { negative: (accrued < 0) != (is < was), magnitude: accrued.unsigned_abs(), scale: 12 };
        let currency = if subject.per_unit { subject.currency } else { self.contract.currency };
        trace.part(1);
        let chain = Chain::from(base).times(difference).map_err(out_of_range)?;
        trace.step(StepCode::Retroactive, || {
            let inputs = vec![
                number(InputName::Of, Pico(accrued).into()),
                number(InputName::From, from.exact()),
                number(InputName::Factor, rate.exact()),
            ];
            (inputs, chain.exact().map(|exact| (exact, Some(currency))))
        });
        let amount = self.round(chain, currency, trace)?;
        evaluated.parts.push(Part {
            amount,
            currency,
            entered: Amount::ZERO,
            entered_currency: currency,
            units: Some(0),
        });
        Ok(())
    }
}

/// The tiers that a step of the counter lies in, from below, with how much of it lies in each. A step of nothing lies
/// in the tier where the counter stands.
fn overlaps(tiers: &Tiers, before: i128, after: i128) -> SmallVec<[(usize, u128); 4]> {
    let (from, to) = (before.min(after), before.max(after));
    if from == to {
        return smallvec![(tiers.at(before), 1)];
    }
    let mut found = SmallVec::new();
    for (index, tier) in tiers.tiers.iter().enumerate() {
        let begins = if index == 0 { i128::MIN } else { tier.from };
        let ends = tiers.tiers.get(index + 1).map_or(i128::MAX, |next| next.from);
        let (low, high) = (from.max(begins), to.min(ends));
        if low < high {
            found.push((index, high.abs_diff(low)));
        }
    }
    found
}
