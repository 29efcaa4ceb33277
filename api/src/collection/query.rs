//! Reading uploads, reports, lines and suspense.

use async_graphql::{Context, ID, Object, Result};
use domain::collection as revenue;
use kernel::ids::ReportId;
use kernel::page::Cursor;
use uuid::Uuid;

use super::types::{
    ReportLayout, RevenueLine, RevenueLineFilter, RevenueReport, RevenueReportFilter, StagedUpload, SuspenseAgeing,
    SuspenseGroup, SuspenseGroupFilter, SuspensePreview,
};
use crate::frame;
use crate::frame::connection::{List, page};
use crate::frame::ids;

/// Revenue collection.
#[derive(Default)]
pub struct CollectionQuery;

#[Object]
impl CollectionQuery {
    /// One upload. Null when there is no such thing here.
    async fn staged_upload(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "Its global id.")] id: ID,
    ) -> Result<Option<StagedUpload>> {
        frame::read(gql, |ctx, core| async move {
            Ok(revenue::staged_upload(&ctx, &core, ids::parse(&id, ["id"])?).await?.map(Into::into))
        })
        .await
    }

    /// One report. Null when there is no such thing here.
    async fn revenue_report(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "Its global id.")] id: ID,
    ) -> Result<Option<RevenueReport>> {
        frame::read(gql, |ctx, core| async move {
            Ok(revenue::report(&ctx, &core, ids::parse(&id, ["id"])?).await?.map(Into::into))
        })
        .await
    }

    /// Reports of the tenant, newest first.
    async fn revenue_reports(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "How many from the front, 1 to 100; 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which ones.")] filter: Option<RevenueReportFilter>,
    ) -> Result<List<RevenueReport>> {
        frame::read(gql, |ctx, core| async move {
            let page = page(first, after, last, before)?;
            let rows = revenue::reports(&ctx, &core, filter.unwrap_or_default().into(), page).await?;
            Ok(List::by_id(rows, |row| row.id.uuid()))
        })
        .await
    }

    /// The lines of a report, in file order.
    #[allow(clippy::too_many_arguments, reason = "the arguments of every list, and the report")]
    async fn revenue_lines(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The report.")] report_id: ID,
        #[graphql(desc = "How many from the front, 1 to 100; 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which ones.")] filter: Option<RevenueLineFilter>,
    ) -> Result<List<RevenueLine>> {
        frame::read(gql, |ctx, core| async move {
            let page = page(first, after, last, before)?;
            let report: ReportId = ids::parse(&report_id, ["reportId"])?;
            let filter = filter.unwrap_or_default().checked()?;
            let rows = revenue::revenue_lines(&ctx, &core, report, filter, page).await?;
            let cursor = |row: &revenue::RevenueLine| Cursor { value: row.line_no.to_string(), id: Uuid::nil() };
            Ok(List::of(rows, cursor, Into::into))
        })
        .await
    }

    /// Money that waits for an item, in groups of lines with the same key, newest first.
    async fn suspense_groups(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "How many from the front, 1 to 100; 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which ones.")] filter: Option<SuspenseGroupFilter>,
    ) -> Result<List<SuspenseGroup>> {
        frame::read(gql, |ctx, core| async move {
            let page = page(first, after, last, before)?;
            let filter = filter.unwrap_or_default().checked()?;
            let rows = revenue::suspense_groups(&ctx, &core, filter, page).await?;
            Ok(List::by_id(rows, |row| row.id.uuid()))
        })
        .await
    }

    /// How much waits for an item, since when, why, from which source and for whom probably; the largest amounts first.
    async fn suspense_ageing(&self, gql: &Context<'_>) -> Result<Vec<SuspenseAgeing>> {
        frame::read(gql, |ctx, core| async move {
            Ok(revenue::suspense_ageing(&ctx, &core).await?.into_iter().map(Into::into).collect())
        })
        .await
    }

    /// What a decision about all open groups of a source with a key would be about: counts and amounts, nothing decided.
    async fn suspense_preview(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The source.")] source: String,
        #[graphql(desc = "The key, as groups show it.")] source_key: String,
    ) -> Result<SuspensePreview> {
        frame::read(gql, |ctx, core| async move {
            let target = revenue::SuspenseTarget::Key { source, source_key };
            Ok(revenue::suspense_preview(&ctx, &core, target).await?.into())
        })
        .await
    }

    /// The layouts that reports are read with.
    async fn layouts(&self, gql: &Context<'_>) -> Result<Vec<ReportLayout>> {
        frame::read(gql, |ctx, _core| async move { Ok(revenue::layouts(&ctx)?.into_iter().map(Into::into).collect()) })
            .await
    }
}
