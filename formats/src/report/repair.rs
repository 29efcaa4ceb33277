//! What persons put in the place of cells that cannot be read: for single rows, and as rules for texts that a source
//! keeps writing. A mended row is read by the same plan as any other.

use std::borrow::Cow;
use std::collections::HashMap;

use kernel::currency::Currency;

use super::batch::Batch;
use super::convert::{Booked, Converter};
use super::error::{Problem, RowCode};
use crate::layout::fold;
use crate::source::Record;
use crate::value::{DecimalMark, Exact, NumberFormat};

/// One cell, before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// Its place in the row, from 1.
    pub column: usize,
    /// The column's name as the header has it.
    pub name: String,
    /// What stands in the file.
    pub was: String,
    /// What is read instead.
    pub value: String,
}

/// What a person says about one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fix {
    /// These cells, by place from 1, have these texts.
    Cells(Vec<(usize, String)>),
    /// The row has these cells: it was cut wrongly.
    Row(Vec<String>),
}

/// What to read in the place of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The rule's id, as its owner knows it.
    pub id: String,
    /// The column's name, folded as headers are.
    pub column: String,
    /// The text of the cell, exactly, without surrounding blanks.
    pub found: String,
    /// What is read instead.
    pub value: String,
}

/// A row that was mended.
#[derive(Debug, Clone)]
pub struct Mended {
    /// Physical line of the file.
    pub line_no: u64,
    /// The row as it stands in the file.
    pub raw: String,
    /// What was changed.
    pub cells: Vec<Cell>,
    /// The rules that did it; empty when a person did it for this row.
    pub rules: Vec<String>,
    /// The amount that could be read before, if any.
    pub before: Option<(Exact, Currency)>,
    /// The amount as it is read now.
    pub exact: Exact,
    /// What a line keeps of it.
    pub kept: Exact,
    /// Its currency.
    pub currency: Currency,
}

/// All that is to be put in the place of what cannot be read.
#[derive(Debug, Clone, Default)]
pub struct Repairs {
    rows: HashMap<u64, Fix>,
    rules: Vec<Rule>,
}

impl Repairs {
    /// Repairs of single rows, by line, and rules in the order in which they are tried.
    #[must_use]
    pub fn new(rows: HashMap<u64, Fix>, rules: Vec<Rule>) -> Self {
        let rules = rules.into_iter().map(|rule| Rule { column: fold(&rule.column), ..rule }).collect();
        Self { rows, rules }
    }

    /// Tries to read a row that could not be read. When it is still unreadable, the problems left are in the converter.
    pub(super) fn mend(&self, record: &Record<'_>, converter: &mut Converter, batch: &mut Batch) -> Option<Booked> {
        let mut cells: Vec<String> = record.cells().map(str::to_owned).collect();
        let mut changed = Vec::new();
        let mut rules = Vec::new();
        match self.rows.get(&record.line) {
            Some(Fix::Row(row)) => cells.clone_from(row),
            Some(Fix::Cells(fixes)) => {
                for (column, value) in fixes {
                    self.put(&mut cells, converter, *column, value, &mut changed)?;
                }
            }
            None => {
                for problem in std::mem::take(&mut converter.problems) {
                    let rule = self.rule_for(record, &problem);
                    if let Some(rule) = rule {
                        self.put(&mut cells, converter, problem.cell, &rule.value, &mut changed);
                        rules.push(rule.id.clone());
                    }
                    converter.problems.push(problem);
                }
                if rules.is_empty() {
                    return None;
                }
            }
        }
        if cells.len() < converter.header.len() {
            cells.resize(converter.header.len(), String::new());
        }
        let before = converter.amount_of(record);
        let mut text = String::new();
        let mut spans = Vec::with_capacity(cells.len());
        for cell in &cells {
            let start = u32::try_from(text.len()).ok()?;
            text.push_str(cell);
            spans.push((start, u32::try_from(text.len()).ok()?));
        }
        let whole = Record::new(record.line, &text, &spans, None);
        converter.problems.clear();
        let booked = converter.convert(&whole, batch)?;
        batch.mended.push(Mended {
            line_no: record.line,
            raw: record.verbatim(),
            cells: changed,
            rules,
            before,
            exact: booked.exact,
            kept: booked.kept,
            currency: booked.currency,
        });
        Some(booked)
    }

    fn put(
        &self,
        cells: &mut Vec<String>,
        converter: &Converter,
        column: usize,
        value: &str,
        changed: &mut Vec<Cell>,
    ) -> Option<()> {
        let index = column.checked_sub(1).filter(|index| *index < converter.header.len())?;
        if cells.len() <= index {
            cells.resize(index + 1, String::new());
        }
        let cell = cells.get_mut(index)?;
        let was = std::mem::replace(cell, value.to_owned());
        let name = converter.header.get(index).cloned().unwrap_or_default();
        changed.push(Cell { column, name, was, value: value.to_owned() });
        Some(())
    }

