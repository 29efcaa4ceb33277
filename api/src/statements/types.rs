//! Types of royalty statements.

use async_graphql::{ComplexObject, Context, Enum, ID, InputObject, Result, SimpleObject};
use domain::statements as royalty;
use kernel::failure::Outcome;
use kernel::ids::{OperationId, PartyId, StatementBatchId, StatementId};
use rust_decimal::Decimal;

use super::loaders::{Batches, Documents, Proofs, Statements};
use super::proof::StatementProof;
use crate::collection::Operations;
use crate::frame;
use crate::frame::errors::top_level;
use crate::frame::ids;
use crate::frame::loader::{load, load_visible};
use crate::frame::scalars::{BigInt, CurrencyCode, Date, DateTime, Money, Month};
use crate::operations::Operation;
use crate::parties::{Party, PartyBatch};

/// How far a batch of statements is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "royalty::BatchState")]
pub enum StatementBatchState {
    /// Waiting for a worker.
    Queued,
    /// Drafts are being made.
    Preparing,
    /// Drafts wait for review or approval.
    Draft,
    /// Handed in for approval.
    InReview,
    /// Approved by a second person.
    Approved,
    /// On its way: some statements may be published already, and it cannot be recalled.
    Publishing,
    /// Every statement is published.
    Published,
    /// Drafts could not be made.
    Failed,
    /// Drafts were thrown away.
    Discarded,
}

/// The statements of one accounting month, made together.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct StatementBatch {
    /// The global id.
    #[graphql(owned)]
    pub id: ID,
    /// The accounting month.
    accounting_month: Month,
    /// How far it is.
    state: StatementBatchState,
    /// How many statements.
    statement_count: i32,
    /// Why drafts could not be made; null unless it failed.
    failure_message: Option<String>,
    /// Why the drafts were sent back; null unless they were.
    remark: Option<String>,
    /// Raised by every change; send it back as `expectedVersion`.
    version: i32,
    /// When it was asked for.
    created_at: DateTime,
    /// When a second person approved it.
    approved_at: Option<DateTime>,
    /// When every statement was published.
    published_at: Option<DateTime>,
    #[graphql(skip)]
    operation_id: OperationId,
    #[graphql(skip)]
    row_id: StatementBatchId,
}

impl From<royalty::StatementBatch> for StatementBatch {
    fn from(row: royalty::StatementBatch) -> Self {
        Self {
            id: ID(row.id.to_string()),
            accounting_month: row.accounting_month.into(),
            state: row.state.into(),
            statement_count: row.statement_count,
            failure_message: row.failure.map(|(_, message)| message),
            remark: row.remark,
            version: row.version,
            created_at: row.created_at.into(),
            approved_at: row.approved_at.map(Into::into),
            published_at: row.published_at.map(Into::into),
            operation_id: row.operation_id,
            row_id: row.id,
        }
    }
}

#[ComplexObject]
impl StatementBatch {
    /// Where to download all of its documents and proofs as one zip; the address holds for fifteen minutes. Null before
    /// publication.
    async fn archive_url(&self, gql: &Context<'_>) -> Result<Option<String>> {
        if self.state != StatementBatchState::Published {
            return Ok(None);
        }
        let id = self.row_id;
        frame::read(gql, |ctx, core| async move { royalty::archive_url(&ctx, &core, id).await.map(Some) }).await
    }

    /// The latest work on it.
    async fn operation(&self, gql: &Context<'_>) -> Result<Option<Operation>> {
        Ok(load::<Operations>(gql, self.operation_id).await?.map(Into::into))
    }
}

/// How far a statement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "royalty::StatementState")]
pub enum StatementState {
    /// May still be thrown away.
    Draft,
    /// Final: it never changes again.
    Published,
}

/// The parts a statement is divided into. Every section adds up to the royalties.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "royalty::SectionKind")]
pub enum StatementSectionKind {
    /// By platform.
    Platform,
    /// By release.
    Release,
    /// By track or work.
    Track,
    /// By territory.
    Territory,
    /// By kind of revenue.
    RevenueType,
}

/// One row of a section.
#[derive(Debug, Clone, SimpleObject)]
pub struct StatementRow {
    /// What the row is about.
    label: String,
    /// Artist or the like.
    detail: Option<String>,
    /// ISRC, UPC, ISWC or territory code.
    code: Option<String>,
    /// Units.
    units: BigInt,
    /// Net receipts that the royalty was calculated from.
    net_receipts: Money,
    /// The royalty.
    royalty: Money,
}

