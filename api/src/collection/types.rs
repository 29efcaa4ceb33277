//! Types of revenue collection.

use async_graphql::{
    ComplexObject, Context, Enum, ID, InputObject, InputValueError, InputValueResult, Result, Scalar, ScalarType,
    SimpleObject, Value,
};
use domain::collection as revenue;
use kernel::failure::Outcome;
use kernel::ids::{OperationId, ReportId};
use kernel::page::Cursor;
use uuid::Uuid;

use super::control::ControlTotal;
use super::loaders::{ControlTotals, Duplicates, Operations, Reports, Skips, Totals, Validations};
use super::repairs::RowRepair;
use super::validation::ReportValidation;
use crate::frame;
use crate::frame::connection::{List, page};
use crate::frame::ids;
use crate::frame::loader::load;
use crate::frame::scalars::{BigInt, CurrencyCode, Date, DateTime, Decimal, Earning, Month};
use crate::frame::trade::{ItemReference, RevenueType, SuspenseReason};
use crate::operations::Operation;

/// An exact decimal number of any length as a string: sums of a provider's file carry more digits than `Decimal`.
#[derive(Debug, Clone)]
pub struct ExactDecimal(pub String);

/// An exact decimal number of any length as a string: sums of a provider's file carry more digits than `Decimal`.
#[Scalar]
impl ScalarType for ExactDecimal {
    fn parse(value: Value) -> InputValueResult<Self> {
        Err(InputValueError::expected_type(value))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}

/// How far an upload is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "revenue::UploadState")]
pub enum UploadState {
    /// The address was given, no bytes yet.
    Waiting,
    /// The bytes are here.
    Stored,
    /// Something was made of them.
    Consumed,
}

/// A file on its way in.
#[derive(Debug, Clone, SimpleObject)]
pub struct StagedUpload {
    /// The global id.
    #[graphql(owned)]
    pub id: ID,
    /// The name of the file.
    file_name: String,
    /// How far it is.
    state: UploadState,
    /// Bytes received; null before.
    byte_size: Option<BigInt>,
    /// Where to PUT the bytes; only in the answer that created the upload.
    url: Option<String>,
    /// Until when the address holds.
    expires_at: DateTime,
}

impl From<revenue::StagedUpload> for StagedUpload {
    fn from(row: revenue::StagedUpload) -> Self {
        Self {
            id: ID(row.id.to_string()),
            file_name: row.file_name,
            state: row.state.into(),
            byte_size: row.byte_size.and_then(|size| i64::try_from(size).ok()).map(Into::into),
            url: row.url,
            expires_at: row.expires_at.into(),
        }
    }
}

/// How far a report is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "revenue::ReportState")]
pub enum RevenueReportState {
    /// Waiting for a worker.
    Received,
    /// Being read.
    Importing,
    /// Its lines are in.
    Imported,
    /// It could not be read; nothing of it was booked.
    Failed,
    /// It repeats reports that are known (`duplicates`): nothing of it is booked until a person decides with
    /// `revenueReportDecide`.
    Held,
    /// A person decided against it; nothing of it was booked.
    Discarded,
}

/// Where the lines of a report come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "revenue::ReportKind")]
pub enum RevenueReportKind {
    /// A provider's file.
    File,
    /// Takes an earlier report back, line by line, with the opposite sign.
    Reversal,
    /// Rows of an earlier report that could not be read and were mended since.
    Repair,
}

/// How a file repeats an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "revenue::DuplicateKind")]
pub enum ReportDuplicateKind {
    /// The same days and mostly the same uses: the provider says it anew, perhaps with other figures.
    Reissue,
    /// Some lines are the same to the last digit: two exports that overlap.
    Overlap,
}

/// What to do with a held report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "revenue::ReportDecision")]
pub enum ReportDecision {
    /// Take the re-issued reports back in the open month and import this one; lines that still other reports have are
    /// left out.
    Replace,
    /// Import it without the lines that earlier reports have.
    SkipDuplicates,
    /// Import all of it: the likeness is chance.
    Add,
    /// Book nothing of it.
    Discard,
}

/// An exact amount in a currency.
#[derive(Debug, Clone, SimpleObject)]
pub struct AmountInCurrency {
    /// The currency.
    currency: String,
    /// The amount.
    amount: ExactDecimal,
}

/// An earlier report that a held one repeats, and how far.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct ReportDuplicate {
    /// How it repeats it.
    kind: ReportDuplicateKind,
    /// Different uses (item, platform, territory, kind of use, days) of the held report; 0 when the days differ.
    new_uses: BigInt,
    /// Those of the earlier report.
    old_uses: BigInt,
    /// Those that both have.
    same_uses: BigInt,
    /// Lines that are the same to the last digit. Twins inside one file count once per twin of the other.
    line_count: BigInt,
    /// What these lines amount to.
    amounts: Vec<AmountInCurrency>,
    #[graphql(skip)]
    other_id: ReportId,
}

