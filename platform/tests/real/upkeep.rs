//! The system's own jobs.

use kernel::ids::TenantId;
use platform::audit::{self, Change};
use platform::jobs::{JobOptions, JobRegistry, WorkerSettings, enqueue_system, install_queue, run_worker};
use platform::upkeep::{self, MakePartitions, PruneOutbox, SealAudit};
use sqlx::{Connection as _, PgConnection};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::support::{connect, database, operator};

const TABLES: &str = "
    CREATE SCHEMA app;
    GRANT USAGE ON SCHEMA app TO tunemantra_worker;
    CREATE TABLE made (month date);
    CREATE FUNCTION app.ensure_month(wanted date) RETURNS void LANGUAGE sql SECURITY DEFINER
        SET search_path = pg_catalog, public AS 'INSERT INTO public.made VALUES (wanted)';
    CREATE TABLE tenant (tenant_id uuid);
    CREATE TABLE outbox (created_at timestamptz);
    INSERT INTO outbox VALUES (now()), (now() - interval '4 days');
    CREATE TABLE audit_entry (
        tenant_id uuid, id uuid, seq bigint GENERATED ALWAYS AS IDENTITY, xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
        at timestamptz NOT NULL, actor text NOT NULL, request_id text NOT NULL, action text NOT NULL,
        entity_kind text NOT NULL, entity_id uuid NOT NULL, before jsonb, after jsonb, PRIMARY KEY (tenant_id, id));
    CREATE TABLE audit_seal (
        tenant_id uuid, chain_no bigint, entry_seq bigint NOT NULL, previous bytea NOT NULL, hash bytea NOT NULL,
        sealed_at timestamptz NOT NULL, PRIMARY KEY (tenant_id, chain_no));
    GRANT SELECT ON tenant TO tunemantra_system;
    GRANT SELECT, DELETE ON outbox TO tunemantra_system;
    GRANT SELECT, INSERT ON audit_entry, audit_seal TO tunemantra_app, tunemantra_worker;";

#[tokio::test]
async fn upkeep_does_what_it_says() {
    let urls = database(TABLES).await;
    install_queue(&urls.owner).await.unwrap();
    let db = connect(&urls).await;
    let mut owner = PgConnection::connect(&urls.owner).await.unwrap();
    for tenant in [TenantId::new(), TenantId::new()] {
        sqlx::query("INSERT INTO tenant VALUES ($1)").bind(tenant.uuid()).execute(&mut owner).await.unwrap();
        let ctx = operator(tenant);
        let tx = db.tenant(&ctx).await.unwrap();
        let change = Change { action: "a", entity_kind: "k", entity_id: Uuid::nil(), before: None, after: None };
        audit::record(&tx, &ctx, change).await.unwrap();
        tx.commit().await.unwrap();
    }

    let stop = CancellationToken::new();
    let settings = WorkerSettings { concurrency: 2, exclusive: true };
    let worker = tokio::spawn(run_worker(upkeep::jobs(JobRegistry::new()), db.clone(), settings, stop.clone()));
    let sampler = tokio::spawn(upkeep::sample(db.clone(), stop.clone()));
    let tx = db.system("test").await.unwrap();
    enqueue_system(&tx, None, &MakePartitions {}, JobOptions::default()).await.unwrap();
    enqueue_system(&tx, None, &PruneOutbox {}, JobOptions::default()).await.unwrap();
    tx.commit().await.unwrap();

    let started = platform::clock::stopwatch();
    let done = "SELECT (SELECT count(*) FROM made) * 100 + (SELECT count(*) FROM outbox) * 10 + (SELECT count(*) FROM audit_seal)";
    loop {
        // Sealing waits for the transactions of other tests on this server.
        let tx = db.system("test").await.unwrap();
        enqueue_system(&tx, None, &SealAudit {}, JobOptions { job_key: Some("seal".into()), ..JobOptions::default() })
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let state: i64 = sqlx::query_scalar(done).fetch_one(&mut owner).await.unwrap();
        if state == 312 {
            break;
        }
        assert!(started.elapsed().as_secs() < 30, "three months, one event, two seals: {state}");
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    stop.cancel();
    sampler.await.unwrap();
    worker.await.unwrap().unwrap();
}
