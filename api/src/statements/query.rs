//! Reading statements.

use async_graphql::{Context, ID, Object, Result};
use domain::statements as royalty;

use super::types::{Statement, StatementBatch, StatementFilter};
use crate::frame;
use crate::frame::connection::{List, page};
use crate::frame::ids;

/// Royalty statements.
#[derive(Default)]
pub struct StatementsQuery;

#[Object]
impl StatementsQuery {
    /// One statement. Null when there is no such thing here. A rights holder sees published statements of their
    /// own parties.
    async fn statement(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "Its global id.")] id: ID,
    ) -> Result<Option<Statement>> {
        frame::read(gql, |ctx, core| async move {
            Ok(royalty::statement(&ctx, &core, ids::parse(&id, ["id"])?).await?.map(Into::into))
        })
        .await
    }

    /// Statements, newest first. A rights holder sees published statements of their own parties.
    async fn statements(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "How many from the front, 1 to 100; 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which ones.")] filter: Option<StatementFilter>,
    ) -> Result<List<Statement>> {
        frame::read(gql, |ctx, core| async move {
            let page = page(first, after, last, before)?;
            let filter = filter.unwrap_or_default().checked()?;
            let rows = royalty::statements(&ctx, &core, filter, page).await?;
            Ok(List::by_id(rows, |row| row.id.uuid()))
        })
        .await
    }

    /// One batch of statements. Null when there is no such thing here.
    async fn statement_batch(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "Its global id.")] id: ID,
    ) -> Result<Option<StatementBatch>> {
        frame::read(gql, |ctx, core| async move {
            Ok(royalty::batch(&ctx, &core, ids::parse(&id, ["id"])?).await?.map(Into::into))
        })
        .await
    }

    /// Batches of statements, newest first.
    async fn statement_batches(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "How many from the front, 1 to 100; 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<List<StatementBatch>> {
        frame::read(gql, |ctx, core| async move {
            let rows = royalty::batches(&ctx, &core, page(first, after, last, before)?).await?;
            Ok(List::by_id(rows, |row| row.id.uuid()))
        })
        .await
    }
}
