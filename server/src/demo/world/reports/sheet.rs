//! Writing rows to a file, compressed or not, without holding more than one row.

use std::fmt::{Display, Write as _};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;

/// How a layout separates and quotes.
#[derive(Debug, Clone, Copy)]
pub struct Form {
    /// Between cells.
    pub delimiter: u8,
    /// When cells are quoted.
    pub quotes: csv::QuoteStyle,
    /// At the end of a line.
    pub crlf: bool,
}

/// Tab-separated, never quoted: quotation marks in titles stand as they are.
pub const TABS: Form = Form { delimiter: b'\t', quotes: csv::QuoteStyle::Never, crlf: false };

/// A report being written.
pub struct Sheet {
    writer: csv::Writer<Out>,
    /// Lines so far.
    pub lines: u64,
}

impl Sheet {
    /// A new file; compressed when its name ends with `.gz`.
    ///
    /// # Errors
    /// When the file can't be created.
    pub fn create(path: &Path, form: Form) -> io::Result<Self> {
        let file = BufWriter::new(File::create(path)?);
        let packed = path.extension().is_some_and(|extension| extension == "gz");
        // flate2 writes neither time nor name into the header: the same rows give the same bytes.
        let out =
            if packed { Out::Packed(Box::new(GzEncoder::new(file, Compression::fast()))) } else { Out::Plain(file) };
        let terminator = if form.crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
        let writer = csv::WriterBuilder::new()
            .delimiter(form.delimiter)
            .quote_style(form.quotes)
            .terminator(terminator)
            .flexible(true)
            .from_writer(out);
        Ok(Self { writer, lines: 0 })
    }

    /// Writes one line.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn line<T: AsRef<[u8]>>(&mut self, cells: impl IntoIterator<Item = T>) -> io::Result<()> {
        self.lines += 1;
        Ok(self.writer.write_record(cells)?)
    }

    /// Writes what is left and closes the file.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn finish(self) -> io::Result<()> {
        match self.writer.into_inner().map_err(|error| io::Error::other(error.to_string()))? {
            Out::Plain(mut file) => file.flush(),
            Out::Packed(encoder) => encoder.finish()?.flush(),
        }
    }
}

enum Out {
    Plain(BufWriter<File>),
    Packed(Box<GzEncoder<BufWriter<File>>>),
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(file) => file.write(bytes),
            Self::Packed(encoder) => encoder.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(file) => file.flush(),
            Self::Packed(encoder) => encoder.flush(),
        }
    }
}

/// The cells of one row; their memory is used again for the next.
#[derive(Debug, Default)]
pub struct Cells {
    cells: Vec<String>,
    used: usize,
}

impl Cells {
    /// Begins a new row.
    pub fn clear(&mut self) {
        self.used = 0;
    }

    /// Adds a cell.
    pub fn put(&mut self, value: impl Display) -> &mut Self {
        if self.used == self.cells.len() {
            self.cells.push(String::new());
        }
        let cell = &mut self.cells[self.used];
        cell.clear();
        // Writing to a String cannot fail.
        let _ = write!(cell, "{value}");
        self.used += 1;
        self
    }

    /// The row.
    pub fn row(&self) -> &[String] {
        &self.cells[..self.used]
    }

    /// Replaces a cell.
    pub fn replace(&mut self, index: usize, text: &str) {
        if let Some(cell) = self.cells[..self.used].get_mut(index) {
            cell.clear();
            cell.push_str(text);
        }
    }
}
