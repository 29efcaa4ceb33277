//! GraphQL documents that a tenant has registered. When the tenant's configuration (`graphql_documents`) says so, its
//! members and keys may send these and no others; whoever may change the configuration is exempt, so that a tenant
//! cannot lock itself out.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use entity::registered_document::{ActiveModel, Column, Entity, Model};
use kernel::context::OpContext;
use kernel::failure::{Failure, Outcome};
use kernel::limits::{GRAPHQL_BODY_BYTES, NAME_CHARS, REGISTERED_DOCUMENTS};
use kernel::permission::Permission;
use platform::audit::{self, Change};
use platform::db::OrFail;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::{Core, settings};

/// The SHA-256 of a document's text.
pub type DocumentHash = [u8; 32];

/// The hash of a document's text, as persisted queries name it.
#[must_use]
pub fn hash(document: &str) -> DocumentHash {
    Sha256::digest(document.as_bytes()).into()
}

/// A registered document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisteredDocument {
    /// Its hash.
    pub hash: DocumentHash,
    /// What it is for.
    pub name: String,
    /// The text.
    pub document: String,
    /// Who registered it.
    pub registered_by: String,
    /// When.
    pub registered_at: DateTime<Utc>,
}

impl TryFrom<Model> for RegisteredDocument {
    type Error = Failure;

    fn try_from(row: Model) -> Outcome<Self> {
        Ok(Self {
            hash: row.hash.try_into().map_err(|_| Failure::internal("a document with a hash of another length"))?,
            name: row.name,
            document: row.document,
            registered_by: row.registered_by,
            registered_at: row.registered_at,
        })
    }
}

/// What a tenant's clients may send.
#[derive(Debug, Default)]
pub struct DocumentPolicy {
    /// Whether only registered documents may be sent.
    pub registered_only: bool,
    /// The registered ones.
    pub documents: HashMap<DocumentHash, Arc<str>>,
}

/// Reads what the caller's tenant allows. Asked for before any document runs, so it needs no permission.
///
/// # Errors
/// Database failures.
pub async fn policy(ctx: &OpContext, core: &Core) -> Outcome<DocumentPolicy> {
    let tx = core.db.tenant_read(ctx).await?;
    let wanted = settings::effective(&tx, &settings::GRAPHQL_DOCUMENTS, None, None).await?;
    let rows = Entity::find().filter(Column::TenantId.eq(ctx.tenant_id.uuid())).all(&tx).await.or_fail()?;
    let documents = rows
        .into_iter()
        .map(|row| RegisteredDocument::try_from(row).map(|row| (row.hash, Arc::from(row.document))))
        .collect::<Outcome<_>>()?;
    Ok(DocumentPolicy { registered_only: wanted.text()? == "REGISTERED", documents })
}

fn name_of(name: &str) -> Outcome<String> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > NAME_CHARS || name.chars().any(char::is_control) {
        let message = format!("A name has 1 to {NAME_CHARS} printable characters.");
        return Err(Failure::refused("NAME_INVALID", message).at(["input", "name"]));
    }
    Ok(name.to_owned())
}

/// Registers a document; the same text again only gets its new name.
///
/// # Errors
/// `NAME_INVALID`, `DOCUMENT_INVALID`, `DOCUMENTS_TOO_MANY`, `FORBIDDEN`; database failures.
pub async fn document_register(
    ctx: &OpContext,
    core: &Core,
    name: &str,
    document: String,
) -> Outcome<RegisteredDocument> {
    ctx.require(Permission::SettingManage)?;
    let name = name_of(name)?;
    if document.trim().is_empty() || document.len() > GRAPHQL_BODY_BYTES {
        let message = format!("Give a GraphQL document of at most {GRAPHQL_BODY_BYTES} bytes.");
        return Err(Failure::refused("DOCUMENT_INVALID", message).at(["input", "document"]));
    }
    let tx = core.db.tenant(ctx).await?;
    let count = Entity::find().filter(Column::TenantId.eq(ctx.tenant_id.uuid())).count(&tx).await.or_fail()?;
    if count >= REGISTERED_DOCUMENTS {
        let message = format!("A tenant has at most {REGISTERED_DOCUMENTS} documents: remove one first.");
        return Err(Failure::refused("DOCUMENTS_TOO_MANY", message).at(["input"]));
    }
    let hash = hash(&document);
    let row = ActiveModel {
        tenant_id: Set(ctx.tenant_id.uuid()),
        hash: Set(hash.to_vec()),
        name: Set(name.clone()),
        document: Set(document.clone()),
        registered_by: Set(ctx.actor.label()),
        registered_at: Set(ctx.now),
    };
    Entity::insert(row)
        .on_conflict(
            OnConflict::columns([Column::TenantId, Column::Hash])
                .update_columns([Column::Name, Column::RegisteredBy, Column::RegisteredAt])
                .to_owned(),
        )
        .exec_without_returning(&tx)
        .await
        .or_fail()?;
    trail(&tx, ctx, "document.register", &hash, Some(&name)).await?;
    tx.commit().await?;
    Ok(RegisteredDocument { hash, name, document, registered_by: ctx.actor.label(), registered_at: ctx.now })
}

/// Removes a document: clients that send it are refused within seconds.
///
/// # Errors
/// `NOT_FOUND`, `FORBIDDEN`; database failures.
pub async fn document_remove(ctx: &OpContext, core: &Core, hash: DocumentHash) -> Outcome<RegisteredDocument> {
    ctx.require(Permission::SettingManage)?;
    let tx = core.db.tenant(ctx).await?;
    let row = Entity::find_by_id((ctx.tenant_id.uuid(), hash.to_vec())).one(&tx).await.or_fail()?;
    let row: RegisteredDocument = row
        .ok_or_else(|| Failure::not_found("NOT_FOUND", "There is no such document.").at(["input", "hash"]))?
        .try_into()?;
    Entity::delete_many()
        .filter(Column::TenantId.eq(ctx.tenant_id.uuid()))
        .filter(Column::Hash.eq(hash.to_vec()))
        .exec(&tx)
        .await
        .or_fail()?;
    trail(&tx, ctx, "document.remove", &hash, None).await?;
    tx.commit().await?;
    Ok(row)
}

async fn trail(
    tx: &platform::db::TenantTx,
    ctx: &OpContext,
    action: &str,
    hash: &DocumentHash,
    name: Option<&str>,
) -> Outcome<()> {
    let named = json!({ "hash": hex::encode(hash), "name": name });
    let change = Change {
        action,
        entity_kind: "TENANT",
        entity_id: ctx.tenant_id.uuid(),
        before: name.is_none().then(|| named.clone()),
        after: name.is_some().then_some(named),
    };
    audit::record(tx, ctx, change).await.map(|_| ())
}

/// All registered documents, by name.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn documents(ctx: &OpContext, core: &Core) -> Outcome<Vec<RegisteredDocument>> {
    ctx.require(Permission::SettingRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    Entity::find()
        .filter(Column::TenantId.eq(ctx.tenant_id.uuid()))
        .order_by_asc(Column::Name)
        .order_by_asc(Column::Hash)
        .all(&tx)
        .await
        .or_fail()?
        .into_iter()
        .map(TryInto::try_into)
        .collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_hash_is_the_one_of_persisted_queries() {
        // The example of the protocol's documentation: `{__typename}`.
        let hash = hex::encode(super::hash("{__typename}"));
        assert_eq!(hash, "ecf4edb46db40b5132295c0291d62fb65d6759a9eedfa4d5d612dd5ec54a6b38");
    }
}
