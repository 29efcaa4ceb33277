//! From the bytes of a file to records of cells: containers, encodings, delimiters, quotes.
//!
//! Everything streams: at no point is more of a file in memory than its longest record and one block.

mod container;
mod cwr;
mod dsr;
mod records;
mod rows;
mod typed;
mod utf16;
mod window;
mod xlsx;

use std::io::{Cursor, Read, Seek};

pub use container::Container;
use container::{Opened, Stream};
pub(crate) use dsr::Footing;
pub use dsr::StatedSummary;
pub use records::{Cut, Damage, Record, Records, Role};
pub(crate) use rows::Rows;
pub use typed::{Kinds, TypedRows};
use xlsx::{SheetHead, Workbook};

use crate::report::FileError;
use crate::value::DecimalMark;

/// Bytes looked at to find out what a file is: encodings, delimiters, layout.
const HEAD_BYTES: usize = 64 * 1024;

/// What a report can be read from: a file, or bytes in memory.
pub trait Input: Read + Seek + Send {}

impl<T: Read + Seek + Send> Input for T {}

/// A part of a file that may hold a report: the file itself, a member of a zip, a sheet of a workbook.
pub struct Source {
    name: String,
    container: Container,
    body: Body,
}

enum Body {
    Text(Text),
    Sheet(SheetHead),
}

/// Text in UTF-8 or a single-byte encoding, with its beginning at hand.
struct Text {
    head: Vec<u8>,
    whole: bool,
    rest: Box<dyn Read + Send>,
}

/// How the rows of a source are read.
#[derive(Debug, Clone)]
pub(crate) enum How {
    /// As text, cut into lines and cells.
    Text(Cut),
    /// As text whose records say what they are.
    Typed(Cut, Kinds),
    /// As a sheet; fractions are told with this mark.
    Sheet(DecimalMark),
    /// As a DDEX sales report.
    Dsr,
    /// As CWR acknowledgements.
    Cwr,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source").field("name", &self.name).field("container", &self.container).finish_non_exhaustive()
    }
}

/// The parts of a file, each with what keeps it from being read.
pub(crate) type Parts = Vec<(String, Result<Source, FileError>)>;

impl Source {
    /// Opens a file by its content, never by its name: gzip, zip and workbooks are unpacked, a byte order mark is obeyed.
    ///
    /// # Errors
    /// [`FileError`] for an empty file and for archives that are damaged or locked. What is wrong with one part of a
    /// file that has several stands beside that part.
    pub(crate) fn open(input: impl Input + 'static) -> Result<Parts, FileError> {
        match container::open(Box::new(input))? {
            Opened::Streams(streams) => {
                Ok(streams.into_iter().map(|stream| (stream.name.clone(), Self::text(stream))).collect())
            }
            Opened::Workbook(archive) => {
                let workbook = Workbook::open(archive)?;
                let names: Vec<String> = workbook.sheet_names().map(str::to_owned).collect();
                let sheet = |(index, name): (usize, String)| {
                    let head = SheetHead::read(&workbook, index);
                    let source = head.map(|head| Self {
                        name: name.clone(),
                        container: Container::Workbook,
                        body: Body::Sheet(head),
                    });
                    (name, source)
                };
                Ok(names.into_iter().enumerate().map(sheet).collect())
            }
        }
    }

    fn text(stream: Stream) -> Result<Self, FileError> {
        let Stream { name, container, bytes: mut reader } = stream;
        let mut head = read_head(&mut reader).map_err(|error| read_error(error, container, 0))?;
        container::refuse_strangers(&head, container)?;
        let mut rest: Box<dyn Read + Send> = reader;
        if let Some(encoding) = utf16::sniff(&head) {
            rest = Box::new(utf16::Transcoder::new(Cursor::new(head).chain(rest), encoding));
            head = read_head(&mut rest).map_err(|error| read_error(error, container, 0))?;
        }
        if head.starts_with(b"\xef\xbb\xbf") {
            head.drain(..3);
        }
        if head.iter().all(u8::is_ascii_whitespace) && head.len() < HEAD_BYTES - 3 {
            return Err(FileError::Empty);
        }
        // A stray NUL is a row's problem; a file full of them is no text.
        if memchr::memchr_iter(0, &head).count() * 100 > head.len() {
            return Err(FileError::NotAReport("binary data"));
        }
        let whole = head.len() < HEAD_BYTES - 3;
        Ok(Self { name, container, body: Body::Text(Text { head, whole, rest }) })
    }

    /// The member or sheet; empty for a file of one part.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How the file is packed.
    #[must_use]
    pub const fn container(&self) -> Container {
        self.container
    }

