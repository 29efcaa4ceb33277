//! Reads a report from its first line to its last, in batches of bounded memory.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::batch::{BadRow, Batch, SkippedRow};
use super::convert::Converter;
use super::detect::{self, Choice, Chosen, Found};
use super::error::{FileError, Problem, RowCode};
use super::plan::{Binder, Supplied};
use super::repair::{Repairs, proposal};
use super::totals::{FileTotals, GroupTotals, Sums};
use crate::layout::spec::{ControlSpec, Purpose, ShortRows};
use crate::layout::{Layout, Layouts, fold};
use crate::source::{Damage, How, Input, Record, Role, Rows, Source, StatedSummary};
use crate::value::{DecimalMark, NumberFormat};

/// Bytes of text after which a batch ends, however few rows it has.
const BATCH_TEXT_BYTES: usize = 16 * 1024 * 1024;

/// The reason rows are skipped for when files were glued together.
const REPEATED_HEADER: &str = "repeated header";

/// Reads the lines of one report.
///
/// Deterministic: the same bytes, name and layout yield the same lines and totals, wherever batches are cut. After an
/// error of the file nothing more is read; what was read before is then worth nothing, since a part of a report is no
/// report.
pub struct Reader {
    layout: Arc<Layout>,
    part: Part,
    /// Parts of the file that follow.
    rest: VecDeque<(Source, Found)>,
    file_name: String,
    supplied: Supplied,
    metadata: Arc<[String]>,
    trailer: Trailer,
    /// Lines of the parts before this one.
    base: u64,
    totals: FileTotals,
    beside: Vec<String>,
    progress: Progress,
    repairs: Option<Repairs>,
}

/// One part of a file: the file itself, a member of a zip, a sheet.
struct Part {
    rows: Rows,
    converter: Converter,
    stated: Vec<Stated>,
    groups: BTreeMap<String, GroupTotals>,
    header_line: u64,
    padded: bool,
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").field("layout", &self.layout.id()).field("line", &self.line()).finish_non_exhaustive()
    }
}

/// Where in the file the reader is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Progress {
    Table,
    BelowTable,
    Ended,
}

/// What rows under the table look like.
struct Trailer {
    labels: Vec<String>,
    full_width: bool,
    ends_data: bool,
    short_rows: ShortRows,
}

/// A total the file states, seen and not yet compared.
struct Stated {
    line: u64,
    label: String,
    control: ControlSpec,
    text: String,
    /// The rows it is about, where it is not about all.
    group: Option<String>,
}

impl Reader {
    /// Opens a file whose layout is known.
    ///
    /// # Errors
    /// [`FileError`]: no report, damaged, or not of this layout.
    pub fn open(
        layout: &Arc<Layout>,
        file_name: &str,
        input: impl Input + 'static,
        supplied: Supplied,
    ) -> Result<Self, FileError> {
        Self::start(detect::choose(input, Choice::Named(layout))?, file_name, supplied)
    }

    /// Opens a file and finds its layout.
    ///
    /// # Errors
    /// [`FileError`]: no report, damaged, or of no known layout.
    pub fn detect(
        layouts: &Layouts,
        file_name: &str,
        input: impl Input + 'static,
        supplied: Supplied,
    ) -> Result<Self, FileError> {
        Self::start(detect::choose(input, Choice::Any(layouts))?, file_name, supplied)
    }

    fn start(chosen: Chosen, file_name: &str, supplied: Supplied) -> Result<Self, FileError> {
        let mut rest: VecDeque<_> = chosen.parts.into();
        let Some((source, found)) = rest.pop_front() else { return Err(FileError::Empty) };
        let layout = found.layout.clone();
        let spec = layout.spec();
        if spec.purpose != Purpose::Revenue {
            return Err(FileError::NotRevenue { layout: spec.id.clone() });
        }
        let trailer = Trailer {
            labels: spec.trailer.iter().flat_map(|trailer| &trailer.labels).map(|label| fold(label)).collect(),
            full_width: spec.trailer.as_ref().is_some_and(|trailer| trailer.full_width),
            ends_data: spec.trailer.as_ref().is_some_and(|trailer| trailer.ends_data),
            short_rows: spec.file.short_rows,
        };
        Ok(Self {
            metadata: spec.metadata.keys().cloned().collect(),
            part: Part::start(source, &found, file_name, supplied)?,
            layout: found.layout,
            rest,
            file_name: file_name.to_owned(),
            supplied,
            trailer,
            base: 0,
            totals: FileTotals::default(),
            beside: chosen.beside,
            progress: Progress::Table,
            repairs: None,
        })
    }

