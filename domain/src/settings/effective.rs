//! Which value counts: pure.

use chrono::{DateTime, Utc};
use kernel::currency::Currency;
use kernel::failure::{Failure, Outcome};
use kernel::ids::{OrganisationId, PartyId, TenantId};
use rust_decimal::Decimal;
use serde_json::Value;
use uuid::Uuid;

use super::key::SettingKey;

/// Where a value stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// The installation: the defaults of the keys.
    System,
    /// A tenant.
    Tenant,
    /// An organisation, for itself and those below it.
    Organisation,
    /// A rights holder.
    RightsHolder,
}

impl Level {
    /// The name in data.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "SYSTEM",
            Self::Tenant => "TENANT",
            Self::Organisation => "ORGANISATION",
            Self::RightsHolder => "RIGHTS_HOLDER",
        }
    }

    /// The level of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::System, Self::Tenant, Self::Organisation, Self::RightsHolder]
            .into_iter()
            .find(|level| level.as_str() == name)
    }
}

/// A value somebody set.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Stored {
    pub level: Level,
    pub subject: Uuid,
    pub key: String,
    pub value: Value,
    pub version: i32,
    pub set_by: String,
    pub set_at: DateTime<Utc>,
}

/// Where an effective value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The level.
    pub level: Level,
    /// The tenant, organisation or party; none for the installation.
    pub subject: Option<Uuid>,
    /// The version of the value there; 0 for the installation.
    pub version: i32,
    /// Who set it; none for the installation.
    pub set_by: Option<String>,
    /// When; none for the installation.
    pub set_at: Option<DateTime<Utc>>,
}

/// The value that counts for a subject.
#[derive(Debug, Clone, PartialEq)]
pub struct Effective {
    /// The key.
    pub key: &'static SettingKey,
    /// The value, valid and normalised.
    pub value: Value,
    /// Where it came from.
    pub origin: Origin,
}

/// Finds the value that counts: the rights holder's own, else the nearest organisation's (`organisations` nearest
/// first, root last), else the tenant's, else the default. `at` looks a value up at one level.
#[must_use]
pub(super) fn choose<'a>(
    key: &'static SettingKey,
    at: impl Fn(Level, Uuid) -> Option<&'a Stored>,
    tenant: TenantId,
    organisations: &[OrganisationId],
    party: Option<PartyId>,
) -> Effective {
    let own = party.map(|party| (Level::RightsHolder, party.uuid()));
    let tree = organisations.iter().map(|organisation| (Level::Organisation, organisation.uuid()));
    let tenant = std::iter::once((Level::Tenant, tenant.uuid()));
    // A value left over from a time when the key could be set at more levels does not count.
    let admitted = |(level, _): &(Level, Uuid)| key.allowed_at(*level);
    let found =
        own.into_iter().chain(tree).chain(tenant).filter(admitted).find_map(|(level, subject)| at(level, subject));
    match found {
        Some(row) => Effective {
            key,
            value: row.value.clone(),
            origin: Origin {
                level: row.level,
                subject: Some(row.subject),
                version: row.version,
                set_by: Some(row.set_by.clone()),
                set_at: Some(row.set_at),
            },
        },
        None => Effective {
            key,
            value: key.default_value(),
            origin: Origin { level: Level::System, subject: None, version: 0, set_by: None, set_at: None },
        },
    }
}

/// Looks values of one key up in a list.
pub(super) fn among<'a>(stored: &'a [Stored], key: &'static SettingKey) -> impl Fn(Level, Uuid) -> Option<&'a Stored> {
    move |level, subject| stored.iter().find(|row| row.level == level && row.subject == subject && row.key == key.key)
}

impl Effective {
    fn wrong(&self, wanted: &str) -> Failure {
        Failure::internal(format!("the setting {} is no {wanted}: {}", self.key.key, self.value))
    }

    /// As a text or a choice.
    ///
    /// # Errors
    /// `INTERNAL` for a key of another type.
    pub fn text(&self) -> Outcome<&str> {
        self.value.as_str().ok_or_else(|| self.wrong("text"))
    }

    /// As a text; none for null and for an empty one.
    ///
    /// # Errors
    /// `INTERNAL` for a key of another type.
    pub fn optional_text(&self) -> Outcome<Option<&str>> {
        if self.value.is_null() { Ok(None) } else { Ok(Some(self.text()?.trim()).filter(|text| !text.is_empty())) }
    }

    /// The lines of a text that are not empty.
    ///
    /// # Errors
    /// `INTERNAL` for a key of another type.
    pub fn lines(&self) -> Outcome<Vec<String>> {
        Ok(self.text()?.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect())
    }

