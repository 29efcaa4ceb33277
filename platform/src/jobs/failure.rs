//! How a handler says whether to try again.

use std::fmt;

use kernel::failure::{Failure, FailureKind};

/// Why an attempt failed, and what to do about it.
#[derive(Debug)]
pub enum JobFailure {
    /// Something was away, or we made a mistake: try again later, with growing pauses.
    Retry(Failure),
    /// It will never work: tell the people concerned and stop.
    GiveUp(Failure),
}

impl JobFailure {
    /// The failure itself.
    #[must_use]
    pub const fn failure(&self) -> &Failure {
        match self {
            Self::Retry(failure) | Self::GiveUp(failure) => failure,
        }
    }
}

/// What a person would have been refused is refused to the job as well; the rest may pass.
impl From<Failure> for JobFailure {
    fn from(failure: Failure) -> Self {
        match failure.kind {
            FailureKind::Unavailable | FailureKind::Limited | FailureKind::Internal => Self::Retry(failure),
            FailureKind::Refused
            | FailureKind::NotFound
            | FailureKind::Conflict
            | FailureKind::Forbidden
            | FailureKind::Unauthenticated => Self::GiveUp(failure),
        }
    }
}

impl fmt::Display for JobFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.failure().fmt(f)
    }
}

impl std::error::Error for JobFailure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(self.failure())
    }
}
