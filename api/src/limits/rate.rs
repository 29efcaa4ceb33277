//! Points per minute, per member: a bucket that refills evenly.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use kernel::failure::{Failure, Outcome};
use kernel::ids::{MemberId, TenantId};

/// Members remembered at most; full buckets are forgotten first.
const REMEMBERED: usize = 100_000;
/// The time in which an empty bucket is full again.
const MINUTE: TimeDelta = TimeDelta::minutes(1);

/// Limits what one member asks for in a minute, in this process. Cheap to clone.
#[derive(Clone)]
pub struct RateLimiter {
    points_per_minute: u32,
    buckets: Arc<Mutex<HashMap<(TenantId, MemberId), Bucket>>>,
}

struct Bucket {
    /// Points used and not yet refilled.
    used: u64,
    at: DateTime<Utc>,
}

impl Bucket {
    /// What is still used at a later instant.
    fn used_at(&self, now: DateTime<Utc>, points_per_minute: u32) -> u64 {
        let elapsed = now.signed_duration_since(self.at).clamp(TimeDelta::zero(), MINUTE).num_milliseconds();
        let refilled = u64::from(points_per_minute).saturating_mul(elapsed.unsigned_abs()) / 60_000;
        self.used.saturating_sub(refilled)
    }
}

impl RateLimiter {
    /// So many points per minute for every member.
    #[must_use]
    pub fn new(points_per_minute: u32) -> Self {
        Self { points_per_minute, buckets: Arc::default() }
    }

    /// Takes points from a member's bucket; what is left.
    ///
    /// # Errors
    /// `RATE_LIMITED`; nothing is taken then.
    pub fn take(&self, who: (TenantId, MemberId), points: usize, now: DateTime<Utc>) -> Outcome<u64> {
        let limit = u64::from(self.points_per_minute);
        let points = u64::try_from(points).unwrap_or(u64::MAX);
        // Nothing panics while holding the lock; if something did, the map is still whole.
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= REMEMBERED {
            buckets.retain(|_, bucket| bucket.used_at(now, self.points_per_minute) > 0);
        }
        let bucket = buckets.entry(who).or_insert(Bucket { used: 0, at: now });
        let used = bucket.used_at(now, self.points_per_minute).saturating_add(points);
        if used > limit {
            let message = format!("At most {limit} points per minute. Wait a moment, or ask for less.");
            return Err(Failure::limited("RATE_LIMITED", message));
        }
        *bucket = Bucket { used, at: now };
        Ok(limit - used)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_refills_evenly() {
        let limiter = RateLimiter::new(60);
        let who = (TenantId::new(), MemberId::new());
        let start = DateTime::from_timestamp(1_900_000_000, 0).unwrap();
        assert_eq!(limiter.take(who, 50, start).unwrap(), 10);
        assert_eq!(limiter.take(who, 11, start).unwrap_err().code(), "RATE_LIMITED");
        assert_eq!(limiter.take(who, 11, start + TimeDelta::seconds(1)).unwrap(), 0);
        assert_eq!(limiter.take((who.0, MemberId::new()), 60, start).unwrap(), 0);
        assert_eq!(limiter.take(who, 60, start + TimeDelta::minutes(9)).unwrap(), 0);
        // A clock that goes back refills nothing.
        assert!(limiter.take(who, 1, start).is_err());
    }
}
