//! `payments inspect`: what is in payment files.

use std::io::{self, Write as _};

use formats::payments::inspect::inspect;

use crate::cli::Inspect;
use crate::say;
use crate::stop::Stop;

/// Reads the files one by one and tells what is in them.
///
/// # Errors
/// When a file cannot be read, or is not good; what is wrong has been told by then.
pub async fn inspect_files(flags: Inspect) -> Result<(), Stop> {
    let mut faulty = 0_usize;
    for path in flags.files {
        let shown = path.display().to_string();
        let read = tokio::task::spawn_blocking(move || inspect(&path))
            .await
            .map_err(|error| Stop::failed(format!("reading broke off: {error}")))?;
        let file = read.map_err(|error| Stop::failed(format!("{shown}: {error}")))?;
        faulty += usize::from(!file.valid);
        if flags.json {
            // As it goes: the text of a file of 100,000 entries is never held whole.
            let mut out = io::BufWriter::new(io::stdout().lock());
            serde_json::to_writer(&mut out, &file)?;
            drop(out.write_all(b"\n").and_then(|()| out.flush()));
        } else {
            say::line(&file);
        }
    }
    match faulty {
        0 => Ok(()),
        1 => Err(Stop::failed("one file is not good")),
        several => Err(Stop::failed(format!("{several} files are not good"))),
    }
}
