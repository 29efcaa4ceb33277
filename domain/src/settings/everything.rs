//! All values of a tenant at once, for work that asks for many subjects.

use std::collections::HashMap;

use entity::organisation;
use entity::setting::{Column, Entity};
use kernel::failure::Outcome;
use kernel::ids::{OrganisationId, PartyId, TenantId};
use platform::db::{OrFail, TenantTx};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::effective::{Effective, Level, Stored, choose};
use super::key::SettingKey;

/// Deepest organisation tree that is climbed.
const DEPTH: usize = 100;

/// Every value that is set in a tenant, and its organisation tree.
pub struct Everything {
    tenant: TenantId,
    stored: HashMap<(Level, Uuid), Vec<Stored>>,
    parents: HashMap<Uuid, Option<Uuid>>,
}

impl Everything {
    /// Reads them in two queries.
    ///
    /// # Errors
    /// Database failures.
    pub async fn load(tx: &TenantTx) -> Outcome<Self> {
        let tenant = tx.tenant_id();
        let rows = Entity::find().filter(Column::TenantId.eq(tenant.uuid())).all(tx).await.or_fail()?;
        let mut stored: HashMap<(Level, Uuid), Vec<Stored>> = HashMap::new();
        for row in rows {
            let row = Stored::try_from(row)?;
            stored.entry((row.level, row.subject)).or_default().push(row);
        }
        let parents = organisation::Entity::find()
            .filter(organisation::Column::TenantId.eq(tenant.uuid()))
            .all(tx)
            .await
            .or_fail()?
            .into_iter()
            .map(|row| (row.id, row.parent_id))
            .collect();
        Ok(Self { tenant, stored, parents })
    }

    /// The value that counts for an organisation and a party of it.
    #[must_use]
    pub fn effective(
        &self,
        key: &'static SettingKey,
        organisation: Option<OrganisationId>,
        party: Option<PartyId>,
    ) -> Effective {
        let tree: Vec<OrganisationId> =
            std::iter::successors(organisation.map(|id| id.uuid()), |id| self.parents.get(id).copied().flatten())
                .take(DEPTH)
                .map(OrganisationId)
                .collect();
        let subjects = tree
            .iter()
            .map(|id| (Level::Organisation, id.uuid()))
            .chain([(Level::Tenant, self.tenant.uuid())])
            .chain(party.map(|id| (Level::RightsHolder, id.uuid())));
        let rows: Vec<Stored> = subjects
            .filter_map(|subject| self.stored.get(&subject))
            .flatten()
            .filter(|row| row.key == key.key)
            .cloned()
            .collect();
        choose(key, &rows, self.tenant, &tree, party)
    }
}
