//! Reason codes of returns and notifications of change: what each says, and what has to happen.

use serde::Serialize;

/// What a failed or returned payment asks of us, whichever rail it came back on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FailureClass {
    /// The account, bank or address is wrong or gone: the payee gives another one.
    FixDestination,
    /// The payee died or has nobody to act for them.
    PayeeStatus,
    /// Frozen or sanctioned: hold, and let compliance decide.
    LegalHold,
    /// The payee does not want it.
    Refused,
    /// We sent something wrong: correct it and send again.
    OurError,
    /// The bank says no reason, or one that nobody knows: somebody has to look.
    Unknown,
}

impl FailureClass {
    /// The name in data.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FixDestination => "FIX_DESTINATION",
            Self::PayeeStatus => "PAYEE_STATUS",
            Self::LegalHold => "LEGAL_HOLD",
            Self::Refused => "REFUSED",
            Self::OurError => "OUR_ERROR",
            Self::Unknown => "UNKNOWN",
        }
    }
}

use FailureClass::{FixDestination, LegalHold, OurError, PayeeStatus, Refused, Unknown};

/// Return reason codes of the Nacha rules.
const RETURNS: &[(&str, FailureClass, &str)] = &[
    ("R01", Unknown, "Insufficient funds (of a debit)"),
    ("R02", FixDestination, "Account closed"),
    ("R03", FixDestination, "No account, or the account is another person's"),
    ("R04", FixDestination, "Account number is not valid"),
    ("R05", Unknown, "Unauthorised debit to a consumer account with a corporate code"),
    ("R06", OurError, "Returned at the request of the originating bank"),
    ("R07", Unknown, "Authorisation revoked by the customer (of a debit)"),
    ("R08", Unknown, "Payment stopped (of a debit)"),
    ("R09", Unknown, "Uncollected funds (of a debit)"),
    ("R10", Unknown, "Originator not known or not authorised (of a debit)"),
    ("R11", Unknown, "Entry not in accordance with the authorisation (of a debit)"),
    ("R12", FixDestination, "Account sold to another bank"),
    ("R13", FixDestination, "The bank does not take part, or its number is not valid"),
    ("R14", PayeeStatus, "The payee's representative is deceased or cannot act"),
    ("R15", PayeeStatus, "The beneficiary or account holder is deceased"),
    ("R16", LegalHold, "Account frozen, or returned on instruction of OFAC"),
    ("R17", OurError, "The bank could not process the entry: fields edited, or the account is suspect"),
    ("R18", OurError, "Improper effective entry date"),
    ("R19", OurError, "Error in the amount field"),
    ("R20", FixDestination, "Not a transaction account"),
    ("R21", OurError, "Company identification is not valid"),
    ("R22", OurError, "Individual identification number is not valid"),
    ("R23", Refused, "Credit entry refused by the receiver"),
    ("R24", OurError, "Duplicate entry"),
    ("R25", OurError, "Error in the addenda"),
    ("R26", OurError, "Error in a mandatory field"),
    ("R27", OurError, "Error in the trace number"),
    ("R28", FixDestination, "Check digit of the routing number is wrong"),
    ("R29", Unknown, "Corporate customer says not authorised (of a debit)"),
    ("R30", FixDestination, "The bank does not take part in check truncation"),
    ("R31", OurError, "Permissible return of a CCD or CTX entry"),
    ("R32", OurError, "The bank does not settle"),
    ("R33", Unknown, "Return of a destroyed check entry"),
    ("R34", FixDestination, "The bank's participation is limited"),
    ("R35", OurError, "Improper debit entry"),
    ("R36", OurError, "Improper credit entry"),
    ("R37", Unknown, "Source document presented for payment"),
    ("R38", Unknown, "Stop payment on a source document"),
    ("R39", Unknown, "Improper source document, or presented twice"),
    ("R40", Unknown, "Returned by a federal agency"),
    ("R41", OurError, "Transaction code is not valid (of an enrolment)"),
    ("R42", OurError, "Routing number or check digit error (of an enrolment)"),
    ("R43", FixDestination, "Account number is not valid (of an enrolment)"),
    ("R44", OurError, "Individual identification is not valid (of an enrolment)"),
    ("R45", OurError, "Individual or company name is not valid (of an enrolment)"),
    ("R46", PayeeStatus, "Representative payee indicator is not valid (of an enrolment)"),
    ("R47", OurError, "Duplicate enrolment"),
    ("R50", Unknown, "State law affecting the acceptance of check entries"),
    ("R51", Unknown, "Item related to a check entry is ineligible or improper"),
    ("R52", Unknown, "Stop payment on an item related to a check entry"),
    ("R53", Unknown, "Item and check entry both presented"),
    ("R61", OurError, "Misrouted return"),
    ("R62", OurError, "Return of an erroneous or reversing debit"),
    ("R67", OurError, "Duplicate return"),
    ("R68", OurError, "Untimely return"),
    ("R69", OurError, "Field errors in a return"),
    ("R70", OurError, "Permissible return not accepted"),
    ("R71", OurError, "Misrouted dishonoured return"),
    ("R72", OurError, "Untimely dishonoured return"),
    ("R73", Unknown, "The original return was timely"),
    ("R74", OurError, "Corrected return"),
    ("R75", Unknown, "The return was not a duplicate"),
    ("R76", Unknown, "No errors found"),
    ("R77", Unknown, "Dishonoured return not accepted"),
    ("R80", OurError, "Coding error of an international entry"),
    ("R81", OurError, "No participation in the international programme"),
    ("R82", FixDestination, "The foreign bank's identification is not valid"),
    ("R83", FixDestination, "The foreign bank cannot settle"),
    ("R84", OurError, "Entry not processed by the gateway"),
    ("R85", OurError, "International entry coded as domestic"),
    ("R90", LegalHold, "Returned for sanctions"),
];

