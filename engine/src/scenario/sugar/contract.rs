//! Contracts, and the rate cards they share.

use serde_json::{Map, Value, json};

use super::{Sugar, engine, id};
use crate::model::{Contract, RateCard};
use crate::scenario::names::Kind;
use crate::scenario::problem::Problem;
use crate::scenario::reader::{Node, fold};

/// Keys of a version. In a contract with one version they stand in the contract itself.
const VERSION: &[&str] =
    &["validFrom", "validTo", "participations", "terms", "rateCards", "waterfall", "payees", "splits"];

/// Before any sale: a contract that says no beginning has always been in force.
const ALWAYS: &str = "1900-01-01";

/// Reads a contract. `advances`, `costs` and `opening` are read elsewhere: they are state, not rules.
pub(in crate::scenario) fn contract(sugar: &mut Sugar<'_>, name: &str, node: &Node<'_>) -> Result<Contract, Problem> {
    let object = node.object()?;
    let outside = sugar.currency.clone();
    if let Some(currency) = object.get("currency") {
        sugar.currency = currency.currency()?.code().to_owned();
    }
    let mut spelt = Map::new();
    spelt.insert("id".to_owned(), id(sugar.names.id(Kind::Contract, name)));
    spelt.insert("currency".to_owned(), json!(sugar.currency));
    spelt.insert("fx".to_owned(), json!("MONTH_END"));
    let mut inline = Map::new();
    for (key, below) in node.entries()? {
        match key {
            "currency" | "advances" | "costs" | "opening" => {}
            "fx" | "accounting" => {
                spelt.insert(key.to_owned(), json!(fold(below.text()?)));
            }
            "versions" => {}
            "reserves" | "guarantees" => {
                let named = sugar.list_with_names(&below, key.trim_end_matches('s'))?;
                spelt.insert(key.to_owned(), named);
            }
            "recoupment" => {
                spelt.insert(key.to_owned(), recoupment(sugar, &below)?);
            }
            _ if VERSION.contains(&key) => {
                inline.insert(key.to_owned(), below.value.clone());
            }
            _ => {
                let (key, value) = sugar.entry(key, &below)?;
                spelt.insert(key, value);
            }
        }
    }
    let versions = match (object.get("versions"), inline.keys().next()) {
        (Some(versions), None) => {
            let list = versions.list()?;
            let spelt = list.iter().enumerate().map(|(index, one)| version(sugar, name, one, index));
            spelt.collect::<Result<Value, _>>()?
        }
        (Some(_), Some(key)) => {
            let message = format!("stands beside `versions`: write `{key}` in the versions, or leave `versions` out");
            return Err(Problem::new(&node.place.key(key), message));
        }
        (None, _) => json!([version(sugar, name, &Node::new(&Value::Object(inline), node.place.clone()), 0)?]),
    };
    spelt.insert("versions".to_owned(), versions);
    let read = engine(Value::Object(spelt), &node.place);
    sugar.currency = outside;
    read.map_err(|problem| match object.get("versions") {
        Some(_) => problem,
        // The version's keys stand in the contract itself.
        None => Problem { path: problem.path.replacen(".versions[0]", "", 1), ..problem },
    })
}

fn version(sugar: &mut Sugar<'_>, contract: &str, node: &Node<'_>, index: usize) -> Result<Value, Problem> {
    let full = format!("{contract}/{}", index + 1);
    let mut spelt = Map::new();
    spelt.insert("id".to_owned(), id(sugar.names.id_as(Kind::Version, &full, &format!("version {}", index + 1))));
    spelt.insert("validFrom".to_owned(), json!(ALWAYS));
    for (key, below) in node.entries()? {
        let (key, value) = match key {
            "participations" => (key, participations(sugar, &below, &full)?),
            "terms" => (key, sugar.terms(&below, &full)?),
            "payees" | "splits" => ("splits", sugar.payees(&below, &full)?),
            "waterfall" => (key, waterfall(sugar, &below, &full)?),
            "rateCards" => (key, below.one_or_more().iter().map(|one| one.value.clone()).collect()),
            "validFrom" | "validTo" => (key, below.value.clone()),
            _ => return Err(super::super::reader::unknown_key(&node.place, key, VERSION)),
        };
        if spelt.insert(key.to_owned(), value).is_some() && key == "splits" {
            return Err(below.wrong("`payees` and `splits` are the same: write one of them"));
        }
    }
    if !spelt.contains_key("splits") {
        return Err(node.wrong("`payees` is missing: who gets the royalty?"));
    }
    spelt.entry("terms").or_insert_with(|| json!([]));
    if !spelt.contains_key("participations") {
        // Without a list the whole catalogue takes part in full.
        let all = json!([{ "items": "all" }]);
        let all = participations(sugar, &Node::new(&all, node.place.clone()), &full)?;
        spelt.insert("participations".to_owned(), all);
    }
    Ok(Value::Object(spelt))
}

