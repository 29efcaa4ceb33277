//! What a pain.001 is made of. Everything is given, ids and times included: the same value gives the same bytes.

use chrono::{NaiveDate, NaiveDateTime};
use kernel::currency::Currency;
use rust_decimal::Decimal;

/// The version of the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Version {
    /// pain.001.001.09, what banks take since November 2023.
    #[default]
    V09,
    /// pain.001.001.03, for banks that are not there yet.
    V03,
}

impl Version {
    /// The name of the message.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::V09 => "pain.001.001.09",
            Self::V03 => "pain.001.001.03",
        }
    }
}

/// A message: orders to one bank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreditTransferFile {
    /// The version.
    pub version: Version,
    /// The message's id, up to 35 characters, made from the batch: a bank refuses a second one.
    pub message_id: String,
    /// When it was made, as stored with the batch.
    pub created_at: NaiveDateTime,
    /// Who orders, usually the debtor.
    pub initiator: Party,
    /// One block per account, day and kind of service.
    pub blocks: Vec<PaymentBlock>,
}

/// Transfers from one account on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentBlock {
    /// Its id, up to 35 characters, unique in the message: the statement shows it with batch booking.
    pub id: String,
    /// How the money goes.
    pub scheme: Scheme,
    /// When.
    pub execution_on: NaiveDate,
    /// Whether the statement shows one entry for the block; `None` leaves it to the bank.
    pub batch_booking: Option<bool>,
    /// Who pays.
    pub debtor: Party,
    /// From which account.
    pub account: AccountNumber,
    /// In which currency it is kept, where the bank wants to know.
    pub account_currency: Option<Currency>,
    /// The bank of the account.
    pub agent: Agent,
    /// Who pays the banks' charges; SEPA knows one answer only.
    pub charges: Charges,
    /// The transfers.
    pub transfers: Vec<CreditTransfer>,
}

/// How money goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scheme {
    /// SEPA credit transfer: euros, IBAN to IBAN.
    Sepa,
    /// The same within ten seconds.
    SepaInstant,
    /// A wire: any currency, any country. The service level is what the bank wants: `URGP`, `NURG`, `G001`.
    Wire {
        /// External service level code, four characters.
        service_level: String,
    },
}

impl Scheme {
    /// Whether the rules of the European Payments Council apply.
    #[must_use]
    pub const fn is_sepa(&self) -> bool {
        matches!(self, Self::Sepa | Self::SepaInstant)
    }
}

/// Who pays the banks' charges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charges {
    /// As the scheme has it (SLEV).
    ServiceLevel,
    /// Each its own (SHAR): less may arrive than was sent.
    Shared,
    /// The payer (DEBT).
    Debtor,
    /// The payee (CRED).
    Creditor,
}

impl Charges {
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::ServiceLevel => "SLEV",
            Self::Shared => "SHAR",
            Self::Debtor => "DEBT",
            Self::Creditor => "CRED",
        }
    }
}

/// A person or company.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Party {
    /// The name.
    pub name: String,
    /// The address: structured, as banks want it since November 2026.
    pub address: Option<Address>,
    /// A number that says who it is.
    pub id: Option<OrganisationId>,
}

/// An address in its parts. Town and country are always needed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Address {
    /// Street.
    pub street: String,
    /// Number of the building.
    pub building: String,
    /// Postal code.
    pub post_code: String,
    /// Town.
    pub town: String,
    /// State or province.
    pub subdivision: String,
    /// Country, two letters.
    pub country: String,
    /// At most two lines for what has no part of its own.
    pub lines: Vec<String>,
}

/// A number of an organisation with the scheme it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganisationId {
    /// The number, up to 35 characters.
    pub id: String,
    /// External organisation identification code: `TXID`, `CUST`, `BANK` …
    pub scheme: String,
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountNumber {
    /// An IBAN.
    Iban(String),
    /// Any other number, up to 34 characters.
    Other(String),
}

/// A bank: a BIC or the number of a clearing system's member.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Agent {
    /// BIC, 8 or 11 characters.
    pub bic: Option<String>,
    /// Clearing system (`USABA`, `GBDSC` …) and the member's number in it.
    pub clearing: Option<(String, String)>,
    /// Its name, where there is no BIC.
    pub name: Option<String>,
    /// Its country, two letters, where there is no BIC.
    pub country: Option<String>,
}

/// One transfer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreditTransfer {
    /// Our id for the bank, up to 35 characters.
    pub instruction_id: Option<String>,
    /// The id that goes to the payee and comes back on statements; unique in the message.
    pub end_to_end_id: String,
    /// A UUID of version 4 that follows the payment through all banks (version 09 only).
    pub uetr: Option<String>,
    /// The amount, above zero.
    pub amount: Decimal,
    /// Its currency.
    pub currency: Currency,
    /// The payee's bank; SEPA finds it by the IBAN.
    pub agent: Option<Agent>,
    /// A bank between the two.
    pub intermediary: Option<Agent>,
    /// The payee.
    pub creditor: Party,
    /// The payee's account.
    pub account: AccountNumber,
    /// External purpose code; `ROYA` is payment of royalties.
    pub purpose: String,
    /// What it is for.
    pub remittance: Remittance,
    /// What some countries' central banks want to know.
    pub regulatory: Option<RegulatoryReport>,
}

/// What a transfer is for: a text or a reference, never both.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Remittance {
    /// Nothing.
    #[default]
    None,
    /// Up to 140 characters.
    Text(String),
    /// A creditor reference of ISO 11649 (`RF…`).
    Reference(String),
}

/// A report to a central bank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegulatoryReport {
    /// The country that wants it, two letters.
    pub country: String,
    /// Its code for the kind of payment, up to ten characters.
    pub code: String,
    /// In words, up to 35 characters.
    pub text: String,
}
