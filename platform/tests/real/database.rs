//! Transactions: whose data, whose rights, and how they end.

use kernel::failure::{Failure, FailureKind};
use kernel::ids::TenantId;
use platform::db::{DatabaseUrls, Db, OrFail, PoolSizes, TenantTx, retry, sql};
use sea_orm::ConnectionTrait as _;

use crate::support::{connect, database, job, operator};

const TABLES: &str = "
    CREATE TABLE thing (
        tenant_id uuid NOT NULL,
        id int NOT NULL,
        name text CHECK (name <> 'bad'),
        PRIMARY KEY (tenant_id, id)
    );
    ALTER TABLE thing ENABLE ROW LEVEL SECURITY;
    ALTER TABLE thing FORCE ROW LEVEL SECURITY;
    CREATE POLICY tenant ON thing
        USING (tenant_id = NULLIF(current_setting('app.tenant_id', true), '')::uuid)
        WITH CHECK (tenant_id = NULLIF(current_setting('app.tenant_id', true), '')::uuid);
    GRANT SELECT, INSERT, UPDATE, DELETE ON thing TO tunemantra_app, tunemantra_worker;
    CREATE TABLE part (
        tenant_id uuid NOT NULL, thing_id int NOT NULL,
        CONSTRAINT part_thing FOREIGN KEY (tenant_id, thing_id) REFERENCES thing (tenant_id, id)
            DEFERRABLE INITIALLY DEFERRED
    );
    GRANT SELECT, INSERT ON part TO tunemantra_app;";

async fn insert(tx: &TenantTx, tenant: TenantId, id: i32, name: &str) -> Result<(), Failure> {
    tx.execute_raw(sql(
        "INSERT INTO thing (tenant_id, id, name) VALUES ($1, $2, $3)",
        [tenant.uuid().into(), id.into(), name.into()],
    ))
    .await
    .or_fail_on(&[("thing_pkey", "THING_EXISTS", "There is such a thing already.")])?;
    Ok(())
}

async fn count(db: &Db, tenant: TenantId) -> i64 {
    let tx = db.tenant(&operator(tenant)).await.unwrap();
    let row = tx.query_one_raw(sql("SELECT count(*) AS n FROM thing", [])).await.unwrap().unwrap();
    row.try_get("", "n").unwrap()
}

async fn text(tx: &impl sea_orm::ConnectionTrait, question: &str) -> String {
    let row = tx.query_one_raw(sql(format!("SELECT (SELECT {question})::text AS answer"), [])).await.unwrap().unwrap();
    row.try_get("", "answer").unwrap()
}

#[tokio::test]
async fn a_tenant_sees_and_writes_only_its_own() {
    let db = connect(&database(TABLES).await).await;
    let (one, two) = (TenantId::new(), TenantId::new());
    let tx = db.tenant(&operator(one)).await.unwrap();
    insert(&tx, one, 1, "a").await.unwrap();
    assert_eq!(tx.statements(), 1);
    tx.commit().await.unwrap();
    assert_eq!((count(&db, one).await, count(&db, two).await), (1, 0));

    let tx = db.tenant(&operator(two)).await.unwrap();
    let refused = insert(&tx, one, 2, "b").await.unwrap_err();
    assert_eq!(refused.kind, FailureKind::Internal, "a write for another tenant is our mistake: {refused}");
}

#[tokio::test]
async fn nothing_leaks_through_a_pool_of_one() {
    let urls = database(TABLES).await;
    let db = Db::connect(&urls, PoolSizes { app: 1, worker: 1, system: 1, bulk: 1 }).await.unwrap();
    let (one, two) = (TenantId::new(), TenantId::new());
    for tenant in [one, two, one] {
        let tx = db.tenant(&operator(tenant)).await.unwrap();
        assert_eq!(text(&tx, "current_setting('app.tenant_id')").await, tenant.uuid().to_string());
        assert_eq!(text(&tx, "current_setting('app.actor')").await, "operator");
        assert_eq!(text(&tx, "current_user").await, "tunemantra_app");
    }
    let tx = db.tenant(&job(one)).await.unwrap();
    assert_eq!(text(&tx, "current_user").await, "tunemantra_worker");
    assert_eq!(text(&tx, "current_setting('app.actor')").await, "job:test");
    let tx = db.system("test").await.unwrap();
    assert_eq!(text(&tx, "current_user").await, "tunemantra_system");
    assert_eq!(text(&tx, "coalesce(current_setting('app.tenant_id', true), '')").await, "");
}

