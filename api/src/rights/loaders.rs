//! Batch loading of what belongs to contracts.

use std::collections::HashMap;

use domain::{Core, rights};
use kernel::context::OpContext;
use kernel::failure::Outcome;
use kernel::ids::ContractId;

use crate::frame::loader::Batch;

/// Contracts by id.
pub struct ContractBatch;

impl Batch for ContractBatch {
    type Key = ContractId;
    type Value = rights::Contract;

    async fn load(ctx: &OpContext, core: &Core, keys: &[ContractId]) -> Outcome<HashMap<ContractId, Self::Value>> {
        Ok(rights::contracts_by_id(ctx, core, keys).await?.into_iter().map(|row| (row.id, row)).collect())
    }
}

/// Versions by contract.
pub struct Versions;

impl Batch for Versions {
    type Key = ContractId;
    type Value = Vec<rights::VersionRow>;

    async fn load(ctx: &OpContext, core: &Core, keys: &[ContractId]) -> Outcome<HashMap<ContractId, Self::Value>> {
        let mut found: HashMap<ContractId, Self::Value> = HashMap::new();
        for row in rights::versions_of(ctx, core, keys).await? {
            found.entry(row.contract_id).or_default().push(row);
        }
        Ok(found)
    }
}

/// Advances by contract.
pub struct Advances;

impl Batch for Advances {
    type Key = ContractId;
    type Value = Vec<rights::AdvanceRow>;

    async fn load(ctx: &OpContext, core: &Core, keys: &[ContractId]) -> Outcome<HashMap<ContractId, Self::Value>> {
        let mut found: HashMap<ContractId, Self::Value> = HashMap::new();
        for row in rights::advances_of(ctx, core, keys).await? {
            found.entry(row.contract_id).or_default().push(row);
        }
        Ok(found)
    }
}

/// Conditions by contract, every version.
pub struct Conditions;

impl Batch for Conditions {
    type Key = ContractId;
    type Value = Vec<rights::ConditionsRow>;

    async fn load(ctx: &OpContext, core: &Core, keys: &[ContractId]) -> Outcome<HashMap<ContractId, Self::Value>> {
        let mut found: HashMap<ContractId, Self::Value> = HashMap::new();
        for row in rights::conditions_of(ctx, core, keys).await? {
            found.entry(row.contract_id).or_default().push(row);
        }
        Ok(found)
    }
}

/// Costs by contract.
pub struct Costs;

impl Batch for Costs {
    type Key = ContractId;
    type Value = Vec<rights::CostRow>;

    async fn load(ctx: &OpContext, core: &Core, keys: &[ContractId]) -> Outcome<HashMap<ContractId, Self::Value>> {
        rights::costs_of(ctx, core, keys).await
    }
}
