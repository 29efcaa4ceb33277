//! The one place where the wall clock is read. Everything else is handed an instant.

use chrono::{DateTime, SubsecRound, Utc};

/// The instant now, cut to the microseconds that PostgreSQL keeps, so that what is written equals what is read.
#[must_use]
#[allow(clippy::disallowed_methods, reason = "the one place where the clock is read")]
pub fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}

/// A stopwatch: for measuring how long something took, never for deciding anything.
#[must_use]
#[allow(clippy::disallowed_methods, reason = "a stopwatch for telemetry")]
pub fn stopwatch() -> std::time::Instant {
    std::time::Instant::now()
}
