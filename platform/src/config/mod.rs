//! Settings of the program: defaults, then a file, then the environment, then flags; the later one wins.
//!
//! All keys stand in one table ([`CONFIG_KEYS`]) from which the help text and the documentation are printed.
//! A key that is not in the table is refused, with the place it came from and the key that was probably meant.

mod database;
mod keys;
mod load;
mod settings;

pub use database::DatabaseChoice;
pub use keys::{CONFIG_KEYS, ConfigKey, ENV_PREFIX, ValueKind};
pub use load::{ConfigError, Sources};
pub use settings::{PrivateAddresses, Settings};
