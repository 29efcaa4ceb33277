//! Asking for a simulation or a recalculation.

use engine::check::validate_rates;
use engine::model::{Rate, Rates};
use entity::simulation::{ActiveModel, Entity};
use kernel::context::OpContext;
use kernel::failure::{Failure, Outcome};
use kernel::ids::{ContractId, RateId, SimulationId};
use kernel::limits::NAME_CHARS;
use kernel::period::Month;
use kernel::permission::Permission;
use platform::audit::{self, Change};
use platform::db::{OrFail, TenantTx};
use platform::events::outbox;
use platform::idempotency::{self, Claim};
use platform::jobs::{self, JobOptions};
use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait;
use serde_json::json;

use super::job::ComputeSimulation;
use super::model::{Changes, Simulation, SimulationBasis, SimulationKind, SimulationState, unknown};
use super::read::{finalised_between, find};
use crate::reference::NewRate;
use crate::rights::{NewVersion, rule_change};
use crate::{Core, operations};

/// Most contracts that one simulation changes.
const CHANGES_AT_ONCE: usize = 100;
/// The source of rates that exist only in a simulation.
const SOURCE: &str = "SIMULATION";

/// Another version of a contract.
#[derive(Debug, Clone)]
pub struct VersionChange {
    /// Which contract.
    pub contract_id: ContractId,
    /// What it says during which sale dates.
    pub version: NewVersion,
}

/// What to compute.
#[derive(Debug, Clone)]
pub struct NewSimulation {
    /// What it is for.
    pub kind: SimulationKind,
    /// What to call it.
    pub name: String,
    /// The first accounting month.
    pub from: Month,
    /// The last accounting month.
    pub to: Month,
    /// What the changes are changes of.
    pub basis: SimulationBasis,
    /// Other versions of contracts.
    pub contracts: Vec<VersionChange>,
    /// Other exchange rates.
    pub rates: Vec<NewRate>,
    /// The client's key: asking again with it gives the same simulation.
    pub idempotency_key: String,
}

/// A simulation, and whether it was there before.
#[derive(Debug, Clone)]
pub struct SimulationCreated {
    /// The simulation.
    pub simulation: Simulation,
    /// Whether an earlier request with the same key made it.
    pub is_replay: bool,
}

/// Asks for a simulation over the finalised runs of a span of accounting months. A worker computes it.
///
/// # Errors
/// `NAME_MISSING`, `PERIOD_REVERSED`, `SIMULATION_WITHOUT_CHANGES`, `CHANGES_TOO_MANY`, `NOTHING_FINALISED`, the codes
/// of the checks of contract versions and rates; `NOT_FOUND` for a contract; `IDEMPOTENCY_KEY_REUSED`,
/// `IDEMPOTENCY_KEY_INVALID`; `FORBIDDEN`; database failures.
pub async fn simulation_create(ctx: &OpContext, core: &Core, input: NewSimulation) -> Outcome<SimulationCreated> {
    ctx.require(Permission::RunManage)?;
    let member = ctx.member()?;
    let name = input.name.trim().to_owned();
    check(&input, &name)?;
    let tx = core.db.tenant(ctx).await?;
    let hash = idempotency::input_hash(&asked(&input)?)?;
    let mutation = input.kind.as_str();
    if let Claim::Replay(result) = idempotency::begin(&tx, &input.idempotency_key, mutation, &hash).await? {
        let id = result["simulationId"].as_str().and_then(|text| text.parse::<SimulationId>().ok());
        let id = id.ok_or_else(|| Failure::internal("an idempotency key without its simulation"))?;
        let simulation = find(&tx, id).await?.ok_or_else(unknown)?;
        return Ok(SimulationCreated { simulation, is_replay: true });
    }
    if finalised_between(&tx, input.from, input.to).await?.is_empty() {
        let message = format!("No run of {} to {} is finalised: there is no history to compute.", input.from, input.to);
        return Err(Failure::refused("NOTHING_FINALISED", message).at(["input", "fromMonth"]));
    }
    let changes = changes(&tx, &input).await?;
    let changes = serde_json::to_value(&changes).map_err(|error| Failure::internal("changes").because(error))?;
    let id = SimulationId::new();
    let operation_id = operations::create(&tx, "simulation.compute", Some(id.to_string())).await?;
    Entity::insert(ActiveModel {
        tenant_id: Set(ctx.tenant_id.uuid()),
        id: Set(id.uuid()),
        operation_id: Set(operation_id.uuid()),
        kind: Set(input.kind.as_str().to_owned()),
        name: Set(name.clone()),
        state: Set(SimulationState::Queued.as_str().to_owned()),
        month_from: Set(input.from.first_day()),
        month_to: Set(input.to.first_day()),
        changes: Set(changes),
        run_count: Set(0),
        line_count: Set(0),
        changed_line_count: Set(0),
        version: Set(1),
        created_by: Set(member.uuid()),
        created_at: Set(ctx.now),
        ..Default::default()
    })
    .exec_without_returning(&tx)
    .await
    .or_fail()?;
    let job = ComputeSimulation { simulation_id: id, operation_id };
    jobs::enqueue(&tx, &job, JobOptions { queue: Some("simulation".to_owned()), ..JobOptions::default() }).await?;
    audit::record(
        &tx,
        ctx,
        Change {
            action: "simulation.create",
            entity_kind: "SIMULATION",
            entity_id: id.uuid(),
            before: None,
            after: Some(json!({ "kind": input.kind, "name": name, "from": input.from, "to": input.to })),
        },
    )
    .await?;
    outbox::write(&tx, "simulation.created", &json!({ "simulationId": id.to_string() })).await?;
    idempotency::finish(&tx, &input.idempotency_key, &json!({ "simulationId": id.to_string() })).await?;
    let simulation = find(&tx, id).await?.ok_or_else(unknown)?;
    tx.commit().await?;
    Ok(SimulationCreated { simulation, is_replay: false })
}

