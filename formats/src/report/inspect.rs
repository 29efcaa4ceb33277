//! What is in a report file, told without a database.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs::File;
use std::path::Path;

use chrono::NaiveDate;
use kernel::currency::Currency;
use kernel::limits::REPORT_ERRORS_KEPT;
use kernel::period::Period;
use serde::Serialize;

use super::error::FileError;
use super::identifiers::IdentifierReader;
use super::plan::Supplied;
use super::reader::Reader;
use super::totals::{Control, FileTotals, Outcome};
use crate::layout::Layouts;
use crate::propose::{self, ColumnGuess, Field};
use crate::source::StatedSummary;
use crate::value::ExactSum;

/// Rows read at once.
const BATCH_ROWS: usize = 8_192;

/// Stands for a period nobody has stated.
const NO_PERIOD: Period = Period { from: NaiveDate::MIN, to: NaiveDate::MIN };

/// What a report file holds. Serialises to one JSON object.
#[derive(Debug, Serialize)]
pub struct InspectReport {
    /// The file, as it was named.
    pub file: String,
    /// Id of its layout; `null` when none was found.
    pub layout: Option<String>,
    /// Rows of its table: without header, preamble, trailer and blank lines, and whatever became of them.
    pub rows: u64,
    /// Units of the lines; `null` when the layout counts none.
    pub units: Option<i128>,
    /// Net amounts of the lines by currency, with every decimal of the file.
    pub amounts: BTreeMap<String, String>,
    /// Sale periods that occur.
    pub periods: Vec<Period>,
    /// Territories that occur, by alpha-2 code.
    pub territories: Vec<String>,
    /// Rows that are not revenue, by reason.
    pub skipped: BTreeMap<String, Skipped>,
    /// What is wrong, in the order of the file; at most the first ten thousand.
    pub errors: Vec<InspectError>,
    /// How many errors there are.
    pub error_count: u64,
    /// Totals that the file states of itself, with what was counted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub controls: Vec<InspectControl>,
    /// Summaries that the file states, with what its rows made of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub summaries: Vec<StatedSummary>,
    /// Files beside the report in its zip, sheets beside its sheet: not read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub beside: Vec<String>,
    /// For a file of no known layout: how its columns were read, to be corrected and kept as a layout of one's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proposed: Option<Proposed>,
    /// For a file without money: the works it gives numbers of, and how many of those hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identifiers: Option<Identifiers>,
}

/// A total that the file states.
#[derive(Debug, Serialize)]
pub struct InspectControl {
    /// Physical line.
    pub line: u64,
    /// Its label.
    pub label: String,
    /// What stands there.
    pub stated: String,
    /// What was counted.
    pub computed: String,
    /// Whether both are the same; `null` where they cannot be compared.
    pub agrees: Option<bool>,
}

/// How a file of no known layout was read.
#[derive(Debug, Serialize)]
pub struct Proposed {
    /// Every column, what it is taken for, and how sure that is.
    pub columns: Vec<ColumnGuess>,
    /// What a person has to look at.
    pub remarks: Vec<String>,
    /// The header's line.
    pub header_line: u64,
}

/// What a file without money says.
#[derive(Debug, Default, Serialize)]
pub struct Identifiers {
    /// Works it is about.
    pub works: u64,
    /// Works that were given a number that holds.
    pub accepted: u64,
    /// Works with an ISWC.
    pub iswcs: u64,
    /// How many works have which status.
    pub statuses: BTreeMap<String, u64>,
}

/// Rows that are not revenue.
#[derive(Debug, Serialize)]
pub struct Skipped {
    /// How many.
    pub rows: u64,
    /// Their amounts by currency.
    pub amount: BTreeMap<String, String>,
}

/// Something that is wrong with the file or a row.
#[derive(Debug, Serialize)]
pub struct InspectError {
    /// Physical line, from 1; `null` when the whole file is meant.
    pub line: Option<u64>,
    /// Name of the column; `null` when the whole row or file is meant.
    pub column: Option<String>,
    /// A short code.
    pub code: String,
    /// The same in a sentence.
    pub message: String,
}

/// Reads a report file with the shipped layouts. What is wrong with it is in the report, not an error.
#[must_use]
pub fn inspect(path: &Path) -> InspectReport {
    inspect_with(path, Layouts::shipped(), Supplied::default())
}

