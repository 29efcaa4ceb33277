//! XML as messages have it: elements, text and line numbers, whatever the namespace prefix. Nothing is ever expanded,
//! nothing of unknown size is ever collected.

use std::io::{self, BufRead, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::payments::problem::{Problem, Problems};

/// Bytes of a single piece: a tag, a text.
const PIECE: usize = 1 << 20;
/// Elements of one part that is taken whole.
const ELEMENTS: usize = 20_000;
/// Elements within elements.
const DEPTH: usize = 64;

/// An element with all that is in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) name: Box<str>,
    /// The currency attribute, the only one that messages of banks use.
    pub(super) currency: Box<str>,
    /// The other attributes, without prefixes.
    pub(super) attributes: Vec<(Box<str>, Box<str>)>,
    pub(super) text: String,
    pub(super) line: u64,
    pub(super) children: Vec<Self>,
}

impl Node {
    /// The first child of a name.
    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| &*child.name == name)
    }

    /// All children of a name.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| &*child.name == name)
    }

    /// The element at the end of a path.
    pub(super) fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |node, name| node.child(name))
    }

    /// The text at the end of a path; empty when there is none.
    pub(super) fn text_at(&self, path: &[&str]) -> &str {
        self.at(path).map_or("", |node| node.text.trim())
    }

    /// An attribute; empty without it.
    pub(super) fn attribute(&self, name: &str) -> &str {
        self.attributes.iter().find(|(own, _)| &**own == name).map_or("", |(_, value)| value)
    }

    /// The first text that one of the paths leads to.
    pub(super) fn first_text(&self, paths: &[&[&str]]) -> &str {
        paths.iter().map(|path| self.text_at(path)).find(|text| !text.is_empty()).unwrap_or_default()
    }
}

/// A piece of a message.
#[derive(Debug)]
pub(super) enum Piece {
    /// An element opens: name, currency attribute, the message named by its namespace.
    Open { name: Box<str>, currency: Box<str>, attributes: Vec<(Box<str>, Box<str>)>, message: Option<String> },
    /// An element closes.
    Close,
    /// Text.
    Text(String),
    /// The end.
    End,
}

/// Reads a message piece by piece.
pub(super) struct Xml<R: Read> {
    reader: Reader<BufReader<Rationed<Decoded<R>>>>,
    buffer: Vec<u8>,
    ration: Arc<AtomicUsize>,
    /// The line of the piece that was read last.
    pub(super) line: u64,
    after: u64,
    depth: usize,
    is_closing: bool,
}

/// Why reading stops.
#[derive(Debug)]
pub(super) enum Broken {
    /// The source failed.
    Io(io::Error),
    /// The text is no XML that is read.
    Xml(Problem),
}

impl Broken {
    /// Puts a fault of the text with the others; that the source failed stays an error.
    ///
    /// # Errors
    /// The source's.
    pub(super) fn collected(outcome: Result<(), Self>, problems: &mut Problems) -> io::Result<()> {
        match outcome {
            Err(Self::Io(error)) => return Err(error),
            Err(Self::Xml(problem)) => problems.push(problem),
            Ok(()) => {}
        }
        Ok(())
    }
}

impl<R: BufRead> Xml<R> {
    /// Goes on to the next element that is a root of a message, and notes the kind of message where it is told; `false`
    /// at the end of the text.
    pub(super) fn root(&mut self, kind: &mut String, is_root: impl Fn(&str) -> bool) -> Result<bool, Broken> {
        loop {
            match self.next()? {
                Piece::Open { name, message, .. } => {
                    if let Some(message) = message.filter(|_| kind.is_empty()) {
                        *kind = message;
                    }
                    if is_root(&name) {
                        return Ok(true);
                    }
                }
                Piece::End => return Ok(false),
                Piece::Close | Piece::Text(_) => {}
            }
        }
    }

    pub(super) fn new(source: R) -> io::Result<Self> {
        let ration = Arc::new(AtomicUsize::new(PIECE));
        let rationed = Rationed { inner: Decoded::new(source)?, left: ration.clone() };
        let mut reader = Reader::from_reader(BufReader::with_capacity(1 << 16, rationed));
        reader.config_mut().check_end_names = true;
        Ok(Self { reader, buffer: Vec::new(), ration, line: 1, after: 1, depth: 0, is_closing: false })
    }

