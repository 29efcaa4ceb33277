//! `admin`: what the operator of an installation does from the command line.

use domain::sealing::{self, DataKeys, Renewal};
use domain::tenancy::{self, NewMember, NewTenant, Rotation, Tenant, TenantKind};
use kernel::context::{Actor, OpContext};
use kernel::currency::Currency;
use kernel::ids::{PartyId, TenantId};
use kernel::permission::{PermissionSet, Role};
use platform::audit;

use super::password;
use crate::cli::{MemberCreate, RotateKeys, RotateSecrets, SettingFlags, TenantCreate, VerifyAudit};
use crate::say;
use crate::service::base::Base;
use crate::stop::Stop;

/// Creates a tenant with its first owner.
///
/// # Errors
/// When the input is refused or the database cannot be used.
pub async fn tenant_create(flags: TenantCreate) -> Result<(), Stop> {
    let kind = TenantKind::from_name(&flags.kind)
        .map_err(|_| Stop::wrong_use(format!("`{}` is not LABEL, DISTRIBUTOR or PUBLISHER", flags.kind)))?;
    let currency = Currency::parse(&flags.currency)
        .map_err(|_| Stop::wrong_use(format!("`{}` is not a currency of ISO 4217", flags.currency)))?;
    let password = password::read(&flags.password)?;
    let base = open(&flags.settings).await?;
    let input = NewTenant {
        slug: flags.slug,
        name: flags.name,
        kind,
        base_currency: currency,
        owner_email: flags.owner_email.clone(),
        owner_name: flags.owner_name,
        owner_password: password.text.clone(),
    };
    let created = tenancy::create_tenant(&base.core, input).await;
    base.close().await?;
    let tenant = created?;
    say::line(format_args!("tenant    {} ({})", tenant.slug, tenant.id));
    introduce(&flags.owner_email, &password);
    Ok(())
}

/// Adds a member to a tenant.
///
/// # Errors
/// As [`tenant_create`].
pub async fn member_create(flags: MemberCreate) -> Result<(), Stop> {
    let role = Role::from_name(&flags.role)
        .ok_or_else(|| Stop::wrong_use(format!("`{}` is not a role; see `--help` for the roles", flags.role)))?;
    let parties = flags
        .parties
        .iter()
        .map(|id| {
            id.parse::<PartyId>().map_err(|error| Stop::wrong_use(format!("`{id}` is not a party's id: {error}")))
        })
        .collect::<Result<Vec<_>, _>>()?;
    let password = password::read(&flags.password)?;
    let base = open(&flags.settings).await?;
    let input = NewMember {
        email: flags.email.clone(),
        display_name: flags.name,
        role,
        password: password.text.clone(),
        parties,
    };
    let created = match tenant(&base, &flags.tenant).await {
        Ok(tenant) => {
            tenancy::member_create(&operator(tenant.id, "member-create"), &base.core, input).await.map_err(Stop::from)
        }
        Err(stop) => Err(stop),
    };
    base.close().await?;
    let member = created?;
    say::line(format_args!("member    {} ({})", member.display_name, member.id));
    introduce(&flags.email, &password);
    Ok(())
}

fn introduce(email: &str, password: &password::Password) {
    say::line(format_args!("sign-in   {email}"));
    if password.made {
        say::line(format_args!("password  {}  (unless this address could sign in before)", password.text));
    }
}

/// Makes a new signing key and retires the present ones.
///
/// # Errors
/// When the database cannot be used.
pub async fn rotate_keys(flags: RotateKeys) -> Result<(), Stop> {
    let settings = flags.settings.load()?;
    let rotation =
        if flags.at_once { Rotation::AtOnce } else { Rotation::Overlap { token_life: settings.access_token_life() } };
    let base = Base::open(&settings, platform::postgres::Durability::Full).await?;
    let rotated = tenancy::rotate_keys(&base.core, rotation).await;
    base.close().await?;
    let rotated = rotated?;
    say::line(format_args!("new key   {}  signs from {}", rotated.kid, rotated.signs_from.to_rfc3339()));
    for kid in rotated.retired {
        say::line(format_args!("retired   {kid}  verifies until {}", rotated.retired_at.to_rfc3339()));
    }
    Ok(())
}

