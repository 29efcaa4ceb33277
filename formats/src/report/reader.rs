//! Reads a report from its first line to its last, in batches of bounded memory.

use std::io::Read;
use std::sync::Arc;

use super::batch::{BadRow, Batch, SkippedRow};
use super::convert::Converter;
use super::detect::{self, Found};
use super::error::{FileError, Problem, RowCode};
use super::plan::{Binder, Supplied};
use super::totals::FileTotals;
use crate::layout::spec::{ControlSpec, ShortRows};
use crate::layout::{Layout, Layouts, fold};
use crate::source::{Damage, Input, Record, Records, Source};

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
    records: Records<Box<dyn Read + Send>>,
    converter: Converter,
    metadata: Arc<[String]>,
    trailer: Trailer,
    stated: Vec<Stated>,
    header_line: u64,
    totals: FileTotals,
    progress: Progress,
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
    ends_data: bool,
    short_rows: ShortRows,
}

/// A total the file states, seen and not yet compared.
struct Stated {
    line: u64,
    label: String,
    control: ControlSpec,
    text: String,
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
        let source = Source::open(input)?;
        let found = detect::locate(&source, layout)?;
        Self::start(source, &found, file_name, supplied)
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
        let source = Source::open(input)?;
        let found = detect::detect_in(&source, layouts)?;
        Self::start(source, &found, file_name, supplied)
    }

    fn start(source: Source, found: &Found, file_name: &str, supplied: Supplied) -> Result<Self, FileError> {
        let mut records = source.into_records(found.cut);
        let mut above = Vec::new();
        while above.len() <= found.above
            && let Some(record) = records.next_record()?
        {
            let cells: Vec<String> = record.cells().map(str::to_owned).collect();
            above.push((record.line, cells));
        }
        let header = above.pop().map(|(_, cells)| cells).unwrap_or_default();
        let spec = found.layout.spec();
        records.expect_width(header.len());
        let lines: Vec<Vec<String>> = above.iter().map(|(_, cells)| cells.clone()).collect();
        let preamble = detect::preamble(spec.file.preamble, &lines);
        let plan = Binder { found, preamble: &preamble, file_name, supplied }.plan()?;
        let stated = spec
            .control
            .iter()
            .filter_map(|control| {
                let label = control.preamble.clone()?;
                let text = preamble.iter().find(|(key, _)| *key == fold(&label)).map(|(_, value)| value.clone())?;
                let line = above.iter().find(|(_, cells)| cells.contains(&text)).map_or(1, |(line, _)| *line);
                Some(Stated { line, label, control: control.clone(), text })
            })
            .collect();
        let trailer = Trailer {
            labels: spec.trailer.iter().flat_map(|trailer| &trailer.labels).map(|label| fold(label)).collect(),
            ends_data: spec.trailer.as_ref().is_some_and(|trailer| trailer.ends_data),
            short_rows: spec.file.short_rows,
        };
        Ok(Self {
            metadata: spec.metadata.keys().cloned().collect(),
            converter: Converter::new(plan, spec.numbers.clone(), header),
            layout: found.layout.clone(),
            records,
            trailer,
            stated,
            header_line: found.line,
            totals: FileTotals::default(),
            progress: Progress::Table,
        })
    }

    /// The layout of the file.
    #[must_use]
    pub const fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    /// Physical lines read so far.
    #[must_use]
    pub const fn line(&self) -> u64 {
        self.records.line()
    }

    /// Whether the layout counts units at all.
    #[must_use]
    pub const fn has_units(&self) -> bool {
        self.converter.plan.units.is_some()
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
        let Some(record) = self.records.next_record()? else { return Ok(false) };
        if record.is_empty() {
            return Ok(true);
        }
        // Rows under the table are short: the rows of the table need not be looked at.
        if !self.trailer.labels.is_empty() && record.len() < self.converter.header.len() {
            let label = fold(record.cell(0));
            if self.trailer.labels.contains(&label) {
                if self.trailer.ends_data {
                    self.progress = Progress::BelowTable;
                }
                let controls = &self.layout.spec().control;
                let control =
                    controls.iter().find(|control| control.label.as_deref().is_some_and(|own| fold(own) == label));
                if let Some(control) = control {
                    self.stated.push(Stated {
                        line: record.line,
                        label: record.cell(0).to_owned(),
                        control: control.clone(),
                        text: record.cells().skip(1).find(|cell| !cell.is_empty()).unwrap_or_default().to_owned(),
                    });
                }
                return Ok(true);
            }
        }
        if self.progress == Progress::BelowTable {
            return Ok(true);
        }
        let skip = self.converter.plan.skip.iter().find(|(_, check)| record.damage.is_none() && check.holds(&record));
        let reason = skip.map(|(reason, _)| reason.clone());
        if let Some(reason) = reason {
            let amount = self.converter.amount_of(&record);
            batch.skipped.push(SkippedRow { line_no: record.line, raw: record.verbatim(), reason, amount });
            self.totals.add_other(batch, true);
            return Ok(true);
        }
        self.converter.problems.clear();
        let shape = whole_row(&record, self.converter.header.len(), self.trailer.short_rows);
        let booked = match shape {
            Some(problem) => {
                self.converter.problems.push(problem);
                None
            }
            None => self.converter.convert(&record, batch),
        };
        if let Some(booked) = booked {
            self.totals.add_line(booked.currency, booked.exact, booked.kept, booked.units);
        } else if self.converter.is_header(&record) {
            let reason = REPEATED_HEADER.into();
            batch.skipped.push(SkippedRow { line_no: record.line, raw: record.verbatim(), reason, amount: None });
            self.totals.add_other(batch, true);
        } else {
            let amount = self.converter.amount_of(&record);
            let problems = std::mem::take(&mut self.converter.problems);
            batch.bad.push(BadRow { line_no: record.line, raw: record.verbatim(), problems, amount });
            self.totals.add_other(batch, false);
        }
        Ok(true)
    }

    /// At the end of the file: compares what it says of itself.
    fn finish(&mut self) -> Result<(), FileError> {
        let trailed = self.stated.iter().any(|stated| stated.control.label.is_some());
        if self.totals.rows == 0 && !trailed {
            return Err(FileError::NoRows { line: self.header_line });
        }
        for stated in std::mem::take(&mut self.stated) {
            let value = self.converter.numbers.parse(&stated.text).ok();
            self.totals.compare(stated.line, stated.label, stated.control.check, stated.text, value);
        }
        Ok(())
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
        None if record.len() < width && short_rows == ShortRows::Refuse => {
            (RowCode::RowShort, format!("{} cells, the header has {width}: the row is cut off or broken", record.len()))
        }
        None if record.cells_from(width).any(|cell| !cell.is_empty()) => (
            RowCode::RowLong,
            format!("{} cells, the header has {width}: a delimiter stands inside a cell", record.len()),
        ),
        None => return None,
    };
    Some(Problem { column: String::new(), cell: 0, field: "row", code, message })
}
