//! Sources made and changed by people.

use entity::source::{ActiveModel, Column, Entity};
use kernel::context::OpContext;
use kernel::failure::{Failure, Outcome};
use kernel::ids::SourceId;
use kernel::limits::{NAME_CHARS, SOURCES};
use kernel::permission::Permission;
use platform::audit::{self, Change};
use platform::db::{OrFail, TenantTx};
use platform::events::outbox;
use platform::secrets::Secret;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;

use super::method::Method;
use super::model::{CredentialName, Source, SourceState};
use super::read::{find, must_find};
use super::{credentials, schedule};
use crate::Core;

/// A source to be made.
#[derive(Debug, Clone)]
pub struct NewSource {
    /// What people call it; once in the tenant.
    pub name: String,
    /// Whose reports they are.
    pub provider: String,
    /// How they are fetched.
    pub method: Method,
    /// When, as a cron expression; none for by hand only.
    pub schedule: Option<String>,
    /// The time zone of schedule and deadline.
    pub time_zone: String,
    /// By when a new report must have come, each time, as a cron expression.
    pub deadline: Option<String>,
    /// How often a failed run is tried.
    pub max_attempts: i32,
    /// Its credentials.
    pub credentials: Vec<(CredentialName, Secret)>,
}

/// What to change at a source. `None` leaves a thing as it is; for schedule and deadline the inner `None` takes it away.
#[derive(Debug, Clone, Default)]
pub struct SourceChange {
    /// A new name.
    pub name: Option<String>,
    /// Another provider.
    pub provider: Option<String>,
    /// Other settings; of the same method, or of another one.
    pub method: Option<Method>,
    /// Another schedule.
    pub schedule: Option<Option<String>>,
    /// Another time zone.
    pub time_zone: Option<String>,
    /// Another deadline.
    pub deadline: Option<Option<String>>,
    /// Another number of attempts.
    pub max_attempts: Option<i32>,
}

fn name(text: &str, field: &str) -> Outcome<String> {
    let name = text.trim();
    if name.is_empty() || name.chars().count() > NAME_CHARS || name.contains(char::is_control) {
        let message = format!("Give a name of 1 to {NAME_CHARS} characters.");
        return Err(Failure::refused("SOURCE_NAME_INVALID", message).at(["input", field]));
    }
    Ok(name.to_owned())
}

fn attempts(count: i32) -> Outcome<i32> {
    if (1..=25).contains(&count) {
        return Ok(count);
    }
    Err(Failure::refused("SOURCE_ATTEMPTS_INVALID", "A run is tried 1 to 25 times.").at(["input", "maxAttempts"]))
}

/// Checks that both times can be read; what the schedule says is reckoned when the source is enabled.
fn check_times(source: &Source, ctx: &OpContext) -> Outcome<()> {
    schedule::zone(&source.time_zone).map_err(|finding| Failure::findings(vec![finding]))?;
    if let Some(text) = &source.schedule {
        if !source.method.is_pull() {
            let message = "Uploads and webhooks come by themselves: this method has no schedule.";
            return Err(Failure::refused("SCHEDULE_INVALID", message).at(["input", "schedule"]));
        }
        schedule::next(text, &source.time_zone, "schedule", ctx.now)?;
    }
    if let Some(text) = &source.deadline {
        schedule::next(text, &source.time_zone, "deadline", ctx.now)?;
    }
    Ok(())
}

fn settings(method: &Method) -> Outcome<serde_json::Value> {
    serde_json::to_value(method).map_err(|error| Failure::internal(format!("settings of a source: {error}")))
}

const NAMES: &[(&str, &str, &str)] =
    &[("source_tenant_id_name_key", "SOURCE_NAME_TAKEN", "Another source has this name: take another one.")];

