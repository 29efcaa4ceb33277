//! The words of a statement, and how its language writes numbers and dates. One TOML file per language, in
//! `assets/words/`; a language is added by its file and a line in [`Words::of`].

use std::sync::LazyLock;

use chrono::{Datelike, NaiveDate};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// The word list is not complete, or has keys nobody reads.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("word list `{language}`: {message}")]
pub struct WordsError {
    language: String,
    message: String,
}

/// Declares a group of words: every one must be in the file, none may be there that is not declared.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($key:ident),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(super) struct $name { $(pub(super) $key: String),* }
    };
}

words!(/// Title and particulars.
DocumentWords {
    title, preview, preview_remark, correction, correction_remark, consolidated, tax, prepared_for, number, period,
    period_range, issued_on, issuer, currency, payee_id, tax_number, page, fingerprint,
});
words!(/// The closing balance and what becomes of it.
HeadlineWords {
    due, nothing, carried, due_on, below_threshold, on_hold, carried_forward, royalties, net_receipts, units,
});
words!(/// The statement identity.
BridgeWords {
    title, opening, opening_hint, royalties, royalties_hint, costs, costs_hint, reserves_released,
    reserves_released_hint, reserves_taken, reserves_taken_hint, adjustments, adjustments_hint, payments,
    payments_hint, tax, tax_hint, closing, closing_hint,
});
words!(/// Charts.
ChartWords { platform, territory, others });
words!(/// Titles of the parts.
SectionWords {
    summary, contracts, platform, release, track, territory, revenue_type, recoupment, reserves, adjustments,
    payments, taxes, notes, ask, verify,
});
words!(/// Column headings.
ColumnWords {
    item, value, contract, terms, platform, release, track, territory, revenue_type, artist, detail, code, isrc, upc,
    units, net_receipts, royalty, kind, held_before, taken, released, held_after, opening, added, recouped, closing,
    date, reason, reference, method, tax, base, rate, amount, total,
});
words!(/// Sentences.
RemarkWords { object_until, further, verify, closing_rule, amounts_in });

/// The words of one language.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    decimal_mark: String,
    group_mark: String,
    date: String,
    months: [String; 12],
    pub(super) document: DocumentWords,
    pub(super) headline: HeadlineWords,
    pub(super) bridge: BridgeWords,
    pub(super) charts: ChartWords,
    pub(super) sections: SectionWords,
    pub(super) columns: ColumnWords,
    pub(super) remarks: RemarkWords,
}

impl Words {
    /// The bundled word list of a language ("en"), or `None` when there is none.
    pub fn of(language: &str) -> Option<&'static Self> {
        static ENGLISH: LazyLock<Option<Words>> =
            LazyLock::new(|| Words::parse("en", include_str!("../../assets/words/en.toml")).ok());
        match language {
            "en" => ENGLISH.as_ref(),
            _ => None,
        }
    }

    /// The language of a locale such as "de-DE" that has a word list; English where it has none.
    pub fn language_of(locale: &str) -> &str {
        let language = locale.split(['-', '_']).next().unwrap_or_default();
        if Self::of(language).is_some() { language } else { "en" }
    }

    /// Reads a word list; the error names the missing or unknown key.
    pub fn parse(language: &str, toml: &str) -> Result<Self, WordsError> {
        toml::from_str(toml).map_err(|error| WordsError { language: language.into(), message: error.message().into() })
    }

    /// An amount with all decimals it has: `-1234.5` at scale 2 is `−1,234.50`.
    pub(super) fn amount(&self, amount: Decimal) -> String {
        let digits = amount.abs().to_string();
        let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, ""));
        let mut text = String::with_capacity(digits.len() + 8);
        if amount.is_sign_negative() && !amount.is_zero() {
            text.push('\u{2212}');
        }
        self.grouped(whole, &mut text);
        if !fraction.is_empty() {
            text.push_str(&self.decimal_mark);
            text.push_str(fraction);
        }
        text
    }

    /// A count: `-12345` is `−12,345`.
    pub(super) fn count(&self, count: i128) -> String {
        let mut text = String::new();
        if count < 0 {
            text.push('\u{2212}');
        }
        self.grouped(&count.unsigned_abs().to_string(), &mut text);
        text
    }

    /// A ratio as a percentage: `0.125` is `12.5 %`.
    pub(super) fn percent(&self, ratio: Decimal) -> String {
        let hundredfold = ratio.checked_mul(Decimal::ONE_HUNDRED).unwrap_or(ratio).normalize();
        format!("{}\u{a0}%", self.amount(hundredfold))
    }

    /// A day in words: "31 March 2024".
    pub(super) fn day(&self, day: NaiveDate) -> String {
        let month = usize::try_from(day.month0()).ok().and_then(|index| self.months.get(index));
        self.date
            .replace("{dd}", &format!("{:02}", day.day()))
            .replace("{d}", &day.day().to_string())
            .replace("{mm}", &format!("{:02}", day.month()))
            .replace("{month}", month.map_or("", String::as_str))
            .replace("{m}", &day.month().to_string())
            .replace("{y}", &day.year().to_string())
    }

    fn grouped(&self, digits: &str, text: &mut String) {
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                text.push_str(&self.group_mark);
            }
            text.push(digit);
        }
    }
}

/// Puts a value where the sentence has `{}`.
pub(super) fn fill(sentence: &str, value: &str) -> String {
    sentence.replacen("{}", value, 1)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_bundled_language_is_complete() {
        Words::parse("en", include_str!("../../assets/words/en.toml")).unwrap();
        assert!(Words::of("en").is_some());
        assert!(Words::of("tlh").is_none());
        assert_eq!(Words::language_of("en-GB"), "en");
        assert_eq!(Words::language_of("tlh-QO"), "en");
    }

    #[test]
    fn a_missing_or_unknown_key_is_named() {
        let english = include_str!("../../assets/words/en.toml");
        let missing = english.replace("royalty = \"Royalty\"\n", "");
        assert!(Words::parse("en", &missing).unwrap_err().to_string().contains("royalty"));
        let unknown = english.replace("[remarks]", "[remarks]\nmistake = \"\"");
        assert!(Words::parse("en", &unknown).unwrap_err().to_string().contains("mistake"));
    }

    #[test]
    fn numbers_and_dates() {
        let words = Words::of("en").unwrap();
        let amount = |text: &str| words.amount(text.parse().unwrap());
        assert_eq!(amount("-1234567.50"), "−1,234,567.50");
        assert_eq!(amount("0.00"), "0.00");
        assert_eq!(amount("-0.00"), "0.00");
        assert_eq!(amount("999"), "999");
        assert_eq!(words.count(-1_000), "−1,000");
        assert_eq!(words.percent("0.125".parse().unwrap()), "12.5\u{a0}%");
        assert_eq!(words.day(NaiveDate::from_ymd_opt(2024, 3, 9).unwrap()), "9 March 2024");
    }
}
