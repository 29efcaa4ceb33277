//! Sets of territories.

use kernel::territory::Territory;
use serde::{Deserialize, Serialize};

/// Countries, or "the world except".
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
}

impl TerritorySet {
    /// The whole world.
    #[must_use]
    pub const fn world() -> Self {
        Self { include: Vec::new(), exclude: Vec::new() }
    }

    /// Only these.
    #[must_use]
    pub fn only(territories: impl IntoIterator<Item = Territory>) -> Self {
        Self { include: territories.into_iter().collect(), exclude: Vec::new() }
    }

    /// All but these.
    #[must_use]
    pub fn world_except(territories: impl IntoIterator<Item = Territory>) -> Self {
        Self { include: Vec::new(), exclude: territories.into_iter().collect() }
    }

    /// Whether it restricts anything.
    #[must_use]
    pub fn is_world(&self) -> bool {
        self.include.is_empty() && self.exclude.is_empty()
    }

    /// Whether the territory belongs to it.
    #[must_use]
    pub fn contains(&self, territory: Territory) -> bool {
        (self.include.is_empty() || self.include.contains(&territory)) && !self.exclude.contains(&territory)
    }

    /// Whether some territory belongs to both.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        // With a list on one side its members decide; two "world except" always share a country.
        match (self.include.is_empty(), other.include.is_empty()) {
            (false, _) => self.include.iter().any(|one| self.contains(*one) && other.contains(*one)),
            (true, false) => other.include.iter().any(|one| self.contains(*one) && other.contains(*one)),
            (true, true) => true,
        }
    }

    /// A list is more specific than "the world except", which is more specific than the world.
    #[must_use]
    pub fn specificity(&self) -> u8 {
        if !self.include.is_empty() { 2 } else { u8::from(!self.exclude.is_empty()) }
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
