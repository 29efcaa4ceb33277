//! Portals, through a real browser that goes the declared steps as a person would.
//!
//! Nothing is done unless the operator has stated that the portal's terms allow it. The browser reaches the named hosts
//! and no others, at the addresses that were looked at.

mod browser;
mod driver;

use async_trait::async_trait;
use domain::collection::sources::method::{PortalAction, PortalMethod, PortalStep};
use domain::collection::sources::{Access, CredentialName, Fetched, RemoteFile, Secret, Session};
use kernel::failure::{Failure, Outcome};
use tokio::io::AsyncWrite;

use crate::http::parse;
use crate::net::Outbound;
use crate::period::Period;
use browser::Browser;

pub(crate) struct Portal {
    method: PortalMethod,
    now: chrono::DateTime<chrono::Utc>,
    password: Secret,
    browser: Browser,
}

/// Starts a browser and signs in.
pub(crate) async fn connect(out: &Outbound, method: &PortalMethod, access: &Access) -> Outcome<Portal> {
    if !method.is_stated() {
        return Err(Failure::refused(
            "SOURCE_TERMS_NOT_STATED",
            "Nobody has stated that the portal's terms allow reports to be fetched by a program: nothing is fetched.",
        ));
    }
    let password = access.credentials.need(CredentialName::Password)?.clone();
    let first = method.sign_in.first().and_then(|step| step.value.as_deref()).unwrap_or_default();
    let mut hosts = vec![parse(first)?];
    for host in &method.hosts {
        hosts.push(parse(&format!("https://{host}"))?);
    }
    let mut allowed = Vec::new();
    for url in hosts {
        let host = url.host_str().unwrap_or_default().to_owned();
        let addresses = out.resolve(&host, url.port_or_known_default().unwrap_or(443)).await?;
        allowed.extend(addresses.first().map(|address| (host, address.ip())));
    }
    let browser = Browser::start(&allowed).await?;
    let mut portal = Portal { method: method.clone(), now: access.now, password, browser };
    // Whatever happens, the browser is closed: it is dropped with the portal.
    for (index, step) in method.sign_in.iter().enumerate() {
        portal.go(step, None).await.map_err(|failure| at("signIn", index, failure))?;
    }
    Ok(portal)
}

/// Says which step it was.
fn at(list: &str, index: usize, failure: Failure) -> Failure {
    let message = format!("Step {} of {list}: {}", index + 1, failure.message());
    match failure.code() {
        "SOURCE_PORTAL_CHANGED" => Failure::refused("SOURCE_PORTAL_CHANGED", message),
        "SOURCE_ADDRESS_FORBIDDEN" => Failure::refused("SOURCE_ADDRESS_FORBIDDEN", message),
        _ => Failure::unavailable("SOURCE_UNREACHABLE", message),
    }
}

impl Portal {
    fn fill(&self, text: &str, period: Option<Period>) -> String {
        let text = text.replace("{user}", &self.method.user_name);
        period.map_or(text.clone(), |period| period.fill(&text))
    }

    async fn go(&mut self, step: &PortalStep, period: Option<Period>) -> Outcome<()> {
        let selector = step.selector.as_deref().map(|text| self.fill(text, period)).unwrap_or_default();
        let value = step.value.as_deref().map(|text| self.fill(text, period)).unwrap_or_default();
        match step.action {
            PortalAction::Open => self.browser.open(parse(&value)?.as_str()).await,
            PortalAction::Type => self.browser.type_into(&selector, &value).await,
            PortalAction::TypePassword => {
                let password = self.password.clone();
                self.browser.type_into(&selector, password.expose()).await
            }
            PortalAction::Click | PortalAction::Download => self.browser.click(&selector).await,
            PortalAction::Choose => {
                // Quotes and backslashes cannot end the string of the selector.
                let quoted = value.replace('\\', "\\\\").replace('"', "\\\"");
                self.browser.click(&format!("{selector} option[value=\"{quoted}\"]")).await
            }
            PortalAction::WaitFor => self.browser.wait_for(&selector).await.map(|_| ()),
        }
    }
}

#[async_trait]
impl Session for Portal {
    async fn list(&mut self) -> Outcome<Vec<RemoteFile>> {
        let months = Period::last(self.method.months, self.now).into_iter();
        Ok(months
            .map(|period| RemoteFile {
                key: period.name(),
                version: String::new(),
                name: format!("report-{}", period.name()),
                size: None,
            })
            .collect())
    }

    async fn fetch(&mut self, file: &RemoteFile, into: &mut (dyn AsyncWrite + Send + Unpin)) -> Outcome<Fetched> {
        let period = Period::parse(&file.key).ok_or_else(|| Failure::internal("a report of no month"))?;
        self.browser.empty_downloads()?;
        let steps = self.method.steps.clone();
        for (index, step) in steps.iter().enumerate() {
            self.go(step, Some(period)).await.map_err(|failure| at("steps", index, failure))?;
        }
        let path = self.browser.downloaded().await?;
        let broken = |error: std::io::Error| {
            Failure::unavailable("SOURCE_TRANSFER_BROKEN", format!("The file that came down cannot be read: {error}."))
        };
        let mut from = tokio::fs::File::open(&path).await.map_err(broken)?;
        tokio::io::copy(&mut from, into).await.map_err(crate::sink)?;
        let file_name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        Ok(Fetched { file_name, ..Fetched::default() })
    }

    async fn close(&mut self) {
        self.browser.quit().await;
    }
}
