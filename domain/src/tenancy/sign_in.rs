//! Signing in, staying in, signing out.

use chrono::{DateTime, TimeDelta, Utc};
use entity::{login, refresh_token};
use kernel::failure::{Failure, Outcome};
use kernel::ids::TokenId;
use kernel::limits::{REFRESH_TOKEN_SECONDS, SIGN_IN_ATTEMPTS, SIGN_IN_PAUSE_SECONDS};
use platform::db::{OrFail, SystemTx};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::access::Access;
use super::claims::Claims;
use super::keys::KeyRing;
use super::model::{SignIn, SignedIn};
use super::password;
use super::snapshot::{self, Viewer};
use crate::Core;

/// Random characters of a refresh token (32 bytes in hexadecimal).
const TOKEN_PREFIX: &str = "rt_";

fn seconds(limit: u64) -> TimeDelta {
    TimeDelta::seconds(i64::try_from(limit).unwrap_or(i64::MAX))
}

/// One answer for an unknown address, a wrong password and a pause, so that none of them tells the others apart.
fn refused() -> Failure {
    Failure::refused(
        "SIGN_IN_FAILED",
        format!(
            "E-mail address or password is wrong. After {SIGN_IN_ATTEMPTS} wrong attempts sign-in pauses for {} minutes.",
            SIGN_IN_PAUSE_SECONDS / 60
        ),
    )
    .at(["input"])
}

/// Checks an e-mail address and a password, and opens a session.
///
/// The work is the same for an address nobody has. Wrong passwords are counted per address; after
/// [`SIGN_IN_ATTEMPTS`] of them even the right one is refused for a while.
///
/// # Errors
/// `SIGN_IN_FAILED`; after a right password `TENANT_REQUIRED` (member of several tenants, none named) and
/// `NOT_A_MEMBER`; database failures.
pub async fn sign_in(core: &Core, access: &Access, attempt: SignIn, now: DateTime<Utc>) -> Outcome<SignedIn> {
    let email = attempt.email.trim().to_lowercase();
    let person = {
        let tx = core.db.system("signing in").await?;
        login::Entity::find().filter(login::Column::Email.eq(email)).one(&tx).await.or_fail()?
    };
    // No connection is held while the hash is computed.
    let hash = person.as_ref().map(|person| person.password_hash.clone());
    let right = password::verify(attempt.password, hash).await?;
    let Some(person) = person else { return Err(refused()) };
    let paused = person.paused_until.is_some_and(|until| until > now);
    if !right || paused {
        if !paused {
            count_failure(core, person.id, now).await?;
        }
        return Err(refused());
    }
    let keys = access.key_ring(core, now).await?;
    let tx = core.db.system("signing in").await?;
    if person.failed_count > 0 || person.paused_until.is_some() {
        login::Entity::update_many()
            .col_expr(login::Column::FailedCount, Expr::value(0))
            .col_expr(login::Column::PausedUntil, Expr::value(None::<DateTime<Utc>>))
            .filter(login::Column::Id.eq(person.id))
            .exec(&tx)
            .await
            .or_fail()?;
    }
    let viewer = choose(snapshot::of_login(&tx, person.id).await?, attempt.tenant.as_deref())?;
    let signed_in = issue(&tx, &keys, access, viewer, TokenId::new().uuid(), now).await?;
    tx.commit().await?;
    Ok(signed_in)
}

/// Counts in the database, so that simultaneous attempts are all counted.
async fn count_failure(core: &Core, person: Uuid, now: DateTime<Utc>) -> Outcome<()> {
    let tx = core.db.system("counting a failed sign-in").await?;
    let attempts = i32::try_from(SIGN_IN_ATTEMPTS).unwrap_or(i32::MAX);
    let count = Expr::col(login::Column::FailedCount).add(1);
    let full = Expr::col(login::Column::FailedCount).add(1).gte(attempts);
    login::Entity::update_many()
        // A pause that begins starts the count anew.
        .col_expr(login::Column::FailedCount, Expr::case(full.clone(), 0).finally(count).into())
        .col_expr(
            login::Column::PausedUntil,
            Expr::case(full, Expr::value(now + seconds(SIGN_IN_PAUSE_SECONDS)))
                .finally(Expr::col(login::Column::PausedUntil))
                .into(),
        )
        .filter(login::Column::Id.eq(person))
        .exec(&tx)
        .await
        .or_fail()?;
    tx.commit().await
}

