//! The signing keys of the installation.

use chrono::{DateTime, TimeDelta, Utc};
use entity::signing_key::{ActiveModel, Column, Entity};
use kernel::failure::{Failure, Outcome};
use kernel::ids::{LoginId, MemberId, TenantId};
use kernel::permission::Role;
use platform::db::OrFail;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use super::claims::{self, Claims, Key};
use crate::Core;

/// The keys in use: the newest signs, all verify.
pub(super) struct KeyRing {
    /// Newest last.
    keys: Vec<Key>,
    issuer: String,
}

impl KeyRing {
    /// Loads the keys, makes the first one when there is none, and proves that they work.
    ///
    /// # Errors
    /// Database failures; `INTERNAL` when a key cannot be read or does not verify what it signed.
    pub(super) async fn open(core: &Core) -> Outcome<Self> {
        let mut ring = Self { keys: load(core).await?, issuer: core.public_url.clone() };
        if ring.keys.is_empty() {
            make(core).await?;
            ring.keys = load(core).await?;
        }
        ring.self_test((core.clock)())?;
        Ok(ring)
    }

    /// Every key signs and verifies a token before the first request does.
    fn self_test(&self, now: DateTime<Utc>) -> Outcome<()> {
        if self.keys.is_empty() {
            return Err(Failure::internal("there is no signing key"));
        }
        for key in &self.keys {
            let member = (TenantId::new(), MemberId::new());
            let claims =
                Claims::new(&self.issuer, LoginId::new(), member, (Role::Auditor, &[]), (now, TimeDelta::minutes(1)));
            let read = claims::verify(&key.sign(&claims)?, std::slice::from_ref(key), &self.issuer)?;
            if read != claims {
                return Err(Failure::internal(format!("the signing key {} fails its self-test", key.kid)));
            }
        }
        Ok(())
    }

    /// The claims of a token, its times not yet checked.
    pub(super) fn verify(&self, token: &str) -> Outcome<Claims> {
        claims::verify(token, &self.keys, &self.issuer)
    }

    /// Signs with the newest key.
    pub(super) fn sign(&self, claims: &Claims) -> Outcome<String> {
        self.keys.last().ok_or_else(|| Failure::internal("there is no signing key"))?.sign(claims)
    }

    /// Who issues.
    pub(super) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The public halves as a JSON Web Key Set (RFC 7517, RFC 8037).
    pub(super) fn jwks(&self) -> Value {
        use base64::Engine;
        use base64::engine::general_purpose::URL_SAFE_NO_PAD;
        let keys: Vec<Value> = self
            .keys
            .iter()
            .map(|key| {
                json!({
                    "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig",
                    "kid": key.kid, "x": URL_SAFE_NO_PAD.encode(&key.public),
                })
            })
            .collect();
        json!({ "keys": keys })
    }
}

async fn load(core: &Core) -> Outcome<Vec<Key>> {
    let tx = core.db.system("loading the signing keys").await?;
    let rows = Entity::find()
        .filter(Column::RetiredAt.is_null())
        .order_by_asc(Column::CreatedAt)
        .order_by_asc(Column::Kid)
        .all(&tx)
        .await
        .or_fail()?;
    rows.into_iter().map(|row| Key::load(row.kid, row.private_pem.as_bytes(), row.public_raw)).collect()
}

async fn make(core: &Core) -> Outcome<()> {
    let mut seed = [0_u8; 32];
    hex::decode_to_slice(platform::secrets::generate(), &mut seed)
        .map_err(|error| Failure::internal(format!("a random seed: {error}")))?;
    let (key, pem) = Key::generate(seed)?;
    let tx = core.db.system("making the first signing key").await?;
    let row = ActiveModel {
        kid: Set(key.kid),
        private_pem: Set(pem),
        public_raw: Set(key.public),
        created_at: Set((core.clock)()),
        retired_at: Set(None),
    };
    Entity::insert(row)
        .on_conflict(OnConflict::column(Column::Kid).do_nothing().to_owned())
        .exec_without_returning(&tx)
        .await
        .or_fail()?;
    tx.commit().await
}
