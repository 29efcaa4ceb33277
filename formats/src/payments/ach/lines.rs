//! Cuts a file into records: lines of 94 columns, or one endless line of them.

use std::io::{self, BufRead};

use super::record::COLUMNS;

/// Bytes of a line that are looked at; more is no record.
const LONGEST: usize = 4_096;

/// One record of the file as 94 ASCII columns.
#[derive(Debug)]
pub(super) struct Cut {
    /// Physical line, or record in a file without lines, from 1.
    pub(super) line: u64,
    /// Exactly 94 columns; characters outside ASCII became `?`.
    pub(super) text: String,
    /// Columns it had, when not 94.
    pub(super) length: Option<usize>,
    /// The column of the first character outside ASCII, from 1.
    pub(super) strange: Option<u16>,
}

/// Reads records one by one.
pub(super) struct Lines<R> {
    source: R,
    line: u64,
    /// Whether there are line ends; known from the first record on.
    endless: Option<bool>,
    buffer: Vec<u8>,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(source: R) -> Self {
        Self { source, line: 0, endless: None, buffer: Vec::with_capacity(256) }
    }

    /// The next record that is not blank; `None` at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Cut>> {
        loop {
            self.buffer.clear();
            let found = if self.endless == Some(true) { self.fixed()? } else { self.line()? };
            if !found {
                return Ok(None);
            }
            self.line += 1;
            let bytes: &[u8] = match self.line {
                1 => self.buffer.strip_prefix(b"\xef\xbb\xbf".as_slice()).unwrap_or(&self.buffer),
                _ => &self.buffer,
            };
            if bytes.iter().all(|byte| byte.is_ascii_whitespace() || matches!(byte, 0 | 0x1a)) {
                continue;
            }
            return Ok(Some(cut(bytes, self.line)));
        }
    }

    /// One record of a file without line ends.
    fn fixed(&mut self) -> io::Result<bool> {
        while self.buffer.len() < COLUMNS {
            let chunk = self.source.fill_buf()?;
            if chunk.is_empty() {
                break;
            }
            let take = chunk.len().min(COLUMNS - self.buffer.len());
            let before = self.buffer.len();
            // Line ends between blocks are no columns.
            self.buffer.extend(chunk[..take].iter().filter(|byte| !matches!(byte, b'\r' | b'\n')));
            debug_assert!(self.buffer.len() <= before + take);
            self.source.consume(take);
        }
        Ok(!self.buffer.is_empty())
    }

    /// One line; decides at the first record whether the file has lines at all.
    fn line(&mut self) -> io::Result<bool> {
        loop {
            let chunk = self.source.fill_buf()?;
            if chunk.is_empty() {
                return Ok(!self.buffer.is_empty());
            }
            let end = memchr::memchr2(b'\n', b'\r', chunk);
            let bom = if self.buffer.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
            if self.endless.is_none() && end.is_none_or(|end| end + self.buffer.len() > COLUMNS + bom) {
                let mut start = self.buffer.clone();
                start.extend(chunk.iter().take(COLUMNS + 4));
                let bom = if start.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
                // A record type where the second record would begin: records without line ends.
                if start.get(COLUMNS + bom).is_some_and(|byte| matches!(byte, b'5'..=b'9')) {
                    self.endless = Some(true);
                    let take = COLUMNS + bom - self.buffer.len();
                    self.buffer.extend(&chunk[..take]);
                    self.source.consume(take);
                    return Ok(true);
                }
            }
            let take = end.unwrap_or(chunk.len());
            let room = LONGEST.saturating_sub(self.buffer.len());
            self.buffer.extend(&chunk[..take.min(room)]);
            let Some(end) = end else {
                self.source.consume(take);
                continue;
            };
            let carriage = chunk[end] == b'\r';
            self.source.consume(end + 1);
            if carriage && self.source.fill_buf()?.first() == Some(&b'\n') {
                self.source.consume(1);
            }
            self.endless = Some(false);
            return Ok(true);
        }
    }
}

fn cut(bytes: &[u8], line: u64) -> Cut {
    // Outside ASCII the rules know nothing; by characters where the bytes are UTF-8, else byte by byte.
    let mut text: String = match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
    };
    let mut strange = None;
    if !text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
        let mut plain = String::with_capacity(text.len());
        for (letter, column) in text.chars().zip(1_u16..) {
            if letter == ' ' || letter.is_ascii_graphic() {
                plain.push(letter);
            } else {
                strange = strange.or(Some(column));
                plain.push('?');
            }
        }
        text = plain;
    }
    let mut length = text.len();
    if length > COLUMNS {
        // Blanks behind a record are no columns.
        length = text.trim_end().len().max(COLUMNS);
        text.truncate(COLUMNS);
    }
    text.extend(std::iter::repeat_n(' ', COLUMNS - text.len()));
    Cut { line, text, length: (length != COLUMNS).then_some(length), strange }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8]) -> Vec<Cut> {
        // A small buffer, so that records cross its edges.
        let mut lines = Lines::new(io::BufReader::with_capacity(7, bytes));
        std::iter::from_fn(|| lines.next().unwrap()).collect()
    }

    #[test]
    fn lines_and_endless_lines_give_the_same_records() {
        let records: Vec<String> = ["1", "5", "6", "8", "9"].iter().map(|kind| format!("{kind:<94}")).collect();
        for text in [
            records.join("\n"),
            records.join("\r\n") + "\r\n",
            records.join("\r"),
            format!("\u{feff}{}\n\n  \n\u{1a}", records.join("\n")),
            records.concat(),
            format!("\u{feff}{}", records.concat()),
            records.iter().map(|record| record.trim_end().to_owned()).collect::<Vec<_>>().join("\n"),
        ] {
            let found = all(text.as_bytes());
            let texts: Vec<&str> = found.iter().map(|cut| cut.text.as_str()).collect();
            assert_eq!(texts, records, "{text:?}");
        }
    }

    #[test]
    fn what_is_too_long_or_strange_is_seen() {
        let found = all(format!("6{}XY\n6\u{e9}\n", " ".repeat(93)).as_bytes());
        assert_eq!((found[0].length, found[0].strange), (Some(96), None));
        assert_eq!((found[1].length, found[1].strange), (Some(2), Some(2)));
        assert!(found[1].text.starts_with("6? "));
        let blanks = all(format!("6{}\n", " ".repeat(130)).as_bytes());
        assert_eq!(blanks[0].length, None);
    }
}