fn choose(mut memberships: Vec<Viewer>, tenant: Option<&str>) -> Outcome<Viewer> {
    if let Some(slug) = tenant {
        memberships.retain(|viewer| viewer.tenant.slug == slug);
    }
    let known: Vec<&str> = memberships.iter().map(|viewer| viewer.tenant.slug.as_str()).collect();
    match known.as_slice() {
        [] => Err(Failure::refused("NOT_A_MEMBER", "You are not a member there.").at(["input", "tenant"])),
        [_] => memberships.pop().ok_or_else(|| Failure::internal("the membership vanished")),
        several => Err(Failure::refused(
            "TENANT_REQUIRED",
            format!("You are a member of several tenants. Name one of: {}.", several.join(", ")),
        )
        .at(["input", "tenant"])),
    }
}

fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

async fn issue(
    tx: &SystemTx,
    keys: &KeyRing,
    access: &Access,
    viewer: Viewer,
    family: Uuid,
    now: DateTime<Utc>,
) -> Outcome<SignedIn> {
    let Viewer { member, tenant } = viewer;
    let claims = Claims::new(
        keys.issuer(),
        member.login_id,
        (tenant.id, member.id),
        (member.role, &member.parties),
        (now, access.token_life),
    );
    let refresh_token = format!("{TOKEN_PREFIX}{}", platform::secrets::generate());
    let row = refresh_token::ActiveModel {
        id: Set(TokenId::new().uuid()),
        family_id: Set(family),
        login_id: Set(member.login_id.uuid()),
        tenant_id: Set(tenant.id.uuid()),
        member_id: Set(member.id.uuid()),
        token_hash: Set(hash(&refresh_token)),
        issued_at: Set(now),
        expires_at: Set(now + seconds(REFRESH_TOKEN_SECONDS)),
        used_at: Set(None),
        revoked_at: Set(None),
    };
    refresh_token::Entity::insert(row).exec_without_returning(tx).await.or_fail()?;
    let access_token = keys.sign(&claims, now)?;
    Ok(SignedIn { access_token, refresh_token, expires_at: claims.expires_at(), member, tenant })
}

fn unusable() -> Failure {
    Failure::refused("REFRESH_TOKEN_INVALID", "The refresh token is not valid any more. Sign in again.")
        .at(["input", "refreshToken"])
}

async fn find(tx: &SystemTx, token: &str) -> Outcome<Option<refresh_token::Model>> {
    refresh_token::Entity::find().filter(refresh_token::Column::TokenHash.eq(hash(token))).one(tx).await.or_fail()
}

/// Exchanges a refresh token for the next pair of tokens. A token that comes a second time was stolen by somebody:
/// the whole family ends, for the thief and the robbed alike.
///
/// # Errors
/// `REFRESH_TOKEN_INVALID`; database failures.
pub async fn token_refresh(core: &Core, access: &Access, token: &str, now: DateTime<Utc>) -> Outcome<SignedIn> {
    let keys = access.key_ring(core, now).await?;
    let tx = core.db.system("refreshing a session").await?;
    let row = find(&tx, token).await?.ok_or_else(unusable)?;
    if row.revoked_at.is_some() || row.expires_at <= now {
        return Err(unusable());
    }
    let used = refresh_token::Entity::update_many()
        .col_expr(refresh_token::Column::UsedAt, Expr::value(now))
        .filter(refresh_token::Column::Id.eq(row.id))
        .filter(refresh_token::Column::UsedAt.is_null())
        .filter(refresh_token::Column::RevokedAt.is_null())
        .exec(&tx)
        .await
        .or_fail()?;
    if used.rows_affected == 0 {
        revoke(&tx, row.family_id, now).await?;
        tx.commit().await?;
        tracing::warn!(family = %row.family_id, "a refresh token was used twice; its family has ended");
        return Err(unusable());
    }
    let viewer = snapshot::of_member(&tx, row.tenant_id.into(), row.member_id.into())
        .await?
        .filter(|viewer| viewer.tenant.is_active && viewer.member.status == super::MemberStatus::Active)
        .ok_or_else(unusable)?;
    let signed_in = issue(&tx, &keys, access, viewer, row.family_id, now).await?;
    tx.commit().await?;
    Ok(signed_in)
}

/// Ends the session that a refresh token belongs to. An unknown token is no news: the answer is the same.
///
/// # Errors
/// Database failures.
pub async fn sign_out(core: &Core, token: &str, now: DateTime<Utc>) -> Outcome<()> {
    let tx = core.db.system("signing out").await?;
    if let Some(row) = find(&tx, token).await? {
        revoke(&tx, row.family_id, now).await?;
        tx.commit().await?;
    }
    Ok(())
}

async fn revoke(tx: &SystemTx, family: Uuid, now: DateTime<Utc>) -> Outcome<()> {
    refresh_token::Entity::update_many()
        .col_expr(refresh_token::Column::RevokedAt, Expr::value(now))
        .filter(refresh_token::Column::FamilyId.eq(family))
        .filter(refresh_token::Column::RevokedAt.is_null())
        .exec(tx)
        .await
        .or_fail()?;
    Ok(())
}