    /// As a list of texts.
    ///
    /// # Errors
    /// `INTERNAL` for a key of another type.
    pub fn texts(&self) -> Outcome<Vec<String>> {
        let list = self.value.as_array().ok_or_else(|| self.wrong("list"))?;
        list.iter().map(|item| item.as_str().map(str::to_owned).ok_or_else(|| self.wrong("list of texts"))).collect()
    }

    /// As a whole number.
    ///
    /// # Errors
    /// `INTERNAL` for a key of another type.
    pub fn integer(&self) -> Outcome<i64> {
        self.value.as_i64().ok_or_else(|| self.wrong("whole number"))
    }

    /// As a decimal, such as a ratio.
    ///
    /// # Errors
    /// `INTERNAL` for a key of another type.
    pub fn decimal(&self) -> Outcome<Decimal> {
        self.text()?.parse().map_err(|_| self.wrong("decimal"))
    }

    /// As a currency; none for null.
    ///
    /// # Errors
    /// `INTERNAL` for a key of another type.
    pub fn currency(&self) -> Outcome<Option<Currency>> {
        if self.value.is_null() {
            return Ok(None);
        }
        self.text()?.parse().map(Some).map_err(|_| self.wrong("currency"))
    }

    /// The amount of one currency; none when the value does not name it.
    ///
    /// # Errors
    /// `INTERNAL` for a key of another type.
    pub fn amount(&self, currency: Currency) -> Outcome<Option<Decimal>> {
        let amounts = self.value.as_object().ok_or_else(|| self.wrong("object of amounts"))?;
        let Some(amount) = amounts.get(currency.code()) else { return Ok(None) };
        amount.as_str().and_then(|text| text.parse().ok()).map(Some).ok_or_else(|| self.wrong("object of amounts"))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use rust_decimal::Decimal;
    use serde_json::json;

    use super::super::keys::{LOCALE, PAYMENT_THRESHOLD};
    use super::*;

    fn row(level: Level, subject: Uuid, value: Value) -> Stored {
        Stored {
            level,
            subject,
            key: LOCALE.key.to_owned(),
            value,
            version: 3,
            set_by: "mem_x".to_owned(),
            set_at: DateTime::from_timestamp(0, 0).unwrap(),
        }
    }

    #[test]
    fn the_nearest_value_counts_and_says_where_it_came_from() {
        let tenant = TenantId::new();
        let (root, label, imprint) = (OrganisationId::new(), OrganisationId::new(), OrganisationId::new());
        let party = PartyId::new();
        let tree = [imprint, label, root];
        let find = |stored: &[Stored]| {
            let found = choose(&LOCALE, among(stored, &LOCALE), tenant, &tree, Some(party));
            (found.value.as_str().unwrap().to_owned(), found.origin.level, found.origin.subject)
        };
        let mut stored = vec![];
        assert_eq!(find(&stored), ("en-GB".to_owned(), Level::System, None));
        // Somebody else's values never count.
        stored.push(row(Level::Tenant, TenantId::new().uuid(), json!("nl-NL")));
        stored.push(row(Level::Organisation, OrganisationId::new().uuid(), json!("nl-NL")));
        stored.push(row(Level::RightsHolder, PartyId::new().uuid(), json!("nl-NL")));
        assert_eq!(find(&stored).1, Level::System);
        stored.push(row(Level::Tenant, tenant.uuid(), json!("de-DE")));
        assert_eq!(find(&stored), ("de-DE".to_owned(), Level::Tenant, Some(tenant.uuid())));
        stored.push(row(Level::Organisation, root.uuid(), json!("fr-FR")));
        assert_eq!(find(&stored), ("fr-FR".to_owned(), Level::Organisation, Some(root.uuid())));
        stored.push(row(Level::Organisation, label.uuid(), json!("it-IT")));
        assert_eq!(find(&stored), ("it-IT".to_owned(), Level::Organisation, Some(label.uuid())));
        stored.push(row(Level::RightsHolder, party.uuid(), json!("ja-JP")));
        assert_eq!(find(&stored), ("ja-JP".to_owned(), Level::RightsHolder, Some(party.uuid())));
        // Without the party its value does not count.
        let without = choose(&LOCALE, among(&stored, &LOCALE), tenant, &tree, None);
        assert_eq!((without.origin.level, without.origin.version), (Level::Organisation, 3));
    }

    #[test]
    fn values_are_read_by_type() {
        let threshold = choose(&PAYMENT_THRESHOLD, |_, _| None, TenantId::new(), &[], None);
        let eur = Currency::parse("EUR").unwrap();
        assert_eq!(threshold.amount(eur).unwrap(), Some(Decimal::new(2500, 2)));
        assert_eq!(threshold.amount(Currency::parse("CHF").unwrap()).unwrap(), None);
        assert_eq!(threshold.integer().unwrap_err().code(), "INTERNAL");
    }
}
