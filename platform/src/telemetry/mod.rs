//! What operators see: structured logs, traces by OTLP, metrics by OTLP and on `/metrics`.
//!
//! A tenant is never a label of a metric (their number is unbounded and their names are their own business);
//! it is a field of logs and spans.

mod metrics;
mod trace;

use std::str::FromStr;

use kernel::failure::Failure;
use opentelemetry::global;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::WithExportConfig as _;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
use prometheus::{Encoder as _, Registry, TextEncoder};
use serde::{Deserialize, Serialize};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

pub use metrics::{Metrics, metrics};
pub use trace::{current_trace_parent, link};

pub(crate) use trace::pool_wait;

/// Libraries that say more than operators want; the configured filter can raise each of them.
const QUIET: &str = "sqlx=warn,sea_orm=warn,graphile_worker=warn,graphile_worker_migrations=warn,\
graphile_worker_queries=warn,graphile_worker_recovery=warn,hyper=warn,reqwest=warn,opentelemetry=warn,\
opentelemetry_sdk=warn,h2=warn,tower_http=info";

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object per line, for machines.
    Json,
}

impl FromStr for LogFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            other => Err(format!("`{other}` is neither `text` nor `json`")),
        }
    }
}

/// What to set up.
#[derive(Debug, Clone, Copy)]
pub struct TelemetryOptions<'a> {
    /// Log filter in `tracing` syntax, e.g. `info,platform=debug`.
    pub log: &'a str,
    /// How log lines look.
    pub format: LogFormat,
    /// OTLP collector (`http://host:4318`); none: no export.
    pub otlp_endpoint: Option<&'a str>,
    /// What runs here, e.g. `api`, `worker`, `api+worker`: the service instance's role.
    pub role: &'a str,
}

/// The running telemetry. Keep it until the program ends, then call [`Telemetry::shutdown`].
pub struct Telemetry {
    registry: Registry,
    meters: SdkMeterProvider,
    tracers: Option<SdkTracerProvider>,
}

impl Telemetry {
    /// Sets up logs, traces and metrics for the whole program. Once per process, before anything is measured.
    ///
    /// # Errors
    /// `CONFIG_INVALID` for a log filter or an endpoint that cannot be read; `INTERNAL` when called twice.
    pub fn init(options: TelemetryOptions<'_>) -> Result<Self, Failure> {
        let filter = EnvFilter::builder()
            .parse(format!("{QUIET},{}", options.log))
            .map_err(|error| Failure::refused("CONFIG_INVALID", format!("`log` is not a log filter: {error}")))?;
        let resource = Resource::builder()
            .with_service_name("tunemantra")
            .with_attribute(opentelemetry::KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .with_attribute(opentelemetry::KeyValue::new("service.role", options.role.to_owned()))
            .build();
        global::set_text_map_propagator(TraceContextPropagator::new());

        let registry = Registry::new();
        let meters = meters(&registry, &resource, options.otlp_endpoint)?;
        global::set_meter_provider(meters.clone());
        metrics::go_live();
        let tracers = options.otlp_endpoint.map(|endpoint| tracers(resource, endpoint)).transpose()?;

        let spans =
            tracers.as_ref().map(|provider| tracing_opentelemetry::layer().with_tracer(provider.tracer("tunemantra")));
        let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_target(false);
        let lines = match options.format {
            LogFormat::Text => lines.compact().boxed(),
            LogFormat::Json => lines.json().flatten_event(true).boxed(),
        };
        tracing_subscriber::registry()
            .with(filter)
            .with(lines)
            .with(spans)
            .try_init()
            .map_err(|error| Failure::internal(format!("telemetry: {error}")))?;
        Ok(Self { registry, meters, tracers })
    }

    /// The `/metrics` page in Prometheus' text format.
    ///
    /// # Errors
    /// `INTERNAL` when an instrument cannot be written.
    pub fn prometheus_text(&self) -> Result<String, Failure> {
        let mut page = Vec::new();
        TextEncoder::new()
            .encode(&self.registry.gather(), &mut page)
            .map_err(|error| Failure::internal(format!("metrics: {error}")))?;
        String::from_utf8(page).map_err(|error| Failure::internal(format!("metrics: {error}")))
    }

    /// Sends what is still waiting. Blocks for some seconds at most; call it last.
    pub fn shutdown(self) {
        if let Some(tracers) = self.tracers
            && let Err(error) = tracers.shutdown()
        {
            tracing::warn!(%error, "the last traces were not delivered");
        }
        if let Err(error) = self.meters.shutdown() {
            tracing::warn!(%error, "the last metrics were not delivered");
        }
    }
}

fn meters(registry: &Registry, resource: &Resource, endpoint: Option<&str>) -> Result<SdkMeterProvider, Failure> {
    let page = opentelemetry_prometheus::exporter()
        .with_registry(registry.clone())
        .build()
        .map_err(|error| Failure::internal(format!("metrics page: {error}")))?;
    let mut builder = SdkMeterProvider::builder().with_reader(page).with_resource(resource.clone());
    if let Some(endpoint) = endpoint {
        let exporter = opentelemetry_otlp::MetricExporter::builder()
            .with_http()
            .with_endpoint(signal_address(endpoint, "metrics"))
            .build()
            .map_err(bad_endpoint)?;
        builder = builder.with_reader(PeriodicReader::builder(exporter).build());
    }
    Ok(builder.build())
}

fn tracers(resource: Resource, endpoint: &str) -> Result<SdkTracerProvider, Failure> {
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_http()
        .with_endpoint(signal_address(endpoint, "traces"))
        .build()
        .map_err(bad_endpoint)?;
    Ok(SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_sampler(Sampler::ParentBased(Box::new(Sampler::AlwaysOn)))
        .with_resource(resource)
        .build())
}

/// The OTLP specification's paths under one endpoint.
fn signal_address(endpoint: &str, signal: &str) -> String {
    format!("{}/v1/{signal}", endpoint.trim_end_matches('/'))
}

fn bad_endpoint(error: impl std::fmt::Display) -> Failure {
    Failure::refused("CONFIG_INVALID", format!("`otlp_endpoint` cannot be used: {error}"))
}

#[cfg(test)]
mod tests {
    use super::signal_address;

    #[test]
    fn signals_have_their_own_paths() {
        assert_eq!(signal_address("http://collector:4318/", "traces"), "http://collector:4318/v1/traces");
    }
}
