//! `PUT /uploads/{token}` and `GET /downloads/{token}`: the token is the permission.

use axum::body::Body;
use axum::extract::{Extension, Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::files;
use futures::TryStreamExt;
use kernel::failure::{Failure, FailureKind};
use serde_json::json;
use tokio_util::io::StreamReader;

use super::requests::RequestId;
use crate::router::App;

/// Takes the bytes of a staged upload.
pub async fn upload(
    State(app): State<App>,
    Extension(RequestId(request_id)): Extension<RequestId>,
    Path(token): Path<String>,
    body: Body,
) -> Response {
    let content = StreamReader::new(Box::pin(body.into_data_stream().map_err(std::io::Error::other)));
    match files::receive(&app.core, &token, content, &request_id).await {
        Ok(stored) => {
            let hash: String = stored.blake3.iter().map(|byte| format!("{byte:02x}")).collect();
            axum::Json(json!({ "byteSize": stored.bytes.to_string(), "contentHash": hash })).into_response()
        }
        Err(failure) => refuse(&failure, &request_id),
    }
}

/// Gives out a stored file.
pub async fn download(
    State(app): State<App>,
    Extension(RequestId(request_id)): Extension<RequestId>,
    Path(token): Path<String>,
) -> Response {
    let file = match files::open_download(&app.core, &token).await {
        Ok(file) => file,
        Err(failure) => return refuse(&failure, &request_id),
    };
    let mut response = Body::from_stream(file.content).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type(&file.file_name)));
    if let Some(bytes) = file.bytes {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(bytes));
    }
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Ok(value) = HeaderValue::from_str(&disposition(&file.file_name)) {
        headers.insert(CONTENT_DISPOSITION, value);
    }
    response
}

fn media_type(file_name: &str) -> &'static str {
    match file_name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "pdf" => "application/pdf",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "csv" => "text/csv; charset=utf-8",
        "json" => "application/json",
        "zip" => "application/zip",
        _ => "application/octet-stream",
    }
}

/// Always an attachment, under its own name (RFC 6266, RFC 8187), with a plain name for old clients.
fn disposition(file_name: &str) -> String {
    let plain: String = file_name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ' ') { c } else { '_' })
        .collect();
    let encoded: String = file_name
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect();
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

pub(super) fn refuse(failure: &Failure, request_id: &str) -> Response {
    let status = match failure.kind {
        FailureKind::Refused if failure.code() == "UPLOAD_TOO_LARGE" => StatusCode::PAYLOAD_TOO_LARGE,
        FailureKind::Refused | FailureKind::Conflict => StatusCode::BAD_REQUEST,
        FailureKind::NotFound => StatusCode::NOT_FOUND,
        FailureKind::Forbidden => StatusCode::FORBIDDEN,
        FailureKind::Unauthenticated => StatusCode::UNAUTHORIZED,
        FailureKind::Limited => StatusCode::TOO_MANY_REQUESTS,
        FailureKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        FailureKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    };
    match failure.kind {
        FailureKind::Internal => tracing::error!(%failure, "a file request failed"),
        FailureKind::Unavailable => tracing::warn!(%failure, "something is away"),
        _ => tracing::debug!(%failure, "a file request was refused"),
    }
    let error = json!({
        "code": failure.code(), "message": failure.message(),
        "requestId": request_id, "retryable": failure.kind.retryable(),
    });
    (status, axum::Json(json!({ "error": error }))).into_response()
}

#[cfg(test)]
mod tests {
    use super::disposition;

    #[test]
    fn a_file_name_cannot_leave_its_header() {
        assert_eq!(disposition("a b.pdf"), "attachment; filename=\"a b.pdf\"; filename*=UTF-8''a%20b.pdf");
        let nasty = disposition("x\"\r\nSet-Cookie: é");
        assert!(!nasty.contains('\r') && !nasty.contains('\n') && !nasty.contains("x\""), "{nasty}");
        assert!(nasty.ends_with("%C3%A9"));
    }
}
