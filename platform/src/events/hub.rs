//! Live delivery inside one process: the outbox, fanned out to subscriptions by tenant.
//!
//! A notification is only a poke; the rows are read, and once a second they are read anyway. A subscriber
//! should hear of a change at once, even while a long transaction (an import) runs, so this reader does not
//! wait for rows to settle as [`super::outbox::read_settled`] does: it re-reads from the oldest running
//! transaction on and remembers what it has given out since. Nothing is lost; the order is nearly, not
//! strictly, that of commits.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use kernel::failure::Failure;
use kernel::ids::TenantId;
use sea_orm::ConnectionTrait;
use sqlx::postgres::PgListener;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

use super::{Event, outbox};
use crate::db::{Db, OUTBOX_CHANNEL, OrFail, sql};

/// How often the outbox is read without a poke.
const POLL: Duration = Duration::from_secs(1);
/// Pause after a failed read.
const PAUSE: Duration = Duration::from_secs(1);
/// Events a slow subscriber may fall behind before it is told to read the state again.
const BACKLOG: usize = 1024;
/// Rows per read.
const BATCH: usize = 500;

type Channels = HashMap<TenantId, broadcast::Sender<Arc<Event>>>;

/// Hands events to subscribers of their tenant. Cheap to clone.
#[derive(Clone)]
pub struct EventHub {
    channels: Arc<Mutex<Channels>>,
}

/// What a subscriber hears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// Something happened.
    Event(Arc<Event>),
    /// Events were missed because the subscriber was too slow: read the state again.
    Missed,
}

/// One subscriber's events.
pub struct EventStream {
    receiver: broadcast::Receiver<Arc<Event>>,
}

impl EventStream {
    /// The next notice; none when the program stops.
    pub async fn next(&mut self) -> Option<Notice> {
        match self.receiver.recv().await {
            Ok(event) => Some(Notice::Event(event)),
            Err(broadcast::error::RecvError::Lagged(_)) => Some(Notice::Missed),
            Err(broadcast::error::RecvError::Closed) => None,
        }
    }

    /// As a stream.
    pub fn into_stream(self) -> impl futures::Stream<Item = Notice> + Send {
        futures::stream::unfold(self, |mut stream| async move { stream.next().await.map(|notice| (notice, stream)) })
    }
}

impl EventHub {
    /// Starts reading, until `shutdown`; the streams of all subscribers then end.
    ///
    /// # Errors
    /// When the database cannot be reached at start. Later it is waited for.
    pub async fn start(db: Db, shutdown: CancellationToken) -> Result<Self, Failure> {
        let hub = Self { channels: Arc::default() };
        let tail = Tail { settled: oldest_running(&db).await?, given: HashMap::new() };
        let listener = listen(&db).await?;
        tokio::spawn(hub.clone().run(db, listener, tail, shutdown));
        Ok(hub)
    }

    /// Subscribes to a tenant's events from now on.
    #[must_use]
    pub fn subscribe(&self, tenant: TenantId) -> EventStream {
        let mut channels = self.channels();
        let sender = channels.entry(tenant).or_insert_with(|| broadcast::channel(BACKLOG).0);
        EventStream { receiver: sender.subscribe() }
    }

    async fn run(self, db: Db, mut listener: PgListener, mut tail: Tail, shutdown: CancellationToken) {
        loop {
            if let Err(error) = self.catch_up(&db, &mut tail).await {
                tracing::warn!(%error, "the outbox could not be read; trying again");
                tokio::time::sleep(PAUSE).await;
            }
            tokio::select! {
                () = shutdown.cancelled() => break,
                () = tokio::time::sleep(POLL) => {}
                // The listener connects again by itself; until it can, polling is enough.
                poke = listener.recv() => if poke.is_err() { tokio::time::sleep(PAUSE).await },
            }
        }
        self.channels().clear();
    }

    async fn catch_up(&self, db: &Db, tail: &mut Tail) -> Result<(), Failure> {
        while tail.read(db, |event| self.deliver(event)).await? == BATCH {}
        self.channels().retain(|_, sender| sender.receiver_count() > 0);
        Ok(())
    }

    fn deliver(&self, event: Event) {
        if let Some(sender) = self.channels().get(&event.tenant_id) {
            // An error means that the last subscriber has just left.
            let _ = sender.send(Arc::new(event));
        }
    }

    fn channels(&self) -> MutexGuard<'_, Channels> {
        // Nothing panics while holding the lock; if something did, the map is still whole.
        self.channels.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How far this process has read.
struct Tail {
    /// Everything of transactions before this one has been given out.
    settled: i64,
    /// What was given out of later transactions: row → transaction.
    given: HashMap<i64, i64>,
}

impl Tail {
    /// Reads one batch; the number of rows in it.
    async fn read(&mut self, db: &Db, mut deliver: impl FnMut(Event)) -> Result<usize, Failure> {
        let given: Vec<i64> = self.given.keys().copied().collect();
        let statement = sql(
            "SELECT tenant_id, id, topic, payload, created_at, xid::text::bigint AS xid
             FROM outbox WHERE xid >= $1::text::xid8 AND NOT (id = ANY($2))
             ORDER BY outbox.xid, id LIMIT $3",
            [self.settled.to_string().into(), given.into(), (BATCH as i64).into()],
        );
        // First the horizon, then the rows: whatever settles in between is among the rows as well.
        let horizon = oldest_running(db).await?;
        let tx = db.system("live events").await?;
        let rows = tx.query_all_raw(statement).await.or_fail()?;
        tx.rollback().await?;

        let count = rows.len();
        let mut last = None;
        for row in &rows {
            let row = outbox::read(row).or_fail()?;
            self.given.insert(row.event.id, row.position.xid);
            last = Some(row.position.xid);
            deliver(row.event);
        }
        // A full batch has read no further than its last transaction.
        let reached = if count == BATCH { last.unwrap_or(horizon).min(horizon) } else { horizon };
        self.settled = self.settled.max(reached);
        self.given.retain(|_, xid| *xid >= self.settled);
        Ok(count)
    }
}

async fn oldest_running(db: &Db) -> Result<i64, Failure> {
    sqlx::query_scalar("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        .fetch_one(db.system_pool())
        .await
        .or_fail()
}

async fn listen(db: &Db) -> Result<PgListener, Failure> {
    let mut listener = PgListener::connect_with(db.system_pool()).await.or_fail()?;
    listener.listen(OUTBOX_CHANNEL).await.or_fail()?;
    Ok(listener)
}
