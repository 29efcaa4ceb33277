//! The stage "scheduled SFTP": a provider puts a report into a folder, and the calendar of its source fetches it.
//!
//! The source is made early and its time comes while the months are worked through, so that nobody waits for it. What it
//! brings is accounted in the present month, beside the months of the demonstration.

use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

use chrono::{Datelike, NaiveDate};
use flate2::read::MultiGzDecoder;
use serde_json::{Value, json};

use super::board::Board;
use super::cast::Cast;
use super::person::{Person, Trouble, number, text};
use super::sshd::Sshd;
use crate::demo::world::manifest::{Manifest, Report};
use crate::say;

/// Lines that the provider reports.
const LINES: usize = 400;
/// How often the run is looked at, and for how long: a schedule of every minute comes within one.
const LOOK: Duration = Duration::from_millis(250);
const LOOKS: usize = 480;
const NAME: &str = "Spotify by SFTP";

const SOURCES: &str = "query Sources { sources(first: 100) { nodes { id name version state } } }";
const CREATE: &str = "mutation Create($input: SourceCreateInput!) {
    sourceCreate(input: $input) { source { id version } userErrors { code message } } }";
const CHANGE: &str = "mutation Change($input: SourceChangeInput!) {
    sourceChange(input: $input) { source { id version } userErrors { code message } } }";
const ENABLE: &str = "mutation Enable($input: SourceTurnInput!) {
    sourceEnable(input: $input) { source { id version } userErrors { code message } } }";
const DISABLE: &str = "mutation Disable($input: SourceTurnInput!) {
    sourceDisable(input: $input) { source { id version } userErrors { code message } } }";
const RUNS: &str = "query Runs($id: ID!) {
    source(id: $id) { version runs(first: 20) { nodes { cause state fetchedCount failure { code message }
        operation { stages { step fileCount rowCount amounts { currency amount } note } }
        files(first: 5) { nodes { fileName state report { id rowCount validation { warningCount } } } } } } } }";

/// A source whose time comes by itself.
pub struct Delivery {
    manager: Person,
    source: String,
    version: u64,
    _server: Sshd,
}

/// Starts the provider's server, puts a report into its folder and makes the source. `None` when it was shown before, or
/// cannot be shown here, which is said.
///
/// # Errors
/// When the API refuses.
pub async fn begin(
    manifest: &Manifest,
    world: &Path,
    folder: &Path,
    cast: &Cast,
    today: NaiveDate,
) -> Result<Option<Delivery>, Trouble> {
    let manager = cast.manager.clone();
    let known = manager.all(SOURCES, json!({})).await?.into_iter().find(|source| source["name"] == NAME);
    if let Some(known) = &known
        && brought(&runs(&manager, &text(known, "id")?).await?).is_some()
    {
        return Ok(None);
    }
    let Some(report) = manifest
        .reports
        .iter()
        .find(|one| one.tenant == cast.slug && one.layout.starts_with("spotify") && one.path.ends_with(".gz"))
    else {
        return Ok(None);
    };
    let server = match Sshd::start(folder).await {
        Ok(server) => server,
        Err(why) => {
            say::remark(format_args!("the scheduled collection by SFTP is not shown: {why}"));
            return Ok(None);
        }
    };
    let put = deliver(world, report, &manifest_isrcs(world, manifest, cast), &server.files, today);
    put.map_err(|error| Trouble::Broken(format!("{}: {error}", server.files.display())))?;
    let method = json!({ "sftp": {
        "host": "127.0.0.1", "port": server.port, "userName": server.user, "hostKeys": [server.host_key],
        "folder": server.files.display().to_string(), "pattern": "*.tsv",
    } });
    let source = match known {
        None => {
            let input = json!({
                "name": NAME, "provider": "Spotify", "method": method, "schedule": "* * * * *", "timeZone": "Europe/Berlin",
                "deadline": "0 9 20 * *", "maxAttempts": 3,
                "credentials": [{ "name": "PRIVATE_KEY", "value": server.private_key }],
            });
            manager.ask(CREATE, json!({ "input": input })).await?["source"].clone()
        }
        // A demonstration that was stopped: the server has another port now.
        Some(known) => {
            let input = json!({
                "id": known["id"], "expectedVersion": known["version"], "method": method, "schedule": "* * * * *",
            });
            manager.ask(CHANGE, json!({ "input": input })).await?["source"].clone()
        }
    };
    let turn = json!({ "input": { "id": source["id"], "expectedVersion": source["version"] } });
    let enabled = manager.ask(ENABLE, turn).await?;
    let version = number(&enabled["source"]["version"]);
    Ok(Some(Delivery { manager, source: text(&source, "id")?, version, _server: server }))
}

/// The ISRCs of the tenant's catalogue, as its import file has them.
fn manifest_isrcs(world: &Path, manifest: &Manifest, cast: &Cast) -> Vec<String> {
    let files = manifest.tenants.iter().find(|tenant| tenant.slug == cast.slug).map(|tenant| &tenant.imports);
    let recordings = files.into_iter().flatten().find(|file| file.path.ends_with("recordings.csv"));
    let content = recordings.and_then(|file| std::fs::read_to_string(world.join(&file.path)).ok()).unwrap_or_default();
    content.lines().skip(1).filter_map(|line| line.split(',').next()).map(str::to_owned).collect()
}

