//! Sanctions lists as their publishers give them out, and names held against them.
//!
//! A hit is never a verdict: it holds a payment until two people have looked.

mod csv_lists;
mod name;
mod screen;
mod xml_lists;

#[cfg(test)]
mod tests;

use serde::Serialize;

pub use csv_lists::{read_ofac_csv, read_uk_csv};
pub use name::normal_name;
pub use screen::{Hit, HitReason, ScreenList, Subject};
pub use xml_lists::{read_eu_xml, read_ofac_xml, read_uk_xml, read_un_xml};

use super::problem::Problem;

/// One who is listed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Listed {
    /// `OFAC`, `EU`, `UK`, `UN`.
    pub list: &'static str,
    /// The list's own number.
    pub id: String,
    /// Whether it is a person; `None` when the list does not say.
    pub person: Option<bool>,
    /// All names, the first one first.
    pub names: Vec<String>,
    /// Countries, as the list writes them.
    pub countries: Vec<String>,
    /// Years of birth.
    pub birth_years: Vec<u16>,
    /// Addresses on chains.
    pub wallets: Vec<String>,
    /// The programmes.
    pub programmes: Vec<String>,
}

/// What a list file came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListRead {
    /// When it was published, as it says itself.
    pub published: String,
    /// All who are listed.
    pub entries: Vec<Listed>,
    /// What is wrong; such a file is not used.
    pub problems: Vec<Problem>,
}

/// The years in a text: four digits from 1900 on.
fn years(text: &str) -> Vec<u16> {
    let words = text.split(|letter: char| !letter.is_ascii_digit()).filter(|word| word.len() == 4);
    words.filter_map(|word| word.parse().ok()).filter(|year| (1900..2100).contains(year)).collect()
}
