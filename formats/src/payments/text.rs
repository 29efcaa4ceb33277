//! Names and texts in the letters that payment systems carry.
//!
//! Latin letters lose their marks, Greek and Cyrillic ones become Latin, as the European Payments Council's best
//! practices (EPC217-08) have it: `Ä` is `A`, `ß` is `s`, `&` is `+`. What has no Latin counterpart is refused, never
//! replaced by a full stop: the money of somebody whose name is all full stops comes back.

use unicode_normalization::UnicodeNormalization as _;

/// Which characters a format carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Letters {
    /// `a-z A-Z 0-9 / - ? : ( ) . , ' +` and the blank: SEPA.
    Sepa,
    /// Printable ASCII: ACH and checks.
    Ascii,
}

impl Letters {
    fn has(self, letter: char) -> bool {
        match self {
            Self::Sepa => letter.is_ascii_alphanumeric() || " /-?:().,'+".contains(letter),
            Self::Ascii => letter == ' ' || letter.is_ascii_graphic(),
        }
    }
}

/// A text in the letters of a format, blanks run together and none at the ends.
///
/// # Errors
/// The characters that have no counterpart, each once.
pub fn plain(text: &str, letters: Letters) -> Result<String, String> {
    let mut result = String::with_capacity(text.len());
    let mut strange = String::new();
    for letter in text.nfc() {
        let before = result.len();
        if !put(letter, letters, &mut result) && !strange.contains(letter) {
            result.truncate(before);
            strange.push(letter);
        }
    }
    if !strange.is_empty() {
        return Err(strange);
    }
    let words: Vec<&str> = result.split(' ').filter(|word| !word.is_empty()).collect();
    Ok(words.join(" "))
}

/// Adds a letter's counterpart; `false` when it has none.
fn put(letter: char, letters: Letters, result: &mut String) -> bool {
    if letters.has(letter) {
        result.push(letter);
        return true;
    }
    if letter.is_whitespace() || letter.is_control() || is_unseen(letter) {
        result.push(' ');
        return true;
    }
    if let Some(same) = special(letter).or_else(|| cyrillic(letter)).or_else(|| greek(letter)) {
        if same.chars().all(|one| letters.has(one)) {
            result.push_str(same);
            return true;
        }
        return false;
    }
    // What is left of the letter without its marks.
    let mut found = false;
    for part in letter.nfkd() {
        if letters.has(part) {
            result.push(part);
            found = true;
        } else if let Some(same) = special(part).or_else(|| greek(part)).or_else(|| cyrillic(part)) {
            result.push_str(same);
            found = true;
        } else if !('\u{300}'..='\u{36f}').contains(&part) {
            return false;
        }
    }
    found
}

/// Marks of writing direction and joiners that nobody sees.
fn is_unseen(letter: char) -> bool {
    matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{feff}' | '\u{ad}')
}

fn special(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ß' => "s",
        'ẞ' => "S",
        'Æ' => "A",
        'æ' => "a",
        'Ø' => "O",
        'ø' => "o",
        'Œ' => "O",
        'œ' => "o",
        'Ð' | 'Đ' => "D",
        'ð' | 'đ' => "d",
        'Þ' => "T",
        'þ' => "t",
        'Ł' => "L",
        'ł' => "l",
        'Ħ' => "H",
        'ħ' => "h",
        'ı' => "i",
        'ĸ' => "k",
        'Ŋ' => "N",
        'ŋ' | 'ŉ' => "n",
        'Ŧ' => "T",
        'ŧ' => "t",
        'Ə' => "A",
        'ə' => "a",
        '&' => "+",
        '@' => "(at)",
        '€' => "E",
        '‘' | '’' | '‚' | '`' | '´' | '′' | 'ʼ' | '"' | '“' | '”' | '„' | '«' | '»' => "'",
        '‐' | '‑' | '‒' | '–' | '—' | '−' | '_' | '~' => "-",
        '…' => "...",
        '•' | '·' | '!' | '*' | '#' | '%' | '=' | '^' | '|' | '$' => ".",
        ';' => ",",
        '[' | '{' | '<' => "(",
        ']' | '}' | '>' => ")",
        '\\' => "/",
        '№' => "No",
        'º' | 'ª' | '°' | '™' | '®' | '©' | '\u{2be}' | '\u{2bf}' => "",
        '¿' => "?",
        '¡' => ".",
        _ => return None,
    })
}

