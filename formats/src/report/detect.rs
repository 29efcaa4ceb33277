//! Which layout a file has, told from the header in its first lines and never from its name.

use std::sync::Arc;

use super::error::FileError;
use crate::layout::spec::{NamedReader, Preamble, Quoting};
use crate::layout::{Layout, Layouts, fold, wildcard};
use crate::source::{Container, Cut, How, Input, Kinds, Records, Source};

/// Lines among which a header is looked for.
const HEADER_WITHIN: usize = 40;

/// A layout and where its header is.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) layout: Arc<Layout>,
    /// How its rows are read.
    pub(super) how: How,
    /// Names of the columns, where the file has no header of its own.
    pub(super) columns: Option<Vec<String>>,
    /// Records above the header.
    pub(super) above: usize,
    /// Physical line of the header.
    pub(super) line: u64,
    /// Position of each column of the layout.
    pub(super) positions: Vec<Option<usize>>,
}

/// A record of the beginning, with its cells folded as column names are.
struct HeadRecord {
    line: u64,
    names: Vec<String>,
    cells: Vec<String>,
}

/// The beginning of a file, cut in each way some layout asks for.
struct Head<'s> {
    source: &'s Source,
    cuts: Vec<(Cut, Vec<HeadRecord>)>,
}

impl Head<'_> {
    fn cut(&mut self, cut: Cut) -> Result<usize, FileError> {
        let same =
            |other: &Cut| (other.delimiter, other.quoted, other.fallback) == (cut.delimiter, cut.quoted, cut.fallback);
        if let Some(index) = self.cuts.iter().position(|(other, _)| same(other)) {
            return Ok(index);
        }
        let mut records = Records::new(self.source.head(), cut, Container::Plain);
        let mut head = Vec::new();
        while head.len() < HEADER_WITHIN
            && let Some(record) = records.next_record()?
        {
            let cells: Vec<String> = record.cells().map(str::to_owned).collect();
            head.push(HeadRecord { line: record.line, names: cells.iter().map(|cell| fold(cell)).collect(), cells });
        }
        self.cuts.push((cut, head));
        Ok(self.cuts.len() - 1)
    }

    /// The first rows of a sheet, which is cut already.
    fn sheet(&self) -> Option<Vec<HeadRecord>> {
        let record = |(line, cells): &(u64, Vec<String>)| HeadRecord {
            line: *line,
            names: cells.iter().map(|cell| fold(cell)).collect(),
            cells: cells.clone(),
        };
        self.source.sheet_head().map(|rows| rows.iter().map(record).collect())
    }
}

/// How well a record fits as the header of a layout.
enum Fit {
    /// Every required column is there.
    Whole(Vec<Option<usize>>),
    /// So many of them are, and these are not.
    Part(usize, Vec<String>),
    /// It belongs to another layout.
    Other,
}

fn fit(layout: &Layout, names: &[String]) -> Fit {
    if layout.spec().header.absent.iter().any(|absent| names.contains(&fold(absent))) {
        return Fit::Other;
    }
    let positions: Vec<Option<usize>> = layout
        .columns()
        .iter()
        .map(|column| {
            let named = |name: &String| names.iter().position(|other| wildcard(name, other).is_some());
            column.folded.iter().find_map(named)
        })
        .collect();
    let required = || layout.columns().iter().zip(&positions).filter(|(column, _)| column.required);
    let missing: Vec<String> =
        required().filter(|(_, at)| at.is_none()).map(|(column, _)| column.name.clone()).collect();
    if missing.is_empty() { Fit::Whole(positions) } else { Fit::Part(required().count() - missing.len(), missing) }
}

/// The closest to a header that was seen.
struct Near {
    found: usize,
    of: usize,
    error: FileError,
}

