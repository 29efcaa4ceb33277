//! A tenant's own layouts and the directory of providers, in the schema.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use domain::collection as revenue;
use kernel::ids::LayoutId;

use super::types::ExactDecimal;
use crate::frame;
use crate::frame::ids;
use crate::frame::scalars::{BigInt, CurrencyCode, DateTime, TerritoryCode};
use crate::frame::trade::{ItemReference, RevenueType};
use crate::{payload, user_errors};

user_errors! {
    LayoutUserError, LayoutErrorCode, "layouts and providers",
    UPLOAD_UNKNOWN => "There is no such upload.",
    UPLOAD_EMPTY => "The bytes of the upload have not arrived yet.",
    LAYOUT_INVALID => "The mapping cannot be read with; the message says everything that is wrong.",
    LAYOUT_UNKNOWN => "There is no such layout.",
    PROVIDER_UNKNOWN => "The directory has no such provider.",
    PROVIDER_ALIAS_INVALID => "A name or alias is empty or too long, or there are too many.",
}

/// What a column of a report can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "revenue::LayoutField")]
pub enum LayoutField {
    /// Net amount.
    Amount,
    /// Currency of the amount.
    Currency,
    /// Streams, downloads, copies.
    Units,
    /// What was earned before the sender's share.
    Gross,
    /// The service the sale was made on.
    Platform,
    /// Where the sale was made.
    Territory,
    /// Code of the recording.
    Isrc,
    /// Code of the release.
    Upc,
    /// Code of the work.
    Iswc,
    /// The sender's own id of the item.
    SourceItemKey,
    /// Title of the recording or work.
    Title,
    /// Artist.
    Artist,
    /// Title of the release.
    ReleaseTitle,
    /// A day, month or quarter that means the whole sale period.
    SalePeriod,
    /// First day of the sale period.
    SaleStart,
    /// Last day of the sale period.
    SaleEnd,
    /// The period of the statement.
    Statement,
    /// What tells kinds of income apart.
    IncomeType,
}

/// What parts cells of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "revenue::CellDelimiter")]
pub enum CellDelimiter {
    /// `,`
    Comma,
    /// `;`
    Semicolon,
    /// A tab.
    Tab,
    /// `|`
    Pipe,
}

/// What parts whole from fraction in a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "revenue::DecimalMark")]
pub enum DecimalMark {
    /// `0.5`
    Point,
    /// `0,5`
    Comma,
    /// Both occur: the last mark of a number parts the decimals.
    Either,
}

/// What a column of a file seems to be.
#[derive(Debug, Clone, SimpleObject)]
pub struct LayoutColumn {
    /// Its name in the header.
    column: String,
    /// Its place, from 1.
    place: i32,
    /// What it is taken for; null where it is left aside.
    field: Option<LayoutField>,
    /// How sure that is, out of 100.
    confidence: i32,
    /// Why.
    reason: String,
    /// What stands in its first rows.
    examples: Vec<String>,
}

impl From<revenue::ColumnGuess> for LayoutColumn {
    fn from(row: revenue::ColumnGuess) -> Self {
        Self {
            column: row.column,
            place: i32::try_from(row.place).unwrap_or(i32::MAX),
            field: row.field.map(Into::into),
            confidence: i32::from(row.confidence),
            reason: row.reason,
            examples: row.examples,
        }
    }
}

/// A column and what it is.
#[derive(Debug, Clone, SimpleObject)]
pub struct MappedColumn {
    /// Its name in the header.
    column: String,
    /// What it is.
    field: LayoutField,
}

/// Which column of a file is what, and how its cells are written.
#[derive(Debug, Clone, SimpleObject)]
pub struct LayoutMapping {
    /// Who sends such files.
    provider: String,
    /// What they are.
    title: String,
    /// The names of all columns of the header, by which the layout is recognised.
    header: Vec<String>,
    /// Which column is what.
    columns: Vec<MappedColumn>,
    /// What parts cells; null where the files are sheets of a workbook.
    delimiter: Option<CellDelimiter>,
    /// The encoding beside UTF-8; null where there is none.
    encoding: Option<String>,
    /// What parts whole from fraction.
    decimal_mark: DecimalMark,
    /// What stands between groups of three digits; empty where nothing does.
    thousands: String,
    /// Whether parentheses mean minus.
    parentheses: bool,
    /// Signs of currencies that stand at numbers.
    symbols: Vec<String>,
    /// Forms of the dates in `strftime` notation, tried in order.
    date_forms: Vec<String>,
    /// The currency, where no column says it; null where it is to be stated with every file.
    currency: Option<String>,
    /// The platform, where no column says it; null for the provider's name.
    platform: Option<String>,
    /// What the money was earned with, where no column says it.
    revenue_type: RevenueType,
}

