//! Positive pay: tells the bank which checks were issued and which are void, in the bank's layout.
//!
//! Layouts are data files. The files of a register, read back, are the register: issues and voids by number.

use std::sync::LazyLock;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use serde::Deserialize;

use crate::payments::problem::{Problem, Problems, Refused};
use crate::payments::text::{Letters, plain};

const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/positive_pay.rs"));

/// A check, issued or void.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedCheck {
    /// Its number.
    pub number: u64,
    /// The day it was issued or made void.
    pub on: NaiveDate,
    /// The amount.
    pub amount: Decimal,
    /// The payee.
    pub payee: String,
    /// Whether it is void.
    pub void: bool,
}

/// A record of a file, as far as its layout states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PositivePayRecord {
    /// The line, from 1.
    pub line: u64,
    /// The account.
    pub account: String,
    /// The check's number.
    pub number: u64,
    /// The day.
    pub on: NaiveDate,
    /// The amount.
    pub amount: Decimal,
    /// The payee, cut to the layout's width.
    pub payee: String,
    /// Whether it is void.
    pub void: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Delimited,
    Fixed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Align {
    #[default]
    Left,
    Right,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Money {
    #[default]
    Decimal,
    Cents,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Content {
    Kind,
    Routing,
    Account,
    Number,
    Date,
    Amount,
    Payee,
    Constant,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Column {
    field: Content,
    #[serde(default)]
    title: String,
    #[serde(default)]
    width: usize,
    #[serde(default)]
    align: Align,
    #[serde(default)]
    pad: Option<char>,
    #[serde(default)]
    format: String,
    #[serde(default)]
    amount: Money,
    #[serde(default)]
    value: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Codes {
    issue: String,
    void: String,
}

/// A bank's layout.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PositivePayLayout {
    /// Its name in settings.
    pub name: String,
    /// What people call it.
    pub title: String,
    kind: Kind,
    #[serde(default)]
    delimiter: Option<char>,
    #[serde(default)]
    header: bool,
    line_end: String,
    codes: Codes,
    #[serde(rename = "column")]
    columns: Vec<Column>,
}

impl PositivePayLayout {
    /// Reads a layout of one's own.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let layout: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        let has = |content| layout.columns.iter().any(|column| column.field == content);
        for (content, name) in [
            (Content::Number, "number"),
            (Content::Amount, "amount"),
            (Content::Account, "account"),
            (Content::Date, "date"),
            (Content::Kind, "kind"),
        ] {
            if !has(content) {
                return Err(format!("layout `{}`: no column has the field `{name}`", layout.name));
            }
        }
        if layout.kind == Kind::Fixed && layout.columns.iter().any(|column| column.width == 0) {
            return Err(format!("layout `{}`: every column of fixed records has a width", layout.name));
        }
        if layout.codes.issue == layout.codes.void {
            return Err(format!("layout `{}`: issue and void have one code", layout.name));
        }
        Ok(layout)
    }
}

/// The layouts that ship with the program.
#[derive(Debug, Default)]
pub struct PositivePayLayouts(Vec<PositivePayLayout>);

impl PositivePayLayouts {
    /// Made at the first call. A file that cannot be read is left out; a test looks that none is.
    pub fn shipped() -> &'static Self {
        static SHIPPED: LazyLock<PositivePayLayouts> = LazyLock::new(|| {
            PositivePayLayouts(FILES.iter().filter_map(|(_, text)| PositivePayLayout::parse(text).ok()).collect())
        });
        &SHIPPED
    }

    /// The layout of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&PositivePayLayout> {
        self.0.iter().find(|layout| layout.name == name)
    }

    /// Names of all.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        self.0.iter().map(|layout| layout.name.as_str()).collect()
    }
}

/// Writes a file.
///
/// # Errors
/// [`Refused`] with every field that is wrong.
pub fn write_positive_pay(
    layout: &PositivePayLayout,
    routing: &str,
    account: &str,
    checks: &[IssuedCheck],
) -> Result<Vec<u8>, Refused> {
    let mut problems = Problems::default();
    if account.is_empty() || !account.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        problems.refuse("account", "CHECK_ACCOUNT", "The account has letters and digits only.");
    }
    let mut text = String::new();
    if layout.header {
        let titles: Vec<String> = layout.columns.iter().map(|column| column.title.clone()).collect();
        record(layout, &titles, &mut text);
    }
    let mut seen = std::collections::BTreeSet::new();
    for (index, check) in checks.iter().enumerate() {
        let path = format!("checks.{index}");
        if !seen.insert((check.number, check.void)) {
            problems.refuse(format!("{path}.number"), "CHECK_TWICE", format!("Check {} is told twice.", check.number));
        }
        let cells: Vec<String> = layout
            .columns
            .iter()
            .map(|column| cell(layout, column, routing, account, check, &path, &mut problems))
            .collect();
        record(layout, &cells, &mut text);
    }
    problems.or_refuse()?;
    Ok(text.into_bytes())
}

