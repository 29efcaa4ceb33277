//! SFTP, against OpenSSH's own server.

use platform::db::sql;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use tests::{Label, STREAMS, TestApp, spotify};

use super::sftpd::Sshd;
use super::{Source, stage, went_through};

fn method(server: &Sshd) -> Value {
    json!({
        "host": "127.0.0.1", "port": server.port, "userName": server.user, "hostKeys": [server.host_key],
        "folder": server.files.display().to_string(), "pattern": "*.tsv", "isRecursive": true,
    })
}

async fn source(label: &Label, name: &str, server: &Sshd, sftp: Value, credentials: Value) -> Source {
    let _ = server;
    let input = json!({ "name": name, "method": { "sftp": sftp }, "maxAttempts": 1, "credentials": credentials });
    Source::create(label, input).await.enable(label).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_is_collected_in_ten_steps_and_nothing_twice() {
    let app = TestApp::start().await;
    let label = Label::create(&app, "sftp").await;
    let server = Sshd::start("open sesame").await;
    server.put("2026/spotify_2026-01.tsv", &spotify(STREAMS));
    server.put("again/spotify_copy.tsv", &spotify(STREAMS));
    server.put("nonsense.tsv", b"this is\nnot a report\n");
    server.put("readme.txt", b"not wanted");
    let credentials = json!([
        { "name": "PRIVATE_KEY", "value": server.private_key }, { "name": "PASSPHRASE", "value": "open sesame" },
    ]);
    let source = source(&label, "sftp", &server, method(&server), credentials).await;

    let tested = source.test(&label).await;
    assert_eq!(tested["state"], "SUCCEEDED", "{tested}");
    assert_eq!((&tested["foundCount"], &tested["fetchedCount"]), (&json!(3), &json!(0)));

    let run = source.collect(&label, "one").await;
    went_through(&run);
    assert_eq!((&run["foundCount"], &run["fetchedCount"]), (&json!(3), &json!(3)), "{run}");
    assert_eq!((&run["duplicateCount"], &run["refusedCount"]), (&json!(1), &json!(1)), "{run}");
    let files = run["files"]["nodes"].as_array().unwrap();
    let state = |name: &str| files.iter().find(|file| file["fileName"] == name).unwrap()["state"].clone();
    assert_eq!(state("spotify_2026-01.tsv"), "IMPORTED");
    assert_eq!(state("spotify_copy.tsv"), "DUPLICATE");
    assert_eq!(state("nonsense.tsv"), "REFUSED");
    let nonsense = files.iter().find(|file| file["fileName"] == "nonsense.tsv").unwrap();
    assert_eq!(nonsense["failure"]["code"], "LAYOUT_UNKNOWN", "{nonsense}");

    // The figures of the steps are those of the one report that was read: four rows, three posted, one waiting.
    // 400 + 100.000000000000000000000000000001 + 0.333333333333333333 = 500.333333333333333333 posted (18 places), 7.25 waits.
    assert_eq!(stage(&run, "RETRIEVAL")["fileCount"], "3");
    assert_eq!(stage(&run, "NORMALISATION")["rowCount"], "4", "{run}");
    assert_eq!(stage(&run, "DE_DUPLICATION")["fileCount"], "1");
    assert_eq!(stage(&run, "ERROR_RESOLUTION")["rowCount"], "1");
    assert_eq!(stage(&run, "ERROR_RESOLUTION")["amounts"], json!([{ "currency": "EUR", "amount": "7.25" }]));
    assert_eq!(stage(&run, "STAGING")["amounts"], json!([{ "currency": "EUR", "amount": "500.333333333333333333" }]));

    // Nothing is fetched twice; a changed file is another file.
    let run = source.collect(&label, "two").await;
    assert_eq!((&run["foundCount"], &run["fetchedCount"]), (&json!(3), &json!(0)), "{run}");
    server.put("nonsense.tsv", &spotify(&[("QZFAK2600001", "DE", 1, "2.50")]));
    let run = source.collect(&label, "three").await;
    assert_eq!(run["fetchedCount"], 1, "{run}");
    assert_eq!(run["files"]["nodes"][0]["state"], "IMPORTED", "{run}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_another_key_or_a_stranger_is_refused() {
    let app = TestApp::start().await;
    let label = Label::create(&app, "hostkey").await;
    let server = Sshd::start("").await;
    let (stranger, other_key) = server.stranger();

    let mut pinned = method(&server);
    pinned["hostKeys"] = json!([other_key]);
    let key = json!([{ "name": "PRIVATE_KEY", "value": server.private_key }]);
    let one = source(&label, "wrong host key", &server, pinned, key).await;
    let run = one.test(&label).await;
    assert_eq!(run["failure"]["code"], "SOURCE_HOST_KEY_UNKNOWN", "{run}");
    assert!(run["failure"]["message"].as_str().unwrap().contains(&server.host_key), "{run}");

    let strange = json!([{ "name": "PRIVATE_KEY", "value": stranger }]);
    let two = source(&label, "stranger", &server, method(&server), strange).await;
    let run = two.collect(&label, "stranger").await;
    assert_eq!(run["failure"]["code"], "SOURCE_SIGN_IN_REFUSED", "{run}");
    let alerts = label.manager.ask("{ sourceAlerts { nodes { kind message source { id } } } }", json!({})).await.ok();
    assert_eq!(alerts.at("/sourceAlerts/nodes/0/kind"), "RUN_FAILED");

    // With the right key it is well again, and the alert is over.
    two.set_credentials(&label, json!([{ "name": "PRIVATE_KEY", "value": server.private_key }])).await;
    went_through(&two.collect(&label, "right").await);
    let alerts = label.manager.ask("{ sourceAlerts { nodes { kind } } }", json!({})).await.ok();
    assert_eq!(alerts.at("/sourceAlerts/nodes"), &json!([]));

    let mut missing = method(&server);
    missing["folder"] = json!("/no/such/folder");
    let key = json!([{ "name": "PRIVATE_KEY", "value": server.private_key }]);
    let run = source(&label, "no folder", &server, missing, key).await.test(&label).await;
    assert_eq!(run["failure"]["code"], "SOURCE_PATH_MISSING", "{run}");
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_are_sealed_and_every_opening_is_in_the_trail() {
    let app = TestApp::start().await;
    let label = Label::create(&app, "sealed").await;
    let server = Sshd::start("").await;
    let canary = "canary-5f2b9c";
    let credentials =
        json!([{ "name": "PRIVATE_KEY", "value": server.private_key }, { "name": "PASSPHRASE", "value": canary }]);
    let one = source(&label, "sealed", &server, method(&server), credentials.clone()).await;
    one.test(&label).await;

    let tx = app.core.db.tenant(&app.context(label.tenant_id)).await.unwrap();
    let found = |table: &str| format!("SELECT count(*) FROM {table} t WHERE tenant_id = $1 AND t::text LIKE $2");
    for table in ["source", "source_secret", "data_key", "audit_entry", "outbox", "operation", "idempotency_key"] {
        for needle in [format!("%{canary}%"), format!("%{}%", hex(canary.as_bytes())), "%OPENSSH PRIVATE%".to_owned()] {
            let values = [label.tenant_id.uuid().into(), needle.into()];
            let row = tx.query_one_raw(sql(found(table), values)).await.unwrap().unwrap();
            assert_eq!(row.try_get_by_index::<i64>(0).unwrap(), 0, "{table} shows a credential");
        }
    }
    let opened = "SELECT count(*) FROM audit_entry WHERE tenant_id = $1 AND action = 'secret.open' AND after->>'purpose' = 'collect'";
    let row = tx.query_one_raw(sql(opened, [label.tenant_id.uuid().into()])).await.unwrap().unwrap();
    assert_eq!(row.try_get_by_index::<i64>(0).unwrap(), 2, "one run opens two credentials");

    // A sealed value that is moved to another row does not open there.
    let other = source(&label, "thief", &server, method(&server), credentials).await;
    let steal = "UPDATE source_secret SET sealed = (SELECT sealed FROM source_secret WHERE tenant_id = $1 AND source_id = $2 AND name = 'PRIVATE_KEY')
                 WHERE tenant_id = $1 AND source_id = $3 AND name = 'PRIVATE_KEY'";
    let id = |source: &Source| source.id.parse::<kernel::ids::SourceId>().unwrap().uuid();
    tx.execute_raw(sql(steal, [label.tenant_id.uuid().into(), id(&one).into(), id(&other).into()])).await.unwrap();
    tx.commit().await.unwrap();
    let run = other.test(&label).await;
    assert_eq!(run["failure"]["code"], "INTERNAL", "{run}");
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
