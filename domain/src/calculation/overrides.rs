//! Amounts that a person enters for a payee, with a reason; a second person decides. What is approved enters a run.

use chrono::{DateTime, Utc};
use engine::model::Override;
use entity::royalty_override::{ActiveModel, Column, Entity, Model};
use entity::{contract, party};
use kernel::context::OpContext;
use kernel::currency::Currency;
use kernel::failure::{Failure, Outcome};
use kernel::ids::{AdjustmentId, ContractId, MemberId, PartyId, RunId, SimulationId};
use kernel::money::Money;
use kernel::page::{Page, PageRequest};
use kernel::period::Month;
use kernel::permission::Permission;
use platform::audit::{self, Change};
use platform::db::{OrFail, TenantTx};
use platform::events::outbox;
use platform::idempotency::{self, Claim};
use rust_decimal::Decimal;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::Serialize;
use serde_json::json;

use crate::Core;

/// Most characters of a reason.
const REASON_CHARS: usize = 2_000;

/// Where a correction stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OverrideState {
    /// Waiting for a second person.
    Proposed,
    /// Enters the next run of its month or later.
    Approved,
    /// Turned down.
    Rejected,
}

impl OverrideState {
    /// The name in data.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Proposed => "PROPOSED",
            Self::Approved => "APPROVED",
            Self::Rejected => "REJECTED",
        }
    }
}

/// A correction of what a payee gets under a contract.
#[derive(Debug, Clone)]
pub struct RoyaltyOverride {
    /// Its id.
    pub id: AdjustmentId,
    /// The contract.
    pub contract_id: ContractId,
    /// The payee.
    pub party_id: PartyId,
    /// The first accounting month it may enter.
    pub month: Month,
    /// How much, either sign.
    pub amount: Money,
    /// Why.
    pub reason: String,
    /// The recalculation that found it.
    pub simulation_id: Option<SimulationId>,
    /// Where it stands.
    pub state: OverrideState,
    /// Raised by every change.
    pub version: i32,
    /// Who proposed it.
    pub created_by: MemberId,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Who decided.
    pub decided_by: Option<MemberId>,
    /// When.
    pub decided_at: Option<DateTime<Utc>>,
    /// The finalised run that took it.
    pub run_id: Option<RunId>,
}

impl TryFrom<Model> for RoyaltyOverride {
    type Error = Failure;

    fn try_from(row: Model) -> Outcome<Self> {
        let currency = Currency::parse(&row.currency).map_err(|error| Failure::internal(error.to_string()))?;
        Ok(Self {
            id: row.id.into(),
            contract_id: row.contract_id.into(),
            party_id: row.party_id.into(),
            month: Month::of(row.accounting_month),
            amount: Money { amount: row.amount, currency },
            reason: row.reason,
            simulation_id: row.simulation_id.map(SimulationId::from),
            state: match row.state.as_str() {
                "APPROVED" => OverrideState::Approved,
                "REJECTED" => OverrideState::Rejected,
                _ => OverrideState::Proposed,
            },
            version: row.version,
            created_by: row.created_by.into(),
            created_at: row.created_at,
            decided_by: row.decided_by.map(MemberId::from),
            decided_at: row.decided_at,
            run_id: row.run_id.map(RunId::from),
        })
    }
}

/// A correction to be proposed.
#[derive(Debug, Clone, Serialize)]
pub struct NewOverride {
    /// The contract.
    pub contract_id: ContractId,
    /// The payee.
    pub party_id: PartyId,
    /// The first accounting month it may enter.
    pub month: Month,
    /// How much, in the currency of the contract, in whole minor units; either sign.
    pub amount: Decimal,
    /// Why: the payee reads that it is a correction, the auditor reads this.
    pub reason: String,
    /// The client's key: asking again with it gives the same correction.
    #[serde(skip)]
    pub idempotency_key: String,
}

fn unknown() -> Failure {
    Failure::not_found("NOT_FOUND", "There is no such correction.").at(["input", "id"])
}

async fn find(tx: &TenantTx, id: AdjustmentId) -> Outcome<RoyaltyOverride> {
    let row = Entity::find_by_id((tx.tenant_id().uuid(), id.uuid())).one(tx).await.or_fail()?;
    RoyaltyOverride::try_from(row.ok_or_else(unknown)?)
}

