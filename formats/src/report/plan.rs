//! A layout bound to one file: which cell each field is in, and what holds for the whole file.

use rustc_hash::FxHashMap;

use kernel::codes::RevenueType;
use kernel::currency::Currency;
use kernel::period::Period;

use super::detect::Found;
use super::error::FileError;
use crate::layout::spec::{
    ControlSpec, DateRule, EmptyNumber, LayoutSpec, NumberField, OneOrMany, ReturnSign, Test, TextField, TextRule,
};
use crate::layout::{fold, wildcard};
use crate::source::{How, Record};
use crate::value::{DateError, DateFormat};

/// How dates of a sheet are told.
const SHEET_DATES: &[&str] = &["%Y-%m-%d", "%Y-%m", "%Y-%m-%d %H:%M:%S"];

/// What a file does not say about itself and whoever hands it in does.
#[derive(Debug, Clone, Copy, Default)]
pub struct Supplied {
    /// The currency of its amounts, where the file does not name one.
    pub currency: Option<Currency>,
    /// Its sale period, where neither rows, preamble nor file name say it.
    pub period: Option<Period>,
}

/// A text field.
#[derive(Debug, Default)]
pub(super) struct Text {
    pub(super) cells: Vec<usize>,
    fixed: Option<String>,
    rule: TextRule,
    map: FxHashMap<String, String>,
}

impl Text {
    /// The text of a row, cleaned; the first source that yields something.
    pub(super) fn get<'a>(&'a self, record: &Record<'a>) -> Option<&'a str> {
        self.cells.iter().find_map(|cell| self.clean(record.cell(*cell))).or(self.fixed.as_deref())
    }

    fn clean<'a>(&'a self, text: &'a str) -> Option<&'a str> {
        let mut text = text;
        if text.is_empty() {
            return None;
        }
        for prefix in &self.rule.strip {
            if text.get(..prefix.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(prefix)) {
                text = text.get(prefix.len()..).unwrap_or_default().trim();
            }
        }
        text = between(text, self.rule.after.as_deref(), self.rule.before.as_deref());
        if text.is_empty() || self.rule.none.iter().any(|none| none.eq_ignore_ascii_case(text)) {
            return None;
        }
        Some(self.map.get(text).map_or(text, String::as_str))
    }
}

fn between<'a>(text: &'a str, after: Option<&str>, before: Option<&str>) -> &'a str {
    if after.is_none() && before.is_none() {
        return text;
    }
    let text = after.and_then(|after| text.rsplit_once(after)).map_or(text, |(_, rest)| rest);
    before.and_then(|before| text.split_once(before)).map_or(text, |(rest, _)| rest).trim()
}

/// A number field.
#[derive(Debug)]
pub(super) struct Number {
    pub(super) cells: Vec<usize>,
    /// Cells to take off.
    pub(super) minus: Vec<usize>,
    /// A cell to multiply by.
    pub(super) times: Option<usize>,
    /// Whether filled cells count one each.
    pub(super) count: bool,
    pub(super) per_unit: bool,
    pub(super) empty: EmptyNumber,
}

/// A date field.
#[derive(Debug)]
pub(super) struct Date {
    pub(super) cells: Vec<usize>,
    pub(super) fixed: Option<Period>,
    formats: Vec<DateFormat>,
    after: Option<String>,
    before: Option<String>,
    first: Option<usize>,
    last: Option<usize>,
}

impl Date {
    /// Reads a date in the first form that fits.
    pub(super) fn read(&self, text: &str) -> Result<Period, DateError> {
        let mut text = between(text, self.after.as_deref(), self.before.as_deref());
        if let Some(first) = self.first {
            text = text.get(..first).unwrap_or(text);
        }
        if let Some(last) = self.last {
            text = text.len().checked_sub(last).and_then(|at| text.get(at..)).unwrap_or(text);
        }
        let mut worst = DateError::Form;
        for format in &self.formats {
            match format.read(text) {
                Ok(period) => return Ok(period),
                Err(DateError::Impossible) => worst = DateError::Impossible,
                Err(DateError::Form) => {}
            }
        }
        Err(worst)
    }
}

