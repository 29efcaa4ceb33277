//! Derivations as text, for people.

use std::fmt;

use super::{Explanation, Input, InputName, Reference, Step, StepCode, Value};

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Amount { amount, currency } => write!(f, "{amount} {currency}"),
            Self::Number { number } => write!(f, "{number}"),
            Self::Date { date } => write!(f, "{date}"),
            Self::Territory { territory } => write!(f, "{territory}"),
            Self::RevenueType { revenue_type } => write!(f, "{revenue_type}"),
            Self::Text { text } => f.write_str(text),
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ReportLine { report_id, line_no } => write!(f, "{report_id} line {line_no}"),
            Self::Item { item } => write!(f, "{} {}", item.kind, item.id),
            Self::Contract { contract_id } => write!(f, "{contract_id}"),
            Self::ContractVersion { version_id } => write!(f, "{version_id}"),
            Self::Participation { participation_id } => write!(f, "{participation_id}"),
            Self::Term { term_id } => write!(f, "{term_id}"),
            Self::RunnerUp { term_id } => write!(f, "(runner-up {term_id})"),
            Self::Split { party_id, .. } => write!(f, "{party_id}"),
            Self::Rate { rate_id } => write!(f, "{rate_id}"),
        }
    }
}

impl Step {
    fn word(&self) -> &'static str {
        match self.code {
            StepCode::FileRow => "file row",
            StepCode::Participation => "participation",
            StepCode::Term => "term",
            StepCode::Base => "base",
            StepCode::Deduction => "deduction",
            StepCode::Percentage => "rate",
            StepCode::PerUnit => "per unit",
            StepCode::Reduction => "reduction",
            StepCode::Split => "split",
            StepCode::Currency => "currency",
            StepCode::Rounding => "rounding",
            StepCode::Charge => "charge",
            StepCode::Return => "return",
            StepCode::Track => "track",
            StepCode::Price => "price",
            StepCode::AtSource => "at source",
            StepCode::FreeGoods => "free goods",
            StepCode::Physical => "physical",
            StepCode::Counter => "counter",
            StepCode::Tier => "tier",
            StepCode::Retroactive => "retroactive",
            StepCode::Statutory => "statutory",
            StepCode::Formula => "formula",
            StepCode::Hybrid => "hybrid",
            StepCode::Waterfall => "waterfall",
        }
    }

    fn value(&self, name: InputName) -> Option<&Value> {
        self.inputs.iter().find(|input| input.name == name).map(|input| &input.value)
    }

    /// The sum as one would write it by hand.
    fn formula(&self) -> Option<String> {
        use InputName as Name;
        let value = |name| self.value(name).map(ToString::to_string);
        let text = match self.code {
            StepCode::FileRow
            | StepCode::Participation
            | StepCode::Term
            | StepCode::Return
            | StepCode::FreeGoods
            | StepCode::Tier
            | StepCode::Formula
            | StepCode::Hybrid => return None,
            StepCode::Base
            | StepCode::Percentage
            | StepCode::Reduction
            | StepCode::Physical
            | StepCode::Split
            | StepCode::Track => {
                format!("{} × {}", value(Name::Amount).or_else(|| value(Name::Units))?, value(Name::Factor)?)
            }
            StepCode::PerUnit | StepCode::Price => format!("{} × {}", value(Name::Units)?, value(Name::PerUnit)?),
            StepCode::Statutory if self.value(Name::PerUnit).is_some() => {
                format!("{} × {} × {}", value(Name::Units)?, value(Name::PerUnit)?, value(Name::Factor)?)
            }
            StepCode::Statutory => format!("× {} ÷ {}", value(Name::Factor)?, value(Name::Divide)?),
            StepCode::AtSource if self.value(Name::Divide).is_some() => {
                format!("{} ÷ {}", value(Name::Amount)?, value(Name::Divide)?)
            }
            StepCode::AtSource => return None,
            StepCode::Counter => format!("{} + {}", value(Name::From)?, value(Name::Units)?),
            StepCode::Retroactive => {
                format!("{} × ({} − {})", value(Name::Of)?, value(Name::Factor)?, value(Name::From)?)
            }
            StepCode::Charge => format!("{} − {}", value(Name::Amount)?, value(Name::Taken)?),
            StepCode::Waterfall if self.value(Name::Taken).is_some() => {
                format!("{} − {}", value(Name::Amount)?, value(Name::Taken)?)
            }
            StepCode::Waterfall => format!("{} × {}", value(Name::Amount)?, value(Name::Factor)?),
            StepCode::Deduction if self.value(Name::Of).is_none() => {
                format!("{} × {}", value(Name::Amount)?, value(Name::Factor)?)
            }
            StepCode::Deduction => {
                format!("{} − {} × {}", value(Name::Amount)?, value(Name::Of)?, value(Name::Factor)?)
            }
            StepCode::Currency => {
                format!("{} × {} ÷ {}", value(Name::Amount)?, value(Name::Multiply)?, value(Name::Divide)?)
            }
            StepCode::Rounding => format!("{} to {} places", value(Name::Amount)?, value(Name::Places)?),
        };
        Some(text)
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<13}", self.word())?;
        if let Some(formula) = self.formula() {
            write!(f, " {formula}")?;
        }
        if let Some(output) = &self.output {
            write!(f, " = {output}")?;
        }
        let facts: Vec<String> = match self.code {
            StepCode::FileRow | StepCode::FreeGoods | StepCode::Tier | StepCode::Formula | StepCode::Hybrid => {
                self.inputs.iter().map(|Input { value, .. }| value.to_string()).collect()
            }
            _ => self.value(InputName::Name).map(ToString::to_string).into_iter().collect(),
        };
        let notes: Vec<String> = self.references.iter().map(ToString::to_string).chain(facts).collect();
        if !notes.is_empty() {
            write!(f, "  [{}]", notes.join(", "))?;
        }
        Ok(())
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.steps {
            writeln!(f, "{step}")?;
        }
        write!(f, "{} {}", self.amount, self.currency)
    }
}