#[ComplexObject]
impl ReportDuplicate {
    /// The earlier report.
    async fn report(&self, gql: &Context<'_>) -> Result<Option<RevenueReport>> {
        Ok(load::<Reports>(gql, self.other_id).await?.map(Into::into))
    }
}

impl From<revenue::Duplicate> for ReportDuplicate {
    fn from(row: revenue::Duplicate) -> Self {
        let amount = |(currency, amount)| AmountInCurrency { currency, amount: ExactDecimal(amount) };
        Self {
            kind: row.kind.into(),
            new_uses: row.new_uses.into(),
            old_uses: row.old_uses.into(),
            same_uses: row.same_uses.into(),
            line_count: row.line_count.into(),
            amounts: row.amounts.into_iter().map(amount).collect(),
            other_id: row.other_id,
        }
    }
}

/// What a file adds up to in one currency: `total = posted + suspense + skipped + cut`, exactly.
#[derive(Debug, Clone, SimpleObject)]
pub struct ReportTotal {
    /// The currency.
    currency: CurrencyCode,
    /// The whole file, in its own digits.
    total: ExactDecimal,
    /// Matched to items.
    posted: ExactDecimal,
    /// Waiting in suspense.
    suspense: ExactDecimal,
    /// In rows that are no revenue or could not be read.
    skipped: ExactDecimal,
    /// Digits beyond the 18 places a line keeps.
    cut: ExactDecimal,
    /// Units of posted and waiting rows.
    units: BigInt,
}

impl From<revenue::ReportTotalRow> for ReportTotal {
    fn from(row: revenue::ReportTotalRow) -> Self {
        Self {
            currency: row.currency.into(),
            total: ExactDecimal(row.total),
            posted: ExactDecimal(row.posted),
            suspense: ExactDecimal(row.suspense),
            skipped: ExactDecimal(row.skipped),
            cut: ExactDecimal(row.cut),
            units: row.units.into(),
        }
    }
}

/// Rows of a file that are no revenue, by reason.
#[derive(Debug, Clone, SimpleObject)]
pub struct ReportSkip {
    /// The reason, as the layout gives it; `UNREADABLE_ROW` for rows with errors.
    reason: String,
    /// How many rows.
    row_count: BigInt,
    /// Their amount.
    amount: ExactDecimal,
    /// Its currency; null where the rows carry none.
    currency: Option<CurrencyCode>,
}

impl From<revenue::ReportSkipRow> for ReportSkip {
    fn from(row: revenue::ReportSkipRow) -> Self {
        Self {
            reason: row.reason,
            row_count: row.row_count.into(),
            amount: ExactDecimal(row.amount),
            currency: row.currency.map(Into::into),
        }
    }
}

/// A row that could not be read, kept verbatim.
#[derive(Debug, Clone, SimpleObject)]
pub struct ReportRowError {
    /// Physical line of the file.
    line_no: BigInt,
    /// The column, counted from 1.
    column: Option<i32>,
    /// The field of a revenue line that was meant.
    field: Option<String>,
    /// The code, for programs.
    code: String,
    /// What was wrong and what is expected, for a person.
    message: String,
    /// The row, verbatim.
    raw: String,
    /// The column's name as the header has it; null when the whole row is meant.
    column_name: Option<String>,
    /// The text of the cell; null when the whole row is meant.
    found: Option<String>,
    /// What the sender probably meant, for a person to accept with `revenueReportRepair`; null where nobody can tell.
    proposal: Option<String>,
}

