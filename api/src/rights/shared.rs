//! Recording and reading rules that contracts share, conditions of contracts, and costs.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use domain::rights;
use kernel::page::Cursor;

use super::conditions::{ContractConditions, ContractConditionsInput};
use super::documents::{SharedRule, SharedRuleInput, SharedRuleKind};
use super::mutation::RightsUserError;
use crate::frame;
use crate::frame::connection::{List, page};
use crate::frame::ids;
use crate::frame::scalars::{Date, Decimal, Money};
use crate::payload;

/// A cost that is recouped from royalties, as far as its type says.
#[derive(Debug, Clone, SimpleObject)]
pub struct ContractCost {
    /// Its name, unique in the contract.
    name: String,
    /// Its type.
    cost_type: String,
    /// The whole cost.
    amount: Money,
    /// When it was incurred.
    incurred_on: Date,
    /// Where the contract recoups by priority, the higher is recouped first.
    priority: i32,
}

impl From<rights::CostRow> for ContractCost {
    fn from(row: rights::CostRow) -> Self {
        Self {
            name: row.name,
            cost_type: row.cost_type,
            amount: row.amount.into(),
            incurred_on: row.incurred_on.into(),
            priority: row.priority,
        }
    }
}

/// A cost to be recorded.
#[derive(InputObject)]
pub struct ContractCostCreateInput {
    /// Under which contract.
    contract_id: ID,
    /// Its name, unique in the contract.
    name: String,
    /// Its type: the contract's conditions say which part of it is recoupable.
    cost_type: String,
    /// The whole cost, in the currency of the contract.
    amount: Decimal,
    /// When it was incurred.
    incurred_on: Date,
    /// Where the contract recoups by priority, the higher is recouped first.
    #[graphql(default)]
    priority: i32,
    /// A text of your choice, at most 200 characters, that makes a repeated request the same request.
    idempotency_key: String,
}

/// What a contract says beyond its versions.
#[derive(InputObject)]
pub struct ContractConditionsSetInput {
    /// Which contract.
    contract_id: ID,
    /// The version of the contract you read.
    expected_version: i32,
    /// What it says; it replaces what it said before, which stays readable.
    conditions: ContractConditionsInput,
}

/// A rule that contracts share.
#[derive(InputObject)]
pub struct SharedRuleSetInput {
    /// What it says. One of the same kind and name is superseded.
    rule: SharedRuleInput,
    /// The `versionNo` of the one that it replaces; null when there is none that holds.
    expected_version: Option<i32>,
}

/// Which shared rule to end.
#[derive(InputObject)]
pub struct SharedRuleEndInput {
    /// Its kind.
    kind: SharedRuleKind,
    /// Its name.
    name: String,
    /// Its `versionNo` when you read it.
    expected_version: i32,
}

payload! {
    /// What `contractCostCreate` answers.
    ContractCostCreatePayload(RightsUserError) {
        /// The cost; null when it was refused.
        cost: ContractCost,
    }
}

payload! {
    /// What `sharedRuleSet` answers.
    SharedRuleSetPayload(RightsUserError) {
        /// The rule; null when it was refused.
        rule: SharedRule,
    }
}

payload! {
    /// What `sharedRuleEnd` answers.
    SharedRuleEndPayload(RightsUserError) {
        /// The rule, now ended; null when it was refused.
        rule: SharedRule,
    }
}

/// What `contractConditionsSet` answers.
#[derive(SimpleObject)]
pub struct ContractConditionsSetPayload {
    /// The conditions; null when they were refused.
    conditions: Option<ContractConditions>,
    /// What was refused; empty when it was done.
    user_errors: Vec<RightsUserError>,
}

/// Which shared rules.
#[derive(InputObject, Default)]
pub struct SharedRuleFilter {
    /// Only of this kind.
    kind: Option<SharedRuleKind>,
    /// Only of this name.
    name: Option<String>,
    /// Also those that are replaced or ended.
    #[graphql(default)]
    with_history: bool,
}

/// Reading shared rules.
#[derive(Default)]
pub struct SharedRuleQuery;

#[Object]
impl SharedRuleQuery {
    /// Rules that contracts share, in the order of recording. Requires: CONTRACT_READ.
    async fn shared_rules(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "How many from the front, 1 to 100; 25 when neither `first` nor `last` is given.")]
        first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which ones.")] filter: Option<SharedRuleFilter>,
    ) -> Result<List<SharedRule>> {
        frame::read(gql, |ctx, core| async move {
            let filter = filter.unwrap_or_default();
            let filter = rights::RuleDocumentFilter {
                kind: filter.kind.map(Into::into),
                name: filter.name,
                with_history: filter.with_history,
            };
            let rows = rights::rule_documents(&ctx, &core, filter, page(first, after, last, before)?).await?;
            let cursor = |row: &rights::RuleDocumentRow| Cursor { value: String::new(), id: row.id };
            Ok(List::of(rows, cursor, SharedRule::from))
        })
        .await
    }
}

/// Recording shared rules.
#[derive(Default)]
pub struct SharedRuleMutation;

#[Object]
impl SharedRuleMutation {
    /// Records a rule that contracts share: a territory group, rate card, price list, statutory table, chain of
    /// intermediaries, crossed group, letter of direction or hold. What it said before is superseded, and stays
    /// readable. Cycles, ties and names that do not exist are refused. Requires: CONTRACT_MANAGE.
    async fn shared_rule_set(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The rule.")] input: SharedRuleSetInput,
    ) -> Result<SharedRuleSetPayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            rights::rule_document_set(&ctx, &core, input.rule.checked()?, input.expected_version).await
        })
        .await;
        SharedRuleSetPayload::of(outcome)
    }

    /// Ends a rule that contracts share, unless something still names it. Requires: CONTRACT_MANAGE.
    async fn shared_rule_end(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "Which rule.")] input: SharedRuleEndInput,
    ) -> Result<SharedRuleEndPayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            rights::rule_document_end(&ctx, &core, input.kind.into(), &input.name, input.expected_version).await
        })
        .await;
        SharedRuleEndPayload::of(outcome)
    }

    /// Records what a contract says beyond its versions: how it accounts and recoups, reserves, guarantees, producer
    /// points, a profit share. Requires: CONTRACT_MANAGE.
    async fn contract_conditions_set(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The conditions.")] input: ContractConditionsSetInput,
    ) -> Result<ContractConditionsSetPayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            let id = ids::parse(&input.contract_id, ["input", "contractId"])?;
            let conditions = input.conditions.checked()?;
            rights::contract_conditions_set(&ctx, &core, id, input.expected_version, conditions).await
        })
        .await;
        let (row, user_errors) = RightsUserError::split(outcome)?;
        Ok(ContractConditionsSetPayload { conditions: row.as_ref().map(Into::into), user_errors })
    }

    /// Records a cost of a contract, to be recouped from its royalties as far as its type says. Requires:
    /// CONTRACT_MANAGE.
    async fn contract_cost_create(
        &self,
        gql: &Context<'_>,
        #[graphql(desc = "The cost.")] input: ContractCostCreateInput,
    ) -> Result<ContractCostCreatePayload> {
        let outcome = frame::run(gql, |ctx, core| async move {
            let new = rights::NewCost {
                contract_id: ids::parse(&input.contract_id, ["input", "contractId"])?,
                name: input.name,
                cost_type: input.cost_type,
                amount: input.amount.into(),
                incurred_on: input.incurred_on.into(),
                priority: input.priority,
                idempotency_key: input.idempotency_key,
            };
            rights::cost_create(&ctx, &core, new).await
        })
        .await;
        ContractCostCreatePayload::of(outcome)
    }
}
