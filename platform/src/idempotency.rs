//! One effect for one key, however often a client asks.
//!
//! The key's row is inserted first, in the transaction of the change. A second request with the same key waits
//! at that row until the first has committed, and then reads its result; if the first rolled back, the second
//! becomes the first.

use kernel::failure::Failure;
use kernel::limits;
use sea_orm::ConnectionTrait;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::db::{OrFail, TenantTx, sql};

/// What a key means for this request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// Do the work, then [`finish`].
    Fresh,
    /// It was done before; this was the result.
    Replay(serde_json::Value),
}

/// The hash that tells the same input from another one: SHA-256 over its JSON.
///
/// # Errors
/// `INTERNAL` when the input cannot be written as JSON.
pub fn input_hash(input: &impl Serialize) -> Result<[u8; 32], Failure> {
    let bytes =
        serde_json::to_vec(input).map_err(|error| Failure::internal(format!("hash of a mutation's input: {error}")))?;
    Ok(Sha256::digest(bytes).into())
}

/// Claims a key for a mutation with this input.
///
/// # Errors
/// `IDEMPOTENCY_KEY_INVALID` for an empty or overlong key, `IDEMPOTENCY_KEY_REUSED` when it was used with
/// another mutation or other input, database failures (`LOCK_TIMEOUT` when the first request takes too long).
pub async fn begin(tx: &TenantTx, key: &str, mutation: &str, input_hash: &[u8; 32]) -> Result<Claim, Failure> {
    let length = key.chars().count();
    if length == 0 || length > limits::IDEMPOTENCY_KEY_CHARS {
        return Err(Failure::refused(
            "IDEMPOTENCY_KEY_INVALID",
            format!("An idempotency key has 1 to {} characters.", limits::IDEMPOTENCY_KEY_CHARS),
        ));
    }
    let tenant = tx.tenant_id().uuid();
    let claimed = tx
        .execute_raw(sql(
            "INSERT INTO idempotency_key (tenant_id, key, mutation, input_hash, created_at)
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT (tenant_id, key) DO NOTHING",
            [tenant.into(), key.into(), mutation.into(), input_hash.to_vec().into(), tx.now().into()],
        ))
        .await
        .or_fail()?;
    if claimed.rows_affected() == 1 {
        return Ok(Claim::Fresh);
    }
    let known = tx
        .query_one_raw(sql(
            "SELECT mutation, input_hash, result FROM idempotency_key WHERE tenant_id = $1 AND key = $2",
            [tenant.into(), key.into()],
        ))
        .await
        .or_fail()?
        .ok_or_else(|| Failure::unavailable("TRY_AGAIN", "The same request is being undone. Try again."))?;
    let known_mutation: String = known.try_get("", "mutation").or_fail()?;
    let known_hash: Vec<u8> = known.try_get("", "input_hash").or_fail()?;
    if known_mutation != mutation || known_hash != input_hash {
        return Err(Failure::conflict(
            "IDEMPOTENCY_KEY_REUSED",
            "This idempotency key was used for another request. Take a new key for a new request.",
        ));
    }
    let result: Option<serde_json::Value> = known.try_get("", "result").or_fail()?;
    result.map(Claim::Replay).ok_or_else(|| Failure::internal("an idempotency key was committed without a result"))
}

/// Keeps the result for replays. Call it in the same transaction as [`begin`].
///
/// # Errors
/// Database failures.
pub async fn finish(tx: &TenantTx, key: &str, result: &serde_json::Value) -> Result<(), Failure> {
    let kept = tx
        .execute_raw(sql(
            "UPDATE idempotency_key SET result = $3 WHERE tenant_id = $1 AND key = $2",
            [tx.tenant_id().uuid().into(), key.into(), result.clone().into()],
        ))
        .await
        .or_fail()?;
    if kept.rows_affected() == 1 {
        return Ok(());
    }
    Err(Failure::internal("an idempotency key was finished that was not begun"))
}
