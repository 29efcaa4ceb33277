//! The signing keys of the installation.

use chrono::{DateTime, TimeDelta, Utc};
use entity::signing_key::{ActiveModel, Column, Entity};
use kernel::failure::{Failure, Outcome};
use kernel::ids::{LoginId, MemberId, TenantId};
use kernel::permission::Role;
use platform::db::{OrFail, SystemTx};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use super::claims::{self, Claims, Key};
use crate::Core;

/// How long a new key is published before it signs: longer than processes go on with the keys they know, and than
/// anybody may keep the published set.
const PUBLISHED_FIRST: TimeDelta = TimeDelta::minutes(10);
/// How old the keys in memory may be.
pub(super) const RELOAD: TimeDelta = TimeDelta::minutes(1);

/// A key and since when it is there.
struct Known {
    key: Key,
    since: DateTime<Utc>,
}

/// The keys in use: all verify; the newest that has been published long enough signs.
pub(super) struct KeyRing {
    /// Newest last.
    keys: Vec<Known>,
    issuer: String,
    loaded_at: DateTime<Utc>,
}

impl KeyRing {
    /// Loads the keys, makes the first one when there is none, and proves that they work.
    ///
    /// # Errors
    /// Database failures; `INTERNAL` when a key cannot be read or does not verify what it signed.
    pub(super) async fn open(core: &Core) -> Outcome<Self> {
        let now = (core.clock)();
        let mut keys = load(core, now).await?;
        if keys.is_empty() {
            make(core, now).await?;
            keys = load(core, now).await?;
        }
        let ring = Self { keys, issuer: core.public_url.clone(), loaded_at: now };
        ring.self_test(now)?;
        Ok(ring)
    }

    /// Whether the keys should be looked up again.
    pub(super) fn is_stale(&self, now: DateTime<Utc>) -> bool {
        now.signed_duration_since(self.loaded_at).abs() >= RELOAD
    }

    /// Whether both hold the same keys.
    pub(super) fn same_keys(&self, other: &Self) -> bool {
        self.keys.iter().map(|known| &known.key.kid).eq(other.keys.iter().map(|known| &known.key.kid))
    }

    /// Every key signs and verifies a token before the first request does.
    fn self_test(&self, now: DateTime<Utc>) -> Outcome<()> {
        if self.keys.is_empty() {
            return Err(Failure::internal("there is no signing key"));
        }
        for Known { key, .. } in &self.keys {
            let member = (TenantId::new(), MemberId::new());
            let claims =
                Claims::new(&self.issuer, LoginId::new(), member, (Role::Auditor, &[]), (now, TimeDelta::minutes(1)));
            let read = claims::verify(&key.sign(&claims)?, std::iter::once(key), &self.issuer)?;
            if read != claims {
                return Err(Failure::internal(format!("the signing key {} fails its self-test", key.kid)));
            }
        }
        Ok(())
    }

    /// The claims of a token, its times not yet checked.
    pub(super) fn verify(&self, token: &str) -> Outcome<Claims> {
        claims::verify(token, self.keys.iter().map(|known| &known.key), &self.issuer)
    }

    /// Signs with the newest key that every process knows by now; with the oldest when none is known that long.
    pub(super) fn sign(&self, claims: &Claims, now: DateTime<Utc>) -> Outcome<String> {
        let ready = self.keys.iter().rev().find(|known| known.since + PUBLISHED_FIRST <= now);
        let known = ready.or_else(|| self.keys.first());
        known.ok_or_else(|| Failure::internal("there is no signing key"))?.key.sign(claims)
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
            .map(|Known { key, .. }| {
                json!({
                    "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig",
                    "kid": key.kid, "x": URL_SAFE_NO_PAD.encode(&key.public),
                })
            })
            .collect();
        json!({ "keys": keys })
    }
}

async fn load(core: &Core, now: DateTime<Utc>) -> Outcome<Vec<Known>> {
    let tx = core.db.system("loading the signing keys").await?;
    let rows = Entity::find()
        .filter(Condition::any().add(Column::RetiredAt.is_null()).add(Column::RetiredAt.gt(now)))
        .order_by_asc(Column::CreatedAt)
        .order_by_asc(Column::Kid)
        .all(&tx)
        .await
        .or_fail()?;
    rows.into_iter()
        .map(|row| {
            let since = row.created_at;
            Ok(Known { key: Key::load(row.kid, row.private_pem.as_bytes(), row.public_raw)?, since })
        })
        .collect()
}

