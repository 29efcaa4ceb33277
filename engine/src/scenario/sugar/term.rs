//! Terms and their models.

use serde_json::{Map, Value, json};

use super::{Sugar, id};
use crate::scenario::names::Kind;
use crate::scenario::problem::Problem;
use crate::scenario::reader::Node;

/// Keys of the conditions of a term: they may stand in the term itself or in its `match`.
const CONDITIONS: &[&str] = &[
    "item",
    "group",
    "items",
    "scope",
    "territories",
    "platforms",
    "revenueTypes",
    "configurations",
    "priceCategories",
    "periodOf",
    "validFrom",
    "validTo",
];

/// Keys that are a model of one word: `rate`, `perUnit`, `tiers`, `statutory`, `formula`, `hybrid`.
const MODELS: &[&str] = &["model", "rate", "perUnit", "tiers", "statutory", "formula", "hybrid"];

impl Sugar<'_> {
    pub(super) fn terms(&mut self, node: &Node<'_>, version: &str) -> Result<Value, Problem> {
        let terms = node.list()?;
        terms.iter().enumerate().map(|(index, term)| self.term(term, version, index)).collect()
    }

    fn term(&mut self, node: &Node<'_>, version: &str, index: usize) -> Result<Value, Problem> {
        let object = node.object()?;
        let name = match object.get("name") {
            Some(name) => name.text()?.to_owned(),
            None => format!("term {}", index + 1),
        };
        let mut conditions = Map::new();
        if let Some(written) = object.get("match") {
            for (key, below) in written.entries()? {
                if !CONDITIONS.contains(&key) {
                    return Err(super::super::reader::unknown_key(&written.place, key, CONDITIONS));
                }
                let (key, value) = self.condition(key, &below)?;
                conditions.insert(key, value);
            }
        }
        let mut spelt = Map::new();
        spelt.insert("id".to_owned(), id(self.names.id_as(Kind::Term, &format!("{version}/{name}"), &name)));
        for (key, below) in node.entries()? {
            match key {
                "name" | "match" | "base" | "tierMode" | "countedBy" => {}
                _ if MODELS.contains(&key) => {}
                _ if CONDITIONS.contains(&key) => {
                    let (key, value) = self.condition(key, &below)?;
                    if conditions.insert(key, value).is_some() {
                        return Err(below.wrong("stands in `match` as well: write it once"));
                    }
                }
                "deductions" => {
                    spelt.insert(key.to_owned(), self.deductions(&below)?);
                }
                "physical" => {
                    spelt.insert(key.to_owned(), self.physical(&below)?);
                }
                _ => {
                    let (key, value) = self.entry(key, &below)?;
                    spelt.insert(key, value);
                }
            }
        }
        spelt.insert("match".to_owned(), Value::Object(conditions));
        spelt.insert("model".to_owned(), self.model(node)?);
        Ok(Value::Object(spelt))
    }

    fn condition(&mut self, key: &str, node: &Node<'_>) -> Result<(String, Value), Problem> {
        match key {
            "platforms" | "revenueTypes" | "configurations" | "priceCategories" => {
                Ok((key.to_owned(), node.one_or_more().iter().map(|one| one.value.clone()).collect()))
            }
            _ => self.entry(key, node),
        }
    }

    /// The model of a term, or one in a hybrid: spelt out (`{"type": …}`, as `model`), or as the one key of a short form.
    fn model(&mut self, node: &Node<'_>) -> Result<Value, Problem> {
        let object = node.object()?;
        let written: Vec<(&str, Node<'_>)> = MODELS.iter().filter_map(|key| Some((*key, object.get(key)?))).collect();
        let base = object.get("base").map_or(json!("NET"), |base| base.value.clone());
        let (key, value) = match written.as_slice() {
            [(key, value)] => (*key, value),
            [] => return Err(node.wrong(format!("says no rate: write one of {}", MODELS.join(", ")))),
            [(one, _), (other, second), ..] => {
                return Err(
                    second.wrong(format!("there is `{one}` already: a term has one model, `{other}` is too much"))
                );
            }
        };
        let mut model = match key {
            "model" => return self.spelt_model(value),
            "rate" => json!({ "type": "PERCENTAGE", "base": base, "rate": self.ratio(value)? }),
            "perUnit" => self.per_unit(value)?,
            "statutory" => match value.value {
                Value::Object(_) => self.plain(value)?,
                _ => json!({ "table": value.text()?, "ratio": "1" }),
            },
            "formula" => match value.value {
                Value::Object(_) => self.plain(value)?,
                _ => json!({ "expression": value.text()? }),
            },
            "hybrid" => self.hybrid(value)?,
            _ => {
                let counter =
                    object.get("countedBy").map_or_else(|| Ok(json!({})), |counter| self.counter(&counter))?;
                let mode = object.get("tierMode").map_or(json!("MARGINAL"), |mode| mode.value.clone());
                json!({ "base": base, "counter": counter, "mode": mode, "tiers": self.tiers(value)? })
            }
        };
        if let Value::Object(model) = &mut model {
            let kind = match key {
                "rate" => "PERCENTAGE",
                "perUnit" => "PER_UNIT",
                "tiers" => "TIERED",
                "statutory" => "STATUTORY",
                "formula" => "FORMULA",
                _ => "HYBRID",
            };
            model.insert("type".to_owned(), json!(kind));
        }
        Ok(model)
    }

    /// A model as the engine writes it, with short forms inside.
    fn spelt_model(&mut self, node: &Node<'_>) -> Result<Value, Problem> {
        let object = node.object()?;
        if object.get("type").is_none() {
            return self.model(node);
        }
        let mut model = Map::new();
        for (key, below) in node.entries()? {
            let value = match key {
                "tiers" => self.tiers(&below)?,
                "counter" => self.counter(&below)?,
                "models" => below.list()?.iter().map(|one| self.spelt_model(one)).collect::<Result<Value, _>>()?,
                _ => self.plain(&below)?,
            };
            model.insert(key.to_owned(), value);
        }
        if model.get("type") == Some(&json!("PER_UNIT")) {
            model.entry("currency").or_insert_with(|| json!(self.currency));
        }
        Ok(Value::Object(model))
    }

    /// `"0.10"`, or with a currency `"0.10 EUR"`, or `{amount, currency}`.
    fn per_unit(&self, node: &Node<'_>) -> Result<Value, Problem> {
        if let Value::Object(_) = node.value {
            let object = node.object()?;
            let amount = object.need("amount")?.decimal()?;
            let currency = object
                .get("currency")
                .map_or_else(|| Ok(self.currency.clone()), |one| one.text().map(str::to_owned))?;
            object.finish()?;
            return Ok(json!({ "type": "PER_UNIT", "amount": amount.to_string(), "currency": currency }));
        }
        let text = node.text()?;
        let (amount, currency) = text.split_once(' ').unwrap_or((text, &self.currency));
        let amount = super::decimal(amount).map_err(|message| node.wrong(message))?;
        Ok(json!({ "type": "PER_UNIT", "amount": amount.to_string(), "currency": currency }))
    }

    /// `{"greaterOf": [model, model]}`, or `{choice, models}`.
    fn hybrid(&mut self, node: &Node<'_>) -> Result<Value, Problem> {
        let entries = node.entries()?;
        if let [(key, models)] = entries.as_slice()
            && *key != "models"
        {
            let models = models.list()?.iter().map(|one| self.spelt_model(one)).collect::<Result<Value, _>>()?;
            return Ok(json!({ "choice": super::super::reader::fold(key), "models": models }));
        }
        self.spelt_model(&Node::new(&with_type(node.value, "HYBRID"), node.place.clone()))
    }

    /// Tiers: `{from, rate}`, `{from, perUnit}`, or spelt out.
    fn tiers(&mut self, node: &Node<'_>) -> Result<Value, Problem> {
        let mut tiers = Vec::new();
        for one in node.list()? {
            let object = one.object()?;
            let mut tier = Map::new();
            let from = object.get("from").map_or_else(|| Ok(json!("0")), |from| number(&from))?;
            tier.insert("from".to_owned(), from);
            if let Some(to) = object.get("to") {
                tier.insert("to".to_owned(), number(&to)?);
            }
            let rate = match (object.get("rate"), object.get("perUnit")) {
                (Some(rate), None) if rate.value.is_object() => self.plain(&rate)?,
                (Some(rate), None) => json!({ "type": "PERCENTAGE", "rate": self.ratio(&rate)? }),
                (None, Some(amount)) => self.per_unit(&amount)?,
                _ => return Err(one.wrong("a tier has one of `rate` and `perUnit`")),
            };
            tier.insert("rate".to_owned(), rate);
            object.finish()?;
            tiers.push(Value::Object(tier));
        }
        Ok(Value::Array(tiers))
    }

    /// `{name, measure, per, territories, opening}`; `per` may be `{"group": NAME}`.
    fn counter(&mut self, node: &Node<'_>) -> Result<Value, Problem> {
        let mut counter = Map::new();
        for (key, below) in node.entries()? {
            let value = match (key, below.value) {
                ("per", Value::Object(_)) => {
                    let object = below.object()?;
                    let group = object.get("group").map_or_else(|| object.need("GROUP"), Ok)?;
                    object.finish()?;
                    self.catalogue.group(group.text()?).ok_or_else(|| {
                        group.wrong(format!("there is no group `{}`", group.text().unwrap_or_default()))
                    })?;
                    json!({ "GROUP": self.names.id(Kind::Group, group.text()?) })
                }
                ("opening", _) => number(&below)?,
                ("territories", _) => super::territory_set(&below)?,
                _ => below.value.clone(),
            };
            counter.insert(key.to_owned(), value);
        }
        Ok(Value::Object(counter))
    }

    /// `{name, ratio, base}`; the base is `RECEIPTS` where none is written.
    fn deductions(&mut self, node: &Node<'_>) -> Result<Value, Problem> {
        let mut deductions = Vec::new();
        for one in node.list()? {
            let mut spelt = Map::new();
            for (key, below) in one.entries()? {
                let (key, value) = self.entry(key, &below)?;
                spelt.insert(key, value);
            }
            spelt.entry("base").or_insert_with(|| json!("RECEIPTS"));
            deductions.push(Value::Object(spelt));
        }
        Ok(Value::Array(deductions))
    }

    /// `freeGoods` may be a ratio (`FIXED`) or a word (`ACTUAL`).
    fn physical(&mut self, node: &Node<'_>) -> Result<Value, Problem> {
        let mut spelt = Map::new();
        for (key, below) in node.entries()? {
            let value = match (key, below.value) {
                ("freeGoods", Value::String(word)) if word.starts_with(|first: char| first.is_alphabetic()) => {
                    json!({ "type": super::super::reader::fold(word) })
                }
                ("freeGoods", Value::String(_)) => json!({ "type": "FIXED", "ratio": self.ratio(&below)? }),
                _ => self.plain(&below)?,
            };
            spelt.insert(key.to_owned(), value);
        }
        Ok(Value::Object(spelt))
    }
}

/// A threshold or counter: a decimal in quotes, or a whole number.
pub(super) fn number(node: &Node<'_>) -> Result<Value, Problem> {
    match node.value {
        Value::Number(_) => Ok(Value::String(node.whole()?.to_string())),
        _ => Ok(Value::String(node.decimal()?.to_string())),
    }
}

fn with_type(value: &Value, kind: &str) -> Value {
    let mut value = value.clone();
    if let Value::Object(map) = &mut value {
        map.insert("type".to_owned(), json!(kind));
    }
    value
}
