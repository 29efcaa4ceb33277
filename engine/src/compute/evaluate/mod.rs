//! The royalty of one piece under one participation, where it takes more than a product.
//!
//! Everything is exact until the royalty of a part is rounded once to 18 places. Rounded before that are only: what a
//! step of the waterfall takes (18 places) and what it is taken of; the base of a line that straddles tiers (18
//! places, then shared over the tiers by largest remainder); units of the parts of a release (18 places).

mod base;
mod hybrid;
mod statutory;
mod tiers;

use kernel::codes::SuspenseReason;
use kernel::currency::Currency;
use kernel::decimal::OutOfRange;
use smallvec::{SmallVec, smallvec};

use super::chain::Chain;
use super::order::Places;
use super::piece::Piece;
use super::royalty::{Amount, signed};
use super::trace::{Trace, named, number};
use crate::compile::{
    CompiledContract, CompiledModel, CompiledParticipation, CompiledRules, CompiledTerm, CompiledVersion, Factor, Fx,
    Rated, Wanted,
};
use crate::explain::{InputName, StepCode};
use crate::fixed::Exact;
use crate::formula::{Fault, Variable};
use rust_decimal::Decimal;

/// What is evaluated.
#[derive(Clone, Copy)]
pub(crate) struct Job<'a> {
    pub rules: &'a CompiledRules,
    pub piece: &'a Piece,
    pub wanted: &'a Wanted,
    pub contract: &'a CompiledContract,
    pub participation: &'a CompiledParticipation,
    pub version: &'a CompiledVersion,
    pub term: &'a CompiledTerm,
}

/// What an evaluation gives.
pub(crate) struct Evaluated {
    /// One, or one per tier that the line lies in, and one for what a retroactive rate changes.
    pub parts: SmallVec<[Part; 2]>,
    /// What steps off the top take, by their position.
    pub takes: SmallVec<[Take; 2]>,
    /// What entered the contract, in the line's currency.
    pub receipts: Amount,
}

/// A part of a royalty.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Part {
    pub amount: Amount,
    pub currency: Currency,
    /// The base it is of, in `entered_currency`.
    pub entered: Amount,
    pub entered_currency: Currency,
    /// Its part of the line's units; none: all of them.
    pub units: Option<i64>,
}

/// What a step of the waterfall takes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Take {
    pub step: usize,
    pub amount: Amount,
    pub currency: Currency,
}

pub(super) fn out_of_range(_: OutOfRange) -> SuspenseReason {
    SuspenseReason::OutOfRange
}