/// Looks for the header of one layout.
fn search(layout: &Arc<Layout>, head: &mut Head<'_>, near: &mut Option<Near>) -> Result<Option<Found>, FileError> {
    let file = &layout.spec().file;
    let named = match file.reader {
        NamedReader::Table => None,
        NamedReader::DdexDsr => Some((How::Dsr, head.source.dsr_columns())),
        NamedReader::CwrAcknowledgement => Some((How::Cwr, head.source.cwr_columns().map(<[&str]>::to_vec))),
    };
    if let Some((how, columns)) = named {
        let columns: Option<Vec<String>> = columns.map(|all| all.into_iter().map(str::to_owned).collect());
        return Ok(columns.and_then(|columns| virtual_table(layout, how, columns)));
    }
    if let Some(records) = head.sheet() {
        if !layout.spec().record.is_empty() {
            return Ok(None);
        }
        let how = How::Sheet(layout.spec().numbers.decimal);
        return Ok(best_of(layout, &how, &records, near));
    }
    let mut best: Option<Found> = None;
    for delimiter in &file.delimiters {
        let cut = Cut {
            delimiter: delimiter.byte(),
            quoted: file.quoting == Quoting::Rfc4180,
            terminator: head.source.terminator(),
            fallback: layout.fallback(),
        };
        let index = head.cut(cut)?;
        let Some((_, records)) = head.cuts.get(index) else { continue };
        let found = if layout.spec().record.is_empty() {
            best_of(layout, &How::Text(cut), records, near)
        } else {
            of_kinds(layout, cut, records)
        };
        if let Some(found) = found
            && best.as_ref().is_none_or(|best| score(&found.positions) > score(&best.positions))
        {
            best = Some(found);
        }
    }
    Ok(best)
}

/// A table that a reader makes: its columns are known, and the file has no header.
fn virtual_table(layout: &Arc<Layout>, how: How, columns: Vec<String>) -> Option<Found> {
    let names: Vec<String> = columns.iter().map(|column| fold(column)).collect();
    let Fit::Whole(positions) = fit(layout, &names) else { return None };
    Some(Found { layout: layout.clone(), how, columns: Some(columns), above: 0, line: 1, positions })
}

/// A file whose records say what they are: all of its beginning must be of the layout's kinds.
fn of_kinds(layout: &Arc<Layout>, cut: Cut, records: &[HeadRecord]) -> Option<Found> {
    let kinds = Kinds::new(&layout.spec().record);
    let mut written = records.iter().filter(|record| record.cells.iter().any(|cell| !cell.is_empty())).peekable();
    written.peek()?;
    if !written.all(|record| kinds.know(&record.cells)) {
        return None;
    }
    let columns = kinds.header().to_vec();
    virtual_table(layout, How::Typed(cut, kinds), columns)
}

/// The record that fits best as the header.
fn best_of(layout: &Arc<Layout>, how: &How, records: &[HeadRecord], near: &mut Option<Near>) -> Option<Found> {
    let mut best: Option<Found> = None;
    for (above, record) in records.iter().enumerate() {
        match fit(layout, &record.names) {
            Fit::Whole(positions) => {
                if best.as_ref().is_none_or(|best| score(&positions) > score(&best.positions)) {
                    let (layout, how) = (layout.clone(), how.clone());
                    best = Some(Found { layout, how, columns: None, above, line: record.line, positions });
                }
            }
            // Most of the fingerprint: a header that lost something, not chance.
            Fit::Part(found, missing)
                if found >= 3 && found > missing.len() && (missing.len() <= 2 || found >= missing.len() * 3) =>
            {
                let of = found + missing.len();
                let closer = near.as_ref().is_none_or(|near| found * near.of > near.found * of);
                if closer {
                    let error =
                        FileError::MissingColumns { layout: layout.id().to_owned(), line: record.line, missing };
                    *near = Some(Near { found, of, error });
                }
            }
            Fit::Part(..) | Fit::Other => {}
        }
    }
    best
}

