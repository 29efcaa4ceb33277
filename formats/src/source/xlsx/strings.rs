//! The table of texts that the cells of all sheets share.

use super::xml::{Piece, Xml};
use crate::report::FileError;
use crate::source::Container;

/// Most bytes of shared texts: the one part of a workbook that is in memory as a whole.
const MAX_BYTES: usize = 40 * 1024 * 1024;
/// Most shared texts.
const MAX_TEXTS: usize = 2_000_000;

/// Texts by number, in one arena.
#[derive(Debug, Default)]
pub(super) struct Strings {
    text: String,
    ends: Vec<u32>,
}

impl Strings {
    /// Reads the table. Phonetic readings (`rPh`) are not part of a text.
    pub(super) fn read(xml: &mut Xml) -> Result<Self, FileError> {
        let mut strings = Self::default();
        let (mut in_text, mut phonetic) = (false, 0_u32);
        while let Some(piece) = xml.next()? {
            match piece {
                Piece::Open { name, .. } => match name.as_str() {
                    "t" => in_text = phonetic == 0,
                    "rPh" => phonetic += 1,
                    _ => {}
                },
                Piece::Close(name) => match name.as_str() {
                    "t" => in_text = false,
                    "rPh" => phonetic = phonetic.saturating_sub(1),
                    "si" => strings.ends.push(u32::try_from(strings.text.len()).unwrap_or(u32::MAX)),
                    _ => {}
                },
                Piece::Text(text) if in_text => strings.text.push_str(&text),
                Piece::Text(_) => {}
            }
            if strings.text.len() > MAX_BYTES || strings.ends.len() > MAX_TEXTS {
                return Err(FileError::Bomb { container: Container::Workbook.name(), limit: MAX_BYTES as u64 });
            }
        }
        Ok(strings)
    }

    /// A text by its number.
    pub(super) fn get(&self, number: usize) -> Option<&str> {
        let end = *self.ends.get(number)? as usize;
        let start = number.checked_sub(1).and_then(|before| self.ends.get(before)).map_or(0, |end| *end as usize);
        self.text.get(start..end)
    }
}