impl Job<'_> {
    /// The royalty.
    pub fn evaluate(&self, places: &mut Places<'_>, trace: &mut Trace) -> Result<Evaluated, SuspenseReason> {
        match &self.term.model {
            CompiledModel::Rated(rated) => self.rated(rated, places, trace),
            // A plain model on a piece that is not a whole line.
            CompiledModel::Percentage { base, .. } => {
                // The compiled factor holds what the deductions leave: the term is asked for both.
                let rate = self.term.plain_rate;
                self.rated(&Rated::Percentage { base: *base, rate }, places, trace)
            }
            CompiledModel::PerUnit { amount, scale, currency } => {
                let amount = Factor { value: *amount, scale: *scale };
                self.rated(&Rated::PerUnit { amount, currency: *currency }, places, trace)
            }
        }
    }

    fn rated(&self, rated: &Rated, places: &mut Places<'_>, trace: &mut Trace) -> Result<Evaluated, SuspenseReason> {
        match rated {
            Rated::Percentage { base, rate } => {
                let entered = self.entered(*base, places, trace)?;
                let amount = self.percentage(entered.left, *rate, entered.currency, trace)?;
                Ok(Evaluated {
                    receipts: entered.receipts,
                    parts: smallvec![Part {
                        amount,
                        currency: entered.currency,
                        entered: entered.amount,
                        entered_currency: entered.currency,
                        units: None,
                    }],
                    takes: entered.takes,
                })
            }
            Rated::PerUnit { amount, currency } => {
                let units = self.bearing(trace)?;
                let chain = self.taking_part(Chain::from(units))?;
                self.per_unit(chain, *amount, *currency, places, trace)
            }
            Rated::Tiered(tiers) => self.tiered(tiers, places, trace),
            Rated::Statutory(statutory) => self.statutory(statutory, places, trace),
            Rated::Formula { formula, currency } => {
                let currency = currency.unwrap_or(self.piece.line.currency);
                let value = formula.evaluate(|variable| self.value(variable)).map_err(|fault| match fault {
                    Fault::Missing(Variable::Ppd | Variable::Retail) => SuspenseReason::MissingPrice,
                    Fault::Missing(_) => SuspenseReason::MissingInput,
                    Fault::TooLarge => SuspenseReason::OutOfRange,
                    Fault::DividedByZero | Fault::NotANumber => SuspenseReason::FormulaFailed,
                })?;
                let value = Chain::of_decimal(value).amount(self.rules.rounding()).map_err(out_of_range)?;
                trace.step(StepCode::Formula, || {
                    let mut inputs = vec![named(InputName::Name, formula.text())];
                    for (name, variable) in Variable::ALL {
                        if formula.text().contains(name)
                            && let Ok(value) = self.value(*variable)
                        {
                            inputs.push(named(InputName::Of, *name));
                            inputs.push(number(InputName::Factor, value.into()));
                        }
                    }
                    (inputs, Some((value.exact(), Some(currency))))
                });
                let chain = self.reduced(self.taking_part(Chain::from(value))?, currency, trace)?;
                let amount = self.round(chain, currency, trace)?;
                self.without_base(amount, currency, places, trace)
            }
            Rated::Hybrid { choice, models } => self.hybrid(*choice, models, places, trace),
        }
    }

    /// Base times rate, reduced and rounded.
    fn percentage(
        &self,
        base: Chain,
        rate: Factor,
        currency: Currency,
        trace: &mut Trace,
    ) -> Result<Amount, SuspenseReason> {
        let chain = self.deducted(base, currency, trace)?;
        let chain = trace.times(StepCode::Percentage, chain, rate, currency, Vec::new).map_err(out_of_range)?;
        let chain = self.reduced(chain, currency, trace)?;
        self.round(chain, currency, trace)
    }

    /// Units (times the participation) times an amount, reduced and rounded.
    fn per_unit(
        &self,
        units: Chain,
        amount: Factor,
        currency: Currency,
        places: &mut Places<'_>,
        trace: &mut Trace,
    ) -> Result<Evaluated, SuspenseReason> {
        let chain = units.times(amount).map_err(out_of_range)?;
        trace.step(StepCode::PerUnit, || {
            let mut inputs = Vec::new();
            inputs.extend(units.exact().map(|units| number(InputName::Units, units)));
            inputs.push(super::trace::money(InputName::PerUnit, amount.exact(), currency));
            (inputs, chain.exact().map(|exact| (exact, Some(currency))))
        });
        let chain = self.physical_factor(chain, currency, trace)?;
        let chain = self.reduced(chain, currency, trace)?;
        let amount = self.round(chain, currency, trace)?;
        self.without_base(amount, currency, places, trace)
    }

    /// A royalty that is not of a base: steps off the top are paid out of net.
    fn without_base(
        &self,
        amount: Amount,
        currency: Currency,
        places: &mut Places<'_>,
        trace: &mut Trace,
    ) -> Result<Evaluated, SuspenseReason> {
        let rounding = self.rules.rounding();
        let receipts = self.taking_part(Chain::from(self.piece.net))?.amount(rounding).map_err(out_of_range)?;
        let line_currency = self.piece.line.currency;
        let (takes, _) = self.off_the_top(receipts, line_currency, places, trace)?;
        Ok(Evaluated {
            parts: smallvec![Part {
                amount,
                currency,
                entered: receipts,
                entered_currency: line_currency,
                units: None,
            }],
            takes,
            receipts,
        })
    }

    /// Times the participation's ratio.
    fn taking_part(&self, chain: Chain) -> Result<Chain, SuspenseReason> {
        let ratio = Factor { value: self.participation.ratio, scale: self.participation.ratio_scale };
        chain.times(ratio).map_err(out_of_range)
    }

    /// What the term's deductions leave.
    fn deducted(&self, chain: Chain, currency: Currency, trace: &mut Trace) -> Result<Chain, SuspenseReason> {
        if self.term.left.is_one() {
            return Ok(chain);
        }
        let more = || vec![named(InputName::Name, "deductions")];
        trace.times(StepCode::Deduction, chain, self.term.left, currency, more).map_err(out_of_range)
    }

    /// Times every reduction that matches.
    fn reduced(&self, mut chain: Chain, currency: Currency, trace: &mut Trace) -> Result<Chain, SuspenseReason> {
        for reduction in &self.term.reductions {
            if reduction.matches(&self.piece.line, self.wanted.territory, &self.rules.territories) {
                let factor = Factor { value: reduction.factor, scale: reduction.scale };
                chain = trace.times(StepCode::Reduction, chain, factor, currency, Vec::new).map_err(out_of_range)?;
            }
        }
        Ok(chain)
    }

    fn round(&self, chain: Chain, currency: Currency, trace: &mut Trace) -> Result<Amount, SuspenseReason> {
        let amount = chain.amount(self.rules.rounding()).map_err(out_of_range)?;
        if trace.on() && chain.exact() != Some(amount.exact()) {
            trace.step(StepCode::Rounding, || {
                let mut inputs = Vec::new();
                inputs.extend(chain.exact().map(|exact| super::trace::money(InputName::Amount, exact, currency)));
                inputs.push(number(InputName::Places, Exact::from(Decimal::from(kernel::decimal::LINE_SCALE))));
                (inputs, Some((amount.exact(), Some(currency))))
            });
        }
        Ok(amount)
    }

    /// An amount in the contract's currency, in units of 10⁻¹².
    pub fn in_contract_currency(&self, amount: Amount, currency: Currency) -> Result<i128, SuspenseReason> {
        let rate = match self.rules.fx.find(currency, self.piece.line.report, self.contract.target) {
            Fx::Same => return amount.pico(self.rules.rounding()).map_err(out_of_range),
            Fx::Rate(rate) => rate,
            Fx::Missing if amount.is_zero() => return Ok(0),
            Fx::Missing => return Err(SuspenseReason::MissingRate),
        };
        let atto = amount.wide_atto().map_err(out_of_range)?;
        self.rules.to_pico(atto, Some(rate)).map_err(out_of_range)
    }

    /// An amount in units of 10⁻¹² of the contract's currency, in another.
    pub fn of_contract_currency(&self, pico: i128, currency: Currency) -> Result<Amount, SuspenseReason> {
        let rate = match self.rules.fx.find(currency, self.piece.line.report, self.contract.target) {
            Fx::Same => return Ok(Amount { negative: pico < 0, magnitude: pico.unsigned_abs(), scale: 12 }),
            Fx::Rate(rate) => rate,
            Fx::Missing if pico == 0 => return Ok(Amount::ZERO),
            Fx::Missing => return Err(SuspenseReason::MissingRate),
        };
        let conversion = &self.rules.conversions()[rate as usize];
        let atto = conversion.atto(pico.unsigned_abs(), self.rules.rounding()).ok_or(SuspenseReason::OutOfRange)?;
        Ok(Amount::of_atto(signed(pico < 0, atto)))
    }
}
