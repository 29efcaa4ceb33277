//! What a royalty statement says, before it has a form.
//!
//! Every amount is in the statement's one currency, already rounded to its exponent; every form (PDF, XLSX, CSV)
//! shows these numbers and computes none of its own. Amounts serialise as decimal strings, dates as ISO 8601.
//! A field added later must be skipped when empty, or the content hash of statements already published changes.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::colour::Colour;

/// One royalty statement: for one payee, one period, one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementDocument {
    /// What sort of statement this is.
    pub kind: StatementKind,
    /// TypeID of the statement (`stm_…`).
    pub id: String,
    /// The number people quote, unique per tenant ("2024-03-000017").
    pub number: String,
    /// Language of titles and headings: a key of the bundled word lists ("en").
    pub language: String,
    /// Sheet size of the PDF.
    #[serde(default)]
    pub paper: Paper,
    /// Who issues the statement.
    pub issuer: Issuer,
    /// Who receives it.
    pub payee: Payee,
    /// First day of the accounting period, inclusive.
    pub period_from: NaiveDate,
    /// Last day of the accounting period, inclusive.
    pub period_to: NaiveDate,
    /// Day of issue; also the creation date inside PDF and XLSX.
    pub issued_on: NaiveDate,
    /// ISO 4217 code of every amount in the document.
    pub currency: String,
    /// Minor-unit digits of that currency (EUR 2, JPY 0, BHD 3): decimals of every amount.
    pub exponent: u32,
    /// The chain from opening to closing balance.
    pub identity: Identity,
    /// What happens with the closing balance next.
    #[serde(default)]
    pub outlook: Outlook,
    /// The contracts accounted here; their royalties add up to `identity.royalties`.
    pub contracts: Vec<ContractLine>,
    /// The same royalties by different keys, at most one section per kind.
    pub sections: Vec<Section>,
    /// Advances and recoupable costs; `recouped` adds up to `identity.costs`.
    pub recoupment: Vec<RecoupmentLine>,
    /// Reserves; `taken` and `released` add up to those of the identity.
    pub reserves: Vec<ReserveLine>,
    /// Manual corrections with their reason; they add up to `identity.adjustments`.
    pub adjustments: Vec<AdjustmentLine>,
    /// Payments made in the period; they add up to `identity.payments`.
    pub payments: Vec<PaymentLine>,
    /// Tax withheld; adds up to `identity.tax`.
    pub taxes: Vec<TaxLine>,
    /// Free remarks to the payee, one paragraph each.
    pub notes: Vec<String>,
    /// How to ask or object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub how_to_ask: Option<HowToAsk>,
    /// Earlier periods and, as the last, this one; empty for a first statement.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<EarlierLine>,
    /// Money that waits and may be the payee's. It is in no figure of the identity.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suspense: Vec<SuspenseLine>,
}

impl StatementDocument {
    /// A statement in which nothing happened: every figure zero, every part empty, in English on A4.
    #[must_use]
    pub fn blank(
        (id, number): (String, String),
        (issuer, payee): (Issuer, Payee),
        (period_from, period_to): (NaiveDate, NaiveDate),
        issued_on: NaiveDate,
        (currency, exponent): (String, u32),
    ) -> Self {
        Self {
            kind: StatementKind::Period,
            id,
            number,
            language: "en".to_owned(),
            paper: Paper::A4,
            issuer,
            payee,
            period_from,
            period_to,
            issued_on,
            currency,
            exponent,
            identity: Identity::default(),
            outlook: Outlook::Unstated,
            contracts: Vec::new(),
            sections: Vec::new(),
            recoupment: Vec::new(),
            reserves: Vec::new(),
            adjustments: Vec::new(),
            payments: Vec::new(),
            taxes: Vec::new(),
            notes: Vec::new(),
            how_to_ask: None,
            earlier: Vec::new(),
            suspense: Vec::new(),
        }
    }
}

