//! A report that the provider has called us about: one address, on a host that the source names.

use std::time::Duration;

use async_trait::async_trait;
use domain::collection::sources::method::WebhookMethod;
use domain::collection::sources::{Access, Fetched, RemoteFile, Session};
use kernel::failure::{Failure, Outcome};
use tokio::io::AsyncWrite;
use url::Url;

use crate::http::{Http, Request, parse};
use crate::net::Outbound;

pub(crate) struct Link {
    event: String,
    name: String,
    url: Url,
    http: Http,
}

/// Takes the address that came with the call.
pub(crate) fn connect(out: &Outbound, method: &WebhookMethod, access: &Access) -> Outcome<Link> {
    let call = access.position.as_ref().ok_or_else(|| Failure::internal("a call without an address"))?;
    let text = |name: &str| call[name].as_str().unwrap_or_default().to_owned();
    let url = parse(&text("url"))?;
    let host = url.host_str().unwrap_or_default();
    if !method.hosts.iter().any(|known| known.eq_ignore_ascii_case(host)) {
        let message = format!("The call names a report on `{host}`, which is not among the hosts of the source.");
        return Err(Failure::refused("SOURCE_ADDRESS_FORBIDDEN", message));
    }
    let last = url.path().rsplit('/').next().unwrap_or_default().to_owned();
    let name = Some(text("name")).filter(|name| !name.is_empty()).unwrap_or(last);
    Ok(Link { event: text("event"), name, url, http: Http::new(*out, Duration::ZERO) })
}

#[async_trait]
impl Session for Link {
    async fn list(&mut self) -> Outcome<Vec<RemoteFile>> {
        let key = format!("event {}", self.event);
        Ok(vec![RemoteFile { key, version: String::new(), name: self.name.clone(), size: None }])
    }

    async fn fetch(&mut self, _file: &RemoteFile, into: &mut (dyn AsyncWrite + Send + Unpin)) -> Outcome<Fetched> {
        let answer = self.http.fetch(&Request::get(self.url.clone())).await?;
        let file_name = answer.file_name();
        answer.copy(into).await?;
        Ok(Fetched { file_name, ..Fetched::default() })
    }
}
