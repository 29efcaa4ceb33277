//! What every use case stands on.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use platform::db::Db;
use platform::secrets::Vault;
use platform::storage::Storage;

/// A clock that is handed in: requests and jobs read it once, at their beginning.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// The database, the file store and the settings of the installation. Cheap to clone.
#[derive(Clone)]
pub struct Core {
    /// Tenant and system transactions.
    pub db: Db,
    /// Uploads, stored reports, documents.
    pub storage: Storage,
    /// Seals and opens secrets at rest.
    pub vault: Vault,
    /// The clock.
    pub clock: Clock,
    /// The address under which the API is reached, for signed links (`http://127.0.0.1:4000`).
    pub public_url: String,
}
