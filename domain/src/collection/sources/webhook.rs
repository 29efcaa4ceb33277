//! Calls from providers.
//!
//! A call is nobody's until its signature has been checked over the raw body. Each event id counts once: the same call
//! again gets the same answer and changes nothing. What is wrong with a call is told in the same words whether the source
//! exists or not.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hmac::{Hmac, Mac};
use kernel::context::{Actor, OpContext};
use kernel::failure::{Failure, Outcome};
use kernel::ids::{SourceFileId, SourceId, SourceRunId, TenantId};
use kernel::permission::PermissionSet;
use platform::db::{OrFail, TenantTx, sql};
use platform::secrets::Secret;
use sea_orm::ConnectionTrait;
use serde_json::{Value as Json, json};
use sha2::Sha256;

use super::files::{self, Arrived};
use super::method::{Method, WebhookContent, WebhookMethod, WebhookScheme};
use super::model::{Cause, CredentialName, Source, SourceState};
use super::port::RemoteFile;
use super::{credentials, read, start, transfer};
use crate::Core;

/// A call as it came in.
pub struct Call {
    /// For which tenant, by the address that was called.
    pub tenant_id: TenantId,
    /// For which source.
    pub source_id: SourceId,
    /// Names and values of the headers; names in lower case.
    pub headers: Vec<(String, String)>,
    /// The raw body.
    pub body: Bytes,
    /// The request.
    pub request_id: String,
}

impl Call {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// What became of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// The run that imports what it brought.
    pub run_id: SourceRunId,
    /// Whether the event was known.
    pub is_replay: bool,
}

fn unknown() -> Failure {
    Failure::unauthenticated("HOOK_REFUSED", "There is no such hook, or the call is not signed with its secret.")
}

/// What a signature is made over, and the signatures that are offered.
struct Signed {
    event_id: String,
    content: Vec<u8>,
    offered: Vec<Vec<u8>>,
}

/// Reads the headers of a call; the time must be near.
fn signed(call: &Call, method: &WebhookMethod, now: i64) -> Option<Signed> {
    let (event_id, timestamp, content, offered) = match method.scheme {
        WebhookScheme::StandardWebhooks => {
            let (id, at) = (call.header("webhook-id")?, call.header("webhook-timestamp")?);
            let offered = call.header("webhook-signature")?.split(' ').filter_map(|one| one.strip_prefix("v1,"));
            let content = [id.as_bytes(), b".", at.as_bytes(), b".", &call.body].concat();
            (id, at, content, offered.filter_map(|one| STANDARD.decode(one).ok()).collect::<Vec<_>>())
        }
        WebhookScheme::TimestampedHex => {
            let id = call.header(method.id_header.as_deref()?)?;
            let parts: Vec<(&str, &str)> = call
                .header(method.signature_header.as_deref()?)?
                .split(',')
                .filter_map(|part| part.trim().split_once('='))
                .collect();
            let at = parts.iter().find(|(name, _)| *name == "t")?.1;
            let offered = parts.iter().filter(|(name, _)| *name == "v1").filter_map(|(_, one)| hex::decode(one).ok());
            let content = [at.as_bytes(), b".", &call.body].concat();
            (id, at, content, offered.collect())
        }
    };
    let near = timestamp.parse::<i64>().ok()?.checked_sub(now)?.unsigned_abs() <= method.tolerance_seconds.into();
    let plain = (1..=200).contains(&event_id.chars().count()) && !event_id.contains(char::is_control);
    (near && plain && !offered.is_empty() && offered.len() <= 8).then(|| Signed {
        event_id: event_id.to_owned(),
        content,
        offered,
    })
}

/// The key of a secret: what follows `whsec_` is base64, anything else is the key itself.
fn key(secret: &Secret) -> Vec<u8> {
    let text = secret.expose().trim();
    text.strip_prefix("whsec_").and_then(|text| STANDARD.decode(text).ok()).unwrap_or_else(|| text.as_bytes().to_vec())
}

/// Whether one of the offered signatures is right, in constant time for each.
fn holds(signed: &Signed, secret: &Secret) -> bool {
    let Ok(mac) = Hmac::<Sha256>::new_from_slice(&key(secret)) else { return false };
    let mac = mac.chain_update(&signed.content);
    signed.offered.iter().any(|offered| mac.clone().verify_slice(offered).is_ok())
}

