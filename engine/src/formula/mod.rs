//! Formulas: expressions over the values of a line.
//!
//! ```text
//! min(net * 0.5, units * 0.10)
//! if(units > 10000, net * 0.30, net * 0.25)
//! ```
//!
//! There are numbers, the variables of [`Variable`], `+ - * /`, comparisons, `&& || !`, and the functions `min`,
//! `max`, `abs`, `floor`, `ceil`, `round(x, places)` and `if(condition, a, b)`, of which only the chosen branch is
//! computed. There is nothing that repeats: a formula always ends. Numbers are decimals of 28 digits; a product or
//! quotient with more is rounded half to even at the last of them. Dividing by zero, a number that does not fit and a
//! value that the line does not have are exceptions, never zero.

mod evaluate;
mod parse;
mod token;

use rust_decimal::Decimal;

pub(crate) use evaluate::Fault;

/// Longest formula, in characters.
pub const FORMULA_CHARS: usize = 2_000;
/// Most operations in a formula.
pub const FORMULA_OPERATIONS: usize = 500;
/// Deepest nesting of a formula.
pub const FORMULA_DEPTH: usize = 50;

/// What a formula can name. All are values of the whole line, before any participation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Variable {
    /// `net`: the amount, less its part of whole-file taxes and fees.
    Net,
    /// `gross`: gross as the platform states it.
    Gross,
    /// `atSource`: what the use earned at the source.
    AtSource,
    /// `ppd`: the dealer price of a unit, from the line or the price tables.
    Ppd,
    /// `retail`: the retail price of a unit, from the line or the price tables.
    Retail,
    /// `unitPrice`: the line's own price of a unit.
    UnitPrice,
    /// `units`: all units.
    Units,
    /// `freeUnits`: how many of them were given away.
    FreeUnits,
    /// `bearingUnits`: how many of them bear royalty.
    BearingUnits,
    /// `seconds`: how long the recording plays.
    Seconds,
    /// `tracks`: how many tracks the release has.
    Tracks,
}

impl Variable {
    /// Every variable, with the name that a formula gives it.
    pub const ALL: &'static [(&'static str, Self)] = &[
        ("net", Self::Net),
        ("gross", Self::Gross),
        ("atSource", Self::AtSource),
        ("ppd", Self::Ppd),
        ("retail", Self::Retail),
        ("unitPrice", Self::UnitPrice),
        ("units", Self::Units),
        ("freeUnits", Self::FreeUnits),
        ("bearingUnits", Self::BearingUnits),
        ("seconds", Self::Seconds),
        ("tracks", Self::Tracks),
    ];
}

/// A formula that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Formula {
    text: String,
    root: Node,
}

/// Why a text is no formula.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at character {at}: {message}")]
pub struct FormulaError {
    /// Where, counted from 1.
    pub at: usize,
    /// What is wrong and what to do.
    pub message: String,
}

#[derive(Debug, Clone, PartialEq)]
enum Node {
    Number(Decimal),
    Variable(Variable),
    Truth(bool),
    Negate(Box<Node>),
    Not(Box<Node>),
    Binary(Operator, Box<Node>, Box<Node>),
    Call(Function, Vec<Node>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
    NotEqual,
    And,
    Or,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Function {
    Min,
    Max,
    Abs,
    Floor,
    Ceil,
    Round,
    If,
}

impl Formula {
    /// Reads a formula.
    ///
    /// # Errors
    /// [`FormulaError`] with the place.
    pub fn parse(text: &str) -> Result<Self, FormulaError> {
        Ok(Self { text: text.to_owned(), root: parse::parse(text)? })
    }

    /// A formula that the checks have read before.
    pub(crate) fn checked(text: &str) -> Self {
        Self::parse(text).unwrap_or_else(|_| Self { text: text.to_owned(), root: Node::Truth(false) })
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Evaluates it with sample values: `Err` when it fails with every one of several samples.
    ///
    /// # Errors
    /// What went wrong with the last sample.
    pub fn try_samples(&self) -> Result<(), String> {
        let samples = [Decimal::ONE, Decimal::TEN, Decimal::new(25, 1), Decimal::new(-7, 0)];
        let mut last = String::new();
        for (base, sample) in samples.into_iter().enumerate() {
            // Different values for different variables, so that differences are not zero by accident.
            let value = |variable: Variable| {
                let step = Decimal::from(variable as u32 + 1) / Decimal::from(16) * Decimal::from(base as u64 + 1);
                Ok(sample + step)
            };
            match self.evaluate(value) {
                Ok(_) => return Ok(()),
                Err(fault) => last = fault.to_string(),
            }
        }
        Err(last)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use rust_decimal_macros::dec;

    fn value(text: &str) -> Result<Decimal, String> {
        let formula = Formula::parse(text).map_err(|error| error.to_string())?;
        formula
            .evaluate(|variable| match variable {
                Variable::Net => Ok(dec!(100)),
                Variable::Units => Ok(dec!(40)),
                _ => Err(Fault::Missing(variable)),
            })
            .map_err(|fault| fault.to_string())
    }

    #[test]
    fn arithmetic_binds_as_on_paper() {
        assert_eq!(value("1 + 2 * 3 - 4 / 8"), Ok(dec!(6.5)));
        assert_eq!(value("-(1 + 2) * -2"), Ok(dec!(6)));
        assert_eq!(value("min(net * 0.5, units * 0.10)"), Ok(dec!(4)));
        assert_eq!(value("if(units > 10 && net != 0, net * 0.3, gross)"), Ok(dec!(30)));
        assert_eq!(value("round(10 / 3, 2) + floor(2.7) + ceil(2.1) + abs(-1)"), Ok(dec!(9.33)));
    }

    #[test]
    fn faults_are_named() {
        assert!(value("net / (units - 40)").unwrap_err().contains("zero"));
        assert!(value("gross").unwrap_err().contains("gross"));
        assert!(value("79000000000000000000000000000 * 10").unwrap_err().contains("28 digits"));
        for (text, word) in [
            ("", "empty"),
            ("net *", "ends"),
            ("nett * 2", "nett"),
            ("net net", "after"),
            ("min(net", "ends"),
            ("if(net, 1, 2)", "condition"),
            ("net > 1", "number"),
            ("1.2.3", "number"),
            ("net $ 2", "$"),
            ("abs(1, 2)", "abs"),
            ("let x", "let"),
            ("while true", "while"),
        ] {
            let error = value(text).unwrap_err();
            assert!(error.contains(word), "{text}: {error}");
        }
        assert!(Formula::parse(&"(".repeat(60)).is_err());
        assert!(Formula::parse(&format!("1{}", "+1".repeat(600))).is_err());
    }

    #[test]
    fn samples_find_what_always_fails() {
        assert!(Formula::parse("net / 0").unwrap().try_samples().is_err());
        assert!(Formula::parse("net / (units - 1)").unwrap().try_samples().is_ok());
    }
}
