//! A member with tenant and parties, as sign-in and every request need them: one query.

use kernel::failure::{Failure, Outcome};
use kernel::ids::{MemberId, TenantId};
use kernel::permission::Role;
use platform::db::{OrFail, SystemTx, sql};
use sea_orm::{ConnectionTrait, DbErr, QueryResult};

use super::model::{Member, MemberStatus, Tenant, TenantKind};

/// Who asks, and inside of what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewer {
    /// The member.
    pub member: Member,
    /// The tenant.
    pub tenant: Tenant,
}

const SELECT: &str = "SELECT m.id, m.login_id, m.email, m.display_name, m.role, m.status, m.version, m.created_at,
        ARRAY(SELECT p.party_id FROM member_party p
               WHERE p.tenant_id = m.tenant_id AND p.member_id = m.id ORDER BY p.party_id) AS parties,
        t.tenant_id, t.slug, t.name, t.kind, t.base_currency, t.status = 'ACTIVE' AS is_active
    FROM member m JOIN tenant t USING (tenant_id)";

/// One membership, of whatever status.
///
/// # Errors
/// Database failures.
pub(super) async fn of_member(tx: &SystemTx, tenant: TenantId, member: MemberId) -> Outcome<Option<Viewer>> {
    let statement =
        sql(format!("{SELECT} WHERE m.tenant_id = $1 AND m.id = $2"), [tenant.uuid().into(), member.uuid().into()]);
    tx.query_one_raw(statement).await.or_fail()?.as_ref().map(read).transpose()
}

/// The memberships that a login may sign in to, by name of the tenant.
///
/// # Errors
/// Database failures.
pub(super) async fn of_login(tx: &SystemTx, login: uuid::Uuid) -> Outcome<Vec<Viewer>> {
    let statement = sql(
        format!("{SELECT} WHERE m.login_id = $1 AND m.status = 'ACTIVE' AND t.status = 'ACTIVE' ORDER BY t.slug"),
        [login.into()],
    );
    tx.query_all_raw(statement).await.or_fail()?.iter().map(read).collect()
}

fn read(row: &QueryResult) -> Outcome<Viewer> {
    let column = |name: &str| -> Result<String, DbErr> { row.try_get("", name) };
    let (role, kind) = (column("role").or_fail()?, column("kind").or_fail()?);
    let currency = column("base_currency").or_fail()?;
    Ok(Viewer {
        member: Member {
            id: uuid(row, "id")?.into(),
            login_id: uuid(row, "login_id")?.into(),
            email: column("email").or_fail()?,
            display_name: column("display_name").or_fail()?,
            role: Role::from_name(&role).ok_or_else(|| Failure::internal(format!("unknown role: {role}")))?,
            status: MemberStatus::from_name(&column("status").or_fail()?)?,
            parties: row.try_get::<Vec<uuid::Uuid>>("", "parties").or_fail()?.into_iter().map(Into::into).collect(),
            version: row.try_get("", "version").or_fail()?,
            created_at: row.try_get("", "created_at").or_fail()?,
        },
        tenant: Tenant {
            id: uuid(row, "tenant_id")?.into(),
            slug: column("slug").or_fail()?,
            name: column("name").or_fail()?,
            kind: TenantKind::from_name(&kind)?,
            base_currency: currency.parse().map_err(|_| Failure::internal(format!("unknown currency: {currency}")))?,
            is_active: row.try_get("", "is_active").or_fail()?,
        },
    })
}

fn uuid(row: &QueryResult, name: &str) -> Outcome<uuid::Uuid> {
    row.try_get("", name).or_fail()
}