    fn broken(&self, code: &'static str, message: impl Into<String>) -> Broken {
        Broken::Xml(Problem::new(code, message).at_line(self.line))
    }

    /// The next piece.
    pub(super) fn next(&mut self) -> Result<Piece, Broken> {
        if self.is_closing {
            self.is_closing = false;
            self.depth -= 1;
            return Ok(Piece::Close);
        }
        loop {
            self.buffer.clear();
            self.ration.store(PIECE, Ordering::Relaxed);
            self.line = self.after;
            let piece = match self.reader.read_event_into(&mut self.buffer) {
                Ok(Event::Start(start)) => open(&start).map(Some),
                Ok(Event::Empty(start)) => {
                    self.is_closing = true;
                    open(&start).map(Some)
                }
                Ok(Event::End(_)) => Ok(Some(Piece::Close)),
                Ok(Event::Text(text)) => Ok(Some(Piece::Text(text.xml10_content().into_owned()))),
                Ok(Event::CData(text)) => Ok(Some(Piece::Text(text.xml10_content().into_owned()))),
                Ok(Event::GeneralRef(reference)) => {
                    let named = match &*reference {
                        "lt" => Some('<'),
                        "gt" => Some('>'),
                        "amp" => Some('&'),
                        "apos" => Some('\''),
                        "quot" => Some('"'),
                        _ => reference.resolve_char_ref().ok().flatten(),
                    };
                    named.map(|letter| Some(Piece::Text(letter.to_string()))).ok_or_else(|| {
                        (
                            "XML_ENTITY",
                            format!("The entity `&{};` is not one of XML itself and is not expanded.", &*reference),
                        )
                    })
                }
                Ok(Event::DocType(_)) => Err((
                    "XML_DOCTYPE",
                    "A document type is declared. Bank messages have none: who sent this?".to_owned(),
                )),
                Ok(Event::Eof) => Ok(Some(Piece::End)),
                Ok(Event::Comment(_) | Event::Decl(_) | Event::PI(_)) => Ok(None),
                Err(quick_xml::Error::Io(error)) if error.kind() == io::ErrorKind::FileTooLarge => {
                    Err(("XML_TOO_LONG", "A single text or tag is longer than a million bytes.".to_owned()))
                }
                Err(quick_xml::Error::Io(error)) => {
                    return Err(Broken::Io(io::Error::new(error.kind(), error.to_string())));
                }
                Err(error) => Err(("XML_DAMAGED", format!("This is no well-formed XML: {error}."))),
            };
            self.after += self.buffer.iter().filter(|byte| **byte == b'\n').count() as u64;
            match piece {
                Err((code, message)) => return Err(self.broken(code, message)),
                Ok(None) => {}
                Ok(Some(piece)) => {
                    match piece {
                        Piece::Open { .. } => self.depth += 1,
                        Piece::Close => self.depth = self.depth.saturating_sub(1),
                        Piece::End if self.depth > 0 => {
                            return Err(self.broken("XML_CUT_OFF", "The message breaks off: get it again."));
                        }
                        Piece::Text(_) | Piece::End => {}
                    }
                    if self.depth > DEPTH {
                        return Err(self.broken("XML_DEPTH", format!("Elements are nested more than {DEPTH} deep.")));
                    }
                    return Ok(piece);
                }
            }
        }
    }

    /// Takes an element whole that has just opened.
    pub(super) fn take(&mut self, name: Box<str>, currency: Box<str>) -> Result<Node, Broken> {
        let mut stack = vec![Node { name, currency, line: self.line, ..Node::default() }];
        let mut count = 0;
        loop {
            match self.next()? {
                Piece::Open { name, currency, attributes, .. } => {
                    count += 1;
                    if count > ELEMENTS {
                        return Err(
                            self.broken("XML_TOO_LARGE", format!("One entry has more than {ELEMENTS} elements."))
                        );
                    }
                    stack.push(Node { name, currency, attributes, line: self.line, ..Node::default() });
                }
                Piece::Text(text) => {
                    if let Some(node) = stack.last_mut() {
                        node.text.push_str(&text);
                    }
                }
                Piece::Close => {
                    let Some(mut node) = stack.pop() else { return Ok(Node::default()) };
                    if !node.children.is_empty() {
                        // Line ends between elements.
                        node.text = String::new();
                    }
                    match stack.last_mut() {
                        Some(parent) => parent.children.push(node),
                        None => return Ok(node),
                    }
                }
                Piece::End => return Err(self.broken("XML_CUT_OFF", "The message breaks off: get it again.")),
            }
        }
    }
}

