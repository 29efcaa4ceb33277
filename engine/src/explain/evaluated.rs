//! Derivations of royalties that are evaluated step by step.

use kernel::decimal::LINE_SCALE;
use rust_decimal::Decimal;

use super::steps::{Steps, amount, input, number};
use super::{ExplainError, Explanation, InputName, Reference, StepCode, Value};
use crate::compile::CompiledModel;
use crate::compile::CompiledRules;
use crate::compute::order::Places;
use crate::compute::piece::{Claim, Claims, Piece};
use crate::compute::royalty::Amount;
use crate::compute::trace::Trace;
use crate::compute::{Job, Paid};
use crate::fixed::{Atto, Exact};
use crate::model::{Interner, ItemKey, Line};
use crate::outcome::RoyaltyRow;

impl CompiledRules {
    /// Whether a row is the product of a few numbers of a whole line.
    pub(super) fn is_plain(&self, line: &Line, row: &RoyaltyRow) -> bool {
        let charged = self.order.as_ref().is_some_and(|order| !order.charge(line).is_zero());
        let plain_term =
            self.terms.get(row.term as usize).is_some_and(|term| !matches!(term.model, CompiledModel::Rated(_)));
        plain_term && !line.details.is_return && !charged && !self.is_shared(line)
    }

    /// Evaluates the line again and writes down what leads to the row.
    pub(super) fn explain_evaluated(
        &self,
        names: &Interner,
        line: &Line,
        row: &RoyaltyRow,
    ) -> Result<Explanation, ExplainError> {
        let foreign = ExplainError::Foreign;
        let wanted = self.wanted(line);
        let charge = self.order.as_ref().map_or(Amount::ZERO, |order| order.charge(line));
        let read = Amount::read(line.amount).map_err(|_| foreign.clone())?;
        let whole = Piece::whole(line, read, charge).map_err(|_| foreign.clone())?;
        let Claims { pieces, claims, .. } = self.claims(whole, &wanted).map_err(|_| foreign.clone())?;
        let mut places = Places::of(self.order.as_deref(), line, 0);
        let mut part = 0u8;
        let mut last = None;
        for Claim { participation: participation_ix, piece } in claims {
            let piece = &pieces[usize::from(piece)];
            let participation = &self.participations[participation_ix as usize];
            let (Some(term_ix), runner_up) = self.term_for(participation.version, &piece.line, &wanted) else {
                return Err(foreign);
            };
            let job = Job {
                rules: self,
                piece,
                wanted: &wanted,
                contract: &self.contracts[participation.contract as usize],
                participation,
                version: &self.versions[participation.version as usize],
                term: &self.terms[term_ix as usize],
            };
            if last != Some(participation_ix) {
                part = 0;
            }
            last = Some(participation_ix);
            let mine = participation_ix == row.participation && row.part >= part;
            let wanted_part = usize::from(row.part.saturating_sub(part));
            let mut trace = if mine { Trace::of_part(wanted_part) } else { Trace::off() };
            let evaluated = job.evaluate(&mut places, &mut trace).map_err(|_| foreign.clone())?;
            for index in 0..evaluated.parts.len() {
                trace.part(index);
                let paid = job.pay(&evaluated, index, &mut places, &mut trace).map_err(|_| foreign.clone())?;
                if mine && index == wanted_part {
                    if term_ix != row.term || runner_up != row.runner_up {
                        return Err(foreign);
                    }
                    let mut steps = Steps { steps: Vec::with_capacity(16) };
                    self.opening_steps(&mut steps, names, line, &whole, piece, &job, (row, runner_up));
                    steps.steps.extend(trace.into_steps());
                    return self.payout_steps(steps, row, &job, &paid);
                }
            }
            part = part.saturating_add(u8::try_from(evaluated.parts.len()).unwrap_or(u8::MAX));
        }
        Err(foreign)
    }