fn record(layout: &PositivePayLayout, cells: &[String], text: &mut String) {
    match layout.kind {
        Kind::Fixed => cells.iter().for_each(|cell| text.push_str(cell)),
        Kind::Delimited => {
            let delimiter = layout.delimiter.unwrap_or(',');
            for (index, cell) in cells.iter().enumerate() {
                if index > 0 {
                    text.push(delimiter);
                }
                if cell.contains([delimiter, '"']) {
                    text.push('"');
                    text.push_str(&cell.replace('"', "\"\""));
                    text.push('"');
                } else {
                    text.push_str(cell);
                }
            }
        }
    }
    text.push_str(&layout.line_end);
}

fn cell(
    layout: &PositivePayLayout,
    column: &Column,
    routing: &str,
    account: &str,
    check: &IssuedCheck,
    path: &str,
    problems: &mut Problems,
) -> String {
    let (text, may_be_cut) = match column.field {
        Content::Kind => (if check.void { layout.codes.void.clone() } else { layout.codes.issue.clone() }, false),
        Content::Routing => (routing.to_owned(), false),
        Content::Account => (account.to_owned(), false),
        Content::Number => (check.number.to_string(), false),
        Content::Date => (check.on.format(&column.format).to_string(), false),
        Content::Amount => (money(column, check.amount, path, problems), false),
        Content::Payee => match plain(&check.payee, Letters::Ascii) {
            Ok(name) if !name.is_empty() => (name, true),
            _ => {
                problems.refuse(format!("{path}.payee"), "CHECK_PAYEE", "The payee's name is needed in Latin letters.");
                (String::new(), true)
            }
        },
        Content::Constant => (column.value.clone(), false),
    };
    if column.width == 0 {
        return text;
    }
    let length = text.chars().count();
    if length > column.width && !may_be_cut {
        let message = format!("`{text}` has {length} characters; the layout has room for {}.", column.width);
        problems.refuse(format!("{path}.{:?}", column.field).to_lowercase(), "CHECK_TOO_LONG", message);
    }
    let cut: String = text.chars().take(column.width).collect();
    if layout.kind == Kind::Delimited {
        return cut;
    }
    let fill: String = std::iter::repeat_n(column.pad.unwrap_or(' '), column.width.saturating_sub(length)).collect();
    if column.align == Align::Right { fill + &cut } else { cut + &fill }
}

fn money(column: &Column, amount: Decimal, path: &str, problems: &mut Problems) -> String {
    let cents = amount
        .checked_mul(Decimal::ONE_HUNDRED)
        .filter(|cents| cents.fract().is_zero())
        .and_then(|cents| cents.to_u64());
    let Some(cents) = cents.filter(|cents| *cents > 0) else {
        problems.refuse(
            format!("{path}.amount"),
            "CHECK_AMOUNT",
            format!("{amount} is no amount above zero in whole cents."),
        );
        return String::new();
    };
    match column.amount {
        Money::Cents => cents.to_string(),
        Money::Decimal => format!("{}.{:02}", cents / 100, cents % 100),
    }
}

/// Reads a file back.
///
/// # Errors
/// Every record that cannot be read, with its line.
pub fn read_positive_pay(layout: &PositivePayLayout, bytes: &[u8]) -> Result<Vec<PositivePayRecord>, Vec<Problem>> {
    let text = String::from_utf8_lossy(bytes);
    let mut records = Vec::new();
    let mut problems = Problems::default();
    for (line, number) in text.lines().zip(1_u64..) {
        if line.trim().is_empty() || (layout.header && number == 1) {
            continue;
        }
        match read_record(layout, line) {
            Ok(record) => records.push(PositivePayRecord { line: number, ..record }),
            Err(problem) => problems.push(problem.at_line(number)),
        }
    }
    if problems.is_empty() { Ok(records) } else { Err(problems.into_kept()) }
}

fn read_record(layout: &PositivePayLayout, line: &str) -> Result<PositivePayRecord, Problem> {
    let wrong = |field: &str, text: &str| {
        Problem::new("CHECK_RECORD", format!("`{text}` is no {field} of the layout `{}`.", layout.name)).of_field(field)
    };
    let cells = cut(layout, line);
    let mut record = PositivePayRecord {
        line: 0,
        account: String::new(),
        number: 0,
        on: NaiveDate::MIN,
        amount: Decimal::ZERO,
        payee: String::new(),
        void: false,
    };
    for (index, column) in layout.columns.iter().enumerate() {
        let text = cells.get(index).map(|text| text.trim()).ok_or_else(|| wrong("record", line))?;
        match column.field {
            Content::Kind if text == layout.codes.void => record.void = true,
            Content::Kind if text == layout.codes.issue => {}
            Content::Kind => return Err(wrong("kind", text)),
            Content::Account => text.clone_into(&mut record.account),
            Content::Number => record.number = text.parse().map_err(|_| wrong("number", text))?,
            Content::Date => {
                record.on = NaiveDate::parse_from_str(text, &column.format).map_err(|_| wrong("date", text))?;
            }
            Content::Amount => {
                let amount: Decimal = text.parse().map_err(|_| wrong("amount", text))?;
                record.amount = match column.amount {
                    Money::Decimal => amount,
                    Money::Cents => Decimal::from_i128_with_scale(amount.mantissa(), 2),
                };
            }
            Content::Payee => text.clone_into(&mut record.payee),
            Content::Routing | Content::Constant => {}
        }
    }
    Ok(record)
}

