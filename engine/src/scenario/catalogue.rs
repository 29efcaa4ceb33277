//! The catalogue of a scenario: which names are recordings, works, releases.

use std::collections::{BTreeMap, BTreeSet};

use kernel::codes::ItemKind;
use kernel::ids::GroupId;
use serde_json::{Map, Value, json};

use super::names::{Kind, Names};
use super::problem::Problem;
use super::reader::Node;
use super::sugar::{engine, item_kind};
use crate::model::{Group, ItemKey, Release};

/// Items and groups by name.
#[derive(Debug, Clone, Default)]
pub(super) struct Catalogue {
    items: BTreeMap<String, ItemKind>,
    groups: BTreeSet<String>,
    /// Whether the scenario lists its items. Without a list every name is a recording.
    listed: bool,
}

impl Catalogue {
    /// Reads `catalogue` and the names of `groups`.
    pub fn read(catalogue: Option<&Node<'_>>, groups: Option<&Node<'_>>) -> Result<Self, Problem> {
        let mut read = Self { listed: catalogue.is_some(), ..Self::default() };
        if let Some(node) = catalogue {
            let object = node.object()?;
            for (key, kind) in [("recordings", ItemKind::Recording), ("works", ItemKind::Work)] {
                for item in object.get(key).map(|list| list.list()).transpose()?.into_iter().flatten() {
                    read.add(&item, item.text()?, kind)?;
                }
            }
            if let Some(releases) = object.get("releases") {
                match releases.value {
                    Value::Array(_) => {
                        for item in releases.list()? {
                            read.add(&item, item.text()?, ItemKind::Release)?;
                        }
                    }
                    _ => {
                        for (name, item) in releases.entries()? {
                            read.add(&item, name, ItemKind::Release)?;
                        }
                    }
                }
            }
            object.finish()?;
        }
        for (name, _) in groups.map(Node::entries).transpose()?.into_iter().flatten() {
            read.groups.insert(name.to_owned());
        }
        Ok(read)
    }

    fn add(&mut self, node: &Node<'_>, name: &str, kind: ItemKind) -> Result<(), Problem> {
        match self.items.insert(name.to_owned(), kind) {
            None => Ok(()),
            Some(other) => Err(node.wrong(format!("`{name}` is a {} already", other.as_str().to_lowercase()))),
        }
    }

    /// What kind of item a name is; none: not in the list.
    pub fn kind(&self, name: &str) -> Option<ItemKind> {
        if self.listed { self.items.get(name).copied() } else { Some(ItemKind::Recording) }
    }

    /// The group, if there is one.
    pub fn group(&self, name: &str) -> Option<&str> {
        self.groups.get(name).map(String::as_str)
    }

    fn key(&self, node: &Node<'_>, names: &mut Names) -> Result<ItemKey, Problem> {
        let name = node.text()?;
        let kind = self.kind(name).ok_or_else(|| node.wrong(format!("there is no item `{name}` in the catalogue")))?;
        Ok(ItemKey { kind, id: names.id(item_kind(kind), name) })
    }

    /// The releases that list their tracks.
    pub fn releases(&self, catalogue: Option<&Node<'_>>, names: &mut Names) -> Result<Vec<Release>, Problem> {
        let mut releases = Vec::new();
        let Some(node) = catalogue.map(Node::object).transpose()?.and_then(|object| object.get("releases")) else {
            return Ok(releases);
        };
        if node.value.is_array() {
            return Ok(releases);
        }
        for (name, written) in node.entries()? {
            let item = ItemKey { kind: ItemKind::Release, id: names.id(Kind::Release, name) };
            let tracks = match written.value {
                Value::Object(_) => {
                    let object = written.object()?;
                    let tracks = object.need("tracks")?;
                    object.finish()?;
                    tracks
                }
                _ => written.clone(),
            };
            let mut spelt = Vec::new();
            for track in tracks.list()? {
                spelt.push(self.track(&track, names)?);
            }
            if !spelt.is_empty() {
                releases.push(engine(json!({ "item": item, "tracks": spelt }), &written.place)?);
            }
        }
        Ok(releases)
    }

    /// `"song"`, or `{item, weight, durationSeconds, controlled}`.
    fn track(&self, node: &Node<'_>, names: &mut Names) -> Result<Value, Problem> {
        if let Value::String(_) = node.value {
            return Ok(json!({ "item": self.key(node, names)? }));
        }
        let mut track = Map::new();
        for (key, below) in node.entries()? {
            let value = if key == "item" { json!(self.key(&below, names)?) } else { below.value.clone() };
            track.insert(key.to_owned(), value);
        }
        Ok(Value::Object(track))
    }

    /// The groups with their members.
    pub fn members(&self, groups: Option<&Node<'_>>, names: &mut Names) -> Result<Vec<Group>, Problem> {
        let mut read = Vec::new();
        for (name, node) in groups.map(Node::entries).transpose()?.into_iter().flatten() {
            let members = node.list()?.iter().map(|one| self.key(one, names)).collect::<Result<_, _>>()?;
            read.push(Group { id: GroupId(names.id(Kind::Group, name)), members });
        }
        Ok(read)
    }
}