impl From<revenue::ReportErrorRow> for ReportRowError {
    fn from(row: revenue::ReportErrorRow) -> Self {
        Self {
            line_no: row.line_no.into(),
            column: row.column_no,
            field: row.field,
            code: row.code,
            message: row.message,
            raw: row.raw,
            column_name: row.column_name,
            found: row.found,
            proposal: row.proposal,
        }
    }
}

/// Why a report could not be imported.
#[derive(Debug, Clone, SimpleObject)]
pub struct ReportFailure {
    /// The code, for programs.
    code: String,
    /// What went wrong and what to do, for a person.
    message: String,
}

/// A provider's sales report.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct RevenueReport {
    /// The global id.
    #[graphql(owned)]
    pub id: ID,
    /// The name of the file.
    file_name: String,
    /// The layout it was read with; null before it was recognised.
    layout: Option<String>,
    /// The platform, or the distributor that reports several; null before the layout was recognised.
    platform: Option<String>,
    /// How far it is.
    state: RevenueReportState,
    /// The month its money is accounted in.
    accounting_month: Month,
    /// First day of sale.
    sale_from: Option<Date>,
    /// Last day of sale.
    sale_to: Option<Date>,
    /// Rows of the file: posted + suspense + skipped + errors.
    row_count: BigInt,
    /// Rows matched to a catalogue item.
    posted_count: BigInt,
    /// Rows that wait in suspense.
    suspense_count: BigInt,
    /// Rows that are no revenue.
    skipped_count: BigInt,
    /// Rows that could not be read.
    error_count: BigInt,
    /// Units of posted and waiting rows.
    units: BigInt,
    /// Why it could not be imported; null unless it failed.
    failure: Option<ReportFailure>,
    /// When it came.
    received_at: DateTime,
    /// When its lines were in.
    imported_at: Option<DateTime>,
    /// Where its lines come from.
    kind: RevenueReportKind,
    /// What a person decided about it, when it repeated others.
    decision: Option<ReportDecision>,
    /// Who decided.
    decided_by: Option<String>,
    /// When it was decided.
    decided_at: Option<DateTime>,
    /// Lines left out because an earlier report has them; they are among the skipped ones, as `DUPLICATE_LINE`.
    excluded_count: BigInt,
    #[graphql(skip)]
    of_report_id: Option<ReportId>,
    #[graphql(skip)]
    row_id: ReportId,
    #[graphql(skip)]
    operation_id: OperationId,
}

impl From<revenue::RevenueReport> for RevenueReport {
    fn from(row: revenue::RevenueReport) -> Self {
        Self {
            id: ID(row.id.to_string()),
            file_name: row.file_name,
            layout: row.layout,
            platform: row.platform,
            state: row.state.into(),
            accounting_month: row.accounting_month.into(),
            sale_from: row.sale_from.map(Into::into),
            sale_to: row.sale_to.map(Into::into),
            row_count: row.row_count.into(),
            posted_count: row.posted_count.into(),
            suspense_count: row.suspense_count.into(),
            skipped_count: row.skipped_count.into(),
            error_count: row.error_count.into(),
            units: row.unit_count.into(),
            failure: row.failure.map(|(code, message)| ReportFailure { code, message }),
            received_at: row.received_at.into(),
            imported_at: row.imported_at.map(Into::into),
            kind: row.kind.into(),
            decision: row.decision.map(Into::into),
            decided_by: row.decided.as_ref().map(|(by, _)| by.clone()),
            decided_at: row.decided.map(|(_, at)| at.into()),
            excluded_count: row.excluded_count.into(),
            of_report_id: row.of_report_id,
            row_id: row.id,
            operation_id: row.operation_id,
        }
    }
}

