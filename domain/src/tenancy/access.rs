//! From a bearer token to the context of a use case, without asking the database every time.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use kernel::context::{Actor, OpContext};
use kernel::failure::{Failure, Outcome};
use kernel::ids::{ApiKeyId, MemberId, TenantId};
use kernel::limits::ACCESS_TOKEN_SECONDS;
use kernel::permission::Role;

use super::api_keys::{self, ApiKey, Presented};
use super::claims::{Claims, invalid};
use super::keys::KeyRing;
use super::model::MemberStatus;
use super::snapshot::{self, Viewer};
use crate::Core;

/// How long a member's standing is taken for granted: a removed member is out after this time at the latest.
const STANDING: TimeDelta = TimeDelta::seconds(5);
/// Tokens and standings remembered at most; then all are forgotten and looked up anew.
const REMEMBERED: usize = 10_000;

/// How long the use of an API key goes without being noted again.
const NOTED: TimeDelta = TimeDelta::seconds(60);

/// Who may come in: the signing keys and what is remembered of tokens and members. Cheap to clone.
#[derive(Clone)]
pub struct Access {
    keys: Arc<Mutex<Arc<KeyRing>>>,
    pub(super) token_life: TimeDelta,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    /// Tokens whose signature has been checked, by their hash.
    tokens: HashMap<[u8; 32], Arc<Claims>>,
    /// Members as they stood at an instant.
    members: HashMap<(TenantId, MemberId), (DateTime<Utc>, Arc<Viewer>)>,
    /// API keys as they stood at an instant.
    api_keys: HashMap<(TenantId, ApiKeyId), (DateTime<Utc>, Arc<Stored>)>,
    /// When the use of an API key was last noted.
    noted: HashMap<(TenantId, ApiKeyId), DateTime<Utc>>,
}

/// An API key and the hash of its secret.
type Stored = (ApiKey, Vec<u8>);

/// A caller whose token holds.
#[derive(Debug, Clone)]
pub struct Authenticated {
    /// The context for use cases.
    pub ctx: OpContext,
    /// Who asks.
    pub viewer: Arc<Viewer>,
    /// When the token ends: sockets close then.
    pub expires_at: DateTime<Utc>,
    token: Arc<str>,
    from: Option<IpAddr>,
}

impl Access {
    /// Opens the door: loads the signing keys (makes the first one when there is none) and tests them.
    ///
    /// # Errors
    /// Database failures; `INTERNAL` when a key is broken.
    pub async fn open(core: &Core) -> Outcome<Self> {
        let token_life = TimeDelta::seconds(i64::try_from(ACCESS_TOKEN_SECONDS).unwrap_or(i64::MAX));
        let keys = Arc::new(Mutex::new(Arc::new(KeyRing::open(core).await?)));
        Ok(Self { keys, token_life, seen: Arc::default() })
    }

    /// The same door with access tokens of another life than [`ACCESS_TOKEN_SECONDS`].
    #[must_use]
    pub fn with_token_life(self, life: std::time::Duration) -> Self {
        Self { token_life: TimeDelta::from_std(life).unwrap_or(self.token_life), ..self }
    }

    /// The public keys, for `/.well-known/jwks.json`.
    ///
    /// # Errors
    /// Database failures; `INTERNAL` when a key is broken.
    pub async fn jwks(&self, core: &Core) -> Outcome<serde_json::Value> {
        Ok(self.key_ring(core, (core.clock)()).await?.jwks())
    }

