//! The instruments. Names follow OpenTelemetry's conventions: seconds as the unit of time, no unit in the name.
#![allow(clippy::disallowed_types, reason = "instruments measure in floats; no money passes here")]

use std::sync::OnceLock;
use std::time::Duration;

use opentelemetry::metrics::noop::NoopMeterProvider;
use opentelemetry::metrics::{Counter, Gauge, Histogram, Meter, MeterProvider as _};
use opentelemetry::{KeyValue, global};

/// Bounds for durations, in seconds: from a cached answer to a long import.
const SECONDS: [f64; 16] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0, 300.0, 1800.0];

/// Every instrument of the program.
pub struct Metrics {
    operation_duration: Histogram<f64>,
    pool_wait: Histogram<f64>,
    pool_connections: Gauge<u64>,
    job_duration: Histogram<f64>,
    queue_jobs: Gauge<u64>,
    queue_oldest: Gauge<u64>,
    stage_items: Counter<u64>,
    stage_duration: Histogram<f64>,
    ledger_imbalance: Gauge<u64>,
    unmatched_ratio: Gauge<f64>,
    payments: Gauge<u64>,
    payments_oldest: Gauge<u64>,
    event_subscribers: Gauge<u64>,
}

/// The instruments that measure, once telemetry is set up.
static LIVE: OnceLock<Metrics> = OnceLock::new();
/// Those that do nothing, for what runs before or without it.
static IDLE: OnceLock<Metrics> = OnceLock::new();

/// The instruments of this process. They do nothing until [`super::Telemetry::init`] has run.
pub fn metrics() -> &'static Metrics {
    LIVE.get().unwrap_or_else(|| IDLE.get_or_init(|| Metrics::over(&NoopMeterProvider::new().meter("tunemantra"))))
}

/// Makes the instruments measure.
pub(super) fn go_live() {
    LIVE.get_or_init(|| Metrics::over(&global::meter("tunemantra")));
}

impl Metrics {
    fn over(meter: &Meter) -> Self {
        let seconds = |name: &'static str, meaning: &'static str| {
            meter.f64_histogram(name).with_unit("s").with_boundaries(SECONDS.to_vec()).with_description(meaning).build()
        };
        let count = |name: &'static str, meaning: &'static str| meter.u64_gauge(name).with_description(meaning).build();
        let age = |name: &'static str, meaning: &'static str| {
            meter.u64_gauge(name).with_unit("s").with_description(meaning).build()
        };
        Self {
            operation_duration: seconds(
                "tunemantra.operation.duration",
                "Duration of API operations, by operation and outcome",
            ),
            pool_wait: seconds("tunemantra.pool.wait", "Wait for a database connection, by role"),
            pool_connections: count("tunemantra.pool.connections", "Database connections, by role and state"),
            job_duration: seconds("tunemantra.job.duration", "Duration of job attempts, by job and outcome"),
            queue_jobs: count("tunemantra.queue.jobs", "Jobs in the queue, by state"),
            queue_oldest: age("tunemantra.queue.oldest", "Wait of the oldest job that could run"),
            stage_items: meter
                .u64_counter("tunemantra.stage.items")
                .with_description("Items that went through a stage (lines, rows, documents), by stage")
                .build(),
            stage_duration: seconds("tunemantra.stage.duration", "Duration of a stage's run, by stage"),
            ledger_imbalance: count(
                "tunemantra.ledger.imbalance",
                "Accounts whose kept balance differs from their transfers: must be 0",
            ),
            unmatched_ratio: meter
                .f64_gauge("tunemantra.collection.unmatched.ratio")
                .with_description("Share of the last import's lines that matched nothing")
                .build(),
            payments: count("tunemantra.payments", "Payments, by state"),
            payments_oldest: age("tunemantra.payments.oldest", "Age of the oldest payment, by state"),
            event_subscribers: count("tunemantra.events.subscribers", "Open event subscriptions"),
        }
    }

    /// An API operation has ended; `outcome` is `ok` or an error code.
    pub fn operation_finished(&self, operation: &str, outcome: &str, took: Duration) {
        self.operation_duration.record(
            took.as_secs_f64(),
            &[KeyValue::new("operation", operation.to_owned()), KeyValue::new("outcome", outcome.to_owned())],
        );
    }

    /// A connection came after this wait.
    pub fn pool_waited(&self, role: &'static str, wait: Duration) {
        self.pool_wait.record(wait.as_secs_f64(), &[KeyValue::new("role", role)]);
    }

    /// How full a pool is.
    pub fn pool_use(&self, pool: crate::db::PoolUse) {
        let state = |state: &'static str| [KeyValue::new("role", pool.role), KeyValue::new("state", state)];
        self.pool_connections.record(u64::from(pool.open.saturating_sub(pool.idle)), &state("used"));
        self.pool_connections.record(u64::from(pool.idle), &state("idle"));
    }

    /// An attempt at a job has ended.
    pub fn job_finished(&self, job: &'static str, took: Duration, outcome: &'static str) {
        self.job_duration.record(took.as_secs_f64(), &[KeyValue::new("job", job), KeyValue::new("outcome", outcome)]);
    }

    /// How the queue is doing.
    pub fn queue(&self, stats: crate::jobs::QueueStats) {
        let count = |number: i64| u64::try_from(number).unwrap_or(0);
        for (state, number) in
            [("ready", stats.ready), ("scheduled", stats.scheduled), ("running", stats.running), ("dead", stats.dead)]
        {
            self.queue_jobs.record(count(number), &[KeyValue::new("state", state)]);
        }
        self.queue_oldest.record(count(stats.oldest_ready_seconds), &[]);
    }

    /// A stage (`import`, `calculate`, `statements`, …) handled this many items in this time.
    pub fn stage_finished(&self, stage: &'static str, items: u64, took: Duration) {
        let stage = [KeyValue::new("stage", stage)];
        self.stage_items.add(items, &stage);
        self.stage_duration.record(took.as_secs_f64(), &stage);
    }

    /// How many accounts disagree with their transfers.
    pub fn ledger_imbalance(&self, accounts: u64) {
        self.ledger_imbalance.record(accounts, &[]);
    }

    /// How many lines of an import matched nothing.
    pub fn unmatched(&self, lines: u64, of: u64) {
        if of > 0 {
            self.unmatched_ratio.record(lines as f64 / of as f64, &[]);
        }
    }

    /// Payments in a state, and the age of the oldest.
    pub fn payments(&self, state: &str, number: u64, oldest: Duration) {
        let state = [KeyValue::new("state", state.to_owned())];
        self.payments.record(number, &state);
        self.payments_oldest.record(oldest.as_secs(), &state);
    }

    /// Open event subscriptions of this process.
    pub fn event_subscribers(&self, number: u64) {
        self.event_subscribers.record(number, &[]);
    }
}
