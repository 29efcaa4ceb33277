//! The operators' port: probes and metrics, apart from the API so that it need not be public.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use platform::db::Db;
use platform::telemetry::Telemetry;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::http;
use crate::stop::Stop;

/// How long the database may take to give a sign of life.
const PING: Duration = Duration::from_secs(2);

/// Where the program is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Database, migrations, keys.
    Starting,
    /// Serving.
    Ready,
    /// Ending: open requests only.
    Draining,
}

/// What the probes look at.
#[derive(Clone)]
struct Watch {
    state: Arc<Mutex<(Phase, Option<Db>)>>,
    telemetry: Option<Arc<Telemetry>>,
}

impl Watch {
    fn state(&self) -> std::sync::MutexGuard<'_, (Phase, Option<Db>)> {
        // Nothing panics while holding the lock; if something did, the pair is still whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The operators' port.
pub struct Management {
    watch: Watch,
    stopping: CancellationToken,
    serving: JoinHandle<Result<(), Stop>>,
}

impl Management {
    /// Starts answering: alive, not ready yet.
    ///
    /// # Errors
    /// When the address is taken.
    pub async fn start(address: SocketAddr, telemetry: Option<Arc<Telemetry>>) -> Result<Self, Stop> {
        let watch = Watch { state: Arc::new(Mutex::new((Phase::Starting, None))), telemetry };
        let router = Router::new()
            .route("/livez", get(async || "alive\n"))
            .route("/startupz", get(startup))
            .route("/readyz", get(readiness))
            .route("/metrics", get(metrics))
            .with_state(watch.clone());
        let stopping = CancellationToken::new();
        let serving = http::serve(http::bind("management_listen", address).await?, router, stopping.clone());
        Ok(Self { watch, stopping, serving })
    }

    /// From now on the database decides about readiness.
    pub fn ready(&self, db: Db) {
        *self.watch.state() = (Phase::Ready, Some(db));
    }

    /// The next phase.
    pub fn phase(&self, phase: Phase) {
        self.watch.state().0 = phase;
    }

    /// Stops answering. Scrapers that hold their connection are not waited for.
    pub async fn stop(self) {
        self.stopping.cancel();
        drop(tokio::time::timeout(Duration::from_millis(500), self.serving).await);
    }
}

async fn startup(State(watch): State<Watch>) -> (StatusCode, &'static str) {
    match watch.state().0 {
        Phase::Starting => (StatusCode::SERVICE_UNAVAILABLE, "starting\n"),
        Phase::Ready | Phase::Draining => (StatusCode::OK, "started\n"),
    }
}

async fn readiness(State(watch): State<Watch>) -> (StatusCode, &'static str) {
    let (phase, db) = watch.state().clone();
    match (phase, db) {
        (Phase::Draining, _) => (StatusCode::SERVICE_UNAVAILABLE, "draining\n"),
        (Phase::Ready, Some(db)) => match tokio::time::timeout(PING, db.ping()).await {
            Ok(Ok(())) => (StatusCode::OK, "ready\n"),
            Ok(Err(_)) | Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n"),
        },
        _ => (StatusCode::SERVICE_UNAVAILABLE, "starting\n"),
    }
}

async fn metrics(State(watch): State<Watch>) -> Response {
    let Some(telemetry) = &watch.telemetry else { return StatusCode::NOT_FOUND.into_response() };
    match telemetry.prometheus_text() {
        Ok(page) => ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], page).into_response(),
        Err(failure) => {
            tracing::error!(%failure, "the metrics page could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
