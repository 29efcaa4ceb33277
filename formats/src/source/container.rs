//! Plain, gzip, or zip with one member, recognised by content. Unfolding is bounded.

use std::io::{self, Read, Seek, SeekFrom};

use flate2::CrcReader;
use flate2::read::{DeflateDecoder, MultiGzDecoder};
use kernel::limits::EXPANSION_RATIO;
use zip::{CompressionMethod, ZipArchive};

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
    /// zip with one member.
    Zip,
}

impl Container {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Gzip => "gzip",
            Self::Zip => "zip",
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
    (b"\xd0\xcf\x11\xe0", "an old Office document"),
    (b"\x7fELF", "a program"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"PAR1", "a Parquet file"),
    (b"SQLite format 3", "a database"),
];

/// Opens a file by its first bytes.
pub(super) fn open(mut input: Box<dyn Input>) -> Result<(Box<dyn Read + Send>, Container), FileError> {
    let io_error = |source| FileError::Io { line: 0, source };
    let packed = input.seek(SeekFrom::End(0)).map_err(io_error)?;
    input.rewind().map_err(io_error)?;
    let mut magic = Vec::with_capacity(4);
    input.by_ref().take(4).read_to_end(&mut magic).map_err(io_error)?;
    input.rewind().map_err(io_error)?;
    if magic.is_empty() {
        return Err(FileError::Empty);
    }
    let limit = packed.saturating_mul(EXPANSION_RATIO).max(ALWAYS_ALLOWED);
    match packing(&magic) {
        Container::Plain => Ok((Box::new(input), Container::Plain)),
        Container::Gzip => Ok((Box::new(Bounded::new(MultiGzDecoder::new(input), limit)), Container::Gzip)),
        Container::Zip => Ok((open_zip(input, limit)?, Container::Zip)),
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

/// The one member of a zip, read straight from its place in the file.
fn open_zip(input: Box<dyn Input>, limit: u64) -> Result<Box<dyn Read + Send>, FileError> {
    let corrupt = |error: zip::result::ZipError| match error {
        zip::result::ZipError::Io(source) => read_error(source, Container::Zip, 0),
        // A zip is read from its end: without a directory there it was cut off.
        zip::result::ZipError::InvalidArchive(_) => FileError::Truncated { container: Container::Zip.name(), line: 0 },
        other => FileError::Corrupt { container: Container::Zip.name(), line: 0, detail: other.to_string() },
    };
    let mut archive = ZipArchive::new(input).map_err(corrupt)?;
    let members: Vec<(usize, String)> = (0..archive.len())
        .filter_map(|index| archive.name_for_index(index)?.ok().map(|name| (index, name.into_owned())))
        .filter(|(_, name)| !name.ends_with('/') && !name.starts_with("__MACOSX/") && !name.ends_with(".DS_Store"))
        .collect();
    if members.iter().any(|(_, name)| name == "[Content_Types].xml") {
        return Err(FileError::NotAReport("an Office document (XLSX, DOCX)"));
    }
    let [(index, name)] = members.as_slice() else {
        return Err(FileError::Members { members: members.into_iter().take(20).map(|(_, name)| name).collect() });
    };
    let (start, length, crc, method) = {
        let member = archive.by_index_raw(*index).map_err(corrupt)?;
        if member.encrypted() {
            return Err(FileError::Locked { member: name.clone(), reason: "it is encrypted" });
        }
        let start = member.data_start().ok_or(FileError::Truncated { container: Container::Zip.name(), line: 0 })?;
        (start, member.compressed_size(), member.crc32(), member.compression())
    };
    let name = name.clone();
    let mut input = archive.into_inner();
    input.seek(SeekFrom::Start(start)).map_err(|source| FileError::Io { line: 0, source })?;
    let packed = input.take(length);
    match method {
        CompressionMethod::Stored => Ok(Box::new(Checked::new(packed, crc))),
        CompressionMethod::Deflated => {
            Ok(Box::new(Checked::new(Bounded::new(DeflateDecoder::new(packed), limit), crc)))
        }
        _ => Err(FileError::Locked { member: name, reason: "its compression method is unknown" }),
    }
}

/// Stops unfolding at a limit.
struct Bounded<R> {
    inner: R,
    left: u64,
    limit: u64,
}

impl<R> Bounded<R> {
    const fn new(inner: R, limit: u64) -> Self {
        Self { inner, left: limit, limit }
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(into)?;
        self.left = self.left.checked_sub(count as u64).ok_or_else(|| io::Error::other(Bomb(self.limit)))?;
        Ok(count)
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