/// Takes a call: checks it, keeps what it brought, starts the run that imports it.
///
/// # Errors
/// `HOOK_REFUSED` for whatever is wrong with address, signature or time; `HOOK_BODY_INVALID` for a signed call without
/// the address that was promised; failures of the store and of the database.
pub async fn webhook_receive(core: &Core, call: Call) -> Outcome<Taken> {
    let ctx = OpContext {
        tenant_id: call.tenant_id,
        actor: Actor::Operator,
        permissions: PermissionSet::EMPTY,
        party_scope: None,
        request_id: call.request_id.clone(),
        now: (core.clock)(),
    };
    let tx = core.db.tenant(&ctx).await?;
    let source = read::find(&tx, call.source_id).await?.ok_or_else(unknown)?;
    let Method::Webhook(method) = source.method.clone() else { return Err(unknown()) };
    if source.state != SourceState::Enabled {
        return Err(unknown());
    }
    let signed = signed(&call, &method, ctx.now.timestamp()).ok_or_else(unknown)?;
    let opened = credentials::open(&tx, &ctx, core, source.id).await?;
    // A call that does not hold leaves no trace in the audit trail: anybody could fill it. The log has it.
    if !opened.get(CredentialName::SigningSecret).is_some_and(|secret| holds(&signed, secret)) {
        tracing::warn!(source = %source.id, "a call with a wrong signature was refused");
        return Err(unknown());
    }
    if let Some(run_id) = known(&tx, source.id, &signed.event_id).await? {
        return Ok(Taken { run_id, is_replay: true });
    }
    tx.commit().await?;
    match method.content {
        WebhookContent::Report => take_report(core, &ctx, &call, &source, &signed.event_id).await,
        WebhookContent::Link => {
            let link = link_of(&call, &method, &signed.event_id)?;
            let tx = core.db.tenant(&ctx).await?;
            let taken = register(&tx, &ctx, &source, &signed.event_id, Some(link)).await?;
            tx.commit().await?;
            Ok(taken)
        }
    }
}

/// The body is the report: it is stored first, and thrown away again should the event have been taken meanwhile.
async fn take_report(core: &Core, ctx: &OpContext, call: &Call, source: &Source, event_id: &str) -> Outcome<Taken> {
    let id = SourceFileId::new();
    let object_key = format!("{}/sources/{id}", ctx.tenant_id);
    let stored = core.storage.put(&object_key, call.body.clone()).await?;
    let tx = core.db.tenant(ctx).await?;
    let taken = register(&tx, ctx, source, event_id, None).await?;
    if taken.is_replay {
        drop(tx);
        core.storage.delete(&object_key).await?;
        return Ok(taken);
    }
    let named = call.header("x-file-name").map(str::to_owned).or_else(|| {
        let text = call.header("content-disposition")?;
        text.split_once("filename=").map(|(_, rest)| rest.trim_matches(['"', ' ', ';']).to_owned())
    });
    let name = transfer::plain(named.as_deref().unwrap_or(event_id));
    let remote = RemoteFile {
        key: format!("event {event_id}"),
        version: String::new(),
        name: name.clone(),
        size: Some(stored.bytes),
    };
    let file = Arrived {
        id,
        source: source.id,
        run: taken.run_id,
        remote: &remote,
        file_name: &name,
        object_key: &object_key,
        stored,
        position: None,
    };
    files::arrived(&tx, &file, ctx.now).await?;
    tx.commit().await?;
    Ok(taken)
}

fn link_of(call: &Call, method: &WebhookMethod, event_id: &str) -> Outcome<Json> {
    let invalid = |what: &str| Failure::refused("HOOK_BODY_INVALID", format!("The body {what}."));
    let body: Json = serde_json::from_slice(&call.body).map_err(|_| invalid("is no JSON"))?;
    let text = |pointer: &Option<String>| {
        pointer.as_ref().and_then(|pointer| body.pointer(pointer)).and_then(Json::as_str).map(str::to_owned)
    };
    let url = text(&method.url_pointer).ok_or_else(|| invalid("does not say where the report is"))?;
    Ok(json!({ "event": event_id, "url": url, "name": text(&method.name_pointer) }))
}

