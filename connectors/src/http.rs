//! HTTP and HTTPS through [`Outbound`]: one connection per request, straight to the address that was looked at, so that
//! a name cannot mean one machine when it is checked and another one when it is used.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{
    ACCEPT_ENCODING, CONTENT_DISPOSITION, HOST, HeaderMap, HeaderName, HeaderValue, LOCATION, RETRY_AFTER, USER_AGENT,
};
use hyper::{Method, StatusCode};
use hyper_util::rt::TokioIo;
use kernel::failure::{Failure, Outcome};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use url::Url;

use crate::net::{Outbound, unreachable};

/// How long an answer may take to begin, and how long it may pause.
const SILENCE: Duration = Duration::from_secs(60);
/// Redirects that are followed.
const HOPS: usize = 5;
/// How often a request is sent again when the provider asks for patience.
const PATIENCE: usize = 6;
/// How long is waited in all before the job itself comes back later.
const LONGEST_WAIT: Duration = Duration::from_secs(90);
/// The largest answer that is held in memory.
const ANSWER_BYTES: usize = 16 * 1024 * 1024;

/// A request.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Request {
    pub(crate) fn get(url: Url) -> Self {
        Self { method: Method::GET, url, headers: HeaderMap::new(), body: Bytes::new() }
    }

    pub(crate) fn post(url: Url, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(hyper::header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        Self { method: Method::POST, url, headers, body: body.into() }
    }

    /// Adds a header of the configuration. Its value may be a secret and is not told in the failure.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Outcome<Self> {
        let wrong =
            || Failure::refused("SOURCE_METHOD_INVALID", format!("The header `{name}` or its value cannot be sent."));
        let name = HeaderName::try_from(name).map_err(|_| wrong())?;
        let mut value = HeaderValue::try_from(value).map_err(|_| wrong())?;
        value.set_sensitive(true);
        self.headers.insert(name, value);
        Ok(self)
    }

    pub(crate) fn bearer(self, token: &str) -> Outcome<Self> {
        self.header("authorization", &format!("Bearer {token}"))
    }
}

/// An answer whose body has not been read yet.
pub(crate) struct Answer {
    pub(crate) url: Url,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    body: Incoming,
}

/// Sends requests. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Http {
    out: Outbound,
    pause: Duration,
}

/// Reads an address of a configuration or of an answer.
pub(crate) fn parse(url: &str) -> Outcome<Url> {
    let wrong =
        || Failure::refused("SOURCE_ADDRESS_INVALID", "An address is not one of the web (https:// or http://).");
    let url = Url::parse(url).map_err(|_| wrong())?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(wrong());
    }
    Ok(url)
}

/// Host and path, without the query: it may carry a signature or a token.
pub(crate) fn shown(url: &Url) -> String {
    format!("{}://{}{}", url.scheme(), url.host_str().unwrap_or_default(), url.path())
}

fn tls() -> TlsConnector {
    static CONFIG: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    let config = CONFIG.get_or_init(|| {
        let mut roots = RootCertStore::empty();
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        Arc::new(ClientConfig::builder().with_root_certificates(roots).with_no_client_auth())
    });
    TlsConnector::from(config.clone())
}

/// Encrypts a connection, and makes sure who is at the other end.
pub(crate) async fn secure(
    host: &str,
    port: u16,
    stream: tokio::net::TcpStream,
) -> Outcome<tokio_rustls::client::TlsStream<tokio::net::TcpStream>> {
    let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned())
        .map_err(|error| unreachable(host, port, &error))?;
    tls().connect(name, stream).await.map_err(|error| unreachable(host, port, &error))
}

impl Http {
    /// With a pause before every request.
    pub(crate) const fn new(out: Outbound, pause: Duration) -> Self {
        Self { out, pause }
    }

    /// Sends a request and gives the answer, whatever it says. Where the provider asks for patience (429 or 503 with
    /// `Retry-After`) it is sent again, for at most [`LONGEST_WAIT`].
    pub(crate) async fn send(&self, request: &Request) -> Outcome<Answer> {
        let mut waited = Duration::ZERO;
        for attempt in 1..=PATIENCE {
            tokio::time::sleep(self.pause).await;
            let answer = self.once(request).await?;
            let busy = answer.status == StatusCode::TOO_MANY_REQUESTS
                || (answer.status == StatusCode::SERVICE_UNAVAILABLE && answer.headers.contains_key(RETRY_AFTER));
            if !busy {
                return Ok(answer);
            }
            let pause = retry_after(&answer.headers).unwrap_or(Duration::from_secs(1 << attempt.min(5)));
            waited += pause;
            if waited > LONGEST_WAIT {
                break;
            }
            tokio::time::sleep(pause).await;
        }
        Err(Failure::limited(
            "SOURCE_RATE_LIMITED",
            format!("`{}` asks us to come back later; the run is tried again.", shown(&request.url)),
        ))
    }