/// Reads a report file with a set of layouts.
#[must_use]
pub fn inspect_with(path: &Path, layouts: &Layouts, supplied: Supplied) -> InspectReport {
    let mut report = InspectReport {
        file: path.to_string_lossy().into_owned(),
        layout: None,
        rows: 0,
        units: None,
        amounts: BTreeMap::new(),
        periods: Vec::new(),
        territories: Vec::new(),
        skipped: BTreeMap::new(),
        errors: Vec::new(),
        error_count: 0,
        controls: Vec::new(),
        summaries: Vec::new(),
        beside: Vec::new(),
        proposed: None,
        identifiers: None,
    };
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut supplied = supplied;
    let mut own: Option<Layouts> = None;
    // Twice at most: a currency or period that the file lacks is said to be lacking, and its totals are told all the
    // same, the money under XXX, ISO 4217's code for "no currency".
    loop {
        let opened = File::open(path)
            .map_err(|source| FileError::Io { line: 0, source })
            .and_then(|file| Reader::detect(own.as_ref().unwrap_or(layouts), &name, file, supplied));
        match opened {
            Ok(reader) => {
                report.read(reader);
                if report.proposed.is_some() {
                    report.layout = None;
                }
                if supplied.period == Some(NO_PERIOD) {
                    report.periods.clear();
                }
                return report;
            }
            Err(error) => {
                if let FileError::NotRevenue { .. } = error {
                    report.read_identifiers(path, layouts);
                    return report;
                }
                report.refuse(&error);
                match error {
                    FileError::UnknownLayout { .. } if own.is_none() => match report.propose(path, &name) {
                        Some(proposed) => own = Some(proposed),
                        None => return report,
                    },
                    FileError::CurrencyNotInFile => supplied.currency = Currency::parse("XXX").ok(),
                    FileError::PeriodNotInFile => supplied.period = Some(NO_PERIOD),
                    _ => return report,
                }
            }
        }
    }
}

impl InspectReport {
    fn read(&mut self, mut reader: Reader) {
        self.layout = Some(reader.layout().id().to_owned());
        let (mut periods, mut territories) = (BTreeSet::new(), BTreeSet::new());
        loop {
            let batch = match reader.next_batch(BATCH_ROWS) {
                Ok(Some(batch)) => batch,
                Ok(None) => break,
                Err(error) => {
                    self.refuse(&error);
                    break;
                }
            };
            for line in batch.lines() {
                periods.insert(Period { from: line.sale_from, to: line.sale_to });
                territories.extend(line.territory.valid());
            }
            for row in &batch.bad {
                for problem in &row.problems {
                    let column = (!problem.column.is_empty()).then(|| problem.column.clone());
                    self.error(Some(row.line_no), column, problem.code.as_str(), problem.message.clone());
                }
            }
        }
        self.periods = periods.into_iter().collect();
        self.territories = territories.iter().map(|territory| territory.code().to_owned()).collect();
        self.units = reader.has_units().then_some(reader.totals().units);
        self.summaries = reader.summaries();
        self.beside = reader.beside().to_vec();
        self.total(reader.totals());
    }

    /// Reads a file of no known layout as its columns seem to be: nothing is booked by it, but what it would come to is told.
    fn propose(&mut self, path: &Path, name: &str) -> Option<Layouts> {
        let file = File::open(path).ok()?;
        let proposal = propose::propose(name, file).ok()?;
        let layout = propose::layout_of(&proposal.mapping).ok()?;
        let mapped = proposal.columns.iter().filter(|guess| guess.field.is_some()).count();
        let message = format!(
            "read as it seems to be: {mapped} of {} columns are mapped; correct the mapping and keep it as a layout of your own",
            proposal.columns.len()
        );
        self.error(Some(proposal.header_line), None, "LAYOUT_PROPOSED", message);
        self.proposed =
            Some(Proposed { columns: proposal.columns, remarks: proposal.remarks, header_line: proposal.header_line });
        Layouts::new([std::sync::Arc::new(layout)]).ok()
    }

    fn read_identifiers(&mut self, path: &Path, layouts: &Layouts) {
        let opened = File::open(path)
            .map_err(|source| FileError::Io { line: 0, source })
            .and_then(|file| IdentifierReader::detect(layouts, file));
        let mut reader = match opened {
            Ok(reader) => reader,
            Err(error) => return self.refuse(&error),
        };
        self.layout = Some(reader.layout().id().to_owned());
        let mut found = Identifiers::default();
        loop {
            match reader.next_work() {
                Ok(Some(work)) => {
                    found.works += 1;
                    found.accepted += u64::from(work.accepted);
                    found.iswcs += u64::from(work.iswc.valid().is_some());
                    *found.statuses.entry(work.status).or_default() += 1;
                }
                Ok(None) => break,
                Err(error) => {
                    self.refuse(&error);
                    break;
                }
            }
        }
        self.rows = found.works;
        self.identifiers = Some(found);
        self.tell_controls(reader.controls());
    }

