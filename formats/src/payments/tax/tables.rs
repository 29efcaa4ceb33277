//! The tables: withholding rules and treaties, each row with its days, its article and its source.

use std::sync::LazyLock;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// What kind of royalty it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum IncomeClass {
    /// Copyrights of literary, artistic and musical works; sound recordings unless the tenant decides otherwise.
    Copyright,
    /// Motion pictures and television.
    Film,
    /// Patents, processes, equipment.
    Industrial,
}

impl IncomeClass {
    /// The income code of form 1042-S.
    #[must_use]
    pub const fn code_1042s(self) -> &'static str {
        match self {
            Self::Copyright => "12",
            Self::Film => "11",
            Self::Industrial => "10",
        }
    }
}

/// Whose royalties a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Residence {
    /// Residents of another country.
    Foreign,
    /// Of them, residents of the European Economic Area.
    Eea,
    /// The payer's own residents without a certified number.
    Backup,
}

/// Which part of an amount a rule taxes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Base {
    /// What was earned by use in the payer's country.
    Domestic,
    /// All of it.
    All,
}

/// A withholding rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WithholdingRow {
    /// Its name: decisions quote it.
    pub id: String,
    /// Country of the payer.
    pub payer: String,
    /// Whose royalties.
    pub residence: Residence,
    /// Kinds of royalties; all without.
    #[serde(default)]
    pub classes: Vec<IncomeClass>,
    /// Percent.
    pub rate: Decimal,
    /// Which part is taxed.
    pub base: Base,
    /// The paper that a treaty rate needs; none without.
    #[serde(default)]
    pub treaty_form: String,
    /// First day.
    pub from: NaiveDate,
    /// Last day; still in force without.
    #[serde(default)]
    pub until: Option<NaiveDate>,
    /// The law.
    pub article: String,
    /// Where it was read.
    pub source: String,
}

/// A treaty's rates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TreatyRow {
    /// Country of the payer.
    pub payer: String,
    /// Country of the payee.
    pub residence: String,
    /// Percent on copyrights; `bp` where the royalty article does not cover them.
    pub copyright: String,
    /// Percent on films; `bp` likewise.
    pub film: String,
    /// First day of payments.
    pub from: NaiveDate,
    /// Last day; still in force without.
    #[serde(default)]
    pub until: Option<NaiveDate>,
    /// The article, where it was found.
    #[serde(default)]
    pub article: String,
    /// Where it was read.
    pub source: String,
}

impl TreatyRow {
    /// Percent on a kind of royalty; `None` where the royalty article does not say.
    #[must_use]
    pub fn rate(&self, class: IncomeClass) -> Option<Decimal> {
        match class {
            IncomeClass::Copyright => self.copyright.parse().ok(),
            IncomeClass::Film => self.film.parse().ok(),
            // The table has no column for patents and equipment.
            IncomeClass::Industrial => None,
        }
    }
}

/// An option for small amounts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmallAmountRow {
    /// Country of the payer.
    pub payer: String,
    /// The most that a payee may get in a year without tax.
    pub limit: Decimal,
    /// In which currency.
    pub currency: String,
    /// First day.
    pub from: NaiveDate,
    /// Last day; still in force without.
    #[serde(default)]
    pub until: Option<NaiveDate>,
    /// The law.
    pub article: String,
    /// Where it was read.
    pub source: String,
}

/// What the tables say of themselves.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableNote {
    /// Not tax advice.
    pub text: String,
    /// When the table was put together.
    pub compiled_on: Option<NaiveDate>,
}

/// All tables.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxTables {
    /// What to know about them.
    #[serde(default)]
    pub note: TableNote,
    /// The rules.
    #[serde(rename = "rule", default)]
    pub rules: Vec<WithholdingRow>,
    /// The treaties.
    #[serde(rename = "treaty", default)]
    pub treaties: Vec<TreatyRow>,
    /// The options for small amounts.
    #[serde(rename = "small_amount", default)]
    pub small_amounts: Vec<SmallAmountRow>,
}

/// Countries of the European Economic Area.
pub(super) const EEA: &[&str] = &[
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IS", "IT", "LI", "LT",
    "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
];