/// The sort of a statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatementKind {
    /// A closed accounting period.
    Period,
    /// Any range of days.
    AdHoc,
    /// A running period; marked on every page, not a claim to payment.
    Preview,
    /// Replaces nothing: carries the differences to a published statement.
    Correction {
        /// Number of the statement it corrects.
        corrects: String,
    },
    /// Several contracts, catalogues or labels of one payee.
    Consolidated,
    /// Withholding detail of a year or a payment.
    Tax,
}

/// Sheet size of the PDF.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Paper {
    /// ISO 216 A4, 210 × 297 mm.
    #[default]
    A4,
    /// US Letter, 8.5 × 11 in.
    Letter,
}

/// The sender: the tenant or one of its organisations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issuer {
    /// Name as it shall be read at the top of the page.
    pub name: String,
    /// Postal address, one line each.
    pub address: Vec<String>,
    /// House colour.
    pub accent: Colour,
    /// BLAKE3 of its logo (see [`super::Logo`]), in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo: Option<String>,
    /// Registration, VAT number, bank or other legal lines for the end of the document.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub legal: Vec<String>,
}

/// The rights holder who is accounted to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payee {
    /// TypeID of the party (`pty_…`).
    pub id: String,
    /// Name.
    pub name: String,
    /// Postal address, one line each; may be empty.
    pub address: Vec<String>,
    /// Tax or VAT number, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_number: Option<String>,
}

/// The statement identity:
/// `closing = opening + royalties − costs + reserves released − reserves taken + adjustments − payments − tax`.
///
/// What the equation subtracts (costs, reserves taken, payments, tax) is stated as a positive amount; a reversal of it
/// is negative. The next statement's opening is this closing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Identity {
    /// Balance at the end of the previous statement.
    pub opening: Decimal,
    /// Royalties earned in the period.
    pub royalties: Decimal,
    /// Advances and costs recouped from them.
    pub costs: Decimal,
    /// Reserves of earlier periods given back.
    pub reserves_released: Decimal,
    /// Reserves held back now.
    pub reserves_taken: Decimal,
    /// Manual corrections, either sign.
    pub adjustments: Decimal,
    /// Payments made to the payee.
    pub payments: Decimal,
    /// Tax withheld.
    pub tax: Decimal,
    /// Balance at the end of the period: what the issuer owes (positive) or carries against future royalties.
    pub closing: Decimal,
}

impl Identity {
    /// The closing balance that the other eight figures give, or `None` when it leaves the range of a decimal.
    pub fn expected_closing(&self) -> Option<Decimal> {
        self.opening
            .checked_add(self.royalties)?
            .checked_sub(self.costs)?
            .checked_add(self.reserves_released)?
            .checked_sub(self.reserves_taken)?
            .checked_add(self.adjustments)?
            .checked_sub(self.payments)?
            .checked_sub(self.tax)
    }
}

/// What happens with the closing balance.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outlook {
    /// Nothing is said.
    #[default]
    Unstated,
    /// It will be paid on this day.
    DueOn(NaiveDate),
    /// It is below the payment threshold and carries over.
    BelowThreshold(Decimal),
    /// It is held, for a reason the payee may read.
    OnHold(String),
    /// It carries over to the next statement.
    CarriedForward,
}

/// A contract that this statement accounts for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContractLine {
    /// TypeID of the contract (`ctr_…`).
    pub id: String,
    /// Name or reference people use.
    pub title: String,
    /// Kind in words ("Recording, net receipts 50 %").
    pub terms: String,
    /// Royalties of this statement under this contract.
    pub royalty: Decimal,
}

/// By what a section splits the royalties.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SectionKind {
    /// Streaming service, shop or society.
    Platform,
    /// Release (UPC).
    Release,
    /// Recording or work (ISRC, ISWC).
    Track,
    /// Territory of the use (ISO 3166-1).
    Territory,
    /// Stream, download, physical, synchronisation…
    RevenueType,
}

impl SectionKind {
    /// All kinds, in reading order.
    pub const ALL: [Self; 5] = [Self::Platform, Self::Release, Self::Track, Self::Territory, Self::RevenueType];

    /// Stable key, used in the CSV and in messages.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Platform => "platform",
            Self::Release => "release",
            Self::Track => "track",
            Self::Territory => "territory",
            Self::RevenueType => "revenue_type",
        }
    }
}

