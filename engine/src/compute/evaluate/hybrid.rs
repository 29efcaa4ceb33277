//! One royalty made of several.

use kernel::codes::SuspenseReason;

use super::{Evaluated, Job};
use crate::compile::Rated;
use crate::compute::order::Places;
use crate::compute::trace::{Trace, money, named, number};
use crate::explain::{InputName, StepCode};
use crate::fixed::Pico;
use crate::model::HybridChoice;

impl Job<'_> {
    pub(super) fn hybrid(
        &self,
        choice: HybridChoice,
        models: &[Rated],
        places: &mut Places<'_>,
        trace: &mut Trace,
    ) -> Result<Evaluated, SuspenseReason> {
        let mut chosen: Option<(usize, i128, Evaluated, Trace)> = None;
        let mut refused = SuspenseReason::MissingInput;
        // Of a line below zero the lesser is what the greater is of its reversal.
        let below_zero = self.piece.net.negative || (self.piece.net.is_zero() && self.piece.units.negative);
        for (index, model) in models.iter().enumerate() {
            let mut own = trace.like();
            let evaluated = match self.rated(model, places, &mut own) {
                Ok(evaluated) => evaluated,
                Err(reason) if choice == HybridChoice::FirstApplicable && is_missing(reason) => {
                    refused = reason;
                    continue;
                }
                Err(reason) => return Err(reason),
            };
            let mut worth = 0i128;
            for part in &evaluated.parts {
                worth = worth.saturating_add(self.in_contract_currency(part.amount, part.currency)?);
            }
            trace.step(StepCode::Hybrid, || {
                let index = rust_decimal::Decimal::from(index + 1);
                let inputs = vec![
                    named(InputName::Name, "candidate"),
                    number(InputName::Factor, index.into()),
                    money(InputName::Amount, Pico(worth).into(), self.contract.currency),
                ];
                (inputs, None)
            });
            chosen = Some(match (chosen, choice) {
                (None, _) => (index, worth, evaluated, own),
                (Some(mut sum), HybridChoice::SumOf) => {
                    sum.2.parts.extend(evaluated.parts);
                    sum.2.takes.extend(evaluated.takes);
                    sum.3.append(own);
                    sum
                }
                (Some(first), HybridChoice::FirstApplicable) => first,
                (Some(best), HybridChoice::GreaterOf | HybridChoice::LesserOf) => {
                    let greater = (choice == HybridChoice::GreaterOf) != below_zero;
                    let better = if greater { worth > best.1 } else { worth < best.1 };
                    if better { (index, worth, evaluated, own) } else { best }
                }
            });
        }
        let (index, _, evaluated, own) = chosen.ok_or(refused)?;
        if choice != HybridChoice::SumOf {
            trace.step(StepCode::Hybrid, || {
                let index = rust_decimal::Decimal::from(index + 1);
                (vec![named(InputName::Name, "chosen"), number(InputName::Factor, index.into())], None)
            });
        }
        trace.append(own);
        Ok(evaluated)
    }
}

/// Whether the line lacks what a model needs.
fn is_missing(reason: SuspenseReason) -> bool {
    matches!(reason, SuspenseReason::MissingInput | SuspenseReason::MissingPrice | SuspenseReason::MissingStatutoryRate)
}
