//! Carrying a trace from a request to the jobs it caused.

use std::collections::HashMap;

use opentelemetry::global;
use opentelemetry::trace::TraceContextExt as _;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use super::metrics::metrics;

/// The W3C header name.
const TRACE_PARENT: &str = "traceparent";

/// The W3C trace parent of the current span; none when traces are not exported.
#[must_use]
pub fn current_trace_parent() -> Option<String> {
    let context = Span::current().context();
    if !context.span().span_context().is_valid() {
        return None;
    }
    let mut carrier = HashMap::new();
    global::get_text_map_propagator(|propagator| propagator.inject_context(&context, &mut carrier));
    carrier.remove(TRACE_PARENT)
}

/// Links a span to the one that caused it. A link and not a parent: a job may run hours after its request.
pub fn link(span: &Span, trace_parent: Option<&str>) {
    let Some(trace_parent) = trace_parent else { return };
    let carrier = HashMap::from([(TRACE_PARENT.to_owned(), trace_parent.to_owned())]);
    let cause = global::get_text_map_propagator(|propagator| propagator.extract(&carrier));
    let cause = cause.span().span_context().clone();
    if cause.is_valid() {
        span.add_link(cause);
    }
}

/// Waits for a connection and notes how long it took.
pub(crate) async fn pool_wait<T>(role: &'static str, acquire: impl Future<Output = T>) -> T {
    let started = crate::clock::stopwatch();
    let connection = acquire.await;
    metrics().pool_waited(role, started.elapsed());
    connection
}
