//! Every amount with its derivation, as data.
//!
//! A royalty row keeps positions only; the derivation is computed again from the same rules when somebody asks, and
//! must end at the stored amount.

mod build;
mod evaluated;
mod payout;
mod royalty;
mod steps;
mod text;

use chrono::NaiveDate;
use kernel::codes::RevenueType;
use kernel::currency::Currency;
use kernel::ids::{ContractId, ContractVersionId, ParticipationId, PartyId, RateId, ReportId, SplitId, TermId};
use kernel::territory::Territory;
use serde::Serialize;

use crate::fixed::{Exact, Pico};
use crate::model::ItemKey;

/// The derivation of one royalty row, from the row of the file to the amount.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// The steps in order. A step's input that is an earlier step's output repeats it.
    pub steps: Vec<Step>,
    /// The payee's royalty before conversion.
    pub source_amount: Exact,
    /// Its currency.
    pub source_currency: Currency,
    /// The payee's royalty.
    pub amount: Exact,
    /// The contract's currency.
    pub currency: Currency,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// What it does.
    pub code: StepCode,
    /// What it refers to.
    pub references: Vec<Reference>,
    /// What it takes.
    pub inputs: Vec<Input>,
    /// What it gives.
    pub output: Option<Value>,
}

/// What a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum StepCode {
    /// The row of the provider's file.
    FileRow,
    /// The participation by which the item's revenue enters the contract.
    Participation,
    /// The term that won, and the runner-up.
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
    /// The line's part of whole-file taxes and fees.
    Charge,
    /// A return: amounts and units count as negative.
    Return,
    /// A track's part of what a release earned.
    Track,
    /// A price times units that bear royalty.
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
    /// A candidate of a hybrid, and the one that was chosen.
    Hybrid,
    /// A step of the waterfall.
    Waterfall,
    /// Conversion into the contract's currency, rounded to 12 places.
    Currency,
    /// Rounding to the given number of places.
    Rounding,
}

/// A named input of a step.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    /// Its name.
    pub name: InputName,
    /// Its value.
    pub value: Value,
}

/// Names of inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum InputName {
    /// The amount that the step works on.
    Amount,
    /// Gross as the platform states it.
    Gross,
    /// Units.
    Units,
    /// The sale date.
    SaleDate,
    /// The territory.
    Territory,
    /// The platform.
    Platform,
    /// The kind of use.
    RevenueType,
    /// The product configuration.
    Configuration,
    /// What the amount is multiplied by.
    Factor,
    /// The amount per unit.
    PerUnit,
    /// What a deduction takes its ratio of.
    Of,
    /// The name of a deduction.
    Name,
    /// The rate's numerator.
    Multiply,
    /// The rate's denominator.
    Divide,
    /// The day of the rate.
    RateDate,
    /// Who states the rate.
    Source,
    /// Decimal places.
    Places,
    /// Where a tier begins, or a counter stands before the line.
    From,
    /// The number of a tier.
    Tier,
    /// Units given away.
    Free,
    /// What a step takes.
    Taken,
    /// A price category.
    PriceCategory,
}

/// A value.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "SCREAMING_SNAKE_CASE", rename_all_fields = "camelCase")]
pub enum Value {
    /// Money, exact.
    Amount {
        /// The amount.
        amount: Exact,
        /// Its currency.
        currency: Currency,
    },
    /// A number: a ratio, a rate, a count.
    Number {
        /// The number.
        number: Exact,
    },
    /// A day.
    Date {
        /// The day.
        date: NaiveDate,
    },
    /// A territory.
    Territory {
        /// The territory.
        territory: Territory,
    },
    /// A revenue type.
    RevenueType {
        /// The revenue type.
        revenue_type: RevenueType,
    },
    /// A name or code.
    Text {
        /// The text.
        text: String,
    },
}

/// What a step refers to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "SCREAMING_SNAKE_CASE", rename_all_fields = "camelCase")]
pub enum Reference {
    /// A line of a report.
    ReportLine {
        /// The report.
        report_id: ReportId,
        /// The physical line.
        line_no: u64,
    },
    /// A catalogue item.
    Item {
        /// The item.
        item: ItemKey,
    },
    /// A contract.
    Contract {
        /// The contract.
        contract_id: ContractId,
    },
    /// A contract version.
    ContractVersion {
        /// The version.
        version_id: ContractVersionId,
    },
    /// A participation.
    Participation {
        /// The participation.
        participation_id: ParticipationId,
    },
    /// The winning term.
    Term {
        /// The term.
        term_id: TermId,
    },
    /// The term that would have won without it.
    RunnerUp {
        /// The term.
        term_id: TermId,
    },
    /// A place in the split.
    Split {
        /// The place.
        split_id: SplitId,
        /// The party in it.
        party_id: PartyId,
    },
    /// An exchange rate.
    Rate {
        /// The rate.
        rate_id: RateId,
    },
}

/// Why a row cannot be explained.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExplainError {
    /// The row's positions do not exist in these rules, or the line does not lead to them.
    #[error("the row was not made from this line with these rules")]
    Foreign,
    /// The computation gives another amount: the row, the line or the rules were changed.
    #[error("the row says {stored} and the computation gives {computed}")]
    Mismatch {
        /// What the row says.
        stored: Pico,
        /// What the computation gives.
        computed: Pico,
    },
}
