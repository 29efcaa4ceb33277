//! The little of XML that workbooks are made of: elements, attributes, text. Nothing is ever expanded.

use std::io::{self, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use kernel::limits::REPORT_LINE_BYTES;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::report::FileError;
use crate::source::{Container, read_error};

/// A piece of a part.
#[derive(Debug)]
pub(super) enum Piece {
    /// An element opens; its name without prefix.
    Open {
        /// Its name.
        name: String,
        /// Its attributes.
        attributes: Attributes,
    },
    /// An element closes.
    Close(String),
    /// Text.
    Text(String),
}

/// Attributes of an element, without prefixes.
#[derive(Debug, Default)]
pub(super) struct Attributes(Vec<(String, String)>);

impl Attributes {
    /// The value of one.
    pub(super) fn get(&self, name: &str) -> Option<String> {
        self.0.iter().find(|(own, _)| own == name).map(|(_, value)| value.clone())
    }
}

/// Reads a part piece by piece.
pub(super) struct Xml {
    reader: Reader<BufReader<Rationed>>,
    buffer: Vec<u8>,
    ration: Arc<AtomicUsize>,
    /// An element that opened and closed at once.
    closing: Option<String>,
}

impl Xml {
    pub(super) fn new(part: Box<dyn Read + Send>) -> Self {
        let ration = Arc::new(AtomicUsize::new(0));
        let rationed = Rationed { inner: part, left: ration.clone() };
        let mut reader = Reader::from_reader(BufReader::new(rationed));
        reader.config_mut().check_end_names = true;
        Self { reader, buffer: Vec::new(), ration, closing: None }
    }

    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// [`FileError`] for XML that is damaged, declares a document type, or has a single piece longer than any line.
    pub(super) fn next(&mut self) -> Result<Option<Piece>, FileError> {
        if let Some(name) = self.closing.take() {
            return Ok(Some(Piece::Close(name)));
        }
        loop {
            self.buffer.clear();
            self.ration.store(4 * REPORT_LINE_BYTES, Ordering::Relaxed);
            let event = match self.reader.read_event_into(&mut self.buffer) {
                Ok(event) => event,
                Err(quick_xml::Error::Io(error)) => {
                    let error = Arc::into_inner(error).unwrap_or_else(|| io::Error::other("reading failed"));
                    return Err(read_error(error, Container::Workbook, 0));
                }
                Err(error) => return Err(corrupt(&error.to_string())),
            };
            return Ok(Some(match event {
                Event::Start(start) => {
                    Piece::Open { name: start.local_name().into_inner().to_owned(), attributes: attributes(&start)? }
                }
                Event::Empty(start) => {
                    let name = start.local_name().into_inner().to_owned();
                    let attributes = attributes(&start)?;
                    self.closing = Some(name.clone());
                    Piece::Open { name, attributes }
                }
                Event::End(end) => Piece::Close(end.local_name().into_inner().to_owned()),
                Event::Text(text) => Piece::Text(text.xml10_content().into_owned()),
                Event::CData(text) => Piece::Text(text.xml10_content().into_owned()),
                Event::GeneralRef(reference) => {
                    let named = match &*reference {
                        "lt" => Some('<'),
                        "gt" => Some('>'),
                        "amp" => Some('&'),
                        "apos" => Some('\''),
                        "quot" => Some('"'),
                        _ => reference.resolve_char_ref().ok().flatten(),
                    };
                    let Some(named) = named else {
                        return Err(corrupt(&format!("the entity `&{};` is not one of XML itself", &*reference)));
                    };
                    Piece::Text(named.to_string())
                }
                Event::DocType(_) => return Err(corrupt("it declares a document type, which workbooks do not")),
                Event::Eof => return Ok(None),
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) => continue,
            }));
        }
    }
}

fn corrupt(detail: &str) -> FileError {
    FileError::Corrupt { container: Container::Workbook.name(), line: 0, detail: detail.to_owned() }
}

fn attributes(start: &BytesStart<'_>) -> Result<Attributes, FileError> {
    let mut all = Vec::new();
    for attribute in start.attributes().with_checks(false) {
        let attribute = attribute.map_err(|error| corrupt(&error.to_string()))?;
        let value = attribute
            .normalized_value(quick_xml::XmlVersion::Implicit1_0)
            .map_err(|error| corrupt(&error.to_string()))?;
        all.push((attribute.key.local_name().into_inner().to_owned(), value.into_owned()));
    }
    Ok(Attributes(all))
}

/// Yields no more than a ration, which is renewed for every piece: a single text of gigabytes is never collected.
struct Rationed {
    inner: Box<dyn Read + Send>,
    left: Arc<AtomicUsize>,
}

impl Read for Rationed {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(into)?;
        let left = self.left.load(Ordering::Relaxed);
        if count > left {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a single piece of XML is longer than any cell"));
        }
        self.left.store(left - count, Ordering::Relaxed);
        Ok(count)
    }
}
