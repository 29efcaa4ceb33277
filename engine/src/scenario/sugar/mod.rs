//! What people write, as what the engine reads: short forms spelt out, names replaced by ids.
//!
//! The scenario's contracts are the engine's own (`engine::model`, camelCase, decimals as strings) with short forms on
//! top. So whatever the engine learns, a scenario can say.

mod contract;
mod control;
mod opening;
mod split;
mod term;
mod territory;

use kernel::codes::ItemKind;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::catalogue::Catalogue;
use super::names::{Kind, Names};
use super::problem::{Place, Problem};
use super::reader::{Node, decimal};

pub(super) use contract::{contract, rate_card};
pub(super) use control::{cross_group, direction, hold, source_chain, tables, territory_group};
pub(super) use opening::{opening, projects};
pub(super) use territory::set as territory_set;

/// What spelling out needs: the names met so far, and the catalogue that says what kind of thing an item is.
pub(super) struct Sugar<'a> {
    pub names: &'a mut Names,
    pub catalogue: &'a Catalogue,
    /// The currency where none is written.
    pub currency: String,
}

/// Keys whose values are names of parties.
const PARTIES: &[&str] = &["partyId", "party", "recipient", "fromParty", "toParty"];
/// Keys whose values are names of contracts.
const CONTRACTS: &[&str] = &["contractId", "contract", "recoupedBy"];
/// Keys whose values are names of groups.
const GROUPS: &[&str] = &["groupId", "GROUP"];
/// Keys whose values are free text: no percentages, no names.
const TEXTS: &[&str] = &[
    "name",
    "expression",
    "table",
    "category",
    "configuration",
    "configurations",
    "platforms",
    "step",
    "extends",
    "rateCards",
    "priceCategories",
    "reason",
    "approvedBy",
    "costType",
    "type",
    "project",
    "instalment",
];

impl Sugar<'_> {
    /// Spells out a value that has no short form of its own: percentages become ratios, names become ids.
    pub fn plain(&mut self, node: &Node<'_>) -> Result<Value, Problem> {
        match node.value {
            Value::String(text) if text.trim_end().ends_with('%') => {
                let number = decimal(text).map_err(|message| node.wrong(message))?;
                Ok(Value::String(number.normalize().to_string()))
            }
            Value::Array(_) => node.list()?.iter().map(|one| self.plain(one)).collect(),
            Value::Object(_) => {
                let mut spelt = Map::new();
                for (key, below) in node.entries()? {
                    let (key, value) = self.entry(key, &below)?;
                    spelt.insert(key, value);
                }
                Ok(Value::Object(spelt))
            }
            other => Ok(other.clone()),
        }
    }

    /// One entry of an object, spelt out.
    pub fn entry(&mut self, key: &str, node: &Node<'_>) -> Result<(String, Value), Problem> {
        let value = match key {
            "territories" => territory_set(node)?,
            "item" | "group" | "items" => return Ok(("scope".to_owned(), self.scope(key, node)?)),
            _ if TEXTS.contains(&key) => node.value.clone(),
            _ if PARTIES.contains(&key) => self.named(Kind::Party, node)?,
            _ if CONTRACTS.contains(&key) => self.named(Kind::Contract, node)?,
            _ if GROUPS.contains(&key) => self.named(Kind::Group, node)?,
            _ => self.plain(node)?,
        };
        let key = match key {
            "party" => "partyId",
            "contract" => "contractId",
            key => key,
        };
        Ok((key.to_owned(), value))
    }

    /// A name, or a list of names, as ids. What is not a text is left for the engine's reader to refuse.
    fn named(&mut self, kind: Kind, node: &Node<'_>) -> Result<Value, Problem> {
        match node.value {
            Value::String(_) => Ok(id(self.names.id(kind, node.text()?))),
            Value::Array(_) => node.list()?.iter().map(|one| self.named(kind, one)).collect(),
            _ => self.plain(node),
        }
    }

    /// `"item": "song"`, `"group": "singles"`, `"items": "all"`.
    fn scope(&mut self, key: &str, node: &Node<'_>) -> Result<Value, Problem> {
        let name = node.text()?;
        match (key, name) {
            ("items", "all") => Ok(json!("ALL")),
            ("items", _) => Err(node.wrong("write \"items\": \"all\", \"item\": \"NAME\" or \"group\": \"NAME\"")),
            ("group", _) => {
                self.catalogue.group(name).ok_or_else(|| node.wrong(format!("there is no group `{name}`")))?;
                Ok(json!({ "GROUP": self.names.id(Kind::Group, name) }))
            }
            _ => Ok(json!({ "ITEM": self.item(node)? })),
        }
    }

    /// An item by its name.
    pub fn item(&mut self, node: &Node<'_>) -> Result<Value, Problem> {
        let name = node.text()?;
        let kind = self.catalogue.kind(name).ok_or_else(|| {
            node.wrong(format!(
                "there is no item `{name}` in the catalogue of this scenario: add it, or correct the name"
            ))
        })?;
        Ok(json!({ "kind": kind, "id": self.names.id(item_kind(kind), name) }))
    }
}

/// The kind of name that an item has.
pub(super) const fn item_kind(kind: ItemKind) -> Kind {
    match kind {
        ItemKind::Recording => Kind::Recording,
        ItemKind::Work => Kind::Work,
        ItemKind::Release => Kind::Release,
    }
}

pub(super) fn id(id: Uuid) -> Value {
    Value::String(id.to_string())
}

/// Reads a spelt-out value as a type of the engine.
///
/// # Errors
/// What the engine's own reader says, below `place`.
pub(super) fn engine<T: DeserializeOwned>(value: Value, place: &Place) -> Result<T, Problem> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let mut path = place.to_string();
        let inner = error.path().to_string();
        if inner != "." {
            path = format!("{path}{}{inner}", if path.is_empty() || inner.starts_with('[') { "" } else { "." });
        }
        let mut message = error.into_inner().to_string();
        if message.contains("ecimal") && message.contains("integer") {
            message.push_str(": decimals are written as strings, \"5\" and not 5");
        }
        Problem { path, message }
    })
}
