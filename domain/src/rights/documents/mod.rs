//! Rules beside contract versions: what contracts share (territory groups, rate cards, prices, statutory rates, chains of
//! intermediaries, crossed contracts), what stands between earning and being paid (letters of direction, holds), and what
//! a contract says beyond its versions.
//!
//! Each is stored as the engine's own type and checked together with every other rule before it is saved: a cycle, a tie
//! or a name that does not exist is refused. What is said again supersedes what was said before and stays readable.

mod conditions;
mod model;
mod service;
mod store;

pub use conditions::{Conditions, ConditionsRow, conditions_of, contract_conditions_set};
pub use model::{RuleDocument, RuleDocumentFilter, RuleDocumentKind, RuleDocumentRow};
pub use service::{rule_document_end, rule_document_set, rule_documents};
pub(super) use store::{apply, holding, holding_conditions};