/// Makes a source. It is disabled until somebody enables it.
///
/// # Errors
/// `SOURCE_NAME_INVALID`, `SOURCE_NAME_TAKEN`, `SOURCE_METHOD_INVALID`, `SCHEDULE_INVALID`, `TIME_ZONE_UNKNOWN`,
/// `SOURCE_ATTEMPTS_INVALID`, `CREDENTIAL_INVALID`, `SOURCES_TOO_MANY`, `FORBIDDEN`; database failures.
pub async fn source_create(ctx: &OpContext, core: &Core, input: NewSource) -> Outcome<Source> {
    ctx.require(Permission::SourceManage)?;
    input.method.check()?;
    let source = Source {
        id: SourceId::new(),
        name: name(&input.name, "name")?,
        provider: name(&input.provider, "provider")?,
        method: input.method,
        state: SourceState::Disabled,
        schedule: input.schedule,
        time_zone: input.time_zone,
        next_run_at: None,
        deadline: input.deadline,
        next_deadline_at: None,
        max_attempts: attempts(input.max_attempts)?,
        last_file_at: None,
        version: 1,
        created_at: ctx.now,
        updated_at: ctx.now,
    };
    check_times(&source, ctx)?;
    let tx = core.db.tenant(ctx).await?;
    let known = Entity::find().filter(Column::TenantId.eq(ctx.tenant_id.uuid())).count(&tx).await.or_fail()?;
    if known >= SOURCES {
        return Err(Failure::refused("SOURCES_TOO_MANY", format!("A tenant has at most {SOURCES} sources.")));
    }
    let row = ActiveModel {
        tenant_id: Set(ctx.tenant_id.uuid()),
        id: Set(source.id.uuid()),
        name: Set(source.name.clone()),
        provider: Set(source.provider.clone()),
        method: Set(source.method.kind().to_owned()),
        config: Set(settings(&source.method)?),
        state: Set(source.state.as_str().to_owned()),
        schedule: Set(source.schedule.clone()),
        time_zone: Set(source.time_zone.clone()),
        next_run_at: Set(None),
        deadline: Set(source.deadline.clone()),
        next_deadline_at: Set(None),
        max_attempts: Set(source.max_attempts),
        position: Set(None),
        last_file_at: Set(None),
        version: Set(1),
        created_by: Set(ctx.actor.label()),
        created_at: Set(ctx.now),
        updated_at: Set(ctx.now),
    };
    Entity::insert(row).exec_without_returning(&tx).await.or_fail_on(NAMES)?;
    credentials::set(&tx, ctx, core, source.id, &source.method, &input.credentials).await?;
    told(&tx, ctx, "source.create", &source, None).await?;
    tx.commit().await?;
    Ok(source)
}

async fn told(tx: &TenantTx, ctx: &OpContext, action: &str, after: &Source, before: Option<&Source>) -> Outcome<()> {
    let shape = |source: &Source| {
        json!({
            "name": source.name, "provider": source.provider, "method": source.method, "state": source.state.as_str(),
            "schedule": source.schedule, "timeZone": source.time_zone, "deadline": source.deadline,
            "maxAttempts": source.max_attempts,
        })
    };
    let change = Change {
        action,
        entity_kind: "SOURCE",
        entity_id: after.id.uuid(),
        before: before.map(shape),
        after: Some(shape(after)),
    };
    audit::record(tx, ctx, change).await?;
    outbox::write(tx, "source.changed", &json!({ "sourceId": after.id.to_string() })).await
}

/// Changes a source. An enabled one follows its new schedule from now on.
///
/// # Errors
/// Those of [`source_create`]; `NOT_FOUND`, `STALE_VERSION`.
pub async fn source_change(
    ctx: &OpContext,
    core: &Core,
    id: SourceId,
    expected_version: i32,
    input: SourceChange,
) -> Outcome<Source> {
    ctx.require(Permission::SourceManage)?;
    let tx = core.db.tenant(ctx).await?;
    let before = must_find(&tx, id).await?;
    let mut after = before.clone();
    if let Some(text) = input.name {
        after.name = name(&text, "name")?;
    }
    if let Some(text) = input.provider {
        after.provider = name(&text, "provider")?;
    }
    if let Some(method) = input.method {
        method.check()?;
        after.method = method;
    }
    after.schedule = input.schedule.unwrap_or(after.schedule);
    after.time_zone = input.time_zone.unwrap_or(after.time_zone);
    after.deadline = input.deadline.unwrap_or(after.deadline);
    if let Some(count) = input.max_attempts {
        after.max_attempts = attempts(count)?;
    }
    check_times(&after, ctx)?;
    if before.method.kind() != after.method.kind() {
        // Credentials and position of one method mean nothing to another one.
        credentials::forget(&tx, id).await?;
        after.state = SourceState::Disabled;
    }
    let forget_position = before.method != after.method;
    save(&tx, ctx, expected_version, &mut after, forget_position).await?;
    told(&tx, ctx, "source.change", &after, Some(&before)).await?;
    tx.commit().await?;
    Ok(after)
}

