//! Who comes in, how long, and with what: sign-in, refresh tokens, open sockets, API keys, signing keys, documents.

use std::time::Duration;

use domain::tenancy::{Rotation, rotate_keys};
use kernel::limits::SIGN_IN_ATTEMPTS;
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};
use tests::{Client, Label, PASSWORD, TestApp};

const SIGN_IN: &str =
    "mutation($i: SignInInput!) { signIn(input: $i) { accessToken refreshToken userErrors { code } } }";
const REFRESH: &str =
    "mutation($i: TokenRefreshInput!) { tokenRefresh(input: $i) { accessToken refreshToken userErrors { code } } }";

async fn sign_in(app: &TestApp, email: &str, password: &str) -> tests::Answer {
    let input = json!({ "email": email, "password": password });
    Client::anonymous(&app.base).ask(SIGN_IN, json!({ "i": input })).await
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_in_pauses_after_too_many_wrong_passwords() {
    let app = TestApp::start_without_worker().await;
    app.tenant("pause").await;
    let right = || sign_in(&app, "owner@pause.test", PASSWORD);
    let wrong = || sign_in(&app, "owner@pause.test", "not the password");
    // A right one in between starts the count anew.
    for _ in 1..SIGN_IN_ATTEMPTS {
        assert_eq!(wrong().await.user_error("signIn"), Some("SIGN_IN_FAILED"));
    }
    right().await.ok();
    for _ in 0..SIGN_IN_ATTEMPTS {
        assert_eq!(wrong().await.user_error("signIn"), Some("SIGN_IN_FAILED"));
    }
    let paused = right().await;
    assert_eq!(paused.user_error("signIn"), Some("SIGN_IN_FAILED"), "the right password is taken during the pause");
    assert_eq!(paused.at("/signIn/accessToken"), &Value::Null);
    // Somebody else's sign-in is not paused, and an unknown address gets the same answer.
    app.tenant("other").await;
    sign_in(&app, "owner@other.test", PASSWORD).await.ok();
    assert_eq!(sign_in(&app, "nobody@pause.test", PASSWORD).await.user_error("signIn"), Some("SIGN_IN_FAILED"));
    // The pause passes.
    let mut system = PgConnection::connect(&app.urls.system).await.unwrap();
    let past = "UPDATE login SET paused_until = now() - interval '1 second' WHERE email = 'owner@pause.test'";
    assert_eq!(sqlx::query(past).execute(&mut system).await.unwrap().rows_affected(), 1);
    right().await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_used_twice_ends_its_family() {
    let app = TestApp::start_without_worker().await;
    app.tenant("family").await;
    let anonymous = Client::anonymous(&app.base);
    let refresh = |token: String| {
        let anonymous = anonymous.clone();
        async move { anonymous.ask(REFRESH, json!({ "i": { "refreshToken": token } })).await }
    };
    let first = sign_in(&app, "owner@family.test", PASSWORD).await.ok().text("/signIn/refreshToken");
    let second = refresh(first.clone()).await.ok().text("/tokenRefresh/refreshToken");
    let third = refresh(second.clone()).await.ok().text("/tokenRefresh/refreshToken");
    let other = sign_in(&app, "owner@family.test", PASSWORD).await.ok().text("/signIn/refreshToken");
    // The first comes back: it was stolen, or the thief is here. Nobody of the family goes on.
    assert_eq!(refresh(first).await.user_error("tokenRefresh"), Some("REFRESH_TOKEN_INVALID"));
    for token in [second, third] {
        assert_eq!(refresh(token).await.user_error("tokenRefresh"), Some("REFRESH_TOKEN_INVALID"));
    }
    // Another session of the same person is another family.
    refresh(other).await.ok();
    assert_eq!(refresh("rt_made-up".to_owned()).await.user_error("tokenRefresh"), Some("REFRESH_TOKEN_INVALID"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_and_a_stream_close_when_the_token_ends() {
    let app = TestApp::start_with_token_life(Duration::from_secs(12)).await;
    let (_, owner) = app.tenant("short").await;
    let token = owner.token.clone().unwrap();
    let url = app.base.replace("http://", "ws://") + "/graphql/ws";
    let script = "import { createClient } from 'graphql-ws'; import WebSocket from 'ws';
        const [url, token] = process.argv.slice(1);
        const client = createClient({ url, webSocketImpl: WebSocket, retryAttempts: 0,
            connectionParams: { token }, on: { closed: (event) => console.log(event.code, event.reason) } });
        client.subscribe({ query: 'subscription { operationsChanged { id } }' }, { next() {}, error() {}, complete() {} });";
    let socket = tokio::process::Command::new("node")
        .args(["--input-type=module", "-e", script, &url, &token])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/clients/graphql-ws"))
        .kill_on_drop(true)
        .output();
    let stream = reqwest::Client::new()
        .post(format!("{}/graphql/stream", app.base))
        .json(&json!({ "query": "subscription { operationsChanged { id } }" }))
        .bearer_auth(&token)
        .send();
    let both = tokio::time::timeout(Duration::from_secs(60), async {
        tokio::join!(socket, async { stream.await.unwrap().text().await.unwrap() })
    });
    let (socket, stream) = both.await.expect("the socket or the stream stayed open after its token had ended");
    let said = String::from_utf8(socket.unwrap().stdout).unwrap();
    assert!(said.starts_with("4403 Token expired"), "{said}");
    assert!(stream.contains("UNAUTHENTICATED") && stream.contains("event: complete"), "{stream}");
    assert_eq!(owner.ask("{ viewer { tenant { slug } } }", json!({})).await.status, 401);
}

fn in_a_day() -> String {
    (platform::clock::now() + chrono::TimeDelta::days(1)).to_rfc3339()
}

const CREATE_KEY: &str = "mutation($i: ApiKeyCreateInput!) { apiKeyCreate(input: $i) { apiKey { id version lastUsedAt } token userErrors { code message path } } }";

fn with_token(app: &TestApp, token: &str) -> Client {
    let mut client = Client::anonymous(&app.base);
    client.token = Some(token.to_owned());
    client
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_key_does_what_it_may_and_its_maker_may() {
    let app = TestApp::start_without_worker().await;
    let (_, owner) = app.tenant("keys").await;
    let input = json!({ "name": "nightly", "permissions": ["PARTY_READ", "PARTY_MANAGE"], "expiresAt": in_a_day() });
    let made = owner.ask(CREATE_KEY, json!({ "i": input })).await.ok();
    let token = made.text("/apiKeyCreate/token");
    let key = with_token(&app, &token);
    let parties = "{ parties(first: 1) { nodes { id } } }";
    key.ask(parties, json!({})).await.ok();
    assert_eq!(key.ask("{ members(first: 1) { nodes { id } } }", json!({})).await.error_code(), Some("FORBIDDEN"));
    // Its hash is stored, the key is nowhere.
    let mut admin = PgConnection::connect(&app.urls.system).await.unwrap();
    let row: String = sqlx::query_scalar("SELECT row(k.*)::text FROM api_key k").fetch_one(&mut admin).await.unwrap();
    let secret = token.rsplit('_').next().unwrap();
    assert!(!row.contains(secret), "{row}");
    // What it does stands in the trail under its own name.
    let create =
        "mutation($i: PartyCreateInput!) { partyCreate(input: $i) { party { id } userErrors { code message } } }";
    let party = json!({ "reference": "P-1", "name": "Made by a program", "kind": "PERSON" });
    key.ask(create, json!({ "i": party })).await.ok();
    let trail = owner.ask("{ auditEntries(first: 1) { nodes { actor action } } }", json!({})).await.ok();
    assert_eq!(trail.text("/auditEntries/nodes/0/actor"), made.text("/apiKeyCreate/apiKey/id"));
    let used =
        owner.ask("{ apiKeys(first: 1) { nodes { lastUsedAt lastUsedFrom createdBy { email } } } }", json!({})).await;
    let used = used.ok();
    assert!(used.at("/apiKeys/nodes/0/lastUsedAt").is_string(), "{}", used.body);
    assert_eq!(used.text("/apiKeys/nodes/0/lastUsedFrom"), "127.0.0.1");
    assert_eq!(used.text("/apiKeys/nodes/0/createdBy/email"), "owner@keys.test");

    // A changed character, and a key that was revoked.
    let forged = format!("{}{}", &token[..token.len() - 1], if token.ends_with('0') { "1" } else { "0" });
    assert_eq!(with_token(&app, &forged).ask(parties, json!({})).await.status, 401);
    let revoke =
        "mutation($i: ApiKeyRevokeInput!) { apiKeyRevoke(input: $i) { apiKey { revokedAt } userErrors { code } } }";
    let input = json!({ "id": made.text("/apiKeyCreate/apiKey/id"), "expectedVersion": 1 });
    owner.ask(revoke, json!({ "i": input })).await.ok();
    assert_eq!(key.ask(parties, json!({})).await.status, 401);
    let again = owner.ask(revoke, json!({ "i": input })).await;
    assert_eq!(again.user_error("apiKeyRevoke"), Some("API_KEY_REVOKED"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_key_has_bounds() {
    let app = TestApp::start_without_worker().await;
    let (_, owner) = app.tenant("bounds").await;
    let refused = |input: Value| {
        let owner = owner.clone();
        async move {
            let answer = owner.ask(CREATE_KEY, json!({ "i": input })).await;
            answer.user_error("apiKeyCreate").map(str::to_owned)
        }
    };
    let with = |permissions: Value, addresses: Value, ends: &str| json!({ "name": "k", "permissions": permissions, "allowedAddresses": addresses, "expiresAt": ends });
    let day = in_a_day();
    for (input, code) in [
        (with(json!([]), json!([]), &day), "PERMISSIONS_MISSING"),
        (with(json!(["EVERYTHING"]), json!([]), &day), "PERMISSION_UNKNOWN"),
        // Decisions of a second person need a person.
        (with(json!(["PAYMENT_APPROVE"]), json!([]), &day), "PERMISSION_PERSONAL"),
        (with(json!(["API_KEY_MANAGE"]), json!([]), &day), "PERMISSION_PERSONAL"),
        (with(json!(["PARTY_READ"]), json!(["example.org"]), &day), "ADDRESS_INVALID"),
        (with(json!(["PARTY_READ"]), json!([]), "2020-01-01T00:00:00Z"), "EXPIRY_INVALID"),
        (with(json!(["PARTY_READ"]), json!([]), "2999-01-01T00:00:00Z"), "EXPIRY_INVALID"),
    ] {
        assert_eq!(refused(input.clone()).await.as_deref(), Some(code), "{input}");
    }
    // Only from its addresses: this test is at 127.0.0.1.
    for (addresses, status) in [(json!(["192.0.2.0/24"]), 401), (json!(["127.0.0.0/8"]), 200)] {
        let made = owner.ask(CREATE_KEY, json!({ "i": with(json!(["PARTY_READ"]), addresses, &day) })).await.ok();
        let key = with_token(&app, &made.text("/apiKeyCreate/token"));
        assert_eq!(key.ask("{ parties(first: 1) { nodes { id } } }", json!({})).await.status, status);
    }
    // A tenant's keys are nobody else's business.
    let (_, stranger) = app.tenant("stranger").await;
    let theirs = stranger.ask("{ apiKeys(first: 10) { nodes { id } } }", json!({})).await.ok();
    assert_eq!(theirs.at("/apiKeys/nodes"), &json!([]));
}

async fn published(app: &TestApp) -> usize {
    let set: Value = reqwest::get(format!("{}/.well-known/jwks.json", app.base)).await.unwrap().json().await.unwrap();
    set["keys"].as_array().unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_keys_are_rotated_without_anybody_noticing_or_at_once() {
    let app = TestApp::start_without_worker().await;
    let (_, owner) = app.tenant("rotate").await;
    let viewer = "{ viewer { tenant { slug } } }";
    let overlap = Rotation::Overlap { token_life: Duration::from_secs(900) };
    rotate_keys(&app.core, overlap).await.unwrap();
    // Another process that starts now knows both keys; tokens of the old one hold.
    let second = app.another_api().await;
    assert_eq!(published_at(&second).await, 2);
    let mut there = owner.clone();
    there.at(&second);
    there.ask(viewer, json!({})).await.ok();
    let fresh = Client::sign_in(&second, "owner@rotate.test", PASSWORD).await;
    let mut here = fresh.clone();
    here.at(&app.base);
    // The new key does not sign yet: the first process, which does not know it, reads what the second has signed.
    here.ask(viewer, json!({})).await.ok();
    assert_eq!(published(&app).await, 1);

    // A key that somebody else knows is void at once, and with it every token.
    rotate_keys(&app.core, Rotation::AtOnce).await.unwrap();
    let third = app.another_api().await;
    assert_eq!(published_at(&third).await, 1);
    there.at(&third);
    assert_eq!(there.ask(viewer, json!({})).await.status, 401);
    Client::sign_in(&third, "owner@rotate.test", PASSWORD).await.ask(viewer, json!({})).await.ok();
}

async fn published_at(base: &str) -> usize {
    let set: Value = reqwest::get(format!("{base}/.well-known/jwks.json")).await.unwrap().json().await.unwrap();
    set["keys"].as_array().unwrap().len()
}

async fn persisted(client: &Client, query: Option<&str>, hash: &str) -> (u16, Value) {
    let mut body = json!({ "extensions": { "persistedQuery": { "version": 1, "sha256Hash": hash } } });
    if let Some(query) = query {
        body["query"] = json!(query);
    }
    let mut request = reqwest::Client::new().post(format!("{}/graphql", client.base())).json(&body);
    if let Some(token) = &client.token {
        request = request.bearer_auth(token);
    }
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_are_known_by_hash_and_may_have_to_be_registered() {
    let app = TestApp::start().await;
    let label = Label::create(&app, "documents").await;
    let query = "{ parties(first: 1) { nodes { id } } }";
    let hash: String = domain::documents::hash(query).iter().map(|byte| format!("{byte:02x}")).collect();
    let (status, body) = persisted(&label.manager, None, &hash).await;
    assert_eq!((status, &body["errors"][0]["message"]), (400, &json!("PersistedQueryNotFound")));
    assert_eq!(body["errors"][0]["extensions"]["code"], "PERSISTED_QUERY_NOT_FOUND");
    assert_eq!(persisted(&label.manager, Some(query), &hash).await.0, 200);
    let (status, body) = persisted(&label.manager, None, &hash).await;
    assert_eq!(status, 200, "{body}");
    assert!(body["data"]["parties"]["nodes"].is_array(), "{body}");
    assert_eq!(persisted(&label.manager, Some("{ __typename }"), &hash).await.0, 400, "another text has this hash");

    label.set("graphql_documents", json!("REGISTERED")).await;
    let refused = label.manager.ask(query, json!({})).await;
    assert_eq!(refused.error_code(), Some("FORBIDDEN"), "{}", refused.body);
    assert_eq!(persisted(&label.manager, None, &hash).await.0, 403);
    let register = "mutation($i: DocumentRegisterInput!) { documentRegister(input: $i) { document { hash } userErrors { code message } } }";
    let broken = label.owner.ask(register, json!({ "i": { "name": "x", "document": "{ parties(" } })).await;
    assert_eq!(broken.user_error("documentRegister"), Some("DOCUMENT_INVALID"));
    // Who may change the configuration is exempt, or the tenant would be locked out.
    let made = label.owner.ask(register, json!({ "i": { "name": "parties", "document": query } })).await.ok();
    assert_eq!(made.text("/documentRegister/document/hash"), hash);
    label.manager.ask(query, json!({})).await.ok();
    assert_eq!(persisted(&label.manager, None, &hash).await.0, 200);
    let other = label.manager.ask("{ parties(first: 2) { nodes { id } } }", json!({})).await;
    assert_eq!(other.error_code(), Some("FORBIDDEN"));
    let remove =
        "mutation($i: DocumentRemoveInput!) { documentRemove(input: $i) { document { name } userErrors { code } } }";
    label.owner.ask(remove, json!({ "i": { "hash": hash } })).await.ok();
    assert_eq!(label.manager.ask(query, json!({})).await.error_code(), Some("FORBIDDEN"));
}
