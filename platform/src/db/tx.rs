//! The two transactions a use case may hold.

use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, Utc};
use kernel::context::{Actor, OpContext};
use kernel::failure::Failure;
use kernel::ids::TenantId;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement};

use super::session::Session;

/// The channel on which a commit tells listeners that the outbox has news.
pub(crate) const OUTBOX_CHANNEL: &str = "tunemantra_outbox";

/// A transaction in which exactly one tenant exists. Commit consumes it; dropping it rolls back.
pub struct TenantTx {
    session: Session,
    tenant_id: TenantId,
    actor: Actor,
    request_id: String,
    now: DateTime<Utc>,
    poke: AtomicBool,
}

impl TenantTx {
    pub(super) fn new(session: Session, ctx: &OpContext) -> Self {
        Self {
            session,
            tenant_id: ctx.tenant_id,
            actor: ctx.actor.clone(),
            request_id: ctx.request_id.clone(),
            now: ctx.now,
            poke: AtomicBool::new(false),
        }
    }

    /// The tenant. Every query says it itself as well (`tenant_id = …`): the policy is the net, not the path.
    #[must_use]
    pub const fn tenant_id(&self) -> TenantId {
        self.tenant_id
    }

    /// Who acts.
    #[must_use]
    pub const fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The request that caused this.
    #[must_use]
    pub fn request_id(&self) -> &str {
        &self.request_id
    }

    /// The instant of the request.
    #[must_use]
    pub const fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// Statements run so far: tests hold lists to a fixed number.
    #[must_use]
    pub fn statements(&self) -> u64 {
        self.session.statements()
    }

    /// Makes everything durable.
    ///
    /// # Errors
    /// Whatever the database refuses at commit; `INTERNAL` when an earlier statement failed and was ignored.
    pub async fn commit(self) -> Result<(), Failure> {
        let last_words = self.last_words();
        self.session.commit(&last_words).await
    }

    /// Undoes everything and waits for it.
    ///
    /// # Errors
    /// `DATABASE_UNAVAILABLE` when the connection is gone (the database then rolls back by itself).
    pub async fn rollback(self) -> Result<(), Failure> {
        self.session.rollback().await
    }

    /// At commit, tell listeners that the outbox has news: once per transaction, however many rows.
    /// A pending `NOTIFY` takes a lock on the whole instance at commit, so it is never sent per row.
    pub(crate) fn poke_outbox(&self) {
        self.poke.store(true, Ordering::Relaxed);
    }

    fn last_words(&self) -> String {
        if self.poke.load(Ordering::Relaxed) { format!("NOTIFY {OUTBOX_CHANNEL}; ") } else { String::new() }
    }
}

/// A transaction of the system role: no tenant is set, and only the system's own tables can be reached.
pub struct SystemTx {
    session: Session,
    reason: &'static str,
}

impl SystemTx {
    pub(super) const fn new(session: Session, reason: &'static str) -> Self {
        Self { session, reason }
    }

    /// Why it was opened.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        self.reason
    }

    /// Statements run so far.
    #[must_use]
    pub fn statements(&self) -> u64 {
        self.session.statements()
    }

    /// Makes everything durable.
    ///
    /// # Errors
    /// As [`TenantTx::commit`].
    pub async fn commit(self) -> Result<(), Failure> {
        self.session.commit("").await
    }

    /// Undoes everything and waits for it.
    ///
    /// # Errors
    /// As [`TenantTx::rollback`].
    pub async fn rollback(self) -> Result<(), Failure> {
        self.session.rollback().await
    }
}

macro_rules! connection_over_session {
    ($name:ty) => {
        #[async_trait::async_trait]
        impl ConnectionTrait for $name {
            fn get_database_backend(&self) -> DbBackend {
                DbBackend::Postgres
            }

            async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
                self.session.execute(&statement).await
            }

            async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
                self.session.execute_unprepared(sql).await
            }

            async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
                self.session.query_one(&statement).await
            }

            async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
                self.session.query_all(&statement).await
            }
        }
    };
}

connection_over_session!(TenantTx);
connection_over_session!(SystemTx);