/// Proposes a correction. Nothing happens until a second person approves it.
///
/// # Errors
/// `REASON_MISSING`, `AMOUNT_INVALID`, `MONTH_CLOSED`, `REFERENCE_INVALID` for a contract or party that does not exist;
/// `IDEMPOTENCY_KEY_REUSED`, `IDEMPOTENCY_KEY_INVALID`; `FORBIDDEN`; database failures.
pub async fn override_propose(ctx: &OpContext, core: &Core, input: NewOverride) -> Outcome<RoyaltyOverride> {
    ctx.require(Permission::RunManage)?;
    let member = ctx.member()?;
    let reason = input.reason.trim().to_owned();
    if reason.is_empty() || reason.chars().count() > REASON_CHARS {
        let message = format!("Say in 1 to {REASON_CHARS} characters why.");
        return Err(Failure::refused("REASON_MISSING", message).at(["input", "reason"]));
    }
    let tx = core.db.tenant(ctx).await?;
    let hash = idempotency::input_hash(&input)?;
    if let Claim::Replay(stored) =
        idempotency::begin(&tx, &input.idempotency_key, "royaltyOverridePropose", &hash).await?
    {
        let id = stored["overrideId"].as_str().and_then(|text| text.parse().ok());
        return find(&tx, id.ok_or_else(|| Failure::internal("an idempotency key without its correction"))?).await;
    }
    super::create::refuse_closed(&tx, input.month).await?;
    let tenant = ctx.tenant_id.uuid();
    let owner = contract::Entity::find_by_id((tenant, input.contract_id.uuid())).one(&tx).await.or_fail()?;
    let missing = |field: &str| Failure::refused("REFERENCE_INVALID", "There is no such thing.").at(["input", field]);
    let owner = owner.ok_or_else(|| missing("contractId"))?;
    if party::Entity::find_by_id((tenant, input.party_id.uuid())).one(&tx).await.or_fail()?.is_none() {
        return Err(missing("partyId"));
    }
    let currency = Currency::parse(&owner.currency).map_err(|error| Failure::internal(error.to_string()))?;
    if input.amount.is_zero() || input.amount.normalize().scale() > currency.exponent() {
        let message = format!("The amount is not zero and has at most {} decimal places.", currency.exponent());
        return Err(Failure::refused("AMOUNT_INVALID", message).at(["input", "amount"]));
    }
    let id = AdjustmentId::new();
    Entity::insert(ActiveModel {
        tenant_id: Set(tenant),
        id: Set(id.uuid()),
        contract_id: Set(input.contract_id.uuid()),
        party_id: Set(input.party_id.uuid()),
        accounting_month: Set(input.month.first_day()),
        amount: Set(input.amount),
        currency: Set(currency.code().to_owned()),
        reason: Set(reason.clone()),
        simulation_id: Set(None),
        state: Set(OverrideState::Proposed.as_str().to_owned()),
        version: Set(1),
        created_by: Set(member.uuid()),
        created_at: Set(ctx.now),
        ..Default::default()
    })
    .exec_without_returning(&tx)
    .await
    .or_fail()?;
    let what = json!({ "contractId": input.contract_id.to_string(), "partyId": input.party_id.to_string(), "amount": input.amount, "reason": reason });
    trail(&tx, ctx, "royalty_override.propose", id, what).await?;
    idempotency::finish(&tx, &input.idempotency_key, &json!({ "overrideId": id.to_string() })).await?;
    let row = find(&tx, id).await?;
    tx.commit().await?;
    Ok(row)
}