#[ComplexObject]
impl RevenueReport {
    /// What the file adds up to, per currency; empty until it is imported.
    async fn totals(&self, gql: &Context<'_>) -> Result<Vec<ReportTotal>> {
        let rows = load::<Totals>(gql, self.row_id).await?.unwrap_or_default();
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// The earlier reports that it repeats; empty unless it was held for them.
    async fn duplicates(&self, gql: &Context<'_>) -> Result<Vec<ReportDuplicate>> {
        let rows = load::<Duplicates>(gql, self.row_id).await?.unwrap_or_default();
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// What was put in the place of unreadable cells, by line; at most the first thousand rows.
    async fn repairs(&self, gql: &Context<'_>) -> Result<Vec<RowRepair>> {
        let id = self.row_id;
        frame::read(gql, |ctx, core| async move {
            Ok(revenue::repairs(&ctx, &core, id).await?.into_iter().map(Into::into).collect())
        })
        .await
    }

    /// The report that it takes back or mends; null for a provider's file.
    async fn of_report(&self, gql: &Context<'_>) -> Result<Option<RevenueReport>> {
        let Some(id) = self.of_report_id else { return Ok(None) };
        Ok(load::<Reports>(gql, id).await?.map(Into::into))
    }

    /// Rows that are no revenue, by reason.
    async fn skips(&self, gql: &Context<'_>) -> Result<Vec<ReportSkip>> {
        let rows = load::<Skips>(gql, self.row_id).await?.unwrap_or_default();
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// What the checks found when it was imported; empty before.
    async fn validation(&self, gql: &Context<'_>) -> Result<ReportValidation> {
        Ok(load::<Validations>(gql, self.row_id).await?.unwrap_or_default().into())
    }

    /// Payments that are held against it.
    async fn control_totals(&self, gql: &Context<'_>) -> Result<Vec<ControlTotal>> {
        let rows = load::<ControlTotals>(gql, self.row_id).await?.unwrap_or_default();
        Ok(rows.into_iter().map(Into::into).collect())
    }

    /// The rows that could not be read, in file order.
    async fn errors(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "How many from the front, 1 to 100; 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<List<ReportRowError>> {
        let id = self.row_id;
        frame::read(gql, |ctx, core| async move {
            let page = page(first, after, last, before)?;
            let rows = revenue::report_errors(&ctx, &core, id, page).await?;
            let cursor = |row: &revenue::ReportErrorRow| Cursor {
                value: format!("{}/{}", row.line_no, row.seq),
                id: Uuid::nil(),
            };
            Ok(List::of(rows, cursor, Into::into))
        })
        .await
    }

    /// The import.
    async fn operation(&self, gql: &Context<'_>) -> Result<Option<Operation>> {
        Ok(load::<Operations>(gql, self.operation_id).await?.map(Into::into))
    }
}

/// One line of revenue: a row of a provider's report, normalised.
#[derive(Debug, Clone, SimpleObject)]
pub struct RevenueLine {
    /// Physical line of the file.
    line_no: BigInt,
    /// The platform.
    platform: String,
    /// What the money was earned with.
    revenue_type: RevenueType,
    /// The matched item; null while the line waits in suspense.
    item: Option<ItemReference>,
    /// The group it waits in; null when it is matched.
    suspense_group_id: Option<ID>,
    /// The identifier that matching used: `isrc:…`, `upc:…`, `id:…`.
    source_key: String,
    /// First day of sale.
    sale_from: Date,
    /// Last day of sale.
    sale_to: Date,
    /// Territory of the use, two letters; `ZZ` when unknown.
    territory: String,
    /// Net to us, exact.
    amount: Earning,
    /// Gross in the same currency, where the provider gives it.
    gross: Option<Decimal>,
    /// Units.
    units: BigInt,
    /// Configuration or product code, as the provider writes it.
    configuration: Option<String>,
}

impl From<revenue::RevenueLine> for RevenueLine {
    fn from(row: revenue::RevenueLine) -> Self {
        Self {
            line_no: row.line_no.into(),
            platform: row.platform,
            revenue_type: row.revenue_type.into(),
            item: row.item.map(|item| ItemReference::of(item.kind, item.id)),
            suspense_group_id: row.suspense_id.map(|id| ID(id.to_string())),
            source_key: row.source_key,
            sale_from: row.sale_from.into(),
            sale_to: row.sale_to.into(),
            territory: row.territory,
            amount: kernel::money::Earning { amount: row.amount, currency: row.currency }.into(),
            gross: row.gross.map(Into::into),
            units: row.units.into(),
            configuration: row.configuration,
        }
    }
}

/// Lines of one report with the same unmatched key, waiting together.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct SuspenseGroup {
    /// The global id.
    #[graphql(owned)]
    pub id: ID,
    /// The source that the key belongs to.
    source: String,
    /// The key: `isrc:…`, `upc:…`, `id:…`, `title:…`.
    source_key: String,
    /// Why the lines wait.
    reason: SuspenseReason,
    /// Title as the provider writes it.
    title: Option<String>,
    /// Artist as the provider writes it.
    artist: Option<String>,
    /// What waits, exact.
    amount: Earning,
    /// Lines that wait.
    row_count: BigInt,
    /// Units that wait.
    units: BigInt,
    /// The item a person has decided on; null while open.
    item: Option<ItemReference>,
    /// When it began to wait.
    created_at: DateTime,
    /// When it was decided; null while open.
    resolved_at: Option<DateTime>,
    #[graphql(skip)]
    report_id: ReportId,
}

#[ComplexObject]
impl SuspenseGroup {
    /// The report the lines came in.
    async fn report(&self, gql: &Context<'_>) -> Result<Option<RevenueReport>> {
        Ok(load::<Reports>(gql, self.report_id).await?.map(Into::into))
    }
}

impl From<revenue::SuspenseGroup> for SuspenseGroup {
    fn from(row: revenue::SuspenseGroup) -> Self {
        Self {
            id: ID(row.id.to_string()),
            source: row.source,
            source_key: row.source_key,
            reason: row.reason.into(),
            title: row.title,
            artist: row.artist,
            amount: kernel::money::Earning { amount: row.amount, currency: row.currency }.into(),
            row_count: row.row_count.into(),
            units: row.unit_count.into(),
            item: row.item.map(|item| ItemReference::of(item.kind, item.id)),
            created_at: row.created_at.into(),
            resolved_at: row.resolved_at.map(Into::into),
            report_id: row.report_id,
        }
    }
}

/// What waits for one reason, from one source, for one probable owner, in one currency.
#[derive(Debug, Clone, SimpleObject)]
pub struct SuspenseAgeing {
    /// Why it waits.
    reason: SuspenseReason,
    /// The source of the keys.
    source: String,
    /// Who it probably belongs to, by the artist's name: a rights holder, else the label whose recordings carry the
    /// artist. A guess for orientation, which decides nothing; null when no name fits.
    estimated_owner: Option<String>,
    /// The currency.
    currency: CurrencyCode,
    /// Groups of lines with the same key.
    group_count: BigInt,
    /// Lines.
    row_count: BigInt,
    /// All of it: the sum of the four ages.
    amount: ExactDecimal,
    /// Waiting for at most 30 days.
    amount_to30_days: ExactDecimal,
    /// Waiting for 31 to 60 days.
    amount_to60_days: ExactDecimal,
    /// Waiting for 61 to 90 days.
    amount_to90_days: ExactDecimal,
    /// Waiting for longer.
    amount_over90_days: ExactDecimal,
    /// Days that the oldest has waited.
    oldest_days: i64,
}

impl From<revenue::AgeingRow> for SuspenseAgeing {
    fn from(row: revenue::AgeingRow) -> Self {
        Self {
            reason: row.reason.into(),
            source: row.source,
            estimated_owner: row.estimated_owner,
            currency: row.currency.into(),
            group_count: row.groups.into(),
            row_count: row.rows.into(),
            amount: ExactDecimal(row.amount),
            amount_to30_days: ExactDecimal(row.to_30),
            amount_to60_days: ExactDecimal(row.to_60),
            amount_to90_days: ExactDecimal(row.to_90),
            amount_over90_days: ExactDecimal(row.over_90),
            oldest_days: row.oldest_days,
        }
    }
}

/// What a decision about waiting money would be about.
#[derive(Debug, Clone, SimpleObject)]
pub struct SuspensePreview {
    /// Open groups.
    group_count: BigInt,
    /// Reports that they are in.
    report_count: BigInt,
    /// Their lines.
    row_count: BigInt,
    /// Their units.
    units: BigInt,
    /// Their amounts.
    amounts: Vec<AmountInCurrency>,
    /// Whether their keys can be remembered: a damaged identifier may stand for several things and never is.
    can_remember: bool,
}

impl From<revenue::SuspensePreview> for SuspensePreview {
    fn from(row: revenue::SuspensePreview) -> Self {
        let amount = |(currency, amount): (kernel::currency::Currency, String)| AmountInCurrency {
            currency: currency.code().to_owned(),
            amount: ExactDecimal(amount),
        };
        Self {
            group_count: row.groups.into(),
            report_count: row.reports.into(),
            row_count: row.rows.into(),
            units: row.units.into(),
            amounts: row.amounts.into_iter().map(amount).collect(),
            can_remember: row.can_remember,
        }
    }
}

/// A layout that reports are read with.
#[derive(Debug, Clone, SimpleObject)]
pub struct ReportLayout {
    /// Its name in data.
    id: String,
    /// Its version.
    version: i32,
    /// What it reads.
    title: String,
    /// Who sends such reports.
    platform: String,
    /// What the layout rests on, and what it leaves open.
    evidence: String,
}

impl From<revenue::LayoutInfo> for ReportLayout {
    fn from(row: revenue::LayoutInfo) -> Self {
        Self { id: row.id, version: row.version, title: row.title, platform: row.platform, evidence: row.evidence }
    }
}

/// Which reports to list.
#[derive(Debug, Default, InputObject)]
pub struct RevenueReportFilter {
    /// Only in this state.
    state: Option<RevenueReportState>,
    /// Only of this accounting month.
    accounting_month: Option<Month>,
    /// Only of this platform.
    platform: Option<String>,
}

impl From<RevenueReportFilter> for revenue::ReportFilter {
    fn from(filter: RevenueReportFilter) -> Self {
        Self {
            state: filter.state.map(Into::into),
            accounting_month: filter.accounting_month.map(Into::into),
            platform: filter.platform,
        }
    }
}

/// Which lines to list.
#[derive(Debug, Default, InputObject)]
pub struct RevenueLineFilter {
    /// Only lines that wait in this group.
    suspense_group_id: Option<ID>,
    /// Only lines of this territory, two letters.
    territory: Option<String>,
}

impl RevenueLineFilter {
    /// Reads the ids.
    pub(super) fn checked(self) -> Outcome<revenue::LineFilter> {
        Ok(revenue::LineFilter {
            suspense_id: ids::parse_opt(self.suspense_group_id.as_ref(), ["filter", "suspenseGroupId"])?,
            territory: self.territory,
        })
    }
}

/// Which groups to list.
#[derive(Debug, Default, InputObject)]
pub struct SuspenseGroupFilter {
    /// Only decided ones, or only open ones.
    is_resolved: Option<bool>,
    /// Only with this reason.
    reason: Option<SuspenseReason>,
    /// Only of this source.
    source: Option<String>,
    /// Only of this report.
    report_id: Option<ID>,
}

impl SuspenseGroupFilter {
    /// Reads the ids.
    pub(super) fn checked(self) -> Outcome<revenue::SuspenseFilter> {
        Ok(revenue::SuspenseFilter {
            resolved: self.is_resolved,
            reason: self.reason.map(Into::into),
            source: self.source,
            report_id: ids::parse_opt(self.report_id.as_ref(), ["filter", "reportId"])?,
        })
    }
}
