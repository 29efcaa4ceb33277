//! The real program, killed with SIGKILL in mid import and mid calculation: `tunemantra serve` with its worker over a
//! private cluster of its own, which survives or goes down with it. What is there in the end is what an undisturbed
//! program leaves.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use tests::{CONTRACTS, Client, PASSWORD, spotify};
use tokio::process::{Child, Command};

const ROWS: usize = 20_000;
/// Kills per stage, at random moments.
const KILLS: usize = 3;

/// The program, where cargo has put it beside this test. Without it there is nothing to test, and that is a failure:
/// `make test` builds it first, `cargo test` alone does not.
pub fn program() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let beside = test.parent().and_then(Path::parent).unwrap().join("tunemantra");
    assert!(beside.is_file(), "{} is not built: `cargo build` first", beside.display());
    beside
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A folder with a cluster, and the program that serves from it.
pub struct Program {
    binary: PathBuf,
    pub data: tempfile::TempDir,
    port: u16,
    management: u16,
    child: Option<Child>,
    log: &'static str,
}

impl Program {
    pub fn new(binary: &Path) -> Self {
        let data = tempfile::Builder::new().prefix("tunemantra-kill-").tempdir().unwrap();
        Self { binary: binary.to_owned(), data, port: free_port(), management: free_port(), child: None, log: "warn" }
    }

    /// Everything it says goes into the file `log` of its folder.
    pub fn talkative(self) -> Self {
        Self { log: "trace", ..self }
    }

