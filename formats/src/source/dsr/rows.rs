//! Records in, rows out.

use std::io::Read;
use std::sync::Arc;

use super::block::{Block, Layer, Shape, Summary, read};
use super::records::Class;
use super::{Footing, Grain, StatedSummary};
use crate::report::FileError;
use crate::source::records::{Record, Records};
use crate::value::{Exact, NumberFormat};

/// Reads the rows of a sales report.
pub(crate) struct DsrRows<R> {
    records: Records<R>,
    state: State,
}

/// What was read so far.
struct State {
    grain: Grain,
    columns: Vec<&'static str>,
    shapes: Vec<Arc<Shape>>,
    /// Names of cells as the file's comments declare them, by kind.
    declared: Vec<(String, Vec<String>)>,
    header: Layer,
    files: u64,
    summaries: Vec<Summary>,
    block: Block,
    blocks: u64,
    line: u64,
    raw: Vec<u8>,
    text: String,
    cells: Vec<(u32, u32)>,
    footings: Vec<Footing>,
    footed: bool,
}

impl<R: Read> DsrRows<R> {
    pub(in crate::source) fn new(records: Records<R>, grain: Grain) -> Self {
        Self {
            records,
            state: State {
                grain,
                columns: grain.columns(),
                shapes: Vec::new(),
                declared: Vec::new(),
                header: Layer::default(),
                files: 1,
                summaries: Vec::new(),
                block: Block::default(),
                blocks: 0,
                line: 0,
                raw: Vec::new(),
                text: String::new(),
                cells: Vec::new(),
                footings: Vec::new(),
                footed: false,
            },
        }
    }

    pub(crate) const fn line(&self) -> u64 {
        self.records.line()
    }

    /// What the footer states, and that there is one.
    pub(crate) fn footings(&self) -> Vec<Footing> {
        let mut all = self.state.footings.clone();
        if !self.state.footed {
            let computed = format!("{} lines", self.records.line());
            let label = "FOOT".to_owned();
            all.push(Footing {
                line: self.records.line(),
                label,
                stated: "missing".to_owned(),
                computed,
                agrees: Some(false),
            });
        }
        all
    }

    /// The summaries so far, with what rows made of them.
    pub(crate) fn summaries(&self) -> Vec<StatedSummary> {
        let shared = self.state.grain == Grain::Usages;
        self.state.summaries.iter().map(|summary| summary.told(shared)).collect()
    }

    /// The next row; `None` at the end.
    ///
    /// # Errors
    /// [`FileError`] as from [`Records`].
    pub(crate) fn next_record(&mut self) -> Result<Option<Record<'_>>, FileError> {
        let mut damage = None;
        let found = loop {
            let Some(record) = self.records.next_record()? else { break false };
            if record.damage.is_some() {
                damage = record.damage;
                self.state.keep(&record);
                break true;
            }
            if self.state.take(&record) {
                break true;
            }
        };
        let State { line, raw, text, cells, .. } = &self.state;
        let cells = if damage.is_some() { &[] } else { cells.as_slice() };
        Ok(found.then(|| Record { raw, ..Record::new(*line, text, cells, damage) }))
    }
}

impl State {
    /// Takes a record up; `true` when it makes a row, which then is ready.
    fn take(&mut self, record: &Record<'_>) -> bool {
        let kind = record.cell(0);
        if let Some(comment) = kind.strip_prefix('#') {
            let names: Vec<String> = record.cells().skip(1).map(str::to_owned).collect();
            // A comment of one cell is talk; a kind that was used already keeps its shape.
            if names.len() > 1 && !self.shapes.iter().any(|shape| shape.kind == comment.trim()) {
                self.declared.push((comment.trim().to_owned(), names));
            }
            return false;
        }
        if record.is_empty() || kind.is_empty() {
            return false;
        }
        let index = self.shape(kind);
        let Some(shape) = self.shapes.get(index).cloned() else { return false };
        let class = shape.class;
        let block = shape.cell(record, "BlockId");
        if matches!(class, Class::Release | Class::Resource | Class::Work | Class::Usage | Class::Line)
            && (self.blocks == 0 || block != self.block.id)
        {
            self.block = Block::new(block);
            self.blocks += 1;
        }
        match class {
            Class::Header => {
                self.header = shape.layer(record);
                self.files = shape.cell(record, "NumberOfFiles").parse().unwrap_or(1);
            }
            Class::Summary => self.summaries.push(Summary::new(&shape, record)),
            Class::Release | Class::Resource | Class::Work => self.block.add(&shape, record),
            Class::Footer => self.foot(index, record),
            Class::Usage if self.grain == Grain::Lines => self.block.usage = Some(shape.layer(record)),
            Class::Usage | Class::Line | Class::Single | Class::Other => {}
        }
        let row = match self.grain {
            Grain::Lines => class == Class::Line,
            Grain::Singles => class == Class::Single,
            Grain::Usages => class == Class::Usage,
            Grain::Summaries => class == Class::Summary,
        };
        if row {
            self.keep(record);
            self.write(index, record);
        }
        row
    }