/// When the sales were made.
#[derive(Debug)]
pub(super) enum SalePeriod {
    /// One cell means the whole period.
    One(Date),
    /// First and last day.
    Range(Date, Date),
}

/// A test of a cell.
#[derive(Debug)]
pub(super) struct Check {
    cell: Option<usize>,
    equals: Vec<String>,
    starts_with: Vec<String>,
    contains: Vec<String>,
    differs: Vec<String>,
    filled: bool,
}

impl Check {
    pub(super) fn holds(&self, record: &Record<'_>) -> bool {
        let text = self.cell.map(|cell| record.cell(cell)).unwrap_or_default();
        (self.filled && !text.is_empty())
            || (!self.differs.is_empty() && !self.differs.iter().any(|other| other.eq_ignore_ascii_case(text)))
            || self.equals.iter().any(|other| other.eq_ignore_ascii_case(text))
            || self
                .starts_with
                .iter()
                .any(|begin| text.get(..begin.len()).is_some_and(|head| head.eq_ignore_ascii_case(begin)))
            || (!self.contains.is_empty() && {
                let lower = text.to_lowercase();
                self.contains.iter().any(|part| lower.contains(part))
            })
    }
}

/// What money was earned with.
#[derive(Debug)]
pub(super) struct Classifier {
    pub(super) cells: Vec<usize>,
    /// Without a check: the file's name has told.
    rules: Vec<(Option<Check>, RevenueType)>,
    default: RevenueType,
}

impl Classifier {
    pub(super) fn classify(&self, record: &Record<'_>) -> RevenueType {
        let holds = |check: &Option<Check>| check.as_ref().is_none_or(|check| check.holds(record));
        self.rules.iter().find(|(check, _)| holds(check)).map_or(self.default, |(_, kind)| *kind)
    }
}

/// A layout bound to one file.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) platform: Text,
    pub(super) currency: Text,
    pub(super) territory: Text,
    pub(super) isrc: Text,
    pub(super) upc: Text,
    pub(super) iswc: Text,
    pub(super) source_item_key: Text,
    pub(super) title: Text,
    pub(super) artist: Text,
    pub(super) release_title: Text,
    pub(super) configuration: Text,
    pub(super) amount: Number,
    pub(super) units: Option<Number>,
    pub(super) gross: Option<(Number, Option<Text>)>,
    pub(super) sale: SalePeriod,
    pub(super) statement: Option<Date>,
    pub(super) revenue_type: Classifier,
    pub(super) returns: Option<(Check, ReturnSign)>,
    pub(super) skip: Vec<(std::sync::Arc<str>, Check)>,
    pub(super) metadata: Vec<Option<usize>>,
    pub(super) controls: Vec<TotalsRule>,
}

/// A total that rows of totals state: in which cell, and the cell by which rows are grouped.
#[derive(Debug)]
pub(super) struct TotalsRule {
    pub(super) index: usize,
    pub(super) cell: usize,
    pub(super) group: Option<usize>,
}

impl Plan {
    /// The cell in which rows of totals state what a control counts.
    pub(super) fn totals_cell(&self, controls: &[ControlSpec], control: &ControlSpec) -> Option<usize> {
        let index = controls.iter().position(|own| std::ptr::eq(own, control))?;
        self.controls.iter().find(|rule| rule.index == index).map(|rule| rule.cell)
    }
}

/// What is known of a file when its header has been read.
pub(super) struct Binder<'a> {
    pub(super) found: &'a Found,
    pub(super) preamble: &'a [(String, String)],
    /// Names of the columns as the file has them.
    pub(super) header: &'a [String],
    pub(super) file_name: &'a str,
    pub(super) supplied: Supplied,
}

