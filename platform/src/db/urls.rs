//! Where the database is, one address per role.

use serde::{Deserialize, Serialize};

/// Connection addresses (`postgres://user:password@host:port/database`), one per role. Never printed or logged.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatabaseUrls {
    /// Owns the schema; migrations only.
    pub owner: String,
    /// The API: row security applies, owns nothing.
    pub app: String,
    /// Background work: row security applies, owns nothing, longer statements.
    pub worker: String,
    /// Queue, outbox, sign-in, creation of tenants.
    pub system: String,
    /// Adds rows to fact tables, nothing else.
    pub bulk: String,
    /// Reads for analysis.
    pub readonly: String,
}

impl DatabaseUrls {
    /// The same server and roles, another database.
    #[must_use]
    pub fn for_database(&self, name: &str) -> Self {
        let other = |url: &str| replace_database(url, name);
        Self {
            owner: other(&self.owner),
            app: other(&self.app),
            worker: other(&self.worker),
            system: other(&self.system),
            bulk: other(&self.bulk),
            readonly: other(&self.readonly),
        }
    }
}

impl std::fmt::Debug for DatabaseUrls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DatabaseUrls(…)")
    }
}

/// Replaces the database part of a `postgres://` address, keeping its parameters.
pub(crate) fn replace_database(url: &str, name: &str) -> String {
    let (address, parameters) = url.split_once('?').map_or((url, None), |(a, p)| (a, Some(p)));
    let authority_at = address.find("://").map_or(0, |at| at + 3);
    let server_end = address[authority_at..].find('/').map_or(address.len(), |at| authority_at + at);
    let server = &address[..server_end];
    match parameters {
        Some(parameters) => format!("{server}/{name}?{parameters}"),
        None => format!("{server}/{name}"),
    }
}

/// Most connections per role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolSizes {
    /// Of the application role.
    pub app: u32,
    /// Of the worker role: at least the worker's concurrency.
    pub worker: u32,
    /// Of the system role.
    pub system: u32,
    /// Of the bulk role.
    pub bulk: u32,
}

impl Default for PoolSizes {
    fn default() -> Self {
        Self { app: 16, worker: 8, system: 6, bulk: 4 }
    }
}

#[cfg(test)]
mod tests {
    use super::replace_database;

    #[test]
    fn only_the_database_changes() {
        assert_eq!(replace_database("postgres://u:p@h:1/a", "b"), "postgres://u:p@h:1/b");
        assert_eq!(replace_database("postgres://u:p@h:1", "b"), "postgres://u:p@h:1/b");
        assert_eq!(replace_database("postgres://u:p@h/a?sslmode=require", "b"), "postgres://u:p@h/b?sslmode=require");
    }
}
