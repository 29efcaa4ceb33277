//! A stopwatch of a process's or thread's time on a processor.

use std::time::{Duration, Instant};

/// Runs from its making, for the thread that made it.
pub struct Processor {
    begun: Option<Duration>,
    wall: Instant,
}

impl Processor {
    /// Starts.
    pub fn start() -> Self {
        Self { begun: time_of("thread-self"), wall: platform::clock::stopwatch() }
    }

    /// Time on the processor since; by the clock on the wall where the system does not tell.
    pub fn elapsed(&self) -> Duration {
        match (self.begun, time_of("thread-self")) {
            (Some(begun), Some(now)) => now.saturating_sub(begun),
            _ => self.wall.elapsed(),
        }
    }
}

/// What a process (by its number) or this thread (`thread-self`) has had so far; none where the system does not tell.
pub fn time_of(process: &str) -> Option<Duration> {
    let text = std::fs::read_to_string(format!("/proc/{process}/schedstat")).ok()?;
    text.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}
