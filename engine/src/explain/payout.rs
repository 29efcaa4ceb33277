//! From the contract's royalty to the payee's amount.

use kernel::currency::Currency;
use kernel::decimal::ROYALTY_SCALE;
use rust_decimal::Decimal;

use super::steps::{Steps, amount, input, number};
use super::{ExplainError, InputName, Reference, StepCode, Value};
use crate::compile::{CompiledRules, Next};
use crate::compute::royalty::signed;
use crate::compute::split::shares;
use crate::fixed::{Atto, Exact, POW10, Pico};
use crate::model::ContractVersion;
use crate::outcome::RoyaltyRow;

impl CompiledRules {
    /// Rounds; a step only where something is rounded away.
    pub(super) fn rounded(
        &self,
        steps: &mut Steps,
        value: Exact,
        currency: Currency,
        places: u32,
    ) -> Result<Exact, ExplainError> {
        let rounded = value.rounded(places, self.rules.rounding).map_err(|_| ExplainError::Foreign)?;
        if rounded != value {
            let inputs = vec![
                input(InputName::Amount, amount(value, currency)),
                input(InputName::Places, number(Decimal::from(places))),
            ];
            steps.add(StepCode::Rounding, Vec::new(), inputs, Some(amount(rounded, currency)));
        }
        Ok(rounded)
    }

    /// The way down the split tree: what every level gets is allocated by largest remainder.
    pub(super) fn split_steps(
        &self,
        steps: &mut Steps,
        row: &RoyaltyRow,
        written: &ContractVersion,
        royalty: Exact,
        currency: Currency,
    ) -> Result<Atto, ExplainError> {
        let split = &self.versions[row.version as usize].split;
        let foreign = |_| ExplainError::Foreign;
        let whole =
            royalty.to_decimal().and_then(|whole| Atto::from_decimal(whole).ok()).ok_or(ExplainError::Foreign)?;
        let negative = whole.0 < 0;
        let (mut magnitude, mut level, mut nodes) = (whole.0.unsigned_abs(), 0u32, &written.splits);
        for place in &self.leaves[row.split as usize].path {
            let here = &split.levels[level as usize];
            let weights = here.nodes.iter().map(|node| u128::from(node.weight));
            let parts = shares(magnitude, POW10[here.scale as usize], weights).map_err(foreign)?;
            let node = &nodes[*place as usize];
            let share = parts[*place as usize];
            steps.add(
                StepCode::Split,
                vec![Reference::Split { split_id: node.id, party_id: node.party_id }],
                vec![
                    input(InputName::Amount, amount(Atto(signed(negative, magnitude)).into(), currency)),
                    input(InputName::Factor, number(node.ratio.get())),
                ],
                Some(amount(Atto(signed(negative, share)).into(), currency)),
            );
            magnitude = share;
            nodes = &node.children;
            if let Next::Level(below) = here.nodes[*place as usize].next {
                level = below;
            }
        }
        Ok(Atto(signed(negative, magnitude)))
    }

    pub(super) fn currency_steps(
        &self,
        steps: &mut Steps,
        row: &RoyaltyRow,
        source: Atto,
        from: Currency,
        to: Currency,
    ) -> Result<Pico, ExplainError> {
        let pico = Pico(self.to_pico(source.0, row.rate).map_err(|_| ExplainError::Foreign)?);
        let Some(rate) = row.rate else {
            self.rounded(steps, source.into(), to, ROYALTY_SCALE)?;
            return Ok(pico);
        };
        let rate = self.conversions().get(rate as usize).ok_or(ExplainError::Foreign)?;
        if rate.from != from || rate.to != to {
            return Err(ExplainError::Foreign);
        }
        let mut inputs = vec![
            input(InputName::Amount, amount(source.into(), from)),
            input(InputName::Multiply, number(rate.multiply)),
            input(InputName::Divide, number(rate.divide)),
            input(InputName::Places, number(Decimal::from(ROYALTY_SCALE))),
        ];
        inputs.extend(rate.date.map(|date| input(InputName::RateDate, Value::Date { date })));
        inputs.extend(rate.sources.iter().map(|source| input(InputName::Source, Value::Text { text: source.clone() })));
        let references = rate.rate_ids.iter().map(|rate_id| Reference::Rate { rate_id: *rate_id }).collect();
        steps.add(StepCode::Currency, references, inputs, Some(amount(pico.into(), to)));
        Ok(pico)
    }
}
