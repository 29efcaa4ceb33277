//! The demonstration: the invented world goes through the public API, from collection to payment.
//!
//! Every stage looks at what is there and does what is left, so that a demonstration that was stopped goes on and one
//! that is complete only starts.

mod agree;
pub mod board;
mod calculate;
pub mod cast;
pub mod catalogue;
mod collect;
mod documents;
mod explain;
mod pay;
pub mod person;
mod place;
mod proof;
mod publish;
mod schedule;
pub mod setup;
mod sshd;
mod wait;
mod welcome;
mod whatif;
mod words;

use std::path::Path;
use std::sync::Arc;

use platform::telemetry::{Telemetry, TelemetryOptions};

use crate::cli::{Demo, RoleFlag};
use crate::demo::world::World;
use crate::demo::world::manifest::{Manifest, Report};
use crate::say;
use crate::service::{Service, signals};
use crate::stop::Stop;
use board::Board;
use cast::Cast;
use person::Trouble;

/// One accounting month of the demonstration.
pub struct Month<'a> {
    /// `2026-01`.
    name: &'a str,
    /// Its files, both tenants'.
    reports: &'a [Report],
    /// The members of both tenants.
    casts: &'a [Cast],
    /// Whose books of the month are still open, in the order of `casts`.
    is_open: Vec<bool>,
}

impl<'a> Month<'a> {
    /// Looks whose books are still open.
    async fn look(name: &'a str, reports: &'a [Report], casts: &'a [Cast]) -> Result<Self, Trouble> {
        let mut is_open = Vec::with_capacity(casts.len());
        for cast in casts {
            let (run, _) = calculate::run_of(cast, name).await?;
            is_open.push(run.is_none_or(|run| run["state"] != "FINALISED"));
        }
        Ok(Self { name, reports, casts, is_open })
    }

    /// The tenants whose books are still open.
    fn open(&self) -> impl Iterator<Item = &'a Cast> {
        self.casts.iter().zip(&self.is_open).filter(|(_, is_open)| **is_open).map(|(cast, _)| cast)
    }
}

/// Runs the demonstration, and goes on serving unless it is to end.
///
/// # Errors
/// When anything fails or refuses, or money is not conserved.
pub async fn demo(flags: Demo) -> Result<(), Stop> {
    let settings = place::settings(&flags)?;
    let telemetry = Telemetry::init(TelemetryOptions {
        log: &settings.log,
        format: settings.log_format,
        otlp_endpoint: settings.otlp_endpoint.as_deref(),
        role: RoleFlag::All.name(),
    })?;
    let mut signals = signals::Signals::listen()?;
    let folder = settings.data_dir.clone();
    say::line(format_args!(
        "TuneMantra demonstration: {} report lines of seed {} in {}\n",
        words::count(flags.lines),
        flags.seed,
        folder.display()
    ));
    let mut service = tokio::select! {
        service = Service::start(settings, RoleFlag::All, Some(Arc::new(telemetry))) => service?,
        () = signals.next() => return Ok(()),
    };
    let outcome = tokio::select! {
        outcome = perform(&flags, &service, &folder) => outcome,
        () = signals.next() => Err(Stop::failed("stopped; run it again and it goes on from here")),
    };
    if outcome.is_ok() && !flags.once {
        tokio::select! {
            () = signals.next() => {}
            failed = service.failed() => say::remark(failed),
        }
    }
    outcome.and(service.stop().await)
}

async fn perform(flags: &Demo, service: &Service, folder: &Path) -> Result<(), Stop> {
    let started = platform::clock::stopwatch();
    let address = service.address().ok_or_else(|| Stop::failed("the API does not listen"))?;
    let base = format!("http://{address}");
    let board = Board::new();
    let (world, manifest) = write_world(&board, flags, folder.join("world")).await?;
    let http = reqwest::Client::new();
    let casts: Vec<Cast> = world.tenants.iter().map(|tenant| Cast::new(&http, &base, tenant.slug)).collect();

    setup::set_up(&board, &service.base, &world, &casts).await?;
    let files = folder.join("world");
    catalogue::import(&board, &world, &manifest.tenants, &files, &casts).await?;
    let label = casts.first().ok_or_else(|| Stop::failed("the world has no tenants"))?;
    let today = platform::clock::now().date_naive();
    let delivery = schedule::begin(&manifest, &files, &folder.join("sftp"), label, today).await?;
    let documents = folder.join("statements");
    let mut statements = 0;
    let months: Vec<&[Report]> = manifest.reports.chunk_by(|a, b| a.month == b.month).collect();
    for reports in &months {
        let Some(name) = reports.first().map(|report| report.month.as_str()) else { continue };
        let month = Month::look(name, reports, &casts).await?;
        collect::import(&board, &month, &files).await?;
        collect::decide(&board, &month).await?;
        calculate::calculate(&board, &month).await?;
        calculate::finalise(&board, &month).await?;
        publish::draft(&board, &month).await?;
        publish::publish(&board, &month).await?;
        statements += documents::fetch(&board, &month, &documents).await?;
        pay::pay(&board, &month).await?;
    }
    let collected = match delivery {
        Some(delivery) => Some(delivery.show(&board).await?),
        None => None,
    };
    board.summary();
    say::line(format_args!("  {:<22} {:>35}", "from start to end", words::seconds(started.elapsed())));

    if let Some(run) = &collected {
        run.tell();
    }
    let first_and_last = manifest.reports.first().zip(manifest.reports.last());
    let (first, last) = first_and_last.ok_or_else(|| Stop::failed("the world has no reports"))?;
    proof::prove(&manifest, &casts, &first.month, &last.month).await?;
    say::line(format_args!(
        "\nStatements: {} in {}, each as PDF, XLSX and CSV with the same numbers",
        words::count(statements),
        documents.display()
    ));
    let royalty = explain::explain(label, &last.month).await?;
    whatif::simulate(label, &first.month, &last.month).await?;
    if !flags.once {
        welcome::welcome(&base, &casts, &royalty, &first.month, &last.month);
    }
    Ok(())
}

/// Writes the import files and reports, on a thread that may block.
async fn write_world(board: &Board, flags: &Demo, folder: std::path::PathBuf) -> Result<(World, Manifest), Stop> {
    let stage = board.stage("world", "", flags.lines, "lines");
    let (seed, lines) = (flags.seed, flags.lines);
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let written = tokio::task::spawn_blocking(move || {
        let world = World::build(seed);
        std::fs::create_dir_all(&folder)?;
        // Nobody listens any more when the demonstration was stopped.
        let mut progress = |lines| {
            let _ = tell.send(lines);
        };
        let manifest = world.write(lines, &folder, &mut progress)?;
        Ok::<_, std::io::Error>((world, manifest))
    });
    while let Some(lines) = told.recv().await {
        stage.add(lines);
    }
    let made = written.await.map_err(|error| Stop::failed(format!("writing the world broke off: {error}")))??;
    stage.finish();
    Ok(made)
}
