//! The beginning of an unknown file as a table: how it is cut, which line is its header, what stands below.

use encoding_rs::{Encoding, WINDOWS_1251, WINDOWS_1252};

use crate::layout::fold;
use crate::layout::spec::Delimiter;
use crate::report::FileError;
use crate::source::{Container, Cut, Input, Records, Source};
use crate::value::NumberFormat;

/// Rows looked at.
const ROWS: usize = 400;
/// Lines among which a header is looked for.
const HEADER_WITHIN: usize = 40;
/// Fewest columns of a table.
const FEWEST: usize = 3;

/// The beginning of a file.
#[derive(Debug)]
pub(super) struct Table {
    /// Between cells; nothing for a sheet.
    pub(super) delimiter: Option<Delimiter>,
    /// The encoding beside UTF-8 that the file needs.
    pub(super) encoding: Option<&'static Encoding>,
    /// Line of the header.
    pub(super) header_line: u64,
    /// Names of the columns.
    pub(super) header: Vec<String>,
    /// Rows below the header, as wide as it.
    pub(super) rows: Vec<Vec<String>>,
}

impl Table {
    /// Finds the table of a file: of all its parts and ways to cut them, the one with the most rows of one width.
    pub(super) fn read(input: impl Input + 'static) -> Result<Self, FileError> {
        let mut best: Option<(usize, Self)> = None;
        let mut first_error = None;
        let mut beginning = String::new();
        for (_, source) in Source::open(input)? {
            let source = match source {
                Ok(source) => source,
                Err(error) => {
                    first_error.get_or_insert(error);
                    continue;
                }
            };
            for (cut, delimiter, encoding) in cuts(&source) {
                let records = match cut {
                    Some(cut) => lines(&source, cut)?,
                    None => source.sheet_head().unwrap_or_default().to_vec(),
                };
                if beginning.is_empty() {
                    let written = records.iter().map(|(_, cells)| cells.join(", "));
                    beginning = written.clone().find(|line| !line.trim().is_empty()).unwrap_or_default();
                }
                let Some((weight, table)) = Self::of(&records, delimiter, encoding) else { continue };
                if best.as_ref().is_none_or(|(least, _)| weight > *least) {
                    best = Some((weight, table));
                }
            }
        }
        match (best, first_error) {
            (Some((_, table)), _) => Ok(table),
            (None, Some(error)) => Err(error),
            (None, None) => Err(FileError::UnknownLayout { beginning: beginning.chars().take(200).collect() }),
        }
    }

    /// The table of some records, and how much speaks for it.
    fn of(
        records: &[(u64, Vec<String>)],
        delimiter: Option<Delimiter>,
        encoding: Option<&'static Encoding>,
    ) -> Option<(usize, Self)> {
        let header = records.iter().take(HEADER_WITHIN).enumerate().filter(|(_, (_, cells))| is_header(cells));
        let weigh = |at: usize, width: usize| {
            // Rows of a sheet end with their last filled cell.
            let fits = |cells: &Vec<String>| {
                cells.len() == width || (delimiter.is_none() && cells.len() > width / 2 && cells.len() <= width)
            };
            records.iter().skip(at + 1).filter(|(_, cells)| fits(cells)).count() * width
        };
        let (at, (line, cells)) =
            header.max_by_key(|(at, (_, cells))| (weigh(*at, cells.len()), std::cmp::Reverse(*at)))?;
        let weight = weigh(at, cells.len());
        let rows: Vec<Vec<String>> = records
            .iter()
            .skip(at + 1)
            .filter(|(_, row)| row.len() > cells.len() / 2 && row.iter().any(|cell| !cell.is_empty()))
            .map(|(_, row)| (0..cells.len()).map(|index| row.get(index).cloned().unwrap_or_default()).collect())
            .collect();
        if rows.is_empty() || weight == 0 {
            return None;
        }
        Some((weight, Self { delimiter, encoding, header_line: *line, header: cells.clone(), rows }))
    }

    /// What stands in a column, without empty cells.
    pub(super) fn column(&self, index: usize) -> impl Iterator<Item = &str> + Clone {
        self.rows.iter().filter_map(move |row| row.get(index)).map(|cell| cell.trim()).filter(|cell| !cell.is_empty())
    }
}

/// Names, no numbers: three filled cells at least, nearly all different.
fn is_header(cells: &[String]) -> bool {
    let filled: Vec<String> = cells.iter().map(|cell| fold(cell)).filter(|cell| !cell.is_empty()).collect();
    let numbers = NumberFormat::default();
    let named = filled.iter().filter(|cell| numbers.parse(cell).is_err()).count();
    let mut different = filled.clone();
    different.sort_unstable();
    different.dedup();
    filled.len() >= FEWEST
        && named == filled.len()
        && different.len() * 10 >= filled.len() * 8
        && filled.len() * 10 >= cells.len() * 6
        && filled.iter().all(|cell| cell.chars().count() <= 80)
}

type Way = (Option<Cut>, Option<Delimiter>, Option<&'static Encoding>);

fn cuts(source: &Source) -> Vec<Way> {
    if source.sheet_head().is_some() {
        return vec![(None, None, None)];
    }
    let encoding = needed(source.head());
    let terminator = source.terminator();
    let ways = [Delimiter::Tab, Delimiter::Semicolon, Delimiter::Comma, Delimiter::Pipe];
    let way = |delimiter: Delimiter| {
        let cut = Cut { delimiter: delimiter.byte(), quoted: true, terminator, fallback: encoding };
        (Some(cut), Some(delimiter), encoding)
    };
    ways.into_iter().map(way).collect()
}

/// Which encoding bytes that are not UTF-8 are in: runs of high letters are Cyrillic, single ones are of the West.
fn needed(head: &[u8]) -> Option<&'static Encoding> {
    if std::str::from_utf8(head).is_ok_and(|_| true)
        || std::str::from_utf8(head).is_err_and(|error| error.error_len().is_none())
    {
        return None;
    }
    let letter = |byte: u8| byte >= 0xc0 || matches!(byte, 0xa8 | 0xb8);
    let high = head.iter().filter(|byte| letter(**byte)).count();
    let in_runs: usize = head.split(|byte| !letter(*byte)).map(<[u8]>::len).filter(|length| *length >= 3).sum();
    Some(if in_runs * 10 >= high * 6 { WINDOWS_1251 } else { WINDOWS_1252 })
}

fn lines(source: &Source, cut: Cut) -> Result<Vec<(u64, Vec<String>)>, FileError> {
    let mut records = Records::new(source.head(), cut, Container::Plain);
    let mut lines = Vec::new();
    while lines.len() < ROWS
        && let Some(record) = records.next_record()?
    {
        lines.push((record.line, record.cells().map(str::to_owned).collect()));
    }
    Ok(lines)
}
