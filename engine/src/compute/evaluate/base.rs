//! Bases: what a rate is applied to.

use kernel::codes::SuspenseReason;
use kernel::currency::Currency;
use rust_decimal::Decimal;
use smallvec::SmallVec;

use super::{Job, Take, out_of_range};
use crate::compile::{CompiledFreeGoods, CompiledStage, Factor};
use crate::compute::chain::Chain;
use crate::compute::order::Places;
use crate::compute::royalty::Amount;
use crate::compute::trace::{Trace, money, named, number};
use crate::explain::{InputName, StepCode};
use crate::formula::{Fault, Variable};
use crate::model::{Base, PriceKind};

/// What entered the contract.
pub(super) struct Entered {
    /// Before steps off the top, rounded to 18 places.
    pub amount: Amount,
    /// After them, exact where they are plain parts.
    pub left: Chain,
    pub currency: Currency,
    /// In the line's currency.
    pub receipts: Amount,
    pub takes: SmallVec<[Take; 2]>,
}

impl Job<'_> {
    /// Base × packaging and the like × participation, less steps off the top.
    pub(super) fn entered(
        &self,
        base: Base,
        places: &mut Places<'_>,
        trace: &mut Trace,
    ) -> Result<Entered, SuspenseReason> {
        let rounding = self.rules.rounding();
        let (chain, currency) = self.base(base, trace)?;
        let ratio = Factor { value: self.participation.ratio, scale: self.participation.ratio_scale };
        let more = || vec![named(InputName::Of, base.as_str())];
        let entered = trace.times(StepCode::Base, chain, ratio, currency, more).map_err(out_of_range)?;
        let amount = entered.amount(rounding).map_err(out_of_range)?;
        let receipts = if currency == self.piece.line.currency {
            amount
        } else {
            self.taking_part(Chain::from(self.piece.net))?.amount(rounding).map_err(out_of_range)?
        };
        if let Some(top) = self.version.waterfall.top {
            let left = if top.is_one() {
                entered
            } else {
                let more = || vec![named(InputName::Name, "off the top")];
                trace.times(StepCode::Waterfall, entered, top, currency, more).map_err(out_of_range)?
            };
            return Ok(Entered { amount, left, currency, receipts, takes: SmallVec::new() });
        }
        let (takes, left) = self.off_the_top(amount, currency, places, trace)?;
        Ok(Entered { amount, left: Chain::from(left), currency, receipts, takes })
    }

    /// What steps off the top take of an amount, and what they leave.
    pub(super) fn off_the_top(
        &self,
        amount: Amount,
        currency: Currency,
        places: &mut Places<'_>,
        trace: &mut Trace,
    ) -> Result<(SmallVec<[Take; 2]>, Amount), SuspenseReason> {
        let mut takes = SmallVec::new();
        let mut left = amount;
        if self.version.waterfall.top.is_some() {
            return Ok((takes, left));
        }
        for (step, compiled) in self.version.waterfall.steps.iter().enumerate() {
            if compiled.stage != CompiledStage::OffTheTop {
                continue;
            }
            let taken = self.take(step, left, amount, None, currency, places, trace)?;
            left = left.minus(taken).map_err(out_of_range)?;
            takes.push(Take { step, amount: taken, currency });
        }
        Ok((takes, left))
    }

    /// The base of the piece with the deductions of the physical trade, before participation.
    fn base(&self, base: Base, trace: &mut Trace) -> Result<(Chain, Currency), SuspenseReason> {
        let piece = self.piece;
        let (chain, currency) = match base {
            Base::Net => (Chain::from(piece.net), piece.line.currency),
            Base::Gross => (Chain::from(piece.gross.ok_or(SuspenseReason::MissingInput)?), piece.line.currency),
            Base::AtSource => return self.at_source(trace),
            Base::Ppd => return self.priced(self.price(PriceKind::Ppd)?, trace),
            Base::Retail => return self.priced(self.price(PriceKind::Retail)?, trace),
            Base::UnitPrice => {
                let price = piece.line.details.unit_price.ok_or(SuspenseReason::MissingInput)?;
                return self.priced((price_of(price)?, piece.line.currency), trace);
            }
        };
        Ok((self.money_base(chain, currency, trace)?, currency))
    }

    /// Packaging, net sales and a fixed part of free goods, of a base of money.
    fn money_base(&self, chain: Chain, currency: Currency, trace: &mut Trace) -> Result<Chain, SuspenseReason> {
        let chain = self.physical_factor(chain, currency, trace)?;
        match self.term.physical.as_ref().and_then(|physical| physical.free_goods) {
            Some(CompiledFreeGoods::Fixed(left)) => {
                let more = || vec![named(InputName::Name, "free goods")];
                trace.times(StepCode::Physical, chain, left, currency, more).map_err(out_of_range)
            }
            _ => Ok(chain),
        }
    }

    /// Packaging and net sales.
    pub(super) fn physical_factor(
        &self,
        chain: Chain,
        currency: Currency,
        trace: &mut Trace,
    ) -> Result<Chain, SuspenseReason> {
        match &self.term.physical {
            Some(physical) if !physical.factor.is_one() => {
                let more = || vec![named(InputName::Name, "packaging and net sales")];
                trace.times(StepCode::Physical, chain, physical.factor, currency, more).map_err(out_of_range)
            }
            _ => Ok(chain),
        }
    }

    /// A price times the units that bear royalty.
    fn priced(&self, price: (Factor, Currency), trace: &mut Trace) -> Result<(Chain, Currency), SuspenseReason> {
        let (price, currency) = price;
        let units = self.bearing(trace)?;
        let chain = Chain::from(units).times(price).map_err(out_of_range)?;
        trace.step(StepCode::Price, || {
            let inputs =
                vec![number(InputName::Units, units.exact()), money(InputName::PerUnit, price.exact(), currency)];
            (inputs, chain.exact().map(|exact| (exact, Some(currency))))
        });
        Ok((self.physical_factor(chain, currency, trace)?, currency))
    }

    fn at_source(&self, trace: &mut Trace) -> Result<(Chain, Currency), SuspenseReason> {
        let currency = self.piece.line.currency;
        if let Some(source) = self.piece.source {
            trace.step(StepCode::AtSource, || (Vec::new(), Some((source.exact(), Some(currency)))));
            return Ok((self.money_base(Chain::from(source), currency, trace)?, currency));
        }
        let net = self.piece.net;
        let chain = match self.rules.tables.chain(&self.piece.line, self.wanted, &self.rules.territories) {
            Some((passes, position)) => {
                let chain = Chain::from(net).divided(passes).map_err(out_of_range)?;
                let name = self.rules.rules.source_chains.get(position as usize).map(|chain| chain.name.clone());
                let about = chain.amount(self.rules.rounding()).map_err(out_of_range)?;
                trace.step(StepCode::AtSource, || {
                    let inputs = vec![
                        named(InputName::Name, name.unwrap_or_default()),
                        money(InputName::Amount, net.exact(), currency),
                        number(InputName::Divide, passes.exact()),
                    ];
                    (inputs, Some((about.exact(), Some(currency))))
                });
                chain
            }
            // Nobody stands between: the tenant is at the source.
            None => Chain::from(net),
        };
        Ok((self.money_base(chain, currency, trace)?, currency))
    }

    /// The units that bear royalty, with the line's sign.
    pub(super) fn bearing(&self, trace: &mut Trace) -> Result<Amount, SuspenseReason> {
        let piece = self.piece;
        let Some(free_goods) = self.term.physical.as_ref().and_then(|physical| physical.free_goods) else {
            return Ok(piece.units);
        };
        let rounding = self.rules.rounding();
        let all = Amount { negative: false, ..piece.units };
        let bearing = match free_goods {
            CompiledFreeGoods::Fixed(left) => {
                Chain::from(all).times(left).and_then(|chain| chain.amount(rounding)).map_err(out_of_range)?
            }
            CompiledFreeGoods::Actual => all.minus(least(piece.free, all)?).map_err(out_of_range)?,
            CompiledFreeGoods::Threshold(ratio) => {
                let allowed =
                    Chain::from(all).times(ratio).and_then(|chain| chain.amount(rounding)).map_err(out_of_range)?;
                all.minus(least(least(piece.free, all)?, allowed)?).map_err(out_of_range)?
            }
        };
        let bearing = Amount { negative: piece.units.negative && !bearing.is_zero(), ..bearing };
        trace.step(StepCode::FreeGoods, || {
            let inputs =
                vec![number(InputName::Units, piece.units.exact()), number(InputName::Free, piece.free.exact())];
            (inputs, Some((bearing.exact(), None)))
        });
        Ok(bearing)
    }

    /// A price of a unit: the line's own, else that of the tables.
    fn price(&self, kind: PriceKind) -> Result<(Factor, Currency), SuspenseReason> {
        let details = &self.piece.line.details;
        let own = match kind {
            PriceKind::Ppd => details.ppd,
            PriceKind::Retail => details.retail,
        };
        if let Some(price) = own {
            return Ok((price_of(price)?, self.piece.line.currency));
        }
        let rules = self.rules;
        rules
            .tables
            .price(kind, &self.piece.line, self.wanted, self.contract.currency, &rules.items, &rules.territories)
            .ok_or(SuspenseReason::MissingPrice)
    }

    /// A value of a formula.
    pub(super) fn value(&self, variable: Variable) -> Result<Decimal, Fault> {
        let piece = self.piece;
        let missing = Fault::Missing(variable);
        let read = |amount: Amount| amount.exact().to_decimal().ok_or(Fault::TooLarge);
        let price = |kind| {
            let (price, currency) = self.price(kind).map_err(|_| missing)?;
            // A price of the tables in the contract's currency is no value of a formula over the line's.
            if currency == piece.line.currency {
                price.exact().to_decimal().ok_or(Fault::TooLarge)
            } else {
                Err(missing)
            }
        };
        match variable {
            Variable::Net => read(piece.net),
            Variable::Gross => piece.gross.ok_or(missing).and_then(read),
            Variable::AtSource => {
                let (chain, _) = self.at_source(&mut Trace::off()).map_err(|_| Fault::TooLarge)?;
                chain.amount(self.rules.rounding()).map_err(|_| Fault::TooLarge).and_then(read)
            }
            Variable::Ppd => price(PriceKind::Ppd),
            Variable::Retail => price(PriceKind::Retail),
            Variable::UnitPrice => piece.line.details.unit_price.ok_or(missing),
            Variable::Units => read(piece.units),
            Variable::FreeUnits => read(piece.free),
            Variable::BearingUnits => self.bearing(&mut Trace::off()).map_err(|_| Fault::TooLarge).and_then(read),
            Variable::Seconds => piece.line.details.duration_seconds.map(Decimal::from).ok_or(missing),
            Variable::Tracks => piece.line.details.track_count.map(Decimal::from).ok_or(missing),
        }
    }
}

/// A price as a factor: at most 18 places.
fn price_of(price: Decimal) -> Result<Factor, SuspenseReason> {
    let amount = Amount::read(price).map_err(out_of_range)?;
    Ok(Factor { value: amount.magnitude, scale: amount.scale })
}

/// The lesser of two amounts without sign.
fn least(a: Amount, b: Amount) -> Result<Amount, SuspenseReason> {
    let (left, right) = (a.wide_atto().map_err(out_of_range)?, b.wide_atto().map_err(out_of_range)?);
    Ok(if left <= right { a } else { b })
}
