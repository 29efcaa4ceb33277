//! One server for all tests of this binary, one database per test.

use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use kernel::context::{Actor, OpContext};
use kernel::ids::TenantId;
use kernel::permission::PermissionSet;
use platform::db::{DatabaseUrls, Db, PoolSizes};
use platform::postgres::{Cluster, ClusterOptions, Durability};
use sqlx::{Connection as _, Executor as _, PgConnection};

/// A folder that the server's account can reach, for as long as the test runs.
pub fn folder() -> tempfile::TempDir {
    use std::os::unix::fs::PermissionsExt as _;
    tempfile::Builder::new()
        .prefix(PREFIX)
        .permissions(std::fs::Permissions::from_mode(0o755))
        .tempdir_in(env!("CARGO_TARGET_TMPDIR"))
        .unwrap()
}

const PREFIX: &str = "platform-";

/// Folders of earlier runs: what hangs on a static is not removed at the end of the process.
fn remove_old_folders() {
    for entry in std::fs::read_dir(env!("CARGO_TARGET_TMPDIR")).unwrap().filter_map(Result::ok) {
        let unused = std::fs::File::open(entry.path().join("data/lock")).is_ok_and(|lock| lock.try_lock().is_ok());
        if unused && entry.file_name().to_string_lossy().starts_with(PREFIX) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

pub fn options(data_dir: PathBuf) -> ClusterOptions {
    ClusterOptions { data_dir, postgres_bin: None, durability: Durability::Scratch }
}

struct Shared {
    cluster: Cluster,
    _runtime: tokio::runtime::Runtime,
    _folder: tempfile::TempDir,
}

/// Lives on a runtime of its own, because each test's runtime ends with the test. The server ends with the
/// process.
fn shared() -> &'static Shared {
    static SHARED: OnceLock<Shared> = OnceLock::new();
    SHARED.get_or_init(|| {
        std::thread::spawn(|| {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
            remove_old_folders();
            let folder = folder();
            let cluster = runtime.block_on(Cluster::start(options(folder.path().join("data")))).unwrap();
            Shared { cluster, _runtime: runtime, _folder: folder }
        })
        .join()
        .unwrap()
    })
}

/// A fresh database with the given tables, made as its owner.
pub async fn database(tables: &'static str) -> DatabaseUrls {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let name = format!("t{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let shared = tokio::task::spawn_blocking(shared).await.unwrap();
    let urls = shared.cluster.provision(&name).await.unwrap();
    let mut owner = PgConnection::connect(&urls.owner).await.unwrap();
    owner.execute(tables).await.unwrap();
    owner.close().await.unwrap();
    urls
}

pub fn admin_url() -> &'static str {
    shared().cluster.admin_url()
}

pub async fn connect(urls: &DatabaseUrls) -> Db {
    Db::connect(urls, PoolSizes { app: 4, worker: 4, system: 6, bulk: 2 }).await.unwrap()
}

pub fn operator(tenant_id: TenantId) -> OpContext {
    OpContext {
        tenant_id,
        actor: Actor::Operator,
        permissions: PermissionSet::all(),
        party_scope: None,
        request_id: "req-1".to_owned(),
        now: platform::clock::now(),
    }
}

pub fn job(tenant_id: TenantId) -> OpContext {
    OpContext { actor: Actor::Job { name: "test".to_owned(), on_behalf_of: None }, ..operator(tenant_id) }
}
