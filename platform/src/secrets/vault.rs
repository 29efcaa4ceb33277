//! Sealing and opening fields of the tenants' tables.

use std::sync::Arc;

use kernel::context::OpContext;
use kernel::failure::{Failure, Outcome};
use kernel::ids::TenantId;
use sea_orm::ConnectionTrait as _;
use serde_json::json;
use uuid::Uuid;

use super::cipher::{self, Key};
use super::master::MasterKeys;
use super::value::Secret;
use crate::audit::{self, Change};
use crate::db::{OrFail as _, TenantTx, sql};

/// First byte of a sealed value: the form of the rest (data key, nonce, ciphertext, tag).
const FORM: u8 = 1;
const HEAD: usize = 1 + 16;

/// Where a sealed value stands. It opens there and nowhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// The table.
    pub table: &'static str,
    /// The column, or the name of the field in a table of fields.
    pub column: &'a str,
    /// The row.
    pub row: Uuid,
}

impl Place<'_> {
    /// The authenticated description. Every part has its length before it, so that no two places read the same.
    fn bytes(&self, tenant: TenantId) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(96);
        for part in [tenant.uuid().as_bytes(), self.table.as_bytes(), self.column.as_bytes(), self.row.as_bytes()] {
            bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
            bytes.extend_from_slice(part);
        }
        bytes
    }
}

/// Seals and opens. Cheap to clone.
#[derive(Clone)]
pub struct Vault {
    masters: Arc<dyn MasterKeys>,
}

impl Vault {
    /// Over these master keys.
    #[must_use]
    pub fn new(masters: Arc<dyn MasterKeys>) -> Self {
        Self { masters }
    }

    /// Seals a text for its place, with the tenant's active data key; the first value of a tenant makes one.
    ///
    /// # Errors
    /// Failures of the database or of the master keys.
    pub async fn seal(&self, tx: &TenantTx, place: Place<'_>, text: &Secret) -> Outcome<Vec<u8>> {
        let (id, key) = self.active(tx).await?;
        let body = cipher::seal(&key, &place.bytes(tx.tenant_id()), text.expose().as_bytes())
            .map_err(|error| Failure::internal(error.to_string()))?;
        let mut sealed = Vec::with_capacity(HEAD + body.len());
        sealed.push(FORM);
        sealed.extend_from_slice(id.as_bytes());
        sealed.extend_from_slice(&body);
        Ok(sealed)
    }

    /// Opens a sealed text at its place, and writes into the audit trail that, by whom and what for.
    ///
    /// # Errors
    /// `INTERNAL` when the value was changed, moved, or its key is gone; database failures.
    pub async fn open(
        &self,
        tx: &TenantTx,
        ctx: &OpContext,
        place: Place<'_>,
        sealed: &[u8],
        purpose: &str,
    ) -> Outcome<Secret> {
        let (id, body) = parts(sealed)?;
        let key = self.key(tx, id).await?;
        let plain = cipher::open(&key, &place.bytes(tx.tenant_id()), body).map_err(|error| {
            Failure::internal(format!("{}.{} of row {}: {error}", place.table, place.column, place.row))
        })?;
        let text = std::str::from_utf8(&plain).map_err(|_| Failure::internal("a sealed value is no text"))?;
        let change = Change {
            action: "secret.open",
            entity_kind: place.table,
            entity_id: place.row,
            before: None,
            after: Some(json!({ "field": place.column, "purpose": purpose })),
        };
        audit::record(tx, ctx, change).await?;
        Ok(Secret::new(text))
    }

    pub(super) fn masters(&self) -> &dyn MasterKeys {
        &*self.masters
    }

    async fn active(&self, tx: &TenantTx) -> Outcome<(Uuid, Key)> {
        let find = || async {
            tx.query_one_raw(sql(
                "SELECT id, master, wrapped FROM data_key WHERE tenant_id = $1 AND state = 'ACTIVE'",
                [tx.tenant_id().uuid().into()],
            ))
            .await
            .or_fail()
        };
        if let Some(row) = find().await? {
            return self.unwrapped(tx, &row).await;
        }
        let (id, key) = (kernel::ids::DataKeyId::new().uuid(), cipher::new_key());
        let wrapped = self.masters.wrap(&key, &key_place(tx.tenant_id(), id)).await?;
        // Of two transactions that make the first key at once, one waits for the other and takes its key.
        tx.execute_raw(sql(
            "INSERT INTO data_key (tenant_id, id, master, wrapped, created_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (tenant_id) WHERE state = 'ACTIVE' DO NOTHING",
            [tx.tenant_id().uuid().into(), id.into(), self.masters.current().into(), wrapped.into(), tx.now().into()],
        ))
        .await
        .or_fail()?;
        let row = find().await?.ok_or_else(|| Failure::internal("the new data key vanished"))?;
        self.unwrapped(tx, &row).await
    }

    async fn key(&self, tx: &TenantTx, id: Uuid) -> Outcome<Key> {
        let row = tx
            .query_one_raw(sql(
                "SELECT id, master, wrapped FROM data_key WHERE tenant_id = $1 AND id = $2",
                [tx.tenant_id().uuid().into(), id.into()],
            ))
            .await
            .or_fail()?
            .ok_or_else(|| Failure::internal(format!("the data key {id} of a sealed value is gone")))?;
        Ok(self.unwrapped(tx, &row).await?.1)
    }

    async fn unwrapped(&self, tx: &TenantTx, row: &sea_orm::QueryResult) -> Outcome<(Uuid, Key)> {
        let id: Uuid = row.try_get("", "id").or_fail()?;
        let master: String = row.try_get("", "master").or_fail()?;
        let wrapped: Vec<u8> = row.try_get("", "wrapped").or_fail()?;
        Ok((id, self.masters.unwrap(&master, &wrapped, &key_place(tx.tenant_id(), id)).await?))
    }
}

pub(super) fn key_place(tenant: TenantId, id: Uuid) -> Vec<u8> {
    Place { table: "data_key", column: "wrapped", row: id }.bytes(tenant)
}

fn parts(sealed: &[u8]) -> Outcome<(Uuid, &[u8])> {
    let strange = || Failure::internal("a sealed value of an unknown form");
    let (head, body) = sealed.split_at_checked(HEAD).ok_or_else(strange)?;
    if head[0] != FORM {
        return Err(strange());
    }
    Ok((Uuid::from_slice(&head[1..]).map_err(|_| strange())?, body))
}
