//! What is wrong with a scenario, and where.

use std::fmt;

use serde::Serialize;

/// Something wrong in a scenario file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// Where: `contracts.band-deal.terms[0].rate`. Empty for the document as a whole.
    pub path: String,
    /// What is wrong and what to do.
    pub message: String,
}

impl Problem {
    pub(super) fn new(place: &Place, message: impl Into<String>) -> Self {
        Self { path: place.to_string(), message: message.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() { f.write_str(&self.message) } else { write!(f, "{}: {}", self.path, self.message) }
    }
}

/// A place in a JSON document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Place {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Key(String),
    Index(usize),
}

impl Place {
    pub fn enter(&mut self, key: &str) {
        self.parts.push(Part::Key(key.to_owned()));
    }

    pub fn enter_index(&mut self, index: usize) {
        self.parts.push(Part::Index(index));
    }

    pub fn leave(&mut self) {
        self.parts.pop();
    }

    /// A place below this one.
    pub fn key(&self, key: &str) -> Self {
        let mut below = self.clone();
        below.enter(key);
        below
    }

    /// A place below this one.
    pub fn index(&self, index: usize) -> Self {
        let mut below = self.clone();
        below.enter_index(index);
        below
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, part) in self.parts.iter().enumerate() {
            match part {
                Part::Index(index) => write!(f, "[{index}]")?,
                Part::Key(key) if key.contains(['.', '[', '"', ' ']) => write!(f, "[{key:?}]")?,
                Part::Key(key) if position == 0 => f.write_str(key)?,
                Part::Key(key) => write!(f, ".{key}")?,
            }
        }
        Ok(())
    }
}