    pub fn base(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn command(&self, command: &[&str]) -> Command {
        let mut run = Command::new(&self.binary);
        run.args(command)
            .arg("--data-dir")
            .arg(self.data.path().join("data"))
            .env_remove("DATABASE_URL")
            .env("TUNEMANTRA_LOG", self.log)
            .stdin(Stdio::null())
            .kill_on_drop(true);
        run
    }

    /// Starts it and waits until it answers.
    pub async fn start(&mut self) {
        let (out, err) = self.outlets();
        let child = self
            .command(&["serve"])
            .args(["--listen", &format!("127.0.0.1:{}", self.port)])
            .args(["--management-listen", &format!("127.0.0.1:{}", self.management)])
            .stdout(out)
            .stderr(err)
            .spawn()
            .unwrap();
        self.child = Some(child);
        let ready = format!("http://127.0.0.1:{}/readyz", self.management);
        for _ in 0..600 {
            if reqwest::get(&ready).await.is_ok_and(|answer| answer.status().is_success()) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the program was not ready within a minute");
    }

    /// Makes a tenant with its owner, and starts.
    pub async fn settle(&mut self) {
        let password = self.data.path().join("password");
        std::fs::write(&password, PASSWORD).unwrap();
        let created = self
            .command(&["admin", "tenant-create"])
            .args(["--slug", "kill", "--name", "Kill Records", "--currency", "EUR"])
            .args(["--owner-email", "owner@kill.test", "--owner-name", "Olga Owner"])
            .arg("--password-file")
            .arg(&password)
            .output()
            .await
            .unwrap();
        assert!(created.status.success(), "{}", String::from_utf8_lossy(&created.stderr));
        self.start().await;
    }

    fn outlets(&self) -> (Stdio, Stdio) {
        if self.log == "warn" {
            return (Stdio::null(), Stdio::inherit());
        }
        let path = self.data.path().join("log");
        let file = std::fs::OpenOptions::new().create(true).append(true).open(path).unwrap();
        (file.try_clone().unwrap().into(), file.into())
    }

    /// SIGKILL: no chance to tidy up.
    async fn kill(&mut self) {
        let mut child = self.child.take().unwrap();
        child.start_kill().unwrap();
        child.wait().await.unwrap();
    }

    /// SIGTERM: drained, with its cluster.
    pub async fn stop(&mut self) {
        let mut child = self.child.take().unwrap();
        let pid = child.id().unwrap().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().await.unwrap().success());
        assert!(child.wait().await.unwrap().success(), "the program did not end well");
    }
}

fn report() -> Vec<u8> {
    let amounts: Vec<String> = (0..ROWS).map(|row| format!("0.{:09}", row * 7 + 1)).collect();
    let rows: Vec<(&str, &str, u32, &str)> = amounts
        .iter()
        .enumerate()
        .map(|(row, amount)| ("QZFAK2600001", ["DE", "US", "SE"][row % 3], 1, amount.as_str()))
        .collect();
    spotify(&rows)
}

/// Works through the public API until an operation has ended, whatever happens to the program meanwhile.
async fn wait(program: &mut Program, operation: &str, kills: usize, random: &mut rand::rngs::StdRng) {
    for _ in 0..kills {
        tokio::time::sleep(Duration::from_millis(random.random_range(5..700))).await;
        program.kill().await;
        program.start().await;
    }
    let client = owner(program).await;
    let ended = client.wait(operation).await;
    assert_eq!(ended["state"], "SUCCEEDED", "{ended}");
}

pub async fn owner(program: &Program) -> Client {
    Client::sign_in(&program.base(), "owner@kill.test", PASSWORD).await
}

/// Goes through a month with so many kills in each stage, and gives what is there in the end.
async fn run(binary: &Path, kills: usize) -> Value {
    let mut random = rand::rngs::StdRng::seed_from_u64(7);
    let mut program = Program::new(binary);
    program.settle().await;

    let client = owner(&program).await;
    for (kind, name, csv) in [
        ("PARTIES", "parties.csv", tests::PARTIES),
        ("RECORDINGS", "recordings.csv", tests::RECORDINGS),
        ("CONTRACTS", "contracts.csv", CONTRACTS),
    ] {
        let upload = client.upload(name, csv.as_bytes().to_vec()).await;
        let import = "mutation($i: CatalogueImportInput!) { catalogueImport(input: $i) { operation { id } userErrors { code message } } }";
        let input = json!({ "kind": kind, "uploadId": upload, "idempotencyKey": name });
        let answer = client.ask(import, json!({ "i": input })).await.ok();
        assert_eq!(client.wait(&answer.text("/catalogueImport/operation/id")).await["state"], "SUCCEEDED");
    }
    let upload = client.upload("spotify_2026-01.tsv", report()).await;
    let import = "mutation($i: RevenueReportImportInput!) { revenueReportImport(input: $i) { operation { id } userErrors { code message } } }";
    let input = json!({ "uploadId": upload, "accountingMonth": "2026-01", "idempotencyKey": "import" });
    let answer = client.ask(import, json!({ "i": input })).await.ok();
    wait(&mut program, &answer.text("/revenueReportImport/operation/id"), kills, &mut random).await;

    let client = owner(&program).await;
    let create = "mutation($i: CalculationRunCreateInput!) { calculationRunCreate(input: $i) { run { id } operation { id } userErrors { code message } } }";
    let input = json!({ "accountingMonth": "2026-01", "idempotencyKey": "run" });
    let answer = client.ask(create, json!({ "i": input })).await.ok();
    wait(&mut program, &answer.text("/calculationRunCreate/operation/id"), kills, &mut random).await;

    let client = owner(&program).await;
    let found = client
        .ask(
            "{ revenueReports(first: 5) { nodes { state rowCount postedCount totals { currency total posted suspense } } }
               calculationRuns(first: 5) { nodes { state lineCount royaltyLineCount totals { currency lines payees margin suspense } accounts(first: 10) { nodes { party { name } earned { amount } posted { amount } recouped { amount } } } } } }",
            json!({}),
        )
        .await
        .ok();
    program.stop().await;
    found.body["data"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_program_loses_nothing_and_doubles_nothing() {
    let binary = program();
    let calm = run(&binary, 0).await;
    assert_eq!(calm["revenueReports"]["nodes"][0]["state"], "IMPORTED", "{calm}");
    let killed = run(&binary, KILLS).await;
    assert_eq!(killed, calm, "a killed program leaves something else");
}
