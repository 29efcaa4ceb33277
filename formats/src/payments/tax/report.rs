//! What is reported of a year: 1099-MISC and 1042-S, and their export in the shape of the IRIS portal.
//!
//! The portal's XML schemas are handed to registered developers only: the XML here follows published samples, says so in
//! its first line and has never been accepted by the portal. The CSV and JSON hold the same figures.

use std::fmt::Write as _;

use kernel::currency::Currency;
use kernel::money::{Rounding, round_to};
use rust_decimal::Decimal;
use serde::Serialize;

use super::tables::irs_country;

/// The least royalties of a year that are reported without anything withheld, US dollars (26 USC 6050N).
const LEAST: Decimal = Decimal::TEN;

/// The year and who reports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReportYear {
    /// The tax year.
    pub year: u16,
    /// Who paid.
    pub payer: ReportParty,
    /// Their telephone.
    pub phone: String,
}

/// A party of a report.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReportParty {
    /// The name of an entity, or a person's last name.
    pub name: String,
    /// A person's first name; empty for an entity.
    pub first_name: String,
    /// The US number, digits only; empty without one.
    pub tin: String,
    /// Whether the number is a business's.
    pub is_business: bool,
    /// Street and number.
    pub street: String,
    /// Town.
    pub town: String,
    /// State or province.
    pub state: String,
    /// Postal code.
    pub post_code: String,
    /// Country, two letters of ISO.
    pub country: String,
}

/// Form 1099-MISC of one recipient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Form1099Misc {
    /// Our id of it: a correction quotes it.
    pub record_id: String,
    /// The recipient.
    pub recipient: ReportParty,
    /// Our account of the recipient.
    pub account: String,
    /// Whether the number was refused twice.
    pub second_notice: bool,
    /// The FATCA box.
    pub fatca: bool,
    /// Box 2, royalties.
    pub box_2_royalties: Decimal,
    /// Box 4, federal tax withheld.
    pub box_4_withheld: Decimal,
    /// Boxes 15 to 17 of one state: withheld, state and number, income.
    pub state: Option<(Decimal, String, Decimal)>,
    /// Whether it replaces one that was filed.
    pub corrected: bool,
    /// Whether it takes one back.
    pub void: bool,
}

/// Form 1042-S of one recipient, kind of income and rate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Form1042S {
    /// Ten digits, unique in the year.
    pub unique_id: String,
    /// Which amendment; zero for the first filing.
    pub amendment: u8,
    /// Box 1.
    pub box_1_income_code: String,
    /// Box 2, whole dollars are not demanded: cents.
    pub box_2_gross: Decimal,
    /// Box 3, chapter 3 or 4.
    pub box_3_chapter: u8,
    /// Box 3a.
    pub box_3a_exemption: String,
    /// Box 3b, percent.
    pub box_3b_rate: Decimal,
    /// Box 7a, withheld.
    pub box_7a_withheld: Decimal,
    /// Box 9, withheld too much and given back.
    pub box_9_repaid: Decimal,
    /// Box 13f, the recipient's status under chapter 3: `16` individual, `15` corporation.
    pub box_13f_status: String,
    /// The recipient.
    pub recipient: ReportParty,
    /// Box 13i, the foreign number.
    pub foreign_tin: String,
    /// Box 13j, limitation on benefits.
    pub limitation_code: String,
    /// Box 13k, our account of the recipient.
    pub account: String,
    /// Box 13l, a person's day of birth as YYYYMMDD.
    pub birth_date: String,
}

impl Form1042S {
    /// Box 10: withheld less given back.
    #[must_use]
    pub fn box_10_credit(&self) -> Decimal {
        self.box_7a_withheld.saturating_sub(self.box_9_repaid)
    }
}

/// Whether a 1099-MISC is filed: royalties of ten dollars, or anything withheld whatever the amount.
#[must_use]
pub fn must_file_1099(royalties: Decimal, withheld: Decimal) -> bool {
    royalties >= LEAST || withheld > Decimal::ZERO
}

fn money(amount: Decimal) -> String {
    match Currency::parse("USD") {
        Ok(dollar) => round_to(amount, dollar, Rounding::HalfUp).to_string(),
        Err(_) => amount.to_string(),
    }
}

