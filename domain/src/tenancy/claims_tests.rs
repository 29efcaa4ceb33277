#![allow(clippy::unwrap_used)]

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::*;

const ISSUER: &str = "http://here";

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_900_000_000, 0).unwrap()
}

fn key(seed: u8) -> Key {
    Key::generate([seed; 32]).unwrap().0
}

fn claims() -> Claims {
    let parties = [PartyId::new()];
    Claims::new(
        ISSUER,
        LoginId::new(),
        (TenantId::new(), MemberId::new()),
        (Role::RightsHolder, &parties),
        (now(), TimeDelta::minutes(15)),
    )
}

fn encode(part: &Value) -> String {
    URL_SAFE_NO_PAD.encode(part.to_string())
}

/// A token with any header and claims, rightly signed by the key.
fn signed(key: &Key, header: &Value, claims: &Value) -> String {
    let body = format!("{}.{}", encode(header), encode(claims));
    let signature = jsonwebtoken::crypto::sign(body.as_bytes(), &key.encoding, Algorithm::EdDSA).unwrap();
    format!("{body}.{signature}")
}

fn refused(token: &str, keys: &[Key]) {
    let failure = verify(token, keys, ISSUER).unwrap_err();
    assert_eq!(failure.code(), "TOKEN_INVALID", "{token}");
}

#[test]
fn a_token_says_what_was_signed() {
    let keys = [key(1), key(2)];
    let claims = claims();
    for key in &keys {
        let token = key.sign(&claims).unwrap();
        assert_eq!(verify(&token, &keys, ISSUER).unwrap(), claims);
    }
    let header = json!({ "alg": "EdDSA", "typ": "JWT", "kid": keys[0].kid });
    let by_hand = signed(&keys[0], &header, &serde_json::to_value(&claims).unwrap());
    assert_eq!(verify(&by_hand, &keys, ISSUER).unwrap(), claims);
}

#[test]
fn a_kept_key_is_the_same_key() {
    let (key, pem) = Key::generate([3; 32]).unwrap();
    let again = Key::load(key.kid.clone(), pem.as_bytes(), key.public.clone()).unwrap();
    let token = again.sign(&claims()).unwrap();
    verify(&token, &[key], ISSUER).unwrap();
}

#[test]
fn forged_tokens_are_refused() {
    let keys = [key(1)];
    let kid = keys[0].kid.clone();
    let body = serde_json::to_value(claims()).unwrap();
    let good = keys[0].sign(&claims()).unwrap();

    // No signature at all, under several names.
    for alg in ["none", "None", "NONE", ""] {
        let header = json!({ "alg": alg, "typ": "JWT", "kid": kid });
        refused(&format!("{}.{}.", encode(&header), encode(&body)), &keys);
    }
    // The public key, which everybody knows, used as an HMAC secret.
    let hs256 = Header { kid: Some(kid.clone()), ..Header::new(Algorithm::HS256) };
    for secret in [keys[0].public.clone(), hex::encode(&keys[0].public).into_bytes()] {
        refused(&jsonwebtoken::encode(&hs256, &body, &EncodingKey::from_secret(&secret)).unwrap(), &keys);
    }
    // The header says EdDSA, the signature is an HMAC.
    let header = json!({ "alg": "EdDSA", "typ": "JWT", "kid": kid });
    let text = format!("{}.{}", encode(&header), encode(&body));
    let mac = jsonwebtoken::crypto::sign(text.as_bytes(), &EncodingKey::from_secret(&keys[0].public), Algorithm::HS256);
    refused(&format!("{text}.{}", mac.unwrap()), &keys);
    // Another key: unknown, nameless, or under the name of ours.
    let other = key(9);
    refused(&other.sign(&claims()).unwrap(), &keys);
    refused(&signed(&other, &header, &body), &keys);
    refused(&signed(&keys[0], &json!({ "alg": "EdDSA", "typ": "JWT" }), &body), &keys);
    // A changed byte, a missing part, nonsense.
    let (head, tail) = good.split_at(good.len() / 2);
    refused(&format!("{head}A{}", &tail[1..]), &keys);
    refused(good.rsplit_once('.').unwrap().0, &keys);
    for nonsense in ["", ".", "..", "a.b.c", "a.b.c.d"] {
        refused(nonsense, &keys);
    }
}

#[test]
fn claims_must_be_complete_and_typed() {
    let keys = [key(1)];
    let header = json!({ "alg": "EdDSA", "typ": "JWT", "kid": keys[0].kid });
    let good = serde_json::to_value(claims()).unwrap();
    for name in good.as_object().unwrap().keys() {
        let mut without = good.clone();
        without.as_object_mut().unwrap().shift_remove(name);
        refused(&signed(&keys[0], &header, &without), &keys);
    }
    for (name, value) in [
        ("iss", json!("http://elsewhere")),
        ("iss", json!(["http://here", "http://elsewhere"])),
        ("aud", json!("another-api")),
        ("exp", json!("1900000900")),
        ("exp", json!(1900000900.5)),
        ("nbf", json!("1900000000")),
        ("nbf", json!(null)),
        ("role", json!("GOD")),
        ("tenant", json!("log_01h455vb4pex5vsknk084sn02q")),
        ("parties", json!("pty_01h455vb4pex5vsknk084sn02q")),
        ("is_admin", json!(true)),
    ] {
        let mut changed = good.clone();
        changed[name] = value;
        refused(&signed(&keys[0], &header, &changed), &keys);
    }
}

#[test]
fn times_are_checked_against_the_request() {
    let claims = claims();
    claims.check_time(now()).unwrap();
    let end = claims.expires_at();
    claims.check_time(end - TimeDelta::seconds(1)).unwrap();
    assert_eq!(claims.check_time(end).unwrap_err().code(), "TOKEN_EXPIRED");
    assert_eq!(claims.check_time(now() - TimeDelta::seconds(6)).unwrap_err().code(), "TOKEN_INVALID");
}
