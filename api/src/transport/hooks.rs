//! `POST /hooks/{tenant}/{source}`: calls from providers. The signature is the permission.

use axum::body::{Body, to_bytes};
use axum::extract::{Extension, Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::collection::sources::{Call, webhook_receive};
use kernel::failure::{Failure, Outcome};
use kernel::limits::WEBHOOK_BYTES;
use serde_json::json;

use super::files::refuse;
use super::requests::RequestId;
use crate::router::App;

/// Takes a call: 202 for a new event, 200 for one that is known.
pub async fn hook(
    State(app): State<App>,
    Extension(RequestId(request_id)): Extension<RequestId>,
    Path((tenant, source)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let received = async {
        let unknown = |_| {
            Failure::unauthenticated(
                "HOOK_REFUSED",
                "There is no such hook, or the call is not signed with its secret.",
            )
        };
        let tenant_id = tenant.parse().map_err(unknown)?;
        let source_id = source.parse().map_err(unknown)?;
        let body = to_bytes(body, WEBHOOK_BYTES)
            .await
            .map_err(|_| Failure::refused("UPLOAD_TOO_LARGE", format!("A call has at most {WEBHOOK_BYTES} bytes.")))?;
        let headers = headers
            .iter()
            .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
            .collect();
        let call = Call { tenant_id, source_id, headers, body, request_id: request_id.clone() };
        // In a task of its own: a caller that hangs up does not stop it between two statements.
        match tokio::spawn(async move { webhook_receive(&app.core, call).await }).await {
            Ok(outcome) => outcome,
            Err(error) => Outcome::Err(Failure::internal(format!("a call ended abnormally: {error}"))),
        }
    };
    match received.await {
        Ok(taken) => {
            let status = if taken.is_replay { StatusCode::OK } else { StatusCode::ACCEPTED };
            (status, axum::Json(json!({ "isReplay": taken.is_replay }))).into_response()
        }
        Err(failure) => refuse(&failure, &request_id),
    }
}
