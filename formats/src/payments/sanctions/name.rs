//! Names without what they may differ in.

use crate::payments::text::{Letters, plain};

/// Words that say what kind of company it is, not which.
const FORMS: &[&str] = &[
    "AB",
    "AG",
    "AS",
    "BV",
    "CO",
    "COMPANY",
    "CORP",
    "CORPORATION",
    "DOO",
    "EG",
    "EV",
    "FZE",
    "FZCO",
    "GMBH",
    "INC",
    "INCORPORATED",
    "JSC",
    "KG",
    "KGAA",
    "LIMITED",
    "LLC",
    "LLP",
    "LTD",
    "NV",
    "OAO",
    "OJSC",
    "OOO",
    "OY",
    "PJSC",
    "PLC",
    "PT",
    "PTE",
    "PTY",
    "SA",
    "SAL",
    "SARL",
    "SAS",
    "SE",
    "SL",
    "SPA",
    "SRL",
    "THE",
    "ZAO",
];
/// Titles of people.
const TITLES: &[&str] =
    &["MR", "MRS", "MS", "DR", "PROF", "SHEIKH", "HAJI", "HAJJI", "MULLAH", "GENERAL", "COLONEL", "SIR"];

/// A name in capitals of Latin letters, without punctuation, legal forms and titles, one blank between its words. A name
/// in letters that have no Latin counterpart stays in them.
#[must_use]
pub fn normal_name(name: &str) -> String {
    let latin = plain(name, Letters::Ascii).unwrap_or_else(|_| name.to_owned()).to_uppercase();
    let mut words: Vec<String> = Vec::new();
    for word in latin
        .split(|letter: char| letter.is_whitespace() || matches!(letter, ',' | ';' | '/' | '(' | ')' | '-' | '&' | '+'))
    {
        let bare: String = word.chars().filter(|letter| letter.is_alphanumeric()).collect();
        if !bare.is_empty() {
            words.push(bare);
        }
    }
    let telling: Vec<&str> =
        words.iter().map(String::as_str).filter(|word| !FORMS.contains(word) && !TITLES.contains(word)).collect();
    // A name of nothing but such words keeps them.
    if telling.is_empty() { words.join(" ") } else { telling.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_between_spellings_goes() {
        assert_eq!(normal_name("Acme Trading Co., Ltd."), "ACME TRADING");
        assert_eq!(normal_name("Dr. José  Peña-Nieto"), "JOSE PENA NIETO");
        assert_eq!(normal_name("Иванов, Пётр"), "IVANOV PETR");
        assert_eq!(normal_name("SA"), "SA");
        assert_eq!(normal_name("O'Brien"), "OBRIEN");
        assert_eq!(normal_name("宇多田"), "宇多田");
        assert_eq!(normal_name(" - "), "");
    }
}
