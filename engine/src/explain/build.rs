//! Computing a derivation step by step.

use kernel::currency::Currency;
use kernel::decimal::{LINE_SCALE, ROYALTY_SCALE};
use rust_decimal::Decimal;

use super::{ExplainError, Explanation, Input, InputName, Reference, Step, StepCode, Value};
use crate::compile::{CompiledRules, Next, territory_number};
use crate::compute::royalty::signed;
use crate::compute::split::shares;
use crate::fixed::{Atto, Exact, POW10, Pico};
use crate::model::{Base, ContractVersion, DeductionBase, Interner, Line, Model, Term};
use crate::outcome::RoyaltyRow;

fn amount(amount: Exact, currency: Currency) -> Value {
    Value::Amount { amount, currency }
}

fn number(number: impl Into<Exact>) -> Value {
    Value::Number { number: number.into() }
}

fn input(name: InputName, value: Value) -> Input {
    Input { name, value }
}

struct Steps {
    steps: Vec<Step>,
}

impl Steps {
    fn add(&mut self, code: StepCode, references: Vec<Reference>, inputs: Vec<Input>, output: Option<Value>) {
        self.steps.push(Step { code, references, inputs, output });
    }

    /// A step that multiplies: the product is exact.
    fn times(
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

impl CompiledRules {
    /// Derives the amount of a row again, step by step, from the line it was made from.
    ///
    /// `names` is the interner of the run.
    ///
    /// # Errors
    /// [`ExplainError::Foreign`] when row, line and rules do not belong together, [`ExplainError::Mismatch`] when
    /// they do and the computation does not end at the stored amount.
    pub fn explain(&self, names: &Interner, line: &Line, row: &RoyaltyRow) -> Result<Explanation, ExplainError> {
        let territory = territory_number(line.territory);
        let participation = self.participations.get(row.participation as usize).ok_or(ExplainError::Foreign)?;
        let rights = self.rights(line, territory).map_err(|_| ExplainError::Foreign)?;
        let version = &self.versions[participation.version as usize];
        let contract = &self.contracts[participation.contract as usize];
        let (winner, runner_up) = self.term_for(participation.version, line, territory);
        if !rights.participations.contains(&row.participation)
            || winner != Some(row.term)
            || !version.split.leaves.contains(&row.split)
        {
            return Err(ExplainError::Foreign);
        }
        let written = &self.rules.contracts[participation.contract as usize].versions[version.position as usize];
        let term = &written.terms[(row.term - version.terms.start) as usize];

        let mut steps = Steps { steps: Vec::with_capacity(12) };
        self.file_row(&mut steps, names, line);
        steps.add(
            StepCode::Participation,
            vec![
                Reference::Contract { contract_id: contract.id },
                Reference::ContractVersion { version_id: version.id },
                Reference::Participation { participation_id: participation.id },
            ],
            vec![input(InputName::SaleDate, Value::Date { date: line.sale_date })],
            Some(number(written.participations[participation.position as usize].ratio.get())),
        );
        let mut terms = vec![Reference::Term { term_id: term.id }];
        terms.extend(runner_up.map(|index| Reference::RunnerUp { term_id: self.terms[index as usize].id }));
        steps.add(StepCode::Term, terms, Vec::new(), None);

        let ratio = Exact::from(written.participations[participation.position as usize].ratio.get());
        let (royalty, currency) = self.royalty_steps(&mut steps, line, territory, term, row.term, ratio)?;
        let royalty = self.rounded(&mut steps, royalty, currency, LINE_SCALE)?;
        let source = self.split_steps(&mut steps, row, written, royalty, currency)?;
        let computed = self.currency_steps(&mut steps, row, source, currency, contract.currency)?;
        if computed != row.amount || source != row.source_amount {
            return Err(ExplainError::Mismatch { stored: row.amount, computed });
        }
        Ok(Explanation {
            steps: steps.steps,
            source_amount: source.into(),
            source_currency: currency,
            amount: computed.into(),
            currency: contract.currency,
        })
    }

    fn file_row(&self, steps: &mut Steps, names: &Interner, line: &Line) {
        let mut references = Vec::new();
        if let Some(report) = self.scope.reports.get(line.report as usize) {
            references.push(Reference::ReportLine { report_id: report.id, line_no: line.line_no });
        }
        references.extend(names.item_key(line.item).map(|item| Reference::Item { item }));
        let text = |name, text: Option<&str>| {
            text.map(|text| input(name, Value::Text { text: text.to_owned() }))
        };
        let mut inputs = vec![
            input(InputName::Units, number(Decimal::from(line.units))),
            input(InputName::SaleDate, Value::Date { date: line.sale_date }),
            input(InputName::Territory, Value::Territory { territory: line.territory }),
            input(InputName::RevenueType, Value::RevenueType { revenue_type: line.revenue_type }),
        ];
        inputs.extend(line.gross.map(|gross| input(InputName::Gross, amount(gross.into(), line.currency))));
        inputs.extend(text(InputName::Platform, names.platform_code(line.platform)));
        let configuration = line.configuration.and_then(|index| names.configuration_name(index));
        inputs.extend(text(InputName::Configuration, configuration));
        steps.add(StepCode::FileRow, references, inputs, Some(amount(line.amount.into(), line.currency)));
    }

    /// Base, deductions, rate and reductions, all exact.
    fn royalty_steps(
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
                };
                let of = Value::Text { text: if *base == Base::Net { "NET" } else { "GROSS" }.to_owned() };
                let currency = line.currency;
                let entered = steps.times(
                    StepCode::Base,
                    money.into(),
                    ratio,
                    currency,
                    vec![input(InputName::Of, of)],
                )?;
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

    /// Rounds; a step only where something is rounded away.
    fn rounded(
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
    fn split_steps(
        &self,
        steps: &mut Steps,
        row: &RoyaltyRow,
        written: &ContractVersion,
        royalty: Exact,
        currency: Currency,
    ) -> Result<Atto, ExplainError> {
        let split = &self.versions[row.version as usize].split;
        let foreign = |_| ExplainError::Foreign;
        let whole = royalty.to_decimal().and_then(|whole| Atto::from_decimal(whole).ok()).ok_or(ExplainError::Foreign)?;
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

    fn currency_steps(
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