/// Changes the keys of secrets, tenant by tenant.
///
/// # Errors
/// When a tenant's secrets do not open with the keys of the settings, or the database cannot be used. The other tenants
/// are done all the same.
pub async fn rotate_secrets(flags: RotateSecrets) -> Result<(), Stop> {
    let keys = if flags.data_keys { DataKeys::All } else { DataKeys::Old };
    let base = open(&flags.settings).await?;
    let done = rotate_each(&base, keys).await;
    base.close().await?;
    match done? {
        0 => Ok(()),
        failed => Err(Stop::failed(format!("{failed} tenants could not be done: the old master key is still needed"))),
    }
}

async fn rotate_each(base: &Base, keys: DataKeys) -> Result<usize, Stop> {
    let mut failed = 0;
    for tenant in tenancy::tenants(&base.core).await? {
        match sealing::renew(&operator(tenant.id, "rotate-secrets"), &base.core, keys).await {
            Ok(Renewal { wrapped, retired, sealed }) => {
                let new = if retired { "a new data key" } else { "the same data key" };
                say::line(format_args!(
                    "{}  {wrapped} keys wrapped anew, {new}, {sealed} secrets sealed anew",
                    tenant.slug
                ));
            }
            Err(failure) => {
                failed += 1;
                say::line(format_args!("{}  FAILED: {failure}", tenant.slug));
            }
        }
    }
    Ok(failed)
}

/// Checks the chains over the audit trail.
///
/// # Errors
/// When a chain is broken, or cannot be read.
pub async fn verify_audit(flags: VerifyAudit) -> Result<(), Stop> {
    let noted = flags.noted.as_deref().map(head).transpose()?;
    let base = open(&flags.settings).await?;
    let verified = verify_each(&base, flags.tenant.as_deref(), noted).await;
    base.close().await?;
    match verified? {
        0 => Ok(()),
        _ => Err(Stop::failed("the audit trail was tampered with")),
    }
}

async fn verify_each(base: &Base, slug: Option<&str>, noted: Option<(i64, &str)>) -> Result<usize, Stop> {
    let tenants = match slug {
        Some(slug) => vec![tenant(base, slug).await?],
        None => tenancy::tenants(&base.core).await?,
    };
    let mut broken = 0;
    for tenant in tenants {
        let tx = base.core.db.tenant_read(&operator(tenant.id, "verify-audit")).await?;
        let report = audit::verify(&tx, noted).await?;
        let head = report.head.map_or_else(|| "none".to_owned(), |(number, hash)| format!("{number}:{hash}"));
        let state =
            report.fault.as_ref().map_or_else(|| "holds".to_owned(), |fault| format!("BROKEN: {}", say_fault(fault)));
        say::line(format_args!(
            "{}  {} links, {} entries not sealed yet, head {head}: {state}",
            tenant.slug, report.links, report.unsealed
        ));
        broken += usize::from(report.fault.is_some());
    }
    Ok(broken)
}

fn say_fault(fault: &audit::ChainFault) -> String {
    match fault {
        audit::ChainFault::LinkMissing(link) => format!("link {link} is missing"),
        audit::ChainFault::EntryMissing(link) => format!("the entry of link {link} is missing"),
        audit::ChainFault::Spliced(link) => format!("link {link} does not hang on the one before it"),
        audit::ChainFault::EntryChanged(link) => format!("the entry of link {link} was changed"),
        audit::ChainFault::TailCut(link) => format!("the chain ends at link {link}, before the noted head"),
    }
}

fn head(text: &str) -> Result<(i64, &str), Stop> {
    let wrong = || Stop::wrong_use(format!("`{text}` is not NUMBER:HASH as a check prints it"));
    let (number, hash) = text.split_once(':').ok_or_else(wrong)?;
    Ok((number.parse().map_err(|_| wrong())?, hash))
}

async fn open(flags: &SettingFlags) -> Result<Base, Stop> {
    Base::open(&flags.load()?, platform::postgres::Durability::Full).await
}

async fn tenant(base: &Base, slug: &str) -> Result<Tenant, Stop> {
    tenancy::tenant_by_slug(&base.core, slug)
        .await?
        .ok_or_else(|| Stop::wrong_use(format!("there is no tenant `{slug}`")))
}

/// The operator inside a tenant: may do everything, is no member.
pub fn operator(tenant_id: TenantId, request_id: &str) -> OpContext {
    OpContext {
        tenant_id,
        actor: Actor::Operator,
        permissions: PermissionSet::all(),
        party_scope: None,
        request_id: request_id.to_owned(),
        now: platform::clock::now(),
    }
}
