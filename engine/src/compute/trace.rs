//! The steps of an evaluation, written down when somebody asks.

use kernel::currency::Currency;
use kernel::decimal::OutOfRange;
use rust_decimal::Decimal;

use super::chain::Chain;
use crate::compile::Factor;
use crate::explain::{Input, InputName, Step, StepCode, Value};
use crate::fixed::{Exact, Pico, Product};

/// Steps, or nothing.
pub(crate) struct Trace {
    steps: Option<Vec<Step>>,
    /// Which part of the royalty the steps are about; steps before the first belong to all.
    part: usize,
    wanted: usize,
}

impl Trace {
    /// Nothing is written down.
    pub const fn off() -> Self {
        Self { steps: None, part: usize::MAX, wanted: 0 }
    }

    /// What leads to one part is written down.
    pub const fn of_part(wanted: usize) -> Self {
        Self { steps: Some(Vec::new()), part: usize::MAX, wanted }
    }

    /// Another, on or off as this one.
    pub fn like(&self) -> Self {
        Self { steps: self.steps.as_ref().map(|_| Vec::new()), part: self.part, wanted: self.wanted }
    }

    /// What was written down.
    pub fn into_steps(self) -> Vec<Step> {
        self.steps.unwrap_or_default()
    }

    /// Adds what another wrote down.
    pub fn append(&mut self, other: Self) {
        if let (Some(steps), Some(more)) = (&mut self.steps, other.steps) {
            steps.extend(more);
        }
    }

    /// What follows is about one part.
    pub fn part(&mut self, part: usize) {
        self.part = part;
    }

    /// Whether what follows is written down.
    #[inline]
    pub fn on(&self) -> bool {
        self.steps.is_some() && (self.part == usize::MAX || self.part == self.wanted)
    }

    /// Writes a step down.
    #[inline]
    pub fn step(&mut self, code: StepCode, step: impl FnOnce() -> (Vec<Input>, Option<(Exact, Option<Currency>)>)) {
        if !self.on() {
            return;
        }
        if let Some(steps) = &mut self.steps {
            let (inputs, output) = step();
            let output = output.map(|(value, currency)| match currency {
                Some(currency) => Value::Amount { amount: value, currency },
                None => Value::Number { number: value },
            });
            steps.push(Step { code, references: Vec::new(), inputs, output });
        }
    }

    /// Multiplies and writes it down.
    #[inline]
    pub fn times(
        &mut self,
        code: StepCode,
        chain: Chain,
        factor: Factor,
        currency: Currency,
        more: impl FnOnce() -> Vec<Input>,
    ) -> Result<Chain, OutOfRange> {
        let product = chain.times(factor)?;
        self.step(code, || {
            let mut inputs = Vec::new();
            inputs.extend(chain.exact().map(|exact| money(InputName::Amount, exact, currency)));
            inputs.push(number(InputName::Factor, factor.exact()));
            inputs.extend(more());
            (inputs, product.exact().map(|exact| (exact, Some(currency))))
        });
        Ok(product)
    }

    /// The tier that applies, and how much of the line lies in it.
    pub fn tier(&mut self, tier: usize, from: i128, share: Option<(u128, Exact)>) {
        self.step(StepCode::Tier, || {
            let mut inputs = vec![
                number(InputName::Tier, Exact::from(Decimal::from(tier + 1))),
                number(InputName::From, Pico(from).into()),
            ];
            let output = share.map(|(weight, part)| {
                let weight = i128::try_from(weight).unwrap_or(i128::MAX);
                inputs.push(number(InputName::Units, Pico(weight).into()));
                (part, None)
            });
            (inputs, output)
        });
    }
}

impl Factor {
    /// For explanations.
    pub fn exact(self) -> Exact {
        Exact::new(false, Product::Narrow(self.value), self.scale)
    }
}

pub(crate) fn money(name: InputName, amount: Exact, currency: Currency) -> Input {
    Input { name, value: Value::Amount { amount, currency } }
}

pub(crate) fn number(name: InputName, number: Exact) -> Input {
    Input { name, value: Value::Number { number } }
}

pub(crate) fn named(name: InputName, text: impl Into<String>) -> Input {
    Input { name, value: Value::Text { text: text.into() } }
}
