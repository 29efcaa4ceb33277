//! Types of values and their checks.

use kernel::currency::Currency;
use kernel::money::Money;
use kernel::ratio::Ratio;
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use crate::tenancy::is_email;

/// What values a key takes. Decimals are strings, as everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueType {
    /// An ISO 4217 code.
    Currency,
    /// An ISO 4217 code or null.
    OptionalCurrency,
    /// A number between 0 and 1 as a string.
    Ratio,
    /// An object from currency to amount: `{"EUR": "25.00"}`, amounts not negative, with no more places than the
    /// currency has.
    Amounts,
    /// A whole number within bounds, both included.
    Integer {
        /// The smallest.
        min: i64,
        /// The largest.
        max: i64,
    },
    /// A text of at most so many characters; line breaks are allowed.
    Text {
        /// The most characters.
        max_chars: usize,
    },
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Several of these words, at least one, none twice.
    Choices(&'static [&'static str]),
    /// A colour as `#rrggbb`.
    Colour,
    /// An e-mail address or null.
    OptionalEmail,
    /// A list of e-mail addresses.
    Emails {
        /// The most addresses.
        max: usize,
    },
}

impl ValueType {
    /// The name of the type, for clients.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Currency => "CURRENCY",
            Self::OptionalCurrency => "OPTIONAL_CURRENCY",
            Self::Ratio => "RATIO",
            Self::Amounts => "AMOUNTS",
            Self::Integer { .. } => "INTEGER",
            Self::Text { .. } => "TEXT",
            Self::Choice(_) => "CHOICE",
            Self::Choices(_) => "CHOICES",
            Self::Colour => "COLOUR",
            Self::OptionalEmail => "OPTIONAL_EMAIL",
            Self::Emails { .. } => "EMAILS",
        }
    }

    /// The words of a choice; empty for other types.
    #[must_use]
    pub const fn choices(self) -> &'static [&'static str] {
        match self {
            Self::Choice(words) | Self::Choices(words) => words,
            _ => &[],
        }
    }
}

/// Checks a value and normalises it (codes in capitals, amounts with the places of their currency).
///
/// # Errors
/// The reason, to be read after "`key` …".
pub fn validate(value_type: ValueType, value: &Value) -> Result<Value, String> {
    match value_type {
        ValueType::Currency => currency(value).map(|currency| json!(currency)),
        ValueType::OptionalCurrency if value.is_null() => Ok(Value::Null),
        ValueType::OptionalCurrency => currency(value).map(|currency| json!(currency)),
        ValueType::Ratio => {
            let number = decimal(value)?;
            Ratio::new(number).map(|ratio| json!(ratio.to_string())).map_err(|error| error.to_string())
        }
        ValueType::Amounts => amounts(value),
        ValueType::Integer { min, max } => match value.as_i64() {
            Some(number) if (min..=max).contains(&number) => Ok(json!(number)),
            _ => Err(format!("must be a whole number from {min} to {max}, not {value}")),
        },
        ValueType::Text { max_chars } => {
            let text = text(value)?;
            if text.chars().count() > max_chars {
                return Err(format!("must have at most {max_chars} characters"));
            }
            if text.chars().any(|c| c.is_control() && c != '\n') {
                return Err("must not contain control characters".to_owned());
            }
            Ok(json!(text))
        }
        ValueType::Choice(words) => choice(words, value).map(|word| json!(word)),
        ValueType::Choices(words) => choices(words, value),
        ValueType::Colour => {
            let text = text(value)?.to_ascii_lowercase();
            let digits = text.strip_prefix('#').unwrap_or_default();
            if digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                Ok(json!(text))
            } else {
                Err(format!("must be a colour such as \"#1f4b99\", not {value}"))
            }
        }
        ValueType::OptionalEmail if value.is_null() => Ok(Value::Null),
        ValueType::OptionalEmail => email(value).map(|email| json!(email)),
        ValueType::Emails { max } => emails(max, value),
    }
}

fn text(value: &Value) -> Result<&str, String> {
    value.as_str().ok_or_else(|| format!("must be a string, not {value}"))
}

fn currency(value: &Value) -> Result<Currency, String> {
    Currency::parse(text(value)?).map_err(|error| error.to_string())
}

fn decimal(value: &Value) -> Result<Decimal, String> {
    let text =
        value.as_str().ok_or_else(|| format!("must be a decimal number as a string, such as \"0.25\", not {value}"))?;
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.' || byte == b'-');
    text.parse().ok().filter(|_| plain).ok_or_else(|| format!("must be a plain decimal number, not \"{text}\""))
}

