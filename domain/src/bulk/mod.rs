//! Bulk import: catalogue, rights holders and contracts from CSV files (`docs/imports.md`).
//!
//! A file is imported by a job in one transaction: what is right is in with all its rows, what is wrong is listed row
//! by row, and a worker that dies half way leaves nothing behind. The imports of a tenant run one after the other, so
//! that a later file finds what an earlier one brought.

mod catalogue;
mod contracts;
mod model;
mod names;
mod parties;
mod rates;
mod service;
mod sheet;

pub use model::{CatalogueImport, ImportError, ImportErrorFilter, ImportKind, ImportRequest};
pub(crate) use parties::email;
pub use service::{ImportCatalogue, catalogue_import, import_errors, register};
