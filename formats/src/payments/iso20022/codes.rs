//! Status and reason codes of ISO 20022: what each says, and what has to happen.

use serde::Serialize;

use crate::payments::ach::FailureClass;
use FailureClass::{FixDestination, LegalHold, OurError, PayeeStatus, Refused, Unknown};

/// Reasons of rejections and returns. Own words; the codes are those of the external code sets.
const REASONS: &[(&str, FailureClass, &str)] = &[
    ("AC01", FixDestination, "The account number is not correct"),
    ("AC02", OurError, "The debtor's account number is wrong or missing"),
    ("AC03", FixDestination, "The creditor's account number is wrong or missing"),
    ("AC04", FixDestination, "The account is closed"),
    ("AC05", OurError, "The debtor's account is closed"),
    ("AC06", LegalHold, "The account is blocked"),
    ("AC07", FixDestination, "The creditor's account is closed"),
    ("AC08", FixDestination, "The branch is not valid"),
    ("AC09", FixDestination, "The account's currency is another one"),
    ("AC10", OurError, "The debtor's account has another currency"),
    ("AC11", FixDestination, "The creditor's account has another currency"),
    ("AC12", FixDestination, "The kind of account is not valid"),
    ("AC13", OurError, "The debtor's kind of account is not valid"),
    ("AC14", FixDestination, "The creditor's kind of account is not valid"),
    ("AC15", FixDestination, "The account's details have changed"),
    ("AC16", LegalHold, "The account is in sequestration"),
    ("AC17", LegalHold, "The account is in liquidation"),
    ("AG01", FixDestination, "This kind of account takes no such payment"),
    ("AG02", OurError, "The bank operation code is not valid"),
    ("AG03", OurError, "The bank does not support this payment"),
    ("AG07", OurError, "The debtor's account cannot be debited"),
    ("AG08", OurError, "The user may not do this"),
    ("AG09", Unknown, "The original payment was never received"),
    ("AG10", FixDestination, "The agent is suspended"),
    ("AG11", FixDestination, "The creditor's agent is suspended"),
    ("AGNT", FixDestination, "An agent is not correct"),
    ("AM01", OurError, "The amount is zero"),
    ("AM02", OurError, "The amount is above the limit"),
    ("AM03", OurError, "The currency is not allowed"),
    ("AM04", OurError, "The debtor's funds are not sufficient"),
    ("AM05", OurError, "The payment was sent twice"),
    ("AM06", OurError, "The amount is below the least"),
    ("AM07", LegalHold, "The amount is blocked by an authority"),
    ("AM09", OurError, "The amount is not what was agreed"),
    ("AM10", OurError, "The control sum is wrong"),
    ("AM11", OurError, "The currency is not valid"),
    ("AM12", OurError, "The amount is not valid"),
    ("AM13", OurError, "The amount is above the clearing's limit"),
    ("AM14", OurError, "The amount is above the agreed limit"),
    ("ARDT", Unknown, "It was returned already"),
    ("BE01", FixDestination, "The name does not fit the account"),
    ("BE04", FixDestination, "The creditor's address is missing or wrong"),
    ("BE05", OurError, "The ordering party is not known"),
    ("BE06", FixDestination, "The customer is not known at the bank"),
    ("BE07", OurError, "The debtor's address is missing or wrong"),
    ("BE08", FixDestination, "The bank made an error with the customer"),
    ("BE09", FixDestination, "The country code is not valid"),
    ("BE10", OurError, "The debtor's country is not valid"),
    ("BE11", FixDestination, "The creditor's country is not valid"),
    ("BE16", OurError, "The debtor's identification is not valid"),
    ("BE17", FixDestination, "The creditor's identification is not valid"),
    ("BE19", OurError, "The charge bearer is not valid"),
    ("BE20", FixDestination, "The name is longer than the bank takes"),
    ("BE21", FixDestination, "The name is missing"),
    ("BE22", FixDestination, "The creditor's name is missing"),
    ("BE23", FixDestination, "The account's proxy is not valid"),
    ("CERI", OurError, "Not checked: a rule of credit transfers is not met"),
    ("CH03", OurError, "The execution day is too far ahead"),
    ("CH04", OurError, "The execution day is too far in the past"),
    ("CH11", FixDestination, "The creditor's identifier is not correct"),
    ("CH20", OurError, "The currency has other decimal places"),
    ("CH21", OurError, "A compulsory element is missing"),
    ("CH22", OurError, "SEPA payments and others in one message"),
    ("CNOR", FixDestination, "The creditor's bank does not take part"),
    ("CURR", OurError, "The currency is not correct"),
    ("CUST", Refused, "The customer asked for it"),
    ("DNOR", OurError, "The debtor's bank does not take part"),
    ("DS0A", OurError, "A signature is missing"),
    ("DS0B", OurError, "The signatures are not sufficient"),
    ("DS02", OurError, "A signer cancelled the order"),
    ("DS04", OurError, "The order was refused by the bank"),
    ("DS24", OurError, "Waiting for signatures took too long"),
    ("DT01", OurError, "The date is not valid"),
    ("DT02", OurError, "The creation date is not valid"),
    ("DT04", OurError, "The day is too far ahead"),
    ("DT06", OurError, "The bank moved the execution day"),
    ("DUPL", OurError, "The payment is a copy of another one"),
    ("DUP1", OurError, "The message was sent before"),
    ("DUP2", OurError, "The block was sent before"),
    ("DUP3", OurError, "The transfer was sent before"),
    ("DUP4", OurError, "The end to end id was used before"),
    ("ED05", Unknown, "Settlement failed"),
    ("ED06", Unknown, "The settlement system is closed"),
    ("ERIN", OurError, "The extended remittance option is not supported"),
    ("FF01", OurError, "The format is not valid"),
    ("FF03", OurError, "The payment type is not valid"),
    ("FF04", OurError, "The service level is not valid"),
    ("FF05", OurError, "The local instrument is not valid"),
    ("FF07", OurError, "The purpose is not valid"),
    ("FF10", Unknown, "The bank's system failed"),
    ("FOCR", OurError, "It came back because we asked for it"),
    ("FR01", LegalHold, "Suspicion of fraud"),
    ("FRAD", LegalHold, "Suspicion of fraud"),
    ("LEGL", LegalHold, "A legal decision"),
    ("MD01", OurError, "There is no mandate"),
    ("MD06", Refused, "The payer asked for a refund"),
    ("MD07", PayeeStatus, "The customer is deceased"),
    ("MS02", Refused, "The customer gave no reason"),
    ("MS03", Unknown, "The bank gave no reason"),
    ("NARR", Unknown, "The reason is in the text"),
    ("NERI", OurError, "Not checked: a rule is not met"),
    ("NOAS", Unknown, "The customer did not answer"),
    ("NOOR", Unknown, "The original payment was never received"),
    ("RC01", FixDestination, "The bank's code is not correct"),
    ("RC03", OurError, "The debtor's bank code is not valid"),
    ("RC04", FixDestination, "The creditor's bank code is not valid"),
    ("RC05", FixDestination, "The BIC is not valid"),
    ("RC06", OurError, "The debtor's BIC is not valid"),
    ("RC07", FixDestination, "The creditor's BIC is not valid"),
    ("RC08", FixDestination, "The clearing code is not valid"),
    ("RC09", OurError, "The debtor's clearing code is not valid"),
    ("RC10", FixDestination, "The creditor's clearing code is not valid"),
    ("RC11", FixDestination, "The intermediary is not valid"),
    ("RF01", OurError, "The reference was used before"),
    ("RR01", OurError, "The debtor's account or identification is missing"),
    ("RR02", OurError, "The debtor's name or address is missing"),
    ("RR03", FixDestination, "The creditor's name or address is missing"),
    ("RR04", LegalHold, "A regulatory reason"),
    ("RR05", OurError, "The regulatory report is not valid"),
    ("RR06", OurError, "The tax information is not valid"),
    ("RR07", OurError, "The remittance information is not valid"),
    ("RR09", OurError, "The structured reference is not valid"),
    ("RR10", OurError, "Characters are not allowed"),
    ("RR12", OurError, "An identification is missing"),
    ("SL11", FixDestination, "The creditor is not on the list of those who may be paid"),
    ("SL12", FixDestination, "The creditor is on the list of those who may not be paid"),
    ("SVNR", Unknown, "The service was not rendered"),
    ("TM01", OurError, "It came after the cut-off time"),
    ("TS01", OurError, "The file was not received whole"),
    ("TS04", OurError, "The paper order is missing"),
    ("UPAY", OurError, "The payment was not due"),
];

