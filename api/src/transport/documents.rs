//! Documents named by their hash: automatic persisted queries, and tenants whose clients may send registered
//! documents only.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::Request;
use chrono::{DateTime, TimeDelta, Utc};
use domain::Core;
use domain::documents::{self, DocumentHash, DocumentPolicy};
use domain::tenancy::Authenticated;
use kernel::failure::{Failure, Outcome};
use kernel::ids::TenantId;
use kernel::limits::PERSISTED_QUERY_BYTES;
use kernel::permission::Permission;

/// How long a tenant's policy is taken for granted.
const STANDING: TimeDelta = TimeDelta::seconds(5);
/// Policies remembered at most; then all are forgotten and looked up anew.
const POLICIES: usize = 1_000;
/// Documents remembered at most, in all; the oldest go first. A client that is not understood sends the text again.
const REMEMBERED: usize = 2_000;

/// What this process remembers of documents. Cheap to clone.
#[derive(Clone, Default)]
pub struct Documents(Arc<Mutex<Memory>>);

#[derive(Default)]
struct Memory {
    /// Texts by who sent them (none: nobody signed in) and hash.
    texts: HashMap<Key, Arc<str>>,
    order: VecDeque<Key>,
    policies: HashMap<TenantId, (DateTime<Utc>, Arc<DocumentPolicy>)>,
}

/// One tenant never learns by hash what another has sent.
type Key = (Option<TenantId>, DocumentHash);

impl Memory {
    fn remember(&mut self, key: Key, text: &str) {
        if text.len() > PERSISTED_QUERY_BYTES || self.texts.contains_key(&key) {
            return;
        }
        if self.order.len() >= REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.texts.remove(&oldest);
        }
        self.order.push_back(key);
        self.texts.insert(key, text.into());
    }
}

impl Documents {
    /// Puts the text behind a hash into the request, and refuses what the tenant does not admit.
    ///
    /// # Errors
    /// `PERSISTED_QUERY_NOT_FOUND`, `DOCUMENT_NOT_REGISTERED`, `BAD_USER_INPUT`; database failures.
    pub async fn admit(&self, core: &Core, caller: Option<&Authenticated>, request: &mut Request) -> Outcome<()> {
        let tenant = caller.map(|caller| caller.ctx.tenant_id);
        let policy = match caller {
            Some(caller) => Some(self.policy(core, caller).await?),
            None => None,
        };
        if let Some(hash) = named(request)? {
            self.resolve(tenant, hash, policy.as_deref(), request)?;
        }
        if request.query.trim().is_empty() {
            return Err(Failure::refused("BAD_USER_INPUT", "The request has no `query`."));
        }
        let exempt = caller.is_none_or(|caller| caller.ctx.permissions.has(Permission::SettingManage));
        if let Some(policy) = policy
            && policy.registered_only
            && !exempt
            && !policy.documents.contains_key(&documents::hash(&request.query))
        {
            return Err(Failure::forbidden(
                "DOCUMENT_NOT_REGISTERED",
                "Your tenant admits registered documents only: register this one, or send one that is.",
            ));
        }
        Ok(())
    }

    fn resolve(
        &self,
        tenant: Option<TenantId>,
        hash: DocumentHash,
        policy: Option<&DocumentPolicy>,
        request: &mut Request,
    ) -> Outcome<()> {
        if !request.query.is_empty() {
            if documents::hash(&request.query) != hash {
                let message = "The `sha256Hash` of the persisted query is not the hash of `query`.";
                return Err(Failure::refused("BAD_USER_INPUT", message));
            }
            self.memory().remember((tenant, hash), &request.query);
            return Ok(());
        }
        let registered = policy.and_then(|policy| policy.documents.get(&hash));
        let text = registered.cloned().or_else(|| self.memory().texts.get(&(tenant, hash)).cloned());
        // The words that clients of this protocol look for.
        let text = text.ok_or_else(|| Failure::refused("PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound"))?;
        text.as_ref().clone_into(&mut request.query);
        Ok(())
    }

