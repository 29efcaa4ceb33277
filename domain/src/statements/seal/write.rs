//! Sealing a batch, in the transaction that closes it.

use std::collections::HashMap;

use entity::{statement, statement_document, statement_leaf, statement_seal};
use formats::documents::seal::{Seal, SealKey, SealedFile, SealedStatement, Tree, chain_anchor};
use kernel::failure::{Failure, Outcome};
use kernel::ids::{StatementBatchId, StatementId};
use platform::db::{OrFail, TenantTx, sql};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::Core;

/// Rows of one `INSERT`.
const CHUNK: usize = 1_000;

/// The key to seal with. Read before the transaction that seals.
pub(in crate::statements) async fn key(core: &Core) -> Outcome<SealKey> {
    super::keys::signing_key(core).await
}

#[derive(FromQueryResult)]
struct LeafRow {
    id: Uuid,
    number: String,
    content_hash: Vec<u8>,
}

/// Seals the published statements of a batch. Once: a second attempt meets the unique key of the batch. Two batches of
/// one tenant at the same time hang on the same seal, and the slower one is refused by the key of the chain and tries
/// again.
pub(in crate::statements) async fn seal(tx: &TenantTx, batch: StatementBatchId, key: &SealKey) -> Outcome<()> {
    let tenant = tx.tenant_id();
    let statements = statements_of(tx, batch).await?;
    let Some(tree) = Tree::new(statements.iter().map(|(_, one)| one.leaf()).collect()) else { return Ok(()) };
    let last = statement_seal::Entity::find()
        .filter(statement_seal::Column::TenantId.eq(tenant.uuid()))
        .order_by_desc(statement_seal::Column::Sequence)
        .one(tx)
        .await
        .or_fail()?;
    let (sequence, previous) = match last {
        Some(row) => (row.sequence.saturating_add(1), fixed(&row.hash)?),
        None => (1, chain_anchor(&tenant.to_string())),
    };
    let leaves = i64::try_from(tree.leaves()).map_err(|_| Failure::internal("too many statements in a batch"))?;
    // The database keeps microseconds: the seal must not know more than it will read back.
    let sealed_at_micros = tx.now().timestamp_micros();
    let sealed_at = chrono::DateTime::from_timestamp_micros(sealed_at_micros).unwrap_or_else(|| tx.now());
    let seal = Seal {
        tenant: tenant.to_string(),
        batch: batch.to_string(),
        sequence: sequence.unsigned_abs(),
        leaves: leaves.unsigned_abs(),
        root: tree.root(),
        previous,
        sealed_at_micros,
        key: key.name(),
    };
    let row = statement_seal::ActiveModel {
        tenant_id: Set(tenant.uuid()),
        sequence: Set(sequence),
        batch_id: Set(batch.uuid()),
        leaves: Set(leaves),
        root: Set(seal.root.to_vec()),
        previous: Set(previous.to_vec()),
        hash: Set(seal.hash().to_vec()),
        key_name: Set(key.name()),
        public_raw: Set(key.public().to_vec()),
        signature: Set(key.sign(&seal).to_vec()),
        sealed_at: Set(sealed_at),
    };
    statement_seal::Entity::insert(row).exec_without_returning(tx).await.or_fail()?;
    let mut leaves = Vec::with_capacity(statements.len());
    for (at, (id, _)) in statements.iter().enumerate() {
        leaves.push(statement_leaf::ActiveModel {
            tenant_id: Set(tenant.uuid()),
            statement_id: Set(*id),
            sequence: Set(sequence),
            position: Set(i64::try_from(at).map_err(|_| Failure::internal("too many statements in a batch"))?),
            path: Set(tree.path(at).concat()),
        });
    }
    while !leaves.is_empty() {
        let rest = leaves.split_off(leaves.len().min(CHUNK));
        statement_leaf::Entity::insert_many(leaves).exec_without_returning(tx).await.or_fail()?;
        leaves = rest;
    }
    Ok(())
}

/// 32 bytes from the database.
pub(super) fn fixed(bytes: &[u8]) -> Outcome<[u8; 32]> {
    bytes.try_into().map_err(|_| Failure::internal("a hash of another length"))
}

/// The published statements of a batch with their files, in the order of their leaves.
async fn statements_of(tx: &TenantTx, batch: StatementBatchId) -> Outcome<Vec<(Uuid, SealedStatement)>> {
    let rows = LeafRow::find_by_statement(sql(
        "SELECT id, number, content_hash FROM statement
          WHERE tenant_id = $1 AND batch_id = $2 AND state = 'PUBLISHED' ORDER BY id",
        [tx.tenant_id().uuid().into(), batch.uuid().into()],
    ))
    .all(tx)
    .await
    .or_fail()?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut files = files_of(tx, &ids).await?;
    rows.into_iter().map(|row| Ok((row.id, sealed(row, &mut files)?))).collect()
}

fn sealed(row: LeafRow, files: &mut HashMap<Uuid, Vec<SealedFile>>) -> Outcome<SealedStatement> {
    Ok(SealedStatement {
        id: StatementId(row.id).to_string(),
        number: row.number,
        content: fixed(&row.content_hash)?,
        files: files.remove(&row.id).unwrap_or_default(),
    })
}

/// The stored files of statements, each statement's ordered by form.
pub(super) async fn files_of(tx: &TenantTx, ids: &[Uuid]) -> Outcome<HashMap<Uuid, Vec<SealedFile>>> {
    let mut files: HashMap<Uuid, Vec<SealedFile>> = HashMap::new();
    for chunk in ids.chunks(CHUNK) {
        let rows = statement_document::Entity::find()
            .filter(statement_document::Column::TenantId.eq(tx.tenant_id().uuid()))
            .filter(statement_document::Column::StatementId.is_in(chunk.to_vec()))
            .order_by_asc(statement_document::Column::StatementId)
            .order_by_asc(statement_document::Column::Form)
            .all(tx)
            .await
            .or_fail()?;
        for row in rows {
            files.entry(row.statement_id).or_default().push(SealedFile {
                form: row.form,
                name: row.file_name,
                bytes: row.byte_size.unsigned_abs(),
                blake3: fixed(&row.content_hash)?,
            });
        }
    }
    Ok(files)
}

/// Statements by id as their tree sees them.
pub(super) async fn sealed_statements(
    tx: &TenantTx,
    rows: &[statement::Model],
) -> Outcome<HashMap<Uuid, SealedStatement>> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let mut files = files_of(tx, &ids).await?;
    rows.iter()
        .map(|row| {
            let leaf = LeafRow { id: row.id, number: row.number.clone(), content_hash: row.content_hash.clone() };
            Ok((row.id, sealed(leaf, &mut files)?))
        })
        .collect()
}
