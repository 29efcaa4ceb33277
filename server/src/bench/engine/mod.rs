//! The engine in memory, on one core: percentage deals with three payees per line, and tiers behind a waterfall of three
//! steps. Baseline: the same join, rounding and sums of the percentage deals in plain SQL, in one PostgreSQL process. Both
//! must come to the same rows and the same sum to the last digit, or there is no figure.
//!
//! Lines are made outside the measured time, a stretch at a time, as a run reads them from its reports: memory is what
//! the engine keeps, however many lines there are. Both sides are measured in time on a processor where the system tells
//! it (Linux), so that other work on the machine counts against neither.
#![allow(clippy::disallowed_types, reason = "ratios of times are measurements; no money passes here")]

mod deals;
mod processor;
mod sql;

use std::time::Duration;

use engine::CompiledRules;
use engine::model::Line;
use platform::config::Settings;
use platform::postgres::Durability;

use super::figure::{Figure, Side, Target, peak_rss_bytes};
use crate::service::database::Database;
use crate::stop::Stop;
use deals::{Deal, Lines};
use processor::Processor;

/// Lines that a run hands to the engine at a time.
const BATCH: usize = 40_000;
/// Lines in memory at a time.
const STRETCH: u64 = 5 * BATCH as u64;
/// The best of so many repetitions counts.
const REPEATS: usize = 3;
/// The memory figure is taken with so many times the lines of the others.
const LARGE: u64 = 10;
/// The most memory that the large run may have had.
const MEMORY: u64 = 1_000_000_000;
/// Royalty rows a second on one core.
const PERCENTAGES: u64 = 10_000_000;
/// The same with tiers and a waterfall.
const TIERS: u64 = 3_000_000;

/// What one pass over the lines gave.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sums {
    /// Royalty rows.
    pub rows: u64,
    /// The sum of their amounts, in 10⁻¹² of the contracts' currency.
    pub amount: i128,
}

#[derive(Debug, Clone, Copy)]
struct Pass {
    result: Sums,
    took: Duration,
}

/// Measures.
///
/// # Errors
/// When the database does not start, or the two sides differ.
pub async fn measure(settings: &Settings, lines: u64) -> Result<Vec<Figure>, Stop> {
    let engine = tokio::task::spawn_blocking(move || on_one_core(lines))
        .await
        .map_err(|error| Stop::failed(format!("the measurement broke off: {error}")))??;
    let database = Database::open(settings, Durability::Scratch).await?;
    let baseline = sql::measure(&database.urls.owner, lines, REPEATS).await;
    database.close().await?;
    let (result, baseline) = baseline?;
    if result != engine.percentages.result {
        return Err(Stop::failed(format!(
            "engine and SQL differ: {:?} and {result:?}; a figure would mean nothing",
            engine.percentages.result
        )));
    }
    Ok(engine.figures(lines, baseline))
}

struct Engine {
    percentages: Pass,
    /// With half the lines.
    half: Pass,
    tiers: Pass,
    tiers_half: Pass,
    large: Pass,
    peak: Option<u64>,
    tiers_large: Pass,
    tiers_peak: Option<u64>,
}

/// Everything of the engine, on a pool of one thread. The large runs come first: memory once had does not go back.
fn on_one_core(lines: u64) -> Result<Engine, Stop> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .map_err(|error| Stop::failed(format!("no thread to measure on: {error}")))?;
    pool.install(|| {
        let large = pass(Deal::Percentages, lines.saturating_mul(LARGE))?;
        let peak = peak_rss_bytes();
        let tiers_large = pass(Deal::Tiers, lines.saturating_mul(LARGE))?;
        let tiers_peak = peak_rss_bytes();
        Ok(Engine {
            large,
            peak,
            tiers_large,
            tiers_peak,
            percentages: best(Deal::Percentages, lines)?,
            half: best(Deal::Percentages, lines.div_ceil(2))?,
            tiers: best(Deal::Tiers, lines)?,
            tiers_half: best(Deal::Tiers, lines.div_ceil(2))?,
        })
    })
}

