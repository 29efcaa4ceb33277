//! Acquisition: every method against a real counterpart on this machine, started by the test and ended with it.

mod calendar;
mod canary;
mod control;
mod counterpart;
mod database;
mod edi;
mod keys;
mod killed;
mod mail;
mod object_store;
mod portal;
mod rest;
mod sftp;
mod sftpd;
mod soap;
mod validation;
mod webhook;

use serde_json::{Value, json};
use tests::Label;

/// A source of a label, made and enabled through the public API.
pub struct Source {
    pub id: String,
    version: i64,
}

const FIELDS: &str = "id version state nextRunAt credentials { name } method { __typename }";

impl Source {
    /// Makes a source, disabled.
    pub async fn create(label: &Label, mut input: Value) -> Self {
        input["provider"] = json!("Spotify");
        let answer = label
            .manager
            .ask(
                &format!("mutation($i: SourceCreateInput!) {{ sourceCreate(input: $i) {{ source {{ {FIELDS} }} userErrors {{ code message path }} }} }}"),
                json!({ "i": input }),
            )
            .await
            .ok();
        Self { id: answer.text("/sourceCreate/source/id"), version: 1 }
    }

    pub async fn enable(mut self, label: &Label) -> Self {
        let answer = label
            .manager
            .ask(
                &format!("mutation($i: SourceTurnInput!) {{ sourceEnable(input: $i) {{ source {{ {FIELDS} }} userErrors {{ code message path }} }} }}"),
                json!({ "i": { "id": self.id, "expectedVersion": self.version } }),
            )
            .await
            .ok();
        self.version = answer.at("/sourceEnable/source/version").as_i64().unwrap();
        self
    }

    /// Collects now, waits, and gives the run with its stages and files.
    pub async fn collect(&self, label: &Label, key: &str) -> Value {
        let answer = label
            .manager
            .ask(
                "mutation($i: SourceCollectInput!) { sourceCollect(input: $i) { operation { id } userErrors { code message path } } }",
                json!({ "i": { "id": self.id, "idempotencyKey": key } }),
            )
            .await
            .ok();
        label.manager.wait(&answer.text("/sourceCollect/operation/id")).await;
        self.last_run(label).await
    }

    /// Tests the connection, waits, and gives the run.
    pub async fn test(&self, label: &Label) -> Value {
        let answer = label
            .manager
            .ask(
                "mutation($i: SourceTestInput!) { sourceTest(input: $i) { operation { id } userErrors { code message path } } }",
                json!({ "i": { "id": self.id } }),
            )
            .await
            .ok();
        label.manager.wait(&answer.text("/sourceTest/operation/id")).await;
        self.last_run(label).await
    }

    pub async fn last_run(&self, label: &Label) -> Value {
        label
            .manager
            .ask(
                "query($id: ID!) { source(id: $id) { runs(first: 1) { nodes { id cause state foundCount fetchedCount duplicateCount refusedCount failure { code message }
                   operation { id state stages { step number state fileCount rowCount amounts { currency amount } note } }
                   files(first: 50) { nodes { remoteKey fileName byteSize state failure { code message } report { id state rowCount totals { currency total } } } } } } } }",
                json!({ "id": self.id }),
            )
            .await
            .ok()
            .at("/source/runs/nodes/0")
            .clone()
    }

    pub async fn set_credentials(&self, label: &Label, credentials: Value) {
        label
            .manager
            .ask(
                "mutation($i: SourceCredentialsSetInput!) { sourceCredentialsSet(input: $i) { source { id } userErrors { code message path } } }",
                json!({ "i": { "id": self.id, "credentials": credentials } }),
            )
            .await
            .ok();
    }
}

/// The stage of a step in a run.
pub fn stage<'a>(run: &'a Value, step: &str) -> &'a Value {
    run["operation"]["stages"]
        .as_array()
        .and_then(|stages| stages.iter().find(|stage| stage["step"] == step))
        .unwrap_or_else(|| panic!("no stage {step} in {run}"))
}

/// That a run went through all ten steps.
pub fn went_through(run: &Value) {
    assert_eq!(run["state"], "SUCCEEDED", "{run}");
    let stages = run["operation"]["stages"].as_array().unwrap();
    let done: Vec<i64> =
        stages.iter().filter(|stage| stage["state"] == "DONE").filter_map(|stage| stage["number"].as_i64()).collect();
    assert_eq!(done, (1..=10).collect::<Vec<i64>>(), "{run}");
}