/// Approves or rejects a correction. Whoever proposed it cannot.
///
/// # Errors
/// `SECOND_PERSON_REQUIRED`, `OVERRIDE_DECIDED`, `STALE_VERSION`, `NOT_FOUND`; `FORBIDDEN`; database failures.
pub async fn override_decide(
    ctx: &OpContext,
    core: &Core,
    id: AdjustmentId,
    expected: i32,
    approve: bool,
) -> Outcome<RoyaltyOverride> {
    ctx.require(Permission::RunApprove)?;
    let member = ctx.member()?;
    let tx = core.db.tenant(ctx).await?;
    let row = find(&tx, id).await?;
    if row.state != OverrideState::Proposed {
        let message = format!("It is {} already.", row.state.as_str().to_lowercase());
        return Err(Failure::refused("OVERRIDE_DECIDED", message).at(["input", "id"]));
    }
    if row.created_by == member {
        let message = "Who proposed a correction cannot decide on it: somebody else has to.";
        return Err(Failure::refused("SECOND_PERSON_REQUIRED", message).at(["input", "id"]));
    }
    let state = if approve { OverrideState::Approved } else { OverrideState::Rejected };
    let done = Entity::update_many()
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .col_expr(Column::State, Expr::value(state.as_str()))
        .col_expr(Column::DecidedBy, Expr::value(member.uuid()))
        .col_expr(Column::DecidedByName, Expr::value(ctx.actor.label()))
        .col_expr(Column::DecidedAt, Expr::value(ctx.now))
        .filter(Column::TenantId.eq(ctx.tenant_id.uuid()))
        .filter(Column::Id.eq(id.uuid()))
        .filter(Column::Version.eq(expected))
        .exec(&tx)
        .await
        .or_fail()?;
    if done.rows_affected == 0 {
        let message = "Somebody changed the correction since you read it: read it again.";
        return Err(Failure::conflict("STALE_VERSION", message).at(["input", "expectedVersion"]));
    }
    trail(&tx, ctx, "royalty_override.decide", id, json!({ "state": state.as_str() })).await?;
    let row = find(&tx, id).await?;
    tx.commit().await?;
    Ok(row)
}

async fn trail(
    tx: &TenantTx,
    ctx: &OpContext,
    action: &'static str,
    id: AdjustmentId,
    what: serde_json::Value,
) -> Outcome<()> {
    let entry =
        Change { action, entity_kind: "ROYALTY_OVERRIDE", entity_id: id.uuid(), before: None, after: Some(what) };
    audit::record(tx, ctx, entry).await?;
    outbox::write(tx, action, &json!({ "overrideId": id.to_string() })).await
}

/// Lists corrections, newest first.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn overrides(ctx: &OpContext, core: &Core, page: PageRequest) -> Outcome<Page<RoyaltyOverride>> {
    ctx.require(Permission::RunRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let mut condition = Condition::all().add(Column::TenantId.eq(ctx.tenant_id.uuid()));
    if let Some(after) = &page.after {
        condition = condition.add(Column::Id.lt(after.id));
    }
    if let Some(before) = &page.before {
        condition = condition.add(Column::Id.gt(before.id));
    }
    let query = Entity::find().filter(condition).limit(page.size.saturating_add(1));
    let query = if page.from_end { query.order_by_asc(Column::Id) } else { query.order_by_desc(Column::Id) };
    let rows = query.all(&tx).await.or_fail()?;
    let rows = rows.into_iter().map(RoyaltyOverride::try_from).collect::<Outcome<Vec<_>>>()?;
    Ok(Page::from_fetched(rows, &page))
}

/// The approved corrections that a run of a month takes: those of the month and before that no finalised run took.
pub(super) async fn due(tx: &TenantTx, month: Month) -> Outcome<Vec<Override>> {
    let rows = Entity::find()
        .filter(Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(Column::State.eq(OverrideState::Approved.as_str()))
        .filter(Column::RunId.is_null())
        .filter(Column::AccountingMonth.lte(month.first_day()))
        .order_by_asc(Column::Id)
        .all(tx)
        .await
        .or_fail()?;
    Ok(rows
        .into_iter()
        .map(|row| Override {
            name: AdjustmentId(row.id).to_string(),
            contract_id: row.contract_id.into(),
            party_id: row.party_id.into(),
            amount: row.amount.normalize(),
            reason: row.reason,
            approved_by: row.decided_by_name.unwrap_or_default(),
        })
        .collect())
}

/// Marks the corrections that a run takes; how many were still to be taken.
pub(super) async fn take(tx: &TenantTx, run: RunId, taken: &[Override]) -> Outcome<u64> {
    let ids: Vec<uuid::Uuid> =
        taken.iter().filter_map(|one| one.name.parse::<AdjustmentId>().ok()).map(|id| id.uuid()).collect();
    if ids.is_empty() {
        return Ok(0);
    }
    let done = Entity::update_many()
        .col_expr(Column::RunId, Expr::value(run.uuid()))
        .filter(Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(Column::Id.is_in(ids))
        .filter(Column::RunId.is_null())
        .exec(tx)
        .await
        .or_fail()?;
    Ok(done.rows_affected)
}
