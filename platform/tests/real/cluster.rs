//! The private server: made, found, killed, kept to one program.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use platform::clock::stopwatch;
use platform::postgres::{Cluster, ClusterError, clone_database, drop_database};
use sqlx::{Connection as _, PgConnection};

use crate::support::{folder, options};

const PROGRAM: &str = "PLATFORM_TEST_PROGRAM_FOLDER";

async fn number(cluster: &Cluster) -> i32 {
    let urls = cluster.provision("tunemantra").await.unwrap();
    let mut owner = PgConnection::connect(&urls.owner).await.unwrap();
    sqlx::query("CREATE TABLE IF NOT EXISTS kept (n int)").execute(&mut owner).await.unwrap();
    sqlx::query("INSERT INTO kept SELECT coalesce(max(n), 0) + 1 FROM kept").execute(&mut owner).await.unwrap();
    sqlx::query_scalar("SELECT max(n) FROM kept").fetch_one(&mut owner).await.unwrap()
}

fn server_pid(data_dir: &Path) -> i32 {
    let cluster = std::fs::read_to_string(data_dir.join("cluster-place")).unwrap();
    let pid_file = Path::new(cluster.trim()).join("postmaster.pid");
    std::fs::read_to_string(pid_file).unwrap().lines().next().unwrap().parse().unwrap()
}

fn signal(pid: i32, signal: &str) {
    assert!(Command::new("kill").args([signal, &pid.to_string()]).status().unwrap().success());
}

/// Whether the process still does something: one that has ended but was never collected does not.
fn runs(pid: i32) -> bool {
    let output = Command::new("ps").args(["-o", "stat=", "-p", &pid.to_string()]).output().unwrap();
    let state = String::from_utf8(output.stdout).unwrap();
    !state.trim().is_empty() && !state.trim_start().starts_with('Z')
}

async fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let started = stopwatch();
    while !holds() {
        assert!(started.elapsed() < Duration::from_secs(20), "{what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn data_survives_a_restart_and_the_folder_has_one_program() {
    let folder = folder();
    let data_dir = folder.path().join("data");
    let cluster = Cluster::start(options(data_dir.clone())).await.unwrap();
    assert_eq!(number(&cluster).await, 1);
    let pid = server_pid(&data_dir);

    let second = Cluster::start(options(data_dir.clone())).await.map(|_| ()).unwrap_err();
    assert!(matches!(second, ClusterError::InUse { .. }), "{second}");

    cluster.stop().await.unwrap();
    assert!(!runs(pid));
    let cluster = Cluster::start(options(data_dir)).await.unwrap();
    assert_eq!(number(&cluster).await, 2);
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_killed_server_comes_back_on_the_same_address() {
    let folder = folder();
    let data_dir = folder.path().join("data");
    let cluster = Cluster::start(options(data_dir.clone())).await.unwrap();
    assert_eq!(number(&cluster).await, 1);
    let pid = server_pid(&data_dir);
    signal(pid, "-KILL");

    let started = stopwatch();
    loop {
        if let Ok(mut connection) = PgConnection::connect(cluster.admin_url()).await
            && connection.ping().await.is_ok()
            && server_pid(&data_dir) != pid
        {
            break;
        }
        assert!(started.elapsed() < Duration::from_secs(20), "the server did not come back");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(number(&cluster).await, 2);
    cluster.stop().await.unwrap();
}

/// Not a test by itself: the program that the tests below start and kill. Without the variable it does nothing.
#[tokio::test]
#[allow(clippy::disallowed_methods, reason = "how the test below talks to its child")]
async fn as_a_program() {
    let Ok(data_dir) = std::env::var(PROGRAM) else { return };
    let cluster = Cluster::start(options(data_dir.into())).await.unwrap();
    number(&cluster).await;
    std::future::pending::<()>().await;
}

#[allow(clippy::disallowed_methods)]
async fn start_program(data_dir: &Path) -> (std::process::Child, i32) {
    let program = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "cluster::as_a_program", "--nocapture"])
        .env(PROGRAM, data_dir)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let log = data_dir.join("cluster-place");
    wait_until("the program has a server", || {
        std::fs::read_to_string(&log).is_ok_and(|cluster| {
            let status = std::fs::read_to_string(Path::new(cluster.trim()).join("postmaster.pid")).unwrap_or_default();
            status.lines().nth(7).is_some_and(|line| line.trim() == "ready")
        })
    })
    .await;
    (program, server_pid(data_dir))
}

#[tokio::test]
async fn the_server_ends_when_its_program_is_killed() {
    let folder = folder();
    let data_dir = folder.path().join("data");
    let (mut program, pid) = start_program(&data_dir).await;
    program.kill().unwrap();
    program.wait().unwrap();
    wait_until("the server ends", || !runs(pid)).await;
    let cluster = Cluster::start(options(data_dir)).await.unwrap();
    number(&cluster).await;
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_server_that_was_left_over_is_replaced() {
    let folder = folder();
    let data_dir = folder.path().join("data");
    let (mut program, pid) = start_program(&data_dir).await;
    // Cut the leash first, so that the server really stays.
    let leash = Command::new("pgrep").args(["-f", &format!("kill -INT .* {pid}$")]).output();
    if let Ok(output) = leash {
        for leash in String::from_utf8(output.stdout).unwrap().lines() {
            signal(leash.parse().unwrap(), "-KILL");
        }
    }
    program.kill().unwrap();
    program.wait().unwrap();

    let cluster = Cluster::start(options(data_dir.clone())).await.unwrap();
    assert!(!runs(pid));
    assert_ne!(server_pid(&data_dir), pid);
    number(&cluster).await;
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_stale_pid_file_and_a_half_made_cluster_are_put_right() {
    let folder = folder();
    let data_dir = folder.path().join("data");
    std::fs::create_dir_all(data_dir.join("cluster.new/base")).unwrap();
    let cluster = Cluster::start(options(data_dir.clone())).await.unwrap();
    assert_eq!(number(&cluster).await, 1);
    cluster.stop().await.unwrap();

    // The number of a process that lives and is no server: ours.
    let place = std::fs::read_to_string(data_dir.join("cluster-place")).unwrap();
    let stale = format!("{}\n{}\n0\n5432\n\n127.0.0.1\n\n", std::process::id(), place.trim());
    std::fs::write(Path::new(place.trim()).join("postmaster.pid"), stale).unwrap();
    let cluster = Cluster::start(options(data_dir)).await.unwrap();
    assert_eq!(number(&cluster).await, 2);
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_closed_folder_is_gone_around_and_said() {
    let outer = tempfile::tempdir().unwrap(); // mode 0700
    let data_dir = outer.path().join("data");
    let cluster = Cluster::start(options(data_dir.clone())).await.unwrap();
    assert_eq!(number(&cluster).await, 1);
    let place = std::fs::read_to_string(data_dir.join("cluster-place")).unwrap();
    let place = Path::new(place.trim());
    let moved = !place.starts_with(&data_dir);
    assert_eq!(cluster.notice().is_some_and(|notice| notice.contains(&*place.to_string_lossy())), moved);
    cluster.stop().await.unwrap();

    let cluster = Cluster::start(options(data_dir)).await.unwrap();
    assert_eq!(number(&cluster).await, 2, "the same cluster is found again");
    cluster.stop().await.unwrap();
    if moved {
        std::fs::remove_dir_all(place.parent().unwrap()).unwrap();
    }
}

#[tokio::test]
async fn databases_are_copied_and_dropped() {
    let urls = crate::support::database("CREATE TABLE kept AS SELECT 7 AS n").await;
    let admin = tokio::task::spawn_blocking(crate::support::admin_url).await.unwrap();
    let template = urls.owner.rsplit('/').next().unwrap().split('?').next().unwrap().to_owned();
    clone_database(admin, &template, "copied").await.unwrap();
    let mut copy = PgConnection::connect(&urls.for_database("copied").owner).await.unwrap();
    let n: i32 = sqlx::query_scalar("SELECT n FROM kept").fetch_one(&mut copy).await.unwrap();
    assert_eq!(n, 7);
    drop_database(admin, "copied").await.unwrap();
    assert!(copy.ping().await.is_err());
}
