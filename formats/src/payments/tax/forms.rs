//! Papers that payees give.

use chrono::{Datelike as _, NaiveDate};
use serde::{Deserialize, Serialize};

/// Kinds of papers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FormKind {
    /// United States: a US person's number.
    W9,
    /// United States: a foreign individual.
    W8Ben,
    /// United States: a foreign entity.
    W8BenE,
    /// United States: income of a business in the United States.
    W8Eci,
    /// A certificate of residence of the payee's tax office.
    CertificateOfResidence,
    /// Germany: an exemption certificate of the Federal Central Tax Office.
    ExemptionCertificate,
    /// Japan: Form 3, filed through the payer.
    JpForm3,
}

/// A paper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxForm {
    /// Which.
    pub kind: FormKind,
    /// When it was signed, issued or filed.
    pub signed_on: NaiveDate,
    /// The last day it is good for, where it says one; of a W-8 the law says it.
    pub expires_on: Option<NaiveDate>,
    /// Whether it has a number: a certified one on a W-9, a US or foreign one on a W-8.
    pub has_tin: bool,
    /// The country whose treaty is claimed.
    pub treaty_country: Option<String>,
    /// Of an entity: whether it says why the treaty's limitation on benefits does not bar it.
    pub limitation_met: bool,
}

/// The last day of a W-8: that of the third calendar year after its signature.
#[must_use]
pub fn w8_expires_on(signed_on: NaiveDate) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(signed_on.year() + 3, 12, 31)
}

impl TaxForm {
    /// The last day it is good for; `None` for one that does not end.
    #[must_use]
    pub fn last_day(&self) -> Option<NaiveDate> {
        match self.kind {
            FormKind::W8Ben | FormKind::W8BenE | FormKind::W8Eci => {
                let by_law = w8_expires_on(self.signed_on);
                by_law.into_iter().chain(self.expires_on).min()
            }
            _ => self.expires_on,
        }
    }

    /// Whether it is good on a day. Japan's must have been filed the day before.
    #[must_use]
    pub fn is_good_on(&self, on: NaiveDate) -> bool {
        let begun = if self.kind == FormKind::JpForm3 { self.signed_on < on } else { self.signed_on <= on };
        begun && self.last_day().is_none_or(|last| on <= last)
    }
}
