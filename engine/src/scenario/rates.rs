//! Exchange rates.

use serde_json::{Map, Value, json};

use super::names::Kind;
use super::problem::Problem;
use super::reader::{Node, Object};
use super::sugar::{Sugar, engine};
use crate::model::{Rates, StatedRate};

/// Reads `rates`, `pivot` and `maxAgeDays`.
pub(super) fn rates(sugar: &mut Sugar<'_>, scenario: &Object<'_>) -> Result<Rates, Problem> {
    let mut rates = Vec::new();
    for node in scenario.get("rates").map(|rates| rates.list()).transpose()?.into_iter().flatten() {
        let mut rate = sides(&node, &["date", "source"])?;
        let object = node.object()?;
        let date = object.need("date")?.date()?;
        let source = object.get("source").map_or(Ok("MANUAL"), |source| source.text())?;
        let name = format!("{} to {} on {date}", text(&rate, "base"), text(&rate, "quote"));
        rate.insert("id".to_owned(), json!(sugar.names.id(Kind::Rate, &name)));
        rate.insert("date".to_owned(), json!(date));
        rate.insert("source".to_owned(), json!(source));
        rates.push(Value::Object(rate));
    }
    let mut spelt = Map::new();
    spelt.insert("rates".to_owned(), Value::Array(rates));
    if let Some(pivot) = scenario.get("pivot") {
        spelt.insert("pivot".to_owned(), json!(pivot.currency()?));
    }
    if let Some(days) = scenario.get("maxAgeDays") {
        spelt.insert("maxAgeDays".to_owned(), json!(days.whole()?));
    }
    engine(Value::Object(spelt), &scenario.place)
}

/// Reads a rate that is stated in a report: `{"pair": "EUR/USD", "rate": "1.08"}`.
pub(super) fn pair(node: &Node<'_>) -> Result<StatedRate, Problem> {
    engine(Value::Object(sides(node, &[])?), &node.place)
}

/// One unit of `base` is worth `rate` units of `quote`.
fn sides(node: &Node<'_>, more: &[&str]) -> Result<Map<String, Value>, Problem> {
    let object = node.object()?;
    let rate = object.need("rate")?.decimal()?;
    let (base, quote) = match object.get("pair") {
        Some(pair) => {
            let text = pair.text()?;
            let sides = text.split_once('/').map(|(base, quote)| (base.trim(), quote.trim()));
            let (base, quote) =
                sides.ok_or_else(|| pair.wrong("write a pair as \"EUR/USD\": one EUR is worth so many USD"))?;
            let currency =
                |code: &str| kernel::currency::Currency::parse(code).map_err(|error| pair.wrong(error.to_string()));
            (currency(base)?, currency(quote)?)
        }
        None => (object.need("base")?.currency()?, object.need("quote")?.currency()?),
    };
    for key in more {
        object.get(key);
    }
    object.finish()?;
    let mut spelt = Map::new();
    spelt.insert("base".to_owned(), json!(base));
    spelt.insert("quote".to_owned(), json!(quote));
    spelt.insert("rate".to_owned(), json!(rate.to_string()));
    Ok(spelt)
}

fn text<'a>(map: &'a Map<String, Value>, key: &str) -> &'a str {
    map.get(key).and_then(Value::as_str).unwrap_or_default()
}
