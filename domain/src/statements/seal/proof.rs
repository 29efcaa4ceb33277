//! Proofs of published statements, and checking one from its content to the chain of seals.

use std::collections::HashMap;

use entity::statement_seal::{self, Model as SealRow};
use entity::{statement, statement_document, statement_leaf};
use formats::documents::seal::{Hash, Proof, Seal, chain_anchor};
use formats::documents::{Assets, CheckedStatement, StatementDocument};
use kernel::context::OpContext;
use kernel::failure::{Failure, Outcome};
use kernel::ids::{StatementBatchId, StatementId};
use kernel::permission::Permission;
use platform::db::{OrFail, TenantTx};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use tokio::task::spawn_blocking;

use super::super::brand;
use super::super::model::DocumentForm;
use super::super::publish::forms;
use super::super::read::visible;
use super::write::{fixed, sealed_statements};
use crate::Core;

/// The proofs of sealed statements that the caller may see.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn proofs_of(ctx: &OpContext, core: &Core, ids: &[StatementId]) -> Outcome<HashMap<StatementId, Proof>> {
    ctx.require(Permission::StatementRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let rows = statement::Entity::find()
        .filter(visible(ctx))
        .filter(statement::Column::Id.is_in(ids.iter().map(|id| id.uuid())))
        .all(&tx)
        .await
        .or_fail()?;
    proofs(&tx, &rows).await
}

async fn proofs(tx: &TenantTx, rows: &[statement::Model]) -> Outcome<HashMap<StatementId, Proof>> {
    let tenant = tx.tenant_id().uuid();
    let leaves = statement_leaf::Entity::find()
        .filter(statement_leaf::Column::TenantId.eq(tenant))
        .filter(statement_leaf::Column::StatementId.is_in(rows.iter().map(|row| row.id)))
        .all(tx)
        .await
        .or_fail()?;
    let mut sequences: Vec<i64> = leaves.iter().map(|leaf| leaf.sequence).collect();
    sequences.sort_unstable();
    sequences.dedup();
    let seals: HashMap<i64, SealRow> = statement_seal::Entity::find()
        .filter(statement_seal::Column::TenantId.eq(tenant))
        .filter(statement_seal::Column::Sequence.is_in(sequences))
        .all(tx)
        .await
        .or_fail()?
        .into_iter()
        .map(|row| (row.sequence, row))
        .collect();
    let mut statements = sealed_statements(tx, rows).await?;
    let mut proofs = HashMap::new();
    for leaf in leaves {
        let (Some(row), Some(statement)) = (seals.get(&leaf.sequence), statements.remove(&leaf.statement_id)) else {
            continue;
        };
        let path = leaf.path.chunks(32).map(fixed).collect::<Outcome<Vec<Hash>>>()?;
        let signature: [u8; 64] =
            row.signature.as_slice().try_into().map_err(|_| Failure::internal("a signature of another length"))?;
        let place = (leaf.position.unsigned_abs(), path);
        let proof = Proof::new(statement, place, seal(tx, row)?, signature, fixed(&row.public_raw)?);
        proofs.insert(StatementId(leaf.statement_id), proof);
    }
    Ok(proofs)
}

fn seal(tx: &TenantTx, row: &SealRow) -> Outcome<Seal> {
    Ok(Seal {
        tenant: tx.tenant_id().to_string(),
        batch: StatementBatchId(row.batch_id).to_string(),
        sequence: row.sequence.unsigned_abs(),
        leaves: row.leaves.unsigned_abs(),
        root: fixed(&row.root)?,
        previous: fixed(&row.previous)?,
        sealed_at_micros: row.sealed_at.timestamp_micros(),
        key: row.key_name.clone(),
    })
}

/// The published statement that a file belongs to, by the BLAKE3 hash of its bytes; `None` also when it is somebody
/// else's.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn statement_of_file(ctx: &OpContext, core: &Core, hash: &Hash) -> Outcome<Option<StatementId>> {
    ctx.require(Permission::StatementRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let file = statement_document::Entity::find()
        .filter(statement_document::Column::TenantId.eq(ctx.tenant_id.uuid()))
        .filter(statement_document::Column::ContentHash.eq(hash.to_vec()))
        .one(&tx)
        .await
        .or_fail()?;
    let Some(file) = file else { return Ok(None) };
    let seen = statement::Entity::find()
        .filter(visible(ctx))
        .filter(statement::Column::Id.eq(file.statement_id))
        .one(&tx)
        .await
        .or_fail()?;
    Ok(seen.map(|row| StatementId(row.id)))
}

/// What is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckKind {
    /// The content adds up and has its recorded hash.
    Content,
    /// The stored files have their recorded hashes.
    Files,
    /// Rendering the content again gives the stored bytes.
    Regenerated,
    /// Statement and files are in the sealed tree of their batch.
    Inclusion,
    /// The seal carries the signature of its key.
    Signature,
    /// The seal hangs on the tenant's seal before it, which is unchanged.
    Chain,
}

/// One check and its outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What was checked.
    pub kind: CheckKind,
    /// What does not hold; none when it holds.
    pub fault: Option<String>,
}

/// A statement checked from its content to the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verification {
    /// Every check, in order.
    pub checks: Vec<Check>,
}

impl Verification {
    /// Whether everything holds.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.checks.iter().all(|check| check.fault.is_none())
    }
}

