//! Reading a scenario's values one by one: each says where it stands when it is wrong.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::str::FromStr;

use kernel::currency::Currency;
use kernel::territory::Territory;
use rust_decimal::Decimal;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::problem::{Place, Problem};

/// A value with its place.
#[derive(Debug, Clone)]
pub(super) struct Node<'a> {
    pub value: &'a Value,
    pub place: Place,
}

/// An object that is taken apart key by key. Keys that nobody takes are refused at the end.
pub(super) struct Object<'a> {
    pub place: Place,
    map: &'a Map<String, Value>,
    asked: RefCell<BTreeSet<String>>,
}

impl<'a> Node<'a> {
    pub fn new(value: &'a Value, place: Place) -> Self {
        Self { value, place }
    }

    pub fn wrong(&self, message: impl Into<String>) -> Problem {
        Problem::new(&self.place, message)
    }

    fn expected(&self, what: &str) -> Problem {
        self.wrong(format!("expected {what}, found {}", kind(self.value)))
    }

    pub fn object(&self) -> Result<Object<'a>, Problem> {
        match self.value {
            Value::Object(map) => Ok(Object { place: self.place.clone(), map, asked: RefCell::default() }),
            _ => Err(self.expected("an object { … }")),
        }
    }

    /// The entries of an object whose keys are names.
    pub fn entries(&self) -> Result<Vec<(&'a str, Node<'a>)>, Problem> {
        let Value::Object(map) = self.value else { return Err(self.expected("an object with names as its keys")) };
        Ok(map.iter().map(|(name, value)| (name.as_str(), Node::new(value, self.place.key(name)))).collect())
    }

    pub fn list(&self) -> Result<Vec<Node<'a>>, Problem> {
        let Value::Array(list) = self.value else { return Err(self.expected("a list [ … ]")) };
        Ok(list.iter().enumerate().map(|(index, value)| Node::new(value, self.place.index(index))).collect())
    }

    /// A list; a single value counts as a list of one.
    pub fn one_or_more(&self) -> Vec<Node<'a>> {
        self.list().unwrap_or_else(|_| vec![self.clone()])
    }

    pub fn text(&self) -> Result<&'a str, Problem> {
        match self.value {
            Value::String(text) if !text.trim().is_empty() => Ok(text),
            Value::String(_) => Err(self.wrong("is empty: write something, or leave the key out")),
            _ => Err(self.expected("a text in quotes")),
        }
    }

    pub fn flag(&self) -> Result<bool, Problem> {
        self.value.as_bool().ok_or_else(|| self.expected("true or false"))
    }

    pub fn whole(&self) -> Result<i64, Problem> {
        match self.value {
            Value::Number(number) => number.as_i64().ok_or_else(|| self.wrong("is beyond 9223372036854775807")),
            Value::String(text) => text.trim().parse().map_err(|_| self.expected("a whole number")),
            _ => Err(self.expected("a whole number")),
        }
    }

    /// A decimal: a string, `"25%"` counts as `"0.25"`.
    pub fn decimal(&self) -> Result<Decimal, Problem> {
        match self.value {
            Value::String(text) => decimal(text).map_err(|message| self.wrong(message)),
            Value::Number(number) => Err(self.wrong(format!("is a number: decimals are strings, write \"{number}\""))),
            _ => Err(self.expected("a decimal in quotes such as \"0.25\"")),
        }
    }

    pub fn parse<T: FromStr>(&self, what: &str) -> Result<T, Problem> {
        let text = self.text()?;
        text.parse().map_err(|_| self.wrong(format!("`{text}` is not {what}")))
    }

    pub fn currency(&self) -> Result<Currency, Problem> {
        self.parse("a currency of ISO 4217 such as USD")
    }

    pub fn territory(&self) -> Result<Territory, Problem> {
        self.parse("a territory: a code of ISO 3166 such as US, or ZZ for unknown or several")
    }

    pub fn date(&self) -> Result<chrono::NaiveDate, Problem> {
        self.parse("a date such as 2024-03-31")
    }

    /// A member of a closed list, written as in data; small letters, blanks and hyphens are tolerated.
    pub fn word<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        let text = self.text()?;
        let folded = fold(text);
        serde_json::from_value(Value::String(folded)).map_err(|error| self.wrong(error.to_string()))
    }
}

