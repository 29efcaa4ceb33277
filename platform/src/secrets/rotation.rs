//! Changing keys while the house is lived in: data keys are wrapped anew, values are sealed anew.
//!
//! Everything here may be interrupted and begun again. A value always opens: with its old key until it is sealed with
//! the new one, in the same statement.

use chrono::{DateTime, Utc};
use kernel::context::OpContext;
use kernel::failure::Outcome;
use sea_orm::ConnectionTrait as _;
use uuid::Uuid;

use super::vault::{Place, Vault, key_place};
use crate::db::{OrFail as _, TenantTx, sql};

/// How the field of a sealed value is called in its [`Place`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SealedField {
    /// One column, always the same field.
    Column,
    /// A table of fields: this column holds the field's name.
    NamedBy(&'static str),
}

/// A table with a column of sealed values, so that rotation finds them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealedTable {
    /// The table; it has a `tenant_id`.
    pub table: &'static str,
    /// The column with the row's id.
    pub row: &'static str,
    /// What the field is called.
    pub field: SealedField,
    /// The column with the sealed bytes; null where there is nothing.
    pub sealed: &'static str,
}

impl Vault {
    /// Retires the tenant's data key if it was made before `before`: what is sealed from now on gets a new one.
    ///
    /// # Errors
    /// Database failures.
    pub async fn retire(&self, tx: &TenantTx, before: DateTime<Utc>) -> Outcome<bool> {
        let done = tx
            .execute_raw(sql(
                "UPDATE data_key SET state = 'RETIRED', retired_at = $2
                 WHERE tenant_id = $1 AND state = 'ACTIVE' AND created_at < $3",
                [tx.tenant_id().uuid().into(), tx.now().into(), before.into()],
            ))
            .await
            .or_fail()?;
        Ok(done.rows_affected() > 0)
    }

    /// Wraps the tenant's data keys with the current master key, where another one still does. Says how many.
    ///
    /// # Errors
    /// Failures of the database or of the master keys.
    pub async fn rewrap(&self, tx: &TenantTx) -> Outcome<usize> {
        let tenant = tx.tenant_id();
        let current = self.masters().current();
        let rows = tx
            .query_all_raw(sql(
                "SELECT id, master, wrapped FROM data_key WHERE tenant_id = $1 AND master <> $2 FOR UPDATE",
                [tenant.uuid().into(), current.into()],
            ))
            .await
            .or_fail()?;
        for row in &rows {
            let id: Uuid = row.try_get("", "id").or_fail()?;
            let master: String = row.try_get("", "master").or_fail()?;
            let wrapped: Vec<u8> = row.try_get("", "wrapped").or_fail()?;
            let place = key_place(tenant, id);
            let key = self.masters().unwrap(&master, &wrapped, &place).await?;
            let wrapped = self.masters().wrap(&key, &place).await?;
            tx.execute_raw(sql(
                "UPDATE data_key SET master = $3, wrapped = $4 WHERE tenant_id = $1 AND id = $2",
                [tenant.uuid().into(), id.into(), current.into(), wrapped.into()],
            ))
            .await
            .or_fail()?;
        }
        Ok(rows.len())
    }

    /// Seals up to `limit` values of a table anew, those whose data key is not the active one. Each opening is in the
    /// audit trail. Says how many; fewer than `limit` means that none is left.
    ///
    /// # Errors
    /// `INTERNAL` when a value does not open; failures of the database or of the master keys.
    pub async fn reseal(&self, tx: &TenantTx, ctx: &OpContext, of: &SealedTable, limit: usize) -> Outcome<usize> {
        let SealedTable { table, row: id, sealed, .. } = of;
        let (field, is_field) = match of.field {
            SealedField::Column => (format!("'{sealed}'"), "$3::text IS NOT NULL".to_owned()),
            SealedField::NamedBy(column) => (column.to_owned(), format!("{column} = $3")),
        };
        // The second to seventeenth byte of a sealed value name its data key. Names come from the program's own text.
        let stale = format!(
            "SELECT {id} AS row, {field} AS field, {sealed} AS sealed FROM {table}
             WHERE tenant_id = $1 AND {sealed} IS NOT NULL AND substring({sealed} FROM 2 FOR 16) NOT IN
                 (SELECT uuid_send(id) FROM data_key WHERE tenant_id = $1 AND state = 'ACTIVE')
             ORDER BY {id}, field LIMIT {limit} FOR UPDATE"
        );
        let write = format!("UPDATE {table} SET {sealed} = $4 WHERE tenant_id = $1 AND {id} = $2 AND {is_field}");
        let tenant = tx.tenant_id().uuid();
        let rows = tx.query_all_raw(sql(stale, [tenant.into()])).await.or_fail()?;
        for row in &rows {
            let id: Uuid = row.try_get("", "row").or_fail()?;
            let field: String = row.try_get("", "field").or_fail()?;
            let old: Vec<u8> = row.try_get("", "sealed").or_fail()?;
            let place = Place { table, column: &field, row: id };
            let text = self.open(tx, ctx, place, &old, "seal with a new key").await?;
            let new = self.seal(tx, place, &text).await?;
            tx.execute_raw(sql(&write, [tenant.into(), id.into(), field.as_str().into(), new.into()]))
                .await
                .or_fail()?;
        }
        Ok(rows.len())
    }
}