fn amounts(value: &Value) -> Result<Value, String> {
    let given = value.as_object().ok_or("must be an object from currency to amount, such as {\"EUR\": \"25.00\"}")?;
    let mut out = Map::new();
    for (code, amount) in given {
        let currency = Currency::parse(code).map_err(|error| error.to_string())?;
        let number = decimal(amount)?;
        let money = Money::exact(number, currency)
            .filter(|money| !money.amount.is_sign_negative() || money.amount.is_zero())
            .ok_or_else(|| {
                format!(
                    "must hold amounts of at least 0 with at most {} places for {currency}, not {number}",
                    currency.exponent()
                )
            })?;
        if out.insert(currency.code().to_owned(), json!(money.amount.to_string())).is_some() {
            return Err(format!("names {currency} twice"));
        }
    }
    Ok(Value::Object(out))
}

fn choice(words: &[&'static str], value: &Value) -> Result<&'static str, String> {
    let given = value.as_str().unwrap_or_default();
    words
        .iter()
        .copied()
        .find(|word| *word == given)
        .ok_or_else(|| format!("must be one of {}, not {value}", words.join(", ")))
}

fn choices(words: &[&'static str], value: &Value) -> Result<Value, String> {
    let given = value.as_array().filter(|list| !list.is_empty());
    let given = given.ok_or_else(|| format!("must be a list of at least one of {}", words.join(", ")))?;
    let mut out: Vec<&str> = Vec::with_capacity(given.len());
    for value in given {
        let word = choice(words, value)?;
        if out.contains(&word) {
            return Err(format!("names {word} twice"));
        }
        out.push(word);
    }
    Ok(json!(out))
}

fn email(value: &Value) -> Result<String, String> {
    let email = text(value)?.trim().to_lowercase();
    if is_email(&email) { Ok(email) } else { Err(format!("holds {value}, which is not an e-mail address")) }
}

fn emails(max: usize, value: &Value) -> Result<Value, String> {
    let given = value.as_array().filter(|list| list.len() <= max);
    let given = given.ok_or_else(|| format!("must be a list of at most {max} e-mail addresses"))?;
    let mut out: Vec<String> = Vec::with_capacity(given.len());
    for value in given {
        let email = email(value)?;
        if !out.contains(&email) {
            out.push(email);
        }
    }
    Ok(json!(out))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn good(value_type: ValueType, value: Value) -> Value {
        validate(value_type, &value).unwrap()
    }

    #[test]
    fn values_are_normalised() {
        assert_eq!(good(ValueType::Currency, json!("eur")), json!("EUR"));
        assert_eq!(good(ValueType::OptionalCurrency, json!(null)), json!(null));
        assert_eq!(good(ValueType::Ratio, json!("0.250")), json!("0.25"));
        assert_eq!(good(ValueType::Amounts, json!({"eur": "25", "JPY": "100"})), json!({"EUR": "25.00", "JPY": "100"}));
        assert_eq!(good(ValueType::Colour, json!("#1F4B99")), json!("#1f4b99"));
        assert_eq!(good(ValueType::Emails { max: 3 }, json!([" A@b.c", "a@b.c"])), json!(["a@b.c"]));
    }

    #[test]
    fn wrong_values_are_refused_with_a_reason() {
        let words = ValueType::Choice(&["A", "B"]);
        for (value_type, value, reason) in [
            (ValueType::Currency, json!("EURO"), "not an ISO 4217"),
            (ValueType::Currency, json!(null), "must be a string"),
            (ValueType::Ratio, json!("1.5"), "between 0 and 1"),
            (ValueType::Ratio, json!(0.5), "as a string"),
            (ValueType::Ratio, json!("5e-1"), "plain decimal"),
            (ValueType::Amounts, json!({"EUR": "1.001"}), "at most 2 places"),
            (ValueType::Amounts, json!({"EUR": "-1"}), "at least 0"),
            (ValueType::Amounts, json!({"EUR": "1", "eur": "2"}), "twice"),
            (ValueType::Amounts, json!("25"), "must be an object"),
            (ValueType::Integer { min: 1, max: 12 }, json!(13), "from 1 to 12"),
            (ValueType::Integer { min: 1, max: 12 }, json!("3"), "whole number"),
            (ValueType::Text { max_chars: 2 }, json!("abc"), "at most 2"),
            (ValueType::Text { max_chars: 9 }, json!("a\u{7}"), "control"),
            (words, json!("C"), "one of A, B"),
            (ValueType::Choices(&["A", "B"]), json!([]), "at least one"),
            (ValueType::Choices(&["A", "B"]), json!(["A", "A"]), "twice"),
            (ValueType::Colour, json!("red"), "colour"),
            (ValueType::Emails { max: 1 }, json!(["x"]), "not an e-mail"),
        ] {
            let given = validate(value_type, &value).unwrap_err();
            assert!(given.contains(reason), "{value}: {given}");
        }
    }
}
