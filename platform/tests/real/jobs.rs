//! Jobs: they begin with their transaction, end in one of three ways, and survive their worker.

use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use kernel::failure::Failure;
use kernel::ids::TenantId;
use platform::db::{DatabaseUrls, Db, OrFail, sql};
use platform::jobs::{
    JobFailure, JobOptions, JobPayload, JobRegistry, WorkerSettings, enqueue, enqueue_system, install_queue,
    queue_stats, run_worker, worker,
};
use sea_orm::ConnectionTrait as _;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::support::{connect, database, operator};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Work {
    n: i32,
}

impl JobPayload for Work {
    const NAME: &'static str = "test_work";
}

const ONE: WorkerSettings = WorkerSettings { concurrency: 2, exclusive: true };

async fn queue() -> (DatabaseUrls, Db) {
    let urls = database("SELECT 1").await;
    install_queue(&urls.owner).await.unwrap();
    install_queue(&urls.owner).await.unwrap();
    let db = connect(&urls).await;
    (urls, db)
}

async fn put(db: &Db, tenant: TenantId, n: i32, options: JobOptions) {
    let tx = db.tenant(&operator(tenant)).await.unwrap();
    enqueue(&tx, &Work { n }, options).await.unwrap();
    tx.commit().await.unwrap();
}

struct Worker {
    stop: CancellationToken,
    task: tokio::task::JoinHandle<Result<(), Failure>>,
}

impl Worker {
    fn start(db: &Db, registry: JobRegistry) -> Self {
        let stop = CancellationToken::new();
        let task = tokio::spawn(run_worker(registry, db.clone(), ONE, stop.clone()));
        Self { stop, task }
    }

    async fn stop(self) {
        self.stop.cancel();
        timeout(Duration::from_secs(10), self.task).await.unwrap().unwrap().unwrap();
    }
}

