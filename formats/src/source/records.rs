//! Cutting text into records and cells, with physical line numbers and the bytes of every record at hand.
//!
//! Lines without a quote, which is nearly all of them, are cut where they lie. A line with a quote goes through
//! `csv-core`, the state machine of the `csv` crate, if its layout quotes at all: Apple and Spotify do not.

use std::io::Read;

use csv_core::{ReadRecordResult, Reader as CsvMachine, ReaderBuilder, Terminator};
use encoding_rs::Encoding;
use kernel::limits::REPORT_LINE_BYTES;

use super::{Container, read_error};
use crate::report::FileError;

/// Most cells of a record.
pub(super) const MAX_CELLS: usize = 1_000;
/// Bytes read at once.
const BLOCK: usize = 256 * 1024;

/// How to cut a file.
#[derive(Debug, Clone, Copy)]
pub struct Cut {
    /// Between cells.
    pub delimiter: u8,
    /// Whether cells may be quoted as RFC 4180 says.
    pub quoted: bool,
    /// At the end of lines.
    pub terminator: u8,
    /// What a record is read as when it is not UTF-8. Single-byte encodings only.
    pub fallback: Option<&'static Encoding>,
}

/// What makes a record unreadable as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Damage {
    /// Not UTF-8, and the layout knows no other encoding: the byte and its place in the record, from 1.
    Encoding {
        /// The byte.
        byte: u8,
        /// Its place.
        column: usize,
    },
    /// A quote opens a cell and nothing closes it within a sensible distance.
    UnclosedQuote,
    /// More cells than any report has.
    TooManyCells,
    /// A NUL byte.
    Nul,
    /// Not one of the kinds of records that the layout declares.
    UnknownKind,
    /// More or fewer cells than its kind of record has.
    CellCount {
        /// How many it has.
        found: usize,
        /// How many its kind has.
        declared: usize,
    },
}

/// One record.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    /// The physical line it begins on, from 1.
    pub line: u64,
    /// Its bytes, without the end of line.
    pub raw: &'a [u8],
    /// Set when it could not be cut into cells.
    pub damage: Option<Damage>,
    /// What it is in a file whose records are of several kinds.
    pub role: Role,
    pub(super) text: &'a str,
    pub(super) cells: &'a [(u32, u32)],
}

/// What a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Role {
    /// A row of the table, or something that looks like one.
    #[default]
    Row,
    /// A statement of totals.
    Total,
}

impl<'a> Record<'a> {
    /// A record whose bytes are its text.
    pub(crate) const fn new(line: u64, text: &'a str, cells: &'a [(u32, u32)], damage: Option<Damage>) -> Self {
        Self { line, raw: text.as_bytes(), damage, role: Role::Row, text, cells }
    }

    /// The cell at an index, without surrounding blanks; empty where the record ends earlier.
    #[must_use]
    pub fn cell(&self, index: usize) -> &'a str {
        let text = self
            .cells
            .get(index)
            .and_then(|(start, end)| self.text.get(*start as usize..*end as usize))
            .unwrap_or_default();
        // Most cells have nothing to trim, and both their ends say so at once.
        match text.as_bytes() {
            [] | [b'!'..=b'~'] | [b'!'..=b'~', .., b'!'..=b'~'] => text,
            _ => text.trim(),
        }
    }

    /// Number of cells.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.cells.len()
    }

    /// Whether there is nothing on the line.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.damage.is_none() && self.cells.len() <= 1 && self.cell(0).is_empty()
    }

    /// All cells.
    pub fn cells(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.cells_from(0)
    }

    /// The cells from an index on.
    pub fn cells_from(&self, first: usize) -> impl Iterator<Item = &'a str> + use<'a> {
        let record = *self;
        (first..record.len()).map(move |index| record.cell(index))
    }

    /// The record as text, verbatim. Bytes that are not UTF-8 are shown as Windows-1252 has them, byte for byte.
    #[must_use]
    pub fn verbatim(&self) -> String {
        std::str::from_utf8(self.raw).map_or_else(
            |_| encoding_rs::WINDOWS_1252.decode_without_bom_handling(self.raw).0.into_owned(),
            ToOwned::to_owned,
        )
    }
}

/// Reads records from a stream.
pub struct Records<R> {
    input: R,
    cut: Cut,
    container: Container,
    block: Vec<u8>,
    at: usize,
    end: usize,
    ended: bool,
    line: u64,
    machine: CsvMachine,
    unquoted: Vec<u8>,
    ends: Vec<usize>,
    text: String,
    cells: Vec<(u32, u32)>,
    width: Option<usize>,
}