impl From<revenue::LayoutMapping> for LayoutMapping {
    fn from(row: revenue::LayoutMapping) -> Self {
        let column = |(column, field): (String, revenue::LayoutField)| MappedColumn { column, field: field.into() };
        Self {
            provider: row.provider,
            title: row.title,
            header: row.header,
            columns: row.columns.into_iter().map(column).collect(),
            delimiter: row.delimiter.map(Into::into),
            encoding: row.encoding,
            decimal_mark: row.decimal.into(),
            thousands: row.thousands,
            parentheses: row.parentheses,
            symbols: row.symbols,
            date_forms: row.dates,
            currency: row.currency,
            platform: row.platform,
            revenue_type: row.revenue_type.into(),
        }
    }
}

/// A line as it would be booked.
#[derive(Debug, Clone, SimpleObject)]
pub struct LayoutPreviewLine {
    /// Line of the file.
    line: BigInt,
    /// The service.
    platform: String,
    /// What the money was earned with, in data.
    revenue_type: String,
    /// ISRC; a damaged one as it stands.
    isrc: Option<String>,
    /// UPC; a damaged one as it stands.
    upc: Option<String>,
    /// ISWC; a damaged one as it stands.
    iswc: Option<String>,
    /// Title.
    title: Option<String>,
    /// Artist.
    artist: Option<String>,
    /// Territory code, or the text that is none.
    territory: Option<String>,
    /// First day of the sale period.
    sale_from: String,
    /// Last day of the sale period.
    sale_to: String,
    /// Units.
    units: BigInt,
    /// Net amount.
    amount: ExactDecimal,
    /// Its currency; `XXX` where it is to be stated with the file.
    currency: String,
}

impl From<revenue::PreviewLine> for LayoutPreviewLine {
    fn from(row: revenue::PreviewLine) -> Self {
        Self {
            line: i64::try_from(row.line).unwrap_or(i64::MAX).into(),
            platform: row.platform,
            revenue_type: row.revenue_type,
            isrc: row.isrc,
            upc: row.upc,
            iswc: row.iswc,
            title: row.title,
            artist: row.artist,
            territory: row.territory,
            sale_from: row.sale_from,
            sale_to: row.sale_to,
            units: row.units.into(),
            amount: ExactDecimal(row.amount),
            currency: row.currency,
        }
    }
}

/// Money of a currency.
#[derive(Debug, Clone, SimpleObject)]
pub struct LayoutPreviewTotal {
    /// The currency; `XXX` where it is to be stated with the file.
    currency: String,
    /// The sum, with every decimal of the file.
    amount: ExactDecimal,
}

/// A row that cannot be read so.
#[derive(Debug, Clone, SimpleObject)]
pub struct LayoutPreviewProblem {
    /// Line of the file.
    line: BigInt,
    /// The column; empty when the whole row is meant.
    column: String,
    /// What is wrong.
    message: String,
}

/// What a mapping makes of a file. Nothing is stored.
#[derive(Debug, Clone, SimpleObject)]
pub struct LayoutPreview {
    /// The first fifty lines.
    lines: Vec<LayoutPreviewLine>,
    /// Rows of the file.
    rows: BigInt,
    /// Rows that became lines.
    line_count: BigInt,
    /// Rows that are no revenue.
    skipped: BigInt,
    /// Rows that could not be read.
    bad: BigInt,
    /// Units of all lines.
    units: ExactDecimal,
    /// Net amounts of all lines by currency.
    amounts: Vec<LayoutPreviewTotal>,
    /// The first fifty rows that could not be read.
    problems: Vec<LayoutPreviewProblem>,
}

