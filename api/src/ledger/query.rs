//! Reading the ledger.

use async_graphql::{Context, ID, Object, Result};
use domain::ledger;
use kernel::ids::AccountId;

use super::types::{Conservation, LedgerAccount, LedgerAccountFilter, LedgerTransfer};
use crate::frame;
use crate::frame::connection::{List, page};
use crate::frame::ids;
use crate::frame::scalars::Month;

/// The ledger.
#[derive(Default)]
pub struct LedgerQuery;

#[Object]
impl LedgerQuery {
    /// Accounts of the ledger with their balances, oldest first. Requires: LEDGER_READ.
    async fn ledger_accounts(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "How many from the front, 1 to 100; 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which ones.")] filter: Option<LedgerAccountFilter>,
    ) -> Result<List<LedgerAccount>> {
        frame::read(gql, |ctx, core| async move {
            let page = page(first, after, last, before)?;
            let rows = ledger::accounts(&ctx, &core, filter.unwrap_or_default().read()?, page).await?;
            Ok(List::by_id(rows, |row| row.id.uuid()))
        })
        .await
    }

    /// The transfers of an account, newest first. Requires: LEDGER_READ.
    async fn ledger_transfers(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The account.")] account_id: ID,
        #[graphql(desc = "How many from the front, 1 to 100; 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> Result<List<LedgerTransfer>> {
        frame::read(gql, |ctx, core| async move {
            let account: AccountId = ids::parse(&account_id, ["accountId"])?;
            let page = page(first, after, last, before)?;
            let rows = ledger::transfers(&ctx, &core, account, page).await?;
            Ok(List::by_id(rows, |row| row.id.uuid()))
        })
        .await
    }

    /// The proof that no money was lost: what the files of these accounting months add up to, against where the ledger
    /// has it, per currency, to the last digit. Requires: LEDGER_READ.
    async fn conservation(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "First accounting month.")] from: Month,
        #[graphql(desc = "Last accounting month.")] to: Month,
    ) -> Result<Vec<Conservation>> {
        frame::read(gql, |ctx, core| async move {
            let rows = ledger::conservation(&ctx, &core, from.into(), to.into()).await?;
            Ok(rows.into_iter().map(Into::into).collect())
        })
        .await
    }
}
