//! Files without a header whose records say themselves what they are: `S,M,…` is a sale of a recording, `T,…` a total.
//!
//! A layout declares the kinds of records and the cells of each. The kinds of rows are laid over one another: a table
//! with the columns of all of them, in which a row fills those it has.

use super::records::{Damage, Record, Records, Role};
use crate::layout::RecordSpec;
use crate::layout::fold;
use crate::report::FileError;

/// The kinds of records of a layout and the table they make.
#[derive(Debug, Clone)]
pub struct Kinds {
    kinds: Vec<Kind>,
    header: Vec<String>,
}

#[derive(Debug, Clone)]
struct Kind {
    begins: Vec<String>,
    cells: usize,
    role: Role,
    /// For every column of the table the cell of the record that is in it.
    places: Vec<Option<usize>>,
}

impl Kinds {
    /// Lays the kinds of a layout over one another.
    #[must_use]
    pub fn new(specs: &[RecordSpec]) -> Self {
        let mut header: Vec<String> = Vec::new();
        for cell in specs.iter().flat_map(|spec| &spec.cells) {
            if !header.iter().any(|known| fold(known) == fold(cell)) {
                header.push(cell.clone());
            }
        }
        let kind = |spec: &RecordSpec| Kind {
            begins: spec.begins.clone(),
            cells: spec.cells.len(),
            role: if spec.total { Role::Total } else { Role::Row },
            places: header.iter().map(|column| spec.cells.iter().position(|cell| fold(cell) == fold(column))).collect(),
        };
        Self { kinds: specs.iter().map(kind).collect(), header }
    }

    /// The columns of the table.
    #[must_use]
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// Whether a record is of one of the kinds.
    #[must_use]
    pub fn know(&self, cells: &[String]) -> bool {
        self.kinds.iter().any(|kind| {
            kind.cells == cells.len()
                && kind.begins.iter().zip(cells).all(|(begin, cell)| begin.eq_ignore_ascii_case(cell))
        })
    }

    fn of(&self, record: &Record<'_>) -> Option<&Kind> {
        let begins = |kind: &&Kind| {
            kind.begins.iter().enumerate().all(|(index, begin)| begin.eq_ignore_ascii_case(record.cell(index)))
        };
        self.kinds.iter().find(begins)
    }
}

/// Rows of such a file.
pub struct TypedRows<R> {
    records: Records<R>,
    kinds: Kinds,
    places: Vec<(u32, u32)>,
}

impl<R: std::io::Read> TypedRows<R> {
    /// Reads a file by the kinds of its layout.
    #[must_use]
    pub const fn new(records: Records<R>, kinds: Kinds) -> Self {
        Self { records, kinds, places: Vec::new() }
    }

    /// Physical lines read so far.
    #[must_use]
    pub const fn line(&self) -> u64 {
        self.records.line()
    }

    /// The next record, its cells in the columns of the table. One of an unknown kind, or with more or fewer cells than
    /// its kind has, is damaged.
    ///
    /// # Errors
    /// [`FileError`] as from [`Records`].
    pub fn next_record(&mut self) -> Result<Option<Record<'_>>, FileError> {
        let Some(mut record) = self.records.next_record()? else { return Ok(None) };
        if record.is_empty() || record.damage.is_some() {
            return Ok(Some(record));
        }
        let Some(kind) = self.kinds.of(&record) else {
            record.damage = Some(Damage::UnknownKind);
            return Ok(Some(record));
        };
        if record.len() != kind.cells {
            record.damage = Some(Damage::CellCount { found: record.len(), declared: kind.cells });
            return Ok(Some(record));
        }
        self.places.clear();
        let places = kind.places.iter().map(|place| place.and_then(|place| record.cells.get(place)).copied());
        self.places.extend(places.map(Option::unwrap_or_default));
        Ok(Some(Record { role: kind.role, cells: &self.places, ..record }))
    }
}
