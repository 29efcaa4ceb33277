//! Files without money that say which numbers somebody gave to works: read like reports, row by row.

use std::collections::VecDeque;
use std::sync::Arc;

use kernel::codes::Iswc;

use super::detect::{self, Choice};
use super::error::FileError;
use super::line::Coded;
use super::totals::{Control, FileTotals};
use crate::layout::spec::Purpose;
use crate::layout::{Layout, Layouts, fold};
use crate::source::{Input, Record, Rows};

/// What a file says about one work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identified {
    /// Line of the file it begins on.
    pub line: u64,
    /// The number under which we handed it in.
    pub own: String,
    /// The number it was given; empty when it was given none.
    pub given: String,
    /// Its title.
    pub title: String,
    /// Its ISWC.
    pub iswc: Coded<Iswc, String>,
    /// What became of it, in the sender's word.
    pub status: String,
    /// What was said about it.
    pub remarks: String,
    /// Whether the number holds.
    pub accepted: bool,
}

/// Reads such a file.
pub struct IdentifierReader {
    layout: Arc<Layout>,
    rows: Rows,
    columns: Columns,
    rest: VecDeque<(Rows, Columns)>,
    totals: FileTotals,
}

/// Where things are.
#[derive(Default)]
struct Columns {
    own: Option<usize>,
    given: Option<usize>,
    title: Option<usize>,
    iswc: Option<usize>,
    status: Option<usize>,
    remarks: Option<usize>,
}

impl IdentifierReader {
    /// Opens a file and finds its layout.
    ///
    /// # Errors
    /// [`FileError`]: damaged, of no known layout, or a report of revenue.
    pub fn detect(layouts: &Layouts, input: impl Input + 'static) -> Result<Self, FileError> {
        let chosen = detect::choose(input, Choice::Any(layouts))?;
        let mut parts = VecDeque::new();
        let mut layout = None;
        for (source, found) in chosen.parts {
            if found.layout.spec().purpose != Purpose::Identifiers {
                return Err(FileError::UnknownLayout { beginning: format!("a report (`{}`)", found.layout.id()) });
            }
            let columns = Columns::of(&found.layout, &found.positions);
            let mut rows = source.into_rows(found.how.clone())?;
            if found.columns.is_none() {
                for _ in 0..=found.above {
                    rows.next_record()?;
                }
            }
            layout.get_or_insert(found.layout);
            parts.push_back((rows, columns));
        }
        match (layout, parts.pop_front()) {
            (Some(layout), Some((rows, columns))) => {
                Ok(Self { layout, rows, columns, rest: parts, totals: FileTotals::default() })
            }
            _ => Err(FileError::Empty),
        }
    }

    /// The layout of the file.
    #[must_use]
    pub const fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    /// What the file says of its own structure; complete at the end.
    #[must_use]
    pub fn controls(&self) -> &[Control] {
        &self.totals.controls
    }

    /// The next work; `None` at the end.
    ///
    /// # Errors
    /// [`FileError`] when the file breaks off or is damaged.
    pub fn next_work(&mut self) -> Result<Option<Identified>, FileError> {
        let accepted = self.layout.spec().identifiers.as_ref().map(|own| own.accepted.clone()).unwrap_or_default();
        loop {
            match self.rows.next_record()? {
                Some(record) if record.is_empty() || record.damage.is_some() => {}
                Some(record) => {
                    self.totals.rows += 1;
                    return Ok(Some(self.columns.read(&record, &accepted)));
                }
                None => {
                    for footing in self.rows.footings() {
                        self.totals.structure(footing);
                    }
                    match self.rest.pop_front() {
                        Some((rows, columns)) => (self.rows, self.columns) = (rows, columns),
                        None => return Ok(None),
                    }
                }
            }
        }
    }
}

impl Columns {
    fn of(layout: &Layout, positions: &[Option<usize>]) -> Self {
        let Some(own) = &layout.spec().identifiers else { return Self::default() };
        let place = |name: &str| {
            let index = layout.columns().iter().position(|column| column.folded.first() == Some(&fold(name)))?;
            positions.get(index).copied().flatten()
        };
        let maybe = |name: &Option<String>| name.as_deref().and_then(place);
        Self {
            own: place(&own.own),
            given: place(&own.given),
            title: maybe(&own.title),
            iswc: maybe(&own.iswc),
            status: maybe(&own.status),
            remarks: maybe(&own.remarks),
        }
    }

    fn read(&self, record: &Record<'_>, accepted: &[String]) -> Identified {
        let text = |place: Option<usize>| place.map(|place| record.cell(place)).unwrap_or_default().to_owned();
        let (status, given, iswc) = (text(self.status), text(self.given), text(self.iswc));
        let holds = accepted.is_empty() || accepted.iter().any(|one| one.eq_ignore_ascii_case(&status));
        Identified {
            line: record.line,
            own: text(self.own),
            title: text(self.title),
            iswc: if iswc.is_empty() {
                Coded::Absent
            } else {
                Iswc::parse(&iswc).map_or(Coded::Damaged(iswc), Coded::Valid)
            },
            remarks: text(self.remarks),
            accepted: holds && !given.is_empty(),
            status,
            given,
        }
    }
}
