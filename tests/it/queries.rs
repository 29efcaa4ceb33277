//! Lists ask the database as often for many rows as for few: every field that stands behind another table is loaded
//! for all rows at once. A use case is one transaction, so transactions are what is counted.

use std::time::Duration;

use serde_json::json;
use sqlx::{Connection, PgConnection, Row};
use tests::{Label, TestApp, admin_url};

/// Lists with everything below them that is loaded.
const LISTS: &[&str] = &[
    "parties(first: 100) { nodes { id name } }",
    "recordings(first: 100) { nodes { title organisation { name parent { name } } } }",
    "releases(first: 100) { nodes { title organisation { name } tracks { position recording { title } } } }",
    "works(first: 100) { nodes { title recordings { title } } }",
    "contracts(first: 100) { nodes { number party { name } organisation { name } currentVersion { validFrom } versions { validFrom } advances { reference } } }",
    "members(first: 100) { nodes { email parties { name } } }",
    "organisations(first: 100) { nodes { name parent { name } } }",
    "ledgerAccounts(first: 100) { nodes { kind party { name } contract { number organisation { name } } } }",
];

const FEW: usize = 2;
const MANY: usize = 40;

async fn fill(label: &Label, from: usize, to: usize) {
    let name = format!("{from}-{to}.csv");
    let rows = |header: &str, row: &dyn Fn(usize) -> String| {
        (from..to).fold(format!("{header}\n"), |text, number| text + &row(number) + "\n")
    };
    let parties = rows(
        "reference,name,kind,country,email,ipi,isni,payment_method,payment_currency,payment_threshold",
        &|number| format!("Q-{number},Party {number},PERSON,DE,,,,INTERNAL_LEDGER,,"),
    );
    label.import("PARTIES", &format!("p{name}"), &parties).await;
    let root = "queries Records";
    let recordings = rows("isrc,title,version,artist,duration,organisation", &|number| {
        format!("QZFAK26{:05},Song {number},,Artist,100,{root}", 10_000 + number)
    });
    label.import("RECORDINGS", &format!("r{name}"), &recordings).await;
    let contracts = rows(
        "contract,record_type,reference,title,kind,party,organisation,currency,calendar,item_kind,item,ratio,territories,platforms,revenue_types,model,base,rate,amount,priority,parent,starts_on,ends_on",
        &|number| {
            let isrc = format!("QZFAK26{:05}", 10_000 + number);
            format!(
                "Q-{number},CONTRACT,,Contract {number},RECORDING,Q-{number},{root},EUR,MONTHLY,,,,,,,,,,,,,2025-01-01,
Q-{number},PARTICIPATION,,,PARTICIPATION,,,,,RECORDING,{isrc},1,,,,,,,,,,,
Q-{number},TERM,base,Net share,,,,,,,,,,,,PERCENTAGE,NET_RECEIPTS,0.5,,,,,
Q-{number},SPLIT,all,,,Q-{number},,,,,,1,,,,,,,,,,,"
            )
        },
    );
    label.import("CONTRACTS", &format!("c{name}"), &contracts).await;
}

/// Transactions of the database so far. Sessions report what they did within a second of it.
async fn transactions(admin: &mut PgConnection, database: &str) -> i64 {
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    sqlx::query("SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = $1")
        .bind(database)
        .fetch_one(admin)
        .await
        .unwrap()
        .get(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_asks_as_often_for_many_rows_as_for_few() {
    let mut app = TestApp::start().await;
    let label = Label::create(&app, "queries").await;
    fill(&label, 0, FEW).await;
    let mut counts = Vec::new();
    let database = app.urls.app.rsplit('/').next().unwrap().split('?').next().unwrap().to_owned();
    let mut admin = PgConnection::connect(&admin_url().await).await.unwrap();
    for round in [FEW, MANY] {
        if round == MANY {
            app.start_worker();
            fill(&label, FEW, MANY).await;
        }
        // Nothing else works meanwhile but the poll for events.
        app.kill_worker().await;
        for list in LISTS {
            let document = format!("{{ {list} }}");
            let answer = label.owner.ask(&document, json!({})).await.ok();
            let before = transactions(&mut admin, &database).await;
            for _ in 0..3 {
                label.owner.ask(&document, json!({})).await.ok();
            }
            let after = transactions(&mut admin, &database).await;
            counts.push((*list, round, after - before, answer));
        }
    }
    let (few, many) = counts.split_at(LISTS.len());
    for ((list, _, before, _), (_, _, after, _)) in few.iter().zip(many) {
        // Three times the list: one more query per row would be a hundred more.
        assert!(after - before < 20, "{list}: {before} transactions for {FEW} rows, {after} for {MANY}");
    }
}
