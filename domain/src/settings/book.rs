//! The whole configuration of a tenant at once, for work that asks about many subjects.

use std::collections::HashMap;

use entity::{organisation, setting};
use kernel::failure::Outcome;
use kernel::ids::{OrganisationId, PartyId, TenantId};
use platform::db::{OrFail, TenantTx};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::effective::{Effective, Level, Stored, choose};
use super::key::SettingKey;

/// Everything that was set in a tenant, and its tree of organisations. Two queries, then only look-ups.
#[derive(Debug)]
pub struct Book {
    tenant: TenantId,
    stored: HashMap<(Level, Uuid, String), Stored>,
    parents: HashMap<OrganisationId, Option<OrganisationId>>,
}

impl Book {
    /// Reads it as it stands in the caller's transaction.
    ///
    /// # Errors
    /// Database failures.
    pub async fn load(tx: &TenantTx) -> Outcome<Self> {
        let tenant = tx.tenant_id();
        let rows =
            setting::Entity::find().filter(setting::Column::TenantId.eq(tenant.uuid())).all(tx).await.or_fail()?;
        let mut stored = HashMap::with_capacity(rows.len());
        for row in rows {
            let row = Stored::try_from(row)?;
            stored.insert((row.level, row.subject, row.key.clone()), row);
        }
        let parents = organisation::Entity::find()
            .filter(organisation::Column::TenantId.eq(tenant.uuid()))
            .all(tx)
            .await
            .or_fail()?
            .into_iter()
            .map(|row| (row.id.into(), row.parent_id.map(Into::into)))
            .collect();
        Ok(Self { tenant, stored, parents })
    }

    /// What counts for an organisation and a party.
    #[must_use]
    pub fn effective(
        &self,
        key: &'static SettingKey,
        organisation: Option<OrganisationId>,
        party: Option<PartyId>,
    ) -> Effective {
        let tree = organisation.map_or_else(Vec::new, |id| self.tree(id));
        let at = |level, subject| self.stored.get(&(level, subject, key.key.to_owned()));
        choose(key, at, self.tenant, &tree, party)
    }

    /// An organisation and what is above it, nearest first.
    fn tree(&self, organisation: OrganisationId) -> Vec<OrganisationId> {
        let mut tree = Vec::new();
        let mut next = Some(organisation);
        while let Some(id) = next
            && let Some(parent) = self.parents.get(&id)
            && !tree.contains(&id)
        {
            tree.push(id);
            next = *parent;
        }
        tree
    }

    /// The lowest organisation that all of these are, or belong to: the one that speaks for them together. None
    /// when there is none, or when one of them has no organisation.
    #[must_use]
    pub fn common(&self, organisations: impl IntoIterator<Item = Option<OrganisationId>>) -> Option<OrganisationId> {
        let mut shared: Option<Vec<OrganisationId>> = None;
        for organisation in organisations {
            let tree = self.tree(organisation?);
            shared = Some(match shared {
                None => tree,
                Some(known) => known.into_iter().filter(|id| tree.contains(id)).collect(),
            });
        }
        shared?.first().copied()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::keys::{LOCALE, ROUNDING_MODE};
    use super::*;
    use chrono::DateTime;
    use serde_json::json;

    fn book(parents: &[(OrganisationId, Option<OrganisationId>)], stored: Vec<Stored>) -> Book {
        Book {
            tenant: TenantId::new(),
            stored: stored.into_iter().map(|row| ((row.level, row.subject, row.key.clone()), row)).collect(),
            parents: parents.iter().copied().collect(),
        }
    }

    fn row(level: Level, subject: Uuid, key: &SettingKey, value: &str) -> Stored {
        Stored {
            level,
            subject,
            key: key.key.to_owned(),
            value: json!(value),
            version: 1,
            set_by: "mem_x".to_owned(),
            set_at: DateTime::from_timestamp(0, 0).unwrap(),
        }
    }

    #[test]
    fn the_common_organisation_is_the_lowest_that_holds_all() {
        let [root, label, one, two] = std::array::from_fn(|_| OrganisationId::new());
        let tree = [(root, None), (label, Some(root)), (one, Some(label)), (two, Some(label))];
        let book = book(&tree, Vec::new());
        assert_eq!(book.common([Some(one), Some(two)]), Some(label));
        assert_eq!(book.common([Some(one), Some(one)]), Some(one));
        assert_eq!(book.common([Some(one), Some(root)]), Some(root));
        assert_eq!(book.common([Some(one), None]), None);
        assert_eq!(book.common([]), None);
    }

    #[test]
    fn values_are_inherited_from_above_and_only_where_the_key_may_be_set() {
        let [root, label] = std::array::from_fn(|_| OrganisationId::new());
        let stored = vec![
            row(Level::Organisation, root.uuid(), &LOCALE, "de-DE"),
            // Written while the key could still be set here.
            row(Level::Organisation, root.uuid(), &ROUNDING_MODE, "HALF_EVEN"),
        ];
        let book = book(&[(root, None), (label, Some(root))], stored);
        assert_eq!(book.effective(&LOCALE, Some(label), None).text().unwrap(), "de-DE");
        assert_eq!(book.effective(&LOCALE, None, None).origin.level, Level::System);
        assert_eq!(book.effective(&ROUNDING_MODE, Some(label), None).text().unwrap(), "HALF_UP");
    }
}
