//! The credentials of sources: sealed, never shown, opened for a run only.

use chrono::{DateTime, Utc};
use kernel::context::OpContext;
use kernel::failure::{Failure, Outcome};
use kernel::ids::SourceId;
use kernel::limits::CREDENTIAL_BYTES;
use platform::db::{OrFail, TenantTx, sql};
use platform::secrets::{Place, SealedField, SealedTable, Secret};
use sea_orm::ConnectionTrait;

use super::method::Method;
use super::model::CredentialName;
use super::port::Credentials;
use crate::Core;

/// Where credentials lie, for the rotation of keys.
pub const SEALED: SealedTable =
    SealedTable { table: "source_secret", row: "source_id", field: SealedField::NamedBy("name"), sealed: "sealed" };

fn place(id: SourceId, name: CredentialName) -> Place<'static> {
    Place { table: SEALED.table, column: name.as_str(), row: id.uuid() }
}

/// Seals credentials and keeps them.
pub(super) async fn set(
    tx: &TenantTx,
    ctx: &OpContext,
    core: &Core,
    id: SourceId,
    method: &Method,
    new: &[(CredentialName, Secret)],
) -> Outcome<()> {
    for (index, (name, secret)) in new.iter().enumerate() {
        let refused = |message: String| {
            Err(Failure::refused("CREDENTIAL_INVALID", message).at([
                "input".to_owned(),
                "credentials".to_owned(),
                index.to_string(),
            ]))
        };
        if secret.expose().is_empty() || secret.expose().len() > CREDENTIAL_BYTES {
            return refused(format!("A credential has 1 to {CREDENTIAL_BYTES} bytes."));
        }
        if !method.knows(*name) {
            return refused(format!("The method {} does not use {}.", method.kind(), name.as_str()));
        }
        let sealed = core.vault.seal(tx, place(id, *name), secret).await?;
        tx.execute_raw(sql(
            "INSERT INTO source_secret (tenant_id, source_id, name, sealed, set_by, set_at)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (tenant_id, source_id, name) DO UPDATE
             SET sealed = excluded.sealed, set_by = excluded.set_by, set_at = excluded.set_at",
            [
                tx.tenant_id().uuid().into(),
                id.uuid().into(),
                name.as_str().into(),
                sealed.into(),
                ctx.actor.label().into(),
                ctx.now.into(),
            ],
        ))
        .await
        .or_fail()?;
    }
    Ok(())
}

/// Deletes all credentials of a source.
pub(super) async fn forget(tx: &TenantTx, id: SourceId) -> Outcome<()> {
    tx.execute_raw(sql(
        "DELETE FROM source_secret WHERE tenant_id = $1 AND source_id = $2",
        [tx.tenant_id().uuid().into(), id.uuid().into()],
    ))
    .await
    .or_fail()?;
    Ok(())
}

/// Which credentials there are, and since when; never what they are.
pub(super) async fn names(tx: &TenantTx, ids: &[SourceId]) -> Outcome<Vec<(SourceId, CredentialName, DateTime<Utc>)>> {
    let ids: Vec<uuid::Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let rows = tx
        .query_all_raw(sql(
            "SELECT source_id, name, set_at FROM source_secret WHERE tenant_id = $1 AND source_id = ANY($2)
             ORDER BY source_id, name",
            [tx.tenant_id().uuid().into(), ids.into()],
        ))
        .await
        .or_fail()?;
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let name: String = row.try_get("", "name").or_fail()?;
        if let Some(name) = CredentialName::from_name(&name) {
            let id: uuid::Uuid = row.try_get("", "source_id").or_fail()?;
            found.push((id.into(), name, row.try_get("", "set_at").or_fail()?));
        }
    }
    Ok(found)
}

/// Refuses unless one of the method's sets of credentials is there whole.
pub(super) async fn require_complete(tx: &TenantTx, id: SourceId, method: &Method) -> Outcome<()> {
    let sets = method.credentials();
    let there: Vec<CredentialName> = names(tx, &[id]).await?.into_iter().map(|(_, name, _)| name).collect();
    if sets.is_empty() || sets.iter().any(|set| set.iter().all(|name| there.contains(name))) {
        return Ok(());
    }
    let set = |names: &Vec<CredentialName>| names.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(" and ");
    let wanted = sets.iter().map(set).collect::<Vec<_>>().join(", or ");
    Err(Failure::refused("CREDENTIAL_MISSING", format!("The source needs {wanted}: set it first.")).at(["input", "id"]))
}

/// Opens all credentials of a source for a run. Each opening is in the audit trail.
pub(super) async fn open(tx: &TenantTx, ctx: &OpContext, core: &Core, id: SourceId) -> Outcome<Credentials> {
    let rows = tx
        .query_all_raw(sql(
            "SELECT name, sealed FROM source_secret WHERE tenant_id = $1 AND source_id = $2",
            [tx.tenant_id().uuid().into(), id.uuid().into()],
        ))
        .await
        .or_fail()?;
    let mut open = Credentials::default();
    for row in rows {
        let name: String = row.try_get("", "name").or_fail()?;
        let sealed: Vec<u8> = row.try_get("", "sealed").or_fail()?;
        let Some(name) = CredentialName::from_name(&name) else { continue };
        open.insert(name, core.vault.open(tx, ctx, place(id, name), &sealed, "collect").await?);
    }
    Ok(open)
}
