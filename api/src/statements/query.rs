//! Reading statements.

use async_graphql::{Context, ID, Object, Result};
use domain::statements as royalty;

use super::drill::{StatementDimension, StatementDrill, StatementDrillStep, StatementLines};
use super::proof::{self, StatementSealKey, StatementVerification};
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

    /// The published statement that a file belongs to. Null when no such file was published here: it was changed, or it
    /// is somebody else's.
    async fn statement_of_file(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The BLAKE3 hash of the file's bytes, 64 hexadecimal digits.")] content_hash: String,
    ) -> Result<Option<Statement>> {
        frame::read(gql, |ctx, core| async move {
            let hash = proof::hash(&content_hash)?;
            let Some(id) = royalty::statement_of_file(&ctx, &core, &hash).await? else { return Ok(None) };
            Ok(royalty::statement(&ctx, &core, id).await?.map(Into::into))
        })
        .await
    }

    /// One level of a statement, below the rows that were chosen on the way: total → platform → release → track →
    /// territory, or in any other order. Each level adds up to the row above it. Null when there is no such thing here.
    async fn statement_drill(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The statement's global id.")] id: ID,
        #[graphql(desc = "The rows chosen on the way down, from the top; empty for the first level.", default)]
        path: Vec<StatementDrillStep>,
        #[graphql(desc = "By what the level is divided.")] by: StatementDimension,
    ) -> Result<Option<StatementDrill>> {
        frame::read(gql, |ctx, core| async move {
            let path: Vec<royalty::Step> = path.into_iter().map(Into::into).collect();
            Ok(royalty::drill(&ctx, &core, ids::parse(&id, ["id"])?, &path, by.into()).await?.map(Into::into))
        })
        .await
    }

    /// The royalty lines of a statement below the rows that were chosen on the way, in stored order, each with its
    /// explanation. Null when there is no such thing here. Requires: ROYALTY_READ.
    async fn statement_lines(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The statement's global id.")] id: ID,
        #[graphql(desc = "The rows chosen on the way down, from the top; empty for all lines.", default)] path: Vec<
            StatementDrillStep,
        >,
        #[graphql(desc = "How many, 1 to 100.", default = 25)] first: i32,
        #[graphql(desc = "Only lines after this place: the `end` of the page before.")] after: Option<String>,
    ) -> Result<Option<StatementLines>> {
        frame::read(gql, |ctx, core| async move {
            let path: Vec<royalty::Step> = path.into_iter().map(Into::into).collect();
            let size = page(Some(first), None, None, None)?.size;
            let lines =
                royalty::drill_lines(&ctx, &core, ids::parse(&id, ["id"])?, &path, (after.as_deref(), size)).await?;
            Ok(lines.map(Into::into))
        })
        .await
    }

    /// Checks a published statement now: content, stored files, rendering, seal and chain. Null when there is no such
    /// thing here, and for a draft. Costs as much as making its documents.
    async fn statement_verification(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The statement's global id.")] id: ID,
    ) -> Result<Option<StatementVerification>> {
        frame::read(gql, |ctx, core| async move {
            Ok(royalty::verify(&ctx, &core, ids::parse(&id, ["id"])?).await?.map(Into::into))
        })
        .await
    }

    /// The public keys that sign seals of statements, the newest last.
    async fn statement_seal_keys(&self, gql: &Context<'_>) -> Result<Vec<StatementSealKey>> {
        frame::read(gql, |ctx, core| async move {
            Ok(royalty::seal_keys(&ctx, &core).await?.into_iter().map(Into::into).collect())
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
