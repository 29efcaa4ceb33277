//! Configuration: typed keys with a default, overridden per tenant, organisation and rights holder.
//!
//! `SYSTEM → TENANT → ORGANISATION (from the root of the tree down) → RIGHTS_HOLDER`: the value nearest to the
//! subject wins, and every effective value says which level and subject it came from. What keys exist, of what
//! type, and where they may be set is data: [`KEYS`].

mod effective;
mod everything;
mod key;
mod keys;
mod service;
mod store;
mod value;

pub use effective::{Effective, Level, Origin};
pub use everything::Everything;
pub use key::SettingKey;
pub use keys::*;
pub(crate) use service::found;
pub use service::{HistoryEntry, SettingChange, Subject, clear, get, history, list, set};
pub use store::{effective, effective_all, require_approver};
pub use value::{ValueType, validate};