    /// Reads with what persons have put in the place of cells that cannot be read.
    #[must_use]
    pub fn with_repairs(mut self, repairs: Repairs) -> Self {
        self.repairs = Some(repairs);
        self
    }

    /// The layout of the file.
    #[must_use]
    pub const fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    /// Physical lines read so far.
    #[must_use]
    pub const fn line(&self) -> u64 {
        self.base + self.part.rows.line()
    }

    /// Summaries that the file states (DDEX sales reports), with what its rows made of them; complete at the end.
    #[must_use]
    pub fn summaries(&self) -> Vec<StatedSummary> {
        self.part.rows.summaries()
    }

    /// Other files of the zip or sheets of the workbook, which are left out.
    #[must_use]
    pub fn beside(&self) -> &[String] {
        &self.beside
    }

    /// Whether the layout counts units at all.
    #[must_use]
    pub const fn has_units(&self) -> bool {
        self.part.converter.plan.units.is_some()
    }

    /// What was read so far adds up to. Control totals are compared at the end of the file.
    #[must_use]
    pub const fn totals(&self) -> &FileTotals {
        &self.totals
    }

    /// The next rows of the table, at most `max_rows`; `None` after the last.
    ///
    /// # Errors
    /// [`FileError`] when the file breaks off, is damaged, or has no row at all.
    pub fn next_batch(&mut self, max_rows: usize) -> Result<Option<Batch>, FileError> {
        let mut batch = Batch::new(self.metadata.clone());
        while batch.rows() < max_rows.max(1)
            && batch.text_bytes() < BATCH_TEXT_BYTES
            && self.progress != Progress::Ended
        {
            let result = self.step(&mut batch);
            if !matches!(result, Ok(true)) {
                self.progress = Progress::Ended;
            }
            if !result? {
                self.finish()?;
            }
        }
        Ok((batch.rows() > 0).then_some(batch))
    }

