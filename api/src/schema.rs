//! The schema, put together from the contexts. A context adds its query and its mutation to the two lists.

use async_graphql::{EmptySubscription, MergedObject, SDLExportOptions, SchemaBuilder};

use crate::node::NodeQuery;
use crate::operations::{OperationsMutation, OperationsQuery};

/// The entry points for reading.
#[derive(MergedObject, Default)]
pub struct Query(NodeQuery, OperationsQuery);

/// The entry points for changing. Several in one document run one after the other, each in its own transaction.
#[derive(MergedObject, Default)]
pub struct Mutation(OperationsMutation);

/// The schema.
pub type Schema = async_graphql::Schema<Query, Mutation, EmptySubscription>;

/// The schema before it is given a database.
#[must_use]
pub fn builder() -> SchemaBuilder<Query, Mutation, EmptySubscription> {
    Schema::build(Query::default(), Mutation::default(), EmptySubscription)
}

/// The schema without a database: for printing and for checking documents.
#[must_use]
pub fn build_schema() -> Schema {
    builder().finish()
}

/// The schema in the schema definition language, sorted, so that it can be compared.
#[must_use]
pub fn sdl() -> String {
    build_schema()
        .sdl_with_options(SDLExportOptions::new().sorted_fields().sorted_arguments().sorted_enum_items().include_specified_by())
}
