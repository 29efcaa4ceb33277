//! Reading values from the database.

use entity::setting::{Column, Entity, Model};
use kernel::context::OpContext;
use kernel::failure::{Failure, Outcome};
use kernel::ids::{OrganisationId, PartyId};
use kernel::money::Rounding;
use kernel::permission::Role;
use platform::db::{OrFail, TenantTx};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter};

use super::book::Book;
use super::effective::{Effective, Level, Stored, among, choose};
use super::key::SettingKey;
use super::keys::{KEYS, ROUNDING_MODE};
use crate::tenancy::ancestors;

impl TryFrom<Model> for Stored {
    type Error = Failure;

    fn try_from(row: Model) -> Outcome<Self> {
        Ok(Self {
            level: Level::from_name(&row.level)
                .ok_or_else(|| Failure::internal(format!("unknown setting level: {}", row.level)))?,
            subject: row.subject_id,
            key: row.key,
            value: row.value,
            version: row.version,
            set_by: row.set_by,
            set_at: row.set_at,
        })
    }
}

/// What counts for an organisation and a party of it. Other contexts read their configuration with this.
///
/// # Errors
/// Database failures.
pub async fn effective(
    tx: &TenantTx,
    key: &'static SettingKey,
    organisation: Option<OrganisationId>,
    party: Option<PartyId>,
) -> Outcome<Effective> {
    let tree = tree(tx, organisation).await?;
    let stored = load(tx, Some(key), &tree, party).await?;
    Ok(choose(key, among(&stored, key), tx.tenant_id(), &tree, party))
}

/// All keys at once, by name.
///
/// # Errors
/// Database failures.
pub async fn effective_all(
    tx: &TenantTx,
    organisation: Option<OrganisationId>,
    party: Option<PartyId>,
) -> Outcome<Vec<Effective>> {
    let tree = tree(tx, organisation).await?;
    let stored = load(tx, None, &tree, party).await?;
    Ok(KEYS.iter().map(|key| choose(key, among(&stored, key), tx.tenant_id(), &tree, party)).collect())
}

/// How the tenant rounds what it posts and pays.
///
/// # Errors
/// `INTERNAL` for a stored value that cannot be read.
pub fn rounding(book: &Book) -> Outcome<Rounding> {
    Ok(match book.effective(&ROUNDING_MODE, None, None).text()? {
        "HALF_EVEN" => Rounding::HalfEven,
        _ => Rounding::HalfUp,
    })
}

/// Refuses an approver whom one of the `…_APPROVER` keys does not admit.
///
/// # Errors
/// `APPROVER_NOT_ADMITTED`; database failures.
pub async fn require_approver(
    tx: &TenantTx,
    ctx: &OpContext,
    key: &'static SettingKey,
    organisation: Option<OrganisationId>,
) -> Outcome<()> {
    use kernel::context::Actor;
    let needs_owner = effective(tx, key, organisation, None).await?.text()? == "OWNER";
    if needs_owner && !matches!(ctx.actor, Actor::Member { role: Role::Owner, .. }) {
        return Err(Failure::refused(
            "APPROVER_NOT_ADMITTED",
            format!("The configuration ({}) lets only an owner approve this.", key.key),
        ));
    }
    Ok(())
}

async fn tree(tx: &TenantTx, organisation: Option<OrganisationId>) -> Outcome<Vec<OrganisationId>> {
    match organisation {
        Some(id) => ancestors(tx, id).await,
        None => Ok(Vec::new()),
    }
}

async fn load(
    tx: &TenantTx,
    key: Option<&SettingKey>,
    tree: &[OrganisationId],
    party: Option<PartyId>,
) -> Outcome<Vec<Stored>> {
    let mut subjects = Condition::any().add(Column::Level.eq(Level::Tenant.as_str()));
    if !tree.is_empty() {
        subjects = subjects.add(
            Condition::all()
                .add(Column::Level.eq(Level::Organisation.as_str()))
                .add(Column::SubjectId.is_in(tree.iter().map(|id| id.uuid()))),
        );
    }
    if let Some(party) = party {
        subjects = subjects.add(
            Condition::all()
                .add(Column::Level.eq(Level::RightsHolder.as_str()))
                .add(Column::SubjectId.eq(party.uuid())),
        );
    }
    let mut condition = Condition::all().add(Column::TenantId.eq(tx.tenant_id().uuid())).add(subjects);
    if let Some(key) = key {
        condition = condition.add(Column::Key.eq(key.key));
    }
    let rows = Entity::find().filter(condition).all(tx).await.or_fail()?;
    rows.into_iter().map(Stored::try_from).collect()
}
