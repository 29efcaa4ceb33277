//! Bulk import of catalogue, rights holders and contracts in the schema.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use domain::bulk;
use domain::operations as long_work;
use kernel::ids::OperationId;
use kernel::page::Cursor;
use uuid::Uuid;

use crate::frame;
use crate::frame::connection::{List, page};
use crate::frame::ids;
use crate::frame::scalars::BigInt;
use crate::operations::Operation;
use crate::user_errors;

user_errors! {
    ImportUserError, ImportErrorCode, "bulk imports",
    UPLOAD_UNKNOWN => "There is no such upload.",
    UPLOAD_EMPTY => "The bytes of the upload have not arrived yet.",
    FILE_TOO_LARGE => "The file is larger than a bulk import may be: split it.",
    IDEMPOTENCY_KEY_INVALID => "The idempotency key is empty or too long.",
}

/// What a CSV file brings. Later kinds refer to what earlier ones created.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "bulk::ImportKind")]
pub enum CatalogueImportKind {
    /// Rights holders.
    Parties,
    /// Recordings.
    Recordings,
    /// Works and their links to recordings.
    Works,
    /// Releases and their tracks.
    Releases,
    /// Named groups of items.
    Groups,
    /// Providers' own ids of items.
    Aliases,
    /// Contracts with participations, terms, splits and advances.
    Contracts,
    /// Exchange rates; they count as entered by hand.
    ExchangeRates,
}

/// A CSV file to be imported.
#[derive(InputObject)]
pub struct CatalogueImportInput {
    /// What the file brings.
    kind: CatalogueImportKind,
    /// The uploaded file.
    upload_id: ID,
    /// A text of your choice, at most 200 characters, that makes a repeated request the same request.
    idempotency_key: String,
}

/// What `catalogueImport` answers.
#[derive(SimpleObject)]
pub struct CatalogueImportPayload {
    /// The import at work; null when it was refused. Rows that were refused are listed by `importErrors`.
    operation: Option<Operation>,
    /// Whether this very request was answered before.
    is_replay: bool,
    /// What was refused; empty when it was done.
    user_errors: Vec<ImportUserError>,
}

/// A row of an import file that was refused, and why.
#[derive(SimpleObject)]
pub struct ImportError {
    /// The line in the file; 1 is the header.
    line: BigInt,
    /// The column; null when none is to blame.
    column: Option<String>,
    /// The code, as in the list of error codes of the import formats.
    code: String,
    /// What was wrong and what to do.
    message: String,
    /// The row as it stands in the file.
    raw: String,
}

impl From<bulk::ImportError> for ImportError {
    fn from(row: bulk::ImportError) -> Self {
        Self { line: row.line.into(), column: row.column, code: row.code, message: row.message, raw: row.raw }
    }
}

/// Which refused rows.
#[derive(InputObject, Default)]
pub struct ImportErrorFilter {
    /// Only with this code.
    code: Option<String>,
}

/// Reading what imports refused.
#[derive(Default)]
pub struct BulkQuery;

#[Object]
impl BulkQuery {
    /// The rows that an import refused, by line. Requires: OPERATION_READ.
    #[allow(clippy::too_many_arguments, reason = "the arguments of every list")]
    async fn import_errors(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The operation of the import.")] operation_id: ID,
        #[graphql(desc = "How many from the front, 1 to 100; 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which ones.")] filter: Option<ImportErrorFilter>,
    ) -> Result<List<ImportError>> {
        frame::read(gql, |ctx, core| async move {
            let id: OperationId = ids::parse(&operation_id, ["operationId"])?;
            let filter = bulk::ImportErrorFilter { code: filter.unwrap_or_default().code };
            let rows = bulk::import_errors(&ctx, &core, id, filter, page(first, after, last, before)?).await?;
            let cursor =
                |row: &bulk::ImportError| Cursor { value: format!("{}:{}", row.line, row.seq), id: Uuid::nil() };
            Ok(List::of(rows, cursor, ImportError::from))
        })
        .await
    }
}

/// Importing files.
#[derive(Default)]
pub struct BulkMutation;

#[Object]
impl BulkMutation {
    /// Imports an uploaded CSV file in the background: what is right comes in, what is wrong is listed by
    /// `importErrors`. Requires: PARTY_MANAGE for parties, CONTRACT_MANAGE for contracts, else CATALOG_MANAGE.
    async fn catalogue_import(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The file.")] input: CatalogueImportInput,
    ) -> Result<CatalogueImportPayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            let request = bulk::ImportRequest {
                kind: input.kind.into(),
                upload_id: ids::parse(&input.upload_id, ["input", "uploadId"])?,
                idempotency_key: input.idempotency_key,
            };
            let started = bulk::catalogue_import(&ctx, &core, request).await?;
            Ok((started.is_replay, long_work::get(&ctx, &core, started.operation_id).await?))
        })
        .await;
        let (done, user_errors) = ImportUserError::split(outcome)?;
        let (is_replay, operation) = done.unwrap_or((false, None));
        Ok(CatalogueImportPayload { operation: operation.map(Into::into), is_replay, user_errors })
    }
}