/// Change codes of notifications of change.
const CHANGES: &[(&str, &str)] = &[
    ("C01", "The account number is another one"),
    ("C02", "The routing number is another one"),
    ("C03", "Routing number and account number are others"),
    ("C04", "The name is another one"),
    ("C05", "The transaction code is another one"),
    ("C06", "Account number and transaction code are others"),
    ("C07", "Routing number, account number and transaction code are others"),
    ("C08", "The foreign bank's identification is another one (international)"),
    ("C09", "The individual identification number is another one"),
    ("C13", "Format of the addenda is wrong"),
    ("C14", "The standard entry class code is wrong: international entries need IAT"),
    ("C61", "Misrouted notification of change (refused)"),
    ("C62", "Trace number of the notification is wrong (refused)"),
    ("C63", "Company identification of the notification is wrong (refused)"),
    ("C64", "Individual identification of the notification is wrong (refused)"),
    ("C65", "Corrected data are wrong (refused)"),
    ("C66", "Routing number of the notification is wrong (refused)"),
    ("C67", "Routing number of the original entry is wrong (refused)"),
    ("C68", "Account number of the original entry is wrong (refused)"),
    ("C69", "Transaction code is wrong (refused)"),
];

/// The class and text of a return reason code; `None` for a code that the rules do not have.
#[must_use]
pub fn return_reason(code: &str) -> Option<(FailureClass, &'static str)> {
    RETURNS.iter().find(|(own, ..)| *own == code).map(|(_, class, text)| (*class, *text))
}

/// The text of a change code; `None` for a code that the rules do not have.
#[must_use]
pub fn change_reason(code: &str) -> Option<&'static str> {
    CHANGES.iter().find(|(own, _)| *own == code).map(|(_, text)| *text)
}

/// What a change code asks for: another destination, or a correction of what we send.
#[must_use]
pub fn change_class(code: &str) -> FailureClass {
    match code {
        "C01" | "C02" | "C03" | "C04" | "C05" | "C06" | "C07" | "C08" => FixDestination,
        "C09" | "C13" | "C14" => OurError,
        _ if change_reason(code).is_some() => OurError,
        _ => Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_that_matter_for_credits_have_their_class() {
        for code in ["R02", "R03", "R04", "R12", "R20", "R28"] {
            assert_eq!(return_reason(code).map(|found| found.0), Some(FixDestination), "{code}");
        }
        for code in ["R17", "R18", "R19", "R22", "R24", "R25", "R26", "R27"] {
            assert_eq!(return_reason(code).map(|found| found.0), Some(OurError), "{code}");
        }
        for (code, class) in
            [("R14", PayeeStatus), ("R15", PayeeStatus), ("R16", LegalHold), ("R90", LegalHold), ("R23", Refused)]
        {
            assert_eq!(return_reason(code).map(|found| found.0), Some(class), "{code}");
        }
        for code in ["C01", "C02", "C03", "C04", "C05", "C06", "C07"] {
            assert_eq!(change_class(code), FixDestination, "{code}");
        }
        assert_eq!((return_reason("R97"), change_reason("C92")), (None, None));
        assert_eq!(change_class("C92"), Unknown);
    }
}
