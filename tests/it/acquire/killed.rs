//! The worker dies at random points of a source's run: it goes on where it stood, and nothing is there twice.

use std::time::Duration;

use platform::db::sql;
use rand::{Rng, SeedableRng};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use tests::{Label, TestApp, spotify};

use super::Source;
use super::sftpd::Sshd;

const FILES: usize = 5;
const ROWS: usize = 4_000;
const KILLS: usize = 12;

/// A file of its own for every month and territory: what repeats neither lines nor uses of another is booked at once.
fn file(number: usize) -> Vec<u8> {
    let amounts: Vec<String> = (0..ROWS).map(|row| format!("0.{:09}", row * 11 + number)).collect();
    let rows: Vec<(&str, &str, u32, &str)> = amounts
        .iter()
        .enumerate()
        .map(|(row, amount)| {
            (
                ["QZFAK2600001", "QZFAK2609999"][usize::from(row % 50 == 0)],
                ["DE", "SE", "FR", "US", "GB"][number % 5],
                1,
                amount.as_str(),
            )
        })
        .collect();
    spotify(&rows)
}

/// What a run has left: its figures, the ledger of seen files, and the lines.
async fn left(app: &TestApp, label: &Label, run: &Value) -> (Value, String, String) {
    let mut shown = run.clone();
    shown.as_object_mut().unwrap().remove("id");
    shown["operation"].as_object_mut().unwrap().remove("id");
    for file in shown["files"]["nodes"].as_array_mut().unwrap() {
        file.as_object_mut().unwrap().remove("remoteKey");
        file["report"].as_object_mut().unwrap().remove("id");
    }
    let tx = app.core.db.tenant(&app.context(label.tenant_id)).await.unwrap();
    let scalar = |query: &'static str| {
        let query = sql(query, [label.tenant_id.uuid().into()]);
        let tx = &tx;
        async move { tx.query_one_raw(query).await.unwrap().unwrap().try_get_by_index::<String>(0).unwrap() }
    };
    let lines = scalar(
        "SELECT count(*)::text || ' ' || sum(amount)::text || ' ' || count(DISTINCT report_id)::text FROM revenue_line WHERE tenant_id = $1",
    )
    .await;
    let ledger = scalar(
        "SELECT count(*)::text || ' ' || sum(amount)::text FROM ledger_transfer WHERE tenant_id = $1 AND source_kind = 'REPORT'",
    )
    .await;
    (shown, lines, ledger)
}

async fn one(slug: &str, kill: bool) -> (Value, String, String) {
    let mut app = TestApp::start().await;
    let label = Label::create(&app, slug).await;
    let server = Sshd::start("").await;
    for number in 0..FILES {
        server.put(&format!("spotify_2026-0{}.tsv", number + 1), &file(number));
    }
    // The same bytes as the third file, under another name.
    server.put("spotify_again.tsv", &file(2));
    let input = json!({
        "name": "sftp", "maxAttempts": 25,
        "method": { "sftp": {
            "host": "127.0.0.1", "port": server.port, "userName": server.user, "hostKeys": [server.host_key],
            "folder": server.files.display().to_string(), "pattern": "*.tsv",
        } },
        "credentials": [{ "name": "PRIVATE_KEY", "value": server.private_key }],
    });
    let source = Source::create(&label, input).await.enable(&label).await;
    if kill {
        app.kill_worker().await;
    }
    let collect = "mutation($i: SourceCollectInput!) { sourceCollect(input: $i) { operation { id } userErrors { code message path } } }";
    let answer = label.manager.ask(collect, json!({ "i": { "id": source.id, "idempotencyKey": "one" } })).await.ok();
    let operation = answer.text("/sourceCollect/operation/id");
    if kill {
        let mut random = rand::rngs::StdRng::seed_from_u64(11);
        let mut stopped_at = std::collections::BTreeSet::new();
        for _ in 0..KILLS {
            app.start_worker();
            tokio::time::sleep(Duration::from_millis(random.random_range(5..250))).await;
            app.kill_worker().await;
            let run = source.last_run(&label).await;
            let stages = run["operation"]["stages"].as_array().unwrap();
            stopped_at.insert(stages.last().map_or(0, |stage| stage["number"].as_i64().unwrap()));
        }
        assert!(stopped_at.len() >= 2, "the worker died at one step only: {stopped_at:?}");
        app.start_worker();
    }
    let ended = label.manager.wait(&operation).await;
    assert_eq!(ended["state"], "SUCCEEDED", "{ended}");
    let run = source.last_run(&label).await;
    super::went_through(&run);
    left(&app, &label, &run).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_run_goes_on_at_its_step_and_doubles_nothing() {
    let calm = one("calm-run", false).await;
    assert_eq!((&calm.0["fetchedCount"], &calm.0["duplicateCount"]), (&json!(FILES + 1), &json!(1)), "{}", calm.0);
    assert!(calm.1.starts_with(&format!("{} ", FILES * ROWS)) && calm.1.ends_with(&format!(" {FILES}")), "{}", calm.1);
    let killed = one("killed-run", true).await;
    assert_eq!(killed, calm, "a killed run leaves something else");
}
