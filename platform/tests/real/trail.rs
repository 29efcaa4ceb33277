//! Idempotency keys and the audit chain.

use kernel::context::OpContext;
use kernel::ids::TenantId;
use platform::audit::{self, ChainFault, Change};
use platform::db::Db;
use platform::idempotency::{self, Claim};
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use uuid::Uuid;

use crate::support::{connect, database, operator};

const TABLES: &str = "
    CREATE TABLE idempotency_key (
        tenant_id uuid, key text, mutation text NOT NULL, input_hash bytea NOT NULL, result jsonb,
        created_at timestamptz NOT NULL, PRIMARY KEY (tenant_id, key));
    GRANT SELECT, INSERT, UPDATE ON idempotency_key TO tunemantra_app;
    CREATE TABLE audit_entry (
        tenant_id uuid, id uuid, seq bigint GENERATED ALWAYS AS IDENTITY, xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
        at timestamptz NOT NULL, actor text NOT NULL, request_id text NOT NULL, action text NOT NULL,
        entity_kind text NOT NULL, entity_id uuid NOT NULL, before jsonb, after jsonb, PRIMARY KEY (tenant_id, id));
    CREATE TABLE audit_seal (
        tenant_id uuid, chain_no bigint, entry_seq bigint NOT NULL, previous bytea NOT NULL, hash bytea NOT NULL,
        sealed_at timestamptz NOT NULL, PRIMARY KEY (tenant_id, chain_no));
    GRANT SELECT, INSERT ON audit_entry, audit_seal TO tunemantra_app;";

#[tokio::test]
async fn one_key_has_one_effect() {
    let db = connect(&database(TABLES).await).await;
    let ctx = operator(TenantId::new());
    let hash = idempotency::input_hash(&json!({"a": 1})).unwrap();

    // The second request comes while the first is at work: it waits, then replays.
    let first = db.tenant(&ctx).await.unwrap();
    assert_eq!(idempotency::begin(&first, "k", "pay", &hash).await.unwrap(), Claim::Fresh);
    let second = tokio::spawn({
        let (db, ctx) = (db.clone(), ctx.clone());
        async move {
            let tx = db.tenant(&ctx).await.unwrap();
            idempotency::begin(&tx, "k", "pay", &hash).await.unwrap()
        }
    });
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    assert!(!second.is_finished());
    idempotency::finish(&first, "k", &json!({"id": "pay_1"})).await.unwrap();
    first.commit().await.unwrap();
    assert_eq!(second.await.unwrap(), Claim::Replay(json!({"id": "pay_1"})));

    let other = idempotency::input_hash(&json!({"a": 2})).unwrap();
    for (mutation, hash) in [("pay", other), ("refund", hash)] {
        let tx = db.tenant(&ctx).await.unwrap();
        let refused = idempotency::begin(&tx, "k", mutation, &hash).await.unwrap_err();
        assert_eq!(refused.code(), "IDEMPOTENCY_KEY_REUSED");
    }
    let tx = db.tenant(&operator(TenantId::new())).await.unwrap();
    assert_eq!(idempotency::begin(&tx, "k", "pay", &other).await.unwrap(), Claim::Fresh, "keys are per tenant");
}

#[tokio::test]
async fn a_key_whose_first_try_failed_is_free_again() {
    let db = connect(&database(TABLES).await).await;
    let ctx = operator(TenantId::new());
    for _ in 0..2 {
        let tx = db.tenant(&ctx).await.unwrap();
        assert_eq!(idempotency::begin(&tx, "k", "pay", &[0; 32]).await.unwrap(), Claim::Fresh);
        tx.rollback().await.unwrap();
    }
    let tx = db.tenant(&ctx).await.unwrap();
    assert_eq!(idempotency::begin(&tx, "", "pay", &[0; 32]).await.unwrap_err().code(), "IDEMPOTENCY_KEY_INVALID");
}

