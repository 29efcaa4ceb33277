//! One royalty, explained.

use serde_json::{Value, json};

use super::calculate;
use super::cast::Cast;
use super::person::Trouble;
use crate::say;
use crate::stop::Stop;

/// Lines that are looked at to find one with a story.
const CANDIDATES: usize = 6;

const LINES: &str = "query Lines($run: ID!) { royaltyLines(runId: $run, first: 25) { nodes { id } } }";
const LINE: &str = "query Line($id: ID!) {
    royaltyLine(id: $id) {
        id units amount { amount currency } party { name } contract { number name }
        reportLine { lineNo platform territory saleFrom amount currency }
        explanation { steps { code label inputs { name value currency } output { value currency } } } } }";

/// Prints the derivation of the line with the most steps among a few; gives its id.
///
/// # Errors
/// When there is none, or it cannot be read.
pub async fn explain(cast: &Cast, month: &str) -> Result<String, Stop> {
    let none = || Trouble::Broken(format!("{} has no royalties of {month}", cast.slug));
    let (run, _) = calculate::run_of(cast, month).await?;
    let run = run.ok_or_else(none)?;
    let lines = cast.manager.ask(LINES, json!({ "run": run["id"] })).await?;
    let ids = lines["nodes"].as_array().cloned().unwrap_or_default();
    let mut best: Option<Value> = None;
    for id in ids.iter().step_by(ids.len().div_ceil(CANDIDATES).max(1)) {
        let line = cast.manager.ask(LINE, json!({ "id": id["id"] })).await?;
        if best.as_ref().is_none_or(|known| steps(&line).len() > steps(known).len()) {
            best = Some(line);
        }
    }
    let best = best.ok_or_else(none)?;
    show(&best);
    Ok(best["id"].as_str().unwrap_or_default().to_owned())
}

fn steps(line: &Value) -> &[Value] {
    line["explanation"]["steps"].as_array().map_or(&[], Vec::as_slice)
}

fn show(line: &Value) {
    let word = |value: &Value| value.as_str().unwrap_or("?").to_owned();
    let money = |value: &Value| format!("{} {}", word(&value["amount"]), word(&value["currency"]));
    let row = &line["reportLine"];
    say::line("\nOne royalty, explained");
    say::line(format_args!(
        "\n  {} for {} under {} ({})",
        money(&line["amount"]),
        word(&line["party"]["name"]),
        word(&line["contract"]["number"]),
        word(&line["contract"]["name"]),
    ));
    say::line(format_args!(
        "  from line {} of a report: {} in {}, {}, {} units, {}",
        word(&row["lineNo"]),
        word(&row["platform"]),
        word(&row["territory"]),
        word(&row["saleFrom"]),
        word(&line["units"]),
        money(row),
    ));
    let steps = steps(line);
    for (index, step) in steps.iter().enumerate() {
        let is_last = index + 1 == steps.len();
        say::line(format_args!("  {} {}", if is_last { "└──" } else { "├──" }, word(&step["label"])));
        let indent = if is_last { "   " } else { "│  " };
        for input in step["inputs"].as_array().into_iter().flatten() {
            let currency = input["currency"].as_str().map(|code| format!(" {code}")).unwrap_or_default();
            let name = word(&input["name"]).to_lowercase().replace('_', " ");
            say::line(format_args!("  {indent}     {name}: {}{currency}", word(&input["value"])));
        }
    }
}