fn score(positions: &[Option<usize>]) -> usize {
    positions.iter().flatten().count()
}

/// Finds the layout of an opened file: the one that knows most of its header.
pub(super) fn detect_in(source: &Source, layouts: &Layouts) -> Result<Found, FileError> {
    let mut head = Head { source, cuts: Vec::new() };
    let (mut best, mut near): (Vec<Found>, Option<Near>) = (Vec::new(), None);
    for layout in layouts.iter() {
        let Some(found) = search(layout, &mut head, &mut near)? else { continue };
        let leads = best.first().map(|first| score(&found.positions).cmp(&score(&first.positions)));
        match leads {
            Some(std::cmp::Ordering::Less) => {}
            Some(std::cmp::Ordering::Equal) => best.push(found),
            _ => best = vec![found],
        }
    }
    if best.len() > 1 {
        return Err(FileError::Ambiguous { layouts: best.iter().map(|found| found.layout.id().to_owned()).collect() });
    }
    match best.pop() {
        Some(found) => unambiguous(found, &mut head),
        None => Err(near.map_or_else(|| unknown(source), |near| near.error)),
    }
}

/// Finds the header of a layout that somebody named.
pub(super) fn locate(source: &Source, layout: &Arc<Layout>) -> Result<Found, FileError> {
    let mut head = Head { source, cuts: Vec::new() };
    let mut near = None;
    match search(layout, &mut head, &mut near)? {
        Some(found) => unambiguous(found, &mut head),
        None => Err(near.map_or_else(
            || FileError::MissingColumns {
                layout: layout.id().to_owned(),
                line: 1,
                missing: layout.spec().header.required.clone(),
            },
            |near| near.error,
        )),
    }
}

/// Refuses a header in which a column that is read stands twice.
fn unambiguous(found: Found, head: &mut Head<'_>) -> Result<Found, FileError> {
    let names = match &found.how {
        How::Text(cut) => {
            let index = head.cut(*cut)?;
            let record = head.cuts.get(index).and_then(|(_, records)| records.get(found.above));
            record.map(|record| record.names.clone())
        }
        How::Sheet(_) => {
            head.sheet().and_then(|records| records.into_iter().nth(found.above)).map(|record| record.names)
        }
        How::Typed(..) | How::Dsr | How::Cwr => return Ok(found),
    };
    for position in found.positions.iter().flatten() {
        let name = names.as_ref().and_then(|names| names.get(*position));
        let twice = names.iter().flatten().filter(|other| Some(*other) == name).count() > 1;
        if let (true, Some(name)) = (twice, name) {
            return Err(FileError::DuplicateColumn { line: found.line, column: name.clone() });
        }
    }
    Ok(found)
}

/// Nothing fits: because of the encoding, or because nobody has described the layout.
pub(super) fn unknown(source: &Source) -> FileError {
    if let Some(rows) = source.sheet_head() {
        let first = rows.iter().map(|(_, cells)| cells.join(", ")).find(|text| !text.trim().is_empty());
        return FileError::UnknownLayout { beginning: first.unwrap_or_default().chars().take(200).collect() };
    }
    let head = source.head();
    if let Err(error) = std::str::from_utf8(head) {
        let at = error.valid_up_to();
        let before = head.get(..at).unwrap_or_default();
        let line = 1 + memchr::memchr_iter(source.terminator(), before).count();
        let begin = memchr::memrchr(source.terminator(), before).map_or(0, |at| at + 1);
        if line <= HEADER_WITHIN {
            return FileError::Encoding {
                line: line as u64,
                column: (at - begin + 1) as u64,
                problem: format!("the byte 0x{:02X} is not UTF-8", head.get(at).copied().unwrap_or_default()),
            };
        }
    }
    if !source.is_whole() && memchr::memchr(source.terminator(), head).is_none() {
        return FileError::LineTooLong { line: 1, limit: head.len() };
    }
    let text = String::from_utf8_lossy(head);
    let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    FileError::UnknownLayout { beginning: first.chars().take(200).collect() }
}

