//! `serve`: until somebody says stop.

use std::sync::Arc;

use platform::telemetry::{Telemetry, TelemetryOptions};

use crate::cli::Serve;
use crate::service::{Service, signals};
use crate::stop::Stop;

/// Serves until SIGTERM or Ctrl-C, then ends in good order.
///
/// # Errors
/// When it cannot start, a part fails for good, or it does not end in good order.
pub async fn serve(flags: &Serve) -> Result<(), Stop> {
    let settings = flags.settings.load()?;
    let telemetry = Arc::new(Telemetry::init(TelemetryOptions {
        log: &settings.log,
        format: settings.log_format,
        otlp_endpoint: settings.otlp_endpoint.as_deref(),
        role: flags.role.name(),
    })?);
    let ended = until_stopped(settings, flags, Arc::clone(&telemetry)).await;
    flush(telemetry).await;
    ended
}

async fn until_stopped(
    settings: platform::config::Settings,
    flags: &Serve,
    telemetry: Arc<Telemetry>,
) -> Result<(), Stop> {
    // Listening for signals begins before anything else, so that a stop during a long start is heard as well.
    let mut signals = signals::Signals::listen()?;
    let mut service = tokio::select! {
        service = Service::start(settings, flags.role, Some(telemetry)) => service?,
        () = signals.next() => return Ok(()),
    };
    if let Some(address) = service.address() {
        tracing::info!(%address, "the API is ready");
    }
    let outcome = tokio::select! {
        () = signals.next() => {
            tracing::info!("stopping");
            Ok(())
        }
        failed = service.failed() => Err(failed),
    };
    tokio::select! {
        stopped = service.stop() => outcome.and(stopped),
        // Whoever asks twice does not want to wait.
        () = signals.next() => outcome.and(Err(Stop::failed("stopped at once, without waiting for what was at work"))),
    }
}

/// Sends the last traces and metrics, from a thread that may block.
async fn flush(telemetry: Arc<Telemetry>) {
    if let Some(telemetry) = Arc::into_inner(telemetry) {
        drop(tokio::task::spawn_blocking(|| telemetry.shutdown()).await);
    }
}
