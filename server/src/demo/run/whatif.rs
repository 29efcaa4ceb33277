//! What if: one contract with another rate against the real history, and what would be different.

use serde_json::{Value, json};

use super::cast::Cast;
use super::person::{Trouble, text};
use crate::say;
use crate::stop::Stop;

/// By how much the rate is raised, in hundredths.
const RAISED: i64 = 5;

const CONTRACTS: &str = "query Contracts { contracts(first: 20, filter: { status: ACTIVE }) { nodes {
    id number name
    currentVersion {
        validFrom validTo
        participations { item { kind id } groupId ratio kind territories { include exclude } validFrom validTo }
        terms {
            name priority validFrom validTo
            match { item { kind id } groupId territories { include exclude } platforms revenueTypes configurations }
            model { __typename ... on PercentageModel { base ratio } } deductions { name base ratio } }
        splits { ...One children { ...One children { ...One children { ...One } } } } } } } }
    fragment One on Split { ratio party { id } }";
const CREATE: &str = "mutation Simulate($input: SimulationCreateInput!) {
    simulationCreate(input: $input) { simulation { id } operation { id } userErrors { code message path } } }";
const OPERATION: &str = "query Operation($id: ID!) { operation(id: $id) { state failure { code message } } }";
const SIMULATION: &str = "query Simulation($id: ID!) { simulation(id: $id) {
    name runCount lineCount changedLineCount
    accounts(first: 4) { nodes { party { name } currency earned { before after change } recouped { before after } payable { before after change } } }
    items(first: 3) { nodes { item { kind id } currency earned { before after change } } }
    lines(first: 3) { nodes { reportId lineNo party { name } currency amount { before after change } } } } }";

/// Raises the rate of one contract over the whole history and prints the difference.
///
/// # Errors
/// When it is refused or fails.
pub async fn simulate(cast: &Cast, first: &str, last: &str) -> Result<(), Stop> {
    let contracts = cast.manager.ask(CONTRACTS, json!({})).await?;
    let found = contracts["nodes"].as_array().into_iter().flatten().find_map(|contract| {
        let (version, before, after) = raised(&contract["currentVersion"])?;
        Some((contract, version, before, after))
    });
    let Some((contract, version, before, after)) = found else {
        say::line("\nNo contract has a percentage to try another one for");
        return Ok(());
    };
    let name = format!("{} at {after} instead of {before}", text(contract, "number")?);
    let input = json!({
        "name": name, "fromMonth": first, "toMonth": last, "idempotencyKey": format!("demo what-if {first} {last}"),
        "contracts": [{ "contractId": contract["id"], "version": version }],
    });
    let made = cast.manager.ask(CREATE, json!({ "input": input })).await?;
    wait(cast, &text(&made["operation"], "id")?).await?;
    let simulation = cast.manager.ask(SIMULATION, json!({ "id": made["simulation"]["id"] })).await?;
    show(&simulation, contract);
    Ok(())
}

async fn wait(cast: &Cast, id: &str) -> Result<(), Trouble> {
    loop {
        let operation = cast.manager.ask(OPERATION, json!({ "id": id })).await?;
        match operation["state"].as_str() {
            Some("SUCCEEDED") => return Ok(()),
            Some("FAILED" | "CANCELLED") => {
                return Err(Trouble::Broken(format!("the simulation failed: {}", operation["failure"])));
            }
            _ => tokio::time::sleep(std::time::Duration::from_millis(100)).await,
        }
    }
}

