//! What happens in a tenant, live: a thin face over the platform's hub, for subscriptions.

use kernel::failure::Outcome;
use kernel::ids::TenantId;
use platform::events::EventHub;
pub use platform::events::{Event, EventStream, Notice};
use tokio_util::sync::CancellationToken;

use crate::Core;

/// Hands events to subscribers of their tenant. Cheap to clone.
#[derive(Clone)]
pub struct Events(EventHub);

impl Events {
    /// Starts listening, until `shutdown`; then the streams of all subscribers end.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn start(core: &Core, shutdown: CancellationToken) -> Outcome<Self> {
        EventHub::start(core.db.clone(), shutdown).await.map(Self)
    }

    /// The events of a tenant from now on. They are pokes: what they name is read again, with permission.
    #[must_use]
    pub fn subscribe(&self, tenant: TenantId) -> EventStream {
        self.0.subscribe(tenant)
    }
}