fn new_key() -> Outcome<(Key, String)> {
    let mut seed = [0_u8; 32];
    hex::decode_to_slice(platform::secrets::generate(), &mut seed)
        .map_err(|error| Failure::internal(format!("a random seed: {error}")))?;
    Key::generate(seed)
}

async fn insert(tx: &SystemTx, (key, pem): (Key, String), now: DateTime<Utc>) -> Outcome<String> {
    let kid = key.kid.clone();
    let row = ActiveModel {
        kid: Set(key.kid),
        private_pem: Set(pem),
        public_raw: Set(key.public),
        created_at: Set(now),
        retired_at: Set(None),
    };
    Entity::insert(row)
        .on_conflict(OnConflict::column(Column::Kid).do_nothing().to_owned())
        .exec_without_returning(tx)
        .await
        .or_fail()?;
    Ok(kid)
}

async fn make(core: &Core, now: DateTime<Utc>) -> Outcome<()> {
    let key = new_key()?;
    let tx = core.db.system("making the first signing key").await?;
    insert(&tx, key, now).await?;
    tx.commit().await
}

/// How signing keys are rotated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotation {
    /// The present keys verify until the last token they signed has ended; nobody notices.
    Overlap {
        /// How long an access token lives.
        token_life: std::time::Duration,
    },
    /// The present keys are void now, because one of them is known to somebody. Every access token is, too: clients
    /// refresh theirs.
    AtOnce,
}

/// What a rotation did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotated {
    /// The id of the new key.
    pub kid: String,
    /// When it begins to sign.
    pub signs_from: DateTime<Utc>,
    /// The ids of the keys before it.
    pub retired: Vec<String>,
    /// When they stop verifying.
    pub retired_at: DateTime<Utc>,
}

/// Makes a new signing key and retires the present ones. Running processes follow within [`RELOAD`].
///
/// # Errors
/// Database failures.
pub async fn rotate_keys(core: &Core, rotation: Rotation) -> Outcome<Rotated> {
    let now = (core.clock)();
    let (signs_from, retired_at) = match rotation {
        Rotation::AtOnce => (now, now),
        Rotation::Overlap { token_life } => {
            let life = TimeDelta::from_std(token_life)
                .map_err(|error| Failure::internal(format!("the life of a token: {error}")))?;
            let signs_from = now + PUBLISHED_FIRST;
            // A process may sign with the old key until it has looked again.
            (signs_from, signs_from + RELOAD + life)
        }
    };
    let key = new_key()?;
    let tx = core.db.system("rotating the signing keys").await?;
    let living = Condition::any().add(Column::RetiredAt.is_null()).add(Column::RetiredAt.gt(retired_at));
    let before = Entity::find().filter(living.clone()).order_by_asc(Column::CreatedAt).all(&tx).await.or_fail()?;
    Entity::update_many()
        .col_expr(Column::RetiredAt, Expr::value(retired_at))
        .filter(living)
        .exec(&tx)
        .await
        .or_fail()?;
    let kid = insert(&tx, key, now).await?;
    tx.commit().await?;
    Ok(Rotated { kid, signs_from, retired: before.into_iter().map(|row| row.kid).collect(), retired_at })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn ring(ages: &[i64], now: DateTime<Utc>) -> KeyRing {
        let known = |(seed, minutes): (u8, &i64)| Known {
            key: Key::generate([seed; 32]).unwrap().0,
            since: now - TimeDelta::minutes(*minutes),
        };
        KeyRing { keys: (1..).zip(ages).map(known).collect(), issuer: "https://issuer".to_owned(), loaded_at: now }
    }

    #[test]
    fn a_new_key_is_published_before_it_signs_and_both_verify() {
        let now = DateTime::from_timestamp(1_000_000, 0).unwrap();
        let claims = Claims::new(
            "https://issuer",
            LoginId::new(),
            (TenantId::new(), MemberId::new()),
            (Role::Auditor, &[]),
            (now, TimeDelta::minutes(15)),
        );
        let signed_by = |ages: &[i64]| {
            let ring = ring(ages, now);
            let token = ring.sign(&claims, now).unwrap();
            assert_eq!(ring.verify(&token).unwrap(), claims);
            let key = |known: &Known| claims::verify(&token, std::iter::once(&known.key), "https://issuer").is_ok();
            ring.keys.iter().position(key).unwrap()
        };
        assert_eq!(signed_by(&[0]), 0);
        assert_eq!(signed_by(&[100, 9]), 0);
        assert_eq!(signed_by(&[100, 10]), 1);
        assert_eq!(signed_by(&[100, 10, 1]), 1);
        assert_eq!(ring(&[100, 1], now).jwks()["keys"].as_array().unwrap().len(), 2);
    }
}
