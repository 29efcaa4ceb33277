//! Waiting for long work.

use std::time::Duration;

use serde_json::{Value, json};

use super::board::Stage;
use super::person::{Person, Trouble, number};

/// How often an operation is looked at.
const LOOK: Duration = Duration::from_millis(150);

const OPERATION: &str = "query Wait($id: ID!) {
    operation(id: $id) { kind state progress { done total unit } failure { code message } } }";

/// Whether the work is still going on: begun by an earlier demonstration that was stopped.
pub fn is_going_on(operation: &Value) -> bool {
    matches!(operation["state"].as_str(), Some("QUEUED" | "RUNNING"))
}

/// Waits until an operation has ended, moving the stage's bar with it. `expected` items are counted in the end,
/// whatever was seen on the way.
///
/// # Errors
/// When it fails or is cancelled.
pub async fn done(person: &Person, operation: &Value, stage: &Stage<'_>, expected: u64) -> Result<(), Trouble> {
    let Some(id) = operation["id"].as_str() else {
        return Err(Trouble::Broken("the API answered without an operation".to_owned()));
    };
    let mut seen = 0;
    loop {
        let now = person.ask(OPERATION, json!({ "id": id })).await?;
        match now["state"].as_str() {
            Some("SUCCEEDED") => break,
            Some("FAILED" | "CANCELLED") => {
                let failure = &now["failure"];
                let text = |field: &str| failure[field].as_str().unwrap_or("unknown").to_owned();
                return Err(Trouble::Refused {
                    code: text("code"),
                    message: format!("{} failed: {}", now["kind"].as_str().unwrap_or("work"), text("message")),
                });
            }
            _ => {}
        }
        if now["progress"]["unit"] == stage.unit {
            let done = number(&now["progress"]["done"]).min(expected);
            stage.add(done.saturating_sub(seen));
            seen = seen.max(done);
        }
        tokio::time::sleep(LOOK).await;
    }
    stage.add(expected.saturating_sub(seen));
    Ok(())
}
