//! Members: people with one role each. Only an owner changes them, and one owner always stays.

use chrono::{DateTime, Utc};
use entity::member::{ActiveModel, Column, Entity, Model};
use entity::member_party;
use kernel::context::OpContext;
use kernel::failure::{Failure, Outcome};
use kernel::ids::{LoginId, MemberId, PartyId};
use kernel::page::{Page, PageRequest};
use kernel::permission::{Permission, Role};
use platform::audit;
use platform::db::{OrFail, TenantTx, sql};
use platform::events::outbox;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::{Value, json};

use super::model::{
    Member, MemberChange, MemberFilter, MemberStatus, NewMember, check_parties, checked_email, checked_name,
};
use super::tenants::ensure_login;
use crate::Core;

fn missing() -> Failure {
    Failure::not_found("NOT_FOUND", "There is no such member.").at(["input", "id"])
}

/// Somebody was faster.
pub(super) fn stale(present: i32) -> Failure {
    let message = format!("Somebody changed this since you read it; it is at version {present} now. Read it again.");
    Failure::conflict("STALE_VERSION", message).at(["input", "expectedVersion"])
}

fn shape(row: Model, parties: Vec<PartyId>) -> Outcome<Member> {
    Ok(Member {
        id: row.id.into(),
        login_id: row.login_id.into(),
        email: row.email,
        display_name: row.display_name,
        role: Role::from_name(&row.role).ok_or_else(|| Failure::internal(format!("unknown role: {}", row.role)))?,
        status: MemberStatus::from_name(&row.status)?,
        parties,
        version: row.version,
        created_at: row.created_at,
    })
}

