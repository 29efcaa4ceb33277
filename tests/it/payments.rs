//! States of payments in the database: the same table as in the program, and nothing else gets through.

use domain::payments::{BatchState, PaymentState};
use platform::db::sql;
use sea_orm::ConnectionTrait;
use sqlx::{Connection, PgConnection, Row};
use tests::{CONTRACTS, Label, TestApp};
use uuid::Uuid;

/// A batch in state $3, as the program would have left it.
const BATCH: &str = "INSERT INTO payment_batch
    (tenant_id, id, accounting_month, method, state, content_hash, approved_hash, payment_count, created_by, created_at)
    VALUES ($1, $2, '2026-01-01', 'INTERNAL_LEDGER', $3, '\\x01', '\\x01', 1, $2, now())";

/// Its one payment, of 12.50 EUR to any party, in state $3.
const PAYMENT: &str = "INSERT INTO payment
    (tenant_id, id, batch_id, party_id, currency, amount, method, state, created_at, settled_at)
    SELECT $1, $2, $2, (SELECT id FROM party WHERE tenant_id = $1 LIMIT 1), 'EUR', 12.50, 'INTERNAL_LEDGER', $3, now(),
           CASE WHEN $3 = 'SETTLED' THEN now() END";

fn listed() -> Vec<(String, String, String)> {
    let row = |object: &str, from: &str, to: &str| (object.to_owned(), from.to_owned(), to.to_owned());
    let batches = BatchState::TRANSITIONS.iter().map(|(from, to)| row("payment_batch", from.as_str(), to.as_str()));
    let payments = PaymentState::TRANSITIONS.iter().map(|(from, to)| row("payment", from.as_str(), to.as_str()));
    let mut all: Vec<_> = batches.chain(payments).collect();
    all.sort();
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_lets_through_the_listed_changes_of_state_and_no_other() {
    let app = TestApp::start().await;
    let label = Label::create(&app, "first").await;
    label.import("CONTRACTS", "contracts.csv", CONTRACTS).await;

    let mut owner = PgConnection::connect(&app.urls.owner).await.unwrap();
    let rows = sqlx::query("SELECT object, earlier, later FROM app.payment_transitions()").fetch_all(&mut owner).await;
    let mut stored: Vec<(String, String, String)> =
        rows.unwrap().iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect();
    stored.sort();
    assert_eq!(stored, listed(), "the program and the database disagree");

    let batches: Vec<_> = BatchState::ALL.iter().map(|state| state.as_str()).collect();
    let payments: Vec<_> = PaymentState::ALL.iter().map(|state| state.as_str()).collect();
    let tenant = label.tenant_id.uuid();
    for (object, states) in [("payment_batch", batches), ("payment", payments)] {
        for (from, to) in states.iter().flat_map(|from| states.iter().map(move |to| (*from, *to))) {
            if from == to {
                continue;
            }
            let id = Uuid::now_v7();
            let tx = app.core.db.tenant(&app.context(label.tenant_id)).await.unwrap();
            let batch = if object == "payment" { "EXECUTING" } else { from };
            tx.execute_raw(sql(BATCH, [tenant.into(), id.into(), batch.into()])).await.unwrap();
            let settled = if object == "payment" {
                tx.execute_raw(sql(PAYMENT, [tenant.into(), id.into(), from.into()])).await.unwrap();
                ", settled_at = CASE WHEN $3 = 'SETTLED' THEN now() END"
            } else {
                ""
            };
            let update = format!("UPDATE {object} SET state = $3{settled} WHERE tenant_id = $1 AND id = $2");
            let done = tx.execute_raw(sql(&update, [tenant.into(), id.into(), to.into()])).await;
            let allowed = listed().contains(&(object.to_owned(), from.to_owned(), to.to_owned()));
            assert_eq!(done.is_ok(), allowed, "{object}: {from} to {to}: {done:?}");
            if let Err(error) = done {
                assert!(error.to_string().contains(&format!("what is {from} cannot become {to}")), "{error}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_paid_cannot_change_once_it_is_made() {
    let app = TestApp::start().await;
    let label = Label::create(&app, "first").await;
    label.import("CONTRACTS", "contracts.csv", CONTRACTS).await;
    let tenant = label.tenant_id.uuid();
    for change in [
        "payment SET amount = 13",
        "payment SET currency = 'USD'",
        "payment SET paid_amount = 1, paid_currency = 'USD'",
        "payment SET method = 'OTHER'",
        "payment_batch SET content_hash = '\\x02', approved_hash = '\\x02'",
        "payment_batch SET payment_count = 2",
        "payment_batch SET created_by = tenant_id",
    ] {
        let id = Uuid::now_v7();
        let tx = app.core.db.tenant(&app.context(label.tenant_id)).await.unwrap();
        tx.execute_raw(sql(BATCH, [tenant.into(), id.into(), "APPROVED".into()])).await.unwrap();
        tx.execute_raw(sql(PAYMENT, [tenant.into(), id.into(), "PLANNED".into()])).await.unwrap();
        let update = format!("UPDATE {change} WHERE tenant_id = $1 AND id = $2");
        let error = tx.execute_raw(sql(&update, [tenant.into(), id.into()])).await.unwrap_err().to_string();
        assert!(error.contains("cannot change once it is made"), "{change}: {error}");
    }
}
