//! A measured figure beside its baseline.
#![allow(clippy::disallowed_types, reason = "seconds and ratios are measurements; no money passes here")]

use std::fmt;
use std::time::Duration;

use serde::Serialize;

/// What was measured, as one JSON object.
#[derive(Debug, Serialize)]
pub struct Figure {
    work: &'static str,
    items: u64,
    unit: &'static str,
    seconds: f64,
    per_second: u64,
    baseline: &'static str,
    baseline_seconds: f64,
    /// `seconds / baseline_seconds`: 1.0 is as fast as the baseline.
    ratio: f64,
    /// The most memory this process has had at the end of the work, the baseline not counted; `null` where the system
    /// does not say.
    peak_rss_bytes: Option<u64>,
    /// What the figure is held to; left out where nothing is promised.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    targets: Vec<Target>,
}

/// What a figure is held to.
#[derive(Debug, Serialize)]
pub struct Target {
    what: &'static str,
    measured: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    at_least: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at_most: Option<f64>,
    met: bool,
}

impl Target {
    /// More is better.
    pub fn at_least(what: &'static str, measured: f64, target: f64) -> Self {
        Self { what, measured: thousandths(measured), at_least: Some(target), at_most: None, met: measured >= target }
    }

    /// Less is better.
    pub fn at_most(what: &'static str, measured: f64, target: f64) -> Self {
        Self { what, measured: thousandths(measured), at_least: None, at_most: Some(target), met: measured <= target }
    }
}

/// One side of a comparison.
pub struct Side {
    /// Its name.
    pub name: &'static str,
    /// What it took.
    pub took: Duration,
}

impl Figure {
    /// Puts work and baseline beside each other.
    pub fn new(work: Side, items: u64, unit: &'static str, baseline: Side, peak_rss_bytes: Option<u64>) -> Self {
        let (seconds, baseline_seconds) = (work.took.as_secs_f64(), baseline.took.as_secs_f64());
        let millis = work.took.as_millis().max(1);
        Self {
            work: work.name,
            items,
            unit,
            seconds: thousandths(seconds),
            per_second: u64::try_from(u128::from(items) * 1_000 / millis).unwrap_or(u64::MAX),
            baseline: baseline.name,
            baseline_seconds: thousandths(baseline_seconds),
            ratio: thousandths(seconds / baseline_seconds.max(f64::MIN_POSITIVE)),
            peak_rss_bytes,
            targets: Vec::new(),
        }
    }

    /// With what it is held to, beside what it is held to already.
    #[must_use]
    pub fn held_to(mut self, target: Target) -> Self {
        self.targets.push(target);
        self
    }

    /// Items a second.
    pub const fn per_second(&self) -> u64 {
        self.per_second
    }
}

fn thousandths(value: f64) -> f64 {
    (value * 1_000.0).round() / 1_000.0
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{}: {} {} in {} s, {} per second",
            self.work, self.items, self.unit, self.seconds, self.per_second
        )?;
        write!(f, "  {}: {} s; ratio {}", self.baseline, self.baseline_seconds, self.ratio)?;
        if let Some(bytes) = self.peak_rss_bytes {
            write!(f, "; peak memory {} MB", bytes / (1024 * 1024))?;
        }
        for Target { what, measured, at_least, at_most, met } in &self.targets {
            let (word, target) = if at_least.is_some() { ("at least", at_least) } else { ("at most", at_most) };
            let verdict = if *met { "met" } else { "not met" };
            write!(f, "\n  {what}: {measured}, {word} {}: {verdict}", target.unwrap_or_default())?;
        }
        Ok(())
    }
}

/// The most memory this process has had so far.
pub fn peak_rss_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kilobytes.checked_mul(1024)
}
