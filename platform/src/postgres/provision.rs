//! Roles and databases on a server where we are the administrator.

use std::collections::BTreeMap;
use std::path::Path;

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use url::Url;

use super::error::ClusterError;
use crate::db::{DatabaseUrls, OLDEST_MAJOR, replace_database};
use crate::secrets;

const OWNER: &str = "tunemantra_owner";
const APP: &str = "tunemantra_app";
const WORKER: &str = "tunemantra_worker";
const SYSTEM: &str = "tunemantra_system";
const BULK: &str = "tunemantra_bulk";
const READONLY: &str = "tunemantra_readonly";
const ROLES: [&str; 6] = [OWNER, APP, WORKER, SYSTEM, BULK, READONLY];
/// Lock under which roles and databases are made, so that two programs do it once.
const PROVISION_LOCK: i64 = 0x5475_6e65_4d61_6e74;

/// The roles' passwords.
#[derive(Clone, PartialEq, Eq)]
pub struct RolePasswords(BTreeMap<String, String>);

impl RolePasswords {
    /// Reads the file; makes it, with generated passwords, when there is none (mode 0600).
    ///
    /// # Errors
    /// When the file cannot be read, understood or written.
    pub fn load_or_create(path: &Path) -> Result<Self, ClusterError> {
        let at = || ClusterError::at(path);
        let mut passwords: BTreeMap<String, String> = match std::fs::read(path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| at()(error.into()))?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(at()(error)),
        };
        let known = passwords.len();
        for role in ROLES {
            passwords.entry(role.to_owned()).or_insert_with(secrets::generate);
        }
        if passwords.len() > known {
            let bytes = serde_json::to_vec_pretty(&passwords).map_err(|error| at()(error.into()))?;
            secrets::write_private(path, &bytes).map_err(at())?;
        }
        Ok(Self(passwords))
    }

    fn of(&self, role: &str) -> &str {
        self.0.get(role).map_or("", String::as_str)
    }
}

/// Makes the roles and the database when they are missing, and gives an address per role.
///
/// The database belongs to `tunemantra_owner`, which may do anything in it and nothing outside it; nobody but
/// our roles may connect. A role that exists but does not take our password gets it.
///
/// # Errors
/// [`ClusterError::ServerTooOld`], [`ClusterError::BadName`], or what the server refuses: the administrator
/// needs to be allowed to make roles (for the bulk role's `BYPASSRLS`: superuser, or from PostgreSQL 16 on
/// `BYPASSRLS` itself) and databases.
pub async fn provision(
    admin_url: &str,
    database: &str,
    passwords: &RolePasswords,
) -> Result<DatabaseUrls, ClusterError> {
    check_name(database)?;
    let urls = addresses(admin_url, database, passwords)?;
    let mut admin = PgConnection::connect(admin_url).await?;
    refuse_old(&mut admin).await?;
    sqlx::query("SELECT pg_advisory_lock($1)").bind(PROVISION_LOCK).execute(&mut admin).await?;
    let made = make(&mut admin, admin_url, database, passwords).await;
    // Closing the connection releases the lock as well.
    admin.close().await?;
    made.map(|()| urls)
}

async fn make(
    admin: &mut PgConnection,
    admin_url: &str,
    database: &str,
    passwords: &RolePasswords,
) -> Result<(), ClusterError> {
    for role in ROLES {
        make_role(admin, admin_url, role, passwords.of(role)).await?;
    }
    if !exists(admin, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", database).await? {
        // Giving a database to a role needs membership, unless one is superuser.
        run(admin, format!("GRANT {OWNER} TO CURRENT_USER")).await?;
        run(admin, format!("CREATE DATABASE {database} OWNER {OWNER} ENCODING 'UTF8' TEMPLATE template0")).await?;
    }
    let mut inside = PgConnection::connect(&replace_database(admin_url, database)).await?;
    run(&mut inside, format!("REVOKE ALL ON DATABASE {database} FROM PUBLIC")).await?;
    run(&mut inside, format!("GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {}", ROLES.join(", "))).await?;
    // For exclusion constraints that compare an id and a range.
    run(&mut inside, "CREATE EXTENSION IF NOT EXISTS btree_gist".to_owned()).await?;
    run(&mut inside, "CREATE EXTENSION IF NOT EXISTS unaccent".to_owned()).await?;
    inside.close().await?;
    Ok(())
}