    fn rule_for(&self, record: &Record<'_>, problem: &Problem) -> Option<&Rule> {
        let index = problem.cell.checked_sub(1)?;
        let column = fold(&problem.column);
        let found = record.cell(index);
        self.rules.iter().find(|rule| rule.column == column && rule.found == found)
    }
}

/// What the sender probably meant, in the notation of the layout; nothing when that cannot be told.
pub(super) fn proposal(code: RowCode, found: &str, numbers: &NumberFormat) -> Option<String> {
    let meant = match code {
        RowCode::AmountUnreadable | RowCode::GrossUnreadable => plain_number(found, numbers.decimal)?,
        RowCode::UnitsUnreadable => {
            let number = plain_number(found, DecimalMark::Point)?;
            let (whole, decimals) = number.split_once('.').unwrap_or((&number, ""));
            decimals.bytes().all(|digit| digit == b'0').then(|| whole.to_owned())?
        }
        RowCode::CurrencyUnknown => currency(found)?.code().to_owned(),
        _ => return None,
    };
    let fits = match code {
        RowCode::CurrencyUnknown => true,
        _ => numbers.parse(&meant).is_ok(),
    };
    (fits && meant != found).then_some(meant)
}

/// A number without its trimmings. Of two marks the last parts the decimals; of one, only when it stands once and not
/// before exactly three digits, which may be thousands.
fn plain_number(found: &str, decimal: DecimalMark) -> Option<String> {
    let text = found.trim();
    let bracketed = text.starts_with('(') && text.ends_with(')');
    let kept: String = text
        .chars()
        .map(|c| if c == '\u{2212}' { '-' } else { c })
        .filter(|c| !c.is_whitespace() && !matches!(c, '(' | ')' | '\'' | '€' | '$' | '£' | '¥' | '+'))
        .collect();
    let kept =
        kept.trim_start_matches(|c: char| c.is_ascii_alphabetic()).trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let (kept, trailing) = kept.strip_suffix('-').map_or((kept, false), |rest| (rest, true));
    let (digits, leading) = kept.strip_prefix('-').map_or((kept, false), |rest| (rest, true));
    if digits.is_empty() || !digits.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ',')) {
        return None;
    }
    let marks = |mark| digits.matches(mark).count();
    let last = digits.rfind(['.', ',']);
    let parts = match (marks('.'), marks(','), last) {
        (0, 0, _) => None,
        (1, 0, Some(at)) | (0, 1, Some(at)) => {
            let decimals = digits.len() - at - 1;
            // `1,234` may be either: nobody can tell.
            if decimals == 3 && digits.get(..at) != Some("0") { return None } else { Some(at) }
        }
        (points, commas, Some(at)) if points > 0 && commas > 0 => Some(at),
        // Several marks of one kind part thousands.
        _ => None,
    };
    let bare = |text: &str| text.replace(['.', ','], "");
    let mark = if decimal == DecimalMark::Comma { "," } else { "." };
    let number = match parts {
        None => bare(digits),
        Some(at) => format!("{}{mark}{}", bare(digits.get(..at)?), digits.get(at + 1..)?),
    };
    let sign: Cow<'_, str> = if bracketed || trailing || leading { "-".into() } else { "".into() };
    Some(format!("{sign}{number}"))
}

/// The currency that a sign or a word names, where it names one.
fn currency(found: &str) -> Option<Currency> {
    let upper = found.trim().trim_matches('.').to_uppercase();
    let code = match upper.as_str() {
        "€" | "EURO" | "EUROS" => "EUR",
        "£" | "GBP£" | "POUND STERLING" | "POUNDS STERLING" => "GBP",
        "US$" | "USD$" | "US DOLLAR" | "US DOLLARS" => "USD",
        "YEN" | "JAPANESE YEN" => "JPY",
        other => other,
    };
    Currency::parse(code).ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_proposed_where_only_one_reading_is_possible() {
        let point = |text: &str| plain_number(text, DecimalMark::Point);
        assert_eq!(point("1.234,56").as_deref(), Some("1234.56"));
        assert_eq!(point("1,234.56").as_deref(), Some("1234.56"));
        assert_eq!(point("€ 12,50").as_deref(), Some("12.50"));
        assert_eq!(point("(3.10)").as_deref(), Some("-3.10"));
        assert_eq!(point("7.5-").as_deref(), Some("-7.5"));
        assert_eq!(point("1.234.567").as_deref(), Some("1234567"));
        // A thousand or a fraction: nobody can tell. Not a number at all.
        assert_eq!(point("1,234"), None);
        assert_eq!(point("0,125").as_deref(), Some("0.125"));
        assert_eq!(point("n/a"), None);
        assert_eq!(point("NaN"), None);
        assert_eq!(point("1e5"), None);
        assert_eq!(plain_number("1,234.56", DecimalMark::Comma).as_deref(), Some("1234,56"));
        assert_eq!(currency("Euro").unwrap().code(), "EUR");
        assert!(currency("$").is_none());
    }
}