/// `["song"]`, or a list of `{item | group | items, ratio, kind, territories, validFrom, validTo}`.
fn participations(sugar: &mut Sugar<'_>, node: &Node<'_>, version: &str) -> Result<Value, Problem> {
    let mut spelt = Vec::new();
    for (index, one) in node.one_or_more().iter().enumerate() {
        let number = format!("participation {}", index + 1);
        let mut participation = Map::new();
        participation.insert("id".to_owned(), Value::Null);
        participation.insert("ratio".to_owned(), json!("1"));
        participation.insert("kind".to_owned(), json!("PARTICIPATION"));
        if let Value::String(name) = one.value {
            let (key, value) = sugar.entry(if name == "all" { "items" } else { "item" }, one)?;
            participation.insert(key, value);
        } else {
            for (key, below) in one.entries()? {
                let (key, value) = match key {
                    "share" => ("ratio".to_owned(), sugar.ratio(&below)?),
                    "kind" => (key.to_owned(), json!(fold(below.text()?))),
                    _ => sugar.entry(key, &below)?,
                };
                participation.insert(key, value);
            }
            if !participation.contains_key("scope") {
                participation.insert("scope".to_owned(), json!("ALL"));
            }
        }
        let full = format!("{version}/{number}");
        participation.insert("id".to_owned(), id(sugar.names.id_as(Kind::Participation, &full, &number)));
        spelt.push(Value::Object(participation));
    }
    Ok(Value::Array(spelt))
}

/// Steps of the waterfall. `stage` may be a word, or `{"afterSplit": PARTY}`, `{"fromFee": STEP}`; the amount may be one
/// of `percentage` (with `of`), `perLine`, `perUnit`, `perPeriod`.
fn waterfall(sugar: &mut Sugar<'_>, node: &Node<'_>, version: &str) -> Result<Value, Problem> {
    let mut steps = Vec::new();
    for (index, one) in node.list()?.iter().enumerate() {
        let object = one.object()?;
        let name = match object.get("name") {
            Some(name) => name.text()?.to_owned(),
            None => format!("step {}", index + 1),
        };
        let mut step = Map::new();
        step.insert("id".to_owned(), id(sugar.names.id_as(Kind::Split, &format!("{version}/step {name}"), &name)));
        step.insert("name".to_owned(), json!(name));
        let stage = object.need("stage")?;
        step.insert("stage".to_owned(), waterfall_stage(sugar, &stage)?);
        let mut amounts = 0;
        for (key, below) in one.entries()? {
            let amount = match key {
                "name" | "stage" | "of" => continue,
                "amount" => sugar.plain(&below)?,
                "percentage" => {
                    let of = object.get("of").map_or_else(|| Ok("REMAINING".to_owned()), |of| of.text().map(fold))?;
                    json!({ "type": "PERCENTAGE", "ratio": sugar.ratio(&below)?, "of": of })
                }
                "perLine" | "perUnit" | "perPeriod" => {
                    json!({ "type": fold(key), "amount": below.decimal()?.to_string() })
                }
                _ => {
                    let (key, value) = sugar.entry(key, &below)?;
                    step.insert(key, value);
                    continue;
                }
            };
            amounts += 1;
            step.insert("amount".to_owned(), amount);
        }
        if amounts != 1 {
            return Err(
                one.wrong("a step has exactly one of `percentage`, `perLine`, `perUnit`, `perPeriod`, `amount`")
            );
        }
        steps.push(Value::Object(step));
    }
    Ok(Value::Array(steps))
}

fn waterfall_stage(sugar: &mut Sugar<'_>, node: &Node<'_>) -> Result<Value, Problem> {
    if let Value::String(word) = node.value {
        return Ok(json!({ "type": fold(word) }));
    }
    let object = node.object()?;
    if let Some(party) = object.get("afterSplit") {
        object.finish()?;
        return Ok(json!({ "type": "AFTER_SPLIT", "partyId": sugar.names.id(Kind::Party, party.text()?) }));
    }
    if let Some(step) = object.get("fromFee") {
        object.finish()?;
        return Ok(json!({ "type": "FROM_FEE", "step": step.text()? }));
    }
    sugar.plain(node)
}

/// `costTypes` may be an object: `{"marketing": "25%"}`.
fn recoupment(sugar: &mut Sugar<'_>, node: &Node<'_>) -> Result<Value, Problem> {
    let mut spelt = Map::new();
    for (key, below) in node.entries()? {
        let value = match (key, below.value) {
            ("order", _) => json!(fold(below.text()?)),
            ("costTypes", Value::Object(_)) => {
                let mut types = Vec::new();
                for (name, ratio) in below.entries()? {
                    types.push(json!({ "name": name, "recoupable": sugar.ratio(&ratio)? }));
                }
                Value::Array(types)
            }
            _ => sugar.plain(&below)?,
        };
        spelt.insert(key.to_owned(), value);
    }
    Ok(Value::Object(spelt))
}

/// Reads a rate card: `{level, extends, terms}`.
pub(in crate::scenario) fn rate_card(sugar: &mut Sugar<'_>, name: &str, node: &Node<'_>) -> Result<RateCard, Problem> {
    let object = node.object()?;
    let level = object.get("level").map_or_else(|| Ok("TENANT".to_owned()), |level| level.text().map(fold))?;
    let terms = sugar.terms(&object.need("terms")?, &format!("card {name}"))?;
    let extends = object.get("extends").map(|card| card.value.clone());
    object.finish()?;
    engine(json!({ "name": name, "level": level, "extends": extends, "terms": terms }), &node.place)
}

impl Sugar<'_> {
    /// A list of objects with a `name`; where none is written it is `KIND NUMBER`. Words may be written small.
    fn list_with_names(&mut self, node: &Node<'_>, kind: &str) -> Result<Value, Problem> {
        let mut list = Vec::new();
        for (index, one) in node.list()?.iter().enumerate() {
            let mut spelt = Map::new();
            spelt.insert("name".to_owned(), json!(format!("{kind} {}", index + 1)));
            for (key, below) in one.entries()? {
                let (key, value) = match key {
                    "basis" => (key.to_owned(), json!(fold(below.text()?))),
                    _ => self.entry(key, &below)?,
                };
                spelt.insert(key, value);
            }
            list.push(Value::Object(spelt));
        }
        Ok(Value::Array(list))
    }
}
