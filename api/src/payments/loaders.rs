//! Batch loading of payment batches and parts.

use std::collections::HashMap;

use domain::Core;
use domain::payments as paying;
use kernel::context::OpContext;
use kernel::failure::Outcome;
use kernel::ids::{PaymentBatchId, PaymentId};

use crate::frame::loader::Batch;

/// Batches by id.
pub struct Batches;

impl Batch for Batches {
    type Key = PaymentBatchId;
    type Value = paying::PaymentBatch;

    async fn load(
        ctx: &OpContext,
        core: &Core,
        keys: &[PaymentBatchId],
    ) -> Outcome<HashMap<PaymentBatchId, Self::Value>> {
        Ok(paying::payment_batches_by_id(ctx, core, keys).await?.into_iter().map(|row| (row.id, row)).collect())
    }
}

/// Parts by payment.
pub struct Parts;

impl Batch for Parts {
    type Key = PaymentId;
    type Value = Vec<paying::PaymentPart>;

    async fn load(ctx: &OpContext, core: &Core, keys: &[PaymentId]) -> Outcome<HashMap<PaymentId, Self::Value>> {
        let mut found: HashMap<PaymentId, Self::Value> = HashMap::new();
        for part in paying::parts_of(ctx, core, keys).await? {
            found.entry(part.payment_id).or_default().push(part);
        }
        Ok(found)
    }
}