/// The class and text of a reason code. Codes that are newer than this table have the class of their family and no text.
#[must_use]
pub fn iso_reason(code: &str) -> (FailureClass, &'static str) {
    if let Some((_, class, text)) = REASONS.iter().find(|(own, ..)| *own == code) {
        return (*class, text);
    }
    let family = if code.len() == 4 { code.get(..2).unwrap_or_default() } else { "" };
    let class = match family {
        "AC" | "BE" | "RC" => FixDestination,
        "AG" | "AM" | "CH" | "DS" | "DT" | "DU" | "FF" | "RR" | "TM" | "TS" => OurError,
        _ => Unknown,
    };
    (class, "")
}

/// What a bank says of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ReportedState {
    /// The bank has it and is not through with it.
    InProgress,
    /// The bank will do it; not final.
    Accepted,
    /// The money is there; a return is still possible.
    Settled,
    /// Some of it: look at every transaction.
    Partial,
    /// It will not be done.
    Failed,
    /// The payee's name is the account's.
    NameMatches,
    /// The payee's name is nearly the account's.
    NameNearlyMatches,
    /// The payee's name is not the account's.
    NameDiffers,
    /// The name could not be verified.
    NameNotVerified,
    /// Names of some transactions differ: release is needed once more.
    NamesDiffer,
    /// A word that nobody knows.
    Unknown,
}

