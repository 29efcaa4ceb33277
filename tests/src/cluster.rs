//! One cluster per test process, one migrated template, one private database per test.

use std::sync::atomic::{AtomicU32, Ordering};

use platform::db::DatabaseUrls;
use platform::postgres::{Cluster, ClusterOptions, Durability, clone_database};
use tokio::sync::OnceCell;

const TEMPLATE: &str = "tunemantra_template";

struct Bench {
    cluster: Cluster,
    template: DatabaseUrls,
    // Removed when the process ends.
    _folder: tempfile::TempDir,
}

static BENCH: OnceCell<Bench> = OnceCell::const_new();
static NEXT: AtomicU32 = AtomicU32::new(1);

async fn bench() -> &'static Bench {
    BENCH
        .get_or_init(|| async {
            // The server outlives the runtime of the first test, so it gets a runtime of its own.
            tokio::task::spawn_blocking(|| {
                let runtime = Box::leak(Box::new(
                    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap(),
                ));
                runtime.block_on(async {
                    let folder = tempfile::Builder::new().prefix("tunemantra-it-").tempdir().unwrap();
                    let cluster = Cluster::start(ClusterOptions {
                        data_dir: folder.path().join("data"),
                        postgres_bin: None,
                        durability: Durability::Scratch,
                    })
                    .await
                    .unwrap();
                    let template = cluster.provision(TEMPLATE).await.unwrap();
                    migration::migrate(&template.owner).await.unwrap();
                    platform::jobs::install_queue(&template.owner).await.unwrap();
                    Bench { cluster, template, _folder: folder }
                })
            })
            .await
            .unwrap()
        })
        .await
}

/// The superuser's address, for tests that look at the catalogue or break things on purpose.
pub async fn admin_url() -> String {
    bench().await.cluster.admin_url().to_owned()
}

/// A fresh copy of the migrated template.
pub async fn private_database() -> DatabaseUrls {
    let bench = bench().await;
    let name = format!("it_{}", NEXT.fetch_add(1, Ordering::Relaxed));
    clone_database(bench.cluster.admin_url(), TEMPLATE, &name).await.unwrap();
    bench.template.for_database(&name)
}
