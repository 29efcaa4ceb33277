//! What a key is.

use serde_json::Value;

use super::effective::Level;
use super::value::ValueType;

/// One thing that can be configured.
#[derive(Debug)]
pub struct SettingKey {
    /// Its name, in data and in GraphQL.
    pub key: &'static str,
    /// What values it takes.
    pub value_type: ValueType,
    /// The value where nobody set one, as JSON text.
    pub default: &'static str,
    /// The levels it may be set at.
    pub levels: &'static [Level],
    /// What it decides, for a person.
    pub description: &'static str,
}

impl SettingKey {
    /// The default value.
    #[must_use]
    pub fn default_value(&self) -> Value {
        // Every default is read by a test.
        serde_json::from_str(self.default).unwrap_or(Value::Null)
    }

    /// Whether it may be set at a level.
    #[must_use]
    pub fn allowed_at(&self, level: Level) -> bool {
        self.levels.contains(&level)
    }
}

impl PartialEq for SettingKey {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}
