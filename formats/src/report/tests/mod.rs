//! Every layout read from fixtures of our own, and what can be wrong with files. All names and codes are invented.

mod apple;
mod chaos;
mod distrokid;
mod dsr;
mod files;
mod inspection;
mod nasty;
mod orchard;
mod others;
mod parts;
mod rows;
mod spotify;
mod unheaded;
mod workbooks;
mod youtube;

use std::io::Cursor;

use super::line::Line;
use super::*;
use crate::layout::Layouts;

/// A report, read to its end.
pub(super) struct Read {
    pub(super) layout: String,
    pub(super) lines: Vec<Line<String>>,
    pub(super) metadata: Vec<String>,
    pub(super) bad: Vec<BadRow>,
    pub(super) skipped: Vec<SkippedRow>,
    pub(super) totals: FileTotals,
}

impl Read {
    /// `1.25 EUR, …`, as exact as the file.
    pub(super) fn amounts(&self) -> String {
        let amounts = self.totals.amounts.iter().map(|total| format!("{} {}", total.exact, total.currency));
        amounts.collect::<Vec<_>>().join(", ")
    }

    /// `line:cell code` of every problem.
    pub(super) fn problems(&self) -> Vec<String> {
        let problem = |row: &BadRow| {
            let line = row.line_no;
            row.problems.iter().map(move |p| format!("{line}:{} {}", p.cell, p.code.as_str())).collect::<Vec<_>>()
        };
        self.bad.iter().flat_map(problem).collect()
    }
}

/// Reads with batches of a size, checking on the way that sizes do not matter.
pub(super) fn read_named(name: &str, bytes: &[u8], supplied: Supplied) -> Result<Read, FileError> {
    let once = |rows: usize| {
        let mut reader = Reader::detect(Layouts::shipped(), name, Cursor::new(bytes.to_vec()), supplied)?;
        let (mut lines, mut metadata, mut bad, mut skipped) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        while let Some(batch) = reader.next_batch(rows)? {
            assert!(batch.rows() <= rows);
            for line in batch.lines() {
                lines.push(line.map(|_, text| (*text).to_owned()));
                let mut json = String::new();
                line.write_metadata_json(&mut json);
                metadata.push(json);
            }
            bad.extend(batch.bad);
            skipped.extend(batch.skipped);
        }
        assert!(reader.next_batch(rows)?.is_none());
        let totals = reader.totals().clone();
        Ok(Read { layout: reader.layout().id().to_owned(), lines, metadata, bad, skipped, totals })
    };
    let (whole, one): (Result<Read, FileError>, _) = (once(10_000), once(1));
    if let (Ok(whole), Ok(one)) = (&whole, &one) {
        assert_eq!(whole.lines, one.lines);
        assert_eq!(whole.metadata, one.metadata);
        assert_eq!(whole.amounts(), one.amounts());
        assert_eq!(whole.problems(), one.problems());
        let t = &whole.totals;
        let skipped: u64 = t.skipped.values().map(|rows| rows.rows).sum();
        assert_eq!(t.rows, t.lines + skipped + t.bad.rows);
        for total in &t.amounts {
            let kept: rust_decimal::Decimal =
                whole.lines.iter().filter(|line| line.currency == total.currency).map(|line| line.amount).sum();
            assert_eq!(total.kept.total().normalized().to_plain_string(), kept.normalize().to_string());
        }
    }
    whole
}

pub(super) fn read(text: impl AsRef<[u8]>) -> Result<Read, FileError> {
    read_named("report", text.as_ref(), Supplied::default())
}

pub(super) fn day(text: &str) -> chrono::NaiveDate {
    text.parse().unwrap()
}
