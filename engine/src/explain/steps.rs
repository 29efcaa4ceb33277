//! Writing steps down.

use kernel::currency::Currency;

use super::{ExplainError, Input, InputName, Reference, Step, StepCode, Value};
use crate::fixed::Exact;

pub(super) fn amount(amount: Exact, currency: Currency) -> Value {
    Value::Amount { amount, currency }
}

pub(super) fn number(number: impl Into<Exact>) -> Value {
    Value::Number { number: number.into() }
}

pub(super) fn input(name: InputName, value: Value) -> Input {
    Input { name, value }
}

/// The steps so far.
pub(super) struct Steps {
    pub steps: Vec<Step>,
}

impl Steps {
    pub fn add(&mut self, code: StepCode, references: Vec<Reference>, inputs: Vec<Input>, output: Option<Value>) {
        self.steps.push(Step { code, references, inputs, output });
    }

    /// A step that multiplies: the product is exact.
    pub fn times(
        &mut self,
        code: StepCode,
        of: Exact,
        factor: Exact,
        currency: Currency,
        more: Vec<Input>,
    ) -> Result<Exact, ExplainError> {
        let product = of.times(factor).map_err(|_| ExplainError::Foreign)?;
        let mut inputs = vec![
            input(InputName::Amount, amount(of, currency)),
            input(InputName::Factor, Value::Number { number: factor }),
        ];
        inputs.extend(more);
        self.add(code, Vec::new(), inputs, Some(amount(product, currency)));
        Ok(product)
    }
}
