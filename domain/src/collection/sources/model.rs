//! Sources and what happens at them, as the outside sees them.

use chrono::{DateTime, Utc};
use kernel::ids::{OperationId, ReportId, SourceAlertId, SourceFileId, SourceId, SourceRunId};

use super::method::Method;

macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant,)* }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name in data.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// The one with this name.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.as_str() == name)
            }
        }
    };
}

named! {
    /// Whether a source is collected from by itself.
    SourceState {
        /// By its schedule, and by hand.
        Enabled = "ENABLED",
        /// Not at all.
        Disabled = "DISABLED",
    }
}

named! {
    /// The credentials that methods know.
    CredentialName {
        /// A password.
        Password = "PASSWORD",
        /// A private key in OpenSSH or PEM form.
        PrivateKey = "PRIVATE_KEY",
        /// What the private key is encrypted with.
        Passphrase = "PASSPHRASE",
        /// The secret of an OAuth client.
        ClientSecret = "CLIENT_SECRET",
        /// An OAuth refresh token; replaced when the provider gives a new one.
        RefreshToken = "REFRESH_TOKEN",
        /// A fixed token or API key.
        Token = "TOKEN",
        /// The secret key of an object store.
        SecretKey = "SECRET_KEY",
        /// What webhooks are signed with.
        SigningSecret = "SIGNING_SECRET",
    }
}

named! {
    /// Why a run began.
    Cause {
        /// Somebody asked for it.
        Manual = "MANUAL",
        /// Its time had come.
        Schedule = "SCHEDULE",
        /// The provider called.
        Webhook = "WEBHOOK",
        /// Somebody wants to know whether it would work; nothing is fetched.
        Test = "TEST",
    }
}

named! {
    /// How far a run is.
    RunState {
        /// Under way, or waiting to be tried again.
        Running = "RUNNING",
        /// Through all its steps.
        Succeeded = "SUCCEEDED",
        /// Ended before.
        Failed = "FAILED",
    }
}

named! {
    /// What became of a fetched file.
    FileState {
        /// Fetched, and not imported yet.
        Fetched = "FETCHED",
        /// Its lines are in.
        Imported = "IMPORTED",
        /// The same bytes were known.
        Duplicate = "DUPLICATE",
        /// It could not be imported; nothing of it was booked.
        Refused = "REFUSED",
        /// It is a remittance: totals that reports are held against.
        Remittance = "REMITTANCE",
    }
}

/// Where reports come from.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its id.
    pub id: SourceId,
    /// What people call it.
    pub name: String,
    /// Whose reports they are.
    pub provider: String,
    /// How they are fetched.
    pub method: Method,
    /// Whether it is collected from.
    pub state: SourceState,
    /// When it is collected from, as a cron expression; only by hand without one.
    pub schedule: Option<String>,
    /// The time zone (IANA) of schedule and deadline.
    pub time_zone: String,
    /// When it is collected from next.
    pub next_run_at: Option<DateTime<Utc>>,
    /// Moments, as a cron expression, by each of which a new report must have come.
    pub deadline: Option<String>,
    /// The next of these moments.
    pub next_deadline_at: Option<DateTime<Utc>>,
    /// How often a failed run is tried, the first time included.
    pub max_attempts: i32,
    /// When the last new file came.
    pub last_file_at: Option<DateTime<Utc>>,
    /// Raised by every change.
    pub version: i32,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was changed.
    pub updated_at: DateTime<Utc>,
}

/// One run at a source.
#[derive(Debug, Clone)]
pub struct SourceRun {
    /// Its id.
    pub id: SourceRunId,
    /// The source.
    pub source_id: SourceId,
    /// The operation with its stages.
    pub operation_id: OperationId,
    /// Why it began.
    pub cause: Cause,
    /// How far it is.
    pub state: RunState,
    /// Files that the provider shows.
    pub found_count: i32,
    /// New ones, fetched.
    pub fetched_count: i32,
    /// Fetched ones whose bytes were known.
    pub duplicate_count: i32,
    /// Fetched ones that could not be imported.
    pub refused_count: i32,
    /// Code and message, when it failed.
    pub failure: Option<(String, String)>,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
}

/// A file that was seen at a source.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// Its id.
    pub id: SourceFileId,
    /// The source.
    pub source_id: SourceId,
    /// The run that fetched it.
    pub run_id: SourceRunId,
    /// Where it was: a path, an address, a message, a range of rows.
    pub remote_key: String,
    /// Its name.
    pub file_name: String,
    /// Its size.
    pub byte_size: i64,
    /// What became of it.
    pub state: FileState,
    /// The report that was made of it; for a duplicate, the one that was there.
    pub report_id: Option<ReportId>,
    /// Code and message, when it was refused.
    pub failure: Option<(String, String)>,
    /// When it was fetched.
    pub fetched_at: DateTime<Utc>,
}

/// Something that somebody should look at.
#[derive(Debug, Clone)]
pub struct SourceAlert {
    /// Its id.
    pub id: SourceAlertId,
    /// The source.
    pub source_id: SourceId,
    /// `REPORT_MISSING`, `RUN_FAILED` or `REPORT_UNUSUAL`.
    pub kind: String,
    /// What happened, for a person.
    pub message: String,
    /// When it began.
    pub raised_at: DateTime<Utc>,
    /// When it was over.
    pub cleared_at: Option<DateTime<Utc>>,
}

/// Which sources to list.
#[derive(Debug, Clone, Default)]
pub struct SourceFilter {
    /// Only in this state.
    pub state: Option<SourceState>,
    /// Only of this provider.
    pub provider: Option<String>,
}
