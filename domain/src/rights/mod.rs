//! Contracts: effective-dated versions with participations, terms and payee splits; advances.
//!
//! Nothing that a contract said is ever overwritten: a change supersedes the version it replaces, as of the moment
//! it is recorded, and what stays in force of that version is recorded again with a shorter period.

mod activation;
mod advances;
mod contracts;
mod costs;
mod documents;
mod items;
mod model;
pub mod snapshot;
pub(crate) mod store;
mod whatif;

pub(crate) use advances::{AdvancePosting, insert_advances};
pub use advances::{AdvanceRow, NewAdvance, advance_create, advances_of};
pub use contracts::{
    contract, contract_activate, contract_by_number, contract_create, contract_terminate, contract_version_add,
    contracts, contracts_by_id, versions_of,
};
pub use costs::{CostRow, NewCost, cost_create, costs_of};
pub use documents::{
    Conditions, ConditionsRow, RuleDocument, RuleDocumentFilter, RuleDocumentKind, RuleDocumentRow, conditions_of,
    contract_conditions_set, rule_document_end, rule_document_set, rule_documents,
};
/// The rules as the engine reads them: the types of what a contract says.
pub use engine::model as rules;
pub use items::scopes_exist;
pub use model::{
    Calendar, Contract, ContractFilter, ContractKind, ContractStatus, NamedTerm, NewContract, NewVersion, VersionFacts,
    VersionRow,
};
pub use whatif::RuleChange;
pub(crate) use whatif::rule_change;
