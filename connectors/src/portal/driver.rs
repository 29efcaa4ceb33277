//! `chromedriver`: the program that drives the browser, and the WebDriver protocol that it speaks.

use std::process::Stdio;
use std::time::Duration;

use hyper::Method;
use kernel::failure::{Failure, Outcome};
use serde_json::Value as Json;
use tokio::process::{Child, Command};

use crate::http::{Http, Request, parse};
use crate::net::Outbound;

/// How long the program may take to begin.
const START: Duration = Duration::from_secs(30);

pub(super) struct Driver {
    program: Child,
    base: String,
    http: Http,
}

fn missing(error: &dyn std::fmt::Display) -> Failure {
    Failure::unavailable(
        "BROWSER_MISSING",
        format!(
            "The browser cannot be started: {error}. This installation needs `chromium` and `chromedriver` (Debian: chromium-driver)."
        ),
    )
}

impl Driver {
    pub(super) async fn start() -> Outcome<Self> {
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .map_err(|error| missing(&error))?
            .port();
        let program = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| missing(&error))?;
        let http = Http::new(Outbound { private_addresses: true }, Duration::ZERO);
        let driver = Self { program, base: format!("http://127.0.0.1:{port}"), http };
        let ready = async {
            while driver.command(Method::GET, "/status", None).await.is_err() {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        tokio::time::timeout(START, ready).await.map_err(|_| missing(&"chromedriver does not answer"))?;
        Ok(driver)
    }

    /// One command; the value of its answer, or what WebDriver calls the error and its message.
    pub(super) async fn command(
        &self,
        method: Method,
        path: &str,
        body: Option<Json>,
    ) -> Result<Json, (String, String)> {
        let told = |failure: Failure| ("unreachable".to_owned(), failure.message().to_owned());
        let url = parse(&format!("{}{path}", self.base)).map_err(told)?;
        let mut request = match &body {
            Some(body) => Request::post(url, "application/json", body.to_string()),
            None => Request::get(url),
        };
        request.method = method;
        let answer = self.http.send(&request).await.map_err(told)?;
        let fine = answer.status.is_success();
        let mut answer = answer.json().await.map_err(told)?;
        if fine {
            return Ok(answer["value"].take());
        }
        let text = |name: &str| answer["value"][name].as_str().unwrap_or_default().to_owned();
        Err((text("error"), text("message")))
    }
}

impl Drop for Driver {
    /// Asked to end, it ends its browser too; killed, it would leave it behind.
    fn drop(&mut self) {
        if let Some(id) = self.program.id().and_then(|id| i32::try_from(id).ok()) {
            let _ = nix::sys::signal::kill(nix::unistd::Pid::from_raw(id), nix::sys::signal::Signal::SIGTERM);
        }
    }
}
