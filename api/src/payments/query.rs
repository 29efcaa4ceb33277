//! Reading payments and what is owed.

use async_graphql::{Context, ID, Object, Result};
use domain::payments as paying;

use super::types::{Payable, Payment, PaymentBatch, PaymentFilter};
use crate::frame;
use crate::frame::connection::{List, page};
use crate::frame::ids;

/// Payments.
#[derive(Default)]
pub struct PaymentsQuery;

#[Object]
impl PaymentsQuery {
    /// What published statements owe now. A rights holder sees what is owed to their own parties.
    async fn payables(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "Only to this payee.")] party_id: Option<ID>,
    ) -> Result<Vec<Payable>> {
        frame::read(gql, |ctx, core| async move {
            let party = ids::parse_opt(party_id.as_ref(), ["partyId"])?;
            Ok(paying::payables(&ctx, &core, party).await?.into_iter().map(Into::into).collect())
        })
        .await
    }

    /// One payment. Null when there is no such thing here.
    async fn payment(&self, gql: &Context<'_>, #[graphql(desc = "Its global id.")] id: ID) -> Result<Option<Payment>> {
        frame::read(gql, |ctx, core| async move {
            Ok(paying::payment(&ctx, &core, ids::parse(&id, ["id"])?).await?.map(Into::into))
        })
        .await
    }

    /// Payments, newest first. A rights holder sees payments to their own parties.
    async fn payments(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "How many from the front, 1 to 100; 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which ones.")] filter: Option<PaymentFilter>,
    ) -> Result<List<Payment>> {
        frame::read(gql, |ctx, core| async move {
            let page = page(first, after, last, before)?;
            let rows = paying::payments(&ctx, &core, filter.unwrap_or_default().checked()?, page).await?;
            Ok(List::by_id(rows, |row| row.id.uuid()))
        })
        .await
    }

    /// One batch of payments. Null when there is no such thing here.
    async fn payment_batch(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "Its global id.")] id: ID,
    ) -> Result<Option<PaymentBatch>> {
        frame::read(gql, |ctx, core| async move {
            Ok(paying::payment_batch(&ctx, &core, ids::parse(&id, ["id"])?).await?.map(Into::into))
        })
        .await
    }

    /// Batches of payments, newest first.
    async fn payment_batches(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "How many from the front, 1 to 100; 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<List<PaymentBatch>> {
        frame::read(gql, |ctx, core| async move {
            let rows = paying::payment_batches(&ctx, &core, page(first, after, last, before)?).await?;
            Ok(List::by_id(rows, |row| row.id.uuid()))
        })
        .await
    }
}