async fn next<T>(receiver: &mut mpsc::UnboundedReceiver<T>) -> T {
    timeout(Duration::from_secs(15), receiver.recv()).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_job_begins_with_its_transaction_and_knows_where_it_belongs() {
    let (_, db) = queue().await;
    let tenant = TenantId::new();
    let (sender, mut heard) = mpsc::unbounded_channel();
    let worker = Worker::start(
        &db,
        JobRegistry::new().on(move |job: platform::jobs::Job, work: Work| {
            let sender = sender.clone();
            async move {
                let tx = job.db.tenant(&job.ctx).await?;
                assert_eq!(tx.tenant_id(), job.ctx.tenant_id);
                sender.send((job.ctx.tenant_id, job.ctx.request_id.clone(), job.attempt, work)).unwrap();
                Ok(())
            }
        }),
    );

    let undone = db.tenant(&operator(tenant)).await.unwrap();
    enqueue(&undone, &Work { n: 1 }, JobOptions::default()).await.unwrap();
    undone.rollback().await.unwrap();
    put(&db, tenant, 2, JobOptions::default()).await;
    assert_eq!(next(&mut heard).await, (tenant, "req-1".to_owned(), 1, Work { n: 2 }));
    assert!(heard.try_recv().is_err(), "the job of a transaction that was undone never ran");
    worker.stop().await;
}

#[tokio::test]
async fn nobody_plants_a_job_in_another_tenant_or_reads_the_queue() {
    let (_, db) = queue().await;
    let tx = db.tenant(&operator(TenantId::new())).await.unwrap();
    let planted = format!(r#"{{"v":1,"tenant":"{}","data":{{"n":1}}}}"#, TenantId::new().uuid());
    let statement = sql("SELECT graphile_worker.enqueue('test_work', $1::json)", [planted.into()]);
    assert!(tx.execute_raw(statement).await.is_err());
    for forbidden in [
        "SELECT * FROM graphile_worker._private_jobs",
        "SELECT graphile_worker.add_job('test_work', '{}'::json)",
        "DELETE FROM graphile_worker._private_jobs",
    ] {
        let tx = db.tenant(&operator(TenantId::new())).await.unwrap();
        assert!(tx.execute_raw(sql(forbidden, [])).await.is_err(), "{forbidden}");
    }
}

#[tokio::test]
async fn a_backlog_is_worked_off_without_pauses_and_in_the_order_of_its_queue() {
    let (_, db) = queue().await;
    let tenant = TenantId::new();
    for n in 0..30 {
        put(&db, tenant, n, JobOptions { queue: Some("one".to_owned()), ..JobOptions::default() }).await;
    }
    let order = Arc::new(Mutex::new(Vec::new()));
    let (sender, mut heard) = mpsc::unbounded_channel();
    let seen = Arc::clone(&order);
    let worker = Worker::start(
        &db,
        JobRegistry::new().on(move |_job, work: Work| {
            let (seen, sender) = (Arc::clone(&seen), sender.clone());
            async move {
                seen.lock().unwrap().push(work.n);
                sender.send(()).unwrap();
                Ok(())
            }
        }),
    );
    timeout(Duration::from_secs(8), async {
        for _ in 0..30 {
            heard.recv().await.unwrap();
        }
    })
    .await
    .expect("a backlog must not wait for the poll between two jobs");
    assert_eq!(*order.lock().unwrap(), (0..30).collect::<Vec<_>>());
    worker.stop().await;
}

#[tokio::test]
async fn a_key_replaces_what_waits() {
    let (_, db) = queue().await;
    let tenant = TenantId::new();
    for n in 0..3 {
        put(&db, tenant, n, JobOptions { job_key: Some("k".to_owned()), ..JobOptions::default() }).await;
    }
    put(&db, TenantId::new(), 9, JobOptions { job_key: Some("k".to_owned()), ..JobOptions::default() }).await;
    let tx = db.system("test").await.unwrap();
    assert_eq!(queue_stats(&tx).await.unwrap().ready, 2, "one per tenant");
}

#[tokio::test]
async fn failures_are_tried_again_or_given_up_and_the_end_is_told() {
    let (_, db) = queue().await;
    let tenant = TenantId::new();
    let (dead, mut died) = mpsc::unbounded_channel();
    let tries = Arc::new(AtomicI32::new(0));
    let counted = Arc::clone(&tries);
    let registry = JobRegistry::new()
        .on(move |job: platform::jobs::Job, work: Work| {
            let counted = Arc::clone(&counted);
            async move {
                match work.n {
                    1 => Err(JobFailure::GiveUp(Failure::refused("NO", "never"))),
                    2 => panic!("a mistake"),
                    3 => {
                        counted.fetch_add(1, Ordering::Relaxed);
                        if job.attempt < 2 { Err(Failure::unavailable("AWAY", "later").into()) } else { Ok(()) }
                    }
                    _ => Ok(()),
                }
            }
        })
        .on_dead(move |job| {
            let dead = dead.clone();
            async move {
                let ctx = job.ctx.unwrap();
                dead.send((ctx.tenant_id, job.payload, job.failure.failure().code())).unwrap();
                Ok(())
            }
        });
    let worker = Worker::start(&db, registry);
    put(&db, tenant, 1, JobOptions::default()).await;
    assert_eq!(next(&mut died).await, (tenant, serde_json::json!({"n": 1}), "NO"));
    put(&db, tenant, 2, JobOptions { max_attempts: Some(1), ..JobOptions::default() }).await;
    assert_eq!(next(&mut died).await, (tenant, serde_json::json!({"n": 2}), "INTERNAL"));
    put(&db, tenant, 3, JobOptions::default()).await;
    timeout(Duration::from_secs(20), async {
        while tries.load(Ordering::Relaxed) < 2 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await
    .unwrap();
    worker.stop().await;
    assert!(died.try_recv().is_err());
    let tx = db.system("test").await.unwrap();
    let stats = queue_stats(&tx).await.unwrap();
    assert_eq!((stats.ready, stats.running, stats.dead), (0, 0, 2));
}

#[tokio::test]
async fn the_jobs_of_a_killed_worker_run_again_at_once_when_it_was_the_only_one() {
    let (urls, db) = queue().await;
    let tenant = TenantId::new();
    let (sender, mut heard) = mpsc::unbounded_channel();
    let registry = || {
        let sender = sender.clone();
        JobRegistry::new().on(move |_job, work: Work| {
            let sender = sender.clone();
            async move {
                sender.send(work.n).unwrap();
                if work.n < 0 { Ok(()) } else { std::future::pending().await }
            }
        })
    };
    // On a runtime of its own, so that it can be torn away in the middle as a kill would.
    let (doomed, ready) = (tokio::runtime::Runtime::new().unwrap(), urls.clone());
    let first = registry();
    doomed.spawn(async move {
        let db = connect(&ready).await;
        let _ = run_worker(first, db, ONE, CancellationToken::new()).await;
    });
    let queue = || JobOptions { queue: Some("q".to_owned()), ..JobOptions::default() };
    put(&db, tenant, 7, queue()).await;
    assert_eq!(next(&mut heard).await, 7);
    doomed.shutdown_background();
    put(&db, tenant, -1, JobOptions::default()).await;

    let worker = Worker::start(&db, registry());
    let mut again = [next(&mut heard).await, next(&mut heard).await];
    again.sort_unstable();
    assert_eq!(again, [-1, 7]);
    worker.stop.cancel();
}

#[tokio::test]
async fn system_jobs_and_schedules() {
    let (_, db) = queue().await;
    let (sender, mut heard) = mpsc::unbounded_channel();
    let registry = JobRegistry::new().on_system(move |job: platform::jobs::SystemJob, work: Work| {
        let sender = sender.clone();
        async move {
            job.db.system("test").await?.execute_raw(sql("SELECT 1", [])).await.or_fail()?;
            sender.send(work.n).unwrap();
            Ok(())
        }
    });
    let worker = Worker::start(&db, registry.cron("15 3 * * *", &Work { n: 5 }));
    let tx = db.system("test").await.unwrap();
    enqueue_system(&tx, None, &Work { n: 4 }, JobOptions::default()).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(next(&mut heard).await, 4);
    worker.stop().await;

    let wrong = JobRegistry::new().on_system(|_, _: Work| async { Ok(()) }).cron("61 * * * *", &Work { n: 1 });
    assert!(run_worker(wrong, db.clone(), ONE, CancellationToken::new()).await.is_err());
    let unknown = JobRegistry::new().cron("15 3 * * *", &Work { n: 1 });
    assert!(run_worker(unknown, db, ONE, CancellationToken::new()).await.is_err());
}

#[tokio::test]
async fn the_jobs_of_a_killed_worker_are_taken_over_by_others_in_time() {
    let (urls, db) = queue().await;
    let (sender, mut heard) = mpsc::unbounded_channel();
    let registry = || {
        let sender = sender.clone();
        JobRegistry::new().on(move |_job, work: Work| {
            let sender = sender.clone();
            async move {
                sender.send(work.n).unwrap();
                if heard_before(work.n) { Ok(()) } else { std::future::pending().await }
            }
        })
    };
    let several = WorkerSettings { concurrency: 1, exclusive: false };
    let (doomed, first) = (tokio::runtime::Runtime::new().unwrap(), registry());
    doomed.spawn(async move {
        let db = connect(&urls).await;
        let _ = run_worker(first, db, several, CancellationToken::new()).await;
    });
    put(&db, TenantId::new(), 1, JobOptions { queue: Some("q".to_owned()), ..JobOptions::default() }).await;
    assert_eq!(next(&mut heard).await, 1);
    doomed.shutdown_background();

    let stop = CancellationToken::new();
    let second = tokio::spawn(run_worker(registry(), db, several, stop.clone()));
    assert_eq!(timeout(worker::TAKEOVER, heard.recv()).await.unwrap(), Some(1));
    stop.cancel();
    second.await.unwrap().unwrap();
}

/// The first run of the job hangs, the second one ends.
fn heard_before(_: i32) -> bool {
    static RUNS: AtomicI32 = AtomicI32::new(0);
    RUNS.fetch_add(1, Ordering::Relaxed) > 0
}
