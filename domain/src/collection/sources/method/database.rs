//! From a provider's database.

use kernel::failure::Finding;
use serde::{Deserialize, Serialize};

use super::check::Check;

/// Which database it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DatabaseKind {
    /// PostgreSQL.
    Postgresql,
    /// MySQL or MariaDB.
    Mysql,
}

/// Rows of a database, read with one query and taken for a CSV file with the columns' names as its header. Signs in with
/// `PASSWORD`. The session can only read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DatabaseMethod {
    /// Which database it is.
    pub database: DatabaseKind,
    /// The server.
    pub host: String,
    /// Its port; the usual one when not given.
    #[serde(default)]
    pub port: Option<u16>,
    /// The database.
    pub name: String,
    /// Who signs in.
    pub user_name: String,
    /// One `SELECT`. `{watermark}` stands for the highest value that was read before; it goes as a quoted literal.
    pub query: String,
    /// The column whose highest value is the watermark. The query sorts by it.
    #[serde(default)]
    pub watermark_column: Option<String>,
    /// What `{watermark}` is at the first time.
    #[serde(default)]
    pub watermark_start: Option<String>,
    /// Whether the connection is encrypted and the server's certificate checked.
    #[serde(default = "yes")]
    pub is_encrypted: bool,
}

const fn yes() -> bool {
    true
}

/// What stands for the watermark in a query.
pub const WATERMARK: &str = "{watermark}";

impl DatabaseMethod {
    /// The port, the usual one by default.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(match self.database {
            DatabaseKind::Postgresql => 5432,
            DatabaseKind::Mysql => 3306,
        })
    }

    pub(super) fn check(&self, check: Check) -> Vec<Finding> {
        let query = self.query.trim();
        let word = query.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default().to_ascii_uppercase();
        let marks = query.matches(WATERMARK).count();
        check
            .host("host", &self.host)
            .port("port", self.port())
            .text("name", &self.name)
            .text("userName", &self.user_name)
            .that(
                matches!(word.as_str(), "SELECT" | "WITH") && !query.contains(';') && query.len() <= 16 * 1024,
                "query",
                "Give one query that begins with SELECT or WITH, without a semicolon.",
            )
            .that(
                marks <= 1 && (marks == 1) == self.watermark_column.is_some(),
                "watermarkColumn",
                "A query with `{watermark}` needs the column it is taken from, and the other way round; once.",
            )
            .that(
                marks == 0 || self.watermark_start.is_some(),
                "watermarkStart",
                "Say what `{watermark}` is at the first time.",
            )
            .done()
    }
}