    /// Reads one record; `false` at the end.
    fn step(&mut self, batch: &mut Batch) -> Result<bool, FileError> {
        let Part { rows, converter, stated, groups, padded, .. } = &mut self.part;
        let Some(mut record) = rows.next_record()? else { return self.next_part() };
        record.line += self.base;
        if record.is_empty() {
            return Ok(true);
        }
        if record.role == Role::Total {
            state(&record, converter, self.layout.spec().control.as_slice(), stated);
            return Ok(true);
        }
        // Rows under the table are short: the rows of the table need not be looked at.
        if !self.trailer.labels.is_empty() && (self.trailer.full_width || record.len() < converter.header.len()) {
            let mut cells = record.cells().skip_while(|cell| self.trailer.full_width && cell.is_empty());
            let label = fold(cells.next().unwrap_or_default());
            if self.trailer.labels.contains(&label) {
                if self.trailer.ends_data {
                    self.progress = Progress::BelowTable;
                }
                let controls = &self.layout.spec().control;
                let control =
                    controls.iter().find(|control| control.label.as_deref().is_some_and(|own| fold(own) == label));
                if let Some(control) = control {
                    let column = converter.plan.totals_cell(controls, control);
                    let text = column.map(|cell| record.cell(cell)).filter(|text| !text.is_empty());
                    let text = text.or_else(|| cells.find(|cell| !cell.is_empty()));
                    stated.push(Stated {
                        line: record.line,
                        label,
                        control: control.clone(),
                        text: text.unwrap_or_default().to_owned(),
                        group: None,
                    });
                }
                return Ok(true);
            }
        }
        if self.progress == Progress::BelowTable {
            return Ok(true);
        }
        let group = converter.plan.controls.iter().find_map(|rule| rule.group).map(|cell| fold(record.cell(cell)));
        let skip = converter.plan.skip.iter().find(|(_, check)| record.damage.is_none() && check.holds(&record));
        let reason = skip.map(|(reason, _)| reason.clone());
        if let Some(reason) = reason {
            let amount = converter.amount_of(&record);
            if let Some(group) = group {
                groups.entry(group).or_default().add(0, amount);
            }
            batch.skipped.push(SkippedRow { line_no: record.line, raw: record.verbatim(), reason, amount });
            self.totals.add_other(batch, true);
            return Ok(true);
        }
        converter.problems.clear();
        let short_rows = if *padded { ShortRows::Pad } else { self.trailer.short_rows };
        let booked = match whole_row(&record, converter.header.len(), short_rows) {
            Some(problem) => {
                converter.problems.push(problem);
                None
            }
            None => converter.convert(&record, batch),
        };
        let booked = match (&self.repairs, booked) {
            (Some(repairs), None) => repairs.mend(&record, converter, batch),
            (_, booked) => booked,
        };
        if let Some(booked) = booked {
            if let Some(group) = group {
                groups.entry(group).or_default().add(booked.units, Some((booked.exact, booked.currency)));
            }
            self.totals.add_line(booked.currency, booked.exact, booked.kept, booked.units);
        } else if converter.is_header(&record) {
            let reason = REPEATED_HEADER.into();
            batch.skipped.push(SkippedRow { line_no: record.line, raw: record.verbatim(), reason, amount: None });
            self.totals.add_other(batch, true);
        } else {
            let amount = converter.amount_of(&record);
            if let Some(group) = group {
                groups.entry(group).or_default().add(0, amount);
            }
            let mut problems = std::mem::take(&mut converter.problems);
            for problem in problems.iter_mut().filter(|problem| problem.cell > 0) {
                problem.found = record.cell(problem.cell - 1).to_owned();
                problem.proposal = proposal(problem.code, &problem.found, &converter.numbers);
            }
            batch.bad.push(BadRow { line_no: record.line, raw: record.verbatim(), problems, amount });
            self.totals.add_other(batch, false);
        }
        Ok(true)
    }

    /// Ends a part and begins the next one; `false` after the last.
    fn next_part(&mut self) -> Result<bool, FileError> {
        for footing in self.part.rows.footings() {
            self.totals.structure(footing);
        }
        self.part.compare_groups(&mut self.totals);
        let Some((source, found)) = self.rest.pop_front() else { return Ok(false) };
        self.base += self.part.rows.line();
        let stated = std::mem::take(&mut self.part.stated);
        self.part = Part::start(source, &found, &self.file_name, self.supplied)?;
        self.part.stated.extend(stated);
        self.progress = Progress::Table;
        Ok(true)
    }

    /// At the end of the file: compares what it says of itself.
    fn finish(&mut self) -> Result<(), FileError> {
        let told = !self.part.stated.is_empty() || !self.totals.controls.is_empty();
        if self.totals.rows == 0 && !told {
            return Err(FileError::NoRows { line: self.part.header_line });
        }
        let everything = self.totals.everything();
        for stated in std::mem::take(&mut self.part.stated) {
            let value = self.part.converter.numbers.parse(&stated.text).ok();
            let sums = Sums { value, rows: self.totals.rows, units: self.totals.units, amounts: &everything };
            self.totals.compare(stated.line, stated.label, stated.control.check, stated.text, &sums);
        }
        Ok(())
    }
}

/// Takes up what a record of totals states.
fn state(record: &Record<'_>, converter: &Converter, controls: &[ControlSpec], stated: &mut Vec<Stated>) {
    for rule in &converter.plan.controls {
        let Some(control) = controls.get(rule.index) else { continue };
        let text = record.cell(rule.cell);
        if text.is_empty() {
            continue;
        }
        stated.push(Stated {
            line: record.line,
            label: control.column.clone().unwrap_or_default(),
            control: control.clone(),
            text: text.to_owned(),
            group: rule.group.map(|cell| record.cell(cell).to_owned()),
        });
    }
}

