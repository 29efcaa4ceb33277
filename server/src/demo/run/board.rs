//! What people see while it runs, and the table at the end.

use std::io::{self, IsTerminal as _};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::words::{count, seconds};
use crate::say;

/// How often a bar is drawn.
const TICK: Duration = Duration::from_millis(100);
/// Prefix, bar, position: a line of a terminal of 80 columns.
const BAR: &str = "  {prefix:30} {bar:24} {human_pos:>9}/{human_len} {msg}  {elapsed}";

/// All stages so far.
pub struct Board {
    bars: Option<MultiProgress>,
    /// Nothing is said until the summary.
    is_quiet: bool,
    rows: Mutex<Vec<Row>>,
}

/// One line of the summary: a stage over all months.
#[derive(Debug, Clone)]
struct Row {
    title: &'static str,
    unit: &'static str,
    items: u64,
    took: Duration,
}

impl Board {
    /// Bars where somebody looks on; plain lines elsewhere.
    pub fn new() -> Self {
        let bars = io::stdout().is_terminal().then(|| MultiProgress::with_draw_target(ProgressDrawTarget::stdout()));
        Self { bars, is_quiet: false, rows: Mutex::default() }
    }

    /// Says nothing.
    pub fn quiet() -> Self {
        Self { bars: None, is_quiet: true, rows: Mutex::default() }
    }

    /// Begins a stage of so many items.
    pub fn stage(&self, title: &'static str, month: &str, total: u64, unit: &'static str) -> Stage<'_> {
        let name = if month.is_empty() { title.to_owned() } else { format!("{month} {title}") };
        let bar = match &self.bars {
            Some(bars) => {
                let bar = bars.add(ProgressBar::new(total));
                if let Ok(style) = ProgressStyle::with_template(BAR) {
                    bar.set_style(style);
                }
                bar.set_prefix(name.clone());
                bar.set_message(unit);
                bar.enable_steady_tick(TICK);
                bar
            }
            None => ProgressBar::hidden(),
        };
        Stage { board: self, bar, title, name, unit, started: platform::clock::stopwatch() }
    }

    /// The table: stage, items, seconds, items per second.
    pub fn summary(&self) {
        let rows = self.rows();
        say::line(format_args!("\n  {:<22} {:>12} {:<12} {:>9} {:>12}", "stage", "items", "", "seconds", "per second"));
        for row in rows.iter() {
            let speed = if row.items == 0 { "-".to_owned() } else { per_second(row.items, row.took) };
            let (items, took) = (count(row.items), seconds(row.took));
            say::line(format_args!("  {:<22} {items:>12} {:<12} {took:>9} {speed:>12}", row.title, row.unit));
        }
        let all = rows.iter().map(|row| row.took).sum();
        say::line(format_args!("  {:<22} {:>12} {:<12} {:>9}", "all stages", "", "", seconds(all)));
    }

    fn finished(&self, row: Row) {
        let mut rows = self.rows();
        match rows.iter_mut().find(|known| known.title == row.title) {
            Some(known) => {
                known.items += row.items;
                known.took += row.took;
            }
            None => rows.push(row),
        }
    }

    fn rows(&self) -> std::sync::MutexGuard<'_, Vec<Row>> {
        // Nothing panics while holding the lock; if something did, the rows are still whole.
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn per_second(items: u64, took: Duration) -> String {
    let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX).max(1);
    count(items.saturating_mul(1_000) / millis)
}

/// A stage at work.
pub struct Stage<'a> {
    board: &'a Board,
    bar: ProgressBar,
    title: &'static str,
    name: String,
    /// What is counted.
    pub unit: &'static str,
    started: Instant,
}

impl Stage<'_> {
    /// So many more are done.
    pub fn add(&self, items: u64) {
        self.bar.inc(items);
    }

    /// There are more than was known.
    pub fn expect(&self, items: u64) {
        self.bar.inc_length(items);
    }

    /// The stage is done.
    pub fn finish(self) {
        let items = self.bar.position();
        let took = self.started.elapsed();
        self.bar.disable_steady_tick();
        self.bar.finish();
        if self.board.bars.is_none() && !self.board.is_quiet {
            let what =
                if items == 0 { "nothing left to do".to_owned() } else { format!("{} {}", count(items), self.unit) };
            say::line(format_args!("  {:<30} {what} in {} s", self.name, seconds(took)));
        }
        self.board.finished(Row { title: self.title, unit: self.unit, items, took });
    }
}