impl Binder<'_> {
    pub(super) fn plan(&self) -> Result<Plan, FileError> {
        let spec: &LayoutSpec = self.found.layout.spec();
        let fields = &spec.fields;
        let currency = self.currency(&fields.currency);
        if currency.cells.is_empty() && currency.fixed.is_none() {
            return Err(FileError::CurrencyNotInFile);
        }
        let gross = fields.gross.as_ref().map(|field| {
            let own = match field {
                NumberField::Rule(rule) => rule.currency.as_ref().map(|currency| self.currency(currency)),
                NumberField::Column(_) => None,
            };
            (self.number(field), own)
        });
        let period = &spec.period;
        let sale = match (&period.sale, &period.start, &period.end) {
            (Some(sale), ..) => SalePeriod::One(self.date(sale, true)?),
            (None, Some(start), Some(end)) => SalePeriod::Range(self.date(start, true)?, self.date(end, true)?),
            _ => return Err(FileError::PeriodNotInFile),
        };
        let name = self.file_name.to_lowercase();
        let rules: Vec<_> = spec
            .revenue_type
            .rules
            .iter()
            .filter(|rule| rule.when.is_some() || rule.file_name.iter().any(|part| name.contains(&part.to_lowercase())))
            .collect();
        let tests = rules.iter().filter_map(|rule| rule.when.as_ref());
        let mut cells: Vec<usize> = tests.filter_map(|test| self.cell(&test.column)).collect();
        cells.sort_unstable();
        cells.dedup();
        Ok(Plan {
            platform: self.text(&fields.platform),
            currency,
            territory: self.maybe(fields.territory.as_ref()),
            isrc: self.maybe(fields.isrc.as_ref()),
            upc: self.maybe(fields.upc.as_ref()),
            iswc: self.maybe(fields.iswc.as_ref()),
            source_item_key: self.maybe(fields.source_item_key.as_ref()),
            title: self.maybe(fields.title.as_ref()),
            artist: self.maybe(fields.artist.as_ref()),
            release_title: self.maybe(fields.release_title.as_ref()),
            configuration: self.maybe(fields.configuration.as_ref()),
            amount: self.number(&fields.amount),
            units: fields.units.as_ref().map(|field| self.number(field)),
            gross,
            sale,
            statement: period.statement.as_ref().map(|rule| self.date(rule, false)).transpose()?,
            revenue_type: Classifier {
                cells,
                rules: rules.iter().map(|rule| (rule.when.as_ref().map(|test| self.check(test)), rule.is)).collect(),
                default: spec.revenue_type.default,
            },
            returns: spec.returns.as_ref().map(|returns| (self.check(&returns.when), returns.sign)),
            skip: spec.skip.iter().map(|skip| (skip.reason.as_str().into(), self.check(&skip.when))).collect(),
            metadata: spec.metadata.values().map(|column| self.cell(column)).collect(),
            controls: self.controls(),
        })
    }

    fn controls(&self) -> Vec<TotalsRule> {
        let controls = self.found.layout.spec().control.iter().enumerate();
        controls
            .filter_map(|(index, control)| {
                let cell = self.cell(control.column.as_deref()?)?;
                Some(TotalsRule { index, cell, group: control.group.as_deref().and_then(|group| self.cell(group)) })
            })
            .collect()
    }

    /// What the `*` in the name of a column stands for in this file, in capitals: names of currencies are meant.
    fn starred(&self, column: &str) -> Option<String> {
        let columns = self.found.layout.columns();
        let index = columns.iter().position(|known| known.folded.first() == Some(&fold(column)))?;
        let position = self.found.positions.get(index).copied().flatten()?;
        let name = fold(self.header.get(position)?);
        let patterns = columns.get(index)?.folded.iter().filter(|pattern| pattern.contains('*'));
        patterns.filter_map(|pattern| wildcard(pattern, &name)).next().map(|text| text.trim().to_uppercase())
    }

    fn cell(&self, column: &str) -> Option<usize> {
        let folded = fold(column);
        let columns = self.found.layout.columns();
        let index = columns.iter().position(|known| known.folded.first() == Some(&folded))?;
        self.found.positions.get(index).copied().flatten()
    }

    fn cells(&self, columns: &[String]) -> Vec<usize> {
        columns.iter().filter_map(|column| self.cell(column)).collect()
    }

    fn key(&self, key: &str) -> Option<&str> {
        let folded = fold(key);
        self.preamble.iter().find(|(known, _)| *known == folded).map(|(_, value)| value.as_str())
    }

    fn maybe(&self, field: Option<&TextField>) -> Text {
        field.map(|field| self.text(field)).unwrap_or_default()
    }

    fn text(&self, field: &TextField) -> Text {
        match field {
            TextField::Column(column) => Text { cells: self.cell(column).into_iter().collect(), ..Text::default() },
            TextField::Rule(rule) => {
                let mut text = Text {
                    cells: rule.column.as_ref().map(|columns| self.cells(columns.as_slice())).unwrap_or_default(),
                    fixed: None,
                    rule: TextRule::clone(rule),
                    map: rule.map.iter().map(|(from, to)| (from.clone(), to.clone())).collect(),
                };
                let stated = rule.preamble.as_deref().and_then(|key| self.key(key)).and_then(|value| text.clean(value));
                let starred = rule.header.as_deref().and_then(|column| self.starred(column));
                let starred = starred.map(|name| text.clean(&name).unwrap_or_default().to_owned());
                let said = starred.filter(|name| !name.is_empty()).or_else(|| stated.map(str::to_owned));
                text.fixed = said.or_else(|| rule.constant.clone());
                text
            }
        }
    }

    /// A currency may also come from whoever hands the file in, or be implied by the layout.
    fn currency(&self, field: &TextField) -> Text {
        let mut text = self.text(field);
        if text.fixed.is_none() && (text.rule.supplied || text.rule.implied.is_some()) {
            let supplied = self.supplied.currency.map(|currency| currency.code().to_owned());
            text.fixed = supplied.or_else(|| text.rule.implied.clone());
        }
        text
    }

    fn number(&self, field: &NumberField) -> Number {
        match field {
            NumberField::Column(column) => {
                let cells = self.cell(column).into_iter().collect();
                Number {
                    cells,
                    minus: Vec::new(),
                    times: None,
                    count: false,
                    per_unit: false,
                    empty: EmptyNumber::Refuse,
                }
            }
            NumberField::Rule(rule) => Number {
                cells: self.cells(rule.column.as_slice()),
                minus: rule.minus.as_ref().map(|columns| self.cells(columns.as_slice())).unwrap_or_default(),
                times: rule.times.as_deref().and_then(|column| self.cell(column)),
                count: rule.count,
                per_unit: rule.per_unit,
                empty: rule.empty,
            },
        }
    }

    fn date(&self, rule: &DateRule, needed: bool) -> Result<Date, FileError> {
        // A layout's forms were checked when it was read.
        // In a sheet, what is a date is told as one, whatever form it is shown in.
        let sheet = if matches!(self.found.how, How::Sheet(_)) { SHEET_DATES } else { &[] };
        let forms = OneOrMany::as_slice(&rule.format).iter().map(String::as_str).chain(sheet.iter().copied());
        let formats = forms.filter_map(|form| DateFormat::new(form).ok()).collect();
        let mut date = Date {
            cells: rule.column.as_ref().map(|columns| self.cells(columns.as_slice())).unwrap_or_default(),
            fixed: None,
            formats,
            after: rule.after.clone(),
            before: rule.before.clone(),
            first: rule.first,
            last: rule.last,
        };
        if let Some(key) = &rule.preamble {
            date.fixed = match self.key(key) {
                Some(value) => Some(date.read(value).map_err(|error| FileError::Preamble {
                    key: key.clone(),
                    problem: format!("says `{value}`, which {error}"),
                })?),
                None if date.cells.is_empty() && !rule.file_name => {
                    return Err(FileError::Preamble { key: key.clone(), problem: "is missing".to_owned() });
                }
                None => None,
            };
        }
        if date.fixed.is_none() && rule.file_name {
            date.fixed = date.formats.iter().find_map(|format| format.find(self.file_name));
        }
        date.fixed = date.fixed.or(self.supplied.period);
        if needed && date.cells.is_empty() && date.fixed.is_none() {
            return Err(FileError::PeriodNotInFile);
        }
        Ok(date)
    }

    fn check(&self, test: &Test) -> Check {
        Check {
            cell: self.cell(&test.column),
            equals: test.equals.clone(),
            starts_with: test.starts_with.clone(),
            contains: test.contains.iter().map(|text| text.to_lowercase()).collect(),
            differs: test.differs.clone(),
            filled: test.filled,
        }
    }
}
