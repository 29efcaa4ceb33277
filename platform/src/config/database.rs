//! Which database: the private one, a server with an administrator, or roles that somebody else made.

use super::load::ConfigError;
use super::settings::Settings;
use crate::db::DatabaseUrls;

/// What the settings say about the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatabaseChoice {
    /// Nothing: start a private server in the data folder.
    Private,
    /// An administrator's address: make database and roles there, keep their passwords in the data folder.
    Administered(String),
    /// An address per role. `owner` and `readonly` are empty when they were not given.
    Roles(DatabaseUrls),
}

impl Settings {
    /// The choice.
    ///
    /// # Errors
    /// When some but not all of the serving roles have an address: names the missing ones.
    pub fn database(&self) -> Result<DatabaseChoice, ConfigError> {
        let serving = [
            ("database_url_app", &self.database_url_app),
            ("database_url_worker", &self.database_url_worker),
            ("database_url_system", &self.database_url_system),
            ("database_url_bulk", &self.database_url_bulk),
        ];
        if let [Some(app), Some(worker), Some(system), Some(bulk)] = serving.map(|(_, url)| url.clone()) {
            return Ok(DatabaseChoice::Roles(DatabaseUrls {
                owner: self.database_url_owner.clone().unwrap_or_default(),
                app,
                worker,
                system,
                bulk,
                readonly: self.database_url_readonly.clone().unwrap_or_default(),
            }));
        }
        let missing: Vec<&str> = serving.iter().filter(|(_, url)| url.is_none()).map(|(key, _)| *key).collect();
        if missing.len() < serving.len() {
            return Err(ConfigError::Contradiction(format!(
                "some roles have a database address, but {} is missing: give all of them, or only `database_url`, or none",
                missing.join(", ")
            )));
        }
        Ok(self.database_url.clone().map_or(DatabaseChoice::Private, DatabaseChoice::Administered))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::config::Sources;

    #[test]
    fn nothing_means_a_private_server() {
        assert_eq!(Sources::default().load().unwrap().database().unwrap(), DatabaseChoice::Private);
    }

    #[test]
    fn half_a_set_of_roles_is_refused() {
        let settings = Sources::default().env("TUNEMANTRA_DATABASE_URL_APP", "postgres://a/").load().unwrap();
        let message = settings.database().unwrap_err().to_string();
        assert!(message.contains("database_url_worker") && !message.contains("database_url_app,"), "{message}");
    }
}
