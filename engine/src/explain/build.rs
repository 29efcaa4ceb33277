//! Computing a derivation step by step.

use kernel::decimal::LINE_SCALE;
use rust_decimal::Decimal;

use super::steps::{Steps, amount, input, number};
use super::{ExplainError, Explanation, InputName, Reference, StepCode, Value};
use crate::compile::{CompiledRules, territory_number};
use crate::fixed::Exact;
use crate::model::{Interner, Line};
use crate::outcome::RoyaltyRow;

impl CompiledRules {
    /// Derives the amount of a row again, step by step, from the line it was made from.
    ///
    /// `names` is the interner of the run.
    ///
    /// # Errors
    /// [`ExplainError::Foreign`] when row, line and rules do not belong together, [`ExplainError::Mismatch`] when
    /// they do and the computation does not end at the stored amount.
    pub fn explain(&self, names: &Interner, line: &Line, row: &RoyaltyRow) -> Result<Explanation, ExplainError> {
        if !self.is_plain(line, row) {
            return self.explain_evaluated(names, line, row);
        }
        let territory = territory_number(line.territory);
        let participation = self.participations.get(row.participation as usize).ok_or(ExplainError::Foreign)?;
        let rights = self.rights(line, territory).map_err(|_| ExplainError::Foreign)?;
        let version = &self.versions[participation.version as usize];
        let contract = &self.contracts[participation.contract as usize];
        let wanted = self.wanted(line);
        let (winner, runner_up) = self.term_for(participation.version, line, &wanted);
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

    pub(super) fn file_row(&self, steps: &mut Steps, names: &Interner, line: &Line) {
        let mut references = Vec::new();
        if let Some(report) = self.scope.reports.get(line.report as usize) {
            references.push(Reference::ReportLine { report_id: report.id, line_no: line.line_no });
        }
        references.extend(names.item_key(line.item).map(|item| Reference::Item { item }));
        let text = |name, text: Option<&str>| text.map(|text| input(name, Value::Text { text: text.to_owned() }));
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
}
