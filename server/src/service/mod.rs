//! The running program: database, API, worker, upkeep and the operators' port, started and ended together.

pub mod base;
pub mod database;
mod drain;
mod http;
mod management;
pub mod signals;
mod upkeep;
mod worker;

use std::net::SocketAddr;
use std::sync::Arc;

use domain::events::Events;
use domain::tenancy::Access;
use platform::config::{DatabaseChoice, Settings};
use platform::postgres::Durability;
use platform::telemetry::Telemetry;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::cli::RoleFlag;
use crate::stop::Stop;
use base::Base;
use management::{Management, Phase};

/// A part of the service that runs by itself until its token is cancelled.
type Part = (&'static str, JoinHandle<Result<(), Stop>>);

/// The running service.
pub struct Service {
    /// What use cases stand on.
    pub base: Base,
    address: Option<SocketAddr>,
    management: Management,
    parts: Vec<Part>,
    stopping: CancellationToken,
}

impl Service {
    /// Starts everything: operators' port first, so that probes are answered from the beginning, then the database
    /// (made, started and migrated where that is ours to do), then worker and API.
    ///
    /// # Errors
    /// When an address is taken, the database cannot be used, or its schema is older than the program.
    pub async fn start(
        mut settings: Settings,
        role: RoleFlag,
        telemetry: Option<Arc<Telemetry>>,
    ) -> Result<Self, Stop> {
        if role != RoleFlag::All && settings.database()? == DatabaseChoice::Private {
            return Err(Stop::wrong_use(
                "`--role api` and `--role worker` share a database, and the private one belongs to one process: give \
                 `database_url`, or serve with `--role all`",
            ));
        }
        let management = Management::start(settings.management_listen, telemetry).await?;
        let listener = if role.api() { Some(http::bind("listen", settings.listen).await?) } else { None };
        let address = listener.as_ref().map(TcpListener::local_addr).transpose()?;
        // Port 0 means any free one: links name the one that it became.
        settings.listen = address.unwrap_or(settings.listen);

        let base = Base::open(&settings, Durability::Full).await?;
        match Self::start_parts(&settings, role, &base, listener).await {
            Ok((parts, stopping)) => {
                management.ready(base.core.db.clone());
                Ok(Self { base, address, management, parts, stopping })
            }
            Err(stop) => {
                base.close().await?;
                Err(stop)
            }
        }
    }

    async fn start_parts(
        settings: &Settings,
        role: RoleFlag,
        base: &Base,
        listener: Option<TcpListener>,
    ) -> Result<(Vec<Part>, CancellationToken), Stop> {
        let stopping = CancellationToken::new();
        let core = &base.core;
        let mut parts: Vec<Part> = Vec::new();
        if role.worker() {
            upkeep::partitions_ahead(&core.db, (core.clock)()).await?;
            parts.push(("worker", worker::start(core, settings, base.is_private(), stopping.child_token())));
        }
        parts.push(("figures", upkeep::figures(core.db.clone(), stopping.child_token())));
        if let Some(listener) = listener {
            let access = Access::open(core).await?.with_token_life(settings.access_token_life());
            let events = Events::start(core, stopping.child_token()).await?;
            let trusted_proxies = trusted_proxies(settings)?;
            let options = api::router::Options {
                trusted_proxies,
                // On an address that only this machine can reach, the workbench is welcome.
                development: settings.listen.ip().is_loopback(),
                shutdown: stopping.child_token(),
                ..api::router::Options::default()
            };
            let router = api::router(core.clone(), access, &events, options);
            parts.push(("API", http::serve(listener, router, stopping.child_token())));
        }
        Ok((parts, stopping))
    }

    /// Where the API listens; none without one.
    pub const fn address(&self) -> Option<SocketAddr> {
        self.address
    }

    /// Waits until a part ends although nobody asked it to, and says which.
    pub async fn failed(&mut self) -> Stop {
        let ends = self.parts.iter_mut().map(|(name, part)| {
            Box::pin(async move {
                let outcome = part.await;
                let why = match outcome {
                    Ok(Ok(())) => "it ended by itself".to_owned(),
                    Ok(Err(stop)) => stop.to_string(),
                    Err(error) => error.to_string(),
                };
                Stop::failed(format!("the {name} failed: {why}"))
            })
        });
        let (stop, index, _) = futures::future::select_all(ends).await;
        // Its handle has given its answer and must not be asked again.
        drop(self.parts.swap_remove(index));
        stop
    }

    /// Ends in good order: no new requests, open ones are answered, running jobs stop at a safe point, then the
    /// connections and the private server.
    ///
    /// # Errors
    /// When a part does not end in time, or not in good order.
    pub async fn stop(self) -> Result<(), Stop> {
        self.management.phase(Phase::Draining);
        self.stopping.cancel();
        let drained = drain::parts(self.parts).await;
        let closed = self.base.close().await;
        self.management.stop().await;
        drained.and(closed)
    }
}

fn trusted_proxies(settings: &Settings) -> Result<Vec<ipnet::IpNet>, Stop> {
    let read = |text: &str| {
        let network = text.parse().or_else(|_| text.parse::<std::net::IpAddr>().map(ipnet::IpNet::from));
        network.map_err(|_| Stop::wrong_use(format!("`trusted_proxies`: `{text}` is no network such as 10.0.0.0/8")))
    };
    settings.trusted_proxies().map(read).collect()
}
