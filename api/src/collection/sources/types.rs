//! Types of sources.

use async_graphql::{ComplexObject, Context, Enum, ID, InputObject, Result, SimpleObject};
use domain::collection::sources as acquisition;
use kernel::failure::{Failure, Outcome};
use kernel::ids::{OperationId, ReportId, SourceId, SourceRunId};
use kernel::page::{Cursor, Page};
use uuid::Uuid;

use super::loaders::{Credentials, Expectations, Sources};
use super::method::SourceMethod;
use crate::collection::loaders::{Operations, Reports};
use crate::collection::types::RevenueReport;
use crate::collection::validation::SourceExpectation;
use crate::frame;
use crate::frame::connection::{List, page};
use crate::frame::errors::top_level;
use crate::frame::loader::{load, load_visible};
use crate::frame::scalars::{BigInt, Date, DateTime, Decimal};
use crate::operations::Operation;

/// Whether a source is collected from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "acquisition::SourceState")]
pub enum SourceState {
    /// By its schedule, and by hand.
    Enabled,
    /// Not at all.
    Disabled,
}

/// The credentials that methods know. They go in and never come out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "acquisition::CredentialName")]
pub enum SourceCredentialName {
    /// A password.
    Password,
    /// A private key in OpenSSH or PEM form.
    PrivateKey,
    /// What the private key is encrypted with.
    Passphrase,
    /// The secret of an OAuth client.
    ClientSecret,
    /// An OAuth refresh token; replaced when the provider gives a new one.
    RefreshToken,
    /// A fixed token or API key.
    Token,
    /// The secret key of an object store.
    SecretKey,
    /// What webhooks are signed with.
    SigningSecret,
}

/// Why a run began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "acquisition::Cause")]
pub enum SourceRunCause {
    /// Somebody asked for it.
    Manual,
    /// Its time had come.
    Schedule,
    /// The provider called.
    Webhook,
    /// Somebody wanted to know whether it works; nothing is fetched.
    Test,
}

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "acquisition::RunState")]
pub enum SourceRunState {
    /// Under way, or waiting to be tried again.
    Running,
    /// Through all its steps.
    Succeeded,
    /// Ended before.
    Failed,
}

/// What became of a fetched file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "acquisition::FileState")]
pub enum SourceFileState {
    /// Fetched, and not imported yet.
    Fetched,
    /// Its lines are in.
    Imported,
    /// The same bytes were known.
    Duplicate,
    /// It could not be imported; nothing of it was booked.
    Refused,
    /// It is a remittance: totals that reports are held against.
    Remittance,
}

/// What somebody should look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum SourceAlertKind {
    /// A report that was due did not come.
    ReportMissing,
    /// A run has failed for good.
    RunFailed,
    /// The last report is not as expected: its validation says where.
    ReportUnusual,
}

/// Why something failed.
#[derive(Debug, Clone, SimpleObject)]
pub struct SourceFailure {
    /// The code, for programs.
    code: String,
    /// What went wrong and what to do, for a person.
    message: String,
}

impl From<(String, String)> for SourceFailure {
    fn from((code, message): (String, String)) -> Self {
        Self { code, message }
    }
}

/// A credential that is set. Its value cannot be read.
#[derive(Debug, Clone, SimpleObject)]
pub struct SourceCredential {
    /// Which one.
    name: SourceCredentialName,
    /// When it was set.
    set_at: DateTime,
}

