//! Steps of the waterfall: what each takes, and what is left for payees.

use kernel::codes::SuspenseReason;
use kernel::currency::Currency;
use smallvec::SmallVec;

use super::chain::Chain;
use super::evaluate::{Evaluated, Job, Part, Take, out_of_range};
use super::order::Places;
use super::royalty::{Amount, signed};
use super::split::divide;
use super::trace::{Trace, money, named};
use crate::compile::{CompiledAmount, CompiledStage};
use crate::explain::{InputName, StepCode};
use crate::model::StepBase;

/// What one part pays: every place of the split, then every step that has a recipient.
pub(crate) struct Paid {
    /// Per place: leaf, amount in units of 10⁻¹⁸, currency.
    pub places: SmallVec<[(u32, i128, Currency); 8]>,
    /// What is split over payees.
    pub royalty: Amount,
}

impl Job<'_> {
    /// What a step takes of `left`. `receipts` and `royalty` are what its part may be of.
    #[allow(clippy::too_many_arguments, reason = "what a step may be a part of, and where it stands")]
    pub(super) fn take(
        &self,
        step: usize,
        left: Amount,
        receipts: Amount,
        royalty: Option<Amount>,
        currency: Currency,
        places: &mut Places<'_>,
        trace: &mut Trace,
    ) -> Result<Amount, SuspenseReason> {
        let compiled = &self.version.waterfall.steps[step];
        if !compiled.matches(&self.piece.line, self.wanted, &self.rules.territories)
            || (compiled.until_recouped && !self.contract.unrecouped)
        {
            return Ok(Amount::ZERO);
        }
        let rounding = self.rules.rounding();
        let mut wanted = match compiled.amount {
            CompiledAmount::Part { ratio, of } => {
                let of = match of {
                    StepBase::Receipts => receipts,
                    StepBase::Remaining => left,
                    StepBase::Royalty => royalty.unwrap_or(receipts),
                };
                Chain::from(of).times(ratio).and_then(|chain| chain.amount(rounding)).map_err(out_of_range)?
            }
            CompiledAmount::PerLine(pico) => {
                let flat = self.of_contract_currency(pico, currency)?;
                Amount { negative: left.negative, ..flat }
            }
            CompiledAmount::PerUnit(pico) => {
                let units = self.piece.units;
                let flat = Chain::from(self.of_contract_currency(pico, currency)?);
                let units = crate::compile::Factor { value: units.magnitude, scale: units.scale };
                let flat = flat.times(units).and_then(|chain| chain.amount(rounding)).map_err(out_of_range)?;
                Amount { negative: self.piece.units.negative && !flat.is_zero(), ..flat }
            }
            CompiledAmount::PerPeriod => Amount::ZERO,
        };
        // Never more than there is, and never the other way.
        if left.is_zero() || wanted.negative != left.negative {
            wanted = Amount::ZERO;
        } else if wanted.wide_atto().map_err(out_of_range)?.abs() > left.wide_atto().map_err(out_of_range)?.abs() {
            wanted = left;
        }
        if let Some(index) = compiled.capped {
            let capped = &self.rules.capped[index as usize];
            let asked = self.in_contract_currency(wanted, currency)?;
            let before = places.capped(compiled.level, index, asked)?;
            let (low, high) = (-capped.taken, compiled.room(capped));
            let within = |value: i128| value.clamp(low, high);
            let allowed = within(before.saturating_add(asked)) - within(before);
            if allowed != asked {
                wanted = Chain::from(wanted)
                    .scaled(allowed.unsigned_abs(), asked.unsigned_abs())
                    .and_then(|chain| chain.amount(rounding))
                    .map_err(out_of_range)?;
            }
        }
        trace.step(StepCode::Waterfall, || {
            let name = self.step_name(step);
            let mut inputs = vec![named(InputName::Name, name), money(InputName::Amount, left.exact(), currency)];
            if let CompiledAmount::Part { ratio, .. } = compiled.amount {
                inputs.push(super::trace::number(InputName::Factor, ratio.exact()));
            }
            inputs.push(money(InputName::Taken, wanted.exact(), currency));
            (inputs, left.minus(wanted).ok().map(|left| (left.exact(), Some(currency))))
        });
        Ok(wanted)
    }

    fn step_name(&self, step: usize) -> String {
        let written = &self.rules.rules.contracts[self.participation.contract as usize];
        let version = &written.versions[self.version.position as usize];
        version.waterfall.get(step).map(|step| step.name.clone()).unwrap_or_default()
    }

    /// What a part pays, after every step. The first part carries what was taken off the top.
    pub fn pay(
        &self,
        evaluated: &Evaluated,
        index: usize,
        places: &mut Places<'_>,
        trace: &mut Trace,
    ) -> Result<Paid, SuspenseReason> {
        let part = evaluated.parts[index];
        let steps = &self.version.waterfall.steps;
        let mut takes: SmallVec<[Take; 4]> = SmallVec::new();
        if index == 0 {
            takes.extend(evaluated.takes.iter().copied());
        }
        let whole = part.amount;
        let mut royalty = whole;
        for (step, compiled) in steps.iter().enumerate() {
            if compiled.stage == CompiledStage::BeforeSplit && self.applies(step, index) {
                let receipts = self.receipts_of(&part, step)?;
                let taken = self.take(step, royalty, receipts, Some(whole), part.currency, places, trace)?;
                royalty = royalty.minus(taken).map_err(out_of_range)?;
                takes.push(Take { step, amount: taken, currency: part.currency });
            }
        }
        let mut shares: SmallVec<[(u32, i128, Currency); 8]> = SmallVec::new();
        divide(royalty, &self.version.split, &self.rules.leaves, |leaf, magnitude| {
            shares.push((leaf, signed(royalty.negative, magnitude), part.currency));
            Ok(())
        })
        .map_err(out_of_range)?;
        for (step, compiled) in steps.iter().enumerate() {
            let CompiledStage::AfterSplit(party) = compiled.stage else { continue };
            if !self.applies(step, index) {
                continue;
            }
            let payee = shares.iter().position(|(leaf, _, _)| self.rules.leaves[*leaf as usize].party_id == party);
            let Some(payee) = payee else { continue };
            let share = Amount::of_atto(shares[payee].1);
            let receipts = self.receipts_of(&part, step)?;
            let taken = self.take(step, share, receipts, Some(whole), part.currency, places, trace)?;
            shares[payee].1 = share.minus(taken).and_then(Amount::wide_atto).map_err(out_of_range)?;
            takes.push(Take { step, amount: taken, currency: part.currency });
        }
        for (step, compiled) in steps.iter().enumerate() {
            let CompiledStage::FromFee(fee) = compiled.stage else { continue };
            let Some(at) = takes.iter().position(|take| take.step == fee) else { continue };
            let Take { amount: left, currency, .. } = takes[at];
            let whole_fee = takes[at].amount;
            let taken = self.take(step, left, whole_fee, Some(whole_fee), currency, places, trace)?;
            // What it leaves is the tenant's; a second commission sees the rest.
            takes[at].amount = left.minus(taken).map_err(out_of_range)?;
            takes.push(Take { step, amount: taken, currency });
        }
        for (step, compiled) in steps.iter().enumerate() {
            let Some(leaf) = compiled.recipient else { continue };
            let taken = takes.iter().find(|take| take.step == step);
            let (amount, currency) = taken.map_or((Amount::ZERO, part.currency), |take| (take.amount, take.currency));
            shares.push((leaf, amount.wide_atto().map_err(out_of_range)?, currency));
        }
        Ok(Paid { places: shares, royalty })
    }

    /// Flat amounts come off the first part of a royalty only.
    fn applies(&self, step: usize, part: usize) -> bool {
        part == 0 || matches!(self.version.waterfall.steps[step].amount, CompiledAmount::Part { .. })
    }

    /// The base of a part in its currency, where a step is a part of it.
    fn receipts_of(&self, part: &Part, step: usize) -> Result<Amount, SuspenseReason> {
        let of_receipts =
            matches!(self.version.waterfall.steps[step].amount, CompiledAmount::Part { of: StepBase::Receipts, .. });
        match (of_receipts, part.entered_currency == part.currency) {
            (true, false) => Err(SuspenseReason::MissingInput),
            _ => Ok(part.entered),
        }
    }
}
