//! Reading runs and royalties.

use async_graphql::{Context, ID, Object, Result};
use domain::calculation;
use kernel::ids::RunId;
use kernel::page::Cursor;

use super::royalty::{RoyaltyGroupBy, RoyaltyLine, RoyaltyLineFilter, RoyaltyReport, RoyaltyReportFilter};
use super::run::{AccountingMonth, CalculationRun, CalculationRunFilter};
use crate::frame;
use crate::frame::connection::{List, page};
use crate::frame::ids;

/// Runs and royalties.
#[derive(Default)]
pub struct CalculationQuery;

#[Object]
impl CalculationQuery {
    /// One calculation run. Null when there is no such thing here. Requires: RUN_READ.
    async fn calculation_run(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "Its global id.")] id: ID,
    ) -> Result<Option<CalculationRun>> {
        frame::read(gql, |ctx, core| async move {
            let id: RunId = ids::parse(&id, ["id"])?;
            Ok(calculation::run(&ctx, &core, id).await?.map(Into::into))
        })
        .await
    }

    /// Calculation runs, newest first. Requires: RUN_READ.
    async fn calculation_runs(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "How many from the front, 1 to 100; 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which ones.")] filter: Option<CalculationRunFilter>,
    ) -> Result<List<CalculationRun>> {
        frame::read(gql, |ctx, core| async move {
            let page = page(first, after, last, before)?;
            let rows = calculation::runs(&ctx, &core, filter.unwrap_or_default().into(), page).await?;
            Ok(List::by_id(rows, |row| row.id.uuid()))
        })
        .await
    }

    /// Every accounting month with a report or a run, newest first. Requires: RUN_READ.
    async fn accounting_months(&self, gql: &Context<'_>) -> Result<Vec<AccountingMonth>> {
        frame::read(gql, |ctx, core| async move {
            Ok(calculation::accounting_months(&ctx, &core).await?.into_iter().map(Into::into).collect())
        })
        .await
    }

    /// The royalty lines of a run, in stored order. A rights holder sees the lines of their own parties in finalised
    /// runs. Requires: ROYALTY_READ.
    #[allow(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn royalty_lines(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The run.")] run_id: ID,
        #[graphql(desc = "How many from the front, 1 to 100; 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which ones.")] filter: Option<RoyaltyLineFilter>,
    ) -> Result<List<RoyaltyLine>> {
        frame::read(gql, |ctx, core| async move {
            let id: RunId = ids::parse(&run_id, ["runId"])?;
            let page = page(first, after, last, before)?;
            let filter = filter.unwrap_or_default().read()?;
            let rows = calculation::royalty_lines(&ctx, &core, id, filter, page).await?;
            let cursor = |row: &calculation::RoyaltyLine| Cursor {
                value: row.key.line_no.to_string(),
                id: row.key.run_id.uuid(),
            };
            Ok(List::of(rows, cursor, RoyaltyLine::from))
        })
        .await
    }

    /// One royalty line. Null when there is no such thing here, or it is somebody else's. Requires: ROYALTY_READ.
    async fn royalty_line(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "Its id, as `royaltyLines` gives it.")] id: ID,
    ) -> Result<Option<RoyaltyLine>> {
        frame::read(gql, |ctx, core| async move {
            let key: calculation::RoyaltyLineKey = ids::parse(&id, ["id"])?;
            Ok(calculation::royalty_line(&ctx, &core, key).await?.map(Into::into))
        })
        .await
    }

    /// Royalties of finalised runs, summed. One of platform, territory, item and revenue type, with payee and contract
    /// as you like. A rights holder sums their own. Requires: ROYALTY_READ.
    async fn royalty_report(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "What the rows are per; empty for one row per currency.")] group_by: Vec<RoyaltyGroupBy>,
        #[graphql(desc = "Which royalties.")] filter: Option<RoyaltyReportFilter>,
    ) -> Result<RoyaltyReport> {
        frame::read(gql, |ctx, core| async move {
            let group_by: Vec<calculation::GroupBy> = group_by.into_iter().map(Into::into).collect();
            let filter = filter.unwrap_or_default().read()?;
            Ok(calculation::royalty_report(&ctx, &core, &group_by, filter).await?.into())
        })
        .await
    }
}