fn check(input: &NewSimulation, name: &str) -> Outcome<()> {
    let refused = |code, message: String, field: &str| Err(Failure::refused(code, message).at(["input", field]));
    if name.is_empty() || name.chars().count() > NAME_CHARS {
        return refused("NAME_MISSING", format!("Give it a name of 1 to {NAME_CHARS} characters."), "name");
    }
    if input.to < input.from {
        let message = format!("The span ends with {}, before it begins with {}.", input.to, input.from);
        return refused("PERIOD_REVERSED", message, "toMonth");
    }
    let changes = input.contracts.len() + input.rates.len();
    if changes == 0 && input.basis == SimulationBasis::Recorded {
        let message = "Nothing is different: change a contract or a rate, or take the rules as they are now.";
        return refused("SIMULATION_WITHOUT_CHANGES", message.to_owned(), "contracts");
    }
    if input.contracts.len() > CHANGES_AT_ONCE {
        let message = format!("At most {CHANGES_AT_ONCE} contracts at once, not {}.", input.contracts.len());
        return refused("CHANGES_TOO_MANY", message, "contracts");
    }
    Ok(())
}

/// What was asked for, without the ids that every request makes anew.
fn asked(input: &NewSimulation) -> Outcome<serde_json::Value> {
    let mut contracts = Vec::with_capacity(input.contracts.len());
    for change in &input.contracts {
        contracts.push(json!([change.contract_id, change.version.fingerprint()?]));
    }
    let rates: Vec<_> = input.rates.iter().map(|one| json!([one.base, one.quote, one.on, one.rate])).collect();
    Ok(json!({
        "name": input.name, "from": input.from, "to": input.to, "basis": input.basis,
        "contracts": contracts, "rates": rates,
    }))
}

async fn changes(tx: &TenantTx, input: &NewSimulation) -> Outcome<Changes> {
    let mut contracts = Vec::with_capacity(input.contracts.len());
    for (position, change) in input.contracts.iter().enumerate() {
        let path = ["input", "contracts", &position.to_string()];
        contracts.push(rule_change(tx, change.contract_id, change.version.clone(), &path).await?);
    }
    let rates: Vec<Rate> = input
        .rates
        .iter()
        .map(|one| Rate {
            id: RateId::new(),
            base: one.base,
            quote: one.quote,
            date: one.on,
            rate: one.rate.normalize(),
            source: SOURCE.to_owned(),
        })
        .collect();
    let set = Rates::new(rates, None);
    let found = validate_rates(&set);
    if !found.is_empty() {
        return Err(Failure::findings(found.into_iter().map(crate::reference::in_input).collect()));
    }
    Ok(Changes { basis: input.basis, contracts, rates: set.rates })
}
