//! Payees.

use serde_json::{Map, Value, json};

use super::{Sugar, id};
use crate::scenario::names::Kind;
use crate::scenario::problem::Problem;
use crate::scenario::reader::Node;

impl Sugar<'_> {
    /// `"anna"`, `["anna", "bob"]` (equal shares), `{"anna": "50%", "bob": "50%"}`, or a list of `{party, ratio, payees}`.
    pub(super) fn payees(&mut self, node: &Node<'_>, above: &str) -> Result<Value, Problem> {
        match node.value {
            Value::String(_) => Ok(json!([self.place(node, json!("1"), above, None)?])),
            Value::Object(_) => {
                let mut places = Vec::new();
                for (name, below) in node.entries()? {
                    let party = Value::String(name.to_owned());
                    let party = Node::new(&party, below.place.clone());
                    // A share, or an object with a share and the payees below.
                    places.push(match below.value {
                        Value::Object(_) => self.spelt(&below, Some(&party), above)?,
                        _ => {
                            let ratio = self.ratio(&below)?;
                            self.place(&party, ratio, above, None)?
                        }
                    });
                }
                Ok(Value::Array(places))
            }
            _ => {
                let list = node.list()?;
                if !list.is_empty() && list.iter().all(|one| one.value.is_string()) {
                    return self.equal(&list, above);
                }
                list.iter().map(|one| self.spelt(one, None, above)).collect()
            }
        }
    }

    /// `["anna", "bob", "carla"]`: equal shares of 12 places that total exactly 1. What does not divide goes to the names
    /// that sort first.
    fn equal(&mut self, payees: &[Node<'_>], above: &str) -> Result<Value, Problem> {
        const WHOLE: usize = 1_000_000_000_000;
        let mut sorted = Vec::with_capacity(payees.len());
        for one in payees {
            sorted.push((one.text()?, one));
        }
        sorted.sort_by_key(|(name, _)| *name);
        let (each, left) = (WHOLE / sorted.len(), WHOLE % sorted.len());
        let mut places = Vec::with_capacity(sorted.len());
        for (position, (_, one)) in sorted.into_iter().enumerate() {
            let units = each + usize::from(position < left);
            let ratio = rust_decimal::Decimal::new(i64::try_from(units).unwrap_or_default(), 12).normalize();
            places.push(self.place(one, json!(ratio.to_string()), above, None)?);
        }
        Ok(Value::Array(places))
    }

    fn spelt(&mut self, node: &Node<'_>, party: Option<&Node<'_>>, above: &str) -> Result<Value, Problem> {
        let object = node.object()?;
        let written = object.get("party").or_else(|| object.get("partyId"));
        let party = match (party, &written) {
            (Some(party), None) => party,
            (None, Some(written)) => written,
            (None, None) => return Err(node.wrong("`party` is missing: whose share is it?")),
            (Some(_), Some(written)) => return Err(written.wrong("the key says already whose share it is")),
        };
        let ratio = object.get("ratio").or_else(|| object.get("share"));
        let ratio = ratio.map_or_else(|| Ok(json!("1")), |ratio| self.ratio(&ratio))?;
        let below = object.get("payees").or_else(|| object.get("children"));
        let children = below.map(|below| self.payees(&below, &format!("{above}/{}", party.text()?)));
        object.finish()?;
        self.place(party, ratio, above, children.transpose()?)
    }

    fn place(&mut self, party: &Node<'_>, ratio: Value, above: &str, below: Option<Value>) -> Result<Value, Problem> {
        let name = party.text()?;
        let mut place = Map::new();
        place.insert("id".to_owned(), id(self.names.id_as(Kind::Split, &format!("{above}/{name}"), name)));
        place.insert("partyId".to_owned(), id(self.names.id(Kind::Party, name)));
        place.insert("ratio".to_owned(), ratio);
        place.insert("children".to_owned(), below.unwrap_or_else(|| json!([])));
        Ok(Value::Object(place))
    }

    /// A ratio: `"0.25"` or `"25%"`.
    pub(super) fn ratio(&self, node: &Node<'_>) -> Result<Value, Problem> {
        let number = node.decimal()?;
        kernel::ratio::Ratio::new(number).map_err(|error| node.wrong(error.to_string()))?;
        Ok(Value::String(number.normalize().to_string()))
    }
}
