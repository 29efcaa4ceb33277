//! What a layout would make of a file, before anything is booked.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use crate::layout::Layout;
use crate::report::{FileError, Reader, ReportLine, Supplied};
use crate::source::Input;

/// Lines shown.
const LINES: usize = 50;
/// Problems shown.
const PROBLEMS: usize = 50;

/// A line as it would be booked.
#[derive(Debug, Clone, Serialize)]
pub struct PreviewLine {
    /// Line of the file.
    pub line: u64,
    /// The service.
    pub platform: String,
    /// What the money was earned with.
    pub revenue_type: String,
    /// ISRC; a damaged one as it stands.
    pub isrc: Option<String>,
    /// UPC; a damaged one as it stands.
    pub upc: Option<String>,
    /// ISWC; a damaged one as it stands.
    pub iswc: Option<String>,
    /// Title.
    pub title: Option<String>,
    /// Artist.
    pub artist: Option<String>,
    /// Territory code, or the text that is none.
    pub territory: Option<String>,
    /// First day of the sale period.
    pub sale_from: String,
    /// Last day of the sale period.
    pub sale_to: String,
    /// Units.
    pub units: i64,
    /// Net amount.
    pub amount: String,
    /// Its currency.
    pub currency: String,
}

/// What a layout makes of a file.
#[derive(Debug, Clone, Serialize)]
pub struct Preview {
    /// The first fifty lines.
    pub lines: Vec<PreviewLine>,
    /// Rows of the file.
    pub rows: u64,
    /// Rows that became lines.
    pub line_count: u64,
    /// Rows that are no revenue.
    pub skipped: u64,
    /// Rows that could not be read.
    pub bad: u64,
    /// Units of the lines.
    pub units: i128,
    /// Net amounts of the lines by currency, with every decimal.
    pub amounts: BTreeMap<String, String>,
    /// The first problems: line, column, sentence.
    pub problems: Vec<(u64, String, String)>,
}

/// Reads a whole file by a layout; nothing is kept of it but its beginning and its totals.
///
/// # Errors
/// [`FileError`] where the file cannot be read by the layout at all.
pub fn preview(
    layout: &Arc<Layout>,
    file_name: &str,
    input: impl Input + 'static,
    supplied: Supplied,
) -> Result<Preview, FileError> {
    let mut reader = Reader::open(layout, file_name, input, supplied)?;
    let (mut lines, mut problems) = (Vec::new(), Vec::new());
    while let Some(batch) = reader.next_batch(8_192)? {
        lines.extend(batch.lines().take(LINES - lines.len()).map(|line| shown(&line)));
        for row in batch.bad.iter().take(PROBLEMS - problems.len()) {
            if let Some(problem) = row.problems.first() {
                problems.push((row.line_no, problem.column.clone(), problem.message.clone()));
            }
        }
    }
    let totals = reader.totals();
    Ok(Preview {
        lines,
        rows: totals.rows,
        line_count: totals.lines,
        skipped: totals.skipped.values().map(|rows| rows.rows).sum(),
        bad: totals.bad.rows,
        units: totals.units,
        amounts: totals
            .amounts
            .iter()
            .map(|total| (total.currency.code().to_owned(), total.exact.to_string()))
            .collect(),
        problems,
    })
}

fn shown(line: &ReportLine<'_>) -> PreviewLine {
    fn code<C: ToString + Copy>(code: &crate::report::Coded<C, &str>) -> Option<String> {
        code.valid().map(|code| code.to_string()).or_else(|| code.damaged().map(|text| (*text).to_owned()))
    }
    PreviewLine {
        line: line.line_no,
        platform: line.platform.to_owned(),
        revenue_type: line.revenue_type.as_str().to_owned(),
        isrc: code(&line.isrc),
        upc: code(&line.upc),
        iswc: code(&line.iswc),
        title: line.title.map(str::to_owned),
        artist: line.artist.map(str::to_owned),
        territory: line
            .territory
            .valid()
            .map(|territory| territory.code().to_owned())
            .or_else(|| line.territory.damaged().map(|text| (*text).to_owned())),
        sale_from: line.sale_from.to_string(),
        sale_to: line.sale_to.to_string(),
        units: line.units,
        amount: line.amount.to_string(),
        currency: line.currency.code().to_owned(),
    }
}
