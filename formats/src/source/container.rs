//! Plain, gzip, zip or workbook, recognised by content. Unfolding is bounded from its first bytes on.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::CrcReader;
use flate2::read::{DeflateDecoder, MultiGzDecoder};
use kernel::limits::{ARCHIVE_MEMBERS, EXPANSION_RATIO};
use zip::{CompressionMethod, ZipArchive};

use super::window::Window;
use super::{Input, read_error};
use crate::report::FileError;

/// What even the smallest archive may unfold to, in bytes: below it ratios say nothing.
const ALWAYS_ALLOWED: u64 = 1024 * 1024;

/// How a file is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Container {
    /// Not at all.
    Plain,
    /// gzip, also of several parts.
    Gzip,
    /// zip.
    Zip,
    /// A workbook (XLSX), which is a zip of sheets.
    Workbook,
}

impl Container {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Gzip => "gzip",
            Self::Zip => "zip",
            Self::Workbook => "XLSX",
        }
    }
}

/// The archive unfolded to more than allowed; carries the limit.
#[derive(Debug, thiserror::Error)]
#[error("the archive unfolds to more than {0} bytes")]
pub(super) struct Bomb(pub(super) u64);

/// Begins of files that are certainly no report.
const STRANGERS: &[(&[u8], &str)] = &[
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"GIF8", "a picture (GIF)"),
    (b"\xd0\xcf\x11\xe0", "an old Office document (XLS, DOC): save it as XLSX or CSV"),
    (b"\x7fELF", "a program"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"PAR1", "a Parquet file"),
    (b"SQLite format 3", "a database"),
];

/// What is in a container.
pub(super) enum Opened {
    /// One stream of bytes, or one per member of a zip, in its order.
    Streams(Vec<Stream>),
    /// A workbook.
    Workbook(Archive),
}

/// The bytes of a file or of a member of a zip.
pub(super) struct Stream {
    /// The member; empty where the file is no zip.
    pub(super) name: String,
    /// How it is packed.
    pub(super) container: Container,
    /// Its bytes, unpacked.
    pub(super) bytes: Box<dyn Read + Send>,
}

/// Opens a file by its first bytes.
pub(super) fn open(input: Box<dyn Input>) -> Result<Opened, FileError> {
    let io_error = |source| FileError::Io { line: 0, source };
    let window = Window::whole(input).map_err(io_error)?;
    let magic = window.peek(4).map_err(io_error)?;
    if magic.is_empty() {
        return Err(FileError::Empty);
    }
    let one = |container, bytes| Opened::Streams(vec![Stream { name: String::new(), container, bytes }]);
    match packing(&magic) {
        Container::Plain => Ok(one(Container::Plain, Box::new(window))),
        Container::Gzip => Ok(one(Container::Gzip, gunzip(window))),
        Container::Zip | Container::Workbook => open_zip(window),
    }
}

fn packing(begin: &[u8]) -> Container {
    if begin.starts_with(b"\x1f\x8b") {
        Container::Gzip
    } else if begin.starts_with(b"PK\x03\x04") || begin.starts_with(b"PK\x05\x06") {
        Container::Zip
    } else {
        Container::Plain
    }
}

fn gunzip(window: Window) -> Box<dyn Read + Send> {
    let counter = Counted::new(window);
    let eaten = counter.eaten.clone();
    Box::new(Bounded::new(MultiGzDecoder::new(counter), eaten))
}

/// Refuses what cannot be a report, before anyone tries to find a header in it.
pub(super) fn refuse_strangers(head: &[u8], container: Container) -> Result<(), FileError> {
    let inner = packing(head);
    if inner != Container::Plain {
        return Err(FileError::Nested { outer: container.name(), inner: inner.name() });
    }
    if let Some((_, what)) = STRANGERS.iter().find(|(begin, _)| head.starts_with(begin)) {
        return Err(FileError::NotAReport(what));
    }
    let text: Vec<u8> =
        head.iter().copied().skip_while(u8::is_ascii_whitespace).take(14).map(|b| b.to_ascii_lowercase()).collect();
    if text.starts_with(b"<!doctype html") || text.starts_with(b"<html") {
        return Err(FileError::NotAReport("a web page (was the portal still signed in?)"));
    }
    Ok(())
}

/// The members of a zip.
pub(super) struct Archive {
    window: Window,
    container: Container,
    members: Vec<Member>,
}

/// A member of a zip: where it lies in the file and how.
#[derive(Debug, Clone)]
struct Member {
    name: String,
    start: Option<u64>,
    length: u64,
    crc: u32,
    method: CompressionMethod,
    encrypted: bool,
}

