//! The royalty of one line under one participation.

use kernel::codes::SuspenseReason;
use kernel::currency::Currency;
use kernel::decimal::{LINE_SCALE, OutOfRange};

use crate::compile::{CompiledModel, CompiledParticipation, CompiledRules, CompiledTerm};
use crate::fixed::{MAX_MAGNITUDE, POW10, Product, is_amount, strip_magnitude};
use crate::model::{Base, Line};
use rust_decimal::Decimal;

/// An amount of at most 18 places: sign, magnitude, places. Kept as short as it is, so that the usual amounts
/// multiply in one machine word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Amount {
    pub negative: bool,
    pub magnitude: u128,
    pub scale: u32,
}

impl Amount {
    /// Reads a line's decimal.
    #[inline]
    pub fn read(value: Decimal) -> Result<Self, OutOfRange> {
        let mantissa = value.mantissa();
        let (magnitude, scale) = if value.scale() > 8 {
            strip_magnitude(mantissa.unsigned_abs(), value.scale())
        } else {
            (mantissa.unsigned_abs(), value.scale())
        };
        if scale > LINE_SCALE {
            return Err(OutOfRange);
        }
        Ok(Self { negative: mantissa < 0, magnitude, scale })
    }

    /// In units of 10⁻¹⁸, signed, small enough to be written as a `Decimal`.
    #[inline]
    pub fn atto(self) -> Result<i128, OutOfRange> {
        match Product::Narrow(self.magnitude).shifted(LINE_SCALE - self.scale)? {
            Product::Narrow(atto) if is_amount(atto) => Ok(signed(self.negative, atto)),
            _ => Err(OutOfRange),
        }
    }
}

/// Puts the sign on a magnitude that fits 127 bits.
#[inline]
pub(crate) fn signed(negative: bool, magnitude: u128) -> i128 {
    let value = i128::try_from(magnitude).unwrap_or(i128::MAX);
    if negative { -value } else { value }
}

/// What a term gives for a line, before it is divided over payees.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Royalty {
    /// The royalty, in `currency`, rounded once to 18 places if it has more.
    pub amount: Amount,
    /// The currency of the line, or of the amount per unit.
    pub currency: Currency,
    /// What entered the contract: base × participation, in the line's currency.
    pub receipts: Amount,
}

impl CompiledRules {
    /// `base × participation × (rate × what deductions leave) × reductions`, exact, then rounded to 18 places.
    #[inline]
    pub(crate) fn royalty(
        &self,
        line: &Line,
        territory: usize,
        net: Amount,
        participation: &CompiledParticipation,
        term: &CompiledTerm,
    ) -> Result<Royalty, SuspenseReason> {
        let out_of_range = |_: OutOfRange| SuspenseReason::OutOfRange;
        let share = |amount: Amount| {
            let product = Product::Narrow(amount.magnitude).times(participation.ratio)?;
            Ok::<_, OutOfRange>((product, amount.scale + participation.ratio_scale))
        };
        let (base, product, scale, currency) = match &term.model {
            CompiledModel::Percentage { base, factor, scale } => {
                let amount = match base {
                    Base::Net => net,
                    Base::Gross => {
                        let gross = line.gross.ok_or(SuspenseReason::MissingInput)?;
                        Amount::read(gross).map_err(out_of_range)?
                    }
                    Base::Ppd | Base::Retail | Base::UnitPrice | Base::AtSource => {
                        return Err(SuspenseReason::MissingPrice);
                    }
                };
                let (product, places) = share(amount).map_err(out_of_range)?;
                (amount, product.times(*factor).map_err(out_of_range)?, places + scale, line.currency)
            }
            CompiledModel::PerUnit { amount, scale, currency } => {
                let units =
                    Amount { negative: line.units < 0, magnitude: u128::from(line.units.unsigned_abs()), scale: 0 };
                let (product, places) = share(units).map_err(out_of_range)?;
                (units, product.times(*amount).map_err(out_of_range)?, places + scale, *currency)
            }
            // Evaluated step by step: the caller has seen to it.
            CompiledModel::Rated(_) => return Err(SuspenseReason::MissingInput),
        };
        let (mut product, mut scale) = (product, scale);
        for reduction in &term.reductions {
            if reduction.matches(line, territory, &self.territories) {
                product = product.times(reduction.factor).map_err(out_of_range)?;
                scale += reduction.scale;
            }
        }
        let entered = match term.model {
            CompiledModel::Percentage { .. } => base,
            CompiledModel::PerUnit { .. } | CompiledModel::Rated(_) => net,
        };
        let (receipts, places) = share(entered).map_err(out_of_range)?;
        Ok(Royalty {
            amount: self.at_most_18(base.negative, product, scale).map_err(out_of_range)?,
            currency,
            receipts: self.at_most_18(entered.negative, receipts, places).map_err(out_of_range)?,
        })
    }

    /// Rounds to 18 places when there are more.
    #[inline]
    fn at_most_18(&self, negative: bool, product: Product, scale: u32) -> Result<Amount, OutOfRange> {
        let (magnitude, scale) = match product {
            Product::Narrow(magnitude) if scale <= LINE_SCALE => (magnitude, scale),
            _ if scale > LINE_SCALE => (product.unshifted(scale - LINE_SCALE, self.rules.rounding)?, LINE_SCALE),
            _ => return Err(OutOfRange),
        };
        if magnitude > MAX_MAGNITUDE {
            return Err(OutOfRange);
        }
        Ok(Amount { negative: negative && magnitude != 0, magnitude, scale })
    }

    /// An amount in units of 10⁻¹⁸ as one in units of 10⁻¹² of the contract's currency.
    #[inline]
    pub(crate) fn to_pico(&self, atto: i128, rate: Option<u32>) -> Result<i128, OutOfRange> {
        let magnitude = atto.unsigned_abs();
        let pico = match rate {
            None => crate::fixed::div_round(magnitude, POW10[6], self.rules.rounding),
            Some(rate) => {
                let conversion = &self.fx.conversions()[rate as usize];
                conversion.pico(magnitude, self.rules.rounding).ok_or(OutOfRange)?
            }
        };
        if pico > MAX_MAGNITUDE {
            return Err(OutOfRange);
        }
        Ok(signed(atto < 0, pico))
    }
}
