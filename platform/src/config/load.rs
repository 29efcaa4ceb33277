//! From the four sources to the settings.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use figment::providers::{Format as _, Toml};
use figment::value::{Dict, Map, Num, Value};
use figment::{Figment, Metadata, Profile, Provider};

use super::keys::{CONFIG_KEYS, ConfigKey, ENV_PREFIX, ValueKind};
use super::settings::Settings;

/// The variable every PostgreSQL tool knows.
const DATABASE_URL: &str = "DATABASE_URL";

/// Why the settings could not be read: says which key, from where, and what is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A key that does not exist.
    #[error("unknown setting `{key}` in {source_name}{}", hint.as_ref().map(|key| format!(": did you mean `{key}`?")).unwrap_or_default())]
    UnknownKey {
        /// The key as written.
        key: String,
        /// The file, variable or flag.
        source_name: String,
        /// The key that was probably meant.
        hint: Option<String>,
    },
    /// A value that cannot be used.
    #[error("setting `{key}` in {source_name}: {problem}")]
    BadValue {
        /// The key.
        key: String,
        /// The file, variable or flag.
        source_name: String,
        /// What is wrong with the value.
        problem: String,
    },
    /// The file was asked for and cannot be read.
    #[error("the configuration file {} cannot be read: {problem}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        problem: String,
    },
    /// Settings that do not go together.
    #[error("{0}")]
    Contradiction(String),
}

/// Where settings come from. [`Sources::load`] puts them together.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    file: Option<PathBuf>,
    environment: BTreeMap<String, String>,
    flags: BTreeMap<String, String>,
}

impl Sources {
    /// The process's environment, no file, no flags.
    #[must_use]
    #[allow(clippy::disallowed_methods, reason = "the one place where the environment is read")]
    pub fn from_process() -> Self {
        let environment = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .filter(|(name, _)| name.starts_with(ENV_PREFIX) || name == DATABASE_URL)
            .collect();
        Self { environment, ..Self::default() }
    }

    /// Reads this TOML file too.
    #[must_use]
    pub fn file(mut self, path: Option<&Path>) -> Self {
        self.file = path.map(Path::to_path_buf);
        self
    }

    /// A variable, as if it were in the environment.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    /// A flag given on the command line, by its key.
    #[must_use]
    pub fn flag(mut self, key: &str, value: Option<impl ToString>) -> Self {
        if let Some(value) = value {
            self.flags.insert(key.to_owned(), value.to_string());
        }
        self
    }

    /// Puts the sources together: defaults < file < environment < flags.
    ///
    /// # Errors
    /// [`ConfigError`], naming key and source.
    pub fn load(&self) -> Result<Settings, ConfigError> {
        self.load_with_origins().map(|(settings, _)| settings)
    }

    /// Like [`Sources::load`], with the place where each key that has a value got it from.
    ///
    /// # Errors
    /// As [`Sources::load`].
    pub fn load_with_origins(&self) -> Result<(Settings, BTreeMap<&'static str, String>), ConfigError> {
        let figment = self.figment()?;
        let settings = figment.extract().map_err(|error| bad_value(&error))?;
        let origins = CONFIG_KEYS
            .iter()
            .filter_map(|key| Some((key.key, source_name(figment.find_metadata(key.key)?))))
            .collect();
        Ok((settings, origins))
    }