    fn tell_controls(&mut self, controls: &[Control]) {
        for control in controls {
            if control.outcome != Outcome::Agrees {
                let message = format!("the file states {}, its rows make {}", control.stated, control.computed);
                self.error(Some(control.line), Some(control.label.clone()), "CONTROL_TOTAL_DIFFERS", message);
            }
            self.controls.push(InspectControl {
                line: control.line,
                label: control.label.clone(),
                stated: control.stated.clone(),
                computed: control.computed.clone(),
                agrees: match control.outcome {
                    Outcome::Agrees => Some(true),
                    Outcome::Differs => Some(false),
                    Outcome::NotComparable => None,
                },
            });
        }
    }

    fn total(&mut self, totals: &FileTotals) {
        self.rows = totals.rows;
        self.amounts =
            totals.amounts.iter().map(|total| (total.currency.code().to_owned(), total.exact.to_string())).collect();
        self.skipped = totals
            .skipped
            .iter()
            .map(|(reason, rows)| {
                let amount = rows
                    .amounts
                    .iter()
                    .map(|(currency, sum): (_, &ExactSum)| (currency.code().to_owned(), sum.to_string()));
                (reason.to_string(), Skipped { rows: rows.rows, amount: amount.collect() })
            })
            .collect();
        self.tell_controls(&totals.controls);
    }

    fn refuse(&mut self, error: &FileError) {
        self.error(error.line(), None, error.code(), error.to_string());
    }

    fn error(&mut self, line: Option<u64>, column: Option<String>, code: &str, message: String) {
        self.error_count += 1;
        if self.error_count <= REPORT_ERRORS_KEPT {
            self.errors.push(InspectError { line, column, code: code.to_owned(), message });
        }
    }
}

impl fmt::Display for InspectReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.file)?;
        writeln!(f, "  layout       {}", self.layout.as_deref().unwrap_or("unknown"))?;
        writeln!(f, "  rows         {}", self.rows)?;
        if let Some(units) = self.units {
            writeln!(f, "  units        {units}")?;
        }
        for (currency, amount) in &self.amounts {
            writeln!(f, "  amount       {amount} {currency}")?;
        }
        if let (Some(first), Some(last)) = (self.periods.first(), self.periods.iter().map(|period| period.to).max()) {
            writeln!(f, "  sales        {} to {last}, {} periods", first.from, self.periods.len())?;
        }
        if !self.territories.is_empty() {
            writeln!(f, "  territories  {}: {}", self.territories.len(), self.territories.join(" "))?;
        }
        if let Some(found) = &self.identifiers {
            writeln!(f, "  works        {}, of which {} were given a number that holds", found.works, found.accepted)?;
        }
        for summary in &self.summaries {
            let (usages, revenue) = (&summary.stated_usages, &summary.stated_revenue);
            writeln!(f, "  summary {:<4} {usages} usages, {revenue} {}", summary.id, summary.currency)?;
        }
        for control in self.controls.iter().filter(|control| control.agrees == Some(true)) {
            writeln!(f, "  agrees       {}: {}", control.label, control.stated)?;
        }
        for name in &self.beside {
            writeln!(f, "  not read     {name}")?;
        }
        if let Some(proposed) = &self.proposed {
            for guess in &proposed.columns {
                let field = guess.field.map_or("-", Field::words);
                writeln!(f, "  column {:<5} {} = {field} ({})", guess.place, guess.column, guess.confidence)?;
            }
            for remark in &proposed.remarks {
                writeln!(f, "  look at      {remark}")?;
            }
        }
        for (reason, skipped) in &self.skipped {
            write!(f, "  skipped      {} rows: {reason}", skipped.rows)?;
            for (currency, amount) in &skipped.amount {
                write!(f, ", {amount} {currency}")?;
            }
            writeln!(f)?;
        }
        if self.error_count > 0 {
            writeln!(f, "  errors       {}", self.error_count)?;
        }
        for error in self.errors.iter().take(20) {
            write!(f, "    ")?;
            if let Some(line) = error.line {
                write!(f, "line {line}: ")?;
            }
            if let Some(column) = &error.column {
                write!(f, "{column}: ")?;
            }
            writeln!(f, "{} [{}]", error.message, error.code)?;
        }
        Ok(())
    }
}
