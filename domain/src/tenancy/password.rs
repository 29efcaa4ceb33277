//! Passwords: argon2id, off the executor's threads, a few at a time.

use std::sync::LazyLock;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use kernel::failure::{Failure, Outcome};
use tokio::sync::Semaphore;

/// Memory of one hash in KiB; with two passes and one lane the first recommendation of OWASP's password storage
/// sheet: 19 MiB.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// Hashes computed at once: what an attack can make us spend is bounded.
const AT_ONCE: usize = 4;

static TURNS: Semaphore = Semaphore::const_new(AT_ONCE);

/// What is verified when there is no such person, so that both answers take equally long.
static NOBODY: LazyLock<String> = LazyLock::new(|| compute("nobody has this password").unwrap_or_default());

fn argon2() -> Outcome<Argon2<'static>> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None)
        .map_err(|error| Failure::internal(format!("argon2 parameters: {error}")))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn compute(password: &str) -> Outcome<String> {
    let hash: PasswordHash = argon2()?
        .hash_password(password.as_bytes())
        .map_err(|error| Failure::internal(format!("hashing a password: {error}")))?;
    Ok(hash.to_string())
}

fn check(password: &str, hash: &str) -> Outcome<bool> {
    let parsed = PasswordHash::new(hash).map_err(|error| Failure::internal(format!("a stored hash: {error}")))?;
    Ok(argon2()?.verify_password(password.as_bytes(), &parsed).is_ok())
}

async fn in_turn<T: Send + 'static>(work: impl FnOnce() -> Outcome<T> + Send + 'static) -> Outcome<T> {
    let _turn = TURNS.acquire().await.map_err(|error| Failure::internal(error.to_string()))?;
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Failure::internal(format!("password work ended abnormally: {error}")))?
}

/// Hashes a new password into a PHC string with a fresh salt.
pub(super) async fn hash(password: String) -> Outcome<String> {
    in_turn(move || compute(&password)).await
}

/// Whether the password is the one behind the hash. Without a hash the same work is done for nothing.
pub(super) async fn verify(password: String, hash: Option<String>) -> Outcome<bool> {
    in_turn(move || match hash {
        Some(hash) => check(&password, &hash),
        None => check(&password, &NOBODY).map(|_| false),
    })
    .await
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_password_fits_its_hash() {
        let stored = hash("correct horse".to_owned()).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(verify("correct horse".to_owned(), Some(stored.clone())).await.unwrap());
        assert!(!verify("correct horsf".to_owned(), Some(stored)).await.unwrap());
        assert!(!verify("nobody has this password".to_owned(), None).await.unwrap());
    }
}
