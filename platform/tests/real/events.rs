//! The outbox: nothing lost, nothing early, nobody else's.

use std::time::Duration;

use kernel::ids::TenantId;
use platform::db::Db;
use platform::events::outbox::{self, OutboxPosition};
use platform::events::{EventHub, EventStream, Notice};
use serde_json::json;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::support::{connect, database, operator};

const TABLES: &str = "
    CREATE TABLE outbox (
        tenant_id uuid NOT NULL, id bigint GENERATED ALWAYS AS IDENTITY, topic text NOT NULL, payload jsonb NOT NULL,
        xid xid8 NOT NULL DEFAULT pg_current_xact_id(), created_at timestamptz NOT NULL, PRIMARY KEY (tenant_id, id));
    CREATE INDEX ON outbox (xid, id);
    ALTER TABLE outbox ENABLE ROW LEVEL SECURITY;
    CREATE POLICY tenant ON outbox TO tunemantra_app
        USING (tenant_id = NULLIF(current_setting('app.tenant_id', true), '')::uuid);
    CREATE POLICY system ON outbox TO tunemantra_system USING (true);
    GRANT INSERT ON outbox TO tunemantra_app;
    GRANT SELECT, DELETE ON outbox TO tunemantra_system;";

async fn write(db: &Db, tenant: TenantId, topic: &str) {
    let tx = db.tenant(&operator(tenant)).await.unwrap();
    outbox::write(&tx, topic, &json!({})).await.unwrap();
    tx.commit().await.unwrap();
}

async fn topic(stream: &mut EventStream) -> String {
    match timeout(Duration::from_secs(5), stream.next()).await.unwrap().unwrap() {
        Notice::Event(event) => event.topic.clone(),
        Notice::Missed => "missed".to_owned(),
    }
}

#[tokio::test]
async fn subscribers_hear_their_own_tenant_soon() {
    let db = connect(&database(TABLES).await).await;
    let stop = CancellationToken::new();
    let hub = EventHub::start(db.clone(), stop.clone()).await.unwrap();
    let (one, two) = (TenantId::new(), TenantId::new());
    let mut first = hub.subscribe(one);
    let mut second = hub.subscribe(two);

    // A long transaction elsewhere must not hold up the news, and its own comes with its commit.
    let long = db.tenant(&operator(one)).await.unwrap();
    outbox::write(&long, "late", &json!({})).await.unwrap();
    write(&db, one, "a").await;
    write(&db, two, "b").await;
    write(&db, one, "c").await;
    assert_eq!(topic(&mut first).await, "a");
    assert_eq!(topic(&mut first).await, "c");
    assert_eq!(topic(&mut second).await, "b");
    long.commit().await.unwrap();
    assert_eq!(topic(&mut first).await, "late");

    let undone = db.tenant(&operator(one)).await.unwrap();
    outbox::write(&undone, "undone", &json!({})).await.unwrap();
    undone.rollback().await.unwrap();
    write(&db, one, "d").await;
    assert_eq!(topic(&mut first).await, "d");
    assert!(timeout(Duration::from_millis(1500), first.next()).await.is_err(), "nothing comes twice");

    stop.cancel();
    assert_eq!(timeout(Duration::from_secs(5), second.next()).await.unwrap(), None);
}

#[tokio::test]
async fn a_durable_reader_skips_nothing_that_appears_late() {
    let db = connect(&database(TABLES).await).await;
    let tenant = TenantId::new();
    let mut position = OutboxPosition::default();
    let mut seen = Vec::new();
    let mut read = async || {
        let tx = db.system("test").await.unwrap();
        for row in outbox::read_settled(&tx, position, 10).await.unwrap() {
            position = row.position;
            seen.push(row.event.topic);
        }
        seen.clone()
    };
    let slow = db.tenant(&operator(tenant)).await.unwrap();
    outbox::write(&slow, "slow", &json!({})).await.unwrap();
    write(&db, tenant, "quick").await;
    assert!(read().await.is_empty());
    slow.commit().await.unwrap();
    // Other tests' transactions on the same server may hold it up for a moment.
    let started = platform::clock::stopwatch();
    while read().await.len() < 2 {
        assert!(started.elapsed() < Duration::from_secs(20));
    }
    write(&db, tenant, "next").await;
    while read().await.len() < 3 {
        assert!(started.elapsed() < Duration::from_secs(20));
    }
    assert_eq!(read().await, ["slow", "quick", "next"]);

    let tx = db.system("test").await.unwrap();
    assert_eq!(outbox::prune(&tx, platform::clock::now() + chrono::TimeDelta::seconds(1)).await.unwrap(), 3);
}
