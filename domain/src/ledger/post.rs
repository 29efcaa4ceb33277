//! Writing transfers.
//!
//! Everybody takes the locks in the same order: accounts by key, then balances by account id. Whoever posts to
//! the same accounts at the same time waits, and nobody waits in a circle.

use std::collections::{BTreeMap, BTreeSet};

use kernel::failure::{Failure, Outcome};
use kernel::ids::{AccountId, TransferId};
use kernel::period::Month;
use platform::db::{OrFail, TenantTx, sql};
use sea_orm::ConnectionTrait;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::model::{AccountKey, Posting, Transfer};

/// Transfers of one statement: large postings go in several, in the same transaction.
const CHUNK: usize = 2_000;

#[derive(Clone, Copy)]
enum Phase {
    Pending,
    Posted,
}

/// Posts transfers. What was posted before with the same source and purpose is left as it is.
///
/// # Errors
/// `INTERNAL` when a transfer of the same source and purpose exists with another amount or other accounts, or
/// when the two accounts of a transfer have different currencies; database failures.
pub async fn post(tx: &TenantTx, posting: Posting) -> Outcome<()> {
    write(tx, &posting, Phase::Posted).await
}

/// Announces transfers: they reserve, and move nothing until they are settled ([`settle`]) or withdrawn ([`void`]).
///
/// # Errors
/// As [`post`].
pub async fn post_pending(tx: &TenantTx, posting: Posting) -> Outcome<()> {
    write(tx, &posting, Phase::Pending).await
}

/// Makes every announced transfer of a source final, in this month; how many were settled now.
///
/// # Errors
/// `TRANSFER_VOIDED` when one of them was withdrawn before; database failures.
pub async fn settle(tx: &TenantTx, source_kind: &str, source_id: Uuid, month: Month) -> Outcome<u64> {
    resolve(tx, source_kind, source_id, month, "POSTED").await
}

/// Withdraws every announced transfer of a source; how many were withdrawn now.
///
/// # Errors
/// `TRANSFER_SETTLED` when one of them is final already; database failures.
pub async fn void(tx: &TenantTx, source_kind: &str, source_id: Uuid, month: Month) -> Outcome<u64> {
    resolve(tx, source_kind, source_id, month, "VOIDED").await
}

async fn write(tx: &TenantTx, posting: &Posting, phase: Phase) -> Outcome<()> {
    if posting.transfers.is_empty() {
        return Ok(());
    }
    check(posting)?;
    let keys: BTreeSet<AccountKey> =
        posting.transfers.iter().flat_map(|transfer| [transfer.debit, transfer.credit]).collect();
    let ids = ensure_accounts(tx, &keys).await?;
    lock_balances(tx, ids.values().map(|id| id.uuid())).await?;
    let posting_id = TransferId::new().uuid();
    for chunk in posting.transfers.chunks(CHUNK) {
        let rows = chunk.iter().map(|transfer| row(transfer, &ids)).collect::<Outcome<Vec<Json>>>()?;
        let inserted = insert(tx, posting, posting_id, phase, Json::Array(rows.clone())).await?;
        if inserted < chunk.len() as u64 {
            check_repeated(tx, posting, Json::Array(rows)).await?;
        }
    }
    Ok(())
}

fn check(posting: &Posting) -> Outcome<()> {
    let mut purposes = BTreeSet::new();
    for transfer in &posting.transfers {
        if transfer.debit.currency != transfer.credit.currency {
            return Err(Failure::internal(format!("transfer `{}` between two currencies", transfer.purpose)));
        }
        if !purposes.insert(&transfer.purpose) {
            return Err(Failure::internal(format!("two transfers of one source for `{}`", transfer.purpose)));
        }
    }
    Ok(())
}