impl<'a> Object<'a> {
    pub fn get(&self, key: &str) -> Option<Node<'a>> {
        self.asked.borrow_mut().insert(key.to_owned());
        self.map.get(key).filter(|value| !value.is_null()).map(|value| Node::new(value, self.place.key(key)))
    }

    pub fn need(&self, key: &str) -> Result<Node<'a>, Problem> {
        self.get(key).ok_or_else(|| Problem::new(&self.place, format!("`{key}` is missing")))
    }

    /// Refuses what nobody asked for.
    pub fn finish(&self) -> Result<(), Problem> {
        let asked = self.asked.borrow();
        let Some(unknown) = self.map.keys().find(|key| !asked.contains(*key)) else { return Ok(()) };
        let known: Vec<&str> = asked.iter().map(String::as_str).collect();
        Err(unknown_key(&self.place, unknown, &known))
    }
}

pub(super) fn unknown_key(place: &Place, unknown: &str, known: &[&str]) -> Problem {
    let near = known.iter().find(|known| known.eq_ignore_ascii_case(unknown) || close(known, unknown));
    let hint = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("known here: {}", known.join(", ")),
    };
    Problem::new(&place.key(unknown), format!("is not known here; {hint}"))
}

/// Whether one is the other with one letter more, less or different, or with its beginning only.
fn close(a: &str, b: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > 1 {
        return false;
    }
    let same = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let tail = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
    same + tail + 1 >= a.len().max(b.len())
}

fn kind(value: &Value) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Bool(flag) => format!("{flag}"),
        Value::Number(number) => format!("the number {number}"),
        Value::String(text) => format!("the text \"{text}\""),
        Value::Array(_) => "a list".into(),
        Value::Object(_) => "an object".into(),
    }
}

/// `"monthEnd"`, `"month end"` and `"month-end"` are `MONTH_END`.
pub(super) fn fold(text: &str) -> String {
    let mut folded = String::new();
    let mut small = false;
    for letter in text.trim().chars() {
        if letter == ' ' || letter == '-' {
            folded.push('_');
        } else {
            if small && letter.is_uppercase() {
                folded.push('_');
            }
            folded.extend(letter.to_uppercase());
        }
        small = letter.is_lowercase();
    }
    folded
}

/// Reads a decimal exactly: digits with at most one point, a minus, and perhaps a percent sign at the end.
pub(super) fn decimal(text: &str) -> Result<Decimal, String> {
    let trimmed = text.trim();
    let (number, percent) = trimmed.strip_suffix('%').map_or((trimmed, false), |number| (number.trim_end(), true));
    let digits = number.strip_prefix('-').unwrap_or(number);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !plain(whole) || !plain(fraction) || (digits.contains('.') && fraction.is_empty()) {
        return Err(format!(
            "`{text}` is not a decimal such as \"1234.5\" or \"-0.25\": digits and one point, no thousands separator"
        ));
    }
    let value = Decimal::from_str_exact(number)
        .map_err(|_| format!("`{text}` has more digits than 28, the most that is computed exactly"))?;
    if !percent {
        return Ok(value);
    }
    let scale = value.scale() + 2;
    Decimal::try_from_i128_with_scale(value.mantissa(), scale).map_err(|_| format!("`{text}` has too many places"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_read_exactly_or_refused() {
        assert_eq!(decimal("25%").unwrap().to_string(), "0.25");
        assert_eq!(decimal("33.333 %").unwrap().to_string(), "0.33333");
        assert_eq!(decimal("-0.5").unwrap().to_string(), "-0.5");
        for bad in ["", "1,000", "1.", ".5", "1e3", "--1", "0x1", "1 000", "½", "1.2.3", "%"] {
            assert!(decimal(bad).is_err(), "{bad}");
        }
        let long = decimal("0.1234567890123456789012345678901").unwrap_err();
        assert!(long.contains("28"), "{long}");
    }

    #[test]
    fn words_are_folded() {
        for text in ["MONTH_END", "monthEnd", "month end", "month-end", " Month_End "] {
            assert_eq!(fold(text), "MONTH_END");
        }
    }

    #[test]
    fn a_typing_error_is_answered_with_what_was_meant() {
        let known = ["participations", "terms", "payees"];
        let problem = unknown_key(&Place::default(), "term", &known);
        assert!(problem.message.contains("did you mean `terms`"), "{}", problem.message);
        let problem = unknown_key(&Place::default(), "xyz", &known);
        assert!(problem.message.contains("known here: participations, terms, payees"), "{}", problem.message);
    }
}
