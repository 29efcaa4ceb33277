//! Reading long work.

use async_graphql::{Context, ID, Object, Result};
use domain::operations as long_work;
use kernel::ids::OperationId;

use super::types::{Operation, OperationFilter};
use crate::frame;
use crate::frame::connection::{List, page};
use crate::frame::ids;

/// Long work.
#[derive(Default)]
pub struct OperationsQuery;

#[Object]
impl OperationsQuery {
    /// One piece of long work. Null when there is no such thing here.
    async fn operation(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "Its global id.")] id: ID,
    ) -> Result<Option<Operation>> {
        frame::read(gql, |ctx, core| async move {
            let id: OperationId = ids::parse(&id, ["id"])?;
            Ok(long_work::get(&ctx, &core, id).await?.map(Operation::from))
        })
        .await
    }

    /// Long work of the tenant, newest first.
    async fn operations(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "How many from the front, 1 to 100; 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which ones.")] filter: Option<OperationFilter>,
    ) -> Result<List<Operation>> {
        frame::read(gql, |ctx, core| async move {
            let page = page(first, after, last, before)?;
            let rows = long_work::list(&ctx, &core, filter.unwrap_or_default().into(), page).await?;
            Ok(List::by_id(rows, |row| row.id.uuid()))
        })
        .await
    }
}