    /// From the row of the file to the term.
    #[allow(clippy::too_many_arguments, reason = "the pieces of one line")]
    fn opening_steps(
        &self,
        steps: &mut Steps,
        names: &Interner,
        line: &Line,
        whole: &Piece,
        piece: &Piece,
        job: &Job<'_>,
        (row, runner_up): (&RoyaltyRow, Option<u32>),
    ) {
        self.file_row(steps, names, line);
        let currency = line.currency;
        if line.details.is_return {
            let gross = whole.gross.map(|gross| input(InputName::Gross, amount(gross.exact(), currency)));
            let mut inputs = vec![input(InputName::Units, number(Decimal::from(whole.line.units)))];
            inputs.extend(gross);
            let money = Exact::from(if line.amount.is_sign_negative() { line.amount } else { -line.amount });
            steps.add(StepCode::Return, Vec::new(), inputs, Some(amount(money, currency)));
        }
        if !whole.charge.is_zero() {
            let before = whole.net.minus(Amount { negative: !whole.charge.negative, ..whole.charge });
            let mut inputs = Vec::new();
            inputs.extend(before.ok().map(|before| input(InputName::Amount, amount(before.exact(), currency))));
            inputs.push(input(InputName::Taken, amount(whole.charge.exact(), currency)));
            steps.add(StepCode::Charge, Vec::new(), inputs, Some(amount(whole.net.exact(), currency)));
        }
        if let Some((track, tracks)) = piece.track {
            let item: Option<ItemKey> = names.item_key(piece.line.item);
            let release = self.tables.releases.of(line.item);
            let mut inputs = vec![input(InputName::Amount, amount(whole.net.exact(), currency))];
            if let Some(release) = release {
                let weight = release.tracks[usize::from(track)].weight;
                inputs.push(input(InputName::Factor, number(Decimal::from(u64::try_from(weight).unwrap_or(0)))));
                let weights = u64::try_from(release.weights).unwrap_or(0);
                inputs.push(input(InputName::Divide, number(Decimal::from(weights))));
            }
            inputs.push(input(InputName::Places, number(Decimal::from(tracks))));
            let references = item.map(|item| Reference::Item { item }).into_iter().collect();
            steps.add(StepCode::Track, references, inputs, Some(amount(piece.net.exact(), currency)));
        }
        let written =
            &self.rules.contracts[job.participation.contract as usize].versions[job.version.position as usize];
        steps.add(
            StepCode::Participation,
            vec![
                Reference::Contract { contract_id: job.contract.id },
                Reference::ContractVersion { version_id: job.version.id },
                Reference::Participation { participation_id: job.participation.id },
            ],
            vec![input(InputName::SaleDate, Value::Date { date: line.sale_date })],
            Some(number(written.participations[job.participation.position as usize].ratio.get())),
        );
        let mut terms = vec![Reference::Term { term_id: self.terms[row.term as usize].id }];
        terms.extend(runner_up.map(|index| Reference::RunnerUp { term_id: self.terms[index as usize].id }));
        steps.add(StepCode::Term, terms, Vec::new(), None);
    }

    /// From the contract's royalty to the payee's, in the contract's currency.
    fn payout_steps(
        &self,
        mut steps: Steps,
        row: &RoyaltyRow,
        job: &Job<'_>,
        paid: &Paid,
    ) -> Result<Explanation, ExplainError> {
        let place = paid.places.iter().find(|(leaf, _, _)| *leaf == row.split).ok_or(ExplainError::Foreign)?;
        let (leaf, source, currency) = *place;
        if job.version.split.leaves.contains(&leaf) {
            let written =
                &self.rules.contracts[job.participation.contract as usize].versions[job.version.position as usize];
            let royalty = paid.royalty.exact().rounded(LINE_SCALE, self.rules.rounding);
            let royalty = royalty.map_err(|_| ExplainError::Foreign)?;
            self.split_steps(&mut steps, row, written, royalty, currency)?;
        }
        let source = Atto(source);
        let computed = self.currency_steps(&mut steps, row, source, currency, job.contract.currency)?;
        if computed != row.amount || source != row.source_amount {
            return Err(ExplainError::Mismatch { stored: row.amount, computed });
        }
        Ok(Explanation {
            steps: steps.steps,
            source_amount: source.into(),
            source_currency: currency,
            amount: computed.into(),
            currency: job.contract.currency,
        })
    }
}