impl From<revenue::LayoutPreview> for LayoutPreview {
    fn from(row: revenue::LayoutPreview) -> Self {
        let count = |count: u64| BigInt::from(i64::try_from(count).unwrap_or(i64::MAX));
        let total = |(currency, amount)| LayoutPreviewTotal { currency, amount: ExactDecimal(amount) };
        let problem = |(line, column, message)| LayoutPreviewProblem { line: count(line), column, message };
        Self {
            lines: row.lines.into_iter().map(Into::into).collect(),
            rows: count(row.rows),
            line_count: count(row.line_count),
            skipped: count(row.skipped),
            bad: count(row.bad),
            units: ExactDecimal(row.units.to_string()),
            amounts: row.amounts.into_iter().map(total).collect(),
            problems: row.problems.into_iter().map(problem).collect(),
        }
    }
}

/// What the columns of an uploaded file seem to be.
#[derive(Debug, Clone, SimpleObject)]
pub struct LayoutProposal {
    /// Every column of the file.
    columns: Vec<LayoutColumn>,
    /// What a person has to look at: what the file does not say, and what can be read in two ways.
    remarks: Vec<String>,
    /// Line of the header.
    header_line: BigInt,
    /// The mapping, to be corrected and saved.
    mapping: LayoutMapping,
    /// What it makes of the file; null where the file cannot be read so at all.
    preview: Option<LayoutPreview>,
}

impl From<revenue::LayoutProposal> for LayoutProposal {
    fn from(row: revenue::LayoutProposal) -> Self {
        Self {
            columns: row.proposal.columns.into_iter().map(Into::into).collect(),
            remarks: row.proposal.remarks,
            header_line: i64::try_from(row.proposal.header_line).unwrap_or(i64::MAX).into(),
            mapping: row.proposal.mapping.into(),
            preview: row.preview.map(Into::into),
        }
    }
}

/// A version of a layout of the tenant's own.
#[derive(Debug, Clone, SimpleObject)]
pub struct OwnLayout {
    /// The global id of this version.
    #[graphql(owned)]
    id: ID,
    /// The name that all its versions share; reports name it.
    key: String,
    /// Counts its versions.
    version: i32,
    /// Whether files are read with it.
    is_active: bool,
    /// What it says.
    mapping: LayoutMapping,
    /// Who saved it.
    created_by: String,
    /// When it was saved.
    created_at: DateTime,
}

impl From<revenue::OwnLayout> for OwnLayout {
    fn from(row: revenue::OwnLayout) -> Self {
        Self {
            id: ID(row.id.to_string()),
            key: row.key,
            version: row.version,
            is_active: row.is_active,
            mapping: row.mapping.into(),
            created_by: row.created_by,
            created_at: row.created_at.into(),
        }
    }
}

/// What a provider is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "revenue::ProviderKind")]
pub enum ProviderKind {
    /// Streams music.
    Streaming,
    /// Sells downloads.
    Download,
    /// Shows moving pictures.
    Video,
    /// Social services, games, micro-licences.
    Social,
    /// A society of performing or neighbouring rights.
    PerformingRights,
    /// A society or agency of mechanical rights.
    MechanicalSociety,
    /// A distributor or aggregator.
    Distributor,
    /// A publisher, an administrator, a company that sends statements.
    Publisher,
}

/// How a provider's files come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "revenue::ProviderMethod")]
pub enum ProviderMethod {
    /// Somebody uploads them.
    Upload,
    /// From an SFTP server.
    Sftp,
    /// By an interface over HTTP.
    Rest,
    /// From a portal.
    Portal,
    /// As messages of the industry.
    Edi,
    /// As attachments of mails.
    Mail,
    /// From a store of objects.
    ObjectStorage,
}

/// A provider of the directory, with the tenant's own name and aliases.
#[derive(Debug, Clone, SimpleObject)]
pub struct ReportProvider {
    /// Its key in the directory.
    key: String,
    /// Its name.
    name: String,
    /// What it is.
    kind: ProviderKind,
    /// Where it is at home.
    home: TerritoryCode,
    /// Other names that reports give it.
    aliases: Vec<String>,
    /// Ids of the layouts by which its files are read; empty where they take a layout of one's own.
    layouts: Vec<String>,
    /// How its files come.
    methods: Vec<ProviderMethod>,
    /// Whether the tenant has laid a name or aliases of its own over it.
    is_overridden: bool,
    /// Whether the tenant leaves it out of lists.
    is_hidden: bool,
}

impl From<revenue::KnownProvider> for ReportProvider {
    fn from(row: revenue::KnownProvider) -> Self {
        let provider = row.provider;
        Self {
            key: provider.key,
            name: provider.name,
            kind: provider.kind.into(),
            home: provider.home.into(),
            aliases: provider.aliases,
            layouts: provider.layouts,
            methods: provider.methods.into_iter().map(Into::into).collect(),
            is_overridden: row.is_overridden,
            is_hidden: row.is_hidden,
        }
    }
}

