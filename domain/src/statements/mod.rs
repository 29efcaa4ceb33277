//! Royalty statements: one per payee, currency and period, the same numbers in every form, never changed once
//! published.
//!
//! A batch is prepared from a finalised run (drafts), approved by a second person, and published: rendered,
//! checked, stored, frozen.

mod archive;
mod assemble;
mod batch;
mod brand;
mod compare;
mod drill;
mod frame;
mod labels;
mod load;
mod model;
mod prepare;
mod publish;
mod read;
mod schedule;
mod seal;

pub use archive::archive_url;
pub(crate) use archive::open as open_archive;
pub use batch::{
    BatchChange, Created, batch, batches, batches_by_id, statement_batch_approve, statement_batch_create,
    statement_batch_discard, statement_batch_publish, statement_batch_recall, statement_batch_submit,
};
pub use brand::{BrandLogo, brand_logo_add};
pub use drill::{Dimension, Level, LevelRow, StatementLines, Step, drill, drill_lines};
pub use formats::documents::SectionKind;
pub use formats::documents::seal::{Hash, Proof};
pub use frame::{pay_currency, threshold};
pub use model::{
    BatchState, DocumentForm, NewBatch, Statement, StatementBatch, StatementDocumentFile, StatementFilter,
    StatementState,
};
pub use prepare::register;
pub use publish::{PublishStatements, job_died};
pub use read::{Closing, documents_of, download_url, latest_published, statement, statements, statements_by_id};
pub use seal::{Check, CheckKind, SealKeyView, Verification, proofs_of, seal_keys, statement_of_file, verify};
