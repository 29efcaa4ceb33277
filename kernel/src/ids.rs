//! Typed identifiers: a UUIDv7 inside, a TypeID (`ctr_01h455vb4pex5vsknk084sn02q`) outside.
//!
//! Source of the text form: the public TypeID convention (prefix, underscore, 26 characters of base32).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use typeid_suffix::prelude::TypeIdSuffix;
use uuid::Uuid;

/// Why a text is not an id of the wanted type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// The text has another prefix, or none.
    #[error("expected an id that begins with `{expected}_`, got `{got}`")]
    WrongPrefix {
        /// The prefix of the wanted type.
        expected: &'static str,
        /// The text as given.
        got: String,
    },
    /// What follows the prefix is not 26 characters of TypeID base32.
    #[error("`{got}` is not a well-formed id")]
    Malformed {
        /// The text as given.
        got: String,
    },
}

/// The one place where new row ids are made: time-ordered UUIDv7.
#[allow(clippy::disallowed_methods, reason = "the one place where ids are made")]
fn new_v7() -> Uuid {
    Uuid::now_v7()
}

/// Writes `prefix_suffix` for any id.
#[must_use]
pub fn to_typeid(prefix: &str, uuid: Uuid) -> String {
    format!("{prefix}_{}", TypeIdSuffix::from(uuid))
}

/// Splits a TypeID into its prefix and UUID, whatever the type.
///
/// # Errors
/// [`IdError::Malformed`] when the text is no TypeID at all.
pub fn parse_typeid(text: &str) -> Result<(&str, Uuid), IdError> {
    let malformed = || IdError::Malformed { got: text.to_owned() };
    let (prefix, suffix) = text.rsplit_once('_').ok_or_else(malformed)?;
    let suffix = TypeIdSuffix::from_str(suffix).map_err(|_| malformed())?;
    Ok((prefix, suffix.to_uuid()))
}

macro_rules! typed_ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
            #[serde(transparent)]
            pub struct $name(pub Uuid);

            impl $name {
                /// The prefix of the text form.
                pub const PREFIX: &'static str = $prefix;

                /// A new, time-ordered id.
                #[must_use]
                #[allow(clippy::new_without_default, reason = "a default id would be a trap")]
                pub fn new() -> Self {
                    Self(new_v7())
                }

                /// The row id.
                #[must_use]
                pub const fn uuid(self) -> Uuid {
                    self.0
                }
            }

            impl From<Uuid> for $name {
                fn from(uuid: Uuid) -> Self {
                    Self(uuid)
                }
            }

            impl From<$name> for Uuid {
                fn from(id: $name) -> Self {
                    id.0
                }
            }

            impl fmt::Display for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str(&to_typeid(Self::PREFIX, self.0))
                }
            }

            impl fmt::Debug for $name {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    fmt::Display::fmt(self, f)
                }
            }

            impl FromStr for $name {
                type Err = IdError;

                fn from_str(text: &str) -> Result<Self, IdError> {
                    let (prefix, uuid) = parse_typeid(text)?;
                    if prefix == Self::PREFIX {
                        Ok(Self(uuid))
                    } else {
                        Err(IdError::WrongPrefix { expected: Self::PREFIX, got: text.to_owned() })
                    }
                }
            }
        )*

        /// Every prefix in use, with the name of its type.
        pub const PREFIXES: &[(&str, &str)] = &[$(($prefix, stringify!($name))),*];
    };
}

typed_ids! {
    /// A tenant: one customer of the system, whose data nobody else sees.
    TenantId = "ten";
    /// A label, sub-label, imprint, publisher or distributor inside a tenant.
    OrganisationId = "org";
    /// A person's sign-in, which may be a member of several tenants.
    LoginId = "log";
    /// A login's membership of one tenant, with a role.
    MemberId = "mem";
    /// A refresh token family member.
    TokenId = "tok";
    /// A key by which programs call the API.
    ApiKeyId = "key";
    /// A rights holder or other party to a contract.
    PartyId = "pty";
    /// A sound recording (ISRC).
    RecordingId = "rec";
    /// A musical work (ISWC).
    WorkId = "wrk";
    /// A release, single or album (UPC/EAN).
    ReleaseId = "rel";
    /// A named group of catalogue items.
    GroupId = "grp";
    /// A source's own identifier for a catalogue item.
    AliasId = "als";
    /// A contract between the tenant and a party.
    ContractId = "ctr";
    /// One effective-dated version of a contract.
    ContractVersionId = "ctv";
    /// A share of an item's revenue that enters a contract.
    ParticipationId = "ptn";
    /// A royalty term of a contract version.
    TermId = "trm";
    /// A payee's place in the split of a contract version.
    SplitId = "spl";
    /// An advance paid under a contract.
    AdvanceId = "adv";
    /// A staged upload.
    UploadId = "upl";
    /// A version of a tenant's own report layout.
    LayoutId = "lay";
    /// An imported sales report.
    ReportId = "rpt";
    /// A group of report lines that could not be posted.
    SuspenseId = "sus";
    /// A calculation run.
    RunId = "run";
    /// A ledger account.
    AccountId = "acc";
    /// A ledger transfer.
    TransferId = "trf";
    /// A royalty statement.
    StatementId = "stm";
    /// The statements of one period, made together.
    StatementBatchId = "stb";
    /// A document of a statement (PDF, XLSX, CSV).
    DocumentId = "doc";
    /// A payment to one payee.
    PaymentId = "pay";
    /// A batch of payments.
    PaymentBatchId = "pba";
    /// Long work, seen from outside.
    OperationId = "opn";
    /// A configuration value at one level.
    SettingId = "set";
    /// An audit entry.
    AuditId = "aud";
    /// An exchange rate.
    RateId = "fxr";
    /// An outbox event.
    EventId = "evt";
    /// A simulation or recalculation.
    SimulationId = "sim";
    /// An exception of a calculation run.
    RunExceptionId = "rex";
    /// A correction of a payee's account that a person made.
    AdjustmentId = "adj";
    /// A key that a tenant's secrets are sealed with.
    DataKeyId = "dky";
    /// A place where reports come from.
    SourceId = "src";
    /// One attempt to collect from a source.
    SourceRunId = "srn";
    /// A file that was seen at a source.
    SourceFileId = "sfl";
    /// Something about a source that somebody should look at.
    SourceAlertId = "sal";
    /// What a provider said it pays.
    RemittanceId = "rmt";
    /// A total of a payment that reports are held against.
    ControlTotalId = "ctl";
    /// A difference between paid and reported that was booked.
    ControlDifferenceId = "cdf";
    /// What was put in the place of cells that could not be read.
    RepairId = "rpr";
    /// What to read in the place of a text that a source writes.
    RepairRuleId = "rrl";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_form_round_trips_and_names_the_wrong_prefix() {
        let id = ContractId::new();
        assert_eq!(id.to_string().parse::<ContractId>(), Ok(id));
        let error = id.to_string().parse::<PartyId>().unwrap_err();
        assert!(matches!(error, IdError::WrongPrefix { expected: "pty", .. }));
        assert!("ctr_no".parse::<ContractId>().is_err());
        assert!("".parse::<ContractId>().is_err());
    }

    #[test]
    fn prefixes_are_unique() {
        let mut seen: Vec<_> = PREFIXES.iter().map(|(prefix, _)| *prefix).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), PREFIXES.len());
    }
}