async fn known(tx: &TenantTx, source: SourceId, event_id: &str) -> Outcome<Option<SourceRunId>> {
    let row = tx
        .query_one_raw(sql(
            "SELECT run_id FROM source_event WHERE tenant_id = $1 AND source_id = $2 AND event_id = $3",
            [tx.tenant_id().uuid().into(), source.uuid().into(), event_id.into()],
        ))
        .await
        .or_fail()?;
    row.map(|row| row.try_get::<uuid::Uuid>("", "run_id").or_fail().map(Into::into)).transpose()
}

/// Writes the event and its run; of two equal calls at once the second waits for the first and finds it.
async fn register(
    tx: &TenantTx,
    ctx: &OpContext,
    source: &Source,
    event_id: &str,
    link: Option<Json>,
) -> Outcome<Taken> {
    // The source's row is the lock: calls of one source are taken one after the other.
    read::must_find(tx, source.id).await?;
    if let Some(run_id) = known(tx, source.id, event_id).await? {
        return Ok(Taken { run_id, is_replay: true });
    }
    let run = start::begin(tx, ctx, source, Cause::Webhook).await?;
    tx.execute_raw(sql(
        "INSERT INTO source_event (tenant_id, source_id, event_id, run_id, link, received_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
        [
            tx.tenant_id().uuid().into(),
            source.id.uuid().into(),
            event_id.into(),
            run.id.uuid().into(),
            link.into(),
            ctx.now.into(),
        ],
    ))
    .await
    .or_fail()?;
    Ok(Taken { run_id: run.id, is_replay: false })
}

/// What the call of a run has said about where the report is.
pub(super) async fn link(tx: &TenantTx, run: SourceRunId) -> Outcome<Option<Json>> {
    let row = tx
        .query_one_raw(sql(
            "SELECT link FROM source_event WHERE tenant_id = $1 AND run_id = $2",
            [tx.tenant_id().uuid().into(), run.uuid().into()],
        ))
        .await
        .or_fail()?;
    match row {
        Some(row) => row.try_get("", "link").or_fail(),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the Standard Webhooks specification.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const AT: &str = "1614265330";
    const BODY: &str = r#"{"test": 2432232314}"#;
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    fn call(signature: &str, body: &str) -> Call {
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        Call {
            tenant_id: TenantId::new(),
            source_id: SourceId::new(),
            headers: vec![
                header("webhook-id", ID),
                header("webhook-timestamp", AT),
                header("webhook-signature", signature),
            ],
            body: Bytes::copy_from_slice(body.as_bytes()),
            request_id: String::new(),
        }
    }

    fn method() -> WebhookMethod {
        WebhookMethod {
            scheme: WebhookScheme::StandardWebhooks,
            content: WebhookContent::Report,
            signature_header: None,
            id_header: None,
            tolerance_seconds: 300,
            url_pointer: None,
            name_pointer: None,
            hosts: Vec::new(),
        }
    }

    #[test]
    fn the_example_of_the_specification_holds() {
        let secret = Secret::new(SECRET);
        let now = 1_614_265_330;
        let fine = signed(&call(SIGNATURE, BODY), &method(), now);
        assert!(fine.is_some_and(|signed| holds(&signed, &secret)));
        let rotated = format!("v1,AAAA {SIGNATURE} v2,x");
        assert!(signed(&call(&rotated, BODY), &method(), now).is_some_and(|signed| holds(&signed, &secret)));
        for (signature, body) in
            [(SIGNATURE, r#"{"test":2432232314}"#), ("v1,AAAA", BODY), ("v1a,AAAA", BODY), ("", BODY)]
        {
            let holding = signed(&call(signature, body), &method(), now).is_some_and(|signed| holds(&signed, &secret));
            assert!(!holding, "{signature} {body}");
        }
        for moment in [now - 301, now + 301] {
            assert!(signed(&call(SIGNATURE, BODY), &method(), moment).is_none(), "an old or early call was taken");
        }
    }
}
