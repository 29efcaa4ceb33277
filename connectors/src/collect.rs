//! From the method of a source to its adapter.

use async_trait::async_trait;
use domain::collection::sources::{Access, Collector, Method, Session};
use kernel::failure::{Failure, Outcome};

use crate::net::Outbound;
use crate::{database, edi, hook, mail, portal, rest, s3, sftp, soap};

/// All adapters. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Connectors {
    outbound: Outbound,
}

impl Connectors {
    /// Adapters that connect where the installation allows it.
    #[must_use]
    pub const fn new(outbound: Outbound) -> Self {
        Self { outbound }
    }
}

#[async_trait]
impl Collector for Connectors {
    async fn connect(&self, access: Access) -> Outcome<Box<dyn Session>> {
        let out = &self.outbound;
        match &access.method {
            Method::Sftp(method) => Ok(Box::new(sftp::connect(out, method, &access).await?)),
            Method::Rest(method) => Ok(Box::new(rest::connect(out, method, &access).await?)),
            Method::Soap(method) => Ok(Box::new(soap::connect(out, method, &access).await?)),
            Method::Portal(method) => Ok(Box::new(portal::connect(out, method, &access).await?)),
            Method::Edi(method) => Ok(Box::new(edi::connect(out, method, &access).await?)),
            Method::Database(method) => Ok(Box::new(database::connect(out, method, &access).await?)),
            Method::ObjectStore(method) => Ok(Box::new(s3::connect(out, method, &access).await?)),
            Method::Mail(method) => Ok(Box::new(mail::connect(out, method, &access).await?)),
            Method::Webhook(method) => Ok(Box::new(hook::connect(out, method, &access)?)),
            Method::Upload(_) => Err(Failure::internal("uploads come by hand: nothing is fetched")),
        }
    }
}
