//! What earlier periods left.

use serde_json::{Map, Value, json};

use super::{Sugar, engine};
use crate::model::{OpenContract, OpenProject};
use crate::scenario::names::Kind;
use crate::scenario::problem::Problem;
use crate::scenario::reader::Node;

/// Reads the `advances`, `costs` and `opening` of a contract.
pub(in crate::scenario) fn opening(
    sugar: &mut Sugar<'_>,
    contract: &str,
    node: &Node<'_>,
) -> Result<OpenContract, Problem> {
    let object = node.object()?;
    let mut spelt = Map::new();
    spelt.insert("contractId".to_owned(), json!(sugar.names.id(Kind::Contract, contract)));
    if let Some(opening) = object.get("opening") {
        for (key, below) in opening.entries()? {
            let value = match key {
                "accounts" => sugar.accounts(&below)?,
                "counters" => sugar.counters(&below)?,
                "advances" | "costs" => {
                    return Err(below.wrong(format!("write `{key}` in the contract, beside `opening`")));
                }
                _ => sugar.plain(&below)?,
            };
            spelt.insert(key.to_owned(), value);
        }
    }
    if let Some(advances) = object.get("advances") {
        spelt.insert("advances".to_owned(), sugar.advances(&advances, contract)?);
    }
    if let Some(costs) = object.get("costs") {
        let mut list = Vec::new();
        for (index, cost) in costs.list()?.iter().enumerate() {
            let mut one = Map::new();
            one.insert("name".to_owned(), json!(format!("cost {}", index + 1)));
            one.insert("costType".to_owned(), json!("recording"));
            one.insert("incurredOn".to_owned(), json!(BEFORE));
            for (key, below) in cost.entries()? {
                let key = if key == "type" { "costType" } else { key };
                one.insert(key.to_owned(), sugar.entry(key, &below)?.1);
            }
            list.push(Value::Object(one));
        }
        spelt.insert("costs".to_owned(), Value::Array(list));
    }
    engine(Value::Object(spelt), &node.place)
}

/// When an advance or cost without a day was paid: before every period.
const BEFORE: &str = "1900-01-01";

impl Sugar<'_> {
    /// `"10000"`, or a list of `{name, paidOn, amount, instalment, priority}`.
    fn advances(&mut self, node: &Node<'_>, contract: &str) -> Result<Value, Problem> {
        let mut list = Vec::new();
        for (index, advance) in node.one_or_more().iter().enumerate() {
            let mut one = Map::new();
            let mut name = format!("advance {}", index + 1);
            one.insert("paidOn".to_owned(), json!(BEFORE));
            if advance.value.is_object() {
                for (key, below) in advance.entries()? {
                    match key {
                        "name" => below.text()?.clone_into(&mut name),
                        "amount" | "unrecouped" => {
                            one.insert("unrecouped".to_owned(), json!(below.decimal()?.to_string()));
                        }
                        _ => {
                            one.insert(key.to_owned(), below.value.clone());
                        }
                    }
                }
            } else {
                one.insert("unrecouped".to_owned(), json!(advance.decimal()?.to_string()));
            }
            let full = format!("{contract}/{name}");
            one.insert("advanceId".to_owned(), json!(self.names.id_as(Kind::Advance, &full, &name)));
            list.push(Value::Object(one));
        }
        Ok(Value::Array(list))
    }

    /// `{"anna": {"carry": "0.004", "balance": "-10.00"}}`.
    fn accounts(&mut self, node: &Node<'_>) -> Result<Value, Problem> {
        let mut list = Vec::new();
        for (name, account) in node.entries()? {
            let mut one = Map::new();
            one.insert("partyId".to_owned(), json!(self.names.id(Kind::Party, name)));
            for (key, below) in account.entries()? {
                one.insert(key.to_owned(), json!(below.decimal()?.to_string()));
            }
            list.push(Value::Object(one));
        }
        Ok(Value::Array(list))
    }

    /// `[{name, item, group, value, accrued}]`.
    fn counters(&mut self, node: &Node<'_>) -> Result<Value, Problem> {
        let mut list = Vec::new();
        for counter in node.list()? {
            let mut one = Map::new();
            for (key, below) in counter.entries()? {
                let value = match key {
                    "item" => self.item(&below)?,
                    "group" => json!(self.names.id(Kind::Group, below.text()?)),
                    "name" => below.value.clone(),
                    _ => json!(super::term::number(&below)?),
                };
                one.insert(key.to_owned(), value);
            }
            list.push(Value::Object(one));
        }
        Ok(Value::Array(list))
    }
}

/// Reads `projects`: `{"album": {"loss": "1000.00"}}`.
pub(in crate::scenario) fn projects(node: Option<&Node<'_>>) -> Result<Vec<OpenProject>, Problem> {
    let mut projects = Vec::new();
    for (name, below) in node.map(Node::entries).transpose()?.into_iter().flatten() {
        let object = below.object()?;
        let loss = object.need("loss")?.decimal()?;
        object.finish()?;
        projects.push(OpenProject { project: name.to_owned(), loss });
    }
    Ok(projects)
}
