//! Figures, each beside a baseline that is measured in the same run on the same machine.
//!
//! Everything happens in a scratch folder with a private PostgreSQL of full durability, for both sides alike; nothing
//! of an installation is read or touched.

mod api;
mod engine;
mod figure;
mod forms;
mod load;
mod payment_files;
mod raw;
mod stage;
mod statements;
mod work;

use platform::config::Sources;
use platform::telemetry::{LogFormat, Telemetry, TelemetryOptions};

use crate::cli::{Bench, BenchWork};
use crate::say;
use crate::stop::Stop;
use work::Work;

/// Measures and prints.
///
/// # Errors
/// When something fails on the way.
pub async fn bench(flags: Bench) -> Result<(), Stop> {
    let _telemetry =
        Telemetry::init(TelemetryOptions { log: "warn", format: LogFormat::Text, otlp_endpoint: None, role: "bench" })?;
    let folder = tempfile::Builder::new().prefix("tunemantra-bench-").tempdir()?;
    let bin = flags.postgres_bin.as_ref().map(|path| path.display().to_string());
    let settings = Sources::default()
        .flag("data_dir", Some(folder.path().join("data").display()))
        .flag("postgres_bin", bin)
        .flag("listen", Some("127.0.0.1:0"))
        .flag("management_listen", Some("127.0.0.1:0"))
        .load()?;
    let files = folder.path().join("files");
    std::fs::create_dir_all(&files)?;
    let figures = match flags.work {
        BenchWork::Import => work::measure(Work::Import, settings, flags.lines, &files).await?,
        BenchWork::Calculate => work::measure(Work::Calculate, settings, flags.lines, &files).await?,
        BenchWork::Statements => {
            let (statements, lines) = (flags.statements, flags.lines);
            tokio::task::spawn_blocking(move || statements::measure(statements, lines))
                .await
                .map_err(|error| Stop::failed(format!("the measurement broke off: {error}")))??
        }
        BenchWork::Payments => {
            let files = files.clone();
            tokio::task::spawn_blocking(move || payment_files::measure(&files))
                .await
                .map_err(|error| Stop::failed(format!("the measurement broke off: {error}")))??
        }
        BenchWork::Engine => engine::measure(&settings, flags.lines).await?,
        BenchWork::Api => api::measure(settings, flags.requests, &files).await?,
    };
    for figure in figures {
        if flags.json {
            say::line(serde_json::to_string(&figure)?);
        } else {
            say::line(figure);
        }
    }
    Ok(())
}