/// A section of a statement.
#[derive(Debug, Clone, SimpleObject)]
pub struct StatementSection {
    /// What it is divided by.
    kind: StatementSectionKind,
    /// Its rows, largest royalty first.
    rows: Vec<StatementRow>,
}

/// What was recouped under one contract.
#[derive(Debug, Clone, SimpleObject)]
pub struct StatementRecoupment {
    /// The contract.
    contract: String,
    /// What is recouped.
    kind: String,
    /// Unrecouped before.
    opening: Money,
    /// Recouped now.
    recouped: Money,
    /// Unrecouped after.
    closing: Money,
}

/// The royalty of one contract.
#[derive(Debug, Clone, SimpleObject)]
pub struct StatementContract {
    /// The contract's number and name.
    title: String,
    /// Its royalty in this period.
    royalty: Money,
}

/// A payment that a statement shows.
#[derive(Debug, Clone, SimpleObject)]
pub struct StatementPayment {
    /// When the payee had the money.
    paid_on: Date,
    /// The payment's id.
    reference: String,
    /// How it was paid.
    method: String,
    /// The amount.
    amount: Money,
}

/// The forms of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "royalty::DocumentForm")]
pub enum StatementForm {
    /// For reading and printing.
    Pdf,
    /// For a spreadsheet.
    Xlsx,
    /// For programs.
    Csv,
}

/// A stored form of a statement.
#[derive(Debug, Clone, SimpleObject)]
pub struct StatementFile {
    /// The global id.
    #[graphql(owned)]
    pub id: ID,
    /// Its form.
    form: StatementForm,
    /// The name to save it under.
    file_name: String,
    /// Its size in bytes.
    byte_size: BigInt,
    /// blake3 of the bytes, in hexadecimal.
    content_hash: String,
    /// Where to download it; the address holds for fifteen minutes.
    url: String,
}

/// A royalty statement: `closing = opening + royalties − costs + reservesReleased − reservesTaken + adjustments −
/// payments − tax`.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct Statement {
    /// The global id.
    #[graphql(owned)]
    pub id: ID,
    /// Its number.
    number: String,
    /// The payee's name as stated.
    payee_name: String,
    /// Its currency.
    currency: CurrencyCode,
    /// First day of the period.
    period_from: Date,
    /// Last day of the period.
    period_to: Date,
    /// How far it is.
    state: StatementState,
    /// What the statement before it closed with.
    opening: Money,
    /// Royalties of the period, rounded once.
    royalties: Money,
    /// Advances and costs recouped.
    costs: Money,
    /// Reserves released.
    reserves_released: Money,
    /// Reserves taken.
    reserves_taken: Money,
    /// Adjustments.
    adjustments: Money,
    /// Payments since the statement before it.
    payments: Money,
    /// Tax withheld.
    tax: Money,
    /// What is owed now.
    closing: Money,
    /// Royalties by contract.
    contracts: Vec<StatementContract>,
    /// Royalties by platform, release, track, territory and kind of revenue.
    sections: Vec<StatementSection>,
    /// What was recouped, by contract.
    recoupment: Vec<StatementRecoupment>,
    /// The payments it shows.
    payment_lines: Vec<StatementPayment>,
    /// blake3 of what every form shows, in hexadecimal.
    content_hash: String,
    /// When it was published; null for a draft.
    published_at: Option<DateTime>,
    #[graphql(skip)]
    row_id: StatementId,
    #[graphql(skip)]
    batch_id: StatementBatchId,
    #[graphql(skip)]
    previous_id: Option<StatementId>,
    #[graphql(skip)]
    party_id: PartyId,
}

pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

