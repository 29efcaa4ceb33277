//! Withholding on royalties: a decision per amount, with rate, article and reason; and what is reported of a year.
//!
//! Rules and treaties are dated data files. They are engineering input, not tax advice: every decision names the row it
//! rests on, so that a specialist can verify it.

mod decide;
mod forms;
mod report;
mod tables;

#[cfg(test)]
mod tests;

pub use decide::{
    Decision, DecisionReason, Hold, Payee, PayeeKind, Presumption, Reported, TaxLine, TaxOutcome, YearToDate, decide,
};
pub use forms::{FormKind, TaxForm, w8_expires_on};
pub use report::{
    Form1042S, Form1099Misc, ReportParty, ReportYear, iris_csv_1042s, iris_csv_1099, iris_json, iris_xml_1099,
    must_file_1099,
};
pub use tables::{IncomeClass, TaxTables, TreatyRow, WithholdingRow, irs_country};
