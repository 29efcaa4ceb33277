//! What can go wrong, in the two halves that never mix: what the client may read and what the log keeps.

use std::error::Error;
use std::fmt;

/// The kind decides how the outside sees it, how loud the log is, and whether a job tries again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// The input breaks a rule: shown as user errors.
    Refused,
    /// There is no such thing, or it belongs to somebody else: the same answer.
    NotFound,
    /// Somebody was faster: stale version, reused key, already running.
    Conflict,
    /// The actor lacks the permission.
    Forbidden,
    /// Nobody is signed in, or the token does not hold.
    Unauthenticated,
    /// Too much asked at once.
    Limited,
    /// Something we depend on is away for now: try again.
    Unavailable,
    /// Our fault.
    Internal,
}

impl FailureKind {
    /// Whether the same request may succeed later.
    #[must_use]
    pub const fn retryable(self) -> bool {
        matches!(self, Self::Unavailable | Self::Limited)
    }
}

/// One broken rule, with the place in the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Closed code, `SCREAMING_SNAKE`.
    pub code: &'static str,
    /// What was wrong and what to do, for a person.
    pub message: String,
    /// Where, in input coordinates: `["input", "splits", "0", "ratio"]`.
    pub path: Vec<String>,
}

/// A failed use case.
///
/// Only `code`, `message` and `path` of the findings ever reach a client; `source` goes to the log.
#[derive(Debug)]
pub struct Failure {
    /// How the outside sees it.
    pub kind: FailureKind,
    /// At least one finding; several only for refusals.
    pub findings: Vec<Finding>,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// The result of a use case.
pub type Outcome<T> = Result<T, Failure>;

macro_rules! constructors {
    ($($(#[$doc:meta])* $name:ident => $kind:ident;)*) => {
        $(
            $(#[$doc])*
            #[must_use]
            pub fn $name(code: &'static str, message: impl Into<String>) -> Self {
                Self::new(FailureKind::$kind, code, message)
            }
        )*
    };
}

impl Failure {
    fn new(kind: FailureKind, code: &'static str, message: impl Into<String>) -> Self {
        Self { kind, findings: vec![Finding { code, message: message.into(), path: Vec::new() }], source: None }
    }

    constructors! {
        /// The input breaks a rule.
        refused => Refused;
        /// No such thing here.
        not_found => NotFound;
        /// Somebody was faster.
        conflict => Conflict;
        /// The actor may not.
        forbidden => Forbidden;
        /// Nobody is signed in.
        unauthenticated => Unauthenticated;
        /// Too much at once.
        limited => Limited;
        /// Try again later.
        unavailable => Unavailable;
    }

    /// Our fault; `message` is for the log only, the client reads a fixed sentence.
    #[must_use]
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Internal, "INTERNAL", "Something went wrong on our side. Quote the request id.")
            .because(message.into())
    }

    /// Several broken rules at once. An empty list is an internal failure.
    #[must_use]
    pub fn findings(findings: Vec<Finding>) -> Self {
        if findings.is_empty() {
            return Self::internal("a refusal without findings");
        }
        Self { kind: FailureKind::Refused, findings, source: None }
    }

    /// Says where in the input the first finding lies.
    #[must_use]
    pub fn at<S: Into<String>>(mut self, path: impl IntoIterator<Item = S>) -> Self {
        if let Some(first) = self.findings.first_mut() {
            first.path = path.into_iter().map(Into::into).collect();
        }
        self
    }

    /// Keeps the cause for the log.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The code of the first finding.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.findings.first().map_or("INTERNAL", |finding| finding.code)
    }

    /// The message of the first finding.
    #[must_use]
    pub fn message(&self) -> &str {
        self.findings.first().map_or("", |finding| finding.message.as_str())
    }

    /// The path of the first finding.
    #[must_use]
    pub fn path(&self) -> &[String] {
        self.findings.first().map_or(&[], |finding| finding.path.as_slice())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code(), self.message())?;
        if let Some(source) = &self.source {
            write!(f, " ({source})")?;
        }
        Ok(())
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| source.as_ref() as &(dyn Error + 'static))
    }
}