impl From<royalty::Statement> for Statement {
    fn from(row: royalty::Statement) -> Self {
        let currency = CurrencyCode::from(row.currency);
        let money = |amount: Decimal| {
            let mut amount = amount;
            amount.rescale(row.currency.exponent());
            Money { amount: amount.into(), currency }
        };
        let document = row.document;
        let identity = document.identity;
        Self {
            id: ID(row.id.to_string()),
            number: row.number,
            payee_name: document.payee.name,
            currency,
            period_from: row.period_from.into(),
            period_to: row.period_to.into(),
            state: row.state.into(),
            opening: money(identity.opening),
            royalties: money(identity.royalties),
            costs: money(identity.costs),
            reserves_released: money(identity.reserves_released),
            reserves_taken: money(identity.reserves_taken),
            adjustments: money(identity.adjustments),
            payments: money(identity.payments),
            tax: money(identity.tax),
            closing: money(identity.closing),
            contracts: document
                .contracts
                .into_iter()
                .map(|line| StatementContract { title: line.title, royalty: money(line.royalty) })
                .collect(),
            sections: document
                .sections
                .into_iter()
                .map(|section| StatementSection {
                    kind: section.kind.into(),
                    rows: section
                        .rows
                        .into_iter()
                        .map(|line| StatementRow {
                            label: line.label,
                            detail: line.detail,
                            code: line.code,
                            units: line.units.into(),
                            net_receipts: money(line.net_receipts),
                            royalty: money(line.royalty),
                        })
                        .collect(),
                })
                .collect(),
            recoupment: document
                .recoupment
                .into_iter()
                .map(|line| StatementRecoupment {
                    contract: line.contract,
                    kind: line.kind,
                    opening: money(line.opening),
                    recouped: money(line.recouped),
                    closing: money(line.closing),
                })
                .collect(),
            payment_lines: document
                .payments
                .into_iter()
                .map(|line| StatementPayment {
                    paid_on: line.on.into(),
                    reference: line.reference,
                    method: line.method,
                    amount: money(line.amount),
                })
                .collect(),
            content_hash: hex(&row.content_hash),
            published_at: row.published_at.map(Into::into),
            row_id: row.id,
            batch_id: row.batch_id,
            previous_id: row.previous_id,
            party_id: row.party_id,
        }
    }
}

#[ComplexObject]
impl Statement {
    /// The payee; null when the caller may not see parties.
    async fn party(&self, gql: &Context<'_>) -> Result<Option<Party>> {
        Ok(load_visible::<PartyBatch>(gql, self.party_id).await?.map(Into::into))
    }

    /// The batch it was made in; null when the caller sees only their own statements.
    async fn batch(&self, gql: &Context<'_>) -> Result<Option<StatementBatch>> {
        Ok(load_visible::<Batches>(gql, self.batch_id).await?.map(Into::into))
    }

    /// The statement before it; null for the first.
    async fn previous(&self, gql: &Context<'_>) -> Result<Option<Statement>> {
        let Some(id) = self.previous_id else { return Ok(None) };
        Ok(load::<Statements>(gql, id).await?.map(Into::into))
    }

    /// The proof that it is in its sealed batch; null for a draft.
    async fn proof(&self, gql: &Context<'_>) -> Result<Option<StatementProof>> {
        let proof = load::<Proofs>(gql, self.row_id).await?;
        proof.map(StatementProof::try_from).transpose().map_err(top_level)
    }

    /// Its stored forms; empty for a draft.
    async fn documents(&self, gql: &Context<'_>) -> Result<Vec<StatementFile>> {
        let files = load::<Documents>(gql, self.row_id).await?.unwrap_or_default();
        Ok(files
            .into_iter()
            .map(|(file, url)| StatementFile {
                id: ID(file.id.to_string()),
                form: file.form.into(),
                file_name: file.file_name,
                byte_size: file.byte_size.into(),
                content_hash: hex(&file.content_hash),
                url,
            })
            .collect())
    }
}

/// Which statements to list.
#[derive(Debug, Default, InputObject)]
pub struct StatementFilter {
    /// Only of this payee.
    party_id: Option<ID>,
    /// Only of this accounting month.
    accounting_month: Option<Month>,
    /// Only in this state.
    state: Option<StatementState>,
    /// Only of this batch.
    batch_id: Option<ID>,
}

impl StatementFilter {
    /// Reads the ids.
    pub(super) fn checked(self) -> Outcome<royalty::StatementFilter> {
        Ok(royalty::StatementFilter {
            party_id: ids::parse_opt(self.party_id.as_ref(), ["filter", "partyId"])?,
            accounting_month: self.accounting_month.map(Into::into),
            state: self.state.map(Into::into),
            batch_id: ids::parse_opt(self.batch_id.as_ref(), ["filter", "batchId"])?,
        })
    }
}