    fn figment(&self) -> Result<Figment, ConfigError> {
        let mut figment = Figment::new();
        for key in CONFIG_KEYS.iter().filter(|key| !key.default.is_empty()) {
            figment = figment.merge(Single::new("the defaults", key, key.default)?);
        }
        if let Some(path) = &self.file {
            figment = figment.merge(checked_file(path)?);
        }
        for (name, value) in &self.environment {
            let key = match name.strip_prefix(ENV_PREFIX) {
                Some(rest) => known(&rest.to_ascii_lowercase(), name, "the environment")?,
                None => known("database_url", name, "the environment")?,
            };
            // An empty variable means "not set": shells and containers cannot always leave one out. The plain
            // DATABASE_URL gives way to our own variable.
            let own = format!("{ENV_PREFIX}DATABASE_URL");
            let gives_way = name == DATABASE_URL && self.environment.contains_key(&own);
            if !value.is_empty() && !gives_way {
                figment = figment.merge(Single::new(&format!("the environment ({name})"), key, value)?);
            }
        }
        for (key, value) in &self.flags {
            let key = known(key, key, "the command line")?;
            figment = figment.merge(Single::new(&format!("the command line ({})", key.flag()), key, value)?);
        }
        Ok(figment)
    }
}

/// The table's entry, or the error that names the key as it was written.
fn known(key: &str, written: &str, source_name: &str) -> Result<&'static ConfigKey, ConfigError> {
    CONFIG_KEYS.iter().find(|entry| entry.key == key).ok_or_else(|| {
        let as_written = |entry: &ConfigKey| {
            if written.starts_with(ENV_PREFIX) { entry.env() } else { entry.key.to_owned() }
        };
        let hint = CONFIG_KEYS
            .iter()
            .min_by_key(|entry| strsim::levenshtein(entry.key, key))
            .filter(|entry| strsim::levenshtein(entry.key, key) <= 4)
            .map(as_written);
        ConfigError::UnknownKey { key: written.to_owned(), source_name: source_name.to_owned(), hint }
    })
}

fn checked_file(path: &Path) -> Result<Figment, ConfigError> {
    let file = Figment::from(Toml::file_exact(path));
    let data =
        file.data().map_err(|error| ConfigError::File { path: path.to_path_buf(), problem: error.to_string() })?;
    let source = path.display().to_string();
    for dict in data.values() {
        for key in dict.keys() {
            known(key, key, &source)?;
        }
    }
    Ok(file)
}

fn source_name(metadata: &Metadata) -> String {
    match &metadata.source {
        Some(source) => source.to_string(),
        None => metadata.name.to_string(),
    }
}

fn bad_value(error: &figment::Error) -> ConfigError {
    let key = error.path.first().cloned().unwrap_or_default();
    let source_name = error.metadata.as_ref().map_or_else(|| "the settings".to_owned(), source_name);
    ConfigError::BadValue { key, source_name, problem: error.kind.to_string() }
}

/// One key from one named source.
struct Single {
    source_name: String,
    key: &'static ConfigKey,
    value: Value,
}

impl Single {
    fn new(source_name: &str, key: &'static ConfigKey, text: &str) -> Result<Self, ConfigError> {
        let value = match key.kind {
            ValueKind::Text => Value::from(text.to_owned()),
            ValueKind::Number => {
                let number: u64 = text.parse().map_err(|_| ConfigError::BadValue {
                    key: key.key.to_owned(),
                    source_name: source_name.to_owned(),
                    problem: format!("`{text}` is not a whole number"),
                })?;
                Value::from(Num::U64(number))
            }
        };
        Ok(Self { source_name: source_name.to_owned(), key, value })
    }
}