    /// Whether the head is all there is.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        match &self.body {
            Body::Text(text) => text.whole,
            Body::Sheet(_) => true,
        }
    }

    /// The complete lines at the beginning; nothing for a sheet.
    #[must_use]
    pub fn head(&self) -> &[u8] {
        let Body::Text(text) = &self.body else { return &[] };
        if text.whole {
            return &text.head;
        }
        let end = memchr::memrchr2(b'\n', b'\r', &text.head).map_or(text.head.len(), |at| at + 1);
        text.head.get(..end).unwrap_or_default()
    }

    /// The first rows of a sheet: number and cells.
    pub(crate) fn sheet_head(&self) -> Option<&[(u64, Vec<String>)]> {
        match &self.body {
            Body::Text(_) => None,
            Body::Sheet(sheet) => Some(&sheet.rows),
        }
    }

    /// What ends a line: a carriage return only where the file has no line feed at all.
    #[must_use]
    pub fn terminator(&self) -> u8 {
        let Body::Text(text) = &self.body else { return b'\n' };
        if memchr::memchr(b'\n', &text.head).is_none() && memchr::memchr(b'\r', &text.head).is_some() {
            b'\r'
        } else {
            b'\n'
        }
    }

    /// The columns of the table that a DDEX sales report makes; `None` when it is none.
    pub(crate) fn dsr_columns(&self) -> Option<Vec<&'static str>> {
        dsr::recognise(self.head(), self.terminator()).map(dsr::Grain::columns)
    }

    /// The columns of the table that CWR acknowledgements make; `None` when it is none.
    pub(crate) fn cwr_columns(&self) -> Option<&'static [&'static str]> {
        cwr::recognised(self.head()).then_some(cwr::COLUMNS)
    }

    /// The rows, from the first line on.
    ///
    /// # Errors
    /// [`FileError`] for a damaged sheet.
    pub(crate) fn into_rows(self, how: How) -> Result<Rows, FileError> {
        let terminator = self.terminator();
        let grain = dsr::recognise(self.head(), terminator);
        let container = self.container;
        let text = match self.body {
            Body::Text(text) => text,
            Body::Sheet(sheet) => {
                let mark = if let How::Sheet(mark) = how { mark } else { DecimalMark::Point };
                return Ok(Rows::Sheet(Box::new(sheet.into_rows(mark)?)));
            }
        };
        let bytes: Box<dyn Read + Send> = Box::new(Cursor::new(text.head).chain(text.rest));
        Ok(match (how, grain) {
            (How::Text(cut), _) => Rows::Text(Records::new(bytes, cut, container)),
            (How::Typed(cut, kinds), _) => Rows::Typed(TypedRows::new(Records::new(bytes, cut, container), kinds)),
            (How::Cwr, _) => Rows::Cwr(Box::new(cwr::CwrRows::new(bytes, cwr::cut(terminator), container))),
            (How::Dsr | How::Sheet(_), grain) => {
                let records = Records::new(bytes, dsr::cut(terminator), container);
                Rows::Dsr(Box::new(dsr::DsrRows::new(records, grain.unwrap_or(dsr::Grain::Summaries))))
            }
        })
    }
}

fn read_head(reader: &mut impl Read) -> std::io::Result<Vec<u8>> {
    let mut head = Vec::with_capacity(HEAD_BYTES);
    reader.take(HEAD_BYTES as u64).read_to_end(&mut head)?;
    Ok(head)
}

/// An error below, told in the terms of the file.
fn read_error(error: std::io::Error, container: Container, line: u64) -> FileError {
    let packed = container.name();
    if error.get_ref().is_some_and(|inner| inner.is::<container::Bomb>()) {
        return match error.into_inner().map(|inner| inner.downcast::<container::Bomb>()) {
            Some(Ok(bomb)) => FileError::Bomb { container: packed, limit: bomb.0 },
            _ => FileError::Bomb { container: packed, limit: 0 },
        };
    }
    if error.get_ref().is_some_and(|inner| inner.is::<utf16::Malformed>()) {
        return FileError::Encoding { line: line + 1, column: 0, problem: error.to_string() };
    }
    match (container, error.kind()) {
        (Container::Plain, _) => FileError::Io { line, source: error },
        (_, std::io::ErrorKind::UnexpectedEof) => FileError::Truncated { container: packed, line },
        (_, std::io::ErrorKind::InvalidInput | std::io::ErrorKind::InvalidData) => {
            FileError::Corrupt { container: packed, line, detail: error.to_string() }
        }
        _ => FileError::Io { line, source: error },
    }
}