fn best(deal: Deal, lines: u64) -> Result<Pass, Stop> {
    let mut best = pass(deal, lines)?;
    for _ in 1..REPEATS {
        let again = pass(deal, lines)?;
        if again.took < best.took {
            best = again;
        }
    }
    Ok(best)
}

/// All lines once: their order is found where the rules need it, which counts, then they are computed.
fn pass(deal: Deal, lines: u64) -> Result<Pass, Stop> {
    let (mut rules, names) = deal.compile()?;
    let mut took = Duration::ZERO;
    let mut stretch: Vec<Line> = Vec::new();
    let mut order = rules.ordering();
    while order.is_open() {
        let mut source = Lines::new(&names, lines)?;
        while source.next(STRETCH, &mut stretch) {
            let clock = Processor::start();
            for batch in stretch.chunks(BATCH) {
                order.note(&rules, batch);
            }
            took += clock.elapsed();
        }
        let clock = Processor::start();
        order.end_pass(&rules);
        took += clock.elapsed();
    }
    rules = rules.ordered(order);
    let mut result = Sums::default();
    let mut source = Lines::new(&names, lines)?;
    while source.next(STRETCH, &mut stretch) {
        took += compute(&rules, &stretch, &mut result)?;
    }
    Ok(Pass { result, took })
}

fn compute(rules: &CompiledRules, lines: &[Line], result: &mut Sums) -> Result<Duration, Stop> {
    let mut took = Duration::ZERO;
    for batch in lines.chunks(BATCH) {
        let clock = Processor::start();
        let outcome = rules.compute(batch);
        took += clock.elapsed();
        if !outcome.totals.is_conserved() || !outcome.suspense.is_empty() {
            return Err(Stop::failed("a measured line was not paid whole".to_owned()));
        }
        result.rows += outcome.rows.len() as u64;
        result.amount += outcome.rows.iter().map(|row| row.amount.0).sum::<i128>();
    }
    Ok(took)
}

impl Engine {
    fn figures(&self, lines: u64, sql: Duration) -> Vec<Figure> {
        let baseline = || Side { name: "percentage deals in plain SQL, one process", took: sql };
        let speed = |name, pass: Pass, target| {
            let figure =
                Figure::new(Side { name, took: pass.took }, pass.result.rows, "royalty rows", baseline(), None);
            let per_second = figure.per_second();
            figure.held_to(Target::at_least("rows per second and core", per_second as f64, target as f64))
        };
        let times_sql = sql.as_secs_f64() / self.percentages.took.as_secs_f64().max(f64::MIN_POSITIVE);
        let doubled = |name, whole: Pass, half: Pass| {
            let twice = Side { name: "twice the time of half the lines", took: half.took * 2 };
            let ratio = whole.took.as_secs_f64() / twice.took.as_secs_f64().max(f64::MIN_POSITIVE);
            Figure::new(Side { name, took: whole.took }, lines, "lines", twice, None).held_to(Target::at_most(
                "time of doubled lines",
                ratio,
                1.1,
            ))
        };
        let large = |name, pass: Pass, small: Pass, peak: Option<u64>| {
            let ten = Side { name: "ten times the time of a tenth", took: small.took * 10 };
            let figure = Figure::new(Side { name, took: pass.took }, lines * LARGE, "lines", ten, peak);
            match peak {
                Some(bytes) => figure.held_to(Target::at_most("peak memory in bytes", bytes as f64, MEMORY as f64)),
                None => figure,
            }
        };
        vec![
            speed("engine: percentages, three payees", self.percentages, PERCENTAGES).held_to(Target::at_least(
                "times plain SQL",
                times_sql,
                3.0,
            )),
            speed("engine: tiers, waterfall of three steps", self.tiers, TIERS),
            doubled("engine: percentages, linearity", self.percentages, self.half),
            doubled("engine: tiers, linearity", self.tiers, self.tiers_half),
            large("engine: percentages, memory", self.large, self.percentages, self.peak),
            large("engine: tiers, memory", self.tiers_large, self.tiers, self.tiers_peak),
        ]
    }
}
