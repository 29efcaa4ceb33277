//! Batch loading: many fields that ask for one thing each become one use case call.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::Context;
use async_graphql::dataloader::{DataLoader, Loader};
use domain::Core;
use kernel::context::OpContext;
use kernel::failure::Outcome;

use super::errors::{is_user_error, top_level};
use super::session::{caller, session};

/// A batch use case: authorised and tenant-scoped like any other.
pub trait Batch: Send + Sync + 'static {
    /// What is asked for.
    type Key: Hash + Eq + Clone + Send + Sync + 'static;
    /// What is found.
    type Value: Clone + Send + Sync + 'static;

    /// Loads all keys at once; what is missing or somebody else's is left out.
    fn load(
        ctx: &OpContext,
        core: &Core,
        keys: &[Self::Key],
    ) -> impl Future<Output = Outcome<HashMap<Self::Key, Self::Value>>> + Send;
}

/// The loaders of one request: they never outlive it, so they never answer for another caller.
#[derive(Default)]
pub struct Loaders(Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>);

struct Adapter<B> {
    ctx: OpContext,
    core: Core,
    batch: std::marker::PhantomData<fn() -> B>,
}

impl<B: Batch> Loader<B::Key> for Adapter<B> {
    type Value = B::Value;
    type Error = async_graphql::Error;

    async fn load(&self, keys: &[B::Key]) -> Result<HashMap<B::Key, B::Value>, Self::Error> {
        B::load(&self.ctx, &self.core, keys).await.map_err(top_level)
    }
}

/// Loads one thing together with the others that are asked for now.
///
/// # Errors
/// Top-level errors of the batch use case.
pub async fn load<B: Batch>(gql: &Context<'_>, key: B::Key) -> async_graphql::Result<Option<B::Value>> {
    let (ctx, core) = caller(gql).map_err(top_level)?;
    let loaders = &session(gql).map_err(top_level)?.loaders;
    let known = {
        let mut map = loaders.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(map.entry(TypeId::of::<B>()).or_insert_with(|| {
            let adapter = Adapter::<B> { ctx: ctx.clone(), core: core.clone(), batch: std::marker::PhantomData };
            Arc::new(DataLoader::new(adapter, tokio::spawn))
        }))
    };
    match known.downcast::<DataLoader<Adapter<B>>>() {
        Ok(loader) => loader.load_one(key).await,
        // The map is keyed by the type, so this cannot be; a single load is right all the same.
        Err(_) => match B::load(ctx, core, std::slice::from_ref(&key)).await {
            Ok(mut found) => Ok(found.remove(&key)),
            Err(failure) if is_user_error(&failure) => Ok(None),
            Err(failure) => Err(top_level(failure)),
        },
    }
}

/// As [`load`], but what the caller may not see is missing: for fields behind another permission.
///
/// # Errors
/// Top-level errors of the batch use case other than `FORBIDDEN`.
pub async fn load_visible<B: Batch>(gql: &Context<'_>, key: B::Key) -> async_graphql::Result<Option<B::Value>> {
    let forbidden = async_graphql::Value::from("FORBIDDEN");
    match load::<B>(gql, key).await {
        Err(error) if error.extensions.as_ref().is_some_and(|set| set.get("code") == Some(&forbidden)) => Ok(None),
        other => other,
    }
}