/// The parts of a file that are read, and names of those that are not.
pub(super) struct Chosen {
    pub(super) parts: Vec<(Source, Found)>,
    pub(super) beside: Vec<String>,
}

/// Opens a file and finds the parts that are reports, by the layouts there are or by the one that somebody named.
///
/// # Errors
/// [`FileError`]: the file is no report, no layout or several fit, or a header lacks columns of the layout it resembles
/// most (which then is named with the line and what is missing).
pub(super) fn choose(input: impl Input + 'static, layouts: Choice<'_>) -> Result<Chosen, FileError> {
    let sources = Source::open(input)?;
    let several = sources.len() > 1;
    let zip = |source: &Source| source.container() == Container::Zip;
    let (mut parts, mut beside, mut errors) = (Vec::new(), Vec::new(), Vec::new());
    let mut in_zip = false;
    for (name, source) in sources {
        let found = source.and_then(|source| {
            in_zip |= zip(&source);
            let found = match layouts {
                Choice::Any(layouts) => detect_in(&source, layouts),
                Choice::Named(layout) => locate(&source, layout),
            };
            found.map(|found| (source, found))
        });
        match found {
            Ok(found) => parts.push(found),
            Err(error) if several && !error.is_grave() => {
                beside.push(name);
                errors.push(error);
            }
            Err(error) => return Err(error),
        }
    }
    let Some((_, first)) = parts.first() else {
        // What is nearest to a report says most.
        let near = errors.iter().position(|error| matches!(error, FileError::MissingColumns { .. })).unwrap_or(0);
        let count = beside.len();
        return Err(
            if in_zip && count > 1 && near == 0 && !matches!(errors.first(), Some(FileError::MissingColumns { .. })) {
                FileError::Members { count, members: beside.into_iter().take(20).collect() }
            } else if errors.is_empty() {
                FileError::Empty
            } else {
                errors.swap_remove(near)
            },
        );
    };
    let layout = first.layout.clone();
    let left_out = |name: &String| {
        let name = name.to_lowercase();
        layout.spec().file.beside.iter().any(|part| name.contains(&part.to_lowercase()))
    };
    let others = parts.iter().any(|(_, found)| found.layout.id() != layout.id());
    if others || (in_zip && !beside.iter().all(left_out)) {
        let mut members: Vec<String> =
            parts.iter().map(|(source, found)| format!("{} ({})", source.name(), found.layout.id())).collect();
        members.extend(beside.iter().map(|name| format!("{name} (unknown)")));
        return Err(FileError::Members { count: members.len(), members: members.into_iter().take(20).collect() });
    }
    Ok(Chosen { parts, beside })
}

/// The layouts among which one is looked for.
#[derive(Clone, Copy)]
pub(super) enum Choice<'a> {
    /// All of these.
    Any(&'a Layouts),
    /// Somebody has named it.
    Named(&'a Arc<Layout>),
}

/// Keys and values above the header, folded as column names are.
pub(super) fn preamble(kind: Preamble, above: &[Vec<String>]) -> Vec<(String, String)> {
    let written: Vec<&Vec<String>> = above.iter().filter(|cells| cells.iter().any(|cell| !cell.is_empty())).collect();
    let pairs: Vec<(String, String)> = match kind {
        Preamble::Ignored => Vec::new(),
        Preamble::Pairs => written
            .iter()
            .filter_map(|cells| cells.first().map(|key| (fold(key), cells.get(1).cloned().unwrap_or_default())))
            .collect(),
        Preamble::Columns => match written.as_slice() {
            [keys, values, ..] => keys.iter().map(|key| fold(key)).zip(values.iter().cloned()).collect(),
            _ => Vec::new(),
        },
    };
    pairs.into_iter().filter(|(key, _)| !key.is_empty()).collect()
}
