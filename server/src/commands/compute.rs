//! `compute`: the engine on a scenario file.

use std::io::Read as _;

use crate::cli::Compute;
use crate::say;
use crate::stop::Stop;

/// More than any scenario that a person writes.
const LARGEST: u64 = 256 << 20;

/// Computes the scenario and tells what it comes to.
///
/// # Errors
/// Status 2 when the scenario cannot be read or is wrong, 1 when its result is not what it says it expects.
pub fn compute(flags: &Compute) -> Result<(), Stop> {
    let text = read(flags)?;
    let computed = engine::scenario::compute(&text, flags.explain).map_err(|problems| {
        let told: Vec<String> = problems.iter().map(|problem| format!("\n  {problem}")).collect();
        Stop::wrong_use(format!("{} is not a scenario that can be computed:{}", flags.file.display(), told.concat()))
    })?;
    if flags.json {
        say::line(serde_json::to_string_pretty(&computed)?);
    } else {
        say::line(computed.to_string().trim_end());
    }
    match computed.differences.as_deref() {
        None | Some([]) => Ok(()),
        Some(differences) => Err(Stop::failed(format!("{} differences from what is expected", differences.len()))),
    }
}

fn read(flags: &Compute) -> Result<String, Stop> {
    let unreadable =
        |error: std::io::Error| Stop::wrong_use(format!("{} cannot be read: {error}", flags.file.display()));
    let mut text = String::new();
    if flags.file.as_os_str() == "-" {
        std::io::stdin().take(LARGEST + 1).read_to_string(&mut text).map_err(unreadable)?;
    } else {
        let file = std::fs::File::open(&flags.file).map_err(unreadable)?;
        file.take(LARGEST + 1).read_to_string(&mut text).map_err(unreadable)?;
    }
    if text.len() as u64 > LARGEST {
        let megabytes = LARGEST >> 20;
        return Err(Stop::wrong_use(format!(
            "{} has more than {megabytes} MB: that is no scenario",
            flags.file.display()
        )));
    }
    Ok(text)
}
