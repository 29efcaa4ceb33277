//! A bundle of lines with one arena for their texts: no allocation per line, and it can move to another thread.

use std::ops::Deref;
use std::sync::Arc;

use kernel::currency::Currency;

use super::error::Problem;
use super::line::Line;
use super::repair::Mended;
use crate::value::Exact;

/// A place in the arena.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Span {
    start: u32,
    end: u32,
}

/// A row that could not be read. Nothing of it is lost.
#[derive(Debug, Clone)]
pub struct BadRow {
    /// Physical line of the file it begins on.
    pub line_no: u64,
    /// The row, verbatim.
    pub raw: String,
    /// Everything that is wrong with it.
    pub problems: Vec<Problem>,
    /// Its amount, where that could be read.
    pub amount: Option<(Exact, Currency)>,
}

/// A row of the table that is not revenue.
#[derive(Debug, Clone)]
pub struct SkippedRow {
    /// Physical line of the file it begins on.
    pub line_no: u64,
    /// The row, verbatim.
    pub raw: String,
    /// Why it was skipped.
    pub reason: Arc<str>,
    /// Its amount, where it has one.
    pub amount: Option<(Exact, Currency)>,
}

/// Lines, skipped rows and bad rows of a stretch of a file, each in the order of the file.
#[derive(Debug)]
pub struct Batch {
    text: String,
    lines: Vec<Line<Span>>,
    metadata: Vec<Span>,
    names: Arc<[String]>,
    last: Vec<Span>,
    /// Rows that are not revenue.
    pub skipped: Vec<SkippedRow>,
    /// Rows that could not be read.
    pub bad: Vec<BadRow>,
    /// Rows among the lines that could not be read as they stand and were mended.
    pub mended: Vec<Mended>,
}

impl Batch {
    pub(super) fn new(names: Arc<[String]>) -> Self {
        Self {
            text: String::new(),
            lines: Vec::new(),
            metadata: Vec::new(),
            last: vec![Span::default(); Line::<Span>::TEXTS + names.len()],
            names,
            skipped: Vec::new(),
            bad: Vec::new(),
            mended: Vec::new(),
        }
    }

    /// Number of lines.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there are no lines.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Rows of the file it covers: lines, skipped, bad.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.lines.len() + self.skipped.len() + self.bad.len()
    }

    /// Bytes of text held.
    pub(super) const fn text_bytes(&self) -> usize {
        self.text.len()
    }

    /// One line.
    #[must_use]
    pub fn line(&self, index: usize) -> Option<ReportLine<'_>> {
        let stored = self.lines.get(index)?;
        let width = self.names.len();
        let spans = self.metadata.get(index * width..(index + 1) * width)?;
        Some(ReportLine { line: stored.map(|_, span| self.read(*span)), batch: self, spans })
    }

    /// All lines.
    pub fn lines(&self) -> impl ExactSizeIterator<Item = ReportLine<'_>> {
        let width = self.names.len();
        self.lines.iter().enumerate().map(move |(index, stored)| ReportLine {
            line: stored.map(|_, span| self.read(*span)),
            batch: self,
            spans: self.metadata.get(index * width..(index + 1) * width).unwrap_or_default(),
        })
    }

    /// Names of the metadata of its lines.
    #[must_use]
    pub fn metadata_names(&self) -> &[String] {
        &self.names
    }

    pub(super) fn push<'a>(&mut self, line: &Line<&'a str>, metadata: impl Iterator<Item = &'a str>) {
        let stored = line.map(|slot, text| self.hold(slot, text));
        self.lines.push(stored);
        for (index, text) in metadata.enumerate() {
            let span = self.hold(Line::<Span>::TEXTS + index, text);
            self.metadata.push(span);
        }
    }

    /// Puts a text into the arena. What repeats from row to row (platform, artist, label) is held once.
    #[allow(clippy::cast_possible_truncation, reason = "the reader ends a batch long before 4 GiB of text")]
    fn hold(&mut self, slot: usize, text: &str) -> Span {
        if let Some(last) = self.last.get(slot).copied()
            && self.read(last) == text
        {
            return last;
        }
        let span = Span { start: self.text.len() as u32, end: (self.text.len() + text.len()) as u32 };
        self.text.push_str(text);
        if let Some(last) = self.last.get_mut(slot) {
            *last = span;
        }
        span
    }

    fn read(&self, span: Span) -> &str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or_default()
    }
}

/// A line of a batch. Its fields are those of [`Line`].
#[derive(Debug, Clone)]
pub struct ReportLine<'a> {
    line: Line<&'a str>,
    batch: &'a Batch,
    spans: &'a [Span],
}

impl<'a> Deref for ReportLine<'a> {
    type Target = Line<&'a str>;

    fn deref(&self) -> &Self::Target {
        &self.line
    }
}

impl<'a> ReportLine<'a> {
    /// Further columns of the row that are worth keeping and are not empty: our name and the text.
    pub fn metadata(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        let batch = self.batch;
        batch
            .names
            .iter()
            .zip(self.spans)
            .map(move |(name, span)| (name.as_str(), batch.read(*span)))
            .filter(|(_, text)| !text.is_empty())
    }

    /// Appends the metadata as a JSON object, keys in order; `{}` when there is none.
    pub fn write_metadata_json(&self, out: &mut String) {
        out.push('{');
        for (index, (name, text)) in self.metadata().enumerate() {
            if index > 0 {
                out.push(',');
            }
            write_json_text(out, name);
            out.push(':');
            write_json_text(out, text);
        }
        out.push('}');
    }
}

/// A JSON string. Most texts need no escape and are copied whole.
fn write_json_text(out: &mut String, text: &str) {
    out.push('"');
    let mut plain = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escape: &str = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            0..0x20 => "",
            _ => continue,
        };
        out.push_str(text.get(plain..at).unwrap_or_default());
        if escape.is_empty() {
            const HEX: &[u8; 16] = b"0123456789abcdef";
            out.push_str("\\u00");
            out.push(char::from(HEX[usize::from(byte >> 4)]));
            out.push(char::from(HEX[usize::from(byte & 15)]));
        } else {
            out.push_str(escape);
        }
        plain = at + 1;
    }
    out.push_str(text.get(plain..).unwrap_or_default());
    out.push('"');
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::write_json_text;

    #[test]
    fn json_texts_are_what_serde_writes() {
        for text in ["", "plain", "DJ \"Quill\" Ames", "a\\b\n\r\t\u{1}\u{1f}", "夜の地図", "é\"é"] {
            let mut ours = String::new();
            write_json_text(&mut ours, text);
            assert_eq!(serde_json::from_str::<String>(&ours).unwrap(), text, "{ours}");
        }
    }
}