#[tokio::test]
async fn dropping_undoes_and_frees_the_connection() {
    let urls = database(TABLES).await;
    let db = Db::connect(&urls, PoolSizes { app: 1, worker: 1, system: 1, bulk: 1 }).await.unwrap();
    let tenant = TenantId::new();
    for round in 0..20 {
        let tx = db.tenant(&operator(tenant)).await.unwrap();
        insert(&tx, tenant, round, "x").await.unwrap();
        drop(tx);
    }
    assert_eq!(count(&db, tenant).await, 0);
}

#[tokio::test]
async fn a_caller_that_disappears_leaves_no_open_transaction() {
    let urls = database(TABLES).await;
    let db = Db::connect(&urls, PoolSizes { app: 1, worker: 1, system: 1, bulk: 1 }).await.unwrap();
    let ctx = operator(TenantId::new());
    for micros in 0..200_u64 {
        // Cut off at a different point of the way each time.
        let _ = tokio::time::timeout(std::time::Duration::from_micros(micros * 10), async {
            let tx = db.tenant(&ctx).await.unwrap();
            insert(&tx, ctx.tenant_id, 1, "x").await.unwrap();
            tx.rollback().await.unwrap();
        })
        .await;
    }
    // On a pool of one, a transaction left open would still be there: its clock would stand still.
    let tx = db.tenant(&ctx).await.unwrap();
    assert_eq!(text(&tx, "count(*) FROM pg_stat_activity WHERE usename = current_user AND state LIKE 'idle in%' AND datname = current_database()").await, "0");
    assert_eq!(text(&tx, "now() > clock_timestamp() - interval '1 second'").await, "true");
    drop(tx);
    assert_eq!(count(&db, ctx.tenant_id).await, 0);
}

#[tokio::test]
async fn a_transaction_that_failed_does_not_pretend_to_commit() {
    let db = connect(&database(TABLES).await).await;
    let tenant = TenantId::new();
    let tx = db.tenant(&operator(tenant)).await.unwrap();
    insert(&tx, tenant, 1, "a").await.unwrap();
    let again = insert(&tx, tenant, 1, "a").await.unwrap_err();
    assert_eq!((again.kind, again.code()), (FailureKind::Conflict, "THING_EXISTS"));
    assert_eq!(tx.commit().await.unwrap_err().kind, FailureKind::Internal);
    assert_eq!(count(&db, tenant).await, 0);
}

#[tokio::test]
async fn database_errors_have_their_codes() {
    let db = connect(&database(TABLES).await).await;
    let tenant = TenantId::new();
    let ctx = operator(tenant);

    let tx = db.tenant(&ctx).await.unwrap();
    assert_eq!(insert(&tx, tenant, 1, "bad").await.unwrap_err().code(), "CONSTRAINT_VIOLATED");

    let tx = db.tenant(&ctx).await.unwrap();
    let orphan = sql("INSERT INTO part VALUES ($1, 99)", [tenant.uuid().into()]);
    tx.execute_raw(orphan).await.unwrap();
    assert_eq!(tx.commit().await.unwrap_err().code(), "REFERENCE_INVALID", "deferred to the commit");

    let tx = db.tenant_read(&ctx).await.unwrap();
    assert_eq!(insert(&tx, tenant, 1, "a").await.unwrap_err().kind, FailureKind::Internal);

    let tx = db.tenant(&ctx).await.unwrap();
    tx.execute_unprepared("SET LOCAL statement_timeout = '20ms'").await.unwrap();
    let slow = tx.execute_raw(sql("SELECT pg_sleep(5)", [])).await.or_fail().map(|_| ()).unwrap_err();
    assert_eq!((slow.kind, slow.code()), (FailureKind::Unavailable, "STATEMENT_TIMEOUT"));
    assert!(!slow.message().contains("statement"), "no database text for the client: {}", slow.message());
}

