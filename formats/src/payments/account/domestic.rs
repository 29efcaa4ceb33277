//! Account numbers of countries without IBANs, or whose domestic payments do without.

use serde::Serialize;

use super::{aba, squeeze, wrong};
use crate::payments::problem::Problem;

/// The form of a country's bank codes and account numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Scheme {
    /// `US_ABA`, `GB_SORT_CODE` …
    pub name: &'static str,
    /// The country, two letters.
    pub country: &'static str,
    /// What its bank code is called; empty when the account number says the bank.
    pub bank_code: &'static str,
    /// Characters of the bank code, least and most.
    pub bank_code_length: (usize, usize),
    /// Characters of the account number, least and most.
    pub account_length: (usize, usize),
    /// Whether the account number may have letters.
    pub letters: bool,
    /// The clearing system's code in ISO 20022; empty without one.
    pub clearing: &'static str,
}

macro_rules! schemes {
    ($($name:literal $country:literal $bank:literal $code:expr, $account:expr, $letters:literal $clearing:literal;)*) => {
        &[$(Scheme {
            name: $name, country: $country, bank_code: $bank, bank_code_length: $code, account_length: $account,
            letters: $letters, clearing: $clearing,
        }),*]
    };
}

/// The schemes that are known.
pub const SCHEMES: &[Scheme] = schemes! {
    "US_ABA" "US" "routing number" (9, 9), (1, 17), true "USABA";
    "GB_SORT_CODE" "GB" "sort code" (6, 6), (8, 8), false "GBDSC";
    "CA_TRANSIT" "CA" "institution and transit number" (8, 9), (5, 12), false "CACPA";
    "AU_BSB" "AU" "BSB" (6, 6), (5, 9), false "AUBSB";
    "NZ_ACCOUNT" "NZ" "" (0, 0), (15, 16), false "NZNCC";
    "IN_IFSC" "IN" "IFSC" (11, 11), (6, 18), true "INFSC";
    "MX_CLABE" "MX" "" (0, 0), (18, 18), false "";
    "JP_ZENGIN" "JP" "bank and branch code" (7, 7), (6, 7), false "JPZGN";
    "BR_BANK" "BR" "bank and branch code" (7, 8), (4, 13), true "";
    "ZA_BRANCH" "ZA" "branch code" (6, 6), (7, 11), false "ZANCC";
    "KR_BANK" "KR" "bank code" (3, 3), (10, 16), false "KRBOK";
    "CN_CNAPS" "CN" "CNAPS code" (12, 12), (8, 19), false "CNAPS";
    "HK_BANK" "HK" "bank and branch code" (3, 6), (6, 12), false "HKNCC";
    "SG_BANK" "SG" "bank and branch code" (4, 7), (6, 14), false "SGIBG";
    "TH_BANK" "TH" "bank code" (3, 7), (10, 12), false "THCBC";
    "PH_BANK" "PH" "bank code" (9, 9), (6, 16), false "";
    "NG_NUBAN" "NG" "bank code" (3, 6), (10, 10), false "";
    "AR_CBU" "AR" "" (0, 0), (22, 22), false "";
};

/// An account in a domestic scheme, checked.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DomesticAccount {
    /// The scheme.
    pub scheme: &'static str,
    /// The bank code, without hyphens; empty where the account number says the bank.
    pub bank_code: String,
    /// The account number, without hyphens and blanks.
    pub account: String,
}

/// Checks an account of a domestic scheme.
///
/// # Errors
/// `SCHEME_UNKNOWN`, `BANK_CODE_FORM`, `BANK_CODE_CHECK`, `ACCOUNT_FORM`, `ACCOUNT_CHECK`, and those of [`aba`].
pub fn domestic(scheme: &str, bank_code: &str, account: &str) -> Result<DomesticAccount, Problem> {
    let Some(known) = SCHEMES.iter().find(|own| own.name == scheme) else {
        let names: Vec<&str> = SCHEMES.iter().map(|own| own.name).collect();
        let message = format!("`{scheme}` is no scheme; there are {}.", names.join(", "));
        return Err(wrong("SCHEME_UNKNOWN", "scheme", message));
    };
    let fits = |text: &str, (least, most): (usize, usize), letters: bool| {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        (least..=most).contains(&text.len()) && (letters || digits)
    };
    let code = squeeze(bank_code).unwrap_or_else(|| "?".into());
    let letters = known.name == "IN_IFSC";
    if !fits(&code, known.bank_code_length, letters) {
        let message = match known.bank_code {
            "" => "This scheme has no bank code: leave it empty.".to_owned(),
            name => format!("A {name} has {} characters, digits only.", range(known.bank_code_length)),
        };
        return Err(wrong("BANK_CODE_FORM", "bankCode", message));
    }
    let number = squeeze(account).unwrap_or_else(|| "?".into());
    if !fits(&number, known.account_length, known.letters) || number.contains('?') {
        let message = format!("The account number has {} characters.", range(known.account_length));
        return Err(wrong("ACCOUNT_FORM", "account", message));
    }
    match known.name {
        "US_ABA" => {
            aba(&code)?;
        }
        // Four letters of the bank, a zero, six characters of the branch.
        "IN_IFSC" if !code.as_bytes()[..4].iter().all(u8::is_ascii_uppercase) || code.as_bytes()[4] != b'0' => {
            return Err(wrong("BANK_CODE_FORM", "bankCode", "An IFSC is four letters, a zero and six characters."));
        }
        "MX_CLABE" if !clabe(&number) => return Err(check("CLABE")),
        "AR_CBU" if !cbu(&number) => return Err(check("CBU")),
        "NZ_ACCOUNT" if !(1..=38).contains(&number[..2].parse::<u32>().unwrap_or_default()) => {
            return Err(wrong("ACCOUNT_FORM", "account", "The first two digits are no bank of New Zealand."));
        }
        "NG_NUBAN" if !nuban(&code, &number) => return Err(check("NUBAN")),
        _ => {}
    }
    Ok(DomesticAccount { scheme: known.name, bank_code: code, account: number })
}