    /// The signing keys, looked up again when they are old: another process may have rotated them.
    ///
    /// # Errors
    /// Database failures; `INTERNAL` when a key is broken.
    pub(super) async fn key_ring(&self, core: &Core, now: DateTime<Utc>) -> Outcome<Arc<KeyRing>> {
        let known = Arc::clone(&self.keys.lock().unwrap_or_else(PoisonError::into_inner));
        if !known.is_stale(now) {
            return Ok(known);
        }
        let fresh = Arc::new(KeyRing::open(core).await?);
        if !known.same_keys(&fresh) {
            tracing::info!("the signing keys have changed");
            // What a retired key has signed does not hold any more.
            self.seen().tokens.clear();
        }
        *self.keys.lock().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&fresh);
        Ok(fresh)
    }

    /// Checks an access token or an API key and the standing of its member. `from` is the caller's address, where it
    /// is known.
    ///
    /// # Errors
    /// `TOKEN_INVALID`, `TOKEN_EXPIRED`, `MEMBER_REMOVED`, `API_KEY_REVOKED`, `API_KEY_EXPIRED`, `ADDRESS_NOT_ALLOWED`;
    /// database failures.
    pub async fn authenticate(
        &self,
        core: &Core,
        token: &str,
        (request_id, from): (&str, Option<IpAddr>),
        now: DateTime<Utc>,
    ) -> Outcome<Authenticated> {
        if token.starts_with(api_keys::PREFIX) {
            return self.by_api_key(core, token, (request_id, from), now).await;
        }
        let claims = self.claims(&*self.key_ring(core, now).await?, token)?;
        claims.check_time(now)?;
        let viewer = self.holding(core, (claims.tenant, claims.member), now).await?;
        if viewer.member.login_id != claims.sub {
            return Err(invalid().because("the token names another person than the membership"));
        }
        let ctx = context(&viewer, request_id, now);
        Ok(Authenticated { ctx, viewer, expires_at: claims.expires_at(), token: token.into(), from })
    }

    async fn by_api_key(
        &self,
        core: &Core,
        token: &str,
        (request_id, from): (&str, Option<IpAddr>),
        now: DateTime<Utc>,
    ) -> Outcome<Authenticated> {
        let shown = Presented::read(token)?;
        let place = (shown.tenant, shown.id);
        let stored = self.api_key(core, place, now).await?;
        let (key, hash) = &*stored;
        if !shown.has_hash(hash) {
            return Err(invalid().because("the secret is not the key's"));
        }
        key.check(now, from)?;
        let viewer = self.holding(core, (shown.tenant, key.created_by), now).await?;
        self.note_use(core, place, from, now).await?;
        let mut ctx = context(&viewer, request_id, now);
        // Never more than its maker may do now.
        ctx.permissions = ctx.permissions.and(key.permissions);
        ctx.actor = Actor::ApiKey { key_id: key.id, member_id: key.created_by };
        Ok(Authenticated { ctx, viewer, expires_at: key.expires_at, token: token.into(), from })
    }

    async fn api_key(&self, core: &Core, place: (TenantId, ApiKeyId), now: DateTime<Utc>) -> Outcome<Arc<Stored>> {
        if let Some((at, stored)) = self.seen().api_keys.get(&place)
            && now.signed_duration_since(*at).abs() < STANDING
        {
            return Ok(Arc::clone(stored));
        }
        let tx = core.db.system("authenticating an API key").await?;
        let stored = Arc::new(api_keys::stored(&tx, place.0, place.1).await?.ok_or_else(invalid)?);
        let mut seen = self.seen();
        if seen.api_keys.len() >= REMEMBERED {
            seen.api_keys.clear();
        }
        seen.api_keys.insert(place, (now, Arc::clone(&stored)));
        Ok(stored)
    }

    /// Notes the use of a key, at most once a minute in this process.
    async fn note_use(
        &self,
        core: &Core,
        place: (TenantId, ApiKeyId),
        from: Option<IpAddr>,
        now: DateTime<Utc>,
    ) -> Outcome<()> {
        {
            let mut seen = self.seen();
            if seen.noted.get(&place).is_some_and(|at| now.signed_duration_since(*at).abs() < NOTED) {
                return Ok(());
            }
            if seen.noted.len() >= REMEMBERED {
                seen.noted.clear();
            }
            seen.noted.insert(place, now);
        }
        let tx = core.db.system("noting the use of an API key").await?;
        api_keys::note_use(&tx, place, from, now).await?;
        tx.commit().await
    }

    /// A membership that holds.
    async fn holding(&self, core: &Core, key: (TenantId, MemberId), now: DateTime<Utc>) -> Outcome<Arc<Viewer>> {
        let viewer = self.standing(core, key, now).await?;
        if viewer.member.status != MemberStatus::Active || !viewer.tenant.is_active {
            return Err(Failure::unauthenticated("MEMBER_REMOVED", "This membership does not hold any more."));
        }
        Ok(viewer)
    }

    /// Asks again whether a caller may still come in: subscriptions do before every delivery.
    ///
    /// # Errors
    /// As [`Access::authenticate`].
    pub async fn renew(&self, core: &Core, caller: &Authenticated, now: DateTime<Utc>) -> Outcome<Authenticated> {
        self.authenticate(core, &caller.token, (&caller.ctx.request_id, caller.from), now).await
    }

    /// Forgets how a member stood, so that this process sees a change at once.
    pub fn forget(&self, tenant: TenantId, member: MemberId) {
        self.seen().members.remove(&(tenant, member));
    }

    /// Forgets how an API key stood, so that this process sees a change at once.
    pub fn forget_api_key(&self, tenant: TenantId, key: ApiKeyId) {
        self.seen().api_keys.remove(&(tenant, key));
    }

    fn claims(&self, keys: &KeyRing, token: &str) -> Outcome<Arc<Claims>> {
        let hash = *blake3::hash(token.as_bytes()).as_bytes();
        if let Some(claims) = self.seen().tokens.get(&hash) {
            return Ok(Arc::clone(claims));
        }
        let claims = Arc::new(keys.verify(token)?);
        let mut seen = self.seen();
        if seen.tokens.len() >= REMEMBERED {
            seen.tokens.clear();
        }
        seen.tokens.insert(hash, Arc::clone(&claims));
        Ok(claims)
    }

    async fn standing(&self, core: &Core, key: (TenantId, MemberId), now: DateTime<Utc>) -> Outcome<Arc<Viewer>> {
        if let Some((at, viewer)) = self.seen().members.get(&key)
            && now.signed_duration_since(*at).abs() < STANDING
        {
            return Ok(Arc::clone(viewer));
        }
        let tx = core.db.system("authenticating a request").await?;
        let viewer = snapshot::of_member(&tx, key.0, key.1).await?.ok_or_else(invalid)?;
        let viewer = Arc::new(viewer);
        let mut seen = self.seen();
        if seen.members.len() >= REMEMBERED {
            seen.members.clear();
        }
        seen.members.insert(key, (now, Arc::clone(&viewer)));
        Ok(viewer)
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        // Nothing panics while holding the lock; if something did, the maps are still whole.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The context of a member: the permissions of the role as it is now, and for a rights holder's user the parties.
fn context(viewer: &Viewer, request_id: &str, now: DateTime<Utc>) -> OpContext {
    let member = &viewer.member;
    OpContext {
        tenant_id: viewer.tenant.id,
        actor: Actor::Member { login_id: member.login_id, member_id: member.id, role: member.role },
        permissions: member.role.permissions(),
        party_scope: (member.role == Role::RightsHolder).then(|| member.parties.clone()),
        request_id: request_id.to_owned(),
        now,
    }
}