fn greek(letter: char) -> Option<&'static str> {
    Some(match letter {
        'Α' | 'Ά' => "A",
        'α' | 'ά' => "a",
        'Β' => "V",
        'β' => "v",
        'Γ' => "G",
        'γ' => "g",
        'Δ' => "D",
        'δ' => "d",
        'Ε' | 'Έ' => "E",
        'ε' | 'έ' => "e",
        'Ζ' => "Z",
        'ζ' => "z",
        'Η' | 'Ή' | 'Ι' | 'Ί' | 'Ϊ' => "I",
        'η' | 'ή' | 'ι' | 'ί' | 'ϊ' | 'ΐ' => "i",
        'Θ' => "TH",
        'θ' => "th",
        'Κ' => "K",
        'κ' => "k",
        'Λ' => "L",
        'λ' => "l",
        'Μ' => "M",
        'μ' | 'µ' => "m",
        'Ν' => "N",
        'ν' => "n",
        'Ξ' => "X",
        'ξ' => "x",
        'Ο' | 'Ό' | 'Ω' | 'Ώ' => "O",
        'ο' | 'ό' | 'ω' | 'ώ' => "o",
        'Π' => "P",
        'π' => "p",
        'Ρ' => "R",
        'ρ' => "r",
        'Σ' => "S",
        'σ' | 'ς' => "s",
        'Τ' => "T",
        'τ' => "t",
        'Υ' | 'Ύ' | 'Ϋ' => "Y",
        'υ' | 'ύ' | 'ϋ' | 'ΰ' => "y",
        'Φ' => "F",
        'φ' => "f",
        'Χ' => "CH",
        'χ' => "ch",
        'Ψ' => "PS",
        'ψ' => "ps",
        _ => return None,
    })
}

fn cyrillic(letter: char) -> Option<&'static str> {
    Some(match letter {
        'А' => "A",
        'а' => "a",
        'Б' => "B",
        'б' => "b",
        'В' => "V",
        'в' => "v",
        'Г' | 'Ґ' => "G",
        'г' | 'ґ' => "g",
        'Д' => "D",
        'д' => "d",
        'Е' | 'Ё' | 'Э' => "E",
        'е' | 'ё' | 'э' => "e",
        'Є' => "Ye",
        'є' => "ie",
        'Ж' => "ZH",
        'ж' => "zh",
        'З' => "Z",
        'з' => "z",
        'И' | 'І' | 'Ѝ' => "I",
        'и' | 'і' | 'ѝ' => "i",
        'Й' => "Y",
        'й' => "y",
        'Ї' => "Yi",
        'ї' => "i",
        'К' => "K",
        'к' => "k",
        'Л' => "L",
        'л' => "l",
        'М' => "M",
        'м' => "m",
        'Н' => "N",
        'н' => "n",
        'О' => "O",
        'о' => "o",
        'П' => "P",
        'п' => "p",
        'Р' => "R",
        'р' => "r",
        'С' => "S",
        'с' => "s",
        'Т' => "T",
        'т' => "t",
        'У' | 'Ў' => "U",
        'у' | 'ў' => "u",
        'Ф' => "F",
        'ф' => "f",
        'Х' => "H",
        'х' => "h",
        'Ц' => "TS",
        'ц' => "ts",
        'Ч' => "CH",
        'ч' => "ch",
        'Ш' => "SH",
        'ш' => "sh",
        'Щ' => "SHT",
        'щ' => "sht",
        'Ъ' => "A",
        'ъ' => "a",
        'Ы' => "Y",
        'ы' => "y",
        'Ь' | 'ь' => "y",
        'Ю' => "YU",
        'ю' => "yu",
        'Я' => "YA",
        'я' => "ya",
        'Ђ' => "Dj",
        'ђ' => "dj",
        'Ј' => "J",
        'ј' => "j",
        'Љ' => "Lj",
        'љ' => "lj",
        'Њ' => "Nj",
        'њ' => "nj",
        'Ћ' => "C",
        'ћ' => "c",
        'Џ' => "Dz",
        'џ' => "dz",
        'Ѓ' => "Gj",
        'ѓ' => "gj",
        'Ќ' => "Kj",
        'ќ' => "kj",
        'Ѕ' => "Dz",
        'ѕ' => "dz",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn letters_lose_their_marks() {
        let sepa = |text: &str| plain(text, Letters::Sepa);
        assert_eq!(sepa("Künstler & Söhne").as_deref(), Ok("Kunstler + Sohne"));
        assert_eq!(sepa("  Weiß\tGmbH  ").as_deref(), Ok("Weis GmbH"));
        assert_eq!(sepa("Łukasz Żółć, Ærø — “Ðorđe”").as_deref(), Ok("Lukasz Zolc, Aro - 'Dorde'"));
        assert_eq!(sepa("Ελλάδα Χριστός").as_deref(), Ok("Ellada CHristos"));
        assert_eq!(sepa("Жанна Щукина").as_deref(), Ok("ZHanna SHTukina"));
        assert_eq!(sepa("Nguyễn").as_deref(), Ok("Nguyen"));
        assert_eq!(sepa("ﬁn ①").as_deref(), Ok("fin 1"));
        assert_eq!(plain("A&B #1", Letters::Ascii).as_deref(), Ok("A&B #1"));
    }

    #[test]
    fn what_has_no_counterpart_is_named() {
        assert_eq!(plain("宇多田 ヒカル", Letters::Sepa), Err("宇多田ヒカル".into()));
        assert_eq!(plain("🎵 Notes", Letters::Ascii), Err("🎵".into()));
    }

    proptest! {
        #[test]
        fn the_result_has_only_letters_of_the_format(text in "\\PC{0,60}") {
            for letters in [Letters::Sepa, Letters::Ascii] {
                if let Ok(plain_text) = plain(&text, letters) {
                    prop_assert!(plain_text.chars().all(|letter| letters.has(letter)), "{plain_text}");
                    prop_assert_eq!(plain(&plain_text, letters), Ok(plain_text));
                }
            }
        }
    }
}
