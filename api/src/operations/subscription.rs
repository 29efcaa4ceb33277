//! Long work as it moves.

use std::collections::VecDeque;
use std::time::Duration;

use async_graphql::{Context, ID, Result, Subscription};
use domain::Core;
use domain::events::{EventStream, Events, Notice};
use domain::operations as long_work;
use domain::operations::{OperationFilter, OperationState};
use domain::tenancy::{Access, Authenticated};
use futures::StreamExt;
use futures::stream::BoxStream;
use kernel::failure::{Failure, Outcome};
use kernel::ids::OperationId;
use kernel::limits::{PAGE_MAX, PROGRESS_INTERVAL_MILLIS};
use kernel::page::PageRequest;
use kernel::permission::Permission;
use tokio::time::Instant;

use super::types::Operation;
use crate::frame::errors::top_level;
use crate::frame::ids;
use crate::frame::session::{access, authenticated, services};

/// The event that says that an operation has moved.
const TOPIC: &str = "operation.changed";

/// Long work as it moves.
#[derive(Default)]
pub struct OperationsSubscription;

#[Subscription]
impl OperationsSubscription {
    /// One piece of long work: its present state at once, then every move, at most two per second, the newest
    /// only. Ends when the work has ended. Requires: OPERATION_READ.
    async fn operation_progress(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "Which one.")] id: ID,
    ) -> Result<BoxStream<'static, Result<Operation>>> {
        let id: OperationId = ids::parse(&id, ["id"]).map_err(top_level)?;
        let watch = Watch::begin(gql, Some(id)).await.map_err(top_level)?;
        Ok(watch.into_stream())
    }

    /// All long work of the tenant: what is under way at once, then every move, each piece at most twice per second,
    /// the newest state only. Requires: OPERATION_READ.
    async fn operations_changed(&self, gql: &Context<'_>) -> Result<BoxStream<'static, Result<Operation>>> {
        let watch = Watch::begin(gql, None).await.map_err(top_level)?;
        Ok(watch.into_stream())
    }
}

/// A subscription at work. Events are pokes; what is delivered is read anew, with the caller's present permission.
struct Watch {
    core: Core,
    access: Access,
    caller: Authenticated,
    events: EventStream,
    /// Only this one; none for all.
    only: Option<OperationId>,
    /// Read and not yet delivered.
    ready: VecDeque<long_work::Operation>,
    /// Poked and not yet read.
    poked: Vec<OperationId>,
    /// Whether events were missed.
    missed: bool,
    /// When it was last read.
    last: Instant,
    ended: bool,
}

impl Watch {
    async fn begin(gql: &Context<'_>, only: Option<OperationId>) -> Outcome<Self> {
        let caller = authenticated(gql)?.clone();
        caller.ctx.require(Permission::OperationRead)?;
        let hub = gql.data_opt::<Events>().ok_or_else(|| Failure::internal("the schema runs without events"))?;
        // Listening begins before the first reading, so that nothing happens in between unheard.
        let events = hub.subscribe(caller.ctx.tenant_id);
        let mut watch = Self {
            core: services(gql)?.clone(),
            access: access(gql)?.clone(),
            caller,
            events,
            only,
            ready: VecDeque::new(),
            poked: Vec::new(),
            missed: false,
            last: now(),
            ended: false,
        };
        watch.ready = watch.present().await?.into();
        if only.is_some() && watch.ready.is_empty() {
            return Err(Failure::not_found("NOT_FOUND", "There is no such operation.").at(["id"]));
        }
        Ok(watch)
    }

    fn into_stream(self) -> BoxStream<'static, Result<Operation>> {
        futures::stream::unfold(self, |mut watch| async move {
            match watch.next().await {
                Ok(Some(operation)) => Some((Ok(operation.into()), watch)),
                Ok(None) => None,
                Err(failure) => {
                    watch.ended = true;
                    Some((Err(top_level(failure)), watch))
                }
            }
        })
        .boxed()
    }

    async fn next(&mut self) -> Outcome<Option<long_work::Operation>> {
        loop {
            if let Some(operation) = self.ready.pop_front() {
                self.ended = self.only.is_some() && operation.state.is_final();
                return Ok(Some(operation));
            }
            if self.ended || !self.wait().await {
                return Ok(None);
            }
            self.caller = self.access.renew(&self.core, &self.caller, (self.core.clock)()).await?;
            self.last = now();
            let poked = std::mem::take(&mut self.poked);
            self.ready = if std::mem::take(&mut self.missed) {
                self.latest().await?.into()
            } else {
                long_work::get_many(&self.caller.ctx, &self.core, &poked).await?.into()
            };
        }
    }

    /// Waits until something has moved and the last reading is old enough; false when there will be no more.
    async fn wait(&mut self) -> bool {
        loop {
            match self.events.next().await {
                None => return false,
                Some(notice) if self.note(&notice) => break,
                Some(_) => {}
            }
        }
        let until = self.last + Duration::from_millis(PROGRESS_INTERVAL_MILLIS);
        while let Ok(notice) = tokio::time::timeout_at(until, self.events.next()).await {
            match notice {
                None => return true,
                Some(notice) => {
                    self.note(&notice);
                }
            }
        }
        true
    }

    /// Whether a notice is about what is watched.
    fn note(&mut self, notice: &Notice) -> bool {
        let Notice::Event(event) = notice else {
            self.missed = true;
            return true;
        };
        let id = event.payload.get("operationId").and_then(|id| id.as_str()).and_then(|id| id.parse().ok());
        match id {
            Some(id) if event.topic == TOPIC && self.only.is_none_or(|only| only == id) => {
                if !self.poked.contains(&id) {
                    self.poked.push(id);
                }
                true
            }
            _ => false,
        }
    }

    /// The one that is watched, or those asked for last: they may have ended unheard.
    async fn latest(&self) -> Outcome<Vec<long_work::Operation>> {
        if self.only.is_some() {
            return self.present().await;
        }
        let page = PageRequest::first(PAGE_MAX);
        Ok(long_work::list(&self.caller.ctx, &self.core, OperationFilter::default(), page).await?.rows)
    }

    /// The one that is watched, or all that are under way.
    async fn present(&self) -> Outcome<Vec<long_work::Operation>> {
        if let Some(id) = self.only {
            return Ok(long_work::get(&self.caller.ctx, &self.core, id).await?.into_iter().collect());
        }
        let mut all = Vec::new();
        for state in [OperationState::Running, OperationState::Queued] {
            let filter = OperationFilter { state: Some(state), kind: None };
            all.extend(long_work::list(&self.caller.ctx, &self.core, filter, PageRequest::first(PAGE_MAX)).await?.rows);
        }
        Ok(all)
    }
}

#[expect(clippy::disallowed_methods, reason = "pacing of deliveries at the program's edge")]
fn now() -> Instant {
    Instant::now()
}
