//! Interfaces over HTTP: lists of reports, and reports that are made on request.

mod auth;
mod jobs;
mod list;

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use domain::collection::sources::method::RestMethod;
use domain::collection::sources::{Access, CredentialName, Fetched, RemoteFile, Secret, Session, name_matches};
use hyper::StatusCode;
use kernel::failure::{Failure, Outcome};
use serde_json::Value as Json;
use tokio::io::AsyncWrite;

use crate::http::{Answer, Http, Request, parse};
use crate::net::Outbound;
use auth::Auth;

/// An open connection: the way in, and what was learnt from the list.
pub(crate) struct Rest {
    method: RestMethod,
    now: chrono::DateTime<chrono::Utc>,
    http: Http,
    auth: Auth,
    /// Where the content of listed items is.
    contents: HashMap<String, String>,
}

/// Signs in.
pub(crate) async fn connect(out: &Outbound, method: &RestMethod, access: &Access) -> Outcome<Rest> {
    let http = Http::new(*out, Duration::from_millis(method.pause_millis.into()));
    let mut auth = Auth::new(&method.auth, access.credentials.clone());
    auth.sign_in(&http).await?;
    Ok(Rest { method: method.clone(), now: access.now, http, auth, contents: HashMap::new() })
}

impl Rest {
    /// Sends a request with credentials. A token that has run out in the meantime is replaced once.
    async fn ask(&mut self, request: Request) -> Outcome<Answer> {
        let signed = self.auth.sign(request.clone())?;
        let answer = self.http.send(&signed).await?;
        if answer.status != StatusCode::UNAUTHORIZED || !self.auth.expires() {
            return answer.success();
        }
        drop(answer);
        self.auth.sign_in(&self.http).await?;
        let signed = self.auth.sign(request)?;
        self.http.send(&signed).await?.success()
    }

    /// Fetches content. Credentials go along when it lies with the interface, and nowhere else.
    async fn content(&mut self, url: &str, home: &str) -> Outcome<Answer> {
        let url = parse(url)?;
        let mut request = Request::get(url);
        if request.url.origin() == parse(home)?.origin() {
            request = self.auth.sign(request)?;
        }
        self.http.fetch(&request).await
    }
}

/// The text at a pointer; numbers count as texts.
pub(crate) fn text_at(value: &Json, pointer: &str) -> Option<String> {
    match value.pointer(pointer)? {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// What is put into an address is encoded, so that it cannot lead elsewhere.
pub(crate) fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' | b'~' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

fn misses(what: &str, pointer: &str) -> Failure {
    Failure::refused("SOURCE_ANSWER_INVALID", format!("{what} has nothing at `{pointer}`: has the interface changed?"))
}

#[async_trait]
impl Session for Rest {
    async fn list(&mut self) -> Outcome<Vec<RemoteFile>> {
        let mut found = match (self.method.list.clone(), self.method.jobs.clone()) {
            (Some(list), _) => list::all(self, &list).await?,
            (None, Some(jobs)) => jobs::periods(self, &jobs),
            (None, None) => Vec::new(),
        };
        found.retain(|file| name_matches(&self.method.pattern, &file.name));
        Ok(found)
    }

    async fn fetch(&mut self, file: &RemoteFile, into: &mut (dyn AsyncWrite + Send + Unpin)) -> Outcome<Fetched> {
        let answer = match (self.method.list.clone(), self.method.jobs.clone()) {
            (Some(list), _) => {
                let url = self.contents.get(&file.key).cloned().ok_or_else(|| misses("The list", "the file"))?;
                self.content(&url, &list.url).await?
            }
            (None, Some(jobs)) => jobs::fetch(self, &jobs, &file.key).await?,
            (None, None) => return Err(Failure::internal("a source without list and jobs")),
        };
        let file_name = answer.file_name();
        answer.copy(into).await?;
        Ok(Fetched { file_name, ..Fetched::default() })
    }

    fn renewed(&mut self) -> Vec<(CredentialName, Secret)> {
        self.auth.renewed()
    }
}