fn holds(from: NaiveDate, until: Option<NaiveDate>, on: NaiveDate) -> bool {
    from <= on && until.is_none_or(|until| on <= until)
}

impl TaxTables {
    /// The tables that ship with the program.
    pub fn shipped() -> &'static Self {
        static SHIPPED: LazyLock<TaxTables> = LazyLock::new(|| {
            let rules: TaxTables =
                toml::from_str(include_str!("../../../payment_data/withholding.toml")).unwrap_or_default();
            let treaties: TaxTables =
                toml::from_str(include_str!("../../../payment_data/treaties.toml")).unwrap_or_default();
            TaxTables { treaties: treaties.treaties, ..rules }
        });
        &SHIPPED
    }

    /// The rule for royalties of a kind that a payer pays on a day.
    #[must_use]
    pub fn rule(
        &self,
        payer: &str,
        residence: Residence,
        class: IncomeClass,
        on: NaiveDate,
    ) -> Option<&WithholdingRow> {
        self.rules.iter().find(|row| {
            row.payer == payer
                && row.residence == residence
                && (row.classes.is_empty() || row.classes.contains(&class))
                && holds(row.from, row.until, on)
        })
    }

    /// Whether anything is known of a payer's country on a day.
    #[must_use]
    pub fn knows(&self, payer: &str, on: NaiveDate) -> bool {
        self.rules.iter().any(|row| row.payer == payer && holds(row.from, row.until, on))
    }

    /// The treaty between two countries on a day.
    #[must_use]
    pub fn treaty(&self, payer: &str, residence: &str, on: NaiveDate) -> Option<&TreatyRow> {
        let fits =
            |row: &&TreatyRow| row.payer == payer && row.residence == residence && holds(row.from, row.until, on);
        self.treaties.iter().find(fits)
    }

    /// A treaty that was there and has ended before a day.
    #[must_use]
    pub fn ended_treaty(&self, payer: &str, residence: &str, on: NaiveDate) -> Option<&TreatyRow> {
        let ended = |row: &&TreatyRow| {
            row.payer == payer && row.residence == residence && row.until.is_some_and(|until| until < on)
        };
        self.treaties.iter().rfind(ended)
    }

    /// The option for small amounts of a payer on a day.
    #[must_use]
    pub fn small_amount(&self, payer: &str, on: NaiveDate) -> Option<&SmallAmountRow> {
        self.small_amounts.iter().find(|row| row.payer == payer && holds(row.from, row.until, on))
    }
}

/// Where the Internal Revenue Service's two letters differ from ISO's.
const IRS: &[(&str, &str)] = &[
    ("AT", "AU"),
    ("AU", "AS"),
    ("BD", "BG"),
    ("BG", "BU"),
    ("BY", "BO"),
    ("CH", "SZ"),
    ("CL", "CI"),
    ("CN", "CH"),
    ("CZ", "EZ"),
    ("DE", "GM"),
    ("DK", "DA"),
    ("EE", "EN"),
    ("ES", "SP"),
    ("GB", "UK"),
    ("GE", "GG"),
    ("IE", "EI"),
    ("IL", "IS"),
    ("IS", "IC"),
    ("JP", "JA"),
    ("KR", "KS"),
    ("LK", "CE"),
    ("LT", "LH"),
    ("LV", "LG"),
    ("MA", "MO"),
    ("NG", "NI"),
    ("PH", "RP"),
    ("PT", "PO"),
    ("RS", "RI"),
    ("RU", "RS"),
    ("SE", "SW"),
    ("SG", "SN"),
    ("SK", "LO"),
    ("TJ", "TI"),
    ("TM", "TX"),
    ("TN", "TS"),
    ("TR", "TU"),
    ("TT", "TD"),
    ("UA", "UP"),
    ("VN", "VM"),
    ("ZA", "SF"),
    ("AZ", "AJ"),
];

/// The country as the Internal Revenue Service writes it on form 1042-S.
#[must_use]
pub fn irs_country(iso: &str) -> &str {
    IRS.iter().find(|(own, _)| *own == iso).map_or(iso, |(_, irs)| irs)
}