fn as_json(member: &Member) -> Value {
    json!({
        "email": member.email, "displayName": member.display_name, "role": member.role.as_str(),
        "status": member.status.as_str(), "version": member.version,
        "parties": member.parties.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}

/// Adds the parties of several members with one query.
async fn with_parties(tx: &TenantTx, rows: Vec<Model>) -> Outcome<Vec<Member>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let links = member_party::Entity::find()
        .filter(member_party::Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(member_party::Column::MemberId.is_in(rows.iter().map(|row| row.id)))
        .order_by_asc(member_party::Column::PartyId)
        .all(tx)
        .await
        .or_fail()?;
    let parties = |id| links.iter().filter(|link| link.member_id == id).map(|link| link.party_id.into()).collect();
    rows.into_iter()
        .map(|row| {
            let own = parties(row.id);
            shape(row, own)
        })
        .collect()
}

async fn find(tx: &TenantTx, id: MemberId) -> Outcome<Option<Member>> {
    let row = Entity::find_by_id((tx.tenant_id().uuid(), id.uuid())).one(tx).await.or_fail()?;
    Ok(with_parties(tx, row.into_iter().collect()).await?.pop())
}

/// Whether the tenant has a member at all.
pub(super) async fn any(tx: &TenantTx) -> Outcome<bool> {
    let one = Entity::find().filter(Column::TenantId.eq(tx.tenant_id().uuid())).one(tx).await.or_fail()?;
    Ok(one.is_some())
}

pub(super) async fn insert(
    tx: &TenantTx,
    id: MemberId,
    login: LoginId,
    (email, display_name): (&str, &str),
    role: Role,
    now: DateTime<Utc>,
) -> Outcome<()> {
    let row = ActiveModel {
        tenant_id: Set(tx.tenant_id().uuid()),
        id: Set(id.uuid()),
        login_id: Set(login.uuid()),
        email: Set(email.to_owned()),
        display_name: Set(display_name.to_owned()),
        role: Set(role.as_str().to_owned()),
        status: Set(MemberStatus::Active.as_str().to_owned()),
        version: Set(1),
        created_at: Set(now),
    };
    let known = [("member_tenant_id_login_id_key", "EMAIL_TAKEN", "This person is or was a member here already.")];
    Entity::insert(row).exec_without_returning(tx).await.or_fail_on(&known)?;
    Ok(())
}

async fn set_parties(tx: &TenantTx, member: MemberId, parties: &[PartyId]) -> Outcome<()> {
    member_party::Entity::delete_many()
        .filter(member_party::Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(member_party::Column::MemberId.eq(member.uuid()))
        .exec(tx)
        .await
        .or_fail()?;
    let mut distinct = parties.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    if distinct.is_empty() {
        return Ok(());
    }
    let rows = distinct.iter().map(|party| member_party::ActiveModel {
        tenant_id: Set(tx.tenant_id().uuid()),
        member_id: Set(member.uuid()),
        party_id: Set(party.uuid()),
    });
    member_party::Entity::insert_many(rows).exec_without_returning(tx).await.or_fail().map_err(|failure| {
        if failure.code() == "REFERENCE_INVALID" {
            Failure::refused("PARTY_UNKNOWN", "There is no such party.").at(["input", "partyIds"])
        } else {
            failure
        }
    })?;
    Ok(())
}

/// Adds a member. A person who is a member of another tenant keeps the password of there.
///
/// # Errors
/// `EMAIL_INVALID`, `EMAIL_TAKEN`, `NAME_INVALID`, `PASSWORD_INVALID`, `PARTIES_REQUIRED`, `PARTIES_NOT_ALLOWED`,
/// `PARTY_UNKNOWN`, `FORBIDDEN`; database failures.
pub async fn member_create(ctx: &OpContext, core: &Core, input: NewMember) -> Outcome<Member> {
    ctx.require(Permission::TenantManage)?;
    let email = checked_email(&input.email, "email")?;
    let name = checked_name(&input.display_name, "displayName")?;
    check_parties(input.role, &input.parties)?;
    let login = ensure_login(core, &email, input.password, "password", ctx.now).await?;
    let id = MemberId::new();
    let tx = core.db.tenant(ctx).await?;
    insert(&tx, id, login, (&email, &name), input.role, ctx.now)
        .await
        .map_err(|failure| if failure.code() == "EMAIL_TAKEN" { failure.at(["input", "email"]) } else { failure })?;
    set_parties(&tx, id, &input.parties).await?;
    let made = find(&tx, id).await?.ok_or_else(|| Failure::internal("the new member vanished"))?;
    tell(&tx, ctx, "member.create", None, &made).await?;
    tx.commit().await?;
    Ok(made)
}

/// Changes role, name or parties of a member.
///
/// # Errors
/// `NOT_FOUND`, `STALE_VERSION`, `NAME_INVALID`, `PARTIES_REQUIRED`, `PARTIES_NOT_ALLOWED`, `PARTY_UNKNOWN`,
/// `LAST_OWNER`, `FORBIDDEN`; database failures.
pub async fn member_update(ctx: &OpContext, core: &Core, change: MemberChange) -> Outcome<Member> {
    ctx.require(Permission::TenantManage)?;
    let name = change.display_name.as_deref().map(|name| checked_name(name, "displayName")).transpose()?;
    let tx = core.db.tenant(ctx).await?;
    let before = active(&tx, change.id).await?;
    let role = change.role.unwrap_or(before.role);
    // Who stops being a rights holder's user stops being those parties.
    let kept = if role == Role::RightsHolder { before.parties.clone() } else { Vec::new() };
    let parties = change.parties.unwrap_or(kept);
    check_parties(role, &parties)?;
    if before.role == Role::Owner && role != Role::Owner {
        keep_an_owner(&tx, change.id).await?;
    }
    save(
        &tx,
        &before,
        change.expected_version,
        vec![
            (Column::Role, role.as_str().into()),
            (Column::DisplayName, name.unwrap_or_else(|| before.display_name.clone()).into()),
        ],
    )
    .await?;
    if parties != before.parties {
        set_parties(&tx, change.id, &parties).await?;
    }
    finish(tx, ctx, "member.update", before).await
}

/// Ends a membership. The row stays, because the audit trail names it.
///
/// # Errors
/// `NOT_FOUND`, `STALE_VERSION`, `LAST_OWNER`, `FORBIDDEN`; database failures.
pub async fn member_remove(ctx: &OpContext, core: &Core, id: MemberId, expected_version: i32) -> Outcome<Member> {
    ctx.require(Permission::TenantManage)?;
    let tx = core.db.tenant(ctx).await?;
    let before = active(&tx, id).await?;
    if before.role == Role::Owner {
        keep_an_owner(&tx, id).await?;
    }
    let removed = vec![(Column::Status, MemberStatus::Removed.as_str().into())];
    save(&tx, &before, expected_version, removed).await?;
    finish(tx, ctx, "member.remove", before).await
}

async fn active(tx: &TenantTx, id: MemberId) -> Outcome<Member> {
    find(tx, id).await?.filter(|member| member.status == MemberStatus::Active).ok_or_else(missing)
}

/// Locks the owners, so that two who go at once cannot leave the tenant without one.
async fn keep_an_owner(tx: &TenantTx, leaving: MemberId) -> Outcome<()> {
    let statement = sql(
        "SELECT id FROM member WHERE tenant_id = $1 AND role = 'OWNER' AND status = 'ACTIVE' ORDER BY id FOR UPDATE",
        [tx.tenant_id().uuid().into()],
    );
    let owners = tx.query_all_raw(statement).await.or_fail()?;
    for owner in &owners {
        if owner.try_get::<uuid::Uuid>("", "id").or_fail()? != leaving.uuid() {
            return Ok(());
        }
    }
    Err(Failure::refused("LAST_OWNER", "A tenant needs an owner. Make somebody else owner first.").at(["input", "id"]))
}

async fn save(
    tx: &TenantTx,
    before: &Member,
    expected_version: i32,
    columns: Vec<(Column, sea_orm::Value)>,
) -> Outcome<()> {
    let mut update = Entity::update_many()
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(Column::Id.eq(before.id.uuid()))
        .filter(Column::Version.eq(expected_version));
    for (column, value) in columns {
        update = update.col_expr(column, Expr::value(value));
    }
    if update.exec(tx).await.or_fail()?.rows_affected == 0 {
        return Err(stale(before.version));
    }
    Ok(())
}

async fn finish(tx: TenantTx, ctx: &OpContext, action: &str, before: Member) -> Outcome<Member> {
    let after = find(&tx, before.id).await?.ok_or_else(missing)?;
    tell(&tx, ctx, action, Some(&before), &after).await?;
    tx.commit().await?;
    Ok(after)
}

async fn tell(tx: &TenantTx, ctx: &OpContext, action: &str, before: Option<&Member>, after: &Member) -> Outcome<()> {
    let change = audit::Change {
        action,
        entity_kind: "MEMBER",
        entity_id: after.id.uuid(),
        before: before.map(as_json),
        after: Some(as_json(after)),
    };
    audit::record(tx, ctx, change).await?;
    outbox::write(tx, "member.changed", &json!({ "memberId": after.id.to_string() })).await
}

/// One member; `None` also when it is somebody else's.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn member(ctx: &OpContext, core: &Core, id: MemberId) -> Outcome<Option<Member>> {
    ctx.require(Permission::TenantRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    find(&tx, id).await
}

/// Several members, for batch loading.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn members_by_id(ctx: &OpContext, core: &Core, ids: &[MemberId]) -> Outcome<Vec<Member>> {
    ctx.require(Permission::TenantRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let rows = Entity::find()
        .filter(Column::TenantId.eq(tx.tenant_id().uuid()))
        .filter(Column::Id.is_in(ids.iter().map(|id| id.uuid())))
        .all(&tx)
        .await
        .or_fail()?;
    with_parties(&tx, rows).await
}

/// Members, in the order they joined.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn members(ctx: &OpContext, core: &Core, filter: MemberFilter, page: PageRequest) -> Outcome<Page<Member>> {
    ctx.require(Permission::TenantRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let mut condition = Condition::all().add(Column::TenantId.eq(tx.tenant_id().uuid()));
    if let Some(role) = filter.role {
        condition = condition.add(Column::Role.eq(role.as_str()));
    }
    if !filter.include_removed {
        condition = condition.add(Column::Status.eq(MemberStatus::Active.as_str()));
    }
    if let Some(after) = &page.after {
        condition = condition.add(Column::Id.gt(after.id));
    }
    if let Some(before) = &page.before {
        condition = condition.add(Column::Id.lt(before.id));
    }
    let query = Entity::find().filter(condition).limit(page.size.saturating_add(1));
    let query = if page.from_end { query.order_by_desc(Column::Id) } else { query.order_by_asc(Column::Id) };
    let rows = query.all(&tx).await.or_fail()?;
    Ok(Page::from_fetched(with_parties(&tx, rows).await?, &page))
}