fn open(start: &BytesStart<'_>) -> Result<Piece, (&'static str, String)> {
    let mut currency = Box::default();
    let mut message = None;
    let mut attributes = Vec::new();
    for attribute in start.attributes().with_checks(false) {
        let attribute = attribute.map_err(|error| ("XML_DAMAGED", format!("This is no well-formed XML: {error}.")))?;
        let key = attribute.key.into_inner();
        if key == "Ccy" {
            currency = attribute.value.as_ref().into();
        } else if key == "xmlns" || key.starts_with("xmlns:") {
            message = message.or_else(|| message_name(&attribute.value));
        } else {
            let value = attribute
                .normalized_value(quick_xml::XmlVersion::Implicit1_0)
                .map_err(|error| ("XML_ENTITY", format!("An attribute holds what is not expanded: {error}.")))?;
            attributes.push((attribute.key.local_name().into_inner().into(), value.into()));
        }
    }
    Ok(Piece::Open { name: start.local_name().into_inner().into(), currency, attributes, message })
}

/// `camt.053.001.08` out of a namespace of ISO or of a country's banks.
fn message_name(namespace: &str) -> Option<String> {
    let start = ["camt.", "pain."].iter().find_map(|kind| namespace.find(kind))?;
    let name = namespace[start..].trim_end_matches(".xsd");
    let end = name.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '.').unwrap_or(name.len());
    Some(name[..end].to_owned())
}

/// Yields no more than a ration, renewed for every piece: a text of gigabytes is never collected.
pub(super) struct Rationed<R> {
    inner: R,
    left: Arc<AtomicUsize>,
}

impl<R: Read> Read for Rationed<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let left = self.left.load(Ordering::Relaxed);
        if left == 0 {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "a single piece of XML is too long"));
        }
        let room = into.len().min(left);
        let count = self.inner.read(&mut into[..room])?;
        self.left.store(left - count, Ordering::Relaxed);
        Ok(count)
    }
}

/// The source in UTF-8, whatever its declaration or byte order mark says.
pub(super) struct Decoded<R> {
    inner: R,
    /// `None` for UTF-8, which passes as it is.
    decoder: Option<encoding_rs::Decoder>,
    raw: Vec<u8>,
    ready: Vec<u8>,
    sent: usize,
    is_over: bool,
}

impl<R: BufRead> Decoded<R> {
    fn new(mut inner: R) -> io::Result<Self> {
        let head = inner.fill_buf()?;
        let head = &head[..head.len().min(256)];
        let mut skip = 0;
        let encoding = if let Some((encoding, length)) = encoding_rs::Encoding::for_bom(head) {
            skip = length;
            encoding
        } else {
            let declared = std::str::from_utf8(&head[..head.iter().position(|byte| *byte == b'>').unwrap_or(0)])
                .ok()
                .and_then(|text| text.split_once("encoding="))
                .and_then(|(_, rest)| rest.get(1..)?.split(['"', '\'']).next());
            match declared.map(str::to_owned) {
                Some(label) => encoding_rs::Encoding::for_label(label.as_bytes()).unwrap_or(encoding_rs::UTF_8),
                None if head.starts_with(b"<\0") => encoding_rs::UTF_16LE,
                None if head.starts_with(b"\0<") => encoding_rs::UTF_16BE,
                None => encoding_rs::UTF_8,
            }
        };
        inner.consume(skip);
        let decoder = (encoding != encoding_rs::UTF_8).then(|| encoding.new_decoder_without_bom_handling());
        Ok(Self { inner, decoder, raw: vec![0; 8_192], ready: Vec::new(), sent: 0, is_over: false })
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let Some(decoder) = &mut self.decoder else { return self.inner.read(into) };
        while self.sent == self.ready.len() {
            if self.is_over {
                return Ok(0);
            }
            let count = self.inner.read(&mut self.raw)?;
            self.is_over = count == 0;
            let mut text = String::with_capacity(4 * count + 16);
            let _ = decoder.decode_to_string(&self.raw[..count], &mut text, self.is_over);
            self.ready = text.into_bytes();
            self.sent = 0;
        }
        let count = into.len().min(self.ready.len() - self.sent);
        into[..count].copy_from_slice(&self.ready[self.sent..self.sent + count]);
        self.sent += count;
        Ok(count)
    }
}