/// What a status code says.
#[must_use]
pub fn iso_status(code: &str) -> ReportedState {
    use ReportedState as State;
    match code {
        "RCVD" | "ACTC" | "ACCP" | "ACFC" | "PDNG" | "PATC" | "RVNC" | "PRES" | "ACIS" => State::InProgress,
        "ACSP" | "ACWC" | "ACWP" | "ACPD" | "CPUC" => State::Accepted,
        "ACSC" | "ACCC" => State::Settled,
        "PART" => State::Partial,
        "RJCT" | "BLCK" | "CANC" => State::Failed,
        "RCVC" => State::NameMatches,
        "RVMC" => State::NameNearlyMatches,
        "RVNM" => State::NameDiffers,
        "RVNA" => State::NameNotVerified,
        "RVCM" => State::NamesDiffer,
        _ => State::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_have_their_class() {
        for (code, class) in [
            ("AC01", FixDestination),
            ("AC04", FixDestination),
            ("AC06", LegalHold),
            ("MD07", PayeeStatus),
            ("MS02", Refused),
            ("MS03", Unknown),
            ("RR04", LegalHold),
            ("FOCR", OurError),
            ("AC99", FixDestination),
            ("ZZZZ", Unknown),
            ("", Unknown),
        ] {
            assert_eq!(iso_reason(code).0, class, "{code}");
        }
    }

    #[test]
    fn accepted_is_not_settled_and_a_name_check_is_neither() {
        assert_eq!(iso_status("ACSP"), ReportedState::Accepted);
        assert_eq!(iso_status("ACSC"), ReportedState::Settled);
        assert_eq!(iso_status("RVNC"), ReportedState::InProgress);
        assert_eq!(iso_status("RVMC"), ReportedState::NameNearlyMatches);
        assert_eq!(iso_status("XXXX"), ReportedState::Unknown);
    }
}