    async fn policy(&self, core: &Core, caller: &Authenticated) -> Outcome<Arc<DocumentPolicy>> {
        let (tenant, now) = (caller.ctx.tenant_id, caller.ctx.now);
        if let Some((at, policy)) = self.memory().policies.get(&tenant)
            && now.signed_duration_since(*at).abs() < STANDING
        {
            return Ok(Arc::clone(policy));
        }
        let policy = Arc::new(documents::policy(&caller.ctx, core).await?);
        let mut memory = self.memory();
        if memory.policies.len() >= POLICIES {
            memory.policies.clear();
        }
        memory.policies.insert(tenant, (now, Arc::clone(&policy)));
        Ok(policy)
    }

    /// Forgets what a tenant admits, so that this process sees a change at once.
    pub fn forget(&self, tenant: TenantId) {
        self.memory().policies.remove(&tenant);
    }

    fn memory(&self) -> std::sync::MutexGuard<'_, Memory> {
        // Nothing panics while holding the lock; if something did, the maps are still whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The hash that a request names: `extensions: {persistedQuery: {version: 1, sha256Hash}}`.
fn named(request: &Request) -> Outcome<Option<DocumentHash>> {
    let Some(extension) = request.extensions.get("persistedQuery") else { return Ok(None) };
    let wrong = || {
        let message = "A persisted query is `{version: 1, sha256Hash}`, the hash as 64 hexadecimal digits.";
        Failure::refused("BAD_USER_INPUT", message)
    };
    let extension = extension.clone().into_json().map_err(|_| wrong())?;
    let text = extension["sha256Hash"].as_str().filter(|_| extension["version"] == 1).ok_or_else(wrong)?;
    crate::documents::read_hex(text).map(Some).ok_or_else(wrong)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::json;

    fn request(query: &str, hash: &str) -> Request {
        serde_json::from_value(json!({
            "query": query, "extensions": { "persistedQuery": { "version": 1, "sha256Hash": hash } },
        }))
        .unwrap()
    }

    const TYPENAME: &str = "ecf4edb46db40b5132295c0291d62fb65d6759a9eedfa4d5d612dd5ec54a6b38";

    #[test]
    fn a_text_is_remembered_for_the_tenant_that_sent_it() {
        let documents = Documents::default();
        let (one, two) = (Some(TenantId::new()), Some(TenantId::new()));
        let ask = |tenant, mut request: Request| {
            let hash = named(&request).unwrap().unwrap();
            documents.resolve(tenant, hash, None, &mut request).map(|()| request.query)
        };
        let missing = ask(one, request("", TYPENAME)).unwrap_err();
        assert_eq!((missing.code(), missing.message()), ("PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound"));
        assert_eq!(ask(one, request("{__typename}", TYPENAME)).unwrap(), "{__typename}");
        assert_eq!(ask(one, request("", TYPENAME)).unwrap(), "{__typename}");
        assert!(ask(two, request("", TYPENAME)).is_err());
        assert!(ask(None, request("", TYPENAME)).is_err());
        assert_eq!(ask(one, request("{ other }", TYPENAME)).unwrap_err().code(), "BAD_USER_INPUT");
    }

    #[test]
    fn memory_is_bounded() {
        let mut memory = Memory::default();
        let key = |number: usize| (None, documents::hash(&number.to_string()));
        (0..=REMEMBERED).for_each(|number| memory.remember(key(number), "{ a }"));
        assert_eq!((memory.texts.len(), memory.order.len()), (REMEMBERED, REMEMBERED));
        assert!(!memory.texts.contains_key(&key(0)) && memory.texts.contains_key(&key(REMEMBERED)));
        memory.remember(key(REMEMBERED + 1), &"a".repeat(PERSISTED_QUERY_BYTES + 1));
        assert!(!memory.texts.contains_key(&key(REMEMBERED + 1)));
    }

    #[test]
    fn a_malformed_hash_is_refused() {
        for hash in ["", "zz", &"é".repeat(32), &TYPENAME[1..]] {
            assert_eq!(named(&request("", hash)).unwrap_err().code(), "BAD_USER_INPUT", "{hash}");
        }
    }
}