/// An item that waiting lines may belong to. Nobody takes it but a person.
#[derive(Debug, Clone, SimpleObject)]
pub struct SuspenseSuggestion {
    /// The item.
    item: ItemReference,
    /// Its title.
    title: String,
    /// Its artist; empty for works.
    artist: String,
    /// How alike, out of 100.
    score: i32,
    /// Why it is suggested.
    reasons: Vec<String>,
}

impl From<revenue::Suggestion> for SuspenseSuggestion {
    fn from(row: revenue::Suggestion) -> Self {
        let item = ItemReference::of(row.item.kind, row.item.id);
        Self { item, title: row.title, artist: row.artist, score: row.score, reasons: row.reasons }
    }
}

/// A column and what it is.
#[derive(Debug, InputObject)]
pub struct MappedColumnInput {
    /// Its name in the header.
    column: String,
    /// What it is.
    field: LayoutField,
}

/// Which column of a file is what, and how its cells are written.
#[derive(Debug, InputObject)]
pub struct LayoutMappingInput {
    /// Who sends such files.
    provider: String,
    /// What they are; a new layout gets its key from it.
    title: String,
    /// The names of all columns of the header, by which the layout is recognised.
    header: Vec<String>,
    /// Which column is what.
    columns: Vec<MappedColumnInput>,
    /// What parts cells; comma, semicolon and tab are tried when it is not given.
    delimiter: Option<CellDelimiter>,
    /// The encoding beside UTF-8.
    encoding: Option<String>,
    /// What parts whole from fraction.
    #[graphql(default_with = "DecimalMark::Point")]
    decimal_mark: DecimalMark,
    /// What stands between groups of three digits.
    #[graphql(default)]
    thousands: String,
    /// Whether parentheses mean minus.
    #[graphql(default)]
    parentheses: bool,
    /// Signs of currencies that stand at numbers.
    #[graphql(default)]
    symbols: Vec<String>,
    /// Forms of the dates in `strftime` notation, tried in order.
    #[graphql(default)]
    date_forms: Vec<String>,
    /// The currency, where no column says it.
    currency: Option<CurrencyCode>,
    /// The platform, where no column says it.
    platform: Option<String>,
    /// What the money was earned with, where no column says it.
    #[graphql(default_with = "RevenueType::Stream")]
    revenue_type: RevenueType,
}

impl From<LayoutMappingInput> for revenue::LayoutMapping {
    fn from(input: LayoutMappingInput) -> Self {
        Self {
            id: "own-preview".to_owned(),
            version: 1,
            provider: input.provider,
            title: input.title,
            header: input.header,
            columns: input.columns.into_iter().map(|one| (one.column, one.field.into())).collect(),
            delimiter: input.delimiter.map(Into::into),
            encoding: input.encoding,
            decimal: input.decimal_mark.into(),
            thousands: input.thousands,
            parentheses: input.parentheses,
            symbols: input.symbols,
            dates: input.date_forms,
            currency: input.currency.map(|currency| currency.0.code().to_owned()),
            platform: input.platform,
            revenue_type: input.revenue_type.into(),
        }
    }
}

/// A layout to be kept.
#[derive(Debug, InputObject)]
pub struct ReportLayoutSaveInput {
    /// The key of a layout that exists, to make its next version; without it a new layout.
    key: Option<String>,
    /// What it says.
    mapping: LayoutMappingInput,
}

payload! {
    /// What `reportLayoutSave` answers.
    ReportLayoutSavePayload(LayoutUserError) {
        /// The layout; null when it was refused.
        layout: OwnLayout,
    }
}

/// A layout that files shall be read with no more.
#[derive(Debug, InputObject)]
pub struct ReportLayoutRetireInput {
    /// Any version of it.
    layout_id: ID,
}

payload! {
    /// What `reportLayoutRetire` answers.
    ReportLayoutRetirePayload(LayoutUserError) {
        /// The layout; null when it was refused.
        layout: OwnLayout,
    }
}

/// What a tenant says of a provider.
#[derive(Debug, InputObject)]
pub struct ReportProviderOverrideInput {
    /// Its key in the directory.
    key: String,
    /// Another name for it.
    name: Option<String>,
    /// Further names that reports give it.
    #[graphql(default)]
    aliases: Vec<String>,
    /// Whether it is left out of lists.
    #[graphql(default)]
    is_hidden: bool,
}

