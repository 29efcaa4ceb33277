//! Reading contracts.

use async_graphql::{Context, ID, InputObject, Object, OneofObject, Result};
use domain::rights;
use kernel::page::Cursor;

use super::types::{Contract, ContractStatus};
use crate::frame;
use crate::frame::connection::{List, page};
use crate::frame::ids;

/// What a contract is looked up by: exactly one.
#[derive(OneofObject)]
pub enum ContractLookup {
    /// The global id.
    Id(ID),
    /// The number.
    Number(String),
}

/// Which contracts.
#[derive(InputObject, Default)]
pub struct ContractFilter {
    /// Only those whose number or title contains this text.
    search: Option<String>,
    /// Only in this state.
    status: Option<ContractStatus>,
    /// Only those with this party.
    party_id: Option<ID>,
}

/// Contracts.
#[derive(Default)]
pub struct RightsQuery;

#[Object]
impl RightsQuery {
    /// One contract, by id or by number. Null when there is none here. Requires: CONTRACT_READ.
    async fn contract(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "What to look up.")] by: ContractLookup,
    ) -> Result<Option<Contract>> {
        frame::read(gql, |ctx, core| async move {
            let row = match by {
                ContractLookup::Id(id) => rights::contract(&ctx, &core, ids::parse(&id, ["by", "id"])?).await?,
                ContractLookup::Number(number) => rights::contract_by_number(&ctx, &core, &number).await?,
            };
            Ok(row.map(Into::into))
        })
        .await
    }

    /// Contracts, by number. Requires: CONTRACT_READ.
    async fn contracts(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "How many from the front, 1 to 100; 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which ones.")] filter: Option<ContractFilter>,
    ) -> Result<List<Contract>> {
        frame::read(gql, |ctx, core| async move {
            let filter = filter.unwrap_or_default();
            let filter = rights::ContractFilter {
                search: filter.search,
                status: filter.status.map(Into::into),
                party_id: ids::parse_opt(filter.party_id.as_ref(), ["filter", "partyId"])?,
            };
            let rows = rights::contracts(&ctx, &core, filter, page(first, after, last, before)?).await?;
            let cursor = |row: &rights::Contract| Cursor { value: row.number.clone(), id: row.id.uuid() };
            Ok(List::of(rows, cursor, Contract::from))
        })
        .await
    }
}
