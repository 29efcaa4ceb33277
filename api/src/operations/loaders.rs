//! Batch loading of what belongs to long work.

use std::collections::HashMap;

use domain::Core;
use domain::operations as long_work;
use kernel::context::OpContext;
use kernel::failure::Outcome;
use kernel::ids::OperationId;

use crate::frame::loader::Batch;

/// Stages by operation, in order of the steps.
pub struct Stages;

impl Batch for Stages {
    type Key = OperationId;
    type Value = Vec<long_work::Stage>;

    async fn load(ctx: &OpContext, core: &Core, keys: &[OperationId]) -> Outcome<HashMap<OperationId, Self::Value>> {
        let mut found: HashMap<OperationId, Self::Value> = HashMap::new();
        for stage in long_work::stages(ctx, core, keys).await? {
            found.entry(stage.operation_id).or_default().push(stage);
        }
        Ok(found)
    }
}
