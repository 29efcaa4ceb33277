//! Rows of a provider's database, as a CSV file.
//!
//! The session can only read, and the provider's server is told so. Numbers go over as exact texts.

mod engines;

use std::time::Duration;

use async_trait::async_trait;
use domain::collection::sources::method::{DatabaseKind, DatabaseMethod};
use domain::collection::sources::{Access, CredentialName, Fetched, RemoteFile, Session};
use futures::future::BoxFuture;
use kernel::failure::{Failure, Outcome};
use serde_json::json;
use tokio::io::{AsyncWrite, AsyncWriteExt};

use crate::net::{CONNECT, Outbound, unreachable};

/// How long the query may take.
const QUERY: Duration = Duration::from_secs(30 * 60);

/// Where rows go: the header first, then row by row.
pub(super) struct Sheet<'a> {
    into: &'a mut (dyn AsyncWrite + Send + Unpin),
    watermark: Option<usize>,
    highest: Option<String>,
    rows: u64,
}

impl Sheet<'_> {
    /// Writes the names of the columns, and finds the one with the watermark.
    pub(super) async fn header(&mut self, names: &[String], watermark: Option<&str>) -> Outcome<()> {
        if let Some(wanted) = watermark {
            let place = names.iter().position(|name| name.eq_ignore_ascii_case(wanted));
            self.watermark = Some(place.ok_or_else(|| {
                Failure::refused(
                    "SOURCE_QUERY_INVALID",
                    format!("The query gives no column `{wanted}`, which the watermark is taken from."),
                )
            })?);
        }
        let cells: Vec<Option<String>> = names.iter().cloned().map(Some).collect();
        self.line(&cells).await
    }

    /// Writes a row. The query sorts by the watermark, so that the last row has the highest.
    pub(super) async fn row(&mut self, cells: &[Option<String>]) -> Outcome<()> {
        self.rows += 1;
        if let Some(value) = self.watermark.and_then(|place| cells.get(place)).and_then(Option::as_ref) {
            self.highest = Some(value.clone());
        }
        self.line(cells).await
    }

    async fn line(&mut self, cells: &[Option<String>]) -> Outcome<()> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let fields = cells.iter().map(|cell| cell.as_deref().unwrap_or_default());
        writer.write_record(fields).map_err(|error| Failure::internal(error.to_string()))?;
        let bytes = writer.into_inner().map_err(|error| Failure::internal(error.to_string()))?;
        self.into.write_all(&bytes).await.map_err(crate::sink)
    }
}

/// One of the databases.
pub(super) trait Engine: Send {
    /// Runs the query with the watermark and passes the rows on.
    fn read<'a>(&'a mut self, watermark: Option<&'a str>, sheet: &'a mut Sheet<'_>) -> BoxFuture<'a, Outcome<()>>;
}

pub(crate) struct Database {
    method: DatabaseMethod,
    watermark: Option<String>,
    now: String,
    engine: Box<dyn Engine>,
}

/// Connects and signs in.
pub(crate) async fn connect(out: &Outbound, method: &DatabaseMethod, access: &Access) -> Outcome<Database> {
    let password = access.credentials.need(CredentialName::Password)?;
    // The libraries connect by themselves: with encryption to the name whose certificate is checked, without it to the
    // very address that was looked at.
    let addresses = out.resolve(&method.host, method.port()).await?;
    let host = match addresses.first() {
        Some(address) if !method.is_encrypted => address.ip().to_string(),
        _ => method.host.clone(),
    };
    let connecting = async {
        Ok::<Box<dyn Engine>, Failure>(match method.database {
            DatabaseKind::Postgresql => Box::new(engines::Postgres::connect(method, &host, password).await?),
            DatabaseKind::Mysql => Box::new(engines::MySql::connect(method, &host, password).await?),
        })
    };
    let engine = tokio::time::timeout(CONNECT, connecting)
        .await
        .map_err(|_| unreachable(&method.host, method.port(), &"nothing answers in time"))??;
    let before = access.position.as_ref().and_then(|position| position["watermark"].as_str()).map(str::to_owned);
    let watermark = method.watermark_column.as_ref().and(before.or_else(|| method.watermark_start.clone()));
    Ok(Database { method: method.clone(), watermark, now: access.now.to_rfc3339(), engine })
}

/// What went wrong at the provider's server, for a person. Only a broken connection is worth another try.
pub(super) fn failed(method: &DatabaseMethod, error: &sqlx::Error) -> Failure {
    match error {
        sqlx::Error::Database(refusal) => match refusal.code().as_deref() {
            // invalid password, invalid authorisation; MySQL: access denied
            Some("28P01" | "28000") => Failure::refused(
                "SOURCE_SIGN_IN_REFUSED",
                format!("The database server `{}` does not let `{}` in.", method.host, method.user_name),
            ),
            // the server shuts down, starts, has too many connections, or gave up a conflict
            Some("57P01" | "57P02" | "57P03" | "53300" | "40001" | "08S01" | "08004") => {
                unreachable(&method.host, method.port(), error)
            }
            _ => Failure::refused("SOURCE_QUERY_INVALID", format!("The database refuses: {}.", refusal.message())),
        },
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => Failure::refused(
            "SOURCE_QUERY_INVALID",
            format!("A value cannot be read: {error}. Cast it to text in the query."),
        ),
        other => unreachable(&method.host, method.port(), other),
    }
}

#[async_trait]
impl Session for Database {
    async fn list(&mut self) -> Outcome<Vec<RemoteFile>> {
        // With a watermark the rows after it are one file. Without one each run reads all rows, and the import knows equal
        // bytes again.
        let (key, version) = match &self.watermark {
            Some(watermark) => ("rows after", watermark.clone()),
            None => ("all rows", self.now.clone()),
        };
        Ok(vec![RemoteFile { key: key.to_owned(), version, name: format!("{}.csv", self.method.name), size: None }])
    }

    async fn fetch(&mut self, _file: &RemoteFile, into: &mut (dyn AsyncWrite + Send + Unpin)) -> Outcome<Fetched> {
        let mut sheet = Sheet { into, watermark: None, highest: None, rows: 0 };
        let reading = self.engine.read(self.watermark.as_deref(), &mut sheet);
        tokio::time::timeout(QUERY, reading)
            .await
            .map_err(|_| Failure::unavailable("SOURCE_QUERY_SLOW", "The query took longer than half an hour."))??;
        let position = sheet.highest.as_ref().map(|highest| json!({ "watermark": highest }));
        Ok(Fetched { is_empty: sheet.rows == 0, file_name: None, position })
    }
}
