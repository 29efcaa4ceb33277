//! One pooled connection inside one transaction, and how it gets out again whatever happens.
//!
//! `BEGIN` and `COMMIT` are sent as plain statements instead of through sqlx's transaction type, for two
//! reasons: `BEGIN` can carry the tenant in the same round trip, and sqlx 0.9.0 can return a connection to its
//! pool inside an open transaction when a caller disappears while `begin` is awaited (its issue 4385).

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use kernel::failure::Failure;
use sea_orm::{DbErr, ExecResult, QueryResult, RuntimeErr, Statement};
use sea_query_sqlx::SqlxValues;
use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, Executor, Postgres};
use tokio::sync::Mutex;

use super::failure::{OrFail, classify_sqlx, is_connection_loss};
use super::pools::Pool;

/// A transaction in progress. Ends by [`Session::commit`], [`Session::rollback`] or by being dropped (rollback).
pub(super) struct Session {
    connection: Mutex<Option<PoolConnection<Postgres>>>,
    statements: AtomicU64,
    failed: AtomicBool,
}

impl Session {
    /// Takes a connection and begins, in one round trip. `statement` starts with `BEGIN`.
    ///
    /// The work runs in its own task: a caller that disappears cannot stop it half-way; the finished session is
    /// then dropped, which rolls back.
    pub(super) async fn begin(pool: &Pool, statement: String) -> Result<Self, Failure> {
        let role = pool.role;
        let pool = pool.pool().clone();
        let begun = tokio::spawn(async move {
            let mut connection = crate::telemetry::pool_wait(role, pool.acquire()).await.or_fail()?;
            if let Err(error) = connection.execute(AssertSqlSafe(statement)).await {
                // Whatever state it is in, nobody else shall get it.
                connection.close_on_drop();
                return Err(classify_sqlx(error));
            }
            Ok(Self::over(connection))
        });
        begun.await.map_err(|error| Failure::internal(format!("beginning a transaction: {error}")))?
    }

    fn over(connection: PoolConnection<Postgres>) -> Self {
        Self { connection: Mutex::new(Some(connection)), statements: AtomicU64::new(0), failed: AtomicBool::new(false) }
    }

    /// How many statements ran so far.
    pub(super) fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// Commits; `last_words` (may be empty) are statements sent in the same round trip, just before `COMMIT`.
    ///
    /// # Errors
    /// `INTERNAL` when a statement failed before: PostgreSQL would answer `COMMIT` with a silent rollback.
    pub(super) async fn commit(self, last_words: &str) -> Result<(), Failure> {
        let Some(mut connection) = self.connection.lock().await.take() else {
            return Err(Failure::internal("commit of a finished transaction"));
        };
        if self.failed.load(Ordering::Relaxed) {
            release(connection);
            return Err(Failure::internal("commit after a failed statement: the transaction was rolled back"));
        }
        let statement = format!("{last_words}COMMIT");
        match connection.execute(AssertSqlSafe(statement)).await {
            Ok(_) => Ok(()),
            Err(error) => {
                connection.close_on_drop();
                Err(classify_sqlx(error))
            }
        }
    }

    /// Ends the transaction without effect and waits until the database has done so.
    pub(super) async fn rollback(self) -> Result<(), Failure> {
        let Some(mut connection) = self.connection.lock().await.take() else { return Ok(()) };
        match connection.execute("ROLLBACK").await {
            Ok(_) => Ok(()),
            Err(error) => {
                connection.close_on_drop();
                Err(classify_sqlx(error))
            }
        }
    }

    pub(super) async fn execute(&self, statement: &Statement) -> Result<ExecResult, DbErr> {
        let mut guard = self.connection.lock().await;
        let connection = live(&mut guard)?;
        let result = query(statement).execute(&mut **connection).await;
        self.noted(result).map(ExecResult::from).map_err(exec_error)
    }

    pub(super) async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let mut guard = self.connection.lock().await;
        let connection = live(&mut guard)?;
        let result = connection.execute(AssertSqlSafe(sql.to_owned())).await;
        self.noted(result).map(ExecResult::from).map_err(exec_error)
    }

    pub(super) async fn query_one(&self, statement: &Statement) -> Result<Option<QueryResult>, DbErr> {
        let mut guard = self.connection.lock().await;
        let connection = live(&mut guard)?;
        let result = query(statement).fetch_optional(&mut **connection).await;
        self.noted(result).map(|row| row.map(QueryResult::from)).map_err(query_error)
    }

    pub(super) async fn query_all(&self, statement: &Statement) -> Result<Vec<QueryResult>, DbErr> {
        let mut guard = self.connection.lock().await;
        let connection = live(&mut guard)?;
        let result = query(statement).fetch_all(&mut **connection).await;
        self.noted(result).map(|rows| rows.into_iter().map(QueryResult::from).collect()).map_err(query_error)
    }

    /// Counts the statement and remembers whether the transaction is still good.
    fn noted<T>(&self, result: Result<T, sqlx::Error>) -> Result<T, sqlx::Error> {
        self.statements.fetch_add(1, Ordering::Relaxed);
        if let Err(error) = &result
            && (error.as_database_error().is_some() || is_connection_loss(error))
        {
            self.failed.store(true, Ordering::Relaxed);
        }
        result
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.get_mut().take() {
            release(connection);
        }
    }
}

/// Rolls back in the background and gives the connection back; outside a runtime it is closed instead.
fn release(mut connection: PoolConnection<Postgres>) {
    let Ok(runtime) = tokio::runtime::Handle::try_current() else {
        connection.close_on_drop();
        return;
    };
    runtime.spawn(async move {
        if connection.execute("ROLLBACK").await.is_err() {
            connection.close_on_drop();
        }
    });
}

fn live(slot: &mut Option<PoolConnection<Postgres>>) -> Result<&mut PoolConnection<Postgres>, DbErr> {
    slot.as_mut().ok_or_else(|| DbErr::Conn(RuntimeErr::Internal("the transaction has ended".to_owned())))
}

fn query(statement: &Statement) -> sqlx::query::Query<'_, Postgres, SqlxValues> {
    let values = statement.values.clone().unwrap_or_else(|| sea_orm::sea_query::Values(Vec::new()));
    sqlx::query_with(AssertSqlSafe(statement.sql.as_str()), SqlxValues(values))
}

fn exec_error(error: sqlx::Error) -> DbErr {
    DbErr::Exec(RuntimeErr::SqlxError(error.into()))
}

fn query_error(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(error.into()))
}
