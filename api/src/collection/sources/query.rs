//! Reading sources.

use async_graphql::{Context, ID, Object, Result};
use domain::collection::sources as acquisition;

use super::types::{Source, SourceAlert, SourceFilter, fallible};
use crate::frame;
use crate::frame::connection::{List, page};
use crate::frame::ids;

/// Where reports come from.
#[derive(Default)]
pub struct SourceQuery;

#[Object]
impl SourceQuery {
    /// One source. Null when there is no such thing here.
    async fn source(&self, gql: &Context<'_>, #[graphql(desc = "Its global id.")] id: ID) -> Result<Option<Source>> {
        frame::read(gql, |ctx, core| async move {
            Ok(acquisition::source(&ctx, &core, ids::parse(&id, ["id"])?).await?.map(Into::into))
        })
        .await
    }

    /// Sources of the tenant, newest first.
    async fn sources(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "How many from the front, 1 to 100; 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which ones.")] filter: Option<SourceFilter>,
    ) -> Result<List<Source>> {
        frame::read(gql, |ctx, core| async move {
            let page = page(first, after, last, before)?;
            let rows = acquisition::sources(&ctx, &core, filter.unwrap_or_default().into(), page).await?;
            Ok(List::by_id(rows, |row| row.id.uuid()))
        })
        .await
    }

    /// What somebody should look at, newest first: reports that did not come, runs that failed.
    async fn source_alerts(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "How many from the front, 1 to 100; 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
        #[graphql(desc = "Whether only what is not over is wanted.", default = true)] is_open: bool,
    ) -> Result<List<SourceAlert>> {
        frame::read(gql, |ctx, core| async move {
            let page = page(first, after, last, before)?;
            let found = acquisition::source_alerts(&ctx, &core, is_open, page).await?;
            fallible(found, |row| row.id.uuid())
        })
        .await
    }
}
