//! Objects in a bucket of an S3-compatible store: list and get, signed with AWS Signature Version 4.

mod list;
mod sign;

use std::time::Duration;

use async_trait::async_trait;
use domain::collection::sources::method::ObjectStoreMethod;
use domain::collection::sources::{Access, CredentialName, Fetched, RemoteFile, Secret, Session, name_matches};
use kernel::failure::{Failure, Outcome};
use tokio::io::AsyncWrite;
use url::Url;

use crate::http::{Answer, Http, Request, parse};
use crate::net::Outbound;
use sign::{Signer, path_encoded};

/// Objects that are looked at, in all.
const OBJECTS: usize = 100_000;

pub(crate) struct Bucket {
    method: ObjectStoreMethod,
    secret: Secret,
    http: Http,
}

/// Makes sure that the bucket can be read.
pub(crate) async fn connect(out: &Outbound, method: &ObjectStoreMethod, access: &Access) -> Outcome<Bucket> {
    let secret = access.credentials.need(CredentialName::SecretKey)?.clone();
    let mut bucket = Bucket { method: method.clone(), secret, http: Http::new(*out, Duration::ZERO) };
    bucket.page(None, 1).await?;
    Ok(bucket)
}

impl Bucket {
    fn address(&self, key: &str) -> Outcome<Url> {
        let base = self.method.endpoint.trim_end_matches('/');
        parse(&format!("{base}/{}/{}", self.method.bucket, path_encoded(key)))
    }

    async fn get(&self, url: Url) -> Outcome<Answer> {
        let signer = Signer { key_id: &self.method.access_key_id, secret: &self.secret, region: &self.method.region };
        let request = signer.sign(Request::get(url), now())?;
        self.http.send(&request).await?.success()
    }

    async fn page(&mut self, after: Option<&str>, size: usize) -> Outcome<list::Page> {
        let mut url = self.address("")?;
        url.query_pairs_mut()
            .append_pair("list-type", "2")
            .append_pair("max-keys", &size.to_string())
            .append_pair("prefix", &self.method.prefix);
        if let Some(token) = after {
            url.query_pairs_mut().append_pair("continuation-token", token);
        }
        let bytes = self.get(url).await?.bytes().await?;
        list::read(&bytes).map_err(|why| {
            Failure::refused("SOURCE_ANSWER_INVALID", format!("The list of the bucket cannot be read: {why}."))
        })
    }
}

#[async_trait]
impl Session for Bucket {
    async fn list(&mut self) -> Outcome<Vec<RemoteFile>> {
        let mut found = Vec::new();
        let mut after: Option<String> = None;
        let mut seen = 0;
        loop {
            let page = self.page(after.as_deref(), 1_000).await?;
            seen += page.objects.len();
            if seen > OBJECTS {
                let message = format!("More than {OBJECTS} objects are there: name a prefix further down.");
                return Err(Failure::refused("SOURCE_TOO_MANY_FILES", message));
            }
            for object in page.objects {
                let name = object.key.rsplit('/').next().unwrap_or_default().to_owned();
                // A key that ends with a slash is a folder.
                if !name.is_empty() && name_matches(&self.method.pattern, &name) {
                    found.push(RemoteFile { key: object.key, version: object.etag, name, size: Some(object.size) });
                }
            }
            after = page.next;
            if after.is_none() {
                return Ok(found);
            }
        }
    }

    async fn fetch(&mut self, file: &RemoteFile, into: &mut (dyn AsyncWrite + Send + Unpin)) -> Outcome<Fetched> {
        self.get(self.address(&file.key)?).await?.copy(into).await?;
        Ok(Fetched::default())
    }
}

/// The store refuses signatures that are older than a quarter of an hour, whenever the run began.
#[expect(clippy::disallowed_methods, reason = "a signature holds at the moment it is sent, at the program's edge")]
fn now() -> chrono::DateTime<chrono::Utc> {
    chrono::Utc::now()
}