/// The version as input, with the first percentage raised; the rate before and after.
fn raised(version: &Value) -> Option<(Value, String, String)> {
    let mut rates = None;
    let mut terms = Vec::new();
    for term in version["terms"].as_array()? {
        if term["model"]["__typename"] != "PercentageModel" {
            return None;
        }
        let before: rust_decimal::Decimal = term["model"]["ratio"].as_str()?.parse().ok()?;
        let after = (before + rust_decimal::Decimal::new(RAISED, 2)).min(rust_decimal::Decimal::ONE).normalize();
        let ratio = if rates.is_none() { after } else { before };
        rates.get_or_insert_with(|| (before.normalize().to_string(), after.to_string()));
        let matches = &term["match"];
        terms.push(json!({
            "name": term["name"], "priority": term["priority"],
            "validFrom": term["validFrom"], "validTo": term["validTo"],
            "match": {
                "items": items(&matches["item"], &matches["groupId"]), "territories": matches["territories"],
                "platforms": matches["platforms"], "revenueTypes": matches["revenueTypes"],
                "configurations": matches["configurations"],
            },
            "model": { "percentage": { "base": term["model"]["base"], "ratio": ratio.to_string() } },
            "deductions": term["deductions"],
        }));
    }
    let participations: Vec<Value> = version["participations"]
        .as_array()?
        .iter()
        .map(|one| {
            json!({
                "items": items(&one["item"], &one["groupId"]), "ratio": one["ratio"], "kind": one["kind"],
                "territories": one["territories"], "validFrom": one["validFrom"], "validTo": one["validTo"],
            })
        })
        .collect();
    let splits: Vec<Value> = version["splits"].as_array()?.iter().map(split).collect();
    let (before, after) = rates?;
    let said = json!({
        "validFrom": version["validFrom"], "validTo": version["validTo"],
        "participations": participations, "terms": terms, "splits": splits,
    });
    Some((said, before, after))
}

fn items(item: &Value, group: &Value) -> Value {
    match (item["kind"].as_str(), group.as_str()) {
        (Some("RECORDING"), _) => json!({ "recordingId": item["id"] }),
        (Some("WORK"), _) => json!({ "workId": item["id"] }),
        (Some(_), _) => json!({ "releaseId": item["id"] }),
        (None, Some(group)) => json!({ "groupId": group }),
        (None, None) => Value::Null,
    }
}

fn split(node: &Value) -> Value {
    let children: Vec<Value> = node["children"].as_array().into_iter().flatten().map(split).collect();
    json!({ "partyId": node["party"]["id"], "ratio": node["ratio"], "children": children })
}

fn show(simulation: &Value, contract: &Value) {
    let word = |value: &Value| value.as_str().unwrap_or("?").to_owned();
    say::line("\nWhat if, and nothing is posted");
    say::line(format_args!(
        "\n  {} ({}): {} of {} lines in {} runs give somebody another amount",
        word(&simulation["name"]),
        word(&contract["name"]),
        word(&simulation["changedLineCount"]),
        word(&simulation["lineCount"]),
        simulation["runCount"],
    ));
    let amount = |value: &Value, currency: &Value| {
        let (before, after, change) = (word(&value["before"]), word(&value["after"]), word(&value["change"]));
        let sign = if change.starts_with('-') { "" } else { "+" };
        format!("{before} → {after} {} ({sign}{change})", word(currency))
    };
    let nodes = |list: &str| simulation[list]["nodes"].as_array().cloned().unwrap_or_default();
    say::line("  ├── payees");
    for row in nodes("accounts") {
        let (name, currency) = (word(&row["party"]["name"]), &row["currency"]);
        say::line(format_args!("  │     {name}: earned {}", amount(&row["earned"], currency)));
        say::line(format_args!("  │       payable {}", amount(&row["payable"], currency)));
    }
    say::line("  ├── items");
    for row in nodes("items") {
        let kind = word(&row["item"]["kind"]).to_lowercase();
        say::line(format_args!(
            "  │     {kind} {}: {}",
            word(&row["item"]["id"]),
            amount(&row["earned"], &row["currency"])
        ));
    }
    say::line("  └── lines");
    for row in nodes("lines") {
        say::line(format_args!(
            "        line {} of {}, {}: {}",
            word(&row["lineNo"]),
            word(&row["reportId"]),
            word(&row["party"]["name"]),
            amount(&row["amount"], &row["currency"]),
        ));
    }
}
