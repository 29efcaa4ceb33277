//! Where the demonstration lives: its folder, its ports, and that the folder is of the same world.

use std::fs;
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;

use platform::config::{PrivateAddresses, Settings};
use serde::{Deserialize, Serialize};

use crate::cli::Demo;
use crate::stop::Stop;

/// The folder when nobody names another.
const FOLDER: &str = "tunemantra-demo";
/// What is going on in a folder.
const MARK: &str = "demo.json";
/// Log lines among progress bars: only what matters.
const LOG: &str = "warn";

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Mark {
    seed: u64,
    lines: u64,
}

/// The settings: as everywhere, with the demonstration's own folder and a quieter log unless somebody said otherwise.
///
/// # Errors
/// When a setting cannot be read, or the folder holds another demonstration.
pub fn settings(flags: &Demo) -> Result<Settings, Stop> {
    let (mut settings, origins) = flags.settings.sources().load_with_origins()?;
    let is_default = |key: &str| origins.get(key).is_some_and(|origin| origin == "the defaults");
    if is_default("data_dir") {
        settings.data_dir = FOLDER.into();
    }
    if is_default("log") {
        settings.log = LOG.to_owned();
    }
    // The provider of the scheduled collection is on this machine.
    if is_default("private_addresses") {
        settings.private_addresses = PrivateAddresses::Allow;
    }
    settings.listen = free(settings.listen, flags.once);
    settings.management_listen = free(settings.management_listen, true);
    mark(&settings.data_dir, &Mark { seed: flags.seed, lines: flags.lines })?;
    Ok(settings)
}

/// The address, or any free port beside it when it is taken and nobody will look for it there.
fn free(address: SocketAddr, may_move: bool) -> SocketAddr {
    match TcpListener::bind(address) {
        Err(error) if may_move && error.kind() == ErrorKind::AddrInUse => SocketAddr::new(address.ip(), 0),
        _ => address,
    }
}

fn mark(folder: &Path, wanted: &Mark) -> Result<(), Stop> {
    fs::create_dir_all(folder).map_err(|error| Stop::failed(format!("{}: {error}", folder.display())))?;
    let path = folder.join(MARK);
    match fs::read(&path) {
        Ok(bytes) => {
            let known: Mark = serde_json::from_slice(&bytes)?;
            if known == *wanted {
                return Ok(());
            }
            Err(Stop::wrong_use(format!(
                "{} holds the demonstration of seed {} with {} lines: name another folder with --data, or remove it",
                folder.display(),
                known.seed,
                known.lines
            )))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(fs::write(&path, serde_json::to_vec(wanted)?)?),
        Err(error) => Err(Stop::failed(format!("{}: {error}", path.display()))),
    }
}