/// The accounts' ids; what does not exist comes into being, with a balance of zero.
async fn ensure_accounts(tx: &TenantTx, keys: &BTreeSet<AccountKey>) -> Outcome<BTreeMap<AccountKey, AccountId>> {
    let tenant = tx.tenant_id().uuid();
    let wanted: Vec<Json> = (1..)
        .zip(keys)
        .map(|(position, key): (i64, _)| {
            json!({
                "position": position,
                "id": AccountId::new().uuid(),
                "kind": key.kind.as_str(),
                "currency": key.currency.code(),
                "contract_id": key.contract_id.map(|id| id.uuid()),
                "party_id": key.party_id.map(|id| id.uuid()),
            })
        })
        .collect();
    let wanted = Json::Array(wanted);
    tx.execute_raw(sql(
        "INSERT INTO ledger_account (tenant_id, id, kind, currency, contract_id, party_id, created_at)
         SELECT $1, w.id, w.kind, w.currency, w.contract_id, w.party_id, $3
           FROM jsonb_to_recordset($2) AS w
                (position bigint, id uuid, kind text, currency text, contract_id uuid, party_id uuid)
          ORDER BY w.position
         ON CONFLICT (tenant_id, kind, currency, contract_id, party_id) DO NOTHING",
        [tenant.into(), wanted.clone().into(), tx.now().into()],
    ))
    .await
    .or_fail()?;
    let found = tx
        .query_all_raw(sql(
            "SELECT w.position, a.id
               FROM jsonb_to_recordset($2) AS w
                    (position bigint, kind text, currency text, contract_id uuid, party_id uuid)
               JOIN ledger_account a
                 ON a.tenant_id = $1 AND a.kind = w.kind AND a.currency = w.currency
                AND a.contract_id IS NOT DISTINCT FROM w.contract_id
                AND a.party_id IS NOT DISTINCT FROM w.party_id
              ORDER BY w.position",
            [tenant.into(), wanted.into()],
        ))
        .await
        .or_fail()?;
    if found.len() != keys.len() {
        return Err(Failure::internal(format!("{} accounts wanted, {} found", keys.len(), found.len())));
    }
    keys.iter().zip(found).map(|(key, row)| Ok((*key, AccountId(row.try_get::<Uuid>("", "id").or_fail()?)))).collect()
}

/// Balances exist before they are locked: a lock on a row that is not there locks nothing.
async fn lock_balances(tx: &TenantTx, accounts: impl Iterator<Item = Uuid>) -> Outcome<()> {
    let tenant = tx.tenant_id().uuid();
    let mut accounts: Vec<Uuid> = accounts.collect();
    accounts.sort_unstable();
    tx.execute_raw(sql(
        "INSERT INTO ledger_balance (tenant_id, account_id)
         SELECT $1, wanted FROM unnest($2::uuid[]) WITH ORDINALITY AS w (wanted, position) ORDER BY position
         ON CONFLICT (tenant_id, account_id) DO NOTHING",
        [tenant.into(), accounts.clone().into()],
    ))
    .await
    .or_fail()?;
    tx.execute_raw(sql(
        "SELECT 1 FROM ledger_balance WHERE tenant_id = $1 AND account_id = ANY($2) ORDER BY account_id FOR UPDATE",
        [tenant.into(), accounts.into()],
    ))
    .await
    .or_fail()?;
    Ok(())
}

fn row(transfer: &Transfer, ids: &BTreeMap<AccountKey, AccountId>) -> Outcome<Json> {
    let id = |key| ids.get(key).map(|id| id.uuid()).ok_or_else(|| Failure::internal("an account without an id"));
    Ok(json!({
        "id": TransferId::new().uuid(),
        "debit": id(&transfer.debit)?,
        "credit": id(&transfer.credit)?,
        "currency": transfer.debit.currency.code(),
        "amount": transfer.amount(),
        "purpose": transfer.purpose,
    }))
}