fn row(cells: &[String], text: &mut String) {
    let quoted = cells.iter().map(|cell| {
        // A cell that a spreadsheet would take for a formula is text.
        let cell = if cell.starts_with(['=', '+', '@', '\t']) { format!("'{cell}") } else { cell.clone() };
        if cell.contains([',', '"', '\n', '\r']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
    });
    text.push_str(&quoted.collect::<Vec<_>>().join(","));
    text.push_str("\r\n");
}

fn flag(value: bool) -> String {
    if value { "Y" } else { "N" }.to_owned()
}

/// All 1099-MISC of a year as CSV, one recipient per line, in the order they are given.
#[must_use]
pub fn iris_csv_1099(year: &ReportYear, forms: &[Form1099Misc]) -> String {
    let titles = "Form Type,Tax Year,Record ID,Void,Corrected,Payer TIN,Payer Name,Payer Address,Payer City,Payer State,Payer ZIP,Payer Country,Payer Phone,\
        Recipient TIN Type,Recipient TIN,Recipient First Name,Recipient Last or Business Name,Recipient Address,Recipient City,Recipient State,\
        Recipient ZIP,Recipient Country,Account Number,2nd TIN Notice,FATCA Filing Requirement,Box 2 - Royalties,\
        Box 4 - Federal income tax withheld,Box 15 - State tax withheld,Box 16 - State/Payer state number,Box 17 - State income";
    let mut text = format!("{}\r\n", titles.replace(", ", ","));
    let payer = &year.payer;
    for form in forms {
        let to = &form.recipient;
        let kind = if to.tin.is_empty() {
            ""
        } else if to.is_business {
            "BUSINESS_TIN"
        } else {
            "INDIVIDUAL_TIN"
        };
        let (state_tax, state, state_income) = match &form.state {
            Some((tax, state, income)) => (money(*tax), state.clone(), money(*income)),
            None => Default::default(),
        };
        let own = [
            "1099-MISC".into(),
            year.year.to_string(),
            form.record_id.clone(),
            flag(form.void),
            flag(form.corrected),
            payer.tin.clone(),
            payer.name.clone(),
            payer.street.clone(),
            payer.town.clone(),
            payer.state.clone(),
            payer.post_code.clone(),
            payer.country.clone(),
            year.phone.clone(),
            kind.to_owned(),
            to.tin.clone(),
            to.first_name.clone(),
            to.name.clone(),
            to.street.clone(),
            to.town.clone(),
            to.state.clone(),
            to.post_code.clone(),
            to.country.clone(),
            form.account.clone(),
            flag(form.second_notice),
            flag(form.fatca),
            money(form.box_2_royalties),
            money(form.box_4_withheld),
            state_tax,
            state,
            state_income,
        ];
        row(&own, &mut text);
    }
    text
}

/// All 1042-S of a year as CSV.
#[must_use]
pub fn iris_csv_1042s(year: &ReportYear, forms: &[Form1042S]) -> String {
    let titles = "Form Type,Tax Year,Unique Form ID,Amendment,Box 1 Income Code,Box 2 Gross Income,Box 3 Chapter,Box 3a Exemption Code,Box 3b Tax Rate,\
        Box 7a Federal Tax Withheld,Box 9 Repaid,Box 10 Total Credit,Box 12a Agent EIN,Box 12d Agent Name,Box 12f Agent Country,\
        Box 13a Recipient Name,Box 13b Recipient Country,Box 13c Address,Box 13d City,Box 13e US TIN,Box 13f Chapter 3 Status,\
        Box 13i Foreign TIN,Box 13j LOB Code,Box 13k Account,Box 13l Date of Birth";
    let mut text = format!("{}\r\n", titles.replace(", ", ","));
    for form in forms {
        let to = &form.recipient;
        let name = [to.first_name.as_str(), to.name.as_str()].join(" ").trim().to_owned();
        let town = [to.town.as_str(), to.state.as_str(), to.post_code.as_str()].join(" ").trim().to_owned();
        // Two digits before the point and two behind it.
        let rate = format!("{:0>5}", money(form.box_3b_rate));
        let own = [
            "1042-S".into(),
            year.year.to_string(),
            form.unique_id.clone(),
            form.amendment.to_string(),
            form.box_1_income_code.clone(),
            money(form.box_2_gross),
            form.box_3_chapter.to_string(),
            form.box_3a_exemption.clone(),
            rate,
            money(form.box_7a_withheld),
            money(form.box_9_repaid),
            money(form.box_10_credit()),
            year.payer.tin.clone(),
            year.payer.name.clone(),
            irs_country(&year.payer.country).to_owned(),
            name,
            irs_country(&to.country).to_owned(),
            to.street.clone(),
            town,
            to.tin.clone(),
            form.box_13f_status.clone(),
            form.foreign_tin.clone(),
            form.limitation_code.clone(),
            form.account.clone(),
            form.birth_date.clone(),
        ];
        row(&own, &mut text);
    }
    text
}

/// The same figures as JSON.
///
/// # Errors
/// Never for these values; the serialiser's word if it does.
pub fn iris_json(year: &ReportYear, misc: &[Form1099Misc], s1042: &[Form1042S]) -> serde_json::Result<Vec<u8>> {
    #[derive(Serialize)]
    struct File<'a> {
        year: &'a ReportYear,
        #[serde(rename = "form1099Misc")]
        misc: &'a [Form1099Misc],
        #[serde(rename = "form1042S")]
        s1042: &'a [Form1042S],
    }
    serde_json::to_vec_pretty(&File { year, misc, s1042 })
}

