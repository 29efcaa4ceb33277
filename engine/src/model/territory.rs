//! Sets of territories.

use kernel::territory::Territory;
use serde::{Deserialize, Serialize};

/// Countries, named groups of them, or "the world except".
///
/// Empty means the world. With `include`, only those; `exclude` takes away from either. The code `ZZ` of lines
/// whose territory is unknown or several is a member like any other: the world contains it, a list of countries
/// does not unless it names it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TerritorySet {
    /// Only these; empty: every territory.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub include: Vec<Territory>,
    /// Not these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclude: Vec<Territory>,
    /// Names of territory groups whose members belong to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub include_groups: Vec<String>,
    /// Names of territory groups whose members do not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclude_groups: Vec<String>,
}

/// A named group of territories: countries and other groups. A group that contains itself cannot be saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TerritoryGroup {
    /// Its name (`EU`, `USNRC` …), as sets of territories name it.
    pub name: String,
    /// Countries.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub territories: Vec<Territory>,
    /// Names of groups whose members belong to it as well.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
}

impl TerritorySet {
    /// The whole world.
    #[must_use]
    pub const fn world() -> Self {
        Self { include: Vec::new(), exclude: Vec::new(), include_groups: Vec::new(), exclude_groups: Vec::new() }
    }

    /// Only these.
    #[must_use]
    pub fn only(territories: impl IntoIterator<Item = Territory>) -> Self {
        Self { include: territories.into_iter().collect(), ..Self::world() }
    }

    /// All but these.
    #[must_use]
    pub fn world_except(territories: impl IntoIterator<Item = Territory>) -> Self {
        Self { exclude: territories.into_iter().collect(), ..Self::world() }
    }

    /// The members of named groups. Their countries are not known here: [`super::Rules::expanded`] adds them.
    #[must_use]
    pub fn group(name: impl Into<String>) -> Self {
        Self { include_groups: vec![name.into()], ..Self::world() }
    }

    /// Whether it is the world without a restriction.
    #[must_use]
    pub fn is_world(&self) -> bool {
        self.is_open() && self.exclude.is_empty() && self.exclude_groups.is_empty()
    }

    /// Whether it names nothing that alone belongs to it: the world, or the world except.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.include.is_empty() && self.include_groups.is_empty()
    }

    /// Whether the territory belongs to it, named groups apart.
    #[must_use]
    pub fn contains(&self, territory: Territory) -> bool {
        (self.is_open() || self.include.contains(&territory)) && !self.exclude.contains(&territory)
    }

    /// Whether some territory belongs to both, named groups apart.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        // With a list on one side its members decide; two "world except" always share a country.
        match (self.is_open(), other.is_open()) {
            (false, _) => self.include.iter().any(|one| self.contains(*one) && other.contains(*one)),
            (true, false) => other.include.iter().any(|one| self.contains(*one) && other.contains(*one)),
            (true, true) => true,
        }
    }

    /// Countries are more specific than named groups, these than "the world except", and that than the world. A
    /// set that names countries and groups counts as one of groups.
    #[must_use]
    pub fn specificity(&self) -> u8 {
        match (self.include_groups.is_empty(), self.include.is_empty()) {
            (false, _) => 2,
            (true, false) => 3,
            (true, true) => u8::from(!self.exclude.is_empty() || !self.exclude_groups.is_empty()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn world_lists_and_exceptions() {
        let [us, gb, de] = ["US", "GB", "DE"].map(|code| Territory::parse(code).unwrap());
        let world = TerritorySet::world();
        let abroad = TerritorySet::world_except([us]);
        let home = TerritorySet::only([us]);
        assert!(world.contains(us) && world.contains(Territory::UNKNOWN));
        assert!(abroad.contains(gb) && !abroad.contains(us) && abroad.contains(Territory::UNKNOWN));
        assert!(!home.contains(Territory::UNKNOWN));
        assert!(!abroad.overlaps(&home) && !home.overlaps(&abroad));
        assert!(abroad.overlaps(&TerritorySet::only([us, de])));
        assert!(world.overlaps(&home) && world.overlaps(&abroad));
        assert!(home.specificity() > abroad.specificity() && abroad.specificity() > world.specificity());
    }
}
