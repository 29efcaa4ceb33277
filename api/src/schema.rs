//! The schema, put together from the contexts. A context adds its query and its mutation to the two lists.

use async_graphql::{MergedObject, MergedSubscription, SDLExportOptions, SchemaBuilder};

use crate::bulk::{BulkMutation, BulkQuery};
use crate::calculation::{CalculationMutations, CalculationQueries};
use crate::catalog::{CatalogMutation, CatalogQuery};
use crate::collection::{
    CollectionMutation, CollectionQuery, ControlMutation, ControlQuery, LayoutMutation, LayoutQuery, RepairMutation,
    RepairQuery, SourceMutation, SourceQuery, ValidationMutation,
};
use crate::documents::{DocumentMutation, DocumentQuery};
use crate::ledger::LedgerQuery;
use crate::node::NodeQuery;
use crate::operations::{OperationsMutation, OperationsQuery, OperationsSubscription};
use crate::parties::{PartiesMutation, PartiesQuery};
use crate::payments::{PaymentsMutation, PaymentsQuery};
use crate::reference::{ReferenceMutation, ReferenceQuery};
use crate::rights::{RightsMutations, RightsQueries};
use crate::settings::{SettingsMutation, SettingsQuery};
use crate::statements::{StatementsMutation, StatementsQuery};
use crate::tenancy::{ApiKeyMutation, ApiKeyQuery, TenancyMutation, TenancyQuery};

/// The entry points for reading.
#[derive(MergedObject, Default)]
pub struct Query(
    TenancyQuery,
    ApiKeyQuery,
    DocumentQuery,
    SettingsQuery,
    NodeQuery,
    OperationsQuery,
    CollectionQuery,
    LayoutQuery,
    RepairQuery,
    SourceQuery,
    ControlQuery,
    BulkQuery,
    ReferenceQuery,
    PartiesQuery,
    CatalogQuery,
    RightsQueries,
    CalculationQueries,
    LedgerQuery,
    StatementsQuery,
    PaymentsQuery,
);

/// The entry points for changing. Several in one document run one after the other, each in its own transaction.
#[derive(MergedObject, Default)]
pub struct Mutation(
    TenancyMutation,
    ApiKeyMutation,
    DocumentMutation,
    SettingsMutation,
    OperationsMutation,
    CollectionMutation,
    LayoutMutation,
    RepairMutation,
    SourceMutation,
    ValidationMutation,
    ControlMutation,
    BulkMutation,
    ReferenceMutation,
    PartiesMutation,
    CatalogMutation,
    RightsMutations,
    CalculationMutations,
    StatementsMutation,
    PaymentsMutation,
);

/// What can be listened to, over `graphql-transport-ws` at `/graphql/ws`.
#[derive(MergedSubscription, Default)]
pub struct Subscription(OperationsSubscription);

/// The schema.
pub type Schema = async_graphql::Schema<Query, Mutation, Subscription>;

/// The schema before it is given a database.
#[must_use]
pub fn builder() -> SchemaBuilder<Query, Mutation, Subscription> {
    Schema::build(Query::default(), Mutation::default(), Subscription::default())
}

/// The schema without a database: for printing and for checking documents.
#[must_use]
pub fn build_schema() -> Schema {
    builder().finish()
}

/// The schema in the schema definition language, sorted, so that it can be compared.
#[must_use]
pub fn sdl() -> String {
    build_schema().sdl_with_options(
        SDLExportOptions::new().sorted_fields().sorted_arguments().sorted_enum_items().include_specified_by(),
    )
}

#[cfg(test)]
mod tests;
