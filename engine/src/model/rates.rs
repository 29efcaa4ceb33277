//! Exchange rates and the files they depend on.

use chrono::NaiveDate;
use kernel::currency::Currency;
use kernel::ids::{ContractId, PartyId, RateId, ReportId};
use kernel::period::Month;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// Which exchange rate a contract uses. Months are the accounting month of the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FxRule {
    /// The last day of the accounting month.
    MonthEnd,
    /// The first day of the accounting month.
    MonthStart,
    /// The mean of the rates dated in the accounting month, rounded to 12 places.
    MonthAverage,
    /// The day the report was received.
    ReceiptDate,
    /// The day the provider paid the report.
    PaymentDate,
    /// The rate stated in the report itself.
    Stated,
}

/// Exchange rates, as they were known to a run.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rates {
    /// The rates. One per pair and day.
    pub rates: Vec<Rate>,
    /// Through which currency a pair without a rate of its own is converted, as a recorded fallback.
    #[serde(default)]
    pub pivot: Option<Currency>,
    /// How old, in days, the latest rate on or before the wanted day may be (weekends, holidays).
    #[serde(default = "a_week")]
    pub max_age_days: u16,
}

const fn a_week() -> u16 {
    7
}

impl Rates {
    /// Rates with the usual tolerance of a week.
    #[must_use]
    pub fn new(rates: Vec<Rate>, pivot: Option<Currency>) -> Self {
        Self { rates, pivot, max_age_days: a_week() }
    }
}

/// One unit of `base` is worth `rate` units of `quote`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rate {
    /// Its id.
    pub id: RateId,
    /// From.
    pub base: Currency,
    /// To.
    pub quote: Currency,
    /// The day.
    pub date: NaiveDate,
    /// The rate, above zero, at most 18 decimal places.
    pub rate: Decimal,
    /// Who says so (`ECB`, `MANUAL` …).
    pub source: String,
}

/// What a run reads: the accounting month and the reports.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Scope {
    /// The accounting month.
    pub month: Month,
    /// The reports. A line names its report by the position in this list.
    pub reports: Vec<Report>,
    /// Amounts entered by hand for the month, each approved by a person.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<Override>,
}

/// An amount entered by hand, which enters the closing of the month and stays visible on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Override {
    /// Its name, unique in the month.
    pub name: String,
    /// Under which contract.
    pub contract_id: ContractId,
    /// Whose. A payee's is recouped from as a royalty is.
    pub party_id: PartyId,
    /// The amount in the contract's currency, either sign, at most 12 places.
    pub amount: Decimal,
    /// Why.
    pub reason: String,
    /// Who approved it, as the approver is known to the tenant.
    pub approved_by: String,
}

/// A report, as far as the calculation depends on it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Report {
    /// Its id.
    pub id: ReportId,
    /// When it was received.
    pub received_on: NaiveDate,
    /// When the provider paid it, if known.
    #[serde(default)]
    pub paid_on: Option<NaiveDate>,
    /// Rates stated in the report.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rates: Vec<StatedRate>,
    /// Taxes and fees that the provider kept of the whole report.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub charges: Vec<Charge>,
}

/// A tax or fee kept of a whole report.
///
/// It is allocated over the report's lines in its currency in proportion to their amounts, by largest remainder at 18
/// places, ties to the smaller line number, and comes off the net of each line. The payee sees it as a deduction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Charge {
    /// What it is, for the statement.
    pub name: String,
    /// Tax or fee.
    pub kind: ChargeKind,
    /// What was kept, above zero as a rule; below zero something was given back. At most 18 decimal places.
    pub amount: Decimal,
    /// Its currency.
    pub currency: Currency,
}

/// What was kept of a whole report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ChargeKind {
    /// A tax.
    Tax,
    /// A fee.
    Fee,
}

/// A rate stated in a report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StatedRate {
    /// From.
    pub base: Currency,
    /// To.
    pub quote: Currency,
    /// One unit of `base` in units of `quote`.
    pub rate: Decimal,
}
