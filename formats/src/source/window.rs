//! One file, read from several places at once: members of an archive share it, each with its own position.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::{Arc, Mutex, PoisonError};

use super::Input;

/// A stretch of a file. Clones read on their own.
#[derive(Clone)]
pub(super) struct Window {
    file: Arc<Mutex<Box<dyn Input>>>,
    start: u64,
    length: u64,
    at: u64,
}

impl Window {
    /// The whole of a file.
    pub(super) fn whole(mut file: Box<dyn Input>) -> io::Result<Self> {
        let length = file.seek(SeekFrom::End(0))?;
        Ok(Self { file: Arc::new(Mutex::new(file)), start: 0, length, at: 0 })
    }

    /// A stretch of this one, from its beginning.
    pub(super) fn stretch(&self, start: u64, length: u64) -> Self {
        let start = start.min(self.length);
        Self { file: self.file.clone(), start: self.start + start, length: length.min(self.length - start), at: 0 }
    }

    /// Its first bytes; the position does not move.
    pub(super) fn peek(&self, count: u64) -> io::Result<Vec<u8>> {
        let mut begin = Vec::new();
        self.stretch(0, count).read_to_end(&mut begin)?;
        Ok(begin)
    }
}

impl Read for Window {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.length.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let wanted = into.len().min(left);
        let Some(into) = into.get_mut(..wanted).filter(|into| !into.is_empty()) else { return Ok(0) };
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(self.start + self.at))?;
        let count = file.read(into)?;
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for Window {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(offset) => self.length.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.at.checked_add_signed(offset),
        };
        self.at = at.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "before the beginning of the file"))?;
        Ok(self.at)
    }
}