/// Where reports come from: whose they are, how they are fetched, when, and by when a new one must have come.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct Source {
    /// The global id.
    #[graphql(owned)]
    pub id: ID,
    /// What people call it.
    name: String,
    /// Whose reports they are.
    provider: String,
    /// Whether it is collected from.
    state: SourceState,
    /// When it is collected from, as a cron expression (minute, hour, day, month, weekday); null for by hand only.
    schedule: Option<String>,
    /// The time zone (IANA) of schedule and deadline.
    time_zone: String,
    /// When it is collected from next; null for by hand only.
    next_run_at: Option<DateTime>,
    /// Moments, as a cron expression, by each of which a new report must have come; null for none.
    deadline: Option<String>,
    /// The next of these moments; null for none.
    next_deadline_at: Option<DateTime>,
    /// How often a failed run is tried, with growing pauses, the first time included.
    max_attempts: i32,
    /// When the last new file came; null before the first.
    last_file_at: Option<DateTime>,
    /// Raised by every change.
    version: i32,
    /// When it was made.
    created_at: DateTime,
    /// When it was changed.
    updated_at: DateTime,
    #[graphql(skip)]
    source_id: SourceId,
    #[graphql(skip)]
    settings: acquisition::Method,
}

impl From<acquisition::Source> for Source {
    fn from(row: acquisition::Source) -> Self {
        Self {
            id: ID(row.id.to_string()),
            name: row.name,
            provider: row.provider,
            state: row.state.into(),
            schedule: row.schedule,
            time_zone: row.time_zone,
            next_run_at: row.next_run_at.map(Into::into),
            deadline: row.deadline,
            next_deadline_at: row.next_deadline_at.map(Into::into),
            max_attempts: row.max_attempts,
            last_file_at: row.last_file_at.map(Into::into),
            version: row.version,
            created_at: row.created_at.into(),
            updated_at: row.updated_at.into(),
            source_id: row.id,
            settings: row.method,
        }
    }
}

#[ComplexObject]
impl Source {
    /// How reports are fetched.
    async fn method(&self) -> Result<SourceMethod> {
        SourceMethod::try_from(&self.settings).map_err(top_level)
    }

    /// Which credentials are set.
    async fn credentials(&self, gql: &Context<'_>) -> Result<Vec<SourceCredential>> {
        let found = load::<Credentials>(gql, self.source_id).await?.unwrap_or_default();
        Ok(found
            .into_iter()
            .map(|(name, set_at)| SourceCredential { name: name.into(), set_at: set_at.into() })
            .collect())
    }

    /// What is expected of its reports.
    async fn expectation(&self, gql: &Context<'_>) -> Result<SourceExpectation> {
        let found = load::<Expectations>(gql, self.source_id).await?.unwrap_or_default();
        SourceExpectation::of(found).map_err(top_level)
    }

    /// Where the provider calls, for webhooks; null for other methods.
    async fn call_url(&self, gql: &Context<'_>) -> Result<Option<String>> {
        if !matches!(self.settings, acquisition::Method::Webhook(_)) {
            return Ok(None);
        }
        frame::read(gql, |ctx, core| async move {
            Ok(Some(format!("{}/hooks/{}/{}", core.public_url, ctx.tenant_id, self.source_id)))
        })
        .await
    }

    /// The runs at this source, newest first.
    async fn runs(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "How many from the front, 1 to 100; 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<List<SourceRun>> {
        frame::read(gql, |ctx, core| async move {
            let page = page(first, after, last, before)?;
            let rows = acquisition::source_runs(&ctx, &core, self.source_id, page).await?;
            Ok(List::by_id(rows, |row| row.id.uuid()))
        })
        .await
    }

    /// What the provider has said it pays, newest first.
    async fn remittances(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "How many from the front, 1 to 100; 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<List<Remittance>> {
        frame::read(gql, |ctx, core| async move {
            let page = page(first, after, last, before)?;
            let found = acquisition::source_remittances(&ctx, &core, self.source_id, page).await?;
            fallible(found, |row| row.id.uuid())
        })
        .await
    }

    /// The files that were fetched from this source, newest first: what is never fetched again.
    async fn files(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "How many from the front, 1 to 100; 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<List<SourceFile>> {
        frame::read(gql, |ctx, core| async move {
            let page = page(first, after, last, before)?;
            let rows = acquisition::source_files(&ctx, &core, self.source_id, None, page).await?;
            Ok(List::by_id(rows, |row| row.id.uuid()))
        })
        .await
    }
}