impl<R: Read> Records<R> {
    /// Reads records from a stream of UTF-8 or single-byte text; errors below are told in terms of its container.
    #[must_use]
    pub fn new(input: R, cut: Cut, container: Container) -> Self {
        let machine = ReaderBuilder::new().delimiter(cut.delimiter).terminator(Terminator::Any(cut.terminator)).build();
        Self {
            input,
            cut,
            container,
            block: vec![0; BLOCK],
            at: 0,
            end: 0,
            ended: false,
            line: 0,
            machine,
            unquoted: Vec::new(),
            ends: vec![0; MAX_CELLS + 1],
            text: String::new(),
            cells: Vec::new(),
            width: None,
        }
    }

    /// Says how many cells a record should have. A stray quote at the beginning of a cell then swallows no lines: where
    /// a record of several lines has the wrong number of cells and its first line alone has the right one, the
    /// quotes of that line are characters like any other.
    pub const fn expect_width(&mut self, width: usize) {
        self.width = Some(width);
    }

    /// Physical lines read so far.
    #[must_use]
    pub const fn line(&self) -> u64 {
        self.line
    }

    /// The next record; `None` at the end.
    ///
    /// # Errors
    /// [`FileError`] when the stream breaks off or a line exceeds the limit.
    pub fn next_record(&mut self) -> Result<Option<Record<'_>>, FileError> {
        let Some(mut length) = self.line_length()? else { return Ok(None) };
        let mut damage = None;
        let mut quoted_cells = None;
        if self.cut.quoted && memchr::memchr(b'"', &self.block[self.at..self.at + length]).is_some() {
            match self.unquote()? {
                Unquoted::Record { length: record, cells } => {
                    if !(record > length && self.width.is_some_and(|width| width != cells) && self.fits_plain(length)) {
                        (length, quoted_cells) = (record, Some(cells));
                    }
                }
                Unquoted::Unclosed if self.fits_plain(length) => {}
                Unquoted::Unclosed => damage = Some(Damage::UnclosedQuote),
                Unquoted::TooManyCells => damage = Some(Damage::TooManyCells),
            }
        }
        let line = self.line + 1;
        let raw = &self.block[self.at..self.at + length];
        self.line += 1;
        if quoted_cells.is_some() {
            self.line += memchr::memchr_iter(self.cut.terminator, raw).count() as u64;
        }
        self.at = (self.at + length + 1).min(self.end);
        let raw = raw.strip_suffix(b"\r").unwrap_or(raw);
        if memchr::memchr(0, raw).is_some() {
            damage = Some(Damage::Nul);
        }
        self.cells.clear();
        self.text.clear();
        let text = match (damage, quoted_cells) {
            (Some(_), _) => "",
            (None, None) => {
                let text = match (std::str::from_utf8(raw), self.cut.fallback) {
                    (Ok(text), _) => text,
                    (Err(_), Some(encoding)) => {
                        self.text.push_str(&encoding.decode_without_bom_handling(raw).0);
                        self.text.as_str()
                    }
                    (Err(error), None) => {
                        damage = Some(not_utf8(raw, &error));
                        ""
                    }
                };
                if damage.is_none() && !split(text, self.cut.delimiter, &mut self.cells) {
                    damage = Some(Damage::TooManyCells);
                }
                text
            }
            (None, Some(count)) => {
                match decode_cells(
                    &self.unquoted,
                    &self.ends[..count],
                    self.cut.fallback,
                    &mut self.text,
                    &mut self.cells,
                ) {
                    Ok(()) => {}
                    Err(error) => damage = Some(not_utf8(raw, &error)),
                }
                self.text.as_str()
            }
        };
        let cells = if damage.is_some() { &[] } else { self.cells.as_slice() };
        Ok(Some(Record { line, raw, damage, role: Role::Row, text, cells }))
    }

    /// Whether a line has the expected number of cells when its quotes mean nothing.
    fn fits_plain(&self, length: usize) -> bool {
        let line = &self.block[self.at..self.at + length];
        self.width.is_some_and(|width| memchr::memchr_iter(self.cut.delimiter, line).count() + 1 == width)
    }

    /// Length of the physical line that begins at `at`, without its end.
    fn line_length(&mut self) -> Result<Option<usize>, FileError> {
        let mut scanned = 0;
        loop {
            let found = memchr::memchr(self.cut.terminator, &self.block[self.at + scanned..self.end]);
            let length = found.map_or(self.end - self.at, |at| scanned + at);
            if length > REPORT_LINE_BYTES {
                return Err(FileError::LineTooLong { line: self.line + 1, limit: REPORT_LINE_BYTES });
            }
            if found.is_some() {
                return Ok(Some(length));
            }
            if self.ended {
                return Ok((length > 0).then_some(length));
            }
            scanned = length;
            self.fill()?;
        }
    }

    /// Cuts the record at `at`, which may span lines, by the rules of RFC 4180.
    fn unquote(&mut self) -> Result<Unquoted, FileError> {
        loop {
            let window = (self.end - self.at).min(REPORT_LINE_BYTES);
            if self.unquoted.len() < window {
                self.unquoted.resize(window, 0);
            }
            self.machine.reset();
            let input = &self.block[self.at..self.at + window];
            let (mut result, read, written, mut cells) =
                self.machine.read_record(input, &mut self.unquoted, &mut self.ends);
            if result == ReadRecordResult::Record {
                // What was read includes the end of line.
                return Ok(Unquoted::Record { length: read.saturating_sub(1), cells });
            }
            if result == ReadRecordResult::InputEmpty && self.ended && self.at + window == self.end {
                // The last record may lack its end of line; a quote that is still open stays open after one.
                let more;
                (result, _, _, more) = self.machine.read_record(
                    &[self.cut.terminator],
                    self.unquoted.get_mut(written..).unwrap_or_default(),
                    self.ends.get_mut(cells..).unwrap_or_default(),
                );
                cells += more;
                if result == ReadRecordResult::Record {
                    return Ok(Unquoted::Record { length: window, cells });
                }
            }
            match result {
                ReadRecordResult::OutputEndsFull => return Ok(Unquoted::TooManyCells),
                ReadRecordResult::InputEmpty if !self.ended && window < REPORT_LINE_BYTES => self.fill()?,
                _ => return Ok(Unquoted::Unclosed),
            }
        }
    }

    /// Reads another block behind what is still unread.
    fn fill(&mut self) -> Result<(), FileError> {
        self.block.copy_within(self.at..self.end, 0);
        self.end -= self.at;
        self.at = 0;
        if self.end == self.block.len() {
            self.block.resize(self.block.len() * 2, 0);
        }
        loop {
            match self.input.read(&mut self.block[self.end..]) {
                Ok(count) => {
                    self.end += count;
                    self.ended = count == 0;
                    return Ok(());
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(read_error(error, self.container, self.line)),
            }
        }
    }
}

