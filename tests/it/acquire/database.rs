//! Providers' databases: PostgreSQL and MariaDB, both real.

use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tests::{Label, TestApp, admin_url};

use super::counterpart::{Program, find, free_port};
use super::{Source, went_through};

/// Sales in the columns of a layout that is shipped (a distributor's statement in CSV).
const TABLE: &str = "CREATE TABLE sale (id bigint PRIMARY KEY, reporting_date varchar(10), sale_month varchar(7), store varchar(40), artist varchar(40), title varchar(40), isrc varchar(12), upc varchar(13), quantity int, team_percentage int, song_album varchar(10), country varchar(2), recoup decimal(10,2), earnings decimal(30,18))";
const QUERY: &str = "SELECT reporting_date AS \"Reporting Date\", sale_month AS \"Sale Month\", store AS \"Store\", artist AS \"Artist\", title AS \"Title\", isrc AS \"ISRC\", upc AS \"UPC\", quantity AS \"Quantity\", team_percentage AS \"Team Percentage\", song_album AS \"Song/Album\", country AS \"Country of Sale\", recoup AS \"Songwriter Royalties Withheld\", earnings AS \"Earnings (USD)\", id AS \"Sale\" FROM sale WHERE id > {watermark} ORDER BY id";

fn row(id: u64, amount: &str) -> String {
    format!(
        "INSERT INTO sale VALUES ({id}, '2026-02-01', '2026-01', 'Spotify', 'The Quiet Testers', 'First Light', 'QZFAK2600001', NULL, 1, 100, 'Song', 'DE', 0, {amount})"
    )
}

async fn collected(label: &Label, method: Value, more: impl AsyncFn()) {
    let name = method["database"].as_str().unwrap().to_owned();
    let input = json!({
        "name": name, "maxAttempts": 1, "method": { "database": method },
        "credentials": [{ "name": "PASSWORD", "value": "read'only\\" }],
    });
    let source = Source::create(label, input).await.enable(label).await;
    let run = source.collect(label, &format!("{name} one")).await;
    went_through(&run);
    let file = &run["files"]["nodes"][0];
    assert_eq!(file["state"], "IMPORTED", "{run}");
    assert_eq!(file["report"]["rowCount"], "2", "{run}");
    // 0.100000000000000001 + 2.5 = 2.600000000000000001: every digit comes over.
    assert_eq!(file["report"]["totals"][0]["total"], "2.600000000000000001", "{run}");

    // Nothing new: nothing is kept.
    let run = source.collect(label, &format!("{name} two")).await;
    went_through(&run);
    assert_eq!(run["fetchedCount"], 0, "{run}");
    more().await;
    let run = source.collect(label, &format!("{name} three")).await;
    went_through(&run);
    assert_eq!(run["files"]["nodes"][0]["report"]["rowCount"], "1", "{run}");

    source.set_credentials(label, json!([{ "name": "PASSWORD", "value": "wrong" }])).await;
    let run = source.test(label).await;
    assert_eq!(run["failure"]["code"], "SOURCE_SIGN_IN_REFUSED", "{run}");
}

fn method(database: &str, port: u16, query: &str) -> Value {
    json!({
        "database": database, "host": "127.0.0.1", "port": port, "name": "provider", "userName": "reader",
        "query": query, "watermarkColumn": "Sale", "watermarkStart": "0", "isEncrypted": false,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_after_a_watermark_from_postgresql() {
    let app = TestApp::start().await;
    let label = Label::create(&app, "pgsource").await;
    let admin = admin_url().await;
    let mut connection = PgConnection::connect(&admin).await.unwrap();
    for statement in
        ["CREATE DATABASE provider".to_owned(), "CREATE ROLE reader LOGIN PASSWORD 'read''only\\'".to_owned()]
    {
        sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
    }
    let address = admin.parse::<reqwest::Url>().unwrap();
    let mut provider_url = address.clone();
    provider_url.set_path("/provider");
    let mut provider = PgConnection::connect(provider_url.as_str()).await.unwrap();
    for statement in
        [TABLE.to_owned(), row(1, "0.100000000000000001"), row(2, "2.5"), "GRANT SELECT ON sale TO reader".to_owned()]
    {
        sqlx::query(AssertSqlSafe(statement)).execute(&mut provider).await.unwrap();
    }
    let more = async || {
        let mut provider = PgConnection::connect(provider_url.as_str()).await.unwrap();
        sqlx::query(AssertSqlSafe(row(3, "1"))).execute(&mut provider).await.unwrap();
    };
    collected(&label, method("POSTGRESQL", address.port().unwrap_or(5432), QUERY), more).await;

    // The session can only read, whatever the query says.
    let writes = "WITH gone AS (DELETE FROM sale RETURNING id) SELECT id FROM gone";
    let input = json!({
        "name": "writes", "maxAttempts": 1,
        "method": { "database": {
            "database": "POSTGRESQL", "host": "127.0.0.1", "port": address.port().unwrap_or(5432), "name": "provider",
            "userName": "reader", "query": writes, "isEncrypted": false,
        } },
        "credentials": [{ "name": "PASSWORD", "value": "read'only\\" }],
    });
    let run = Source::create(&label, input).await.enable(&label).await.collect(&label, "writes").await;
    assert_eq!(run["failure"]["code"], "SOURCE_QUERY_INVALID", "{run}");
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_after_a_watermark_from_mariadb() {
    let app = TestApp::start().await;
    let label = Label::create(&app, "mysource").await;
    let folder = tempfile::Builder::new().prefix("tunemantra-mariadb-").tempdir().unwrap();
    let data = folder.path().join("data");
    let user = String::from_utf8(Command::new("id").arg("-un").output().unwrap().stdout).unwrap().trim().to_owned();
    let installed = Command::new(find("mariadb-install-db"))
        .args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"])
        .arg(format!("--user={user}"))
        .arg(format!("--datadir={}", data.display()))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(installed.success());
    let port = free_port();
    let socket = folder.path().join("socket");
    let mut command = Command::new(find("mariadbd"));
    command
        .args(["--no-defaults", "--bind-address=127.0.0.1", "--skip-log-bin", "--innodb-flush-log-at-trx-commit=0"])
        .arg(format!("--user={user}"))
        .arg(format!("--port={port}"))
        .arg(format!("--datadir={}", data.display()))
        .arg(format!("--socket={}", socket.display()))
        .arg(format!("--pid-file={}", folder.path().join("pid").display()))
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut server = Program::start(&mut command);
    server.listening(port).await;
    let run = |sql: String| {
        let done = Command::new(find("mariadb"))
            .args(["--no-defaults", "-u", "root", "-e", &sql])
            .arg(format!("--socket={}", socket.display()))
            .output()
            .unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    };
    tokio::time::sleep(Duration::from_millis(100)).await;
    run(format!(
        "CREATE DATABASE provider; USE provider; {TABLE}; {}; {}; \
         CREATE USER reader@'127.0.0.1' IDENTIFIED BY 'read''only\\\\'; GRANT SELECT ON provider.* TO reader@'127.0.0.1';",
        row(1, "0.100000000000000001"),
        row(2, "2.5"),
    ));
    let query = QUERY.replace('"', "`");
    collected(&label, method("MYSQL", port, &query), async || run(format!("USE provider; {}", row(3, "1")))).await;
}
