//! A client that costs next to nothing, so that the server is what is measured: HTTP/1.1 over kept connections, with
//! bytes that are ready.

use std::net::SocketAddr;
use std::time::Duration;

use futures::future::try_join_all;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::stop::Stop;

/// Connections at the same time.
const CONNECTIONS: u64 = 16;
/// Requests before the clock runs.
const WARM_UP: u64 = 500;

/// Sends the query so many times; says how long it took.
///
/// # Errors
/// When an answer is not `200 OK` with data.
pub async fn send(address: SocketAddr, query: &str, token: Option<&str>, requests: u64) -> Result<Duration, Stop> {
    let body = json!({ "query": query }).to_string();
    let token = token.map(|token| format!("authorization: Bearer {token}\r\n")).unwrap_or_default();
    let request = format!(
        "POST /graphql HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\naccept: application/json\r\n\
         {token}content-length: {}\r\n\r\n{body}",
        body.len()
    );
    all(address, &request, WARM_UP).await?;
    let started = platform::clock::stopwatch();
    all(address, &request, requests).await?;
    Ok(started.elapsed())
}

async fn all(address: SocketAddr, request: &str, requests: u64) -> Result<(), Stop> {
    let shares = (0..CONNECTIONS).map(|index| requests / CONNECTIONS + u64::from(index < requests % CONNECTIONS));
    let senders = shares.map(|share| {
        let request = request.to_owned();
        tokio::spawn(async move { one(address, request.as_bytes(), share).await })
    });
    let outcomes =
        try_join_all(senders).await.map_err(|error| Stop::failed(format!("the client broke off: {error}")))?;
    outcomes.into_iter().collect()
}

async fn one(address: SocketAddr, request: &[u8], requests: u64) -> Result<(), Stop> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut buffer = Vec::with_capacity(4_096);
    for _ in 0..requests {
        stream.write_all(request).await?;
        buffer.clear();
        loop {
            if stream.read_buf(&mut buffer).await? == 0 {
                return Err(Stop::failed("the server closed the connection"));
            }
            if is_whole(&buffer)? {
                break;
            }
        }
    }
    Ok(())
}

/// Whether the answer is there with its whole body. Anything but a good answer is an error.
fn is_whole(buffer: &[u8]) -> Result<bool, Stop> {
    let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(false) };
    let head = String::from_utf8_lossy(&buffer[..end]).to_ascii_lowercase();
    let unexpected = || Stop::failed(format!("an unexpected answer: {}", String::from_utf8_lossy(buffer)));
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:")).ok_or_else(unexpected)?;
    let length: usize = length.trim().parse().map_err(|_| unexpected())?;
    let body = &buffer[end + 4..];
    if body.len() < length {
        return Ok(false);
    }
    if !head.starts_with("http/1.1 200") || body.windows(8).any(|eight| eight == b"\"errors\"") {
        return Err(unexpected());
    }
    Ok(true)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::is_whole;

    #[test]
    fn an_answer_is_whole_with_its_body() {
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"data\":{}}";
        assert!(is_whole(answer).unwrap());
        assert!(!is_whole(&answer[..answer.len() - 1]).unwrap());
        assert!(!is_whole(b"HTTP/1.1 200 OK\r\n").unwrap());
        is_whole(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n").unwrap_err();
    }
}
