//! Derivations in the schema: what the engine did, step by step, as typed data.

use async_graphql::{Enum, ID, SimpleObject};
use domain::calculation::derivation::{self, Reference, Value};
use kernel::ids::{ContractId, ContractVersionId, ParticipationId, PartyId, RateId, ReportId, TermId};

use crate::frame::scalars::CurrencyCode;
use crate::frame::trade::ItemReference;

/// What a step of a derivation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "derivation::StepCode")]
pub enum ExplanationStepCode {
    /// The row of the provider's file.
    FileRow,
    /// The participation by which the item's revenue enters the contract.
    Participation,
    /// The term that won, and the one that would have won without it.
    Term,
    /// The base of the term, times the participation's ratio.
    Base,
    /// A deduction before the rate.
    Deduction,
    /// The rate: a percentage.
    Percentage,
    /// The rate: an amount per unit.
    PerUnit,
    /// A reduction of the rate.
    Reduction,
    /// One level of the payee split.
    Split,
    /// Conversion into the contract's currency, rounded to 12 places.
    Currency,
    /// Rounding to the given number of places.
    Rounding,
    /// The line's part of whole-file taxes and fees.
    Charge,
    /// A return: amounts and units count as negative.
    Return,
    /// A track's part of what a release earned.
    Track,
    /// A price times the units that bear royalty.
    Price,
    /// What the use earned at its source.
    AtSource,
    /// The units that bear royalty.
    FreeGoods,
    /// Packaging, net sales, a fixed part of free goods.
    Physical,
    /// Where a counter stands.
    Counter,
    /// The tier that applies.
    Tier,
    /// What a retroactive rate changes for all lines before.
    Retroactive,
    /// The statutory rate.
    Statutory,
    /// A formula.
    Formula,
    /// A candidate of several models, and the one that was chosen.
    Hybrid,
    /// A step of the waterfall.
    Waterfall,
}

/// What a step takes: a value, or something it refers to.
#[derive(Debug, Clone, SimpleObject)]
pub struct ExplanationInput {
    /// What it is: `AMOUNT`, `FACTOR`, `UNITS`, `TERRITORY`, `MULTIPLY` … for values; `CONTRACT`, `TERM`, `RUNNER_UP`,
    /// `SPLIT`, `RATE`, `REPORT_LINE` … for references.
    name: String,
    /// The value, exact, in plain notation; of a reference its id.
    value: String,
    /// The currency of an amount.
    currency: Option<CurrencyCode>,
    /// The global id of what is referred to; null for values.
    reference: Option<ID>,
}

/// What a step gives.
#[derive(Debug, Clone, SimpleObject)]
pub struct ExplanationOutput {
    /// The value, exact, in plain notation.
    value: String,
    /// The currency of an amount.
    currency: Option<CurrencyCode>,
}

/// One step of a derivation.
#[derive(Debug, Clone, SimpleObject)]
pub struct ExplanationStep {
    /// What it does.
    code: ExplanationStepCode,
    /// The step as one would write it by hand: `rate 12.5 USD × 0.25 = 3.125 USD`.
    label: String,
    /// What it takes.
    inputs: Vec<ExplanationInput>,
    /// What it gives; null for steps that only select.
    output: Option<ExplanationOutput>,
}

/// How a royalty came about, from the row of the file to the amount: computed again from the rules recorded with the
/// run, and equal to what is stored.
#[derive(Debug, Clone, SimpleObject)]
pub struct Explanation {
    /// The steps in order.
    steps: Vec<ExplanationStep>,
}

impl From<&derivation::Explanation> for Explanation {
    fn from(derivation: &derivation::Explanation) -> Self {
        Self { steps: derivation.steps.iter().map(ExplanationStep::from).collect() }
    }
}

impl From<&derivation::Step> for ExplanationStep {
    fn from(step: &derivation::Step) -> Self {
        let text = step.to_string();
        // The text ends with the references in brackets; they are given as data below.
        let label = text.split("  [").next().unwrap_or(&text);
        let values = step.inputs.iter().map(|input| {
            let (value, currency) = shown(&input.value);
            ExplanationInput { name: name(&input.name), value, currency, reference: None }
        });
        Self {
            code: step.code.into(),
            label: label.split_whitespace().collect::<Vec<_>>().join(" "),
            inputs: step.references.iter().map(reference).chain(values).collect(),
            output: step.output.as_ref().map(|output| {
                let (value, currency) = shown(output);
                ExplanationOutput { value, currency }
            }),
        }
    }
}

/// The name as the engine's data has it.
fn name(input: &derivation::InputName) -> String {
    match serde_json::to_value(input) {
        Ok(serde_json::Value::String(name)) => name,
        _ => String::new(),
    }
}

fn shown(value: &Value) -> (String, Option<CurrencyCode>) {
    match value {
        Value::Amount { amount, currency } => (amount.to_string(), Some((*currency).into())),
        other => (other.to_string(), None),
    }
}

fn reference(reference: &Reference) -> ExplanationInput {
    let (name, value, id) = match reference {
        Reference::ReportLine { report_id, line_no } => {
            ("REPORT_LINE", Some(line_no.to_string()), ReportId::to_string(report_id))
        }
        Reference::Item { item } => ("ITEM", None, ItemReference::of(item.kind, item.id).id.to_string()),
        Reference::Contract { contract_id } => ("CONTRACT", None, ContractId::to_string(contract_id)),
        Reference::ContractVersion { version_id } => {
            ("CONTRACT_VERSION", None, ContractVersionId::to_string(version_id))
        }
        Reference::Participation { participation_id } => {
            ("PARTICIPATION", None, ParticipationId::to_string(participation_id))
        }
        Reference::Term { term_id } => ("TERM", None, TermId::to_string(term_id)),
        Reference::RunnerUp { term_id } => ("RUNNER_UP", None, TermId::to_string(term_id)),
        Reference::Split { split_id, party_id } => ("SPLIT", Some(split_id.to_string()), PartyId::to_string(party_id)),
        Reference::Rate { rate_id } => ("RATE", None, RateId::to_string(rate_id)),
    };
    ExplanationInput {
        name: name.to_owned(),
        value: value.unwrap_or_else(|| id.clone()),
        currency: None,
        reference: Some(ID(id)),
    }
}
