//! Chromium without a window, with a profile and a download folder of its own that end with it.

use std::net::IpAddr;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::time::Duration;

use hyper::Method;
use kernel::failure::{Failure, Outcome};
use serde_json::{Value as Json, json};

use super::driver::Driver;

/// How long an element may take to appear.
const APPEAR: Duration = Duration::from_secs(20);
/// How long a file may take to come down.
const DOWNLOAD: Duration = Duration::from_secs(300);
/// Pause between two looks.
const LOOK: Duration = Duration::from_millis(100);
/// The key under which WebDriver names elements.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

pub(super) struct Browser {
    // Ends before the folder goes.
    driver: Driver,
    session: Option<String>,
    folder: tempfile::TempDir,
}

fn changed(message: impl Into<String>) -> Failure {
    Failure::refused("SOURCE_PORTAL_CHANGED", message)
}

fn broken(what: &str, (error, message): &(String, String)) -> Failure {
    let first = message.lines().next().unwrap_or_default();
    match error.as_str() {
        "unknown error" if message.contains("ERR_NAME_NOT_RESOLVED") => Failure::refused(
            "SOURCE_ADDRESS_FORBIDDEN",
            format!("{what}: the page is on a host that the source does not name."),
        ),
        _ => Failure::unavailable("SOURCE_UNREACHABLE", format!("{what}: {error}: {first}.")),
    }
}