impl Archive {
    fn read(window: Window) -> Result<Self, FileError> {
        let corrupt = |error: zip::result::ZipError| match error {
            zip::result::ZipError::Io(source) => read_error(source, Container::Zip, 0),
            // A zip is read from its end: without a directory there it was cut off.
            zip::result::ZipError::InvalidArchive(_) => {
                FileError::Truncated { container: Container::Zip.name(), line: 0 }
            }
            other => FileError::Corrupt { container: Container::Zip.name(), line: 0, detail: other.to_string() },
        };
        let mut archive = ZipArchive::new(window.clone()).map_err(corrupt)?;
        if archive.len() > ARCHIVE_MEMBERS {
            return Err(FileError::Members { count: archive.len(), members: Vec::new() });
        }
        let mut members = Vec::with_capacity(archive.len());
        for index in 0..archive.len() {
            // A name that is no text is no report's.
            let Some(Ok(name)) = archive.name_for_index(index).map(|name| name.map(|name| name.into_owned())) else {
                continue;
            };
            let member = archive.by_index_raw(index).map_err(corrupt)?;
            members.push(Member {
                name,
                start: member.data_start(),
                length: member.compressed_size(),
                crc: member.crc32(),
                method: member.compression(),
                encrypted: member.encrypted(),
            });
        }
        Ok(Self { window, container: Container::Zip, members })
    }

    /// Whether there is a member of this name. Names of a workbook are compared as its own parts do, without case.
    pub(super) fn has(&self, name: &str) -> bool {
        self.members.iter().any(|member| member.name.eq_ignore_ascii_case(name))
    }

    /// The unpacked bytes of a member.
    pub(super) fn open(&self, name: &str) -> Result<Box<dyn Read + Send>, FileError> {
        match self.members.iter().find(|member| member.name.eq_ignore_ascii_case(name)) {
            Some(member) => self.unpack(member),
            None => Err(FileError::Corrupt {
                container: self.container.name(),
                line: 0,
                detail: format!("its part `{name}` is missing"),
            }),
        }
    }

    fn unpack(&self, member: &Member) -> Result<Box<dyn Read + Send>, FileError> {
        let locked = |reason| FileError::Locked { member: member.name.clone(), reason };
        if member.encrypted {
            return Err(locked("it is encrypted"));
        }
        let start = member.start.ok_or(FileError::Truncated { container: self.container.name(), line: 0 })?;
        let packed = self.window.stretch(start, member.length);
        match member.method {
            CompressionMethod::Stored => Ok(Box::new(Checked::new(packed, member.crc))),
            CompressionMethod::Deflated => {
                let counter = Counted::new(packed);
                let eaten = counter.eaten.clone();
                Ok(Box::new(Checked::new(Bounded::new(DeflateDecoder::new(counter), eaten), member.crc)))
            }
            _ => Err(locked("its compression method is unknown")),
        }
    }
}

fn open_zip(window: Window) -> Result<Opened, FileError> {
    let mut archive = Archive::read(window)?;
    if archive.has("[Content_Types].xml") {
        if archive.has("xl/workbook.xml") {
            archive.container = Container::Workbook;
            return Ok(Opened::Workbook(archive));
        }
        return Err(FileError::NotAReport("an Office document (DOCX, PPTX, XLSB)"));
    }
    let files: Vec<&Member> = archive
        .members
        .iter()
        .filter(|member| {
            let name = &member.name;
            !name.ends_with('/') && !name.starts_with("__MACOSX/") && !name.ends_with(".DS_Store")
        })
        .collect();
    if files.is_empty() {
        return Err(FileError::Members { count: 0, members: Vec::new() });
    }
    let open = |member: &&Member| {
        let bytes = archive.unpack(member)?;
        Ok(Stream { name: member.name.clone(), container: Container::Zip, bytes })
    };
    files.iter().map(open).collect::<Result<_, _>>().map(Opened::Streams)
}

/// Counts what is read.
struct Counted<R> {
    inner: R,
    eaten: Arc<AtomicU64>,
}

impl<R> Counted<R> {
    fn new(inner: R) -> Self {
        Self { inner, eaten: Arc::new(AtomicU64::new(0)) }
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(into)?;
        self.eaten.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// Stops unfolding where it yields far more than was put in. What was put in *so far* counts: a bomb of a gigabyte is
/// recognised in its second megabyte.
struct Bounded<R> {
    inner: R,
    eaten: Arc<AtomicU64>,
    yielded: u64,
}

impl<R> Bounded<R> {
    const fn new(inner: R, eaten: Arc<AtomicU64>) -> Self {
        Self { inner, eaten, yielded: 0 }
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(into)?;
        self.yielded += count as u64;
        let limit = self.eaten.load(Ordering::Relaxed).saturating_mul(EXPANSION_RATIO).max(ALWAYS_ALLOWED);
        if self.yielded > limit { Err(io::Error::other(Bomb(limit))) } else { Ok(count) }
    }
}

/// Compares the check sum at the end, as gzip does by itself.
struct Checked<R> {
    inner: CrcReader<R>,
    crc: u32,
}

impl<R: Read> Checked<R> {
    fn new(inner: R, crc: u32) -> Self {
        Self { inner: CrcReader::new(inner), crc }
    }
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(into)?;
        if count == 0 && !into.is_empty() && self.inner.crc().sum() != self.crc {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the check sum does not fit the content"));
        }
        Ok(count)
    }
}
