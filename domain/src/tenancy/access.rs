//! From a bearer token to the context of a use case, without asking the database every time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use kernel::context::{Actor, OpContext};
use kernel::failure::{Failure, Outcome};
use kernel::ids::{MemberId, TenantId};
use kernel::limits::ACCESS_TOKEN_SECONDS;
use kernel::permission::Role;

use super::claims::{Claims, invalid};
use super::keys::KeyRing;
use super::model::MemberStatus;
use super::snapshot::{self, Viewer};
use crate::Core;

/// How long a member's standing is taken for granted: a removed member is out after this time at the latest.
const STANDING: TimeDelta = TimeDelta::seconds(5);
/// Tokens and standings remembered at most; then all are forgotten and looked up anew.
const REMEMBERED: usize = 10_000;

/// Who may come in: the signing keys and what is remembered of tokens and members. Cheap to clone.
#[derive(Clone)]
pub struct Access {
    pub(super) keys: Arc<KeyRing>,
    pub(super) token_life: TimeDelta,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    /// Tokens whose signature has been checked, by their hash.
    tokens: HashMap<[u8; 32], Arc<Claims>>,
    /// Members as they stood at an instant.
    members: HashMap<(TenantId, MemberId), (DateTime<Utc>, Arc<Viewer>)>,
}

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
}

impl Access {
    /// Opens the door: loads the signing keys (makes the first one when there is none) and tests them.
    ///
    /// # Errors
    /// Database failures; `INTERNAL` when a key is broken.
    pub async fn open(core: &Core) -> Outcome<Self> {
        let token_life = TimeDelta::seconds(i64::try_from(ACCESS_TOKEN_SECONDS).unwrap_or(i64::MAX));
        Ok(Self { keys: Arc::new(KeyRing::open(core).await?), token_life, seen: Arc::default() })
    }

    /// The same door with access tokens of another life than [`ACCESS_TOKEN_SECONDS`].
    #[must_use]
    pub fn with_token_life(self, life: std::time::Duration) -> Self {
        Self { token_life: TimeDelta::from_std(life).unwrap_or(self.token_life), ..self }
    }

    /// The public keys, for `/.well-known/jwks.json`.
    #[must_use]
    pub fn jwks(&self) -> serde_json::Value {
        self.keys.jwks()
    }

    /// Checks an access token and the standing of its member.
    ///
    /// # Errors
    /// `TOKEN_INVALID`, `TOKEN_EXPIRED`, `MEMBER_REMOVED`; database failures.
    pub async fn authenticate(
        &self,
        core: &Core,
        token: &str,
        request_id: &str,
        now: DateTime<Utc>,
    ) -> Outcome<Authenticated> {
        let claims = self.claims(token)?;
        claims.check_time(now)?;
        let viewer = self.standing(core, (claims.tenant, claims.member), now).await?;
        if viewer.member.status != MemberStatus::Active || !viewer.tenant.is_active {
            return Err(Failure::unauthenticated("MEMBER_REMOVED", "This membership does not hold any more."));
        }
        if viewer.member.login_id != claims.sub {
            return Err(invalid().because("the token names another person than the membership"));
        }
        let ctx = context(&viewer, request_id, now);
        Ok(Authenticated { ctx, viewer, expires_at: claims.expires_at(), token: token.into() })
    }

    /// Asks again whether a caller may still come in: subscriptions do before every delivery.
    ///
    /// # Errors
    /// As [`Access::authenticate`].
    pub async fn renew(&self, core: &Core, caller: &Authenticated, now: DateTime<Utc>) -> Outcome<Authenticated> {
        self.authenticate(core, &caller.token, &caller.ctx.request_id, now).await
    }

    /// Forgets how a member stood, so that this process sees a change at once.
    pub fn forget(&self, tenant: TenantId, member: MemberId) {
        self.seen().members.remove(&(tenant, member));
    }

    fn claims(&self, token: &str) -> Outcome<Arc<Claims>> {
        let hash = *blake3::hash(token.as_bytes()).as_bytes();
        if let Some(claims) = self.seen().tokens.get(&hash) {
            return Ok(Arc::clone(claims));
        }
        let claims = Arc::new(self.keys.verify(token)?);
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