impl Browser {
    /// Starts a browser that reaches these hosts at these addresses, and nothing else.
    pub(super) async fn start(allowed: &[(String, IpAddr)]) -> Outcome<Self> {
        let folder = tempfile::Builder::new()
            .prefix("tunemantra-portal-")
            .tempdir()
            .map_err(|error| Failure::internal(format!("a folder for the browser: {error}")))?;
        let downloads = folder.path().join("downloads");
        std::fs::create_dir(&downloads)
            .map_err(|error| Failure::internal(format!("a folder for downloads: {error}")))?;
        let driver = Driver::start().await?;
        let rules: Vec<String> = allowed
            .iter()
            .map(|(host, address)| match address {
                IpAddr::V4(address) => format!("MAP {host} {address}"),
                IpAddr::V6(address) => format!("MAP {host} [{address}]"),
            })
            .chain(std::iter::once("MAP * ~NOTFOUND".to_owned()))
            .collect();
        let mut arguments = vec![
            "--headless=new".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--no-first-run".to_owned(),
            "--disable-background-networking".to_owned(),
            "--disable-extensions".to_owned(),
            format!("--user-data-dir={}", folder.path().join("profile").display()),
            format!("--host-resolver-rules={}", rules.join(", ")),
        ];
        // The sandbox of the browser does not work for root; an installation runs as somebody else.
        if std::fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0) {
            arguments.push("--no-sandbox".to_owned());
        }
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "browserName": "chrome",
            "timeouts": { "pageLoad": 60_000, "script": 30_000 },
            "goog:chromeOptions": { "args": arguments },
        } } });
        let mut browser = Self { driver, session: None, folder };
        let answer = browser.driver.command(Method::POST, "/session", Some(wanted)).await;
        let answer = answer.map_err(|error| broken("The browser does not start", &error))?;
        let session = answer["sessionId"].as_str().map(str::to_owned);
        browser.session = Some(session.ok_or_else(|| changed("The browser starts without a session."))?);
        let allow = json!({ "cmd": "Browser.setDownloadBehavior", "params": {
            "behavior": "allow", "downloadPath": downloads.display().to_string(),
        } });
        browser
            .call(Method::POST, "/goog/cdp/execute", Some(allow))
            .await
            .map_err(|error| broken("Downloads", &error))?;
        Ok(browser)
    }

    async fn call(&self, method: Method, path: &str, body: Option<Json>) -> Result<Json, (String, String)> {
        let session = self.session.as_deref().unwrap_or_default();
        self.driver.command(method, &format!("/session/{session}{path}"), body).await
    }

    /// Goes to an address and waits until the page is there.
    pub(super) async fn open(&mut self, url: &str) -> Outcome<()> {
        let opened = self.call(Method::POST, "/url", Some(json!({ "url": url }))).await;
        opened.map(|_| ()).map_err(|error| broken("The page does not open", &error))
    }

    /// Waits until there is such an element.
    pub(super) async fn wait_for(&mut self, selector: &str) -> Outcome<String> {
        let looking = async {
            loop {
                let wanted = json!({ "using": "css selector", "value": selector });
                match self.call(Method::POST, "/element", Some(wanted)).await {
                    Ok(found) => {
                        return found[ELEMENT]
                            .as_str()
                            .map(str::to_owned)
                            .ok_or_else(|| changed("an element without an id"));
                    }
                    Err((error, _)) if error == "no such element" => tokio::time::sleep(LOOK).await,
                    Err((error, message)) if error == "invalid selector" => {
                        let first = message.lines().next().unwrap_or_default().to_owned();
                        return Err(changed(format!("`{selector}` is no CSS selector: {first}")));
                    }
                    Err(error) => return Err(broken("The page does not answer", &error)),
                }
            }
        };
        tokio::time::timeout(APPEAR, looking).await.map_err(|_| {
            changed(format!(
                "nothing fits `{selector}` on the page: has the portal changed, or was the sign-in refused?"
            ))
        })?
    }

    /// Clicks an element as soon as it lets itself be clicked.
    pub(super) async fn click(&mut self, selector: &str) -> Outcome<()> {
        self.act(selector, "click", json!({})).await
    }

    /// Types a text into an element, in place of what is there.
    pub(super) async fn type_into(&mut self, selector: &str, text: &str) -> Outcome<()> {
        self.act(selector, "clear", json!({})).await?;
        self.act(selector, "value", json!({ "text": text })).await
    }

    async fn act(&mut self, selector: &str, what: &str, body: Json) -> Outcome<()> {
        for _ in 0..200 {
            let element = self.wait_for(selector).await?;
            match self.call(Method::POST, &format!("/element/{element}/{what}"), Some(body.clone())).await {
                Ok(_) => return Ok(()),
                // The page is still moving.
                Err((error, _))
                    if matches!(
                        error.as_str(),
                        "stale element reference" | "element not interactable" | "element click intercepted"
                    ) =>
                {
                    tokio::time::sleep(LOOK).await;
                }
                Err(error) => return Err(broken(&format!("`{selector}` does not react"), &error)),
            }
        }
        Err(changed(format!("`{selector}` is there, but nothing can be done with it.")))
    }

    fn downloads(&self) -> PathBuf {
        self.folder.path().join("downloads")
    }

    /// Forgets what came down before.
    pub(super) fn empty_downloads(&self) -> Outcome<()> {
        let failed = |error: std::io::Error| Failure::internal(format!("the folder for downloads: {error}"));
        for entry in std::fs::read_dir(self.downloads()).map_err(failed)? {
            std::fs::remove_file(entry.map_err(failed)?.path()).map_err(failed)?;
        }
        Ok(())
    }

    /// Waits until a file has come down whole.
    pub(super) async fn downloaded(&self) -> Outcome<PathBuf> {
        let failed = |error: std::io::Error| Failure::internal(format!("the folder for downloads: {error}"));
        let waiting = async {
            loop {
                let mut files = Vec::new();
                for entry in std::fs::read_dir(self.downloads()).map_err(failed)? {
                    files.push(entry.map_err(failed)?.path());
                }
                let unfinished = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "crdownload");
                let hidden =
                    |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
                if !files.iter().any(unfinished)
                    && let Some(path) = files.into_iter().find(|path| !hidden(path))
                {
                    return Ok(path);
                }
                tokio::time::sleep(LOOK).await;
            }
        };
        tokio::time::timeout(DOWNLOAD, waiting).await.map_err(|_| {
            Failure::unavailable("SOURCE_TRANSFER_BROKEN", "No file came down within five minutes of the last click.")
        })?
    }

    /// Closes the browser.
    pub(super) async fn quit(&mut self) {
        if self.session.is_some() {
            let _ = self.call(Method::DELETE, "", None).await;
            self.session = None;
        }
    }
}