/// Checks a published statement: its content, its files in the store, its rendering, and its place under the signed
/// chain. `None` for a draft, or when there is no such statement here.
///
/// # Errors
/// `FORBIDDEN`; database and store failures.
pub async fn verify(ctx: &OpContext, core: &Core, id: StatementId) -> Outcome<Option<Verification>> {
    ctx.require(Permission::StatementRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let row = statement::Entity::find()
        .filter(visible(ctx))
        .filter(statement::Column::Id.eq(id.uuid()))
        .filter(statement::Column::State.eq("PUBLISHED"))
        .one(&tx)
        .await
        .or_fail()?;
    let Some(row) = row else { return Ok(None) };
    let proof = proofs(&tx, std::slice::from_ref(&row)).await?.remove(&id);
    let previous = match &proof {
        Some(proof) => seal_before(&tx, proof.seal.sequence).await?,
        None => None,
    };
    let files = statement_document::Entity::find()
        .filter(statement_document::Column::TenantId.eq(ctx.tenant_id.uuid()))
        .filter(statement_document::Column::StatementId.eq(id.uuid()))
        .all(&tx)
        .await
        .or_fail()?;
    let assets = brand::assets(&tx, brand::logo_of(&row.document)).await?;
    drop(tx);

    // The forms that were wanted when it was published, whatever is wanted now.
    let wanted: Vec<DocumentForm> = files.iter().map(|file| DocumentForm::from_name(&file.form)).collect();
    let (content, rendered) = spawn_blocking(move || again(&row, &wanted, &assets))
        .await
        .map_err(|error| Failure::internal(error.to_string()))?;
    let mut stored_fault = None;
    let mut drawn_fault = None;
    for file in &files {
        let bytes = core.storage.get(&file.object_key).await;
        let hash = bytes.map(|bytes| blake3::hash(&bytes).as_bytes().to_vec());
        match hash {
            Ok(hash) if hash == file.content_hash => {}
            Ok(_) => add(&mut stored_fault, format!("{} was changed in the store", file.file_name)),
            Err(failure) => add(&mut stored_fault, format!("{} cannot be read: {failure}", file.file_name)),
        }
        let drawn = rendered.iter().find(|(form, _)| *form == file.form).map(|(_, hash)| hash.as_slice());
        if drawn != Some(file.content_hash.as_slice()) {
            add(&mut drawn_fault, format!("{} comes out with other bytes", file.form));
        }
    }
    let check = |kind, fault| Check { kind, fault };
    let mut checks = vec![
        check(CheckKind::Content, content),
        check(CheckKind::Files, stored_fault),
        check(CheckKind::Regenerated, drawn_fault),
    ];
    match &proof {
        None => checks.push(check(CheckKind::Inclusion, Some("the batch has no seal".to_owned()))),
        Some(proof) => checks.extend(seal_checks(proof, previous.as_ref(), &ctx.tenant_id.to_string())),
    }
    Ok(Some(Verification { checks }))
}

fn add(fault: &mut Option<String>, text: String) {
    match fault {
        Some(fault) => {
            fault.push_str("; ");
            fault.push_str(&text);
        }
        None => *fault = Some(text),
    }
}

/// Form and hash of every rendering.
type Rendered = Vec<(String, Vec<u8>)>;

/// Reads the document again: what is wrong with its content, and the hashes of its forms.
fn again(row: &statement::Model, wanted: &[DocumentForm], assets: &Assets) -> (Option<String>, Rendered) {
    let document: StatementDocument = match serde_json::from_value(row.document.clone()) {
        Ok(document) => document,
        Err(error) => return (Some(format!("the content cannot be read: {error}")), Vec::new()),
    };
    let checked = match CheckedStatement::new(document) {
        Ok(checked) => checked,
        Err(errors) => {
            let texts: Vec<String> = errors.iter().map(ToString::to_string).collect();
            return (Some(texts.join("; ")), Vec::new());
        }
    };
    let fault = (checked.hash().as_slice() != row.content_hash.as_slice())
        .then(|| format!("the content has the hash {}, another than recorded", checked.hash_hex()));
    let rendered = forms(&checked, wanted, assets).unwrap_or_default();
    let hashes =
        rendered.into_iter().map(|(form, bytes)| (form.as_str().to_owned(), blake3::hash(&bytes).as_bytes().to_vec()));
    (fault, hashes.collect())
}

/// The seal before the one with this number.
async fn seal_before(tx: &TenantTx, sequence: u64) -> Outcome<Option<(Seal, Hash)>> {
    let before = i64::try_from(sequence).map_err(|_| Failure::internal("the number of a seal"))?.saturating_sub(1);
    let row = statement_seal::Entity::find_by_id((tx.tenant_id().uuid(), before)).one(tx).await.or_fail()?;
    row.map(|row| Ok((seal(tx, &row)?, fixed(&row.hash)?))).transpose()
}

fn seal_checks(proof: &Proof, previous: Option<&(Seal, Hash)>, tenant: &str) -> [Check; 3] {
    use formats::documents::seal::ProofError;
    let (inclusion, signature) = match proof.check_seal(None) {
        Ok(()) => (None, None),
        Err(fault @ ProofError::NotInBatch { .. }) => (Some(fault.to_string()), None),
        Err(fault) => (None, Some(fault.to_string())),
    };
    let chain = match previous {
        None if proof.seal.sequence == 1 => {
            (proof.seal.previous != chain_anchor(tenant)).then(|| "the first seal hangs on nothing known".to_owned())
        }
        None => Some(format!("seal {} is missing", proof.seal.sequence.saturating_sub(1))),
        Some((seal, hash)) if seal.hash() != *hash => Some(format!("seal {} was changed", seal.sequence)),
        Some((_, hash)) => {
            (proof.seal.previous != *hash).then(|| "the seal does not hang on the one before it".to_owned())
        }
    };
    [
        Check { kind: CheckKind::Inclusion, fault: inclusion },
        Check { kind: CheckKind::Signature, fault: signature },
        Check { kind: CheckKind::Chain, fault: chain },
    ]
}