/// What became of a record with quotes.
enum Unquoted {
    Record { length: usize, cells: usize },
    Unclosed,
    TooManyCells,
}

fn not_utf8(raw: &[u8], error: &std::str::Utf8Error) -> Damage {
    // For a quoted record the place is that of the raw bytes, where a person will look.
    let at = std::str::from_utf8(raw).map_or_else(|error| error.valid_up_to(), |_| error.valid_up_to());
    Damage::Encoding { byte: raw.get(at).copied().unwrap_or_default(), column: at + 1 }
}

/// Cuts at every delimiter; `false` when there are too many cells. Offsets fit `u32`: lines are limited.
#[allow(clippy::cast_possible_truncation, reason = "a line is at most REPORT_LINE_BYTES long")]
fn split(text: &str, delimiter: u8, cells: &mut Vec<(u32, u32)>) -> bool {
    let mut start = 0;
    for at in memchr::memchr_iter(delimiter, text.as_bytes()) {
        cells.push((start, at as u32));
        start = at as u32 + 1;
    }
    cells.push((start, text.len() as u32));
    cells.len() <= MAX_CELLS
}

/// Turns unquoted bytes into text, cell by cell where they are not UTF-8.
#[allow(clippy::cast_possible_truncation, reason = "a record is at most REPORT_LINE_BYTES long")]
fn decode_cells(
    bytes: &[u8],
    ends: &[usize],
    fallback: Option<&'static Encoding>,
    text: &mut String,
    cells: &mut Vec<(u32, u32)>,
) -> Result<(), std::str::Utf8Error> {
    let all = bytes.get(..ends.last().copied().unwrap_or_default()).unwrap_or_default();
    let decoded = std::str::from_utf8(all);
    if let Ok(decoded) = decoded {
        text.push_str(decoded);
    }
    let mut start = 0;
    for &end in ends {
        match (decoded, fallback) {
            (Ok(_), _) => cells.push((start as u32, end as u32)),
            (Err(_), Some(encoding)) => {
                let from = text.len();
                text.push_str(&encoding.decode_without_bom_handling(all.get(start..end).unwrap_or_default()).0);
                cells.push((from as u32, text.len() as u32));
            }
            (Err(error), None) => return Err(error),
        }
        start = end;
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const CSV: Cut = Cut { delimiter: b',', quoted: true, terminator: b'\n', fallback: None };
    const TSV: Cut = Cut { delimiter: b'\t', quoted: false, ..CSV };

    /// Yields its text in pieces of one size, to cross every boundary.
    struct Drip<'a>(&'a [u8], usize);

    impl Read for Drip<'_> {
        fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
            let count = self.1.min(self.0.len()).min(into.len());
            into[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    fn read(text: impl AsRef<[u8]>, cut: Cut) -> Vec<(u64, String, Option<Damage>)> {
        let text = text.as_ref();
        let once = |step| {
            let mut records = Records::new(Drip(text, step), cut, Container::Plain);
            let mut out = Vec::new();
            while let Some(record) = records.next_record().unwrap() {
                out.push((record.line, record.cells().collect::<Vec<_>>().join("|"), record.damage));
            }
            out
        };
        let (whole, dripped) = (once(usize::MAX), once(1));
        assert_eq!(whole, dripped);
        whole
    }

    fn good(line: u64, cells: &str) -> (u64, String, Option<Damage>) {
        (line, cells.to_owned(), None)
    }

    #[test]
    fn quotes_mean_nothing_in_an_unquoted_layout() {
        let text = "a\tCliff \"Uke\" Edwards\t\"\r\n\"b\t c \t";
        assert_eq!(read(text, TSV), [good(1, "a|Cliff \"Uke\" Edwards|\""), good(2, "\"b|c|")]);
    }

    #[test]
    fn quoted_cells_span_lines_and_lines_stay_physical() {
        let text = "x,\"a\r\nb\",\"q \"\"z\"\"\"\r\ny,plain,7\" vinyl\r\n\nlast,\"\",\"end\"";
        assert_eq!(
            read(text, CSV),
            [good(1, "x|a\r\nb|q \"z\""), good(3, "y|plain|7\" vinyl"), good(4, ""), good(5, "last||end")]
        );
    }

    #[test]
    fn an_open_quote_costs_its_own_line_only() {
        let text = "a,\"open,1\nb,2,3\nc,4,5\n";
        assert_eq!(
            read(text, CSV),
            [(1, String::new(), Some(Damage::UnclosedQuote)), good(2, "b|2|3"), good(3, "c|4|5")]
        );
    }

    #[test]
    fn a_stray_quote_swallows_no_lines_where_the_width_is_known() {
        let text = "a,\"Heroes,1\nb,2,3\nc,\"x\ny\",4\nd,\"open,5\n";
        let mut records = Records::new(text.as_bytes(), CSV, Container::Plain);
        records.expect_width(3);
        let mut lines = Vec::new();
        while let Some(record) = records.next_record().unwrap() {
            lines.push((record.line, record.cells().collect::<Vec<_>>().join("|")));
        }
        assert_eq!(
            lines,
            [(1, "a|\"Heroes|1"), (2, "b|2|3"), (3, "c|x\ny|4"), (5, "d|\"open|5")].map(|(n, t)| (n, t.to_owned()))
        );
    }

    #[test]
    fn bytes_that_are_not_utf8() {
        let text = b"a,caf\xe9\n\"q\",\"caf\xe9\"\nb,caf\xc3\xa9\n";
        let damaged = read(text, CSV);
        assert_eq!(damaged[0].2, Some(Damage::Encoding { byte: 0xe9, column: 6 }));
        assert_eq!(damaged[1].2, Some(Damage::Encoding { byte: 0xe9, column: 9 }));
        assert_eq!(damaged[2], good(3, "b|café"));
        let latin = read(text, Cut { fallback: Some(encoding_rs::WINDOWS_1252), ..CSV });
        assert_eq!(latin, [good(1, "a|café"), good(2, "q|café"), good(3, "b|café")]);
    }

    #[test]
    fn nul_bytes_and_endless_lines() {
        assert_eq!(read("a,\0b\nc,d", CSV)[0].2, Some(Damage::Nul));
        assert_eq!(read("a,".repeat(1_500), CSV)[0].2, Some(Damage::TooManyCells));
        assert_eq!(read("\"a\",".repeat(1_500), CSV)[0].2, Some(Damage::TooManyCells));
        let mut records = Records::new(std::io::repeat(b'x'), CSV, Container::Plain);
        assert!(matches!(records.next_record(), Err(FileError::LineTooLong { line: 1, .. })));
    }
}
