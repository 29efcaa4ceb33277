//! What stands beside the contracts: tables, groups, letters of direction, holds.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::{Sugar, engine};
use crate::model::{CrossGroup, Direction, Hold, SourceChain, TerritoryGroup};
use crate::scenario::names::Kind;
use crate::scenario::problem::Problem;
use crate::scenario::reader::{Node, Object, fold};

/// A list of table rows of one type: prices, statutory rates.
pub(in crate::scenario) fn tables<T: DeserializeOwned>(
    sugar: &mut Sugar<'_>,
    scenario: &Object<'_>,
    key: &str,
) -> Result<Vec<T>, Problem> {
    let mut rows = Vec::new();
    for node in scenario.get(key).map(|list| list.list()).transpose()?.into_iter().flatten() {
        let mut spelt = Map::new();
        for (key, below) in node.entries()? {
            let (key, value) = match key {
                "kind" => (key.to_owned(), json!(fold(below.text()?))),
                _ => sugar.entry(key, &below)?,
            };
            spelt.insert(key, value);
        }
        spelt.entry("currency").or_insert_with(|| json!(sugar.currency));
        rows.push(engine(Value::Object(spelt), &node.place)?);
    }
    Ok(rows)
}

/// `["DE", "FR", "Nordics"]`: countries, and names of other groups.
pub(in crate::scenario) fn territory_group(name: &str, node: &Node<'_>) -> Result<TerritoryGroup, Problem> {
    let set = super::territory_set(node)?;
    let part = |key: &str| set.get(key).cloned().unwrap_or_else(|| json!([]));
    let spelt = json!({ "name": name, "territories": part("include"), "groups": part("includeGroups") });
    engine(spelt, &node.place)
}

/// `{platforms, territories, validFrom, validTo, hops: [{name, kept}]}`.
pub(in crate::scenario) fn source_chain(
    sugar: &mut Sugar<'_>,
    name: &str,
    node: &Node<'_>,
) -> Result<SourceChain, Problem> {
    let mut spelt = Map::new();
    spelt.insert("name".to_owned(), json!(name));
    for (key, below) in node.entries()? {
        let (key, value) = match key {
            "platforms" => (key.to_owned(), below.one_or_more().iter().map(|one| one.value.clone()).collect()),
            _ => sugar.entry(key, &below)?,
        };
        spelt.insert(key, value);
    }
    engine(Value::Object(spelt), &node.place)
}

/// A list of contracts, or `{members, groups, condition, order}`.
pub(in crate::scenario) fn cross_group(
    sugar: &mut Sugar<'_>,
    name: &str,
    node: &Node<'_>,
) -> Result<CrossGroup, Problem> {
    let mut spelt = Map::new();
    spelt.insert("name".to_owned(), json!(name));
    spelt.insert("members".to_owned(), json!([]));
    if node.value.is_array() {
        spelt.insert("members".to_owned(), members(sugar, node)?);
        return engine(Value::Object(spelt), &node.place);
    }
    for (key, below) in node.entries()? {
        let value = match (key, below.value) {
            ("members", _) => members(sugar, &below)?,
            ("order", _) => json!(fold(below.text()?)),
            ("condition", Value::String(word)) => json!({ "type": fold(word) }),
            ("groups", _) => below.value.clone(),
            _ => sugar.plain(&below)?,
        };
        spelt.insert(key.to_owned(), value);
    }
    engine(Value::Object(spelt), &node.place)
}

fn members(sugar: &mut Sugar<'_>, node: &Node<'_>) -> Result<Value, Problem> {
    let mut members = Vec::new();
    for one in node.list()? {
        members.push(match one.value {
            Value::String(name) => json!({ "contractId": sugar.names.id(Kind::Contract, name) }),
            _ => sugar.plain(&one)?,
        });
    }
    Ok(Value::Array(members))
}

/// `{from, to, contract, ratio, upTo, validFrom, validTo}`.
pub(in crate::scenario) fn direction(sugar: &mut Sugar<'_>, name: &str, node: &Node<'_>) -> Result<Direction, Problem> {
    let mut spelt = Map::new();
    spelt.insert("name".to_owned(), json!(name));
    for (key, below) in node.entries()? {
        let key = match key {
            "from" => "fromParty",
            "to" => "toParty",
            key => key,
        };
        let (key, value) = sugar.entry(key, &below)?;
        spelt.insert(key, value);
    }
    engine(Value::Object(spelt), &node.place)
}

/// `{party, contract, item, ratio, kind, reason, validFrom, validTo}`: what is held is a payee, a contract, both, or an
/// item.
pub(in crate::scenario) fn hold(sugar: &mut Sugar<'_>, name: &str, node: &Node<'_>) -> Result<Hold, Problem> {
    let object = node.object()?;
    let party =
        object.get("party").map(|party| party.text().map(|name| sugar.names.id(Kind::Party, name))).transpose()?;
    let contract = object.get("contract");
    let contract = contract.map(|node| node.text().map(|name| sugar.names.id(Kind::Contract, name))).transpose()?;
    let item = object.get("item").map(|item| sugar.item(&item)).transpose()?;
    let target = match (party, contract, item) {
        (Some(party), None, None) => json!({ "type": "PAYEE", "partyId": party }),
        (None, Some(contract), None) => json!({ "type": "CONTRACT", "contractId": contract }),
        (Some(party), Some(contract), None) => json!({ "type": "ACCOUNT", "contractId": contract, "partyId": party }),
        (None, None, Some(item)) => json!({ "type": "ITEM", "item": item }),
        _ => return Err(node.wrong("a hold names a `party`, a `contract`, both of them, or an `item`")),
    };
    let mut spelt = Map::new();
    spelt.insert("name".to_owned(), json!(name));
    spelt.insert("target".to_owned(), target);
    for (key, below) in node.entries()? {
        let (key, value) = match key {
            "party" | "contract" | "item" => continue,
            "kind" => (key.to_owned(), json!(fold(below.text()?))),
            _ => sugar.entry(key, &below)?,
        };
        spelt.insert(key, value);
    }
    engine(Value::Object(spelt), &node.place)
}
