//! From the line to the contract's royalty.

use kernel::currency::Currency;
use rust_decimal::Decimal;

use super::steps::{Steps, amount, input, number};
use super::{ExplainError, InputName, StepCode, Value};
use crate::compile::CompiledRules;
use crate::fixed::Exact;
use crate::model::{Base, DeductionBase, Line, Model, Term};

impl CompiledRules {
    /// Base, deductions, rate and reductions, all exact.
    pub(super) fn royalty_steps(
        &self,
        steps: &mut Steps,
        line: &Line,
        territory: usize,
        term: &Term,
        term_ix: u32,
        ratio: Exact,
    ) -> Result<(Exact, Currency), ExplainError> {
        let (mut royalty, currency) = match &term.model {
            Model::Percentage { base, rate } => {
                let money = match base {
                    Base::Net => line.amount,
                    Base::Gross => line.gross.ok_or(ExplainError::Foreign)?,
                    Base::Ppd | Base::Retail | Base::UnitPrice | Base::AtSource => return Err(ExplainError::Foreign),
                };
                let of = Value::Text { text: base.as_str().to_owned() };
                let currency = line.currency;
                let entered =
                    steps.times(StepCode::Base, money.into(), ratio, currency, vec![input(InputName::Of, of)])?;
                let left = deduction_steps(steps, term, entered, currency)?;
                (steps.times(StepCode::Percentage, left, rate.get().into(), currency, Vec::new())?, currency)
            }
            Model::PerUnit { amount: per_unit, currency } => {
                let units = Exact::from(Decimal::from(line.units));
                let entered = units.times(ratio).map_err(|_| ExplainError::Foreign)?;
                steps.add(
                    StepCode::Base,
                    Vec::new(),
                    vec![
                        input(InputName::Units, Value::Number { number: units }),
                        input(InputName::Factor, Value::Number { number: ratio }),
                    ],
                    Some(Value::Number { number: entered }),
                );
                let royalty = entered.times((*per_unit).into()).map_err(|_| ExplainError::Foreign)?;
                steps.add(
                    StepCode::PerUnit,
                    Vec::new(),
                    vec![
                        input(InputName::Units, Value::Number { number: entered }),
                        input(InputName::PerUnit, amount((*per_unit).into(), *currency)),
                    ],
                    Some(amount(royalty, *currency)),
                );
                (royalty, *currency)
            }
            Model::Tiered { .. } | Model::Statutory { .. } | Model::Formula { .. } | Model::Hybrid { .. } => {
                return Err(ExplainError::Foreign);
            }
        };
        for (reduction, compiled) in term.reductions.iter().zip(&self.terms[term_ix as usize].reductions) {
            if compiled.matches(line, territory, &self.territories) {
                let kind = Value::Text { text: reduction.kind.as_str().to_owned() };
                let more = vec![input(InputName::Name, kind)];
                royalty = steps.times(StepCode::Reduction, royalty, reduction.factor.get().into(), currency, more)?;
            }
        }
        Ok((royalty, currency))
    }
}

/// Deductions in order; what is left.
fn deduction_steps(steps: &mut Steps, term: &Term, entered: Exact, currency: Currency) -> Result<Exact, ExplainError> {
    let mut left = entered;
    for deduction in &term.deductions {
        let of = match deduction.base {
            DeductionBase::Receipts => entered,
            DeductionBase::Remaining => left,
        };
        let taken = of.times(deduction.ratio.get().into()).map_err(|_| ExplainError::Foreign)?;
        let after = left.minus(taken).map_err(|_| ExplainError::Foreign)?;
        let inputs = vec![
            input(InputName::Name, Value::Text { text: deduction.name.clone() }),
            input(InputName::Amount, amount(left, currency)),
            input(InputName::Of, amount(of, currency)),
            input(InputName::Factor, number(deduction.ratio.get())),
        ];
        steps.add(StepCode::Deduction, Vec::new(), inputs, Some(amount(after, currency)));
        left = after;
    }
    Ok(left)
}
