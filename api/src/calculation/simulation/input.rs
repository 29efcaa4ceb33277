//! What to simulate.

use async_graphql::{Enum, ID, InputObject};
use domain::calculation::{self, NewSimulation, SimulationBasis as Basis, SimulationKind as Kind, VersionChange};
use kernel::failure::Outcome;

use crate::frame::ids;
use crate::frame::scalars::Month;
use crate::reference::ExchangeRateInput;
use crate::rights::ContractVersionInput;

/// What the changes of a simulation are changes of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "calculation::SimulationBasis")]
pub enum SimulationBasis {
    /// The rules and rates that the runs recorded.
    Recorded,
    /// The rules and rates as they are now.
    Current,
}

/// Another version of a contract: what it would say.
#[derive(InputObject)]
pub struct SimulationContractInput {
    /// Which contract. A draft may be tried as well.
    contract_id: ID,
    /// What it says, during which sale dates. What it said of these days gives way; nothing is stored.
    version: ContractVersionInput,
}

/// What to compute.
#[derive(InputObject)]
pub struct SimulationCreateInput {
    /// What to call it.
    name: String,
    /// The first accounting month.
    from_month: Month,
    /// The last accounting month.
    to_month: Month,
    /// What the changes are changes of.
    #[graphql(default_with = "SimulationBasis::Recorded")]
    basis: SimulationBasis,
    /// Other versions of contracts, at most 100.
    #[graphql(default)]
    contracts: Vec<SimulationContractInput>,
    /// Other exchange rates; each takes the place of the one of its pair and day.
    #[graphql(default)]
    rates: Vec<ExchangeRateInput>,
    /// Your key for this request: sent again, it gives the same simulation and starts nothing.
    idempotency_key: String,
}

impl SimulationCreateInput {
    /// The simulation, or everything that is malformed.
    pub fn checked(self) -> Outcome<NewSimulation> {
        let mut contracts = Vec::with_capacity(self.contracts.len());
        for (position, change) in self.contracts.into_iter().enumerate() {
            let place = position.to_string();
            contracts.push(VersionChange {
                contract_id: ids::parse(&change.contract_id, ["input", "contracts", &place, "contractId"])?,
                version: change.version.checked_at(&["input", "contracts", &place, "version"])?,
            });
        }
        Ok(NewSimulation {
            kind: Kind::Simulation,
            name: self.name,
            from: self.from_month.into(),
            to: self.to_month.into(),
            basis: self.basis.into(),
            contracts,
            rates: self.rates.into_iter().map(Into::into).collect(),
            idempotency_key: self.idempotency_key,
        })
    }
}

/// Which closed months to recalculate.
#[derive(InputObject)]
pub struct RecalculationCreateInput {
    /// Why.
    name: String,
    /// The first accounting month.
    from_month: Month,
    /// The last accounting month.
    to_month: Month,
    /// Your key for this request: sent again, it gives the same proposal and starts nothing.
    idempotency_key: String,
}

impl From<RecalculationCreateInput> for NewSimulation {
    fn from(input: RecalculationCreateInput) -> Self {
        Self {
            kind: Kind::Recalculation,
            name: input.name,
            from: input.from_month.into(),
            to: input.to_month.into(),
            basis: Basis::Current,
            contracts: Vec::new(),
            rates: Vec::new(),
            idempotency_key: input.idempotency_key,
        }
    }
}
