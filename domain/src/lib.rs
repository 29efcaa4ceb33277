//! The use cases, by bounded context. One shape for all: authorise, load, decide purely, save, tell, audit.
//!
//! A use case takes the context of the request first, then the [`Core`], then its input; it is one transaction
//! with one explicit commit, and fails with a [`kernel::failure::Failure`].

pub mod bulk;
pub mod calculation;
pub mod catalog;
pub mod collection;
pub mod core;
pub mod documents;
pub mod events;
pub mod files;
pub mod ledger;
pub mod operations;
pub mod parties;
pub mod payments;
pub mod reference;
pub mod rights;
pub mod sealing;
mod search;
pub mod settings;
pub mod statements;
pub mod tenancy;

pub use crate::core::Core;