impl Part {
    fn start(source: Source, found: &Found, file_name: &str, supplied: Supplied) -> Result<Self, FileError> {
        let mut rows = source.into_rows(found.how.clone())?;
        let mut above = Vec::new();
        let header = match &found.columns {
            Some(columns) => columns.clone(),
            None => {
                while above.len() <= found.above
                    && let Some(record) = rows.next_record()?
                {
                    let cells: Vec<String> = record.cells().map(str::to_owned).collect();
                    above.push((record.line, cells));
                }
                above.pop().map(|(_, cells)| cells).unwrap_or_default()
            }
        };
        let spec = found.layout.spec();
        rows.expect_width(header.len());
        let lines: Vec<Vec<String>> = above.iter().map(|(_, cells)| cells.clone()).collect();
        let preamble = detect::preamble(spec.file.preamble, &lines);
        let plan = Binder { found, preamble: &preamble, header: &header, file_name, supplied }.plan()?;
        let stated = spec
            .control
            .iter()
            .filter_map(|control| {
                let label = control.preamble.clone()?;
                let text = preamble.iter().find(|(key, _)| *key == fold(&label)).map(|(_, value)| value.clone())?;
                let line = above.iter().find(|(_, cells)| cells.contains(&text)).map_or(1, |(line, _)| *line);
                Some(Stated { line, label, control: control.clone(), text, group: None })
            })
            .collect();
        // A sheet has numbers of its own: marks between thousands are not part of them, and whoever shows fractions
        // with a point shows them so.
        let numbers = match (&found.how, spec.numbers.decimal) {
            (How::Sheet(_), DecimalMark::Point) => NumberFormat { decimal: DecimalMark::Point, ..spec.numbers.clone() },
            _ => spec.numbers.clone(),
        };
        Ok(Self {
            padded: rows.are_padded(),
            converter: Converter::new(plan, numbers, header),
            rows,
            stated,
            groups: BTreeMap::new(),
            header_line: found.line,
        })
    }

    /// Compares totals that are about some of the rows.
    fn compare_groups(&mut self, totals: &mut FileTotals) {
        let (own, all): (Vec<Stated>, Vec<Stated>) =
            std::mem::take(&mut self.stated).into_iter().partition(|stated| stated.group.is_some());
        self.stated = all;
        let none = GroupTotals::default();
        for stated in own {
            let key = stated.group.unwrap_or_default();
            let group = self.groups.get(&fold(&key)).unwrap_or(&none);
            let value = self.converter.numbers.parse(&stated.text).ok();
            let sums = Sums { value, rows: group.rows, units: group.units, amounts: &group.amounts };
            let label = format!("{} of {key}", stated.label);
            totals.compare(stated.line, label, stated.control.check, stated.text, &sums);
        }
    }
}

/// What is wrong with a row before any cell is looked at.
fn whole_row(record: &Record<'_>, width: usize, short_rows: ShortRows) -> Option<Problem> {
    let (code, message) = match record.damage {
        Some(Damage::Encoding { byte, column }) => {
            (RowCode::Encoding, format!("byte {column} of the row, 0x{byte:02X}, is not UTF-8"))
        }
        Some(Damage::UnclosedQuote) => {
            (RowCode::QuoteUnclosed, "a quote opens a cell and nothing closes it".to_owned())
        }
        Some(Damage::Nul) => (RowCode::NulByte, "the row has a NUL byte in it".to_owned()),
        Some(Damage::TooManyCells) => (RowCode::RowLong, format!("far more cells than the {width} of the header")),
        Some(Damage::UnknownKind) => (
            RowCode::KindUnknown,
            format!("no kind of record begins with `{}`", record.verbatim().chars().take(20).collect::<String>()),
        ),
        Some(Damage::CellCount { found, declared }) => (
            if found < declared { RowCode::RowShort } else { RowCode::RowLong },
            format!("{found} cells, a record of its kind has {declared}"),
        ),
        None if record.len() < width && short_rows == ShortRows::Refuse => {
            (RowCode::RowShort, format!("{} cells, the header has {width}: the row is cut off or broken", record.len()))
        }
        None if record.cells_from(width).any(|cell| !cell.is_empty()) => (
            RowCode::RowLong,
            format!("{} cells, the header has {width}: a delimiter stands inside a cell", record.len()),
        ),
        None => return None,
    };
    Some(Problem { column: String::new(), cell: 0, field: "row", code, message, found: String::new(), proposal: None })
}