/// Seals until so many entries are: other tests' transactions on the same server may hold it up for a moment.
async fn sealed(db: &Db, ctx: &OpContext, wanted: u64) {
    let mut sealed = 0;
    while sealed < wanted {
        let tx = db.tenant(ctx).await.unwrap();
        sealed += audit::seal(&tx).await.unwrap();
        tx.commit().await.unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(sealed, wanted);
    let tx = db.tenant(ctx).await.unwrap();
    assert_eq!(audit::seal(&tx).await.unwrap(), 0);
}

#[tokio::test]
async fn every_way_to_tamper_breaks_the_chain() {
    let urls = database(TABLES).await;
    let db = connect(&urls).await;
    let ctx = operator(TenantId::new());
    for n in 0..5 {
        let tx = db.tenant(&ctx).await.unwrap();
        let change = Change {
            action: "thing.update",
            entity_kind: "thing",
            entity_id: Uuid::nil(),
            before: (n > 0).then(|| json!({"n": n - 1})),
            after: Some(json!({"n": n})),
        };
        audit::record(&tx, &ctx, change).await.unwrap();
        tx.commit().await.unwrap();
    }
    sealed(&db, &ctx, 5).await;

    let verify = async |noted: Option<(i64, &str)>| {
        let tx = db.tenant(&ctx).await.unwrap();
        audit::verify(&tx, noted).await.unwrap()
    };
    let good = verify(None).await;
    assert_eq!((good.links, good.unsealed, good.fault), (5, 0, None));
    let (head_no, head_hash) = good.head.unwrap();

    let mut owner = PgConnection::connect(&urls.owner).await.unwrap();
    let mut tampered = async |statement: &str, expected: ChainFault| {
        owner
            .execute("BEGIN; CREATE TABLE e AS TABLE audit_entry; CREATE TABLE s AS TABLE audit_seal; COMMIT")
            .await
            .unwrap();
        owner.execute(AssertSqlSafe(statement.to_owned())).await.unwrap();
        assert_eq!(verify(Some((head_no, &head_hash))).await.fault, Some(expected), "{statement}");
        owner
            .execute(
                "BEGIN; TRUNCATE audit_entry, audit_seal;
                 INSERT INTO audit_entry OVERRIDING SYSTEM VALUE SELECT * FROM e; INSERT INTO audit_seal SELECT * FROM s;
                 DROP TABLE e, s; COMMIT",
            )
            .await
            .unwrap();
        assert_eq!(verify(Some((head_no, &head_hash))).await.fault, None);
    };
    tampered("UPDATE audit_entry SET actor = 'nobody' WHERE seq = 3", ChainFault::EntryChanged(3)).await;
    tampered(r#"UPDATE audit_entry SET after = '{"n": 9}' WHERE seq = 3"#, ChainFault::EntryChanged(3)).await;
    tampered("UPDATE audit_entry SET before = NULL WHERE seq = 3", ChainFault::EntryChanged(3)).await;
    tampered("DELETE FROM audit_entry WHERE seq = 3", ChainFault::EntryMissing(3)).await;
    tampered("DELETE FROM audit_seal WHERE chain_no = 3", ChainFault::LinkMissing(3)).await;
    tampered("UPDATE audit_seal SET hash = previous WHERE chain_no = 3", ChainFault::EntryChanged(3)).await;
    tampered("UPDATE audit_seal SET previous = hash WHERE chain_no = 3", ChainFault::Spliced(3)).await;
    tampered(
        "DELETE FROM audit_seal WHERE chain_no = 5; DELETE FROM audit_entry WHERE seq = 5",
        ChainFault::TailCut(4),
    )
    .await;
}

#[tokio::test]
async fn an_entry_of_a_slow_transaction_is_sealed_later_not_lost() {
    let db = connect(&database(TABLES).await).await;
    let ctx = operator(TenantId::new());
    let change = |action: &'static str| Change {
        action,
        entity_kind: "thing",
        entity_id: Uuid::nil(),
        before: None,
        after: None,
    };
    let slow = db.tenant(&ctx).await.unwrap();
    audit::record(&slow, &ctx, change("slow")).await.unwrap();
    let quick = db.tenant(&ctx).await.unwrap();
    audit::record(&quick, &ctx, change("quick")).await.unwrap();
    quick.commit().await.unwrap();

    let tx = db.tenant(&ctx).await.unwrap();
    assert_eq!(audit::seal(&tx).await.unwrap(), 0, "nothing above the oldest running transaction");
    drop(tx);
    slow.commit().await.unwrap();
    sealed(&db, &ctx, 2).await;
}