/// Inserts what is new and moves its balances, in one statement; how many were new.
async fn insert(tx: &TenantTx, posting: &Posting, posting_id: Uuid, phase: Phase, rows: Json) -> Outcome<u64> {
    let (name, columns) = match phase {
        Phase::Pending => ("PENDING", ("pending_debits", "pending_credits")),
        Phase::Posted => ("POSTED", ("debits", "credits")),
    };
    let (debits, credits) = columns;
    let statement = format!(
        "WITH inserted AS (
             INSERT INTO ledger_transfer
                 (tenant_id, id, posting_id, debit_account_id, credit_account_id, currency, amount,
                  accounting_month, source_kind, source_id, purpose, phase, posted_at)
             SELECT $1, w.id, $3, w.debit, w.credit, w.currency, w.amount, $4, $5, $6, w.purpose, '{name}', $7
               FROM jsonb_to_recordset($2) AS w
                    (id uuid, debit uuid, credit uuid, currency text, amount numeric, purpose text)
             ON CONFLICT (tenant_id, source_kind, source_id, purpose) DO NOTHING
             RETURNING debit_account_id, credit_account_id, amount),
         effect AS (
             SELECT account_id, sum(debit) AS debit, sum(credit) AS credit
               FROM (SELECT debit_account_id AS account_id, amount AS debit, 0::numeric AS credit FROM inserted
                     UNION ALL
                     SELECT credit_account_id, 0, amount FROM inserted) AS sides
              GROUP BY account_id),
         moved AS (
             UPDATE ledger_balance b SET {debits} = b.{debits} + e.debit, {credits} = b.{credits} + e.credit
               FROM effect e WHERE b.tenant_id = $1 AND b.account_id = e.account_id RETURNING 1)
         SELECT (SELECT count(*) FROM inserted) AS inserted,
                (SELECT count(*) FROM effect) - (SELECT count(*) FROM moved) AS lost"
    );
    let values = [
        tx.tenant_id().uuid().into(),
        rows.into(),
        posting_id.into(),
        posting.month.first_day().into(),
        posting.source_kind.into(),
        posting.source_id.into(),
        tx.now().into(),
    ];
    counted(tx, sql(statement, values)).await
}

async fn counted(tx: &TenantTx, statement: sea_orm::Statement) -> Outcome<u64> {
    let row = tx
        .query_one_raw(statement)
        .await
        .or_fail()?
        .ok_or_else(|| Failure::internal("a posting that answers nothing"))?;
    let lost: i64 = row.try_get("", "lost").or_fail()?;
    if lost != 0 {
        return Err(Failure::internal(format!("{lost} accounts without a balance")));
    }
    let inserted: i64 = row.try_get("", "inserted").or_fail()?;
    Ok(inserted.unsigned_abs())
}

/// A repetition must say the same.
async fn check_repeated(tx: &TenantTx, posting: &Posting, rows: Json) -> Outcome<()> {
    let different = tx
        .query_one_raw(sql(
            "SELECT t.purpose
               FROM jsonb_to_recordset($2) AS w
                    (debit uuid, credit uuid, currency text, amount numeric, purpose text)
               JOIN ledger_transfer t
                 ON t.tenant_id = $1 AND t.source_kind = $3 AND t.source_id = $4 AND t.purpose = w.purpose
              WHERE (t.debit_account_id, t.credit_account_id, t.amount) IS DISTINCT FROM (w.debit, w.credit, w.amount)
              LIMIT 1",
            [tx.tenant_id().uuid().into(), rows.into(), posting.source_kind.into(), posting.source_id.into()],
        ))
        .await
        .or_fail()?;
    match different {
        None => Ok(()),
        Some(row) => {
            let purpose: String = row.try_get("", "purpose").or_fail()?;
            Err(Failure::internal(format!(
                "{} {} posts `{purpose}` again with another amount or other accounts",
                posting.source_kind, posting.source_id
            )))
        }
    }
}

