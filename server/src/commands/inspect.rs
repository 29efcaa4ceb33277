//! `inspect`: what is in report files.

use crate::cli::Inspect;
use crate::say;
use crate::stop::Stop;

/// Reads the files one by one and tells what is in them.
///
/// # Errors
/// When a file has errors; they have been told by then.
pub async fn inspect(flags: Inspect) -> Result<(), Stop> {
    let mut faulty = 0_usize;
    for path in flags.files {
        let report = tokio::task::spawn_blocking(move || formats::report::inspect(&path))
            .await
            .map_err(|error| Stop::failed(format!("reading broke off: {error}")))?;
        faulty += usize::from(report.error_count > 0);
        if flags.json {
            say::line(serde_json::to_string(&report)?);
        } else {
            say::line(&report);
        }
    }
    match faulty {
        0 => Ok(()),
        1 => Err(Stop::failed("one file has errors")),
        several => Err(Stop::failed(format!("{several} files have errors"))),
    }
}