/// The royalties of the statement, split by one key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// By what it splits.
    pub kind: SectionKind,
    /// Its lines in the order they shall be read, usually the largest first.
    pub rows: Vec<SectionRow>,
}

/// One line of a section.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SectionRow {
    /// Platform, title, country or type.
    pub label: String,
    /// Second name: artist, version, label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Identifier: ISRC, ISWC, UPC, ISO 3166 code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Streams, copies, plays; negative for returns.
    pub units: i64,
    /// What the issuer received for it, before the contract's terms.
    pub net_receipts: Decimal,
    /// The payee's royalty.
    pub royalty: Decimal,
}

/// One recoupable balance of a contract. `closing = opening + added − recouped`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoupmentLine {
    /// Title of the contract.
    pub contract: String,
    /// What is recouped ("Advance", "Recording costs").
    pub kind: String,
    /// Unrecouped before this statement, positive.
    pub opening: Decimal,
    /// New advances and costs of the period.
    pub added: Decimal,
    /// Recouped from royalties now.
    pub recouped: Decimal,
    /// Still unrecouped.
    pub closing: Decimal,
}

/// Reserves of one contract. `closing = opening + taken − released`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReserveLine {
    /// Title of the contract.
    pub contract: String,
    /// Held before this statement.
    pub opening: Decimal,
    /// Held back now.
    pub taken: Decimal,
    /// Released now.
    pub released: Decimal,
    /// Held after this statement.
    pub closing: Decimal,
}

/// A manual correction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdjustmentLine {
    /// Day of the posting.
    pub on: NaiveDate,
    /// Why.
    pub reason: String,
    /// Title of the contract, where it belongs to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contract: Option<String>,
    /// Credit (positive) or debit.
    pub amount: Decimal,
}

/// A payment made in the period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentLine {
    /// Day of the payment.
    pub on: NaiveDate,
    /// Reference on the payee's bank statement, or TypeID (`pay_…`).
    pub reference: String,
    /// Method in words ("SEPA transfer").
    pub method: String,
    /// What was paid; a returned payment is negative.
    pub amount: Decimal,
}

/// Tax withheld.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxLine {
    /// Which tax, of which country, under which rule.
    pub label: String,
    /// The amount it was computed on.
    pub base: Decimal,
    /// Rate as a ratio (0.15), where one rate applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<Decimal>,
    /// Withheld.
    pub amount: Decimal,
}

/// How to ask about a statement or object to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HowToAsk {
    /// The way, in the issuer's words.
    pub text: String,
    /// Address for questions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Last day for an objection, where the contract sets one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object_until: Option<NaiveDate>,
}

/// One period of the comparison.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlierLine {
    /// Number of its statement.
    pub number: String,
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
    /// Royalties earned in it.
    pub royalty: Decimal,
    /// Payments made in it.
    pub paid: Decimal,
    /// Balance at its end.
    pub closing: Decimal,
    /// Change of the royalties from the line before, as a ratio; see [`EarlierLine::change_from`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<Decimal>,
}

impl EarlierLine {
    /// The change from one royalty to the next as a ratio of the first, to three decimals, half away from zero: from
    /// 200 to 250 is 0.25. `None` where the first is not positive: a ratio of it says nothing.
    #[must_use]
    pub fn change_from(before: Decimal, now: Decimal) -> Option<Decimal> {
        if before <= Decimal::ZERO {
            return None;
        }
        let ratio = now.checked_sub(before)?.checked_div(before)?;
        Some(ratio.round_dp_with_strategy(3, rust_decimal::RoundingStrategy::MidpointAwayFromZero).normalize())
    }
}

/// Money that waits for a reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuspenseLine {
    /// Title of the item.
    pub label: String,
    /// Artist.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// ISRC, ISWC or UPC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Why it waits, in words.
    pub reason: String,
    /// Lines of reports.
    pub lines: i64,
    /// What was received, rounded to its own currency.
    pub amount: Decimal,
    /// ISO 4217 code of that: the report's currency, not the statement's.
    pub currency: String,
}
