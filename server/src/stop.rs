//! Why a command ends without success.

use std::fmt;

use kernel::failure::{Failure, FailureKind};
use migration::MigrationError;
use platform::config::ConfigError;
use platform::postgres::ClusterError;

/// What the program says at its end, and the status it ends with.
#[derive(Debug)]
pub struct Stop {
    message: String,
    status: u8,
}

/// The work could not be done.
const FAILED: u8 = 1;
/// The question was wrong: flags, settings, input. The same status that the command line's own checks give.
const WRONG_USE: u8 = 2;

impl Stop {
    /// The work could not be done.
    pub fn failed(message: impl Into<String>) -> Self {
        Self { message: message.into(), status: FAILED }
    }

    /// Flags, settings or input are wrong.
    pub fn wrong_use(message: impl Into<String>) -> Self {
        Self { message: message.into(), status: WRONG_USE }
    }

    /// The exit status.
    pub const fn status(&self) -> u8 {
        self.status
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        let cause = std::error::Error::source(&failure).map(|cause| format!(" ({cause})")).unwrap_or_default();
        let message = format!("{} [{}]{cause}", failure.message(), failure.code());
        match failure.kind {
            FailureKind::Refused | FailureKind::Conflict | FailureKind::NotFound => Self::wrong_use(message),
            _ => Self::failed(message),
        }
    }
}

impl From<ConfigError> for Stop {
    fn from(error: ConfigError) -> Self {
        Self::wrong_use(error.to_string())
    }
}

impl From<ClusterError> for Stop {
    fn from(error: ClusterError) -> Self {
        Self::failed(error.to_string())
    }
}

impl From<MigrationError> for Stop {
    fn from(error: MigrationError) -> Self {
        Self::failed(error.to_string())
    }
}

impl From<std::io::Error> for Stop {
    fn from(error: std::io::Error) -> Self {
        Self::failed(error.to_string())
    }
}

impl From<serde_json::Error> for Stop {
    fn from(error: serde_json::Error) -> Self {
        Self::failed(format!("JSON: {error}"))
    }
}
