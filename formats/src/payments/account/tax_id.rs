//! Tax numbers: their forms, and the check digits of those that have them.

use serde::Serialize;

use super::{squeeze, wrong};
use crate::payments::problem::Problem;

/// A kind of tax number.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TaxIdKind {
    /// `US_SSN`, `DE_VAT` …
    pub name: &'static str,
    /// The country.
    pub country: &'static str,
    /// In words.
    pub title: &'static str,
    /// Whether it is a value added tax number.
    pub vat: bool,
    /// Forms: `9` a digit, `A` a letter, `X` either; everything else is itself.
    forms: &'static [&'static str],
    #[serde(skip)]
    check: Option<fn(&str) -> bool>,
}

macro_rules! kinds {
    ($($name:literal $country:literal $title:literal $vat:literal [$($form:literal),*] $check:expr;)*) => {
        &[$(TaxIdKind { name: $name, country: $country, title: $title, vat: $vat, forms: &[$($form),*], check: $check }),*]
    };
}

/// The kinds that are known.
pub const TAX_IDS: &[TaxIdKind] = kinds! {
    "US_SSN" "US" "Social Security number" false ["999999999"] Some(ssn);
    "US_ITIN" "US" "individual taxpayer identification number" false ["999999999"] Some(itin);
    "US_EIN" "US" "employer identification number" false ["999999999"] Some(ein);
    "GB_UTR" "GB" "unique taxpayer reference" false ["9999999999"] Some(utr);
    "GB_NINO" "GB" "National Insurance number" false ["AA999999A"] Some(nino);
    "GB_VAT" "GB" "VAT number" true ["GB999999999", "GB999999999999", "GBGD999", "GBHA999"] Some(vat_gb);
    "DE_IDNR" "DE" "Steueridentifikationsnummer" false ["99999999999"] Some(|text| !text.starts_with('0') && iso7064_11_10(text));
    "DE_VAT" "DE" "Umsatzsteuer-Identifikationsnummer" true ["DE999999999"] Some(|text| iso7064_11_10(&text[2..]));
    "FR_VAT" "FR" "numéro de TVA" true ["FRXX999999999"] Some(vat_fr);
    "IT_VAT" "IT" "partita IVA" true ["IT99999999999"] Some(|text| luhn(&text[2..]));
    "ES_VAT" "ES" "NIF-IVA" true ["ESX9999999X"] None;
    "ES_NIF" "ES" "NIF" false ["99999999A", "A9999999A"] Some(nif);
    "NL_VAT" "NL" "btw-nummer" true ["NL999999999B99"] Some(vat_nl);
    "BE_VAT" "BE" "BTW/TVA" true ["BE9999999999"] Some(vat_be);
    "AT_VAT" "AT" "UID" true ["ATU99999999"] Some(vat_at);
    "PL_VAT" "PL" "NIP" true ["PL9999999999"] Some(|text| weighted(&text[2..], &[6, 5, 7, 2, 3, 4, 5, 6, 7], 11));
    "PT_VAT" "PT" "NIF" true ["PT999999999"] Some(vat_pt);
    "SE_VAT" "SE" "momsregistreringsnummer" true ["SE999999999999"] Some(|text| text.ends_with("01") && luhn(&text[2..12]));
    "DK_VAT" "DK" "CVR-nummer" true ["DK99999999"] Some(vat_dk);
    "FI_VAT" "FI" "ALV-numero" true ["FI99999999"] Some(vat_fi);
    "IE_VAT" "IE" "VAT number" true ["IE9999999A", "IE9999999AA", "IE9X99999A"] None;
    "LU_VAT" "LU" "TVA" true ["LU99999999"] Some(|text| text[2..8].parse::<u32>().ok().map(|n| n % 89) == text[8..].parse().ok());
    "CZ_VAT" "CZ" "DIČ" true ["CZ99999999", "CZ999999999", "CZ9999999999"] None;
    "GR_VAT" "GR" "ΑΦΜ" true ["EL999999999"] Some(vat_gr);
    "HU_VAT" "HU" "ANUM" true ["HU99999999"] Some(vat_hu);
    "RO_VAT" "RO" "CIF" true ["RO99", "RO999", "RO9999", "RO99999", "RO999999", "RO9999999", "RO99999999", "RO999999999", "RO9999999999"] None;
    "BG_VAT" "BG" "VAT number" true ["BG999999999", "BG9999999999"] None;
    "HR_VAT" "HR" "OIB" true ["HR99999999999"] Some(|text| iso7064_11_10(&text[2..]));
    "CY_VAT" "CY" "ΦΠΑ" true ["CY99999999A"] None;
    "EE_VAT" "EE" "KMKR" true ["EE999999999"] None;
    "LT_VAT" "LT" "PVM" true ["LT999999999", "LT999999999999"] None;
    "LV_VAT" "LV" "PVN" true ["LV99999999999"] None;
    "MT_VAT" "MT" "VAT number" true ["MT99999999"] None;
    "SI_VAT" "SI" "DDV" true ["SI99999999"] None;
    "SK_VAT" "SK" "IČ DPH" true ["SK9999999999"] Some(|text| text[2..].parse::<u64>().is_ok_and(|number| number % 11 == 0));
    "CH_UID" "CH" "UID" true ["CHE999999999", "CHE999999999MWST", "CHE999999999TVA", "CHE999999999IVA"] Some(uid);
    "NO_ORG" "NO" "organisasjonsnummer" true ["999999999", "999999999MVA"] Some(|text| weighted_sum(&text[..9], &[3, 2, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11));
    "CA_SIN" "CA" "social insurance number" false ["999999999"] Some(luhn);
    "AU_ABN" "AU" "business number" false ["99999999999"] Some(abn);
    "AU_TFN" "AU" "tax file number" false ["999999999"] Some(|text| weighted_sum(text, &[1, 4, 3, 7, 5, 8, 6, 9, 10]).is_multiple_of(11));
    "JP_CORPORATE" "JP" "corporate number" false ["9999999999999"] Some(corporate_jp);
    "IN_PAN" "IN" "permanent account number" false ["AAAAA9999A"] None;
    "BR_CPF" "BR" "CPF" false ["99999999999"] Some(cpf);
    "MX_RFC" "MX" "RFC" false ["AAAA999999XXX", "AAA999999XXX"] None;
};

/// Checks a tax number; the squeezed form comes back.
///
/// # Errors
/// `TAX_ID_KIND`, `TAX_ID_FORM`, `TAX_ID_CHECK`.
pub fn tax_id(kind: &str, text: &str) -> Result<String, Problem> {
    let Some(known) = TAX_IDS.iter().find(|own| own.name == kind) else {
        let names: Vec<&str> = TAX_IDS.iter().map(|own| own.name).collect();
        return Err(wrong(
            "TAX_ID_KIND",
            "kind",
            format!("`{kind}` is no kind of tax number; there are {}.", names.join(", ")),
        ));
    };
    let mut bare = squeeze(text).unwrap_or_default();
    // The country's letters are often left out of a value added tax number.
    let prefix = known.forms[0].get(..2).filter(|two| known.vat && two.bytes().all(|byte| byte.is_ascii_uppercase()));
    if let Some(prefix) = prefix
        && !bare.starts_with(prefix)
        && known.name != "CH_UID"
    {
        bare = format!("{prefix}{bare}");
    }
    if !known.forms.iter().any(|form| fits(form, &bare)) {
        let message = format!("A {} looks like {} (9 a digit, A a letter).", known.title, known.forms.join(" or "));
        return Err(wrong("TAX_ID_FORM", "taxId", message));
    }
    if known.check.is_some_and(|check| !check(&bare)) {
        let message = format!("This is no {}: a digit was mistyped, or it is of another kind.", known.title);
        return Err(wrong("TAX_ID_CHECK", "taxId", message));
    }
    Ok(bare)
}

fn fits(form: &str, text: &str) -> bool {
    form.len() == text.len()
        && form.bytes().zip(text.bytes()).all(|(wanted, own)| match wanted {
            b'9' => own.is_ascii_digit(),
            b'A' if !form.starts_with("AT") => own.is_ascii_uppercase(),
            b'X' => own.is_ascii_alphanumeric(),
            _ => wanted == own,
        })
}

fn digits(text: &str) -> Vec<u32> {
    text.chars().filter_map(|letter| letter.to_digit(10)).collect()
}

fn weighted_sum(text: &str, weights: &[u32]) -> u32 {
    digits(text).iter().zip(weights).map(|(digit, weight)| digit * weight).sum()
}

/// The last digit is the weighted sum's remainder.
fn weighted(text: &str, weights: &[u32], modulus: u32) -> bool {
    digits(text).last().copied() == Some(weighted_sum(text, weights) % modulus)
}

fn luhn(text: &str) -> bool {
    let sum: u32 = digits(text)
        .iter()
        .rev()
        .enumerate()
        .map(|(index, digit)| match (index % 2, digit * 2) {
            (0, _) => *digit,
            (_, double) if double > 9 => double - 9,
            (_, double) => double,
        })
        .sum();
    sum.is_multiple_of(10)
}

fn iso7064_11_10(text: &str) -> bool {
    let digits = digits(text);
    let Some((last, body)) = digits.split_last() else { return false };
    let product = body.iter().fold(10, |product, digit| {
        let sum = (digit + product) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    (11 - product) % 10 == *last
}

fn ssn(text: &str) -> bool {
    // Area 000, 666 and 9xx, group 00 and serial 0000 were never given out.
    !matches!(&text[..3], "000" | "666") && !text.starts_with('9') && &text[3..5] != "00" && &text[5..] != "0000"
}

fn itin(text: &str) -> bool {
    let group: u32 = text[3..5].parse().unwrap_or(0);
    text.starts_with('9') && matches!(group, 50..=65 | 70..=88 | 90..=92 | 94..=99)
}

fn ein(text: &str) -> bool {
    // Prefixes that no campus uses.
    !matches!(
        &text[..2],
        "00" | "07"
            | "08"
            | "09"
            | "17"
            | "18"
            | "19"
            | "28"
            | "29"
            | "49"
            | "69"
            | "70"
            | "78"
            | "79"
            | "89"
            | "96"
            | "97"
    )
}

fn utr(text: &str) -> bool {
    let rest = weighted_sum(&text[1..], &[6, 7, 8, 9, 10, 5, 4, 3, 2]) % 11;
    let check = [2, 1, 9, 8, 7, 6, 5, 4, 3, 2, 1][rest as usize];
    digits(text)[0] == check
}

fn nino(text: &str) -> bool {
    let first = |letter: char| !"DFIQUV".contains(letter);
    let mut letters = text.chars();
    let (one, two) = (letters.next().unwrap_or('D'), letters.next().unwrap_or('D'));
    first(one)
        && first(two)
        && two != 'O'
        && !matches!(&text[..2], "BG" | "GB" | "KN" | "NK" | "NT" | "TN" | "ZZ")
        && "ABCD".contains(&text[8..])
}

fn vat_gb(text: &str) -> bool {
    if text.len() < 11 {
        return true;
    }
    let sum = weighted_sum(&text[2..9], &[8, 7, 6, 5, 4, 3, 2]);
    let check: u32 = text[9..11].parse().unwrap_or(0);
    // Two series: the sum and the check digits make a multiple of 97, of the newer one with 55 more.
    (sum + check).is_multiple_of(97) || (sum + check + 55).is_multiple_of(97)
}

fn vat_fr(text: &str) -> bool {
    let Ok(key) = text[2..4].parse::<u64>() else { return luhn(&text[4..]) };
    let siren: u64 = text[4..].parse().unwrap_or(0);
    luhn(&text[4..]) && (12 + 3 * (siren % 97)) % 97 == key
}

fn vat_nl(text: &str) -> bool {
    let own = &text[2..11];
    if weighted_sum(own, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11 == digits(own)[8] {
        return true;
    }
    // Of sole traders since 2020: ISO 7064 over the letters as numbers.
    let rest = text.chars().try_fold(0_u32, |rest, letter| {
        let value = letter.to_digit(36)?;
        Some(if value < 10 { rest * 10 + value } else { rest * 100 + value } % 97)
    });
    rest == Some(1)
}

fn vat_be(text: &str) -> bool {
    let (body, check) = (text[2..10].parse::<u32>().unwrap_or(0), text[10..].parse::<u32>().unwrap_or(0));
    97 - body % 97 == check
}

fn vat_at(text: &str) -> bool {
    let digits = digits(&text[3..]);
    let sum: u32 = digits[..7]
        .iter()
        .enumerate()
        .map(|(index, digit)| if index % 2 == 0 { *digit } else { digit / 5 + digit * 2 % 10 })
        .sum();
    (10 - (sum + 4) % 10) % 10 == digits[7]
}

fn vat_pt(text: &str) -> bool {
    let rest = 11 - weighted_sum(&text[2..10], &[9, 8, 7, 6, 5, 4, 3, 2]) % 11;
    digits(text).last().copied() == Some(if rest > 9 { 0 } else { rest })
}

fn vat_dk(text: &str) -> bool {
    weighted_sum(&text[2..], &[2, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11)
}

fn vat_fi(text: &str) -> bool {
    let rest = weighted_sum(&text[2..9], &[7, 9, 10, 5, 8, 4, 2]) % 11;
    digits(text).last().copied() == Some(if rest == 0 { 0 } else { 11 - rest })
}

fn vat_gr(text: &str) -> bool {
    let rest = weighted_sum(&text[2..10], &[256, 128, 64, 32, 16, 8, 4, 2]) % 11 % 10;
    digits(text).last().copied() == Some(rest)
}

fn vat_hu(text: &str) -> bool {
    weighted_sum(&text[2..], &[9, 7, 3, 1, 9, 7, 3, 1]).is_multiple_of(10)
}

fn uid(text: &str) -> bool {
    let rest = weighted_sum(&text[3..11], &[5, 4, 3, 2, 7, 6, 5, 4]) % 11;
    text[11..12].parse().ok() == Some(if rest == 0 { 0 } else { 11 - rest })
}

fn nif(text: &str) -> bool {
    const LETTERS: &[u8] = b"TRWAGMYFPDXBNJZSQVHLCKE";
    let number = match text.as_bytes()[0] {
        b'X' => format!("0{}", &text[1..8]),
        b'Y' => format!("1{}", &text[1..8]),
        b'Z' => format!("2{}", &text[1..8]),
        byte if byte.is_ascii_digit() => text[..8].to_owned(),
        // Companies have other letters and digits.
        _ => return true,
    };
    let number: usize = number.parse().unwrap_or(0);
    text.as_bytes()[8] == LETTERS[number % 23]
}

fn abn(text: &str) -> bool {
    let sum = weighted_sum(text, &[10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19]);
    // One is taken off the first digit.
    !text.starts_with('0') && (sum - 10).is_multiple_of(89)
}

fn corporate_jp(text: &str) -> bool {
    let digits = digits(text);
    let sum: u32 =
        digits[1..].iter().rev().enumerate().map(|(index, digit)| digit * if index % 2 == 0 { 1 } else { 2 }).sum();
    9 - sum % 9 == digits[0]
}

fn cpf(text: &str) -> bool {
    let digits = digits(text);
    let check = |count: usize| {
        let sum: usize =
            digits[..count].iter().enumerate().map(|(index, digit)| *digit as usize * (count + 1 - index)).sum();
        let rest = sum * 10 % 11 % 10;
        digits[count] as usize == rest
    };
    digits.iter().any(|digit| *digit != digits[0]) && check(9) && check(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_numbers_pass() {
        for (kind, text) in [
            ("US_SSN", "536-90-4399"),
            ("US_ITIN", "912-90-3456"),
            ("US_EIN", "91-1144442"),
            ("GB_UTR", "1955839661"),
            ("GB_VAT", "GB 980 7806 84"),
            ("DE_IDNR", "36 574 261 809"),
            ("DE_VAT", "DE136695976"),
            ("DE_VAT", "136695976"),
            ("FR_VAT", "FR 40 303 265 045"),
            ("IT_VAT", "IT 00743110157"),
            ("ES_NIF", "54362315K"),
            ("NL_VAT", "NL004495445B01"),
            ("BE_VAT", "BE 0428759497"),
            ("AT_VAT", "ATU 13585627"),
            ("PL_VAT", "PL 8567346215"),
            ("PT_VAT", "PT 501964843"),
            ("SE_VAT", "SE 123456789701"),
            ("DK_VAT", "DK 13585628"),
            ("FI_VAT", "FI 20774740"),
            ("LU_VAT", "LU 15027442"),
            ("GR_VAT", "EL 094259216"),
            ("HU_VAT", "HU 12892312"),
            ("HR_VAT", "HR 33392005961"),
            ("SK_VAT", "SK 2022749619"),
            ("CH_UID", "CHE-100.155.212"),
            ("NO_ORG", "988 077 917"),
            ("CA_SIN", "123-456-782"),
            ("AU_ABN", "83 914 571 673"),
            ("AU_TFN", "123 456 782"),
            ("JP_CORPORATE", "5835678256246"),
            ("BR_CPF", "390.533.447-05"),
            ("IN_PAN", "ABCPV1234D"),
        ] {
            assert!(tax_id(kind, text).is_ok(), "{kind} {text}: {:?}", tax_id(kind, text));
        }
    }

    #[test]
    fn wrong_ones_say_why() {
        let code = |kind: &str, text: &str| tax_id(kind, text).unwrap_err().code;
        assert_eq!(code("US_SSN", "666-12-3456"), "TAX_ID_CHECK");
        assert_eq!(code("US_SSN", "12345678"), "TAX_ID_FORM");
        assert_eq!(code("DE_VAT", "DE136695977"), "TAX_ID_CHECK");
        assert_eq!(code("AT_VAT", "ATX13585627"), "TAX_ID_FORM");
        assert_eq!(code("FR_VAT", "納税"), "TAX_ID_FORM");
        assert_eq!(code("BR_CPF", "111.111.111-11"), "TAX_ID_CHECK");
        assert_eq!(code("XX", "1"), "TAX_ID_KIND");
    }
}
