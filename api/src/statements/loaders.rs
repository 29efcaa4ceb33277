//! Batch loading of statements and what belongs to them.

use std::collections::HashMap;

use domain::Core;
use domain::statements as royalty;
use kernel::context::OpContext;
use kernel::failure::Outcome;
use kernel::ids::{StatementBatchId, StatementId};

use crate::frame::loader::Batch;

/// Statements by id.
pub struct Statements;

impl Batch for Statements {
    type Key = StatementId;
    type Value = royalty::Statement;

    async fn load(ctx: &OpContext, core: &Core, keys: &[StatementId]) -> Outcome<HashMap<StatementId, Self::Value>> {
        Ok(royalty::statements_by_id(ctx, core, keys).await?.into_iter().map(|row| (row.id, row)).collect())
    }
}

/// Batches by id.
pub struct Batches;

impl Batch for Batches {
    type Key = StatementBatchId;
    type Value = royalty::StatementBatch;

    async fn load(
        ctx: &OpContext,
        core: &Core,
        keys: &[StatementBatchId],
    ) -> Outcome<HashMap<StatementBatchId, Self::Value>> {
        Ok(royalty::batches_by_id(ctx, core, keys).await?.into_iter().map(|row| (row.id, row)).collect())
    }
}

/// Stored forms by statement, each with a short-lived address.
pub struct Documents;

impl Batch for Documents {
    type Key = StatementId;
    type Value = Vec<(royalty::StatementDocumentFile, String)>;

    async fn load(ctx: &OpContext, core: &Core, keys: &[StatementId]) -> Outcome<HashMap<StatementId, Self::Value>> {
        let mut found: HashMap<StatementId, Self::Value> = HashMap::new();
        for file in royalty::documents_of(ctx, core, keys).await? {
            let url = royalty::download_url(ctx, core, &file)?;
            found.entry(file.statement_id).or_default().push((file, url));
        }
        Ok(found)
    }
}

/// Proofs of sealed statements.
pub struct Proofs;

impl Batch for Proofs {
    type Key = StatementId;
    type Value = royalty::Proof;

    async fn load(ctx: &OpContext, core: &Core, keys: &[StatementId]) -> Outcome<HashMap<StatementId, Self::Value>> {
        royalty::proofs_of(ctx, core, keys).await
    }
}
