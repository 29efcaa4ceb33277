//! The words of a statement, and how its language writes numbers and dates.
//!
//! Words are a TOML file per language in `assets/words/`, names of territories one in `assets/territories/`, and how
//! numbers and dates look is data per locale in `assets/locales.toml`. A language is added by its files and a line in
//! [`bundled`].

mod lists;
mod locale;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Deserialize;

pub use self::lists::PhraseWords;
pub(super) use self::lists::{BridgeWords, ColumnWords, DocumentWords, RemarkWords, SectionWords};
use self::lists::{ChartWords, HeadlineWords};
use self::locale::Locale;

/// The word list is not complete, or has keys nobody reads.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("word list `{name}`: {message}")]
pub struct WordsError {
    name: String,
    message: String,
}

/// The words of one language.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct WordList {
    document: DocumentWords,
    headline: HeadlineWords,
    bridge: BridgeWords,
    charts: ChartWords,
    sections: SectionWords,
    columns: ColumnWords,
    remarks: RemarkWords,
    phrases: PhraseWords,
    /// Kinds of revenue by their code (`STREAM`).
    uses: BTreeMap<String, String>,
    /// Reasons of suspense by their code (`NO_CONTRACT`).
    reasons: BTreeMap<String, String>,
}

/// The words, numbers and dates of one locale.
#[derive(Debug, Clone)]
pub struct Words {
    locale: Locale,
    territories: BTreeMap<String, String>,
    uses: BTreeMap<String, String>,
    reasons: BTreeMap<String, String>,
    /// Language of the words, for the document's own metadata (`de`).
    pub(super) language: &'static str,
    pub(super) document: DocumentWords,
    pub(super) headline: HeadlineWords,
    pub(super) bridge: BridgeWords,
    pub(super) charts: ChartWords,
    pub(super) sections: SectionWords,
    pub(super) columns: ColumnWords,
    pub(super) remarks: RemarkWords,
    /// Sentences and names that whoever makes a statement puts into it.
    pub phrases: PhraseWords,
}

/// Language, words, territories.
type Bundle = (&'static str, &'static str, &'static str);

macro_rules! bundle {
    ($language:literal) => {
        (
            $language,
            include_str!(concat!("../../../assets/words/", $language, ".toml")),
            include_str!(concat!("../../../assets/territories/", $language, ".toml")),
        )
    };
}

/// The bundled languages, English first: it stands in where a locale has no words of its own.
const fn bundled() -> &'static [Bundle] {
    &[bundle!("en"), bundle!("de"), bundle!("es"), bundle!("fr"), bundle!("ja"), bundle!("pt")]
}

const LOCALES: &str = include_str!("../../../assets/locales.toml");

impl Words {
    /// The words of a locale (`de-DE`), or `None` when it is not bundled. `en` is what statements said before there
    /// were locales.
    pub fn of(tag: &str) -> Option<&'static Self> {
        static ALL: LazyLock<BTreeMap<String, Words>> = LazyLock::new(|| Words::all().unwrap_or_default());
        ALL.get(tag)
    }

    /// The tags of every bundled locale.
    ///
    /// # Errors
    /// None: a test reads all files.
    pub fn tags() -> Result<Vec<String>, WordsError> {
        Ok(Self::all()?.into_keys().collect())
    }

    fn all() -> Result<BTreeMap<String, Self>, WordsError> {
        let locales: BTreeMap<String, Locale> = read("locales", LOCALES)?;
        locales.into_iter().map(|(tag, locale)| Ok((tag.clone(), Self::new(&tag, locale)?))).collect()
    }

    fn new(tag: &str, locale: Locale) -> Result<Self, WordsError> {
        let language = tag.split('-').next().unwrap_or(tag);
        let known = bundled().iter().find(|bundle| bundle.0 == language);
        let (language, words, territories) = *known.unwrap_or(&bundled()[0]);
        let words: WordList = read(language, words)?;
        Ok(Self {
            locale,
            territories: read(language, territories)?,
            uses: words.uses,
            reasons: words.reasons,
            language,
            document: words.document,
            headline: words.headline,
            bridge: words.bridge,
            charts: words.charts,
            sections: words.sections,
            columns: words.columns,
            remarks: words.remarks,
            phrases: words.phrases,
        })
    }

    /// An amount with all decimals it has: `-1234.5` at scale 2 is `−1,234.50`.
    pub fn amount(&self, amount: Decimal) -> String {
        self.locale.amount(amount)
    }

    /// A count: `-12345` is `−12,345`.
    pub fn count(&self, count: i128) -> String {
        self.locale.count(count)
    }

    /// A ratio as a percentage: `0.125` is `12.5 %`.
    pub fn percent(&self, ratio: Decimal) -> String {
        self.locale.percent(ratio)
    }

    /// A number of per cent: `12.0` is `12.0 %`.
    pub(super) fn share(&self, percent: Decimal) -> String {
        self.locale.share(percent)
    }

    /// A month, short enough for the foot of a column: "3/2024".
    pub(super) fn month(&self, day: NaiveDate) -> String {
        self.locale.month(day)
    }

    /// A day in words: "31 March 2024".
    pub fn day(&self, day: NaiveDate) -> String {
        self.locale.day(day)
    }

    /// A period: "1 January 2024 – 31 March 2024".
    pub fn period(&self, from: NaiveDate, to: NaiveDate) -> String {
        let pattern = &self.document.period_range;
        pattern.replace("{from}", &self.day(from)).replace("{to}", &self.day(to))
    }

    /// The name of a territory by its ISO 3166-1 code.
    pub fn territory(&self, code: &str) -> Option<&str> {
        self.territories.get(code).map(String::as_str)
    }

    /// The name of a kind of revenue by its code (`STREAM`).
    pub fn use_name(&self, code: &str) -> Option<&str> {
        self.uses.get(code).map(String::as_str)
    }

    /// Why money waits, by the reason's code (`NO_CONTRACT`).
    pub fn reason(&self, code: &str) -> Option<&str> {
        self.reasons.get(code).map(String::as_str)
    }
}