/// The provider's report for the last full month: lines of one of the world's reports, for recordings that are in the
/// catalogue.
fn deliver(world: &Path, report: &Report, isrcs: &[String], files: &Path, today: NaiveDate) -> std::io::Result<()> {
    let mut content = String::new();
    let packed = std::fs::File::open(world.join(&report.path))?;
    MultiGzDecoder::new(packed).read_to_string(&mut content)?;
    let last = today.with_day(1).and_then(|day| day.pred_opt()).unwrap_or(today);
    let first = last.with_day(1).unwrap_or(last);
    let mut text = String::new();
    let mut lines = content.lines();
    for (number, line) in lines.by_ref().take(3).enumerate() {
        if number == 1 {
            let mut cells: Vec<String> = line.split('\t').map(str::to_owned).collect();
            for (cell, day) in cells.iter_mut().skip(1).zip([first, last]) {
                *cell = day.to_string();
            }
            text.push_str(&cells.join("\t"));
        } else {
            text.push_str(line);
        }
        text.push('\n');
    }
    let known = |line: &&str| line.split('\t').nth(6).is_some_and(|isrc| isrcs.iter().any(|one| one == isrc));
    for line in lines.filter(known).take(LINES) {
        text.push_str(line);
        text.push('\n');
    }
    std::fs::write(files.join(format!("spotify_{}.tsv", first.format("%Y-%m"))), text)
}

/// The runs at a source, newest first.
async fn runs(manager: &Person, source: &str) -> Result<Vec<Value>, Trouble> {
    let found = manager.ask(RUNS, json!({ "id": source })).await?;
    Ok(found["runs"]["nodes"].as_array().cloned().unwrap_or_default())
}

/// The run of the calendar that brought something.
fn brought(runs: &[Value]) -> Option<&Value> {
    let is_it =
        |run: &&Value| run["cause"] == "SCHEDULE" && run["state"] == "SUCCEEDED" && number(&run["fetchedCount"]) > 0;
    runs.iter().find(is_it)
}

/// Why nothing was brought, as the newest run says it.
fn missing(runs: &[Value]) -> Trouble {
    let said = runs.first().and_then(|run| run["failure"]["message"].as_str());
    Trouble::Broken(match said {
        Some(message) => format!("the scheduled collection failed: {message}"),
        None => "the scheduled collection did not begin within two minutes".to_owned(),
    })
}

impl Delivery {
    /// Waits for the run, if it has not been yet; tells what it did; ends the source with its server.
    ///
    /// # Errors
    /// When the run fails or does not come.
    pub async fn show(self, board: &Board) -> Result<Run, Trouble> {
        let stage = board.stage("scheduled SFTP", "", 0, "rows");
        let mut looks = 0;
        let run = loop {
            let runs = runs(&self.manager, &self.source).await?;
            if let Some(run) = brought(&runs) {
                break run.clone();
            }
            looks += 1;
            if looks == LOOKS {
                return Err(missing(&runs));
            }
            tokio::time::sleep(LOOK).await;
        };
        let rows = number(&run["files"]["nodes"][0]["report"]["rowCount"]);
        stage.expect(rows);
        stage.add(rows);
        stage.finish();
        let turn = json!({ "input": { "id": self.source, "expectedVersion": self.version } });
        self.manager.ask(DISABLE, turn).await?;
        Ok(Run(run))
    }
}

/// What the calendar's run did.
pub struct Run(Value);

impl Run {
    /// Its ten steps, as a person reads them.
    pub fn tell(&self) {
        let file = &self.0["files"]["nodes"][0];
        say::line(format_args!(
            "\nCollected by its schedule over SFTP: {}, {} rows, into the present month; the ten steps:",
            file["fileName"].as_str().unwrap_or("nothing"),
            file["report"]["rowCount"].as_str().unwrap_or("0"),
        ));
        for stage in self.0["operation"]["stages"].as_array().into_iter().flatten() {
            let amounts: Vec<String> = stage["amounts"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|sum| {
                    format!(
                        "{} {}",
                        shortened(sum["amount"].as_str().unwrap_or("0")),
                        sum["currency"].as_str().unwrap_or("")
                    )
                })
                .collect();
            say::line(format_args!(
                "  {:<22} {:>3} files {:>8} rows  {:<18} {}",
                stage["step"].as_str().unwrap_or("").to_lowercase().replace('_', " "),
                stage["fileCount"].as_str().unwrap_or("0"),
                stage["rowCount"].as_str().unwrap_or("0"),
                amounts.join(", "),
                stage["note"].as_str().unwrap_or(""),
            ));
        }
    }
}

/// An exact amount with its first six places; the rest is in the report.
fn shortened(amount: &str) -> String {
    match amount.split_once('.') {
        Some((whole, places)) if places.len() > 6 => format!("{whole}.{}…", places.get(..6).unwrap_or(places)),
        _ => amount.to_owned(),
    }
}
