//! Listening.

use std::io::ErrorKind;
use std::net::SocketAddr;

use axum::Router;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::stop::Stop;

/// Takes an address.
///
/// # Errors
/// When it is taken or forbidden; says which setting it is.
pub async fn bind(setting: &str, address: SocketAddr) -> Result<TcpListener, Stop> {
    TcpListener::bind(address).await.map_err(|error| {
        let hint = match error.kind() {
            ErrorKind::AddrInUse => format!("; another program listens there: choose another with `{setting}`"),
            ErrorKind::PermissionDenied => "; ports below 1024 need privileges".to_owned(),
            _ => String::new(),
        };
        Stop::failed(format!("`{setting}` {address} cannot be listened on: {error}{hint}"))
    })
}

/// Serves until the token is cancelled, then answers what is open.
pub fn serve(listener: TcpListener, router: Router, stopping: CancellationToken) -> JoinHandle<Result<(), Stop>> {
    tokio::spawn(async move {
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        axum::serve(listener, service).with_graceful_shutdown(stopping.cancelled_owned()).await?;
        Ok(())
    })
}