/// Writes a source with the moments that follow from its state, if it still has the expected version.
async fn save(
    tx: &TenantTx,
    ctx: &OpContext,
    expected_version: i32,
    source: &mut Source,
    forget_position: bool,
) -> Outcome<()> {
    let enabled = source.state == SourceState::Enabled;
    let moment = |text: &Option<String>, field| match text {
        Some(text) if enabled => schedule::next(text, &source.time_zone, field, ctx.now).map(Some),
        _ => Ok(None),
    };
    source.next_run_at = moment(&source.schedule, "schedule")?;
    source.next_deadline_at = moment(&source.deadline, "deadline")?;
    source.updated_at = ctx.now;
    let mut update = Entity::update_many()
        .col_expr(Column::Name, Expr::value(source.name.clone()))
        .col_expr(Column::Provider, Expr::value(source.provider.clone()))
        .col_expr(Column::Method, Expr::value(source.method.kind()))
        .col_expr(Column::Config, Expr::value(settings(&source.method)?))
        .col_expr(Column::State, Expr::value(source.state.as_str()))
        .col_expr(Column::Schedule, Expr::value(source.schedule.clone()))
        .col_expr(Column::TimeZone, Expr::value(source.time_zone.clone()))
        .col_expr(Column::NextRunAt, Expr::value(source.next_run_at))
        .col_expr(Column::Deadline, Expr::value(source.deadline.clone()))
        .col_expr(Column::NextDeadlineAt, Expr::value(source.next_deadline_at))
        .col_expr(Column::MaxAttempts, Expr::value(source.max_attempts))
        .col_expr(Column::UpdatedAt, Expr::value(ctx.now))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1));
    if forget_position {
        update = update.col_expr(Column::Position, Expr::value(Option::<serde_json::Value>::None));
    }
    let saved = update
        .filter(Column::TenantId.eq(ctx.tenant_id.uuid()))
        .filter(Column::Id.eq(source.id.uuid()))
        .filter(Column::Version.eq(expected_version))
        .exec(tx)
        .await
        .or_fail_on(NAMES)?;
    if saved.rows_affected == 0 {
        return Err(Failure::conflict(
            "STALE_VERSION",
            "Somebody changed the source since it was read: read it again.",
        )
        .at(["input", "expectedVersion"]));
    }
    source.version = expected_version + 1;
    Ok(())
}

/// Lets a source be collected from. A method that goes and looks by itself needs its credentials first.
///
/// # Errors
/// `NOT_FOUND`, `STALE_VERSION`, `CREDENTIAL_MISSING`, `FORBIDDEN`; database failures.
pub async fn source_enable(ctx: &OpContext, core: &Core, id: SourceId, expected_version: i32) -> Outcome<Source> {
    turn(ctx, core, id, expected_version, SourceState::Enabled, "source.enable").await
}

/// Stops collecting from a source. What is under way ends by itself.
///
/// # Errors
/// `NOT_FOUND`, `STALE_VERSION`, `FORBIDDEN`; database failures.
pub async fn source_disable(ctx: &OpContext, core: &Core, id: SourceId, expected_version: i32) -> Outcome<Source> {
    turn(ctx, core, id, expected_version, SourceState::Disabled, "source.disable").await
}

async fn turn(
    ctx: &OpContext,
    core: &Core,
    id: SourceId,
    expected_version: i32,
    state: SourceState,
    action: &str,
) -> Outcome<Source> {
    ctx.require(Permission::SourceManage)?;
    let tx = core.db.tenant(ctx).await?;
    let before = must_find(&tx, id).await?;
    if state == SourceState::Enabled {
        credentials::require_complete(&tx, id, &before.method).await?;
    }
    let mut after = before.clone();
    after.state = state;
    save(&tx, ctx, expected_version, &mut after, false).await?;
    told(&tx, ctx, action, &after, Some(&before)).await?;
    tx.commit().await?;
    Ok(after)
}

/// Sets credentials; those that are not named stay. Nobody can read them back.
///
/// # Errors
/// `NOT_FOUND`, `CREDENTIAL_INVALID`, `FORBIDDEN`; database failures.
pub async fn source_credentials_set(
    ctx: &OpContext,
    core: &Core,
    id: SourceId,
    new: Vec<(CredentialName, Secret)>,
) -> Outcome<Source> {
    ctx.require(Permission::SourceManage)?;
    let tx = core.db.tenant(ctx).await?;
    let source = find(&tx, id).await?.ok_or_else(super::read::unknown)?;
    credentials::set(&tx, ctx, core, id, &source.method, &new).await?;
    let names: Vec<&str> = new.iter().map(|(name, _)| name.as_str()).collect();
    let change = Change {
        action: "source.credentials",
        entity_kind: "SOURCE",
        entity_id: id.uuid(),
        before: None,
        after: Some(json!({ "set": names })),
    };
    audit::record(&tx, ctx, change).await?;
    tx.commit().await?;
    Ok(source)
}