    /// The shape of a kind of record.
    fn shape(&mut self, kind: &str) -> usize {
        if let Some(index) = self.shapes.iter().position(|shape| shape.kind == kind) {
            return index;
        }
        // What is declared for `HEAD` holds for `SRHE`; comments are believed for detail only where they fit.
        let declared = self.declared.iter().find(|(name, _)| name == kind).map(|(_, names)| names.as_slice());
        let declared = declared.filter(|_| Class::of(kind) != Class::Header && Class::of(kind) != Class::Footer);
        self.shapes.push(Arc::new(Shape::new(kind, declared, &self.columns)));
        self.shapes.len() - 1
    }

    fn keep(&mut self, record: &Record<'_>) {
        self.line = record.line;
        self.raw.clear();
        self.raw.extend_from_slice(record.raw);
    }

    /// Writes a row: its own cells, then those of the things of its block, of its summary, of the header.
    fn write(&mut self, index: usize, record: &Record<'_>) {
        let Some(shape) = self.shapes.get(index).cloned() else { return };
        let (release, resource) = (shape.cell(record, "TransactedRelease"), shape.cell(record, "TransactedResource"));
        let id = shape.cell(record, "SummaryRecordId");
        let controller = shape.cell(record, "RightsController");
        let summary = if self.grain == Grain::Summaries {
            self.summaries.len().checked_sub(1)
        } else {
            let own = |summary: &Summary| summary.id == id && summary.controller == controller;
            let by_controller = self.summaries.iter().position(own);
            by_controller.or_else(|| self.summaries.iter().position(|summary| summary.id == id))
        };
        let shared = self.columns.iter().position(|column| *column == "SharedNetRevenue");
        let share = match (shared, summary.and_then(|at| self.summaries.get_mut(at))) {
            (Some(_), Some(summary)) => {
                let usages =
                    NumberFormat::default().parse(shape.cell(record, "Usages")).ok().and_then(Exact::to_integer);
                usages.and_then(|usages| summary.share(usages)).map(plain)
            }
            _ => None,
        };
        let summary = summary.and_then(|at| self.summaries.get(at));
        self.text.clear();
        self.cells.clear();
        for column in 0..self.columns.len() {
            let start = u32::try_from(self.text.len()).unwrap_or(u32::MAX);
            let own = shape.places.get(column).copied().flatten();
            if own.is_some_and(|(at, _)| !record.cell(at).is_empty()) {
                // Nearly no cell has anything to undo.
                match own {
                    Some((at, _)) if !record.cell(at).contains(['|', '\\']) => self.text.push_str(record.cell(at)),
                    Some(place) => self.text.push_str(&read(record, place)),
                    None => {}
                }
            } else if shared == Some(column) {
                self.text.push_str(share.as_deref().unwrap_or_default());
            } else {
                let usage = self.block.usage.as_ref().map(|usage| usage.get(column)).unwrap_or_default();
                let from = [
                    usage,
                    self.block.get(column, release, resource),
                    summary.map(|summary| summary.layer.get(column)).unwrap_or_default(),
                    self.header.get(column),
                ];
                self.text.push_str(from.into_iter().find(|text| !text.is_empty()).unwrap_or_default());
            }
            self.cells.push((start, u32::try_from(self.text.len()).unwrap_or(u32::MAX)));
            self.text.push('\t');
        }
        if self.grain == Grain::Lines {
            // Usages belong to the first line that follows them: several controllers share one usage.
            if let Some(usage) = &mut self.block.usage {
                usage.clear(self.columns.iter().position(|column| *column == "Usages"));
            }
        }
    }

    /// Compares what a footer states. Numbers of the whole report are in the last of its files only, and can be
    /// compared where the report is one file.
    fn foot(&mut self, index: usize, record: &Record<'_>) {
        let Some(shape) = self.shapes.get(index).cloned() else { return };
        self.footed = true;
        let mut add = |label: &str, computed: u64| {
            let stated = shape.cell(record, label);
            if !stated.is_empty() {
                self.footings.push(Footing::count(record.line, label, stated, computed));
            }
        };
        add("NumberOfLinesInFile", record.line);
        add("NumberOfBlocksInFile", self.blocks);
        if self.files <= 1 {
            add("NumberOfLinesInReport", record.line);
            add("NumberOfSummaryRecords", self.summaries.len() as u64);
            add("NumberOfBlocksInReport", self.blocks);
        }
    }
}

/// A number as text: `0.000000000000000001`.
fn plain(number: Exact) -> String {
    let sign = if number.mantissa < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", number.mantissa.unsigned_abs(), width = number.scale as usize + 1);
    let (whole, fraction) = digits.split_at(digits.len() - number.scale as usize);
    format!("{sign}{whole}.{fraction}")
}
