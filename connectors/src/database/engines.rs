//! PostgreSQL, MySQL and MariaDB. Queries go over in the servers' plain protocol, in which every value is a text: exact,
//! and the same whatever its type.

use domain::collection::sources::Secret;
use domain::collection::sources::method::{DatabaseKind, DatabaseMethod, WATERMARK};
use futures::future::BoxFuture;
use futures::{FutureExt, TryStreamExt};
use kernel::failure::Outcome;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgSslMode};
use sqlx::{AssertSqlSafe, Column, Connection, Row};
use sqlx_mysql::{MySqlConnectOptions, MySqlConnection, MySqlSslMode};

use super::{Engine, Sheet, failed};

/// Puts the watermark into the query, as a literal that nothing can break out of.
pub(super) fn with_watermark(method: &DatabaseMethod, watermark: Option<&str>) -> String {
    let Some(mark) = watermark else { return method.query.clone() };
    let mark: String = mark.chars().filter(|c| *c != '\0').collect();
    let doubled = mark.replace('\'', "''");
    let literal = match method.database {
        DatabaseKind::Postgresql => doubled,
        DatabaseKind::Mysql => doubled.replace('\\', "\\\\"),
    };
    method.query.replace(WATERMARK, &format!("'{literal}'"))
}

macro_rules! engine {
    ($name:ident over $connection:ty, $begin:expr) => {
        pub(super) struct $name {
            method: DatabaseMethod,
            connection: $connection,
        }

        impl Engine for $name {
            fn read<'a>(
                &'a mut self,
                watermark: Option<&'a str>,
                sheet: &'a mut Sheet<'_>,
            ) -> BoxFuture<'a, Outcome<()>> {
                async move {
                    let method = &self.method;
                    let fail = |error: sqlx::Error| failed(method, &error);
                    for statement in $begin {
                        sqlx::raw_sql(statement).execute(&mut self.connection).await.map_err(fail)?;
                    }
                    let query = AssertSqlSafe(with_watermark(method, watermark));
                    let mut rows = sqlx::raw_sql(query).fetch(&mut self.connection);
                    let mut is_first = true;
                    while let Some(row) = rows.try_next().await.map_err(fail)? {
                        if is_first {
                            let names: Vec<String> = row.columns().iter().map(|one| one.name().to_owned()).collect();
                            sheet.header(&names, method.watermark_column.as_deref()).await?;
                            is_first = false;
                        }
                        let cells = (0..row.len())
                            .map(|index| row.try_get_unchecked::<Option<String>, _>(index))
                            .collect::<Result<Vec<_>, _>>()
                            .map_err(fail)?;
                        sheet.row(&cells).await?;
                    }
                    Ok(())
                }
                .boxed()
            }
        }
    };
}

engine! { Postgres over PgConnection, ["SET standard_conforming_strings = on", "BEGIN READ ONLY"] }
engine! { MySql over MySqlConnection, ["SET SESSION sql_mode = 'TRADITIONAL'", "START TRANSACTION READ ONLY"] }

impl Postgres {
    pub(super) async fn connect(method: &DatabaseMethod, host: &str, password: &Secret) -> Outcome<Self> {
        let options = PgConnectOptions::new_without_pgpass()
            .host(host)
            .port(method.port())
            .database(&method.name)
            .username(&method.user_name)
            .password(password.expose())
            .ssl_mode(if method.is_encrypted { PgSslMode::VerifyFull } else { PgSslMode::Disable })
            .application_name("tunemantra")
            .options([("default_transaction_read_only", "on"), ("statement_timeout", "1800000")]);
        let connection = PgConnection::connect_with(&options).await.map_err(|error| failed(method, &error))?;
        Ok(Self { method: method.clone(), connection })
    }
}

impl MySql {
    pub(super) async fn connect(method: &DatabaseMethod, host: &str, password: &Secret) -> Outcome<Self> {
        let options = MySqlConnectOptions::new()
            .host(host)
            .port(method.port())
            .database(&method.name)
            .username(&method.user_name)
            .password(password.expose())
            .ssl_mode(if method.is_encrypted { MySqlSslMode::VerifyIdentity } else { MySqlSslMode::Disabled });
        let connection = MySqlConnection::connect_with(&options).await.map_err(|error| failed(method, &error))?;
        Ok(Self { method: method.clone(), connection })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_watermark_stays_a_literal() {
        let mut method = DatabaseMethod {
            database: DatabaseKind::Postgresql,
            host: "db.example".to_owned(),
            port: None,
            name: "sales".to_owned(),
            user_name: "reader".to_owned(),
            query: "SELECT id FROM sale WHERE id > {watermark} ORDER BY id".to_owned(),
            watermark_column: Some("id".to_owned()),
            watermark_start: Some("0".to_owned()),
            is_encrypted: true,
        };
        let nasty = "1' OR 'a' = 'a\\";
        assert_eq!(
            with_watermark(&method, Some(nasty)),
            "SELECT id FROM sale WHERE id > '1'' OR ''a'' = ''a\\' ORDER BY id"
        );
        method.database = DatabaseKind::Mysql;
        assert_eq!(
            with_watermark(&method, Some(nasty)),
            "SELECT id FROM sale WHERE id > '1'' OR ''a'' = ''a\\\\' ORDER BY id"
        );
    }
}
