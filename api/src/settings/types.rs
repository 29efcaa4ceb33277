//! Types of configuration.

use async_graphql::{Enum, ID, SimpleObject};
use domain::settings::{Effective, HistoryEntry, Level, Subject};
use kernel::failure::{Failure, Outcome};
use kernel::ids::{OrganisationId, PartyId, TenantId, to_typeid};
use serde_json::Value;

use crate::frame::ids;
use crate::frame::scalars::DateTime;

/// Where a value stands. What is nearest to the subject counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Level")]
pub enum SettingLevel {
    /// The installation: the defaults.
    System,
    /// The tenant.
    Tenant,
    /// An organisation, for itself and all below it.
    Organisation,
    /// A rights holder.
    RightsHolder,
}

/// Where an effective value came from.
#[derive(Debug, Clone, SimpleObject)]
pub struct SettingOrigin {
    /// The level it was set at.
    level: SettingLevel,
    /// The tenant, organisation or party it was set for; null for the installation's default.
    subject_id: Option<ID>,
}

/// One thing that can be configured, as it counts for a subject.
#[derive(Debug, Clone, SimpleObject)]
pub struct Setting {
    /// Its name.
    key: String,
    /// The value that counts.
    value: Value,
    /// The level that was asked about.
    level: SettingLevel,
    /// Where the value came from.
    origin: SettingOrigin,
    /// Whether the value is set here, and not inherited.
    is_set_here: bool,
    /// The version of the value set here, for `expectedVersion`; 0 when it is inherited.
    version: i32,
    /// Who set the value that counts; null for a default.
    set_by: Option<String>,
    /// When the value that counts was set; null for a default.
    set_at: Option<DateTime>,
    /// What it decides.
    description: String,
    /// What values it takes: `CURRENCY`, `OPTIONAL_CURRENCY`, `RATIO`, `AMOUNTS`, `INTEGER`, `TEXT`, `CHOICE`,
    /// `CHOICES`, `COLOUR`, `OPTIONAL_EMAIL`, `EMAILS`.
    value_type: String,
    /// The words to choose from, for `CHOICE` and `CHOICES`.
    choices: Vec<String>,
    /// The levels it may be set at.
    levels: Vec<SettingLevel>,
    /// Its default.
    default_value: Value,
}

fn id_of(level: Level, subject: uuid::Uuid) -> ID {
    let prefix = match level {
        Level::System | Level::Tenant => TenantId::PREFIX,
        Level::Organisation => OrganisationId::PREFIX,
        Level::RightsHolder => PartyId::PREFIX,
    };
    ID(to_typeid(prefix, subject))
}

impl Setting {
    /// Shapes what counts for a subject.
    pub(super) fn of(effective: Effective, subject: Subject) -> Self {
        let Effective { key, value, origin } = effective;
        let is_set_here = origin.level == subject.level()
            && match subject {
                Subject::System => false,
                Subject::Tenant => true,
                Subject::Organisation(id) => origin.subject == Some(id.uuid()),
                Subject::RightsHolder(id) => origin.subject == Some(id.uuid()),
            };
        Self {
            key: key.key.to_owned(),
            value,
            level: subject.level().into(),
            is_set_here,
            version: if is_set_here { origin.version } else { 0 },
            origin: SettingOrigin {
                level: origin.level.into(),
                subject_id: origin.subject.map(|subject| id_of(origin.level, subject)),
            },
            set_by: origin.set_by,
            set_at: origin.set_at.map(Into::into),
            description: key.description.to_owned(),
            value_type: key.value_type.name().to_owned(),
            choices: key.value_type.choices().iter().map(|word| (*word).to_owned()).collect(),
            levels: key.levels.iter().map(|level| (*level).into()).collect(),
            default_value: key.default_value(),
        }
    }
}

/// A value that was set, or cleared.
#[derive(Debug, Clone, SimpleObject)]
pub struct SettingChange {
    /// The value; null when it was cleared and inherited again.
    value: Option<Value>,
    /// Its number.
    version: i32,
    /// Who did it.
    set_by: String,
    /// When.
    set_at: DateTime,
}

impl From<HistoryEntry> for SettingChange {
    fn from(entry: HistoryEntry) -> Self {
        Self { value: entry.value, version: entry.version, set_by: entry.set_by, set_at: entry.set_at.into() }
    }
}

/// Reads level and subject: the id must be of the level's type; for the tenant it may be left out.
pub(super) fn subject(level: SettingLevel, id: Option<&ID>, tenant: TenantId, path: [&str; 2]) -> Outcome<Subject> {
    let path = path.into_iter().filter(|part| !part.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    let needed = || Failure::refused("BAD_USER_INPUT", "This level needs the id of its subject.").at(path.clone());
    match (level, id) {
        (SettingLevel::System, None) => Ok(Subject::System),
        (SettingLevel::System, Some(_)) => {
            Err(Failure::refused("BAD_USER_INPUT", "The installation has no subject.").at(path))
        }
        (SettingLevel::Tenant, None) => Ok(Subject::Tenant),
        (SettingLevel::Tenant, Some(id)) => {
            if ids::parse::<TenantId>(id, path.clone())? == tenant {
                Ok(Subject::Tenant)
            } else {
                Err(Failure::not_found("NOT_FOUND", "There is no such subject.").at(path))
            }
        }
        (SettingLevel::Organisation, Some(id)) => Ok(Subject::Organisation(ids::parse(id, path)?)),
        (SettingLevel::RightsHolder, Some(id)) => Ok(Subject::RightsHolder(ids::parse(id, path)?)),
        (SettingLevel::Organisation | SettingLevel::RightsHolder, None) => Err(needed()),
    }
}
