//! From the bytes of a file to records of cells: containers, encodings, delimiters, quotes.
//!
//! Everything streams: at no point is more of a file in memory than its longest record and one block.

mod container;
mod records;
mod utf16;

use std::io::{Cursor, Read, Seek};

pub use container::Container;
pub use records::{Cut, Damage, Record, Records};

use crate::report::FileError;

/// Bytes looked at to find out what a file is: encodings, delimiters, layout.
const HEAD_BYTES: usize = 64 * 1024;

/// What a report can be read from: a file, or bytes in memory.
pub trait Input: Read + Seek + Send {}

impl<T: Read + Seek + Send> Input for T {}

/// An unpacked file, in UTF-8 or a single-byte encoding, with its beginning at hand.
pub struct Source {
    head: Vec<u8>,
    whole: bool,
    rest: Box<dyn Read + Send>,
    container: Container,
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source")
            .field("container", &self.container)
            .field("head", &self.head.len())
            .finish_non_exhaustive()
    }
}

impl Source {
    /// Opens a file by its content, never by its name: gzip and zip are unpacked, a byte order mark is obeyed.
    ///
    /// # Errors
    /// [`FileError`] for an empty file, for one that is no report, and for archives that are damaged, nested, locked,
    /// or hold several files.
    pub fn open(input: impl Input + 'static) -> Result<Self, FileError> {
        let (mut reader, container) = container::open(Box::new(input))?;
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
        Ok(Self { head, whole, rest, container })
    }

    /// How the file is packed.
    #[must_use]
    pub const fn container(&self) -> Container {
        self.container
    }

    /// Whether the head is all there is.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.whole
    }

    /// The complete lines at the beginning.
    #[must_use]
    pub fn head(&self) -> &[u8] {
        if self.whole {
            return &self.head;
        }
        let end = memchr::memrchr2(b'\n', b'\r', &self.head).map_or(self.head.len(), |at| at + 1);
        self.head.get(..end).unwrap_or_default()
    }

    /// What ends a line: a carriage return only where the file has no line feed at all.
    #[must_use]
    pub fn terminator(&self) -> u8 {
        if memchr::memchr(b'\n', &self.head).is_none() && memchr::memchr(b'\r', &self.head).is_some() {
            b'\r'
        } else {
            b'\n'
        }
    }

    /// The records, from the first line on.
    #[must_use]
    pub fn into_records(self, cut: Cut) -> Records<Box<dyn Read + Send>> {
        let container = self.container;
        Records::new(Box::new(Cursor::new(self.head).chain(self.rest)), cut, container)
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
