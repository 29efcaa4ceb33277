//! Every database error becomes a [`Failure`] here and nowhere else.

use kernel::failure::{Failure, FailureKind};
use sea_orm::{DbErr, RuntimeErr};

/// Code of a transaction that lost against a concurrent one and may simply be run again.
pub(super) const SERIALIZATION_FAILURE: &str = "SERIALIZATION_FAILURE";
/// Code of a transaction that was sacrificed to dissolve a deadlock and may simply be run again.
pub(super) const DEADLOCK: &str = "DEADLOCK";

/// Turns database errors into failures with `.or_fail()?`.
pub trait OrFail<T> {
    /// The failure that the SQLSTATE stands for.
    ///
    /// # Errors
    /// Always a [`Failure`].
    fn or_fail(self) -> Result<T, Failure>;

    /// As [`OrFail::or_fail`], but a violation of one of these constraints gets the given code and message:
    /// `(constraint name, code, message for a person)`.
    ///
    /// # Errors
    /// Always a [`Failure`].
    fn or_fail_on(self, known: &[(&str, &'static str, &str)]) -> Result<T, Failure>;
}

impl<T> OrFail<T> for Result<T, sqlx::Error> {
    fn or_fail(self) -> Result<T, Failure> {
        self.map_err(classify_sqlx)
    }

    fn or_fail_on(self, known: &[(&str, &'static str, &str)]) -> Result<T, Failure> {
        self.map_err(|error| {
            let named = constraint_of(&error)
                .and_then(|name| known.iter().find(|(constraint, _, _)| *constraint == name))
                .map(|(_, code, message)| (*code, (*message).to_owned()));
            let general = classify_sqlx(error);
            match named {
                Some((code, message)) => with_kind(general.kind, code, message).because(general),
                None => general,
            }
        })
    }
}

impl<T> OrFail<T> for Result<T, DbErr> {
    fn or_fail(self) -> Result<T, Failure> {
        self.map_err(classify)
    }

    fn or_fail_on(self, known: &[(&str, &'static str, &str)]) -> Result<T, Failure> {
        self.map_err(|error| match sqlx_cause(error) {
            Ok(cause) => match Err::<(), _>(cause).or_fail_on(known) {
                Err(failure) => failure,
                Ok(()) => Failure::internal("an error without an error"),
            },
            Err(other) => classify(other),
        })
    }
}

/// The failure behind a SeaORM error.
#[must_use]
pub fn classify(error: DbErr) -> Failure {
    match sqlx_cause(error) {
        Ok(cause) => classify_sqlx(cause),
        Err(DbErr::ConnectionAcquire(reason)) => unavailable().because(reason.to_string()),
        Err(DbErr::RecordNotFound(_)) => Failure::not_found("NOT_FOUND", "There is no such thing here."),
        Err(other) => Failure::internal(other.to_string()),
    }
}

/// The sqlx error inside, when this is its only holder.
fn sqlx_cause(error: DbErr) -> Result<sqlx::Error, DbErr> {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(cause)) => {
            std::sync::Arc::try_unwrap(cause).map_err(|cause| DbErr::Conn(RuntimeErr::SqlxError(cause)))
        }
        DbErr::Exec(RuntimeErr::SqlxError(cause)) => {
            std::sync::Arc::try_unwrap(cause).map_err(|cause| DbErr::Exec(RuntimeErr::SqlxError(cause)))
        }
        DbErr::Query(RuntimeErr::SqlxError(cause)) => {
            std::sync::Arc::try_unwrap(cause).map_err(|cause| DbErr::Query(RuntimeErr::SqlxError(cause)))
        }
        other => Err(other),
    }
}

/// The failure behind an sqlx error.
pub(crate) fn classify_sqlx(error: sqlx::Error) -> Failure {
    if is_connection_loss(&error) {
        return unavailable().because(error);
    }
    let Some(code) = error.as_database_error().and_then(sqlx::error::DatabaseError::code) else {
        return Failure::internal(error.to_string());
    };
    let failure = match code.as_ref() {
        "23505" => Failure::conflict("ALREADY_EXISTS", "This exists already."),
        "23503" => {
            Failure::refused("REFERENCE_INVALID", "Something refers to what does not exist, or is still in use.")
        }
        "23514" | "22P02" | "22003" => {
            Failure::refused("CONSTRAINT_VIOLATED", "The data breaks a rule of the database.")
        }
        "23P01" => Failure::conflict("OVERLAP", "This overlaps with something that exists."),
        "40001" => Failure::unavailable(SERIALIZATION_FAILURE, "Somebody else changed the same data. Try again."),
        "40P01" => Failure::unavailable(DEADLOCK, "Somebody else changed the same data. Try again."),
        "55P03" => Failure::unavailable("LOCK_TIMEOUT", "Somebody else is changing the same data. Try again."),
        "57014" | "25P03" => {
            Failure::unavailable("STATEMENT_TIMEOUT", "The database took too long. Try again, or ask for less.")
        }
        // Shutting down, starting up, too many connections, out of disk or memory.
        "57P01" | "57P02" | "57P03" | "53000" | "53100" | "53200" | "53300" => unavailable(),
        _ => return Failure::internal(describe(&error)),
    };
    failure.because(describe(&error))
}

/// SQLSTATE, constraint and text: for the log only.
fn describe(error: &sqlx::Error) -> String {
    let Some(database) = error.as_database_error() else { return error.to_string() };
    format!(
        "{} [{}] table={} constraint={}",
        database.message(),
        database.code().unwrap_or_default(),
        database.table().unwrap_or("-"),
        database.constraint().unwrap_or("-")
    )
}

fn constraint_of(error: &sqlx::Error) -> Option<&str> {
    error.as_database_error().and_then(sqlx::error::DatabaseError::constraint)
}

/// Whether the connection is gone, never came, or cannot be trusted any more.
pub(super) const fn is_connection_loss(error: &sqlx::Error) -> bool {
    matches!(
        error,
        sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::Protocol(_)
    )
}

fn unavailable() -> Failure {
    Failure::unavailable("DATABASE_UNAVAILABLE", "The database cannot be reached for the moment. Try again.")
}

fn with_kind(kind: FailureKind, code: &'static str, message: String) -> Failure {
    match kind {
        FailureKind::Conflict => Failure::conflict(code, message),
        _ => Failure::refused(code, message),
    }
}
