//! Registered GraphQL documents in the schema.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use domain::documents::{self, DocumentHash};
use kernel::failure::{Failure, Outcome};
use kernel::permission::Permission;

use crate::frame;
use crate::frame::errors::top_level;
use crate::frame::scalars::DateTime;
use crate::frame::session::authenticated;
use crate::transport::Documents;
use crate::{payload, user_errors};

user_errors! {
    DocumentUserError, DocumentErrorCode, "registered documents",
    NAME_INVALID => "The name is empty, too long, or not printable.",
    DOCUMENT_INVALID => "The document is empty, too long, or not GraphQL of this schema.",
    DOCUMENTS_TOO_MANY => "The tenant has too many documents.",
}

/// A GraphQL document that clients of the tenant may send by its hash, and, when `graphql_documents` is `REGISTERED`,
/// one of the only ones they may send.
#[derive(Debug, Clone, SimpleObject)]
pub struct RegisteredDocument {
    /// The SHA-256 of the text, in hexadecimal: what a persisted query names.
    hash: String,
    /// What it is for.
    name: String,
    /// The text.
    document: String,
    /// Who registered it.
    registered_by: String,
    /// When.
    registered_at: DateTime,
}

fn in_hex(hash: DocumentHash) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl From<documents::RegisteredDocument> for RegisteredDocument {
    fn from(row: documents::RegisteredDocument) -> Self {
        Self {
            hash: in_hex(row.hash),
            name: row.name,
            document: row.document,
            registered_by: row.registered_by,
            registered_at: row.registered_at.into(),
        }
    }
}

/// A document to be registered.
#[derive(InputObject)]
pub struct DocumentRegisterInput {
    /// What it is for.
    name: String,
    /// The text, exactly as clients send it.
    document: String,
}

/// A document to be removed.
#[derive(InputObject)]
pub struct DocumentRemoveInput {
    /// Its hash.
    hash: String,
}

payload! {
    /// What `documentRegister` answers.
    DocumentRegisterPayload(DocumentUserError) {
        /// The document; null when it was refused.
        document: RegisteredDocument,
    }
}

payload! {
    /// What `documentRemove` answers.
    DocumentRemovePayload(DocumentUserError) {
        /// The document, now removed; null when it was refused.
        document: RegisteredDocument,
    }
}

/// Reading registered documents.
#[derive(Default)]
pub struct DocumentQuery;

#[Object]
impl DocumentQuery {
    /// The registered documents, by name. Requires: SETTING_READ.
    async fn registered_documents(&self, gql: &Context<'_>) -> Result<Vec<RegisteredDocument>> {
        frame::read(gql, |ctx, core| async move {
            Ok(documents::documents(&ctx, &core).await?.into_iter().map(Into::into).collect())
        })
        .await
    }
}

/// Registering documents.
#[derive(Default)]
pub struct DocumentMutation;

#[Object]
impl DocumentMutation {
    /// Registers a GraphQL document that clients of the tenant send. Requires: SETTING_MANAGE.
    async fn document_register(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The document.")] input: DocumentRegisterInput,
    ) -> Result<DocumentRegisterPayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            ctx.require(Permission::SettingManage)?;
            readable(&input.document)?;
            documents::document_register(&ctx, &core, &input.name, input.document).await
        })
        .await;
        forget(gql)?;
        DocumentRegisterPayload::of(outcome)
    }

    /// Removes a registered document. Requires: SETTING_MANAGE.
    async fn document_remove(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "Which one.")] input: DocumentRemoveInput,
    ) -> Result<DocumentRemovePayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            ctx.require(Permission::SettingManage)?;
            let missing = || Failure::not_found("NOT_FOUND", "There is no such document.").at(["input", "hash"]);
            let hash = read_hex(&input.hash).ok_or_else(missing)?;
            documents::document_remove(&ctx, &core, hash).await
        })
        .await;
        forget(gql)?;
        DocumentRemovePayload::of(outcome)
    }
}

/// What cannot be read would never be sent.
fn readable(document: &str) -> Outcome<()> {
    async_graphql::parser::parse_query(document).map(|_| ()).map_err(|error| {
        Failure::refused("DOCUMENT_INVALID", format!("The document cannot be read: {error}.")).at(["input", "document"])
    })
}

/// The hash with this text.
pub(crate) fn read_hex(text: &str) -> Option<DocumentHash> {
    let mut hash = DocumentHash::default();
    if text.len() != 2 * hash.len() || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    for (index, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * index..2 * index + 2)?, 16).ok()?;
    }
    Some(hash)
}

/// This process sees a change at once, the others within seconds.
fn forget(gql: &Context<'_>) -> Result<()> {
    let tenant = authenticated(gql).map_err(top_level)?.ctx.tenant_id;
    if let Some(documents) = gql.data_opt::<Documents>() {
        documents.forget(tenant);
    }
    Ok(())
}