/// All 1099-MISC as XML in the shape of published samples: UNVERIFIED against the portal's schema.
#[must_use]
pub fn iris_xml_1099(year: &ReportYear, transmission_id: &str, forms: &[Form1099Misc]) -> String {
    let mut text = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- UNVERIFIED: the schema is not public; test it with the portal before filing. -->\n",
    );
    text.push_str("<IRTransmission xmlns=\"urn:us:gov:treasury:irs:ir\">\n<IRTransmissionManifest>");
    let put = |text: &mut String, name: &str, value: &str| {
        if !value.is_empty() {
            // Writing to a string does not fail.
            let _ = write!(text, "<{name}>{}</{name}>", quick_xml::escape::minimal_escape(value));
        }
    };
    let count = forms.len().to_string();
    let tax_year = year.year.to_string();
    for (name, value) in [
        ("UniqueTransmissionId", transmission_id),
        ("TaxYr", &tax_year),
        ("PriorYearDataInd", "0"),
        ("TransmissionTypeCd", if forms.iter().any(|form| form.corrected) { "C" } else { "O" }),
        ("TestCd", "T"),
        ("TotalIssuerFormCnt", "1"),
        ("TotalRecipientFormCnt", &count),
        ("SubmissionChannelCd", "A2A"),
    ] {
        put(&mut text, name, value);
    }
    text.push_str("</IRTransmissionManifest>\n<IRSubmission1Grp><IRSubmission1Header>");
    put(&mut text, "SubmissionId", "1");
    put(&mut text, "TaxYr", &tax_year);
    text.push_str("<IssuerDetail>");
    put(&mut text, "TIN", &year.payer.tin);
    put(&mut text, "BusinessNameLine1Txt", &year.payer.name);
    put(&mut text, "PhoneNum", &year.phone);
    text.push_str("</IssuerDetail>");
    put(&mut text, "FormTypeCd", "1099MISC");
    text.push_str("</IRSubmission1Header>\n<IRSubmission1Detail>\n");
    for form in forms {
        let to = &form.recipient;
        text.push_str("<Form1099MISCDetail>");
        put(&mut text, "TaxYr", &tax_year);
        put(&mut text, "RecordId", &form.record_id);
        put(&mut text, "VoidInd", if form.void { "1" } else { "0" });
        put(&mut text, "CorrectedInd", if form.corrected { "1" } else { "0" });
        text.push_str("<RecipientDetail>");
        put(&mut text, "TIN", &to.tin);
        put(&mut text, "TINSubmittedTypeCd", if to.is_business { "BUSINESS_TIN" } else { "INDIVIDUAL_TIN" });
        if to.first_name.is_empty() {
            put(&mut text, "BusinessNameLine1Txt", &to.name);
        } else {
            put(&mut text, "PersonFirstNm", &to.first_name);
            put(&mut text, "PersonLastNm", &to.name);
        }
        for (name, value) in [
            ("AddressLine1Txt", &to.street),
            ("CityNm", &to.town),
            ("StateAbbreviationCd", &to.state),
            ("ZIPCd", &to.post_code),
            ("CountryCd", &to.country),
        ] {
            put(&mut text, name, value);
        }
        text.push_str("</RecipientDetail>");
        put(&mut text, "RecipientAccountNum", &form.account);
        put(&mut text, "SecondTINNoticeInd", if form.second_notice { "1" } else { "0" });
        put(&mut text, "FATCAFilingRequirementInd", if form.fatca { "1" } else { "0" });
        put(&mut text, "RoyaltyAmt", &money(form.box_2_royalties));
        put(&mut text, "FederalIncomeTaxWithheldAmt", &money(form.box_4_withheld));
        text.push_str("</Form1099MISCDetail>\n");
    }
    text.push_str("</IRSubmission1Detail></IRSubmission1Grp>\n</IRTransmission>\n");
    text
}
