//! Cutting a formula into tokens.

use rust_decimal::Decimal;

use super::{FORMULA_CHARS, FormulaError};

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Number(Decimal),
    Name(String),
    Sign(&'static str),
}

/// The signs, the longer first.
const SIGNS: &[&str] = &["<=", ">=", "==", "!=", "&&", "||", "+", "-", "*", "/", "<", ">", "!", "(", ")", ","];

/// Tokens with the character they begin at.
pub(super) fn tokens(text: &str) -> Result<Vec<(usize, Token)>, FormulaError> {
    let characters = text.chars().count();
    if characters > FORMULA_CHARS {
        let message = format!("a formula has at most {FORMULA_CHARS} characters, this one has {characters}");
        return Err(FormulaError { at: 1, message });
    }
    let mut found = Vec::new();
    let (mut rest, mut at) = (text, 1);
    while let Some(first) = rest.chars().next() {
        let length = if first.is_whitespace() {
            first.len_utf8()
        } else if first.is_ascii_digit() {
            let end = rest.find(|one: char| !one.is_ascii_digit() && one != '.').unwrap_or(rest.len());
            let number = rest[..end].parse().map_err(|_| FormulaError {
                at,
                message: format!("`{}` is no number of at most 28 digits", &rest[..end]),
            })?;
            found.push((at, Token::Number(number)));
            end
        } else if first.is_ascii_alphabetic() {
            let end = rest.find(|one: char| !one.is_ascii_alphanumeric() && one != '_').unwrap_or(rest.len());
            found.push((at, Token::Name(rest[..end].to_owned())));
            end
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            found.push((at, Token::Sign(sign)));
            sign.len()
        } else {
            return Err(FormulaError { at, message: format!("`{first}` means nothing in a formula") });
        };
        at += rest[..length].chars().count();
        rest = &rest[length..];
    }
    Ok(found)
}
