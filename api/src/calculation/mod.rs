//! Calculation runs, royalties and their derivations in the schema.

use async_graphql::MergedObject;

mod exceptions;
mod explanation;
mod loaders;
mod mutation;
mod overrides;
mod preview;
mod query;
mod royalty;
mod run;
mod simulation;

pub use royalty::RoyaltyLine;
pub use run::CalculationRun;

/// Reading what is calculated.
#[derive(MergedObject, Default)]
pub struct CalculationQueries(
    query::CalculationQuery,
    simulation::SimulationQuery,
    exceptions::ExceptionQuery,
    preview::PreviewQuery,
    overrides::OverrideQuery,
);

/// Asking for calculations, and deciding on them.
#[derive(MergedObject, Default)]
pub struct CalculationMutations(
    mutation::CalculationMutation,
    simulation::SimulationMutation,
    exceptions::ExceptionMutation,
    overrides::OverrideMutation,
);