fn cut(layout: &PositivePayLayout, line: &str) -> Vec<String> {
    match layout.kind {
        Kind::Fixed => {
            let mut letters = line.chars();
            layout.columns.iter().map(|column| letters.by_ref().take(column.width).collect()).collect()
        }
        Kind::Delimited => {
            let delimiter = layout.delimiter.and_then(|letter| u8::try_from(letter).ok()).unwrap_or(b',');
            let mut reader =
                csv::ReaderBuilder::new().has_headers(false).delimiter(delimiter).from_reader(line.as_bytes());
            let first = reader.records().next().and_then(Result::ok).unwrap_or_default();
            first.iter().map(str::to_owned).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rust_decimal_macros::dec;

    fn check(number: u64, amount: Decimal, void: bool) -> IssuedCheck {
        IssuedCheck {
            number,
            on: NaiveDate::from_ymd_opt(2026, 11, 5).unwrap(),
            amount,
            payee: "Zoë \"Z\" Writer, Inc.".into(),
            void,
        }
    }

    fn layout(name: &str) -> &'static PositivePayLayout {
        PositivePayLayouts::shipped().get(name).unwrap()
    }

    #[test]
    fn every_shipped_file_is_a_layout() {
        assert_eq!(PositivePayLayouts::shipped().0.len(), FILES.len());
        for (name, text) in FILES {
            assert_eq!(PositivePayLayout::parse(text).map(|layout| layout.name).as_deref(), Ok(*name));
        }
    }

    #[test]
    fn files_stand_as_the_layouts_have_it() {
        let checks = [check(1001, dec!(1234.5), false), check(999, dec!(7), true)];
        let text = |name: &str| {
            String::from_utf8(write_positive_pay(layout(name), "021000021", "12345678", &checks).unwrap()).unwrap()
        };
        assert_eq!(
            text("chase"),
            "I,12345678,1001,110526,1234.50,\"Zoe \"\"Z\"\" Writer, Inc.\"\r\nC,12345678,999,110526,7.00,\"Zoe \"\"Z\"\" Writer, Inc.\"\r\n"
        );
        let first = text("first-american");
        let lines: Vec<&str> = first.lines().collect();
        assert!(lines.iter().all(|line| line.len() == 79));
        assert!(lines[0].starts_with("000123456780000001001110520260000123450 Zoe \"Z\""), "{}", lines[0]);
        let ascender = text("ascender");
        assert!(ascender.lines().all(|line| line.len() == 100));
        assert!(
            ascender
                .lines()
                .nth(1)
                .is_some_and(|line| line.starts_with("0000123456782  000000099900000000070020261105 Zoe")),
            "{ascender}"
        );
        assert!(text("generic").starts_with("Type,Routing number,Account,Check number,Date,Amount,Payee\r\nI,021000021,12345678,1001,2026-11-05,1234.50,"));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let long = IssuedCheck { payee: "宇多田".into(), ..check(12_345_678_901, dec!(0.001), false) };
        let found: Vec<_> = write_positive_pay(layout("first-american"), "", "123456789012", &[long.clone(), long])
            .unwrap_err()
            .0
            .into_iter()
            .map(|one| (one.field.unwrap_or_default(), one.code))
            .collect();
        let wanted = [
            ("checks.0.account", "CHECK_TOO_LONG"),
            ("checks.0.number", "CHECK_TOO_LONG"),
            ("checks.0.amount", "CHECK_AMOUNT"),
            ("checks.0.payee", "CHECK_PAYEE"),
            ("checks.1.number", "CHECK_TWICE"),
        ];
        assert_eq!(found[..5], wanted.map(|(field, code)| (field.to_owned(), code)));
        assert!(PositivePayLayout::parse("name = \"x\"").is_err());
    }

    proptest! {
        #[test]
        fn files_read_back_are_the_register(checks in prop::collection::btree_map(1_u64..9_999_999_999, (1_u64..9_999_999_999, any::<bool>()), 0..30)) {
            let checks: Vec<IssuedCheck> = checks
                .iter()
                .map(|(number, (cents, void))| check(*number, Decimal::from_i128_with_scale(i128::from(*cents), 2), *void))
                .collect();
            for one in &PositivePayLayouts::shipped().0 {
                let bytes = write_positive_pay(one, "021000021", "12345678901", &checks).unwrap();
                prop_assert_eq!(&write_positive_pay(one, "021000021", "12345678901", &checks).unwrap(), &bytes);
                let records = read_positive_pay(one, &bytes).unwrap();
                let found: Vec<_> = records.iter().map(|one| (one.number, one.on, one.amount, one.void)).collect();
                let wanted: Vec<_> = checks.iter().map(|one| (one.number, one.on, one.amount, one.void)).collect();
                prop_assert_eq!(found, wanted);
            }
        }
    }
}