/// One thing that a provider pays for.
#[derive(Debug, Clone, SimpleObject)]
pub struct RemittanceItem {
    /// Its number: an invoice, a statement.
    reference: String,
    /// Its part of the payment, in the currency of the payment.
    amount: Decimal,
}

/// What a provider has said it pays: totals that reports are held against, not revenue.
#[derive(Debug, Clone, SimpleObject)]
pub struct Remittance {
    /// The id.
    pub id: ID,
    /// Who pays.
    payer: String,
    /// Who is paid.
    payee: String,
    /// The trace number of the payment.
    reference: String,
    /// The currency.
    currency: String,
    /// What is paid; negative when it is taken back.
    amount: Decimal,
    /// The day of the payment; null when it is not said.
    paid_on: Option<Date>,
    /// What it is paid for.
    items: Vec<RemittanceItem>,
    /// When it came.
    created_at: DateTime,
}

impl TryFrom<acquisition::Remittance> for Remittance {
    type Error = Failure;

    fn try_from(row: acquisition::Remittance) -> std::result::Result<Self, Failure> {
        let items = row.items.into_iter().map(|(reference, amount)| {
            let amount: rust_decimal::Decimal =
                amount.parse().map_err(|_| Failure::internal("an amount of a remittance"))?;
            Ok(RemittanceItem { reference, amount: amount.into() })
        });
        Ok(Self {
            id: ID(row.id.to_string()),
            payer: row.payer,
            payee: row.payee,
            reference: row.reference,
            currency: row.currency,
            amount: row.amount.into(),
            paid_on: row.paid_on.map(Into::into),
            items: items.collect::<std::result::Result<_, Failure>>()?,
            created_at: row.created_at.into(),
        })
    }
}

/// One run at a source: a collection, or a test of the connection.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct SourceRun {
    /// The id.
    pub id: ID,
    /// Why it began.
    cause: SourceRunCause,
    /// How far it is.
    state: SourceRunState,
    /// Files that the provider shows.
    found_count: i32,
    /// New ones, fetched.
    fetched_count: i32,
    /// Fetched ones whose bytes were known.
    duplicate_count: i32,
    /// Fetched ones that could not be imported.
    refused_count: i32,
    /// Why it failed; null unless it did.
    failure: Option<SourceFailure>,
    /// When it began.
    started_at: DateTime,
    /// When it ended; null while it has not.
    finished_at: Option<DateTime>,
    #[graphql(skip)]
    run_id: SourceRunId,
    #[graphql(skip)]
    source_id: SourceId,
    #[graphql(skip)]
    operation_id: OperationId,
}

impl From<acquisition::SourceRun> for SourceRun {
    fn from(row: acquisition::SourceRun) -> Self {
        Self {
            id: ID(row.id.to_string()),
            cause: row.cause.into(),
            state: row.state.into(),
            found_count: row.found_count,
            fetched_count: row.fetched_count,
            duplicate_count: row.duplicate_count,
            refused_count: row.refused_count,
            failure: row.failure.map(Into::into),
            started_at: row.started_at.into(),
            finished_at: row.finished_at.map(Into::into),
            run_id: row.id,
            source_id: row.source_id,
            operation_id: row.operation_id,
        }
    }
}

#[ComplexObject]
impl SourceRun {
    /// The source.
    async fn source(&self, gql: &Context<'_>) -> Result<Option<Source>> {
        Ok(load_visible::<Sources>(gql, self.source_id).await?.map(Into::into))
    }

    /// The run as long work: its ten steps are the operation's stages.
    async fn operation(&self, gql: &Context<'_>) -> Result<Option<Operation>> {
        Ok(load_visible::<Operations>(gql, self.operation_id).await?.map(Into::into))
    }

    /// The files that it fetched, newest first.
    async fn files(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "How many from the front, 1 to 100; 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<List<SourceFile>> {
        frame::read(gql, |ctx, core| async move {
            let page = page(first, after, last, before)?;
            let rows = acquisition::source_files(&ctx, &core, self.source_id, Some(self.run_id), page).await?;
            Ok(List::by_id(rows, |row| row.id.uuid()))
        })
        .await
    }
}

