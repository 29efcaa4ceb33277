//! Setting, clearing and looking at configuration.

use chrono::{DateTime, Utc};
use entity::{organisation, party, setting, setting_history, tenant};
use kernel::context::OpContext;
use kernel::failure::{Failure, Outcome};
use kernel::ids::{OrganisationId, PartyId, SettingId};
use kernel::page::{Page, PageRequest};
use kernel::permission::Permission;
use platform::audit;
use platform::db::{OrFail, TenantTx};
use platform::events::outbox;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::{Value, json};
use uuid::Uuid;

use super::effective::{Effective, Level};
use super::key::SettingKey;
use super::keys::{self, BASE_CURRENCY};
use super::store::{effective, effective_all};
use super::value::validate;
use crate::Core;

/// Whose configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// The installation's defaults.
    System,
    /// The tenant of the request.
    Tenant,
    /// An organisation.
    Organisation(OrganisationId),
    /// A rights holder.
    RightsHolder(PartyId),
}

impl Subject {
    /// Its level.
    #[must_use]
    pub const fn level(self) -> Level {
        match self {
            Self::System => Level::System,
            Self::Tenant => Level::Tenant,
            Self::Organisation(_) => Level::Organisation,
            Self::RightsHolder(_) => Level::RightsHolder,
        }
    }

    const fn organisation(self) -> Option<OrganisationId> {
        if let Self::Organisation(id) = self { Some(id) } else { None }
    }

    const fn party(self) -> Option<PartyId> {
        if let Self::RightsHolder(id) = self { Some(id) } else { None }
    }

    const fn uuid(self, ctx: &OpContext) -> Uuid {
        match self {
            Self::System | Self::Tenant => ctx.tenant_id.uuid(),
            Self::Organisation(id) => id.uuid(),
            Self::RightsHolder(id) => id.uuid(),
        }
    }
}

/// A value to be set, or cleared.
#[derive(Debug, Clone)]
pub struct SettingChange {
    /// Where.
    pub subject: Subject,
    /// The name of the key.
    pub key: String,
    /// The version of the value there when it was read; 0 when there was none.
    pub expected_version: i32,
}

/// A value that was set or cleared in the past.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryEntry {
    /// Its id.
    pub id: SettingId,
    /// The value; none when it went back to inheriting.
    pub value: Option<Value>,
    /// Its number at this subject.
    pub version: i32,
    /// Who.
    pub set_by: String,
    /// When.
    pub set_at: DateTime<Utc>,
}

fn known(name: &str) -> Outcome<&'static SettingKey> {
    keys::by_name(name).ok_or_else(|| {
        Failure::not_found("SETTING_UNKNOWN", format!("There is no setting `{name}`.")).at(["input", "key"])
    })
}

fn settable(key: &SettingKey, subject: Subject) -> Outcome<()> {
    if key.allowed_at(subject.level()) {
        return Ok(());
    }
    let levels: Vec<&str> = key.levels.iter().map(|level| level.as_str()).collect();
    Err(Failure::refused(
        "LEVEL_NOT_ALLOWED",
        format!("`{}` can be set at {}, not at {}.", key.key, levels.join(", "), subject.level().as_str()),
    )
    .at(["input", "level"]))
}

/// The subject exists and is of this tenant.
async fn exists(tx: &TenantTx, subject: Subject) -> Outcome<()> {
    let tenant = tx.tenant_id().uuid();
    let found = match subject {
        Subject::System | Subject::Tenant => true,
        Subject::Organisation(id) => {
            organisation::Entity::find_by_id((tenant, id.uuid())).one(tx).await.or_fail()?.is_some()
        }
        Subject::RightsHolder(id) => party::Entity::find_by_id((tenant, id.uuid())).one(tx).await.or_fail()?.is_some(),
    };
    if found {
        Ok(())
    } else {
        Err(Failure::not_found("NOT_FOUND", "There is no such subject.").at(["input", "subjectId"]))
    }
}

