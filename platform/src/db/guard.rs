//! What is refused at start: a server that is too old, and roles for whom row security would be void.

use kernel::failure::Failure;
use sqlx::PgPool;

use super::failure::OrFail;
use super::pools::{Pool, Pools};

/// The oldest PostgreSQL that has what we use (`xid8` functions, `NULLS NOT DISTINCT`, `security_invoker` views).
pub(crate) const OLDEST_MAJOR: i32 = 15;

/// Checks the server's version and every role.
pub(super) async fn check(pools: &Pools) -> Result<(), Failure> {
    check_version(pools.app.pool()).await?;
    for pool in pools.all() {
        check_role(pool).await?;
    }
    Ok(())
}

async fn check_version(pool: &PgPool) -> Result<(), Failure> {
    let number: i32 =
        sqlx::query_scalar("SELECT current_setting('server_version_num')::int").fetch_one(pool).await.or_fail()?;
    refuse_old(number)
}

/// `server_version_num` is major × 10000 + minor, e.g. 150018.
fn refuse_old(version_num: i32) -> Result<(), Failure> {
    let major = version_num / 10_000;
    if major >= OLDEST_MAJOR {
        return Ok(());
    }
    Err(Failure::unavailable(
        "DATABASE_TOO_OLD",
        format!("The database is PostgreSQL {major}; TuneMantra needs PostgreSQL {OLDEST_MAJOR} or newer."),
    ))
}

/// What makes a role unsafe, asked with all memberships followed.
const ROLE_FACTS: &str = "
    SELECT current_user::text,
           bool_or(r.rolsuper),
           bool_or(r.rolbypassrls),
           EXISTS (SELECT 1 FROM pg_class c
                   JOIN pg_namespace n ON n.oid = c.relnamespace
                   WHERE c.relkind IN ('r', 'p') AND n.nspname NOT LIKE 'pg\\_%'
                     AND pg_has_role(current_user, c.relowner, 'MEMBER'))
    FROM pg_roles r WHERE pg_has_role(current_user, r.oid, 'MEMBER')";

async fn check_role(pool: &Pool) -> Result<(), Failure> {
    let (user, superuser, bypasses, owns): (String, bool, bool, bool) =
        sqlx::query_as(ROLE_FACTS).fetch_one(pool.pool()).await.or_fail()?;
    // COPY is refused under row security, so the bulk role may bypass it: its grants are its bounds.
    let bypass_allowed = pool.role == "bulk";
    let reason = if superuser {
        "is a superuser"
    } else if bypasses && !bypass_allowed {
        "may bypass row security (BYPASSRLS)"
    } else if owns {
        "owns tables"
    } else {
        return Ok(());
    };
    Err(Failure::unavailable(
        "DATABASE_ROLE_UNSAFE",
        format!(
            "The {} connection signs in as `{user}`, which {reason}: tenants would not be kept apart. \
             Use the role that `tunemantra migrate` grants rights to.",
            pool.role
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::refuse_old;

    #[test]
    fn old_servers_are_refused_by_name() {
        assert!(refuse_old(150_018).is_ok());
        assert!(refuse_old(180_000).is_ok());
        let refusal = refuse_old(140_011).err().map(|failure| failure.message().to_owned());
        assert!(refusal.is_some_and(|message| message.contains("PostgreSQL 14")));
    }
}
