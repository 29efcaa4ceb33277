//! Logs, traces and metrics leave the program.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use platform::telemetry::{LogFormat, Telemetry, TelemetryOptions, current_trace_parent, metrics};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// A collector that takes everything and remembers the paths.
async fn collector() -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let paths = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&paths);
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let seen = Arc::clone(&seen);
            tokio::spawn(async move {
                let mut buffer = vec![0; 64 * 1024];
                let read = socket.read(&mut buffer).await.unwrap_or(0);
                let text = String::from_utf8_lossy(&buffer[..read]).into_owned();
                seen.lock().unwrap().push(text.split(' ').nth(1).unwrap_or_default().to_owned());
                let answer = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
                let _ = socket.write_all(answer.as_bytes()).await;
            });
        }
    });
    (address, paths)
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_exported_and_shown() {
    let (endpoint, paths) = collector().await;
    let telemetry = Telemetry::init(TelemetryOptions {
        log: "platform=info,real=info",
        format: LogFormat::Json,
        otlp_endpoint: Some(&endpoint),
        role: "test",
    })
    .unwrap();
    assert!(
        Telemetry::init(TelemetryOptions { log: "=,", format: LogFormat::Text, otlp_endpoint: None, role: "x" })
            .is_err()
    );

    let parent = tracing::info_span!("request").in_scope(current_trace_parent);
    let parent = parent.expect("a span has a trace parent when traces are exported");
    assert!(parent.starts_with("00-") && parent.len() == 55, "{parent}");

    metrics().stage_finished("import", 1_000, Duration::from_millis(20));
    metrics().ledger_imbalance(0);
    let page = telemetry.prometheus_text().unwrap();
    assert!(page.contains("tunemantra_stage_items_total{") && page.contains("stage=\"import\""), "{page}");
    assert!(page.contains("tunemantra_ledger_imbalance"), "{page}");
    assert!(!page.contains("ten_"), "no tenants in labels");

    tokio::task::spawn_blocking(move || telemetry.shutdown()).await.unwrap();
    let paths = paths.lock().unwrap();
    assert!(paths.iter().any(|path| path == "/v1/traces"), "{paths:?}");
    assert!(paths.iter().any(|path| path == "/v1/metrics"), "{paths:?}");
}