    /// As [`Http::send`], and only an answer that means success. Redirects are followed; credentials stay with the host
    /// they are for, and an encrypted way never leads to an open one.
    pub(crate) async fn fetch(&self, request: &Request) -> Outcome<Answer> {
        let mut request = request.clone();
        for _ in 0..=HOPS {
            let answer = self.send(&request).await?;
            if !answer.status.is_redirection() {
                return answer.success();
            }
            let location = answer.headers.get(LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
            let next = request.url.join(location).map_err(|_| strange(&request.url, "leads nowhere"))?;
            if request.url.scheme() == "https" && next.scheme() != "https" {
                return Err(strange(&request.url, "leads from an encrypted address to an open one"));
            }
            if next.origin() != request.url.origin() {
                request.headers.clear();
            }
            request = Request {
                method: Method::GET,
                url: parse(next.as_str())?,
                headers: request.headers,
                body: Bytes::new(),
            };
        }
        Err(strange(&request.url, "leads around in circles"))
    }

    async fn once(&self, request: &Request) -> Outcome<Answer> {
        let host = request.url.host_str().unwrap_or_default().to_owned();
        let port = request.url.port_or_known_default().unwrap_or(443);
        let stream = self.out.connect(&host, port).await?;
        let talking = async {
            if request.url.scheme() == "https" {
                let stream = secure(&host, port, stream).await?;
                self.talk(request, &host, port, stream).await
            } else {
                self.talk(request, &host, port, stream).await
            }
        };
        tokio::time::timeout(SILENCE, talking)
            .await
            .map_err(|_| unreachable(&host, port, &"the answer does not begin in time"))?
    }

    async fn talk<S>(&self, request: &Request, host: &str, port: u16, stream: S) -> Outcome<Answer>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let away = |error: hyper::Error| unreachable(host, port, &error);
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(away)?;
        // Ends by itself when the answer is read or dropped.
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection to a provider ended early");
            }
        });
        let authority = match request.url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        let path = match request.url.query() {
            Some(query) => format!("{}?{query}", request.url.path()),
            None => request.url.path().to_owned(),
        };
        let mut built = hyper::Request::builder().method(&request.method).uri(path).header(HOST, authority);
        if let Some(headers) = built.headers_mut() {
            headers.insert(USER_AGENT, HeaderValue::from_static(concat!("tunemantra/", env!("CARGO_PKG_VERSION"))));
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
            headers.extend(request.headers.iter().map(|(name, value)| (name.clone(), value.clone())));
        }
        let built = built
            .body(Full::new(request.body.clone()))
            .map_err(|error| Failure::internal(format!("a request cannot be written: {error}")))?;
        let answer = sender.send_request(built).await.map_err(away)?;
        let (parts, body) = answer.into_parts();
        Ok(Answer { url: request.url.clone(), status: parts.status, headers: parts.headers, body })
    }
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?;
    text.trim().parse().ok().map(Duration::from_secs)
}

/// The provider answers something that cannot be.
pub(crate) fn strange(url: &Url, what: &str) -> Failure {
    Failure::refused("SOURCE_ANSWER_INVALID", format!("The answer of `{}` {what}.", shown(url)))
}

impl Answer {
    /// Lets success pass.
    pub(crate) fn success(self) -> Outcome<Self> {
        let place = shown(&self.url);
        match self.status.as_u16() {
            200..=299 => Ok(self),
            401 | 403 | 407 => Err(Failure::refused(
                "SOURCE_SIGN_IN_REFUSED",
                format!("`{place}` does not let us in with these credentials (status {}).", self.status.as_u16()),
            )),
            404 | 410 => Err(Failure::refused("SOURCE_PATH_MISSING", format!("There is no `{place}`."))),
            408 | 425 | 429 | 500..=599 => Err(Failure::unavailable(
                "SOURCE_UNREACHABLE",
                format!("`{place}` answers with status {}: the run is tried again.", self.status.as_u16()),
            )),
            status => Err(strange(&self.url, &format!("has the status {status}"))),
        }
    }

    /// The name that the answer gives its content.
    pub(crate) fn file_name(&self) -> Option<String> {
        let text = self.headers.get(CONTENT_DISPOSITION)?.to_str().ok()?;
        let (_, rest) = text.split_once("filename=")?;
        let name = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split('"').next()?,
            None => rest.split(';').next()?,
        };
        Some(name.trim().to_owned()).filter(|name| !name.is_empty())
    }

    /// The whole body, up to [`ANSWER_BYTES`].
    pub(crate) async fn bytes(mut self) -> Outcome<Bytes> {
        let mut whole = BytesMut::new();
        while let Some(chunk) = self.chunk().await? {
            if whole.len() + chunk.len() > ANSWER_BYTES {
                return Err(strange(&self.url, "is too long to be a list"));
            }
            whole.extend_from_slice(&chunk);
        }
        Ok(whole.freeze())
    }

    /// The body as JSON.
    pub(crate) async fn json(self) -> Outcome<serde_json::Value> {
        let url = self.url.clone();
        serde_json::from_slice(&self.bytes().await?).map_err(|error| strange(&url, &format!("is no JSON ({error})")))
    }

    /// Passes the body on as it comes.
    pub(crate) async fn copy(mut self, into: &mut (dyn AsyncWrite + Send + Unpin)) -> Outcome<()> {
        while let Some(chunk) = self.chunk().await? {
            into.write_all(&chunk).await.map_err(crate::sink)?;
        }
        Ok(())
    }

    async fn chunk(&mut self) -> Outcome<Option<Bytes>> {
        let broken = |error: &dyn std::fmt::Display| {
            Failure::unavailable("SOURCE_TRANSFER_BROKEN", format!("`{}` broke off: {error}.", shown(&self.url)))
        };
        loop {
            match tokio::time::timeout(SILENCE, self.body.frame()).await {
                Err(_) => return Err(broken(&"nothing came for a minute")),
                Ok(None) => return Ok(None),
                Ok(Some(Err(error))) => return Err(broken(&error)),
                Ok(Some(Ok(frame))) => {
                    if let Ok(data) = frame.into_data() {
                        return Ok(Some(data));
                    }
                }
            }
        }
    }
}

/// Basic authentication.
pub(crate) fn basic(user: &str, password: &str) -> String {
    use base64::Engine as _;
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}")))
}
