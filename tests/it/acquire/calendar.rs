//! Schedules and deadlines.

use chrono::{DateTime, Duration, Utc};
use domain::collection::sources::run_due;
use serde_json::json;
use tests::{Label, STREAMS, TestApp, spotify};

use super::sftpd::Sshd;
use super::{Source, went_through};

fn instant(value: &serde_json::Value) -> DateTime<Utc> {
    value.as_str().unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_starts_runs_and_a_deadline_misses_reports() {
    let app = TestApp::start().await;
    let label = Label::create(&app, "calendar").await;
    let server = Sshd::start("").await;
    let input = json!({
        "name": "nightly", "schedule": "30 6 * * *", "timeZone": "Europe/Berlin", "deadline": "0 9 15 * *",
        "method": { "sftp": {
            "host": "127.0.0.1", "port": server.port, "userName": server.user, "hostKeys": [server.host_key],
            "folder": server.files.display().to_string(),
        } },
        "credentials": [{ "name": "PRIVATE_KEY", "value": server.private_key }],
    });
    let source = Source::create(&label, input).await;
    let moments = |id: String| {
        let manager = label.manager.clone();
        async move {
            manager
                .ask("query($id: ID!) { source(id: $id) { nextRunAt nextDeadlineAt } }", json!({ "id": id }))
                .await
                .ok()
                .at("/source")
                .clone()
        }
    };
    assert!(moments(source.id.clone()).await["nextRunAt"].is_null(), "a disabled source has no next run");
    let source = source.enable(&label).await;
    let at = moments(source.id.clone()).await;
    let (run_at, deadline) = (instant(&at["nextRunAt"]), instant(&at["nextDeadlineAt"]));

    // A moment before nothing is due; at the moment one run starts, and only one.
    assert_eq!(run_due(&app.core, run_at - Duration::seconds(1)).await.unwrap(), 0);
    assert_eq!(run_due(&app.core, run_at).await.unwrap(), 1);
    assert_eq!(run_due(&app.core, run_at).await.unwrap(), 0);
    let run = loop {
        let run = source.last_run(&label).await;
        if run["state"] != "RUNNING" {
            break run;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    };
    went_through(&run);
    assert_eq!((&run["cause"], &run["fetchedCount"]), (&json!("SCHEDULE"), &json!(0)));
    assert_eq!(instant(&moments(source.id.clone()).await["nextRunAt"]) - run_at, Duration::days(1));

    // Nothing has come by the deadline.
    let open = || async {
        label
            .manager
            .ask("{ sourceAlerts { nodes { kind message } } }", json!({}))
            .await
            .ok()
            .at("/sourceAlerts/nodes")
            .clone()
    };
    run_due(&app.core, deadline).await.unwrap();
    let alerts = open().await;
    assert_eq!(alerts[0]["kind"], "REPORT_MISSING", "{alerts}");
    assert!(alerts[0]["message"].as_str().unwrap().contains("Spotify"), "{alerts}");

    // It comes late: the alert is over.
    for _ in 0..100 {
        if source.last_run(&label).await["state"] != "RUNNING" {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    server.put("late.tsv", &spotify(STREAMS));
    went_through(&source.collect(&label, "late").await);
    assert_eq!(open().await, json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_sources_are_refused_and_nothing_is_kept() {
    let app = TestApp::start_without_worker().await;
    let label = Label::create_bare(&app, "refusals").await;
    let sftp = json!({ "sftp": { "host": "files.example", "userName": "u", "hostKeys": [format!("SHA256:{}", "A".repeat(43))] } });
    let cases = [
        (json!({ "name": " ", "method": sftp }), "SOURCE_NAME_INVALID"),
        (json!({ "name": "x", "method": sftp, "schedule": "61 * * * *" }), "SCHEDULE_INVALID"),
        (json!({ "name": "x", "method": sftp, "schedule": "0 0 31 2 *" }), "SCHEDULE_INVALID"),
        (json!({ "name": "x", "method": sftp, "schedule": "0 0 * * *", "timeZone": "Mars/Base" }), "TIME_ZONE_UNKNOWN"),
        (json!({ "name": "x", "method": sftp, "maxAttempts": 0 }), "SOURCE_ATTEMPTS_INVALID"),
        (json!({ "name": "x", "method": { "upload": {} }, "schedule": "0 0 * * *" }), "SCHEDULE_INVALID"),
        (
            json!({ "name": "x", "method": { "sftp": { "host": "http://a", "userName": "u", "hostKeys": [] } } }),
            "SOURCE_METHOD_INVALID",
        ),
        (
            json!({ "name": "x", "method": sftp, "credentials": [{ "name": "SIGNING_SECRET", "value": "x" }] }),
            "CREDENTIAL_INVALID",
        ),
    ];
    let create = "mutation($i: SourceCreateInput!) { sourceCreate(input: $i) { source { id } userErrors { code message path } } }";
    for (mut input, code) in cases {
        input["provider"] = json!("P");
        let answer = label.manager.ask(create, json!({ "i": input })).await;
        assert_eq!(answer.user_error("sourceCreate"), Some(code), "{input}: {}", answer.body);
    }
    let known = label.manager.ask("{ sources { nodes { id } } }", json!({})).await.ok();
    assert_eq!(known.at("/sources/nodes"), &json!([]));
    // Without its credentials a source is not enabled.
    let source = Source::create(&label, json!({ "name": "x", "method": sftp })).await;
    let enable =
        "mutation($i: SourceTurnInput!) { sourceEnable(input: $i) { source { id } userErrors { code message path } } }";
    let answer = label.manager.ask(enable, json!({ "i": { "id": source.id, "expectedVersion": 1 } })).await;
    assert_eq!(answer.user_error("sourceEnable"), Some("CREDENTIAL_MISSING"), "{}", answer.body);
    let answer = label.manager.ask(enable, json!({ "i": { "id": source.id, "expectedVersion": 7 } })).await;
    assert_eq!(answer.user_error("sourceEnable"), Some("CREDENTIAL_MISSING"), "{}", answer.body);
    let twice = label.manager.ask(create, json!({ "i": { "name": "x", "provider": "P", "method": sftp } })).await;
    assert_eq!(twice.user_error("sourceCreate"), Some("SOURCE_NAME_TAKEN"), "{}", twice.body);
}