payload! {
    /// What `reportProviderOverride` answers.
    ReportProviderOverridePayload(LayoutUserError) {
        /// The provider; null when it was refused.
        provider: ReportProvider,
    }
}

/// Reading layouts and providers.
#[derive(Default)]
pub struct LayoutQuery;

#[Object]
impl LayoutQuery {
    /// What the columns of an uploaded file seem to be: a layout to be corrected, previewed and saved.
    async fn report_layout_proposal(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The uploaded file.")] upload_id: ID,
    ) -> Result<LayoutProposal> {
        frame::read(gql, |ctx, core| async move {
            Ok(revenue::layout_proposal(&ctx, &core, ids::parse(&upload_id, ["uploadId"])?).await?.into())
        })
        .await
    }

    /// What a mapping would make of an uploaded file: its first fifty lines and all its totals.
    async fn report_layout_preview(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The uploaded file.")] upload_id: ID,
        #[graphql(desc = "The mapping.")] mapping: LayoutMappingInput,
    ) -> Result<LayoutPreview> {
        frame::read(gql, |ctx, core| async move {
            let upload = ids::parse(&upload_id, ["uploadId"])?;
            Ok(revenue::layout_preview(&ctx, &core, upload, mapping.into()).await?.into())
        })
        .await
    }

    /// The tenant's own layouts, those in use first. Files are looked for among them before the shipped ones.
    async fn own_layouts(&self, gql: &Context<'_>) -> Result<Vec<OwnLayout>> {
        frame::read(gql, |ctx, core| async move {
            Ok(revenue::own_layouts(&ctx, &core).await?.into_iter().map(Into::into).collect())
        })
        .await
    }

    /// Catalogue items with nearly the same title and artist as a group of waiting lines, the most alike first.
    async fn suspense_suggestions(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The group.")] group_id: ID,
    ) -> Result<Vec<SuspenseSuggestion>> {
        frame::read(gql, |ctx, core| async move {
            let rows = revenue::suspense_suggestions(&ctx, &core, ids::parse(&group_id, ["groupId"])?).await?;
            Ok(rows.into_iter().map(Into::into).collect())
        })
        .await
    }

    /// The directory of providers, by kind and name.
    async fn report_providers(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "Only of this kind.")] kind: Option<ProviderKind>,
        #[graphql(desc = "Only those whose key, name or alias has this text in it.")] search: Option<String>,
    ) -> Result<Vec<ReportProvider>> {
        frame::read(gql, |ctx, core| async move {
            let rows = revenue::providers(&ctx, &core, kind.map(Into::into), search.as_deref()).await?;
            Ok(rows.into_iter().map(Into::into).collect())
        })
        .await
    }
}

/// Changing layouts and providers.
#[derive(Default)]
pub struct LayoutMutation;

#[Object]
impl LayoutMutation {
    /// Keeps a layout of one's own, or the next version of one. Requires: REPORT_MANAGE.
    async fn report_layout_save(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The layout.")] input: ReportLayoutSaveInput,
    ) -> Result<ReportLayoutSavePayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            revenue::layout_save(&ctx, &core, input.key, input.mapping.into()).await
        })
        .await;
        ReportLayoutSavePayload::of(outcome)
    }

    /// Reads no more files with a layout; reports that were read with it keep its name. Requires: REPORT_MANAGE.
    async fn report_layout_retire(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "Which one.")] input: ReportLayoutRetireInput,
    ) -> Result<ReportLayoutRetirePayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            let id: LayoutId = ids::parse(&input.layout_id, ["input", "layoutId"])?;
            revenue::layout_retire(&ctx, &core, id).await
        })
        .await;
        ReportLayoutRetirePayload::of(outcome)
    }

    /// Lays a name and aliases of one's own over a provider of the directory. Requires: REPORT_MANAGE.
    async fn report_provider_override(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "What is said of it.")] input: ReportProviderOverrideInput,
    ) -> Result<ReportProviderOverridePayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            let own = revenue::ProviderOverride {
                key: input.key,
                name: input.name,
                aliases: input.aliases,
                is_hidden: input.is_hidden,
            };
            revenue::provider_override(&ctx, &core, own).await
        })
        .await;
        ReportProviderOverridePayload::of(outcome)
    }
}
