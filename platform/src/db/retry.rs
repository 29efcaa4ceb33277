//! Running a use case again when the database sacrificed its transaction.

use std::time::Duration;

use kernel::failure::Failure;
use rand::Rng;

use super::failure::{DEADLOCK, SERIALIZATION_FAILURE};

/// Most runs of one use case.
const ATTEMPTS: u32 = 4;

/// Runs `attempt` again, after a short random pause, when it fails with a serialization failure or a deadlock.
/// The closure must do its whole transaction inside, and nothing outside it.
///
/// # Errors
/// The last failure.
pub async fn retry<T, F, Fut>(mut attempt: F) -> Result<T, Failure>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T, Failure>>,
{
    for round in 1..ATTEMPTS {
        match attempt().await {
            Err(failure) if matches!(failure.code(), SERIALIZATION_FAILURE | DEADLOCK) => {
                tracing::debug!(round, code = failure.code(), "transaction will be run again");
                tokio::time::sleep(pause(round)).await;
            }
            other => return other,
        }
    }
    attempt().await
}

/// 10 to 20 ms after the first round, doubling.
#[allow(clippy::disallowed_methods, reason = "jitter needs no reproducible randomness")]
fn pause(round: u32) -> Duration {
    let base = 10_u64 << (round - 1);
    Duration::from_millis(rand::rng().random_range(base..=base * 2))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[tokio::test]
    async fn gives_up_after_four_rounds() {
        let rounds = Cell::new(0);
        let result: Result<(), _> = retry(|| {
            rounds.set(rounds.get() + 1);
            async { Err(Failure::unavailable(DEADLOCK, "again")) }
        })
        .await;
        assert_eq!(result.unwrap_err().code(), DEADLOCK);
        assert_eq!(rounds.get(), 4);
    }

    #[tokio::test]
    async fn other_failures_are_not_tried_again() {
        let rounds = Cell::new(0);
        let result: Result<(), _> = retry(|| {
            rounds.set(rounds.get() + 1);
            async { Err(Failure::refused("NO", "no")) }
        })
        .await;
        assert!(result.is_err());
        assert_eq!(rounds.get(), 1);
    }
}