/// Reads a list; the error names the missing or unknown key.
fn read<T: serde::de::DeserializeOwned>(name: &str, toml: &str) -> Result<T, WordsError> {
    toml::from_str(toml).map_err(|error| WordsError { name: name.into(), message: error.message().into() })
}

/// Puts a value where the sentence has `{}`.
pub fn fill(sentence: &str, value: &str) -> String {
    sentence.replacen("{}", value, 1)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use kernel::codes::{RevenueType, SuspenseReason};

    use super::*;

    #[test]
    fn every_bundled_locale_is_complete() {
        let tags = Words::tags().unwrap();
        assert_eq!(tags.len(), 11, "{tags:?}");
        for tag in tags {
            let words = Words::of(&tag).unwrap();
            for number in 0..64 {
                if let Some(code) = RevenueType::from_number(number) {
                    assert!(words.use_name(code.as_str()).is_some(), "{tag}: {}", code.as_str());
                }
            }
            // A reason of the engine that has no words yet is shown by its code; none may have words in one language only.
            assert!(words.reasons.keys().eq(Words::of("en").unwrap().reasons.keys()), "{tag}");
            assert!(words.reasons.keys().all(|code| SuspenseReason::from_name(code).is_some()), "{tag}");
            for code in ["DE", "US", "JP", "XK", "ZZ"] {
                assert!(words.territory(code).is_some(), "{tag}: {code}");
            }
        }
        assert!(Words::of("tlh").is_none());
    }

    #[test]
    fn sentences_of_every_language_have_their_places() {
        for (language, words, _) in bundled() {
            let words: WordList = read(language, words).unwrap();
            for sentence in [
                &words.document.correction_remark,
                &words.headline.due_on,
                &words.headline.below_threshold,
                &words.headline.on_hold,
                &words.remarks.object_until,
                &words.remarks.further,
                &words.remarks.amounts_in,
                &words.phrases.ask,
            ] {
                assert_eq!(sentence.matches("{}").count(), 1, "{language}: {sentence}");
            }
            for place in ["{page}", "{pages}"] {
                assert!(words.document.page.contains(place), "{language}");
            }
            for place in ["{from}", "{to}"] {
                assert!(words.document.period_range.contains(place), "{language}");
            }
        }
    }

    #[test]
    fn a_missing_or_unknown_key_is_named() {
        let english = bundled()[0].1;
        let missing = english.replace("royalty = \"Royalty\"\n", "");
        assert!(read::<WordList>("en", &missing).unwrap_err().to_string().contains("royalty"));
        let unknown = english.replace("[remarks]", "[remarks]\nmistake = \"\"");
        assert!(read::<WordList>("en", &unknown).unwrap_err().to_string().contains("mistake"));
    }

    #[test]
    fn numbers_and_dates_by_locale() {
        let amount: Decimal = "-1234567.50".parse().unwrap();
        let ratio: Decimal = "0.125".parse().unwrap();
        let day = NaiveDate::from_ymd_opt(2024, 3, 9).unwrap();
        for (tag, number, percent, date) in [
            ("en", "−1,234,567.50", "12.5\u{a0}%", "9 March 2024"),
            ("en-GB", "−1,234,567.50", "12.5%", "9 March 2024"),
            ("en-US", "−1,234,567.50", "12.5%", "March 9, 2024"),
            ("de-DE", "−1.234.567,50", "12,5\u{a0}%", "9. März 2024"),
            ("fr-FR", "−1\u{202f}234\u{202f}567,50", "12,5\u{a0}%", "9 mars 2024"),
            ("es-ES", "−1.234.567,50", "12,5\u{a0}%", "9 de marzo de 2024"),
            ("pt-BR", "−1.234.567,50", "12,5%", "9 de março de 2024"),
            ("ja-JP", "−1,234,567.50", "12.5%", "2024年3月9日"),
            ("sv-SE", "−1\u{a0}234\u{a0}567,50", "12,5\u{a0}%", "9 mars 2024"),
        ] {
            let words = Words::of(tag).unwrap();
            assert_eq!(words.amount(amount), number, "{tag}");
            assert_eq!(words.percent(ratio), percent, "{tag}");
            assert_eq!(words.day(day), date, "{tag}");
        }
        let words = Words::of("en").unwrap();
        assert_eq!(words.amount("0.00".parse().unwrap()), "0.00");
        assert_eq!(words.amount("-0.00".parse().unwrap()), "0.00");
        assert_eq!(words.amount("999".parse().unwrap()), "999");
        assert_eq!(words.count(-1_000), "−1,000");
        assert_eq!(Words::of("ja-JP").unwrap().period(day, day), "2024年3月9日～2024年3月9日");
    }
}