/// Ends what is pending: moves the reservation into the balance, or drops it.
async fn resolve(tx: &TenantTx, source_kind: &str, source_id: Uuid, month: Month, phase: &str) -> Outcome<u64> {
    let tenant = tx.tenant_id().uuid();
    let pending = tx
        .query_all_raw(sql(
            "SELECT p.id, p.debit_account_id, p.credit_account_id
               FROM ledger_transfer p
              WHERE p.tenant_id = $1 AND p.source_kind = $2 AND p.source_id = $3 AND p.phase = 'PENDING'",
            [tenant.into(), source_kind.into(), source_id.into()],
        ))
        .await
        .or_fail()?;
    let mut accounts = BTreeSet::new();
    let mut rows = Vec::with_capacity(pending.len());
    for row in pending {
        for column in ["debit_account_id", "credit_account_id"] {
            accounts.insert(row.try_get::<Uuid>("", column).or_fail()?);
        }
        let id: Uuid = row.try_get("", "id").or_fail()?;
        rows.push(json!({ "id": TransferId::new().uuid(), "pending": id }));
    }
    if rows.is_empty() {
        return Ok(0);
    }
    lock_balances(tx, accounts.into_iter()).await?;
    // Under the lock nobody else can have resolved them since: what is resolved now is visible now.
    refuse_resolved_otherwise(tx, source_kind, source_id, phase).await?;
    let kept = if phase == "POSTED" { "1" } else { "0" };
    let statement = format!(
        "WITH inserted AS (
             INSERT INTO ledger_transfer
                 (tenant_id, id, posting_id, debit_account_id, credit_account_id, currency, amount,
                  accounting_month, source_kind, source_id, purpose, phase, pending_id, posted_at)
             SELECT $1, w.id, $3, p.debit_account_id, p.credit_account_id, p.currency, p.amount,
                    $4, p.source_kind, p.source_id, p.purpose || ':' || lower($5), $5, p.id, $6
               FROM jsonb_to_recordset($2) AS w (id uuid, pending uuid)
               JOIN ledger_transfer p ON p.tenant_id = $1 AND p.id = w.pending
             ON CONFLICT (tenant_id, pending_id) DO NOTHING
             RETURNING debit_account_id, credit_account_id, amount),
         effect AS (
             SELECT account_id, sum(debit) AS debit, sum(credit) AS credit
               FROM (SELECT debit_account_id AS account_id, amount AS debit, 0::numeric AS credit FROM inserted
                     UNION ALL
                     SELECT credit_account_id, 0, amount FROM inserted) AS sides
              GROUP BY account_id),
         moved AS (
             UPDATE ledger_balance b
                SET pending_debits = b.pending_debits - e.debit, pending_credits = b.pending_credits - e.credit,
                    debits = b.debits + e.debit * {kept}, credits = b.credits + e.credit * {kept}
               FROM effect e WHERE b.tenant_id = $1 AND b.account_id = e.account_id RETURNING 1)
         SELECT (SELECT count(*) FROM inserted) AS inserted,
                (SELECT count(*) FROM effect) - (SELECT count(*) FROM moved) AS lost"
    );
    let values = [
        tenant.into(),
        Json::Array(rows).into(),
        TransferId::new().uuid().into(),
        month.first_day().into(),
        phase.into(),
        tx.now().into(),
    ];
    counted(tx, sql(statement, values)).await
}

async fn refuse_resolved_otherwise(tx: &TenantTx, source_kind: &str, source_id: Uuid, phase: &str) -> Outcome<()> {
    let other = tx
        .query_one_raw(sql(
            "SELECT 1 AS one FROM ledger_transfer r
              WHERE r.tenant_id = $1 AND r.source_kind = $2 AND r.source_id = $3
                AND r.pending_id IS NOT NULL AND r.phase <> $4 LIMIT 1",
            [tx.tenant_id().uuid().into(), source_kind.into(), source_id.into(), phase.into()],
        ))
        .await
        .or_fail()?;
    match (other, phase) {
        (None, _) => Ok(()),
        (Some(_), "POSTED") => {
            Err(Failure::conflict("TRANSFER_VOIDED", "The announced transfer was withdrawn before."))
        }
        (Some(_), _) => Err(Failure::conflict("TRANSFER_SETTLED", "The announced transfer is final already.")),
    }
}
