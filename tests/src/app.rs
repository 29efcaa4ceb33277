//! The whole system on a private database: API on a loopback port, worker beside it.

use std::sync::Arc;

use connectors::{Connectors, Outbound};
use domain::Core;
use domain::events::Events;
use domain::tenancy::{Access, NewTenant, TenantKind, create_tenant};
use kernel::context::{Actor, OpContext};
use kernel::currency::Currency;
use kernel::ids::TenantId;
use kernel::permission::PermissionSet;
use platform::db::{DatabaseUrls, Db, PoolSizes};
use platform::jobs::{JobRegistry, WorkerSettings, run_worker};
use platform::secrets::{LocalMasterKeys, Vault};
use platform::storage::Storage;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::client::Client;
use crate::cluster::private_database;

/// The password of everybody in tests.
pub const PASSWORD: &str = "correct horse battery staple";

/// A running system.
pub struct TestApp {
    /// What use cases stand on.
    pub core: Core,
    /// The addresses of the private database, by role.
    pub urls: DatabaseUrls,
    /// The address of the API.
    pub base: String,
    /// Where the worker fetches exchange rates from; nobody listens there unless a test does.
    pub rates_url: String,
    shutdown: CancellationToken,
    worker: Option<tokio::task::JoinHandle<()>>,
    _files: tempfile::TempDir,
}

fn registry(core: &Core, rates_url: &str) -> JobRegistry {
    let registry = domain::collection::register(JobRegistry::new(), core);
    // Counterparts of the tests are on this machine.
    let connectors = Connectors::new(Outbound { private_addresses: true });
    let registry = domain::collection::sources::register(registry, core, Arc::new(connectors));
    let registry = domain::calculation::register(registry, core.clone());
    let registry = domain::statements::register(registry, core);
    let registry = domain::payments::register(registry, core);
    let rates = connectors::ecb::Ecb::new(rates_url);
    let registry = domain::reference::register(registry, core, Arc::new(rates));
    domain::bulk::register(registry, core)
}

impl TestApp {
    /// Starts API and worker.
    pub async fn start() -> Self {
        let mut app = Self::start_without_worker().await;
        app.start_worker();
        app
    }

    /// Starts the API only; jobs wait.
    pub async fn start_without_worker() -> Self {
        Self::start_api(None).await
    }

    /// Starts the API only, with access tokens of another life.
    pub async fn start_with_token_life(life: std::time::Duration) -> Self {
        Self::start_api(Some(life)).await
    }

    async fn start_api(token_life: Option<std::time::Duration>) -> Self {
        let urls = private_database().await;
        let files = tempfile::tempdir().unwrap();
        let db = Db::connect(&urls, PoolSizes { app: 8, worker: 6, system: 4, bulk: 2 }).await.unwrap();
        let storage = Storage::open(&format!("file://{}", files.path().display()), b"a secret of the tests").unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let vault = Vault::new(Arc::new(LocalMasterKeys::parse(&"ab".repeat(32)).unwrap()));
        let core = Core { db, storage, vault, clock: Arc::new(platform::clock::now), public_url: base.clone() };
        let rates_url = "http://127.0.0.1:9/".to_owned();
        let shutdown = CancellationToken::new();
        let app = Self { core, urls, base, rates_url, shutdown, worker: None, _files: files };
        app.serve(listener, token_life).await;
        app
    }

    /// Starts the API once more, as another process over the same database would, and gives its address.
    pub async fn another_api(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        self.serve(listener, None).await;
        base
    }

    async fn serve(&self, listener: tokio::net::TcpListener, token_life: Option<std::time::Duration>) {
        let access = Access::open(&self.core).await.unwrap();
        let access = token_life.map_or_else(|| access.clone(), |life| access.clone().with_token_life(life));
        let events = Events::start(&self.core, self.shutdown.clone()).await.unwrap();
        let options = api::Options {
            development: true,
            cors_origins: Vec::new(),
            points_per_minute: None,
            trusted_proxies: Vec::new(),
            shutdown: self.shutdown.clone(),
        };
        let router = api::router(self.core.clone(), access, &events, options);
        let stop = self.shutdown.clone();
        tokio::spawn(async move {
            let service = router.into_make_service_with_connect_info::<std::net::SocketAddr>();
            axum::serve(listener, service).with_graceful_shutdown(stop.cancelled_owned()).await.unwrap();
        });
    }

    /// Starts the worker.
    pub fn start_worker(&mut self) {
        let (core, stop) = (self.core.clone(), self.shutdown.child_token());
        let rates_url = self.rates_url.clone();
        self.worker = Some(tokio::spawn(async move {
            let settings = WorkerSettings { concurrency: 2, exclusive: true };
            run_worker(registry(&core, &rates_url), core.db.clone(), settings, stop).await.unwrap();
        }));
    }

    /// Kills the worker in the middle of whatever it does: its future is dropped, as a killed process drops it.
    pub async fn kill_worker(&mut self) {
        if let Some(worker) = self.worker.take() {
            worker.abort();
            let _ = worker.await;
        }
    }

    /// Creates a tenant whose owner is `owner@<slug>.test`, and signs the owner in.
    pub async fn tenant(&self, slug: &str) -> (TenantId, Client) {
        let tenant = create_tenant(
            &self.core,
            NewTenant {
                slug: slug.to_owned(),
                name: format!("{slug} Records"),
                kind: TenantKind::Label,
                base_currency: Currency::parse("EUR").unwrap(),
                owner_email: format!("owner@{slug}.test"),
                owner_name: "Olga Owner".to_owned(),
                owner_password: PASSWORD.to_owned(),
            },
        )
        .await
        .unwrap();
        let owner = Client::sign_in(&self.base, &format!("owner@{slug}.test"), PASSWORD).await;
        (tenant.id, owner)
    }

    /// Adds a member with a role and signs them in.
    pub async fn member(&self, owner: &Client, slug: &str, role: &str, party_ids: &[String]) -> Client {
        let email = format!("{}@{slug}.test", role.to_lowercase().replace('_', "-"));
        owner
            .ask(
                "mutation($i: MemberCreateInput!) { memberCreate(input: $i) { member { id } userErrors { code message path } } }",
                json!({ "i": { "email": email, "displayName": role, "role": role, "password": PASSWORD, "partyIds": party_ids } }),
            )
            .await
            .ok();
        Client::sign_in(&self.base, &email, PASSWORD).await
    }

    /// A context with every permission, for looking at a tenant's tables through the application role.
    #[must_use]
    pub fn context(&self, tenant_id: TenantId) -> OpContext {
        OpContext {
            tenant_id,
            actor: Actor::Operator,
            permissions: PermissionSet::all(),
            party_scope: None,
            request_id: "test".to_owned(),
            now: (self.core.clock)(),
        }
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}