async fn make_role(admin: &mut PgConnection, admin_url: &str, role: &str, password: &str) -> Result<(), ClusterError> {
    // COPY FROM is refused under row security; the bulk role's grants are its bounds.
    let bypass = if role == BULK { " BYPASSRLS" } else { "" };
    if !exists(admin, "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", role).await? {
        return run(admin, format!("CREATE ROLE {role} LOGIN{bypass} PASSWORD '{password}'")).await;
    }
    let takes_ours = match PgConnection::connect(&address(admin_url, None, role, password)?).await {
        Ok(connection) => connection.close().await.is_ok(),
        // 28P01: wrong password. Anything else (no right to connect to this database, …) is not about the password.
        Err(sqlx::Error::Database(error)) => error.code().as_deref() != Some("28P01"),
        Err(error) => return Err(error.into()),
    };
    if takes_ours {
        return Ok(());
    }
    run(admin, format!("ALTER ROLE {role} LOGIN PASSWORD '{password}'")).await
}

/// Copies a database, for tests: a whole migrated database in a fraction of a second.
///
/// # Errors
/// [`ClusterError::BadName`], or what the server refuses (nobody may be connected to the template).
pub async fn clone_database(admin_url: &str, template: &str, name: &str) -> Result<(), ClusterError> {
    check_name(template)?;
    check_name(name)?;
    let mut admin = PgConnection::connect(admin_url).await?;
    let done = run(&mut admin, format!("CREATE DATABASE {name} OWNER {OWNER} TEMPLATE {template}")).await;
    admin.close().await?;
    done
}

/// Removes a database and whoever is connected to it, for tests.
///
/// # Errors
/// As [`clone_database`].
pub async fn drop_database(admin_url: &str, name: &str) -> Result<(), ClusterError> {
    check_name(name)?;
    let mut admin = PgConnection::connect(admin_url).await?;
    let done = run(&mut admin, format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
    admin.close().await?;
    done
}

async fn refuse_old(admin: &mut PgConnection) -> Result<(), ClusterError> {
    let number: i32 =
        sqlx::query_scalar("SELECT current_setting('server_version_num')::int").fetch_one(&mut *admin).await?;
    let major = number / 10_000;
    if major < OLDEST_MAJOR {
        return Err(ClusterError::ServerTooOld(major.unsigned_abs()));
    }
    Ok(())
}

async fn exists(connection: &mut PgConnection, question: &'static str, name: &str) -> Result<bool, ClusterError> {
    Ok(sqlx::query_scalar(question).bind(name).fetch_one(connection).await?)
}

/// Statements that cannot have parameters. Names are checked, passwords are hexadecimal.
async fn run(connection: &mut PgConnection, statement: String) -> Result<(), ClusterError> {
    connection.execute(AssertSqlSafe(statement)).await?;
    Ok(())
}

fn check_name(name: &str) -> Result<(), ClusterError> {
    let good = !name.is_empty()
        && name.len() <= 63
        && name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if good { Ok(()) } else { Err(ClusterError::BadName(name.to_owned())) }
}

fn addresses(admin_url: &str, database: &str, passwords: &RolePasswords) -> Result<DatabaseUrls, ClusterError> {
    let of = |role: &str| address(admin_url, Some(database), role, passwords.of(role));
    Ok(DatabaseUrls {
        owner: of(OWNER)?,
        app: of(APP)?,
        worker: of(WORKER)?,
        system: of(SYSTEM)?,
        bulk: of(BULK)?,
        readonly: of(READONLY)?,
    })
}

/// The administrator's address with another role, and another database if one is given.
fn address(admin_url: &str, database: Option<&str>, role: &str, password: &str) -> Result<String, ClusterError> {
    let bad = |problem: &str| ClusterError::BadAddress(problem.to_owned());
    let mut url = Url::parse(admin_url).map_err(|error| bad(&error.to_string()))?;
    url.set_username(role).map_err(|()| bad("it has no host"))?;
    url.set_password(Some(password)).map_err(|()| bad("it has no host"))?;
    if let Some(database) = database {
        url.set_path(database);
    }
    Ok(url.into())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn names_that_need_quotes_are_refused() {
        for good in ["tunemantra", "_t1", "a_b_2"] {
            assert!(check_name(good).is_ok());
        }
        for bad in ["", "1a", "A", "a-b", "a;drop", "a\"b", &"a".repeat(64)] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_address_keeps_host_and_parameters() {
        let url =
            address("postgres://admin:x@db.example:5433/postgres?sslmode=require", Some("t"), APP, "abc").unwrap();
        assert_eq!(url, "postgres://tunemantra_app:abc@db.example:5433/t?sslmode=require");
    }

    #[test]
    fn passwords_are_made_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p.json");
        let first = RolePasswords::load_or_create(&path).unwrap();
        assert!(first == RolePasswords::load_or_create(&path).unwrap());
        assert_ne!(first.of(APP), first.of(OWNER));
    }
}
