//! Credentials that must be seen nowhere: the real program at its most talkative, and everything it says.

use std::time::Duration;

use serde_json::{Value, json};
use tests::Client;

use super::sftpd::Sshd;
use crate::kill_program::{Program, owner, program};

/// The parts of the canaries that are looked for. They are nothing else's name.
const CANARIES: [&str; 3] = ["canary-7f1c9e-password", "canary-20ab44-passphrase", "canary-93dd10-signing"];

async fn create(client: &Client, name: &str, method: Value, credentials: Value) -> String {
    let input =
        json!({ "name": name, "provider": "Spotify", "maxAttempts": 1, "method": method, "credentials": credentials });
    let mutation = "mutation($i: SourceCreateInput!) { sourceCreate(input: $i) { source { id credentials { name setAt } } userErrors { code message path } } }";
    let answer = client.ask(mutation, json!({ "i": input })).await.ok();
    assert_unseen("the answer", &answer.body.to_string());
    answer.text("/sourceCreate/source/id")
}

fn assert_unseen(place: &str, text: &str) {
    for canary in CANARIES {
        let base64 = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, canary);
        for form in [canary, base64.trim_end_matches('=')] {
            let line = text.lines().find(|line| line.contains(form));
            assert!(line.is_none(), "{place} shows a credential: {line:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_are_in_no_log_line_and_in_no_error() {
    let binary = program();
    let server = Sshd::start(CANARIES[1]).await;
    let mut program = Program::new(&binary).talkative();
    program.settle().await;
    let client = owner(&program).await;

    let sftp = json!({ "sftp": {
        "host": "127.0.0.1", "port": server.port, "userName": server.user, "hostKeys": [server.host_key],
    } });
    // A password that is refused, a passphrase that fits, a secret with which nobody calls, a server that nobody serves.
    let password =
        create(&client, "password", sftp.clone(), json!([{ "name": "PASSWORD", "value": CANARIES[0] }])).await;
    let key = json!([
        { "name": "PRIVATE_KEY", "value": server.private_key }, { "name": "PASSPHRASE", "value": CANARIES[1] },
    ]);
    let key = create(&client, "key", sftp, key).await;
    let hook = json!({ "webhook": { "scheme": "STANDARD_WEBHOOKS", "content": "REPORT" } });
    create(&client, "hook", hook, json!([{ "name": "SIGNING_SECRET", "value": CANARIES[2] }])).await;
    let database = json!({ "database": {
        "database": "POSTGRESQL", "host": "127.0.0.1", "port": 1, "name": "sales", "userName": "reader", "query": "SELECT 1",
    } });
    let database = create(&client, "database", database, json!([{ "name": "PASSWORD", "value": CANARIES[0] }])).await;

    // A wrong request with credentials in it is answered without them.
    let wrong = json!({ "i": { "name": "x", "credentials": [{ "name": "NOSUCH", "value": CANARIES[0] }] } });
    let answer =
        client.ask("mutation($i: SourceCreateInput!) { sourceCreate(input: $i) { source { id } } }", wrong).await;
    assert!(answer.body["errors"].is_array(), "{}", answer.body);
    assert_unseen("an error", &answer.body.to_string());

    for id in [&password, &key, &database] {
        let test = "mutation($i: SourceTestInput!) { sourceTest(input: $i) { operation { id } userErrors { code message path } } }";
        let answer = client.ask(test, json!({ "i": { "id": id } })).await.ok();
        client.wait(&answer.text("/sourceTest/operation/id")).await;
        let runs = "query($id: ID!) { source(id: $id) { credentials { name } runs(first: 5) { nodes { state failure { code message } operation { failureCode: state stages { note } } } } } }";
        let seen = client.ask(runs, json!({ "id": id })).await.ok();
        assert_unseen("a run", &seen.body.to_string());
    }
    program.stop().await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    let log = String::from_utf8_lossy(&std::fs::read(program.data.path().join("log")).unwrap()).into_owned();
    assert!(log.contains("TRACE"), "the log says little: {} bytes", log.len());
    assert_unseen("the log", &log);
    assert!(!log.contains("OPENSSH PRIVATE"), "the log shows a private key");
}
