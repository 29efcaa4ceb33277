//! How failures are told: user errors in the payload of a mutation, or top-level errors with a closed code.

use async_graphql::Error;
use kernel::failure::{Failure, FailureKind};

/// The codes of top-level errors. The list is closed; clients may switch on it.
pub const CODES: &[&str] = &[
    "GRAPHQL_PARSE_FAILED",
    "GRAPHQL_VALIDATION_FAILED",
    "BAD_USER_INPUT",
    "UNAUTHENTICATED",
    "FORBIDDEN",
    "PERSISTED_QUERY_NOT_FOUND",
    "QUERY_TOO_COMPLEX",
    "RATE_LIMITED",
    "IDEMPOTENCY_KEY_REUSED",
    "UNAVAILABLE",
    "INTERNAL",
];

/// The code that a failure has at top level.
#[must_use]
pub fn code_of(failure: &Failure) -> &'static str {
    match failure.kind {
        FailureKind::Conflict if failure.code() == "IDEMPOTENCY_KEY_REUSED" => "IDEMPOTENCY_KEY_REUSED",
        FailureKind::Refused if failure.code() == "PERSISTED_QUERY_NOT_FOUND" => "PERSISTED_QUERY_NOT_FOUND",
        FailureKind::Refused | FailureKind::NotFound | FailureKind::Conflict => "BAD_USER_INPUT",
        FailureKind::Forbidden => "FORBIDDEN",
        FailureKind::Unauthenticated => "UNAUTHENTICATED",
        FailureKind::Limited if failure.code() == "QUERY_TOO_COMPLEX" => "QUERY_TOO_COMPLEX",
        FailureKind::Limited => "RATE_LIMITED",
        FailureKind::Unavailable => "UNAVAILABLE",
        FailureKind::Internal => "INTERNAL",
    }
}

/// Shapes a failure as a top-level error. Its cause stays here, in the log; the request id is added later.
#[must_use]
pub fn top_level(failure: Failure) -> Error {
    let code = code_of(&failure);
    match failure.kind {
        FailureKind::Internal => tracing::error!(%failure, "a use case failed"),
        FailureKind::Unavailable => tracing::warn!(%failure, "something is away"),
        _ => tracing::debug!(%failure, "a use case was refused"),
    }
    let mut error = Error::new(failure.message());
    let extensions = error.extensions.get_or_insert_default();
    extensions.set("code", code);
    extensions.set("retryable", failure.kind.retryable());
    if failure.code() != code {
        extensions.set("reason", failure.code());
    }
    if !failure.path().is_empty() {
        let path: Vec<async_graphql::Value> =
            failure.path().iter().map(|part| async_graphql::Value::from(part.as_str())).collect();
        extensions.set("inputPath", async_graphql::Value::List(path));
    }
    error
}

/// Whether a failed mutation is answered in `userErrors` and not at top level.
#[must_use]
pub fn is_user_error(failure: &Failure) -> bool {
    matches!(failure.kind, FailureKind::Refused | FailureKind::Conflict | FailureKind::NotFound)
        && failure.code() != "IDEMPOTENCY_KEY_REUSED"
}

/// Declares the user errors of a context: the closed enum of codes and the error object.
///
/// ```ignore
/// user_errors! {
///     RightsUserError, RightsErrorCode, "rights",
///     SPLITS_DO_NOT_SUM => "The ratios of a split do not sum to 1.",
///     CONTRACT_WITHOUT_TERMS => "A contract needs at least one term before it is activated.",
/// }
/// ```
///
/// The codes that every context shares are added: `NOT_FOUND`, `STALE_VERSION`, `BAD_USER_INPUT`, `ALREADY_EXISTS`,
/// `REFERENCE_INVALID`, `STILL_REFERENCED`, `CONSTRAINT_VIOLATED`, `OVERLAP`. The enum derives nothing else; the
/// object gets `split(Result<T, Failure>) -> async_graphql::Result<(Option<T>, Vec<Self>)>`.
#[macro_export]
macro_rules! user_errors {
    ($error:ident, $code:ident, $context:literal $(, $name:ident => $doc:tt)* $(,)?) => {
        #[doc = concat!("What a mutation of ", $context, " refuses. Clients must tolerate codes they do not know.")]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, async_graphql::Enum)]
        #[allow(non_camel_case_types, clippy::upper_case_acronyms, reason = "the names are the codes")]
        pub enum $code {
            /// There is no such thing, or it belongs to somebody else.
            NOT_FOUND,
            /// Somebody changed it since it was read: read it again.
            STALE_VERSION,
            /// The input is malformed; the message says how.
            BAD_USER_INPUT,
            /// There is one like it already.
            ALREADY_EXISTS,
            /// The input names something that does not exist.
            REFERENCE_INVALID,
            /// Something else still refers to it.
            STILL_REFERENCED,
            /// The change would break a rule of the data.
            CONSTRAINT_VIOLATED,
            /// Two effective periods overlap.
            OVERLAP,
            $(#[doc = $doc] $name,)*
        }

        impl $code {
            /// The code of a failure; none when the list lacks it.
            fn of(code: &str) -> Option<Self> {
                <Self as async_graphql::resolver_utils::EnumType>::items()
                    .iter()
                    .find(|item| item.name == code)
                    .map(|item| item.value)
            }
        }

        #[doc = concat!("One rule of ", $context, " that the input breaks.")]
        #[derive(Debug, Clone, async_graphql::SimpleObject)]
        pub struct $error {
            /// Which rule.
            pub code: $code,
            /// What was wrong and what to do, for a person. Not for programs.
            pub message: String,
            /// Where in the input: `["input", "splits", "0", "ratio"]`; empty when it concerns the whole.
            pub path: Vec<String>,
        }

        impl $error {
            /// Parts an outcome: the result, or user errors; other failures stay errors.
            ///
            /// # Errors
            /// Top-level errors: forbidden, unauthenticated, limited, unavailable, internal, reused idempotency keys.
            pub fn split<T>(
                outcome: ::kernel::failure::Outcome<T>,
            ) -> async_graphql::Result<(Option<T>, Vec<Self>)> {
                let failure = match outcome {
                    Ok(value) => return Ok((Some(value), Vec::new())),
                    Err(failure) if $crate::frame::errors::is_user_error(&failure) => failure,
                    Err(failure) => return Err($crate::frame::errors::top_level(failure)),
                };
                let mut errors = Vec::with_capacity(failure.findings.len());
                for finding in &failure.findings {
                    // Rules have more codes than a client needs to tell apart; a context that says so takes them as one.
                    let Some(code) = $code::of(finding.code).or_else(|| $code::of("RULE_INVALID")) else {
                        return Err($crate::frame::errors::top_level(::kernel::failure::Failure::internal(format!(
                            "{} lacks the code {}: {failure}", stringify!($code), finding.code
                        ))));
                    };
                    errors.push(Self { code, message: finding.message.clone(), path: finding.path.clone() });
                }
                Ok((None, errors))
            }
        }
    };
}
