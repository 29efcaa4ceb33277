//! Whether a report is what it should be, in the schema.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use domain::collection as revenue;
use kernel::failure::{Failure, Outcome};
use kernel::ids::{ReportId, SourceId};
use rust_decimal::Decimal as Exact;

use super::sources::Source;
use crate::frame;
use crate::frame::ids;
use crate::frame::scalars::{BigInt, CurrencyCode, DateTime, Decimal, Earning};
use crate::{payload, user_errors};

/// How much somebody should look at a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "revenue::Severity")]
pub enum ReportFindingSeverity {
    /// As it should be.
    Passed,
    /// Good to know.
    Note,
    /// Unusual: somebody should look.
    Warning,
}

/// What a check looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "revenue::FindingKind")]
pub enum ReportFindingKind {
    /// A total that the file states about itself.
    ControlTotal,
    /// Rows that could not be read.
    UnreadableRows,
    /// An expected territory has no line.
    TerritoryMissing,
    /// A territory that is not expected has lines.
    TerritoryUnexpected,
    /// An expected currency has no line.
    CurrencyMissing,
    /// A currency that is not expected has lines.
    CurrencyUnexpected,
    /// The number of rows.
    RowCount,
    /// The amount of a currency.
    Amount,
    /// Items that every earlier report had have no line.
    ItemsMissing,
    /// Items that no earlier report had have lines.
    ItemsUnexpected,
    /// There is nothing to compare with yet.
    NoHistory,
}

/// What a check found.
#[derive(Debug, Clone, SimpleObject)]
pub struct ReportFinding {
    /// What was looked at.
    kind: ReportFindingKind,
    /// How much somebody should look.
    severity: ReportFindingSeverity,
    /// The territory, the currency, the label of the total; null for the whole report.
    subject: Option<String>,
    /// What was expected, as a text for people: a range, a number, a list.
    expected: Option<String>,
    /// What was found.
    found: Option<String>,
    /// What it means and what to do, for a person.
    message: String,
    /// Names of the items, the first fifty.
    details: Vec<String>,
}

impl From<revenue::Finding> for ReportFinding {
    fn from(row: revenue::Finding) -> Self {
        Self {
            kind: row.kind.into(),
            severity: row.severity.into(),
            subject: (!row.subject.is_empty()).then_some(row.subject),
            expected: row.expected,
            found: row.found,
            message: row.message,
            details: row.details,
        }
    }
}

/// What a report adds up to in one territory and currency: posted and waiting lines.
#[derive(Debug, Clone, SimpleObject)]
pub struct ReportTerritory {
    /// Territory of the use, two letters; `ZZ` when unknown.
    territory: String,
    /// Lines.
    row_count: BigInt,
    /// Units.
    units: BigInt,
    /// Net to us, exact.
    amount: Earning,
}

impl From<revenue::TerritoryRow> for ReportTerritory {
    fn from(row: revenue::TerritoryRow) -> Self {
        Self {
            territory: row.territory,
            row_count: row.rows.into(),
            units: row.units.into(),
            amount: Earning { amount: row.amount.into(), currency: row.currency.into() },
        }
    }
}

/// The checks of a report, as they were when it was imported: against what is expected of its source, the reports before
/// it, and the totals it states about itself.
#[derive(Debug, Clone, SimpleObject)]
pub struct ReportValidation {
    /// How many findings are warnings.
    warning_count: i32,
    /// What the checks found, in their order.
    findings: Vec<ReportFinding>,
    /// What the report adds up to by territory and currency, largest first.
    territories: Vec<ReportTerritory>,
}

impl From<revenue::Validation> for ReportValidation {
    fn from(row: revenue::Validation) -> Self {
        Self {
            warning_count: i32::try_from(row.warnings()).unwrap_or(i32::MAX),
            findings: row.findings.into_iter().map(Into::into).collect(),
            territories: row.territories.into_iter().map(Into::into).collect(),
        }
    }
}

/// What is expected of a source's reports. Where a list or a range is null, its earlier reports say.
#[derive(Debug, Clone, SimpleObject)]
pub struct SourceExpectation {
    /// The territories, two letters each, all of them and no others.
    territories: Option<Vec<String>>,
    /// The currencies, all of them and no others.
    currencies: Option<Vec<CurrencyCode>>,
    /// The fewest rows.
    rows_from: Option<BigInt>,
    /// The most rows.
    rows_to: Option<BigInt>,
    /// How many earlier reports are looked at.
    history: i32,
    /// How far the number of rows may be from their mean, as a part of it: 0.5 is a half more or less.
    row_tolerance: Decimal,
    /// The same for the amount of each currency.
    amount_tolerance: Decimal,
    /// Whether items that every earlier report had are missed.
    is_item_watch: bool,
    /// Raised by every change; 0 while nobody has set anything.
    version: i32,
    /// When it was changed; null while nobody has set anything.
    updated_at: Option<DateTime>,
}

impl SourceExpectation {
    /// As the schema shows it.
    ///
    /// # Errors
    /// `INTERNAL` for a stored currency that does not exist.
    pub fn of(row: revenue::Expectation) -> Outcome<Self> {
        let parse = |text: &String| {
            kernel::currency::Currency::parse(text)
                .map(Into::into)
                .map_err(|error| Failure::internal(error.to_string()))
        };
        let currencies = match &row.currencies {
            Some(list) => Some(list.iter().map(parse).collect::<Outcome<_>>()?),
            None => None,
        };
        Ok(Self {
            territories: row.territories,
            currencies,
            rows_from: row.rows.map(|(from, _)| from.into()),
            rows_to: row.rows.map(|(_, to)| to.into()),
            history: row.history,
            row_tolerance: row.row_tolerance.into(),
            amount_tolerance: row.amount_tolerance.into(),
            is_item_watch: row.items,
            version: row.version,
            updated_at: row.updated_at.map(Into::into),
        })
    }
}

