//! Keyset pages: how lists are cut, without offsets.

use crate::failure::Failure;
use crate::limits;

/// Which way a list is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Direction {
    /// Smallest first.
    #[default]
    Asc,
    /// Largest first.
    Desc,
}

/// A wanted page: `first` rows after a cursor, or `last` rows before one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// How many rows, at most [`limits::PAGE_MAX`].
    pub size: u64,
    /// The key of the row before the page (exclusive), as the sort's text form.
    pub after: Option<Cursor>,
    /// The key of the row after the page (exclusive).
    pub before: Option<Cursor>,
    /// Whether the page is taken from the end.
    pub from_end: bool,
}

/// The position of a row: its sort value and its id. It carries neither filter nor tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// The sort value in text form (empty when the list is sorted by id alone).
    pub value: String,
    /// The row id.
    pub id: uuid::Uuid,
}

impl PageRequest {
    /// The first `size` rows.
    #[must_use]
    pub const fn first(size: u64) -> Self {
        Self { size, after: None, before: None, from_end: false }
    }

    /// Checks the arguments of a connection.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for both `first` and `last`, or a size outside 1 to [`limits::PAGE_MAX`].
    pub fn checked(
        first: Option<i32>,
        after: Option<Cursor>,
        last: Option<i32>,
        before: Option<Cursor>,
    ) -> Result<Self, Failure> {
        if first.is_some() && last.is_some() {
            return Err(Failure::refused("BAD_USER_INPUT", "Give `first` or `last`, not both.").at(["last"]));
        }
        let from_end = last.is_some();
        let size = first.or(last).map_or(Ok(limits::PAGE_DEFAULT), |wanted| {
            u64::try_from(wanted).ok().filter(|size| (1..=limits::PAGE_MAX).contains(size)).ok_or_else(|| {
                Failure::refused("BAD_USER_INPUT", format!("A page has 1 to {} rows, not {wanted}.", limits::PAGE_MAX))
                    .at([if from_end { "last" } else { "first" }])
            })
        })?;
        Ok(Self { size, after, before, from_end })
    }
}

/// One page of rows, in list order.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Whether rows follow.
    pub has_next: bool,
    /// Whether rows precede.
    pub has_previous: bool,
}

impl<T> Page<T> {
    /// Builds the page from up to `size + 1` rows fetched in travel direction.
    #[must_use]
    pub fn from_fetched(mut rows: Vec<T>, request: &PageRequest) -> Self {
        let size = usize::try_from(request.size).unwrap_or(usize::MAX);
        let more = rows.len() > size;
        rows.truncate(size);
        if request.from_end {
            rows.reverse();
            Self { rows, has_next: request.before.is_some(), has_previous: more }
        } else {
            Self { rows, has_next: more, has_previous: request.after.is_some() }
        }
    }

    /// The same page of other rows.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page { rows: self.rows.into_iter().map(f).collect(), has_next: self.has_next, has_previous: self.has_previous }
    }
}