impl Provider for Single {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.source_name.clone())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let dict = Dict::from([(self.key.key.to_owned(), self.value.clone())]);
        Ok(Map::from([(Profile::Default, dict)]))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn file(text: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tunemantra.toml");
        std::fs::write(&path, text).unwrap();
        (folder, path)
    }

    #[test]
    fn the_table_and_the_type_have_the_same_keys() {
        let settings = serde_json::to_value(Sources::default().load().unwrap()).unwrap();
        let mut fields: Vec<String> = settings.as_object().unwrap().keys().cloned().collect();
        let mut keys: Vec<String> = CONFIG_KEYS.iter().map(|key| key.key.to_owned()).collect();
        fields.sort();
        keys.sort();
        assert_eq!(fields, keys);
    }

    #[test]
    fn the_later_source_wins() {
        let (_folder, path) = file("listen = '0.0.0.0:1'\nlog = 'warn'\npool_app = 3\n");
        let sources = Sources::default().file(Some(&path));
        let settings = sources.load().unwrap();
        assert_eq!((settings.listen.port(), settings.pool_app), (1, 3));
        let sources = sources.env("TUNEMANTRA_LISTEN", "0.0.0.0:2");
        assert_eq!(sources.load().unwrap().listen.port(), 2);
        let sources = sources.flag("listen", Some("0.0.0.0:3"));
        let settings = sources.load().unwrap();
        assert_eq!(settings.listen.port(), 3);
        assert_eq!(settings.log, "warn");
    }

    #[test]
    fn a_wrong_key_is_named_with_its_place() {
        let (_folder, path) = file("lisen = '0.0.0.0:1'\n");
        let message = Sources::default().file(Some(&path)).load().unwrap_err().to_string();
        assert!(
            message.contains("`lisen`") && message.contains("tunemantra.toml") && message.contains("`listen`"),
            "{message}"
        );

        let message = Sources::default().env("TUNEMANTRA_LISTN", "x").load().unwrap_err().to_string();
        assert!(message.contains("`TUNEMANTRA_LISTN`") && message.contains("`TUNEMANTRA_LISTEN`"), "{message}");
    }

    #[test]
    fn a_wrong_value_is_named_with_its_place() {
        let message = Sources::default().env("TUNEMANTRA_POOL_APP", "many").load().unwrap_err().to_string();
        assert!(message.contains("pool_app") && message.contains("TUNEMANTRA_POOL_APP"), "{message}");

        let message = Sources::default().flag("listen", Some("nowhere")).load().unwrap_err().to_string();
        assert!(message.contains("listen") && message.contains("--listen"), "{message}");

        let (_folder, path) = file("pool_app = 'x'\n");
        let message = Sources::default().file(Some(&path)).load().unwrap_err().to_string();
        assert!(message.contains("pool_app") && message.contains("tunemantra.toml"), "{message}");
    }

    #[test]
    fn every_value_knows_its_place() {
        let (_folder, path) = file("pool_app = 3\n");
        let sources =
            Sources::default().file(Some(&path)).env("TUNEMANTRA_LOG", "warn").flag("listen", Some("0.0.0.0:3"));
        let (_, origins) = sources.load_with_origins().unwrap();
        assert!(origins["pool_app"].contains("tunemantra.toml"), "{origins:?}");
        assert_eq!(origins["log"], "the environment (TUNEMANTRA_LOG)");
        assert_eq!(origins["listen"], "the command line (--listen)");
        assert_eq!(origins["pool_bulk"], "the defaults");
        assert!(!origins.contains_key("database_url"));
    }

    #[test]
    fn a_missing_file_is_an_error() {
        let message = Sources::default().file(Some(Path::new("no/such.toml"))).load().unwrap_err().to_string();
        assert!(message.contains("no/such.toml"), "{message}");
    }

    #[test]
    fn the_plain_database_url_gives_way() {
        let sources = Sources::default().env("DATABASE_URL", "postgres://plain/").env("TUNEMANTRA_DATABASE_URL", "");
        assert_eq!(sources.load().unwrap().database_url, None);
        let sources = Sources::default().env("DATABASE_URL", "postgres://plain/");
        assert_eq!(sources.load().unwrap().database_url.as_deref(), Some("postgres://plain/"));
        let sources = sources.env("TUNEMANTRA_DATABASE_URL", "postgres://own/");
        assert_eq!(sources.load().unwrap().database_url.as_deref(), Some("postgres://own/"));
    }

    #[test]
    fn digits_stay_text_where_text_is_meant() {
        let settings = Sources::default().env("TUNEMANTRA_STORAGE_SECRET", "12345").load().unwrap();
        assert_eq!(settings.storage_secret.as_deref(), Some("12345"));
    }
}