user_errors! {
    ValidationUserError, ValidationErrorCode, "what is expected of reports",
    EXPECTATION_INVALID => "What is expected cannot be: an unknown territory or currency, a range that ends before it begins.",
    REPORT_NOT_IMPORTED => "The report is not imported.",
}

/// What to expect of a source's reports from now on: the whole of it. What is not given is learned from earlier reports.
#[derive(InputObject)]
pub struct SourceExpectationSetInput {
    /// The source.
    source_id: ID,
    /// The version that was read; 0 while nobody has set anything.
    expected_version: i32,
    /// The territories, two letters each, all of them and no others.
    territories: Option<Vec<String>>,
    /// The currencies, all of them and no others.
    currencies: Option<Vec<CurrencyCode>>,
    /// The fewest rows; together with `rowsTo`.
    rows_from: Option<BigInt>,
    /// The most rows; together with `rowsFrom`.
    rows_to: Option<BigInt>,
    /// How many earlier reports are looked at, 1 to 24.
    #[graphql(default = 3)]
    history: i32,
    /// How far the number of rows may be from their mean, as a part of it; 0.5 when not given.
    row_tolerance: Option<Decimal>,
    /// The same for the amount of each currency; 0.5 when not given.
    amount_tolerance: Option<Decimal>,
    /// Whether items that every earlier report had are missed.
    #[graphql(default = true)]
    is_item_watch: bool,
}

impl SourceExpectationSetInput {
    fn checked(self) -> Outcome<revenue::ExpectationChange> {
        let half = Exact::new(5, 1);
        let rows = match (self.rows_from, self.rows_to) {
            (Some(from), Some(to)) => Some((i64::from(from), i64::from(to))),
            (None, None) => None,
            _ => {
                let message = "Give both `rowsFrom` and `rowsTo`, or neither.";
                return Err(Failure::refused("EXPECTATION_INVALID", message).at(["input", "rowsTo"]));
            }
        };
        let currencies = self
            .currencies
            .map(|list| list.into_iter().map(|one| kernel::currency::Currency::from(one).code().to_owned()).collect());
        Ok(revenue::ExpectationChange {
            source_id: ids::parse::<SourceId>(&self.source_id, ["input", "sourceId"])?,
            expected_version: self.expected_version,
            expectation: revenue::Expectation {
                territories: self.territories,
                currencies,
                rows,
                history: self.history,
                row_tolerance: self.row_tolerance.map_or(half, Into::into),
                amount_tolerance: self.amount_tolerance.map_or(half, Into::into),
                items: self.is_item_watch,
                ..revenue::Expectation::default()
            },
        })
    }
}

payload! {
    /// What `sourceExpectationSet` answers.
    SourceExpectationSetPayload(ValidationUserError) {
        /// The source with what is expected of it now; null when it was refused.
        source: Source,
    }
}

/// The forms of a validation report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "revenue::ValidationForm")]
pub enum ValidationForm {
    /// A line per figure, for programs.
    Csv,
    /// Pages, for people.
    Pdf,
}

/// A validation report to be written.
#[derive(InputObject)]
pub struct ReportValidationExportInput {
    /// The revenue report.
    report_id: ID,
    /// In which form.
    form: ValidationForm,
}

/// A document that was written.
#[derive(Debug, Clone, SimpleObject)]
pub struct ValidationDocument {
    /// The name of the file.
    file_name: String,
    /// Its size in bytes.
    byte_size: BigInt,
    /// Where to GET it; holds for fifteen minutes.
    url: String,
}

impl From<revenue::ValidationDocument> for ValidationDocument {
    fn from(row: revenue::ValidationDocument) -> Self {
        Self { file_name: row.file_name, byte_size: row.byte_size.into(), url: row.url }
    }
}

payload! {
    /// What `reportValidationExport` answers.
    ReportValidationExportPayload(ValidationUserError) {
        /// The document; null when it was refused.
        document: ValidationDocument,
    }
}

/// Changing what is expected, and writing down what was found.
#[derive(Default)]
pub struct ValidationMutation;

#[Object]
impl ValidationMutation {
    /// Says what is expected of a source's reports. Reports that are there keep what was found then. Requires:
    /// SOURCE_MANAGE.
    async fn source_expectation_set(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "What is expected.")] input: SourceExpectationSetInput,
    ) -> Result<SourceExpectationSetPayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            let change = input.checked()?;
            let id = change.source_id;
            revenue::source_expectation_set(&ctx, &core, change).await?;
            let source = revenue::sources::source(&ctx, &core, id).await?;
            source.ok_or_else(|| Failure::internal("a source vanished"))
        })
        .await;
        SourceExpectationSetPayload::of(outcome)
    }

    /// Writes the validation report of an imported file as it stands now, as CSV or PDF. Requires: REPORT_READ.
    async fn report_validation_export(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "Which one, and how.")] input: ReportValidationExportInput,
    ) -> Result<ReportValidationExportPayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            let id: ReportId = ids::parse(&input.report_id, ["input", "reportId"])?;
            revenue::report_validation_export(&ctx, &core, id, input.form.into()).await
        })
        .await;
        ReportValidationExportPayload::of(outcome)
    }
}
