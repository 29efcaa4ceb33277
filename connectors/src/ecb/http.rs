//! Fetching a file over HTTP or HTTPS, with limits. Certificates are checked against the roots of the web, which are shipped
//! with the program: a container needs none of its own.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::Request;
use hyper::body::Bytes;
use hyper::header::{HOST, LOCATION, USER_AGENT};
use hyper_util::rt::TokioIo;
use kernel::failure::{Failure, Outcome};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use url::Url;

/// How often an answer may send on to another address.
const REDIRECTS: usize = 3;

/// What a file may cost.
#[derive(Debug, Clone, Copy)]
pub struct FetchLimits {
    /// Most bytes of the answer.
    pub bytes: usize,
    /// How long it may take in all.
    pub time: Duration,
}

impl Default for FetchLimits {
    fn default() -> Self {
        Self { bytes: 16 * 1024 * 1024, time: Duration::from_secs(60) }
    }
}

fn away(address: &Url, what: impl std::fmt::Display) -> Failure {
    Failure::unavailable("RATES_UNREACHABLE", format!("{address} cannot be fetched: {what}."))
}

/// Fetches a file.
///
/// # Errors
/// `RATES_UNREACHABLE`, which may pass, when the server is away, slow or refuses; `RATES_TOO_LARGE`.
pub(super) async fn get(address: &str, limits: &FetchLimits) -> Outcome<Vec<u8>> {
    let wrong = |error: url::ParseError| {
        Failure::refused("RATES_UNREACHABLE", format!("`{address}` is no address to fetch rates from: {error}."))
    };
    let mut address = Url::parse(address).map_err(wrong)?;
    let fetched = async {
        for _ in 0..=REDIRECTS {
            match once(&address, limits.bytes).await? {
                Answer::Bytes(bytes) => return Ok(bytes),
                Answer::Elsewhere(next) => {
                    address = address.join(&next).map_err(|error| away(&address, error))?;
                }
            }
        }
        Err(away(&address, "it is sent on without end"))
    };
    tokio::time::timeout(limits.time, fetched)
        .await
        .map_err(|_| Failure::unavailable("RATES_UNREACHABLE", "The server of exchange rates takes too long."))?
}

enum Answer {
    Bytes(Vec<u8>),
    Elsewhere(String),
}

async fn once(address: &Url, most: usize) -> Outcome<Answer> {
    let host = address.host_str().ok_or_else(|| away(address, "it names no host"))?;
    let port = address.port_or_known_default().ok_or_else(|| away(address, "it names no port"))?;
    let stream = TcpStream::connect((host, port)).await.map_err(|error| away(address, error))?;
    if address.scheme() == "https" {
        let name = ServerName::try_from(host.to_owned()).map_err(|error| away(address, error))?;
        let stream = tls()?.connect(name, stream).await.map_err(|error| away(address, error))?;
        ask(address, host, stream, most).await
    } else {
        ask(address, host, stream, most).await
    }
}

fn tls() -> Outcome<TlsConnector> {
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Failure::internal(format!("TLS: {error}")))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

async fn ask(
    address: &Url,
    host: &str,
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    most: usize,
) -> Outcome<Answer> {
    let handshake = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = handshake.map_err(|error| away(address, error))?;
    // It ends by itself when the answer was read, or given up.
    tokio::spawn(connection);
    let place = match address.query() {
        Some(query) => format!("{}?{query}", address.path()),
        None => address.path().to_owned(),
    };
    let named = address.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    let request = Request::get(place)
        .header(HOST, named)
        .header(USER_AGENT, concat!("tunemantra/", env!("CARGO_PKG_VERSION")))
        .body(Empty::<Bytes>::new())
        .map_err(|error| away(address, error))?;
    let answer = sender.send_request(request).await.map_err(|error| away(address, error))?;
    if answer.status().is_redirection() {
        let next = answer.headers().get(LOCATION).and_then(|value| value.to_str().ok());
        return next.map(|next| Answer::Elsewhere(next.to_owned())).ok_or_else(|| away(address, answer.status()));
    }
    if !answer.status().is_success() {
        return Err(away(address, format!("the server answered {}", answer.status())));
    }
    match Limited::new(answer.into_body(), most).collect().await {
        Ok(body) => Ok(Answer::Bytes(body.to_bytes().to_vec())),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => {
            Err(Failure::refused("RATES_TOO_LARGE", format!("{address} is larger than {most} bytes.")))
        }
        Err(error) => Err(away(address, error)),
    }
}