/// A file that was fetched from a source.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct SourceFile {
    /// The id.
    pub id: ID,
    /// Where it was at the provider: a path, an address, a message, a range of rows.
    remote_key: String,
    /// Its name.
    file_name: String,
    /// Its size in bytes.
    byte_size: BigInt,
    /// What became of it.
    state: SourceFileState,
    /// Why it was refused; null unless it was.
    failure: Option<SourceFailure>,
    /// When it was fetched.
    fetched_at: DateTime,
    #[graphql(skip)]
    report_id: Option<ReportId>,
}

impl From<acquisition::SourceFile> for SourceFile {
    fn from(row: acquisition::SourceFile) -> Self {
        Self {
            id: ID(row.id.to_string()),
            remote_key: row.remote_key,
            file_name: row.file_name,
            byte_size: row.byte_size.into(),
            state: row.state.into(),
            failure: row.failure.map(Into::into),
            fetched_at: row.fetched_at.into(),
            report_id: row.report_id,
        }
    }
}

#[ComplexObject]
impl SourceFile {
    /// The report that was made of it; for a duplicate, the one that was there before.
    async fn report(&self, gql: &Context<'_>) -> Result<Option<RevenueReport>> {
        let Some(id) = self.report_id else { return Ok(None) };
        Ok(load_visible::<Reports>(gql, id).await?.map(Into::into))
    }
}

/// Something about a source that somebody should look at.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct SourceAlert {
    /// The id.
    pub id: ID,
    /// What it is.
    kind: SourceAlertKind,
    /// What happened and what to do, for a person.
    message: String,
    /// When it began.
    raised_at: DateTime,
    /// When it was over by itself; null while it is not.
    cleared_at: Option<DateTime>,
    #[graphql(skip)]
    source_id: SourceId,
}

impl TryFrom<acquisition::SourceAlert> for SourceAlert {
    type Error = Failure;

    fn try_from(row: acquisition::SourceAlert) -> std::result::Result<Self, Failure> {
        Ok(Self {
            id: ID(row.id.to_string()),
            kind: match row.kind.as_str() {
                "REPORT_MISSING" => SourceAlertKind::ReportMissing,
                "RUN_FAILED" => SourceAlertKind::RunFailed,
                "REPORT_UNUSUAL" => SourceAlertKind::ReportUnusual,
                other => return Err(Failure::internal(format!("an alert of the unknown kind {other}"))),
            },
            message: row.message,
            raised_at: row.raised_at.into(),
            cleared_at: row.cleared_at.map(Into::into),
            source_id: row.source_id,
        })
    }
}

#[ComplexObject]
impl SourceAlert {
    /// The source.
    async fn source(&self, gql: &Context<'_>) -> Result<Option<Source>> {
        Ok(load_visible::<Sources>(gql, self.source_id).await?.map(Into::into))
    }
}

/// Which sources to list.
#[derive(Debug, Default, InputObject)]
pub struct SourceFilter {
    /// Only in this state.
    state: Option<SourceState>,
    /// Only of this provider.
    provider: Option<String>,
}

impl From<SourceFilter> for acquisition::SourceFilter {
    fn from(filter: SourceFilter) -> Self {
        Self { state: filter.state.map(Into::into), provider: filter.provider }
    }
}

/// Shapes a page of rows that may not be what they should be.
pub(super) fn fallible<T, N: TryFrom<T, Error = Failure>>(found: Page<T>, id: impl Fn(&T) -> Uuid) -> Outcome<List<N>> {
    let rows: Vec<(Uuid, N)> =
        found.rows.into_iter().map(|row| Ok((id(&row), N::try_from(row)?))).collect::<Outcome<_>>()?;
    let found = Page { rows, has_next: found.has_next, has_previous: found.has_previous };
    Ok(List::of(found, |row: &(Uuid, N)| Cursor { value: String::new(), id: row.0 }, |(_, node)| node))
}
