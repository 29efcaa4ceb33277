//! What mutations of sources take.

use async_graphql::{ID, InputObject, MaybeUndefined};
use domain::collection::sources as acquisition;
use domain::collection::sources::Secret;
use kernel::failure::Outcome;

use super::method::SourceMethodInput;
use super::types::SourceCredentialName;

/// A credential to be set.
#[derive(InputObject)]
pub struct SourceCredentialInput {
    /// Which one.
    name: SourceCredentialName,
    /// Its value. Nobody can read it back.
    #[graphql(secret)]
    value: String,
}

impl SourceCredentialInput {
    /// The credentials as the domain takes them.
    pub fn all(list: Vec<Self>) -> Vec<(acquisition::CredentialName, Secret)> {
        list.into_iter().map(|one| (one.name.into(), Secret::new(one.value))).collect()
    }
}

/// A source to be made.
#[derive(InputObject)]
pub struct SourceCreateInput {
    /// What people call it; once in the tenant.
    name: String,
    /// Whose reports they are.
    provider: String,
    /// How they are fetched.
    method: SourceMethodInput,
    /// When, as a cron expression: minute, hour, day, month, weekday (`30 6 * * *`). Not given: by hand only.
    schedule: Option<String>,
    /// The time zone (IANA) of schedule and deadline.
    #[graphql(default_with = "\"UTC\".to_owned()")]
    time_zone: String,
    /// By when a new report must have come, each time, as a cron expression (`0 9 15 * *`: by the 15th at nine).
    deadline: Option<String>,
    /// How often a failed run is tried, 1 to 25.
    #[graphql(default = 5)]
    max_attempts: i32,
    /// Its credentials.
    #[graphql(default)]
    credentials: Vec<SourceCredentialInput>,
}

impl SourceCreateInput {
    /// The source as the domain takes it.
    ///
    /// # Errors
    /// Those of the method.
    pub fn checked(self) -> Outcome<acquisition::NewSource> {
        Ok(acquisition::NewSource {
            name: self.name,
            provider: self.provider,
            method: self.method.checked()?,
            schedule: self.schedule,
            time_zone: self.time_zone,
            deadline: self.deadline,
            max_attempts: self.max_attempts,
            credentials: SourceCredentialInput::all(self.credentials),
        })
    }
}

/// What to change at a source. What is not given stays; for schedule and deadline null takes it away.
#[derive(InputObject)]
pub struct SourceChangeInput {
    /// The source.
    pub id: ID,
    /// The version that was read.
    pub expected_version: i32,
    /// A new name.
    name: Option<String>,
    /// Another provider.
    provider: Option<String>,
    /// Other settings. Another method takes the credentials away and disables the source.
    method: Option<SourceMethodInput>,
    /// Another schedule.
    schedule: MaybeUndefined<String>,
    /// Another time zone.
    time_zone: Option<String>,
    /// Another deadline.
    deadline: MaybeUndefined<String>,
    /// Another number of attempts.
    max_attempts: Option<i32>,
}

impl SourceChangeInput {
    /// The change as the domain takes it.
    ///
    /// # Errors
    /// Those of the method.
    pub fn checked(self) -> Outcome<acquisition::SourceChange> {
        Ok(acquisition::SourceChange {
            name: self.name,
            provider: self.provider,
            method: self.method.map(SourceMethodInput::checked).transpose()?,
            schedule: self.schedule.map_value(Some).unwrap_or_undefined(),
            time_zone: self.time_zone,
            deadline: self.deadline.map_value(Some).unwrap_or_undefined(),
            max_attempts: self.max_attempts,
        })
    }
}

/// Three states into two levels: not given, taken away, given.
trait Levels<T> {
    fn unwrap_or_undefined(self) -> Option<T>;
}

impl<T> Levels<Option<T>> for MaybeUndefined<Option<T>> {
    fn unwrap_or_undefined(self) -> Option<Option<T>> {
        match self {
            Self::Undefined => None,
            Self::Null => Some(None),
            Self::Value(value) => Some(value),
        }
    }
}

/// A source and the version that was read.
#[derive(InputObject)]
pub struct SourceTurnInput {
    /// The source.
    pub id: ID,
    /// The version that was read.
    pub expected_version: i32,
}

/// Credentials to be set; those that are not named stay.
#[derive(InputObject)]
pub struct SourceCredentialsSetInput {
    /// The source.
    pub id: ID,
    /// The credentials.
    pub credentials: Vec<SourceCredentialInput>,
}

/// A source whose connection is to be tested.
#[derive(InputObject)]
pub struct SourceTestInput {
    /// The source.
    pub id: ID,
}

/// A source to be collected from now.
#[derive(InputObject)]
pub struct SourceCollectInput {
    /// The source.
    pub id: ID,
    /// A text of your choice, at most 200 characters, that makes a repeated request the same request.
    pub idempotency_key: String,
}
