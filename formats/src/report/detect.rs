//! Which layout a file has, told from the header in its first lines and never from its name.

use std::sync::Arc;

use super::error::FileError;
use crate::layout::spec::{Preamble, Quoting};
use crate::layout::{Layout, Layouts, fold};
use crate::source::{Container, Cut, Input, Records, Source};

/// Lines among which a header is looked for.
const HEADER_WITHIN: usize = 40;

/// Finds the layout of a file.
///
/// # Errors
/// [`FileError`]: the file is no report, no layout or several fit, or a header lacks columns of the layout it
/// resembles most (which then is named with the line and what is missing).
pub fn detect(input: impl Input + 'static, layouts: &Layouts) -> Result<Arc<Layout>, FileError> {
    detect_in(&Source::open(input)?, layouts).map(|found| found.layout)
}

/// A layout and where its header is.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) layout: Arc<Layout>,
    pub(super) cut: Cut,
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
            head.push(HeadRecord { line: record.line, names: record.cells().map(fold).collect() });
        }
        self.cuts.push((cut, head));
        Ok(self.cuts.len() - 1)
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
        .map(|column| column.folded.iter().find_map(|name| names.iter().position(|other| other == name)))
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
        for (above, record) in records.iter().enumerate() {
            match fit(layout, &record.names) {
                Fit::Whole(positions) => {
                    if best.as_ref().is_none_or(|best| score(&positions) > score(&best.positions)) {
                        best = Some(Found { layout: layout.clone(), cut, above, line: record.line, positions });
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
    }
    Ok(best)
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
    let index = head.cut(found.cut)?;
    let names = head.cuts.get(index).and_then(|(_, records)| records.get(found.above)).map(|record| &record.names);
    for position in found.positions.iter().flatten() {
        let name = names.and_then(|names| names.get(*position));
        let twice = names.into_iter().flatten().filter(|other| Some(*other) == name).count() > 1;
        if let (true, Some(name)) = (twice, name) {
            return Err(FileError::DuplicateColumn { line: found.line, column: name.clone() });
        }
    }
    Ok(found)
}

/// Nothing fits: because of the encoding, or because nobody has described the layout.
fn unknown(source: &Source) -> FileError {
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