fn check(name: &str) -> Problem {
    wrong("ACCOUNT_CHECK", "account", format!("The {name}'s check digit is wrong: a digit was mistyped."))
}

fn range((least, most): (usize, usize)) -> String {
    if least == most { least.to_string() } else { format!("{least} to {most}") }
}

fn digits(text: &str) -> impl DoubleEndedIterator<Item = u32> + Clone + '_ {
    text.chars().filter_map(|digit| digit.to_digit(10))
}

/// Weights 3, 7, 1 on each digit, the products' last digits summed; what is missing to ten.
fn clabe(number: &str) -> bool {
    let sum: u32 = digits(&number[..17]).zip([3, 7, 1].iter().cycle()).map(|(digit, weight)| digit * weight % 10).sum();
    digits(&number[17..]).next() == Some((10 - sum % 10) % 10)
}

/// Two blocks of 8 and 14 digits, each with its own check digit: weights 3, 1, 7, 9 from the right.
fn cbu(number: &str) -> bool {
    let block = |text: &str| {
        let (body, last) = text.split_at(text.len() - 1);
        let sum: u32 = digits(body).rev().zip([3, 1, 7, 9].iter().cycle()).map(|(digit, weight)| digit * weight).sum();
        digits(last).next() == Some((10 - sum % 10) % 10)
    };
    block(&number[..8]) && block(&number[8..])
}

/// Bank code and serial number with weights 3, 7, 3; what is missing to ten.
fn nuban(code: &str, number: &str) -> bool {
    // Codes of other institutions have five digits and a leading nine.
    let code = match code.len() {
        3 => format!("000{code}"),
        5 => format!("9{code}"),
        _ => code.to_owned(),
    };
    let body = format!("{code}{}", &number[..9]);
    let sum: u32 = digits(&body).zip([3, 7, 3].iter().cycle()).map(|(digit, weight)| digit * weight).sum();
    digits(&number[9..]).next() == Some((10 - sum % 10) % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_of_many_countries() {
        let good = [
            ("US_ABA", "021000021", "1234-5678"),
            ("GB_SORT_CODE", "20-00-00", "55779911"),
            ("AU_BSB", "062-000", "12345678"),
            ("CA_TRANSIT", "0003-12345", "1234567"),
            ("IN_IFSC", "HDFC0000001", "50100012345678"),
            // 0 3 2 1 8 0 0 0 0 1 1 8 3 5 9 7 1, weights 3 7 1 …: 0+1+2+3+6+0+0+0+0+3+7+8+9+5+9+1+7 = 61, 10-1 = 9.
            ("MX_CLABE", "", "032180000118359719"),
            ("AR_CBU", "", "2850590940090418135201"),
            ("JP_ZENGIN", "0001-123", "1234567"),
            ("NZ_ACCOUNT", "", "01-0902-0068389-00"),
        ];
        for (scheme, code, account) in good {
            assert!(domestic(scheme, code, account).is_ok(), "{scheme}: {:?}", domestic(scheme, code, account));
        }
    }

    #[test]
    fn faults_name_their_field() {
        let fault = |scheme: &str, code: &str, account: &str| {
            let problem = domestic(scheme, code, account).unwrap_err();
            (problem.code, problem.field.unwrap_or_default())
        };
        assert_eq!(fault("US_ABA", "021000020", "1"), ("ABA_CHECK", "routing".into()));
        assert_eq!(fault("GB_SORT_CODE", "2000", "55779911"), ("BANK_CODE_FORM", "bankCode".into()));
        assert_eq!(fault("GB_SORT_CODE", "200000", "5577991"), ("ACCOUNT_FORM", "account".into()));
        assert_eq!(fault("MX_CLABE", "", "032180000118359718"), ("ACCOUNT_CHECK", "account".into()));
        assert_eq!(fault("IN_IFSC", "HDFC1000001", "50100012345678"), ("BANK_CODE_FORM", "bankCode".into()));
        assert_eq!(fault("XX", "", ""), ("SCHEME_UNKNOWN", "scheme".into()));
        assert_eq!(fault("US_ABA", "021000021", "口座"), ("ACCOUNT_FORM", "account".into()));
    }
}
