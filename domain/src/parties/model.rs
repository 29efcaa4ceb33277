//! Parties as values.

use kernel::codes::{Ipi, Isni};
use kernel::currency::Currency;
use kernel::failure::{Failure, Finding};
use kernel::ids::PartyId;
use kernel::limits::NAME_CHARS;
use kernel::territory::Territory;
use rust_decimal::Decimal;

/// What a party is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartyKind {
    /// A natural person.
    Person,
    /// A band or ensemble.
    Group,
    /// A legal person.
    Company,
}

impl PartyKind {
    /// The name in data.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Person => "PERSON",
            Self::Group => "GROUP",
            Self::Company => "COMPANY",
        }
    }

    fn from_name(name: &str) -> Self {
        match name {
            "PERSON" => Self::Person,
            "GROUP" => Self::Group,
            _ => Self::Company,
        }
    }
}

/// A rights holder or other party to a contract.
#[derive(Debug, Clone)]
pub struct Party {
    /// Its id.
    pub id: PartyId,
    /// The tenant's own key.
    pub reference: String,
    /// What can change.
    pub fields: PartyFields,
    /// Raised by every change.
    pub version: i32,
}

/// What can change of a party.
#[derive(Debug, Clone)]
pub struct PartyFields {
    /// The name, in any script.
    pub name: String,
    /// What it is.
    pub kind: PartyKind,
    /// Residence.
    pub country: Option<Territory>,
    /// One address.
    pub email: Option<String>,
    /// IPI name number.
    pub ipi: Option<Ipi>,
    /// ISNI.
    pub isni: Option<Isni>,
    /// In which currency the party is paid; none: by configuration.
    pub payment_currency: Option<Currency>,
    /// From which amount on, in that currency; none: by configuration.
    pub payment_threshold: Option<Decimal>,
}

impl PartyFields {
    /// Trims, and finds everything that is wrong.
    ///
    /// # Errors
    /// `NAME_MISSING`, `EMAIL_INVALID`, `THRESHOLD_INVALID`.
    pub fn checked(mut self) -> Result<Self, Failure> {
        let mut found = Vec::new();
        let mut refuse = |field: &str, code, message: &str| {
            found.push(Finding { code, message: message.to_owned(), path: vec!["input".to_owned(), field.to_owned()] });
        };
        self.name = self.name.trim().to_owned();
        if self.name.is_empty() || self.name.chars().count() > NAME_CHARS {
            refuse("name", "NAME_MISSING", "Give a name of at most 500 characters.");
        }
        self.email = self.email.map(|email| email.trim().to_owned()).filter(|email| !email.is_empty());
        if self.email.as_deref().is_some_and(|email| crate::bulk::email(email).is_err()) {
            refuse("email", "EMAIL_INVALID", "This is no e-mail address.");
        }
        match (self.payment_threshold, self.payment_currency) {
            (Some(amount), _) if amount < Decimal::ZERO => {
                refuse("paymentThreshold", "THRESHOLD_INVALID", "A threshold is at least zero.");
            }
            (Some(_), None) => {
                refuse("paymentCurrency", "THRESHOLD_INVALID", "A threshold needs the currency it is in.");
            }
            _ => {}
        }
        if found.is_empty() { Ok(self) } else { Err(Failure::findings(found)) }
    }
}

/// Which parties to list.
#[derive(Debug, Clone, Default)]
pub struct PartyFilter {
    /// Only those whose name or reference contains this text.
    pub search: Option<String>,
    /// Only of this kind.
    pub kind: Option<PartyKind>,
}

/// A row with its identifiers.
pub(super) fn shape(row: entity::party::Model, identifiers: &[entity::party_identifier::Model]) -> Party {
    let value = |scheme: &str| {
        identifiers.iter().find(|one| one.party_id == row.id && one.scheme == scheme).map(|one| one.value.as_str())
    };
    Party {
        id: row.id.into(),
        fields: PartyFields {
            kind: PartyKind::from_name(&row.kind),
            country: row.country.as_deref().and_then(|code| Territory::parse(code).ok()),
            email: row.email,
            ipi: value("IPI").and_then(|text| Ipi::parse(text).ok()),
            isni: value("ISNI").and_then(|text| Isni::parse(text).ok()),
            payment_currency: row.payment_currency.as_deref().and_then(|code| Currency::parse(code).ok()),
            payment_threshold: row.payment_threshold,
            name: row.name,
        },
        reference: row.reference,
        version: row.version,
    }
}
