//! Names that people write, as the ids that the engine computes with, and back.

use std::collections::BTreeMap;

use kernel::ids::{
    AdvanceId, ContractId, ContractVersionId, GroupId, ParticipationId, PartyId, RateId, RecordingId, ReleaseId,
    ReportId, SplitId, TermId, WorkId, to_typeid,
};
use serde_json::Value;
use uuid::Uuid;

/// What a name names. Every kind has its own names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Kind {
    Party,
    Recording,
    Work,
    Release,
    Group,
    Contract,
    Version,
    Participation,
    Term,
    Split,
    Advance,
    Report,
    Rate,
}

impl Kind {
    const fn prefix(self) -> &'static str {
        match self {
            Self::Party => PartyId::PREFIX,
            Self::Recording => RecordingId::PREFIX,
            Self::Work => WorkId::PREFIX,
            Self::Release => ReleaseId::PREFIX,
            Self::Group => GroupId::PREFIX,
            Self::Contract => ContractId::PREFIX,
            Self::Version => ContractVersionId::PREFIX,
            Self::Participation => ParticipationId::PREFIX,
            Self::Term => TermId::PREFIX,
            Self::Split => SplitId::PREFIX,
            Self::Advance => AdvanceId::PREFIX,
            Self::Report => ReportId::PREFIX,
            Self::Rate => RateId::PREFIX,
        }
    }
}

/// The names of a scenario.
///
/// The ids of a kind are numbered in the order of its names, compared byte by byte (UTF-8). So where the engine lets
/// the smaller id win a tie, the name that sorts first wins it.
///
/// A scenario is read twice: once to meet its names, once with their ids.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    /// By kind and full name: the id, and how the name is shown.
    ids: BTreeMap<(Kind, String), (Uuid, String)>,
    shown: BTreeMap<Uuid, (Kind, String)>,
    sealed: bool,
}

impl Names {
    /// The id of a name. While names are being met, it is nil.
    pub fn id(&mut self, kind: Kind, name: &str) -> Uuid {
        self.id_as(kind, name, name)
    }

    /// The id of a name that is shown in a shorter way, because its place says the rest.
    pub fn id_as(&mut self, kind: Kind, name: &str, shown: &str) -> Uuid {
        if self.sealed {
            return self.find(kind, name).unwrap_or_default();
        }
        self.ids.entry((kind, name.to_owned())).or_insert_with(|| (Uuid::nil(), shown.to_owned()));
        Uuid::nil()
    }

    /// The id of a name that was met.
    pub fn find(&self, kind: Kind, name: &str) -> Option<Uuid> {
        self.ids.get(&(kind, name.to_owned())).map(|(id, _)| *id)
    }

    /// Numbers the names. From now on ids are real.
    pub fn seal(&mut self) {
        let (mut last, mut rank) = (None, 0u128);
        for ((kind, _), (id, shown)) in &mut self.ids {
            rank = if last == Some(*kind) { rank + 1 } else { 1 };
            last = Some(*kind);
            *id = Uuid::from_u128(((*kind as u128 + 1) << 64) | rank);
            self.shown.insert(*id, (*kind, shown.clone()));
        }
        self.sealed = true;
    }

    /// The name behind an id.
    pub fn name(&self, id: Uuid) -> Option<&str> {
        self.shown.get(&id).map(|(_, name)| name.as_str())
    }

    /// Puts names in the place of ids in a text.
    pub fn in_text(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (id, (kind, name)) in &self.shown {
            let typed = to_typeid(kind.prefix(), *id);
            if text.contains(&typed) {
                text = text.replace(&typed, name);
            }
            let plain = id.to_string();
            if text.contains(&plain) {
                text = text.replace(&plain, name);
            }
        }
        text
    }

    /// Puts names in the place of ids in a JSON document: in strings that are an id as a whole.
    pub fn in_json(&self, value: &mut Value) {
        match value {
            Value::String(text) => {
                let id = Uuid::parse_str(text).ok().or_else(|| kernel::ids::parse_typeid(text).ok().map(|(_, id)| id));
                if let Some(name) = id.and_then(|id| self.name(id)) {
                    name.clone_into(text);
                }
            }
            Value::Array(values) => values.iter_mut().for_each(|value| self.in_json(value)),
            Value::Object(values) => values.values_mut().for_each(|value| self.in_json(value)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn ids_follow_the_order_of_names() {
        let mut names = Names::default();
        for name in ["bob", "anna", "Zoe", "émile"] {
            assert_eq!(names.id(Kind::Party, name), Uuid::nil());
        }
        names.id_as(Kind::Term, "deal/streams", "streams");
        names.seal();
        let id = |name| names.find(Kind::Party, name).unwrap();
        // Bytes: capitals before small letters, letters with accents after both.
        assert!(id("Zoe") < id("anna") && id("anna") < id("bob") && id("bob") < id("émile"));
        let term = names.find(Kind::Term, "deal/streams").unwrap();
        assert_eq!(names.name(term), Some("streams"));
        let text = format!("{} under {}", TermId(term), PartyId(id("bob")));
        assert_eq!(names.in_text(&text), "streams under bob");
    }
}