#[tokio::test]
async fn a_snapshot_does_not_move() {
    let db = connect(&database(TABLES).await).await;
    let ctx = operator(TenantId::new());
    let snapshot = db.tenant_snapshot(&ctx).await.unwrap();
    assert_eq!(text(&snapshot, "count(*) FROM thing").await, "0");
    let tx = db.tenant(&ctx).await.unwrap();
    insert(&tx, ctx.tenant_id, 1, "a").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(text(&snapshot, "count(*) FROM thing").await, "0");
    drop(snapshot);
    assert_eq!(count(&db, ctx.tenant_id).await, 1);
}

#[tokio::test]
async fn deadlocks_are_run_again() {
    let db = connect(&database(TABLES).await).await;
    let ctx = operator(TenantId::new());
    let tx = db.tenant(&ctx).await.unwrap();
    for id in 1..=2 {
        insert(&tx, ctx.tenant_id, id, "a").await.unwrap();
    }
    tx.commit().await.unwrap();

    let swap = async |first: i32, second: i32| {
        retry(|| async {
            let tx = db.tenant(&ctx).await?;
            for id in [first, second] {
                let update = sql("UPDATE thing SET name = name || 'b' WHERE id = $1", [id.into()]);
                tx.execute_raw(update).await.or_fail()?;
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
            tx.commit().await
        })
        .await
    };
    let (left, right) = tokio::join!(swap(1, 2), swap(2, 1));
    left.unwrap();
    right.unwrap();
    let tx = db.tenant(&ctx).await.unwrap();
    assert_eq!(text(&tx, "string_agg(name, ',') FROM thing").await, "abb,abb");
}

#[tokio::test]
async fn unsafe_roles_are_refused_at_the_start() {
    let urls = database(TABLES).await;
    let refusal = async |urls: &DatabaseUrls| {
        let failure = Db::connect(urls, PoolSizes::default()).await.map(|_| ()).unwrap_err();
        assert_eq!(failure.code(), "DATABASE_ROLE_UNSAFE");
        failure.message().to_owned()
    };
    let owner = DatabaseUrls { app: urls.owner.clone(), ..urls.clone() };
    assert!(refusal(&owner).await.contains("owns tables"));
    let bulk = DatabaseUrls { worker: urls.bulk.clone(), ..urls.clone() };
    assert!(refusal(&bulk).await.contains("BYPASSRLS"));
    let admin = tokio::task::spawn_blocking(crate::support::admin_url).await.unwrap().to_owned();
    let superuser = DatabaseUrls { system: admin, ..urls };
    assert!(refusal(&superuser).await.contains("superuser"));
}

#[tokio::test]
async fn a_lost_connection_is_unavailable_and_passes() {
    let urls = database(TABLES).await;
    let db = connect(&urls).await;
    let ctx = operator(TenantId::new());
    let tx = db.tenant(&ctx).await.unwrap();
    let pid = text(&tx, "pg_backend_pid()").await;
    let admin = tokio::task::spawn_blocking(crate::support::admin_url).await.unwrap();
    let mut connection = <sqlx::PgConnection as sqlx::Connection>::connect(admin).await.unwrap();
    sqlx::query("SELECT pg_terminate_backend($1::int)")
        .bind(pid.parse::<i32>().unwrap())
        .execute(&mut connection)
        .await
        .unwrap();
    let lost = insert(&tx, ctx.tenant_id, 1, "a").await.unwrap_err();
    assert_eq!(lost.kind, FailureKind::Unavailable, "{lost}");
    drop(tx);
    let tx = db.tenant(&ctx).await.unwrap();
    insert(&tx, ctx.tenant_id, 1, "a").await.unwrap();
    tx.commit().await.unwrap();
}