async fn find(tx: &TenantTx, ctx: &OpContext, subject: Subject, key: &SettingKey) -> Outcome<Option<setting::Model>> {
    setting::Entity::find()
        .filter(setting::Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(setting::Column::Level.eq(subject.level().as_str()))
        .filter(setting::Column::SubjectId.eq(subject.uuid(ctx)))
        .filter(setting::Column::Key.eq(key.key))
        .one(tx)
        .await
        .or_fail()
}

fn stale(present: i32) -> Failure {
    let message = format!("Somebody changed this since you read it; it is at version {present} now. Read it again.");
    Failure::conflict("STALE_VERSION", message).at(["input", "expectedVersion"])
}

/// Sets a value at one level.
///
/// # Errors
/// `SETTING_UNKNOWN`, `LEVEL_NOT_ALLOWED`, `VALUE_INVALID` (naming key and reason), `NOT_FOUND` (the subject),
/// `STALE_VERSION`, `FORBIDDEN`; database failures.
pub async fn set(ctx: &OpContext, core: &Core, change: SettingChange, value: &Value) -> Outcome<Effective> {
    ctx.require(Permission::SettingManage)?;
    let key = known(&change.key)?;
    settable(key, change.subject)?;
    let value = validate(key.value_type, value).map_err(|reason| {
        Failure::refused("VALUE_INVALID", format!("`{}` {reason}.", key.key)).at(["input", "value"])
    })?;
    let tx = core.db.tenant(ctx).await?;
    exists(&tx, change.subject).await?;
    let before = find(&tx, ctx, change.subject, key).await?;
    let present = before.as_ref().map_or(0, |row| row.version);
    if present != change.expected_version {
        return Err(stale(present));
    }
    let version = next_version(&tx, ctx, change.subject, key).await?;
    save(&tx, ctx, &change, key, (&value, version, before.as_ref())).await?;
    mirror(&tx, change.subject, key, &value).await?;
    remember(&tx, ctx, change.subject, key, (Some(&value), version)).await?;
    finish(tx, ctx, change.subject, key, ("setting.set", before.map(|row| row.value), Some(value))).await
}

async fn save(
    tx: &TenantTx,
    ctx: &OpContext,
    change: &SettingChange,
    key: &SettingKey,
    (value, version, before): (&Value, i32, Option<&setting::Model>),
) -> Outcome<()> {
    let Some(before) = before else {
        let row = setting::ActiveModel {
            tenant_id: Set(tx.tenant_id().uuid()),
            id: Set(SettingId::new().uuid()),
            level: Set(change.subject.level().as_str().to_owned()),
            subject_id: Set(change.subject.uuid(ctx)),
            key: Set(key.key.to_owned()),
            value: Set(value.clone()),
            version: Set(version),
            set_by: Set(ctx.actor.label()),
            set_at: Set(ctx.now),
        };
        let inserted = setting::Entity::insert(row).exec_without_returning(tx).await.or_fail();
        // Somebody set it first.
        return inserted.map(|_| ()).map_err(
            |failure| {
                if failure.code() == "ALREADY_EXISTS" { stale(version) } else { failure }
            },
        );
    };
    let updated = setting::Entity::update_many()
        .col_expr(setting::Column::Value, Expr::value(value.clone()))
        .col_expr(setting::Column::Version, Expr::value(version))
        .col_expr(setting::Column::SetBy, Expr::value(ctx.actor.label()))
        .col_expr(setting::Column::SetAt, Expr::value(ctx.now))
        .filter(setting::Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(setting::Column::Id.eq(before.id))
        .filter(setting::Column::Version.eq(before.version))
        .exec(tx)
        .await
        .or_fail()?;
    if updated.rows_affected == 0 { Err(stale(version)) } else { Ok(()) }
}

/// Clears a value: the level inherits again.
///
/// # Errors
/// `SETTING_UNKNOWN`, `LEVEL_NOT_ALLOWED`, `NOT_SET`, `NOT_FOUND`, `STALE_VERSION`, `FORBIDDEN`; database failures.
pub async fn clear(ctx: &OpContext, core: &Core, change: SettingChange) -> Outcome<Effective> {
    ctx.require(Permission::SettingManage)?;
    let key = known(&change.key)?;
    settable(key, change.subject)?;
    let tx = core.db.tenant(ctx).await?;
    exists(&tx, change.subject).await?;
    let before = find(&tx, ctx, change.subject, key).await?.ok_or_else(|| {
        Failure::refused("NOT_SET", format!("`{}` is not set here; it is inherited.", key.key)).at(["input", "key"])
    })?;
    if before.version != change.expected_version {
        return Err(stale(before.version));
    }
    let deleted = setting::Entity::delete_many()
        .filter(setting::Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(setting::Column::Id.eq(before.id))
        .filter(setting::Column::Version.eq(before.version))
        .exec(&tx)
        .await
        .or_fail()?;
    if deleted.rows_affected == 0 {
        return Err(stale(before.version));
    }
    let version = next_version(&tx, ctx, change.subject, key).await?;
    mirror(&tx, change.subject, key, &key.default_value()).await?;
    remember(&tx, ctx, change.subject, key, (None, version)).await?;
    finish(tx, ctx, change.subject, key, ("setting.clear", Some(before.value), None)).await
}

/// The tenant's row shows the currency of its books: it always says what the setting says.
async fn mirror(tx: &TenantTx, subject: Subject, key: &SettingKey, value: &Value) -> Outcome<()> {
    if subject != Subject::Tenant || *key != BASE_CURRENCY {
        return Ok(());
    }
    tenant::Entity::update_many()
        .col_expr(tenant::Column::BaseCurrency, Expr::value(value.as_str().unwrap_or_default()))
        .col_expr(tenant::Column::Version, Expr::col(tenant::Column::Version).add(1))
        .filter(tenant::Column::TenantId.eq(tx.tenant_id().uuid()))
        .exec(tx)
        .await
        .or_fail()?;
    Ok(())
}

fn of_subject(ctx: &OpContext, subject: Subject, key: &SettingKey) -> Condition {
    use setting_history::Column;
    Condition::all()
        .add(Column::TenantId.eq(ctx.tenant_id.uuid()))
        .add(Column::Level.eq(subject.level().as_str()))
        .add(Column::SubjectId.eq(subject.uuid(ctx)))
        .add(Column::Key.eq(key.key))
}

/// Numbers go on where the history ended, also after a value was cleared.
async fn next_version(tx: &TenantTx, ctx: &OpContext, subject: Subject, key: &SettingKey) -> Outcome<i32> {
    let last = setting_history::Entity::find()
        .filter(of_subject(ctx, subject, key))
        .order_by_desc(setting_history::Column::Version)
        .one(tx)
        .await
        .or_fail()?;
    Ok(last.map_or(1, |row| row.version.saturating_add(1)))
}

/// Writes the history. Its unique version also decides between two who change at once.
async fn remember(
    tx: &TenantTx,
    ctx: &OpContext,
    subject: Subject,
    key: &SettingKey,
    (value, version): (Option<&Value>, i32),
) -> Outcome<()> {
    let row = setting_history::ActiveModel {
        tenant_id: Set(tx.tenant_id().uuid()),
        id: Set(SettingId::new().uuid()),
        level: Set(subject.level().as_str().to_owned()),
        subject_id: Set(subject.uuid(ctx)),
        key: Set(key.key.to_owned()),
        value: Set(value.cloned()),
        version: Set(version),
        set_by: Set(ctx.actor.label()),
        set_at: Set(ctx.now),
    };
    let inserted = setting_history::Entity::insert(row).exec_without_returning(tx).await.or_fail();
    inserted.map(|_| ()).map_err(|failure| if failure.code() == "ALREADY_EXISTS" { stale(version) } else { failure })
}

async fn finish(
    tx: TenantTx,
    ctx: &OpContext,
    subject: Subject,
    key: &'static SettingKey,
    (action, before, after): (&str, Option<Value>, Option<Value>),
) -> Outcome<Effective> {
    let named = |value: Value| json!({ "key": key.key, "level": subject.level().as_str(), "value": value });
    let change = audit::Change {
        action,
        // In the trail of what it was set for.
        entity_kind: if subject.party().is_some() { "PARTY" } else { subject.level().as_str() },
        entity_id: subject.uuid(ctx),
        before: before.map(named),
        after: after.map(named),
    };
    audit::record(&tx, ctx, change).await?;
    outbox::write(&tx, "setting.changed", &json!({ "key": key.key, "level": subject.level().as_str() })).await?;
    let now = effective(&tx, key, subject.organisation(), subject.party()).await?;
    tx.commit().await?;
    Ok(now)
}

/// The tenant's first currency of the books, entered when it is created.
///
/// # Errors
/// Database failures.
pub(crate) async fn found(tx: &TenantTx, ctx: &OpContext, currency: &str) -> Outcome<()> {
    let change = SettingChange { subject: Subject::Tenant, key: BASE_CURRENCY.key.to_owned(), expected_version: 0 };
    let value = json!(currency);
    save(tx, ctx, &change, &BASE_CURRENCY, (&value, 1, None)).await?;
    remember(tx, ctx, Subject::Tenant, &BASE_CURRENCY, (Some(&value), 1)).await
}

/// All keys as they count for a subject.
///
/// # Errors
/// `NOT_FOUND` (the subject), `FORBIDDEN`; database failures.
pub async fn list(ctx: &OpContext, core: &Core, subject: Subject) -> Outcome<Vec<Effective>> {
    ctx.require(Permission::SettingRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    exists(&tx, subject).await?;
    let mut all = effective_all(&tx, subject.organisation(), subject.party()).await?;
    if subject == Subject::System {
        all = keys::KEYS.iter().map(|key| system(key)).collect();
    }
    Ok(all)
}

/// One key as it counts for a subject.
///
/// # Errors
/// `SETTING_UNKNOWN`, `NOT_FOUND` (the subject), `FORBIDDEN`; database failures.
pub async fn get(ctx: &OpContext, core: &Core, key: &str, subject: Subject) -> Outcome<Effective> {
    ctx.require(Permission::SettingRead)?;
    let key = known(key)?;
    let tx = core.db.tenant_read(ctx).await?;
    exists(&tx, subject).await?;
    if subject == Subject::System {
        return Ok(system(key));
    }
    effective(&tx, key, subject.organisation(), subject.party()).await
}

fn system(key: &'static SettingKey) -> Effective {
    super::effective::choose(key, |_, _| None, kernel::ids::TenantId(Uuid::nil()), &[], None)
}

/// What was set and cleared at a subject, newest first.
///
/// # Errors
/// `SETTING_UNKNOWN`, `NOT_FOUND` (the subject), `FORBIDDEN`; database failures.
pub async fn history(
    ctx: &OpContext,
    core: &Core,
    key: &str,
    subject: Subject,
    page: PageRequest,
) -> Outcome<Page<HistoryEntry>> {
    use setting_history::Column;
    ctx.require(Permission::SettingRead)?;
    let key = known(key)?;
    let tx = core.db.tenant_read(ctx).await?;
    exists(&tx, subject).await?;
    let mut condition = of_subject(ctx, subject, key);
    if let Some(after) = &page.after {
        condition = condition.add(Column::Id.lt(after.id));
    }
    if let Some(before) = &page.before {
        condition = condition.add(Column::Id.gt(before.id));
    }
    let query = setting_history::Entity::find().filter(condition).limit(page.size.saturating_add(1));
    let query = if page.from_end { query.order_by_asc(Column::Id) } else { query.order_by_desc(Column::Id) };
    let rows = query.all(&tx).await.or_fail()?;
    Ok(Page::from_fetched(rows, &page).map(|row| HistoryEntry {
        id: row.id.into(),
        value: row.value,
        version: row.version,
        set_by: row.set_by,
        set_at: row.set_at,
    }))
}
