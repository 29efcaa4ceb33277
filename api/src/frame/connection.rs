//! Lists: Relay connections over keyset pages.

use std::borrow::Cow;

use async_graphql::{Enum, Object, OutputType, SimpleObject, TypeName};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::failure::{Failure, Outcome};
use kernel::page::{Cursor, Direction, Page, PageRequest};
use uuid::Uuid;

/// Which way a list is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum OrderDirection {
    /// Smallest, oldest or alphabetically first.
    Asc,
    /// Largest, newest or alphabetically last.
    Desc,
}

impl From<OrderDirection> for Direction {
    fn from(direction: OrderDirection) -> Self {
        match direction {
            OrderDirection::Asc => Self::Asc,
            OrderDirection::Desc => Self::Desc,
        }
    }
}

/// Writes a cursor: base64 of the row id and the sort value. It carries neither filter nor tenant.
#[must_use]
pub fn encode(cursor: &Cursor) -> String {
    let mut bytes = cursor.id.as_bytes().to_vec();
    bytes.extend_from_slice(cursor.value.as_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads a cursor that [`encode`] wrote.
///
/// # Errors
/// `BAD_USER_INPUT`.
pub fn decode(text: &str, argument: &str) -> Outcome<Cursor> {
    let bad = || Failure::refused("BAD_USER_INPUT", format!("`{text}` is not a cursor of this list.")).at([argument]);
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| bad())?;
    let (id, value) = bytes.split_at_checked(16).ok_or_else(bad)?;
    Ok(Cursor {
        id: Uuid::from_slice(id).map_err(|_| bad())?,
        value: std::str::from_utf8(value).map_err(|_| bad())?.to_owned(),
    })
}

/// Checks the four arguments of every list. `first` is 25 when neither `first` nor `last` is given.
///
/// # Errors
/// `BAD_USER_INPUT`: both `first` and `last`, a size outside 1 to 100, a broken cursor.
pub fn page(
    first: Option<i32>,
    after: Option<String>,
    last: Option<i32>,
    before: Option<String>,
) -> Outcome<PageRequest> {
    PageRequest::checked(
        first,
        after.map(|text| decode(&text, "after")).transpose()?,
        last,
        before.map(|text| decode(&text, "before")).transpose()?,
    )
}

/// A page of a list. In the schema it is named after its node: `ContractConnection`.
pub struct List<N> {
    edges: Vec<ListEdge<N>>,
    has_next: bool,
    has_previous: bool,
}

/// One row of a list with its cursor. In the schema: `ContractEdge`.
pub struct ListEdge<N> {
    cursor: String,
    node: N,
}

/// Where a page lies in its list.
#[derive(SimpleObject)]
pub struct PageInfo {
    /// Whether rows follow this page.
    has_next_page: bool,
    /// Whether rows precede this page.
    has_previous_page: bool,
    /// The cursor of the first row; null on an empty page.
    start_cursor: Option<String>,
    /// The cursor of the last row; null on an empty page.
    end_cursor: Option<String>,
}

impl<N> List<N> {
    /// Shapes a page of domain rows: the cursor of a row, then the row as a node.
    pub fn of<T>(page: Page<T>, cursor: impl Fn(&T) -> Cursor, node: impl Fn(T) -> N) -> Self {
        let edges =
            page.rows.into_iter().map(|row| ListEdge { cursor: encode(&cursor(&row)), node: node(row) }).collect();
        Self { edges, has_next: page.has_next, has_previous: page.has_previous }
    }

    /// Shapes a page that is sorted by id alone.
    pub fn by_id<T: Into<N>>(page: Page<T>, id: impl Fn(&T) -> Uuid) -> Self {
        Self::of(page, |row| Cursor { value: String::new(), id: id(row) }, Into::into)
    }
}

impl<N: OutputType> TypeName for List<N> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Connection", N::type_name()).into()
    }
}

impl<N: OutputType> TypeName for ListEdge<N> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Edge", N::type_name()).into()
    }
}

/// A page of a list.
#[Object(name_type)]
impl<N: OutputType> List<N> {
    /// The rows.
    async fn nodes(&self) -> Vec<&N> {
        self.edges.iter().map(|edge| &edge.node).collect()
    }

    /// The rows with their cursors.
    async fn edges(&self) -> &[ListEdge<N>] {
        &self.edges
    }

    /// Where this page lies in the list.
    async fn page_info(&self) -> PageInfo {
        PageInfo {
            has_next_page: self.has_next,
            has_previous_page: self.has_previous,
            start_cursor: self.edges.first().map(|edge| edge.cursor.clone()),
            end_cursor: self.edges.last().map(|edge| edge.cursor.clone()),
        }
    }
}

/// One row of a list with its cursor.
#[Object(name_type)]
impl<N: OutputType> ListEdge<N> {
    /// The position of the row, for `after` and `before`.
    async fn cursor(&self) -> &str {
        &self.cursor
    }

    /// The row.
    async fn node(&self) -> &N {
        &self.node
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_round_trip_and_nonsense_is_refused() {
        let cursor = Cursor { value: "Ägypten".to_owned(), id: Uuid::from_u128(7) };
        assert_eq!(decode(&encode(&cursor), "after").unwrap(), cursor);
        for bad in ["", "x", "####", "AAAA"] {
            assert_eq!(decode(bad, "after").unwrap_err().code(), "BAD_USER_INPUT");
        }
        assert!(page(Some(1), None, Some(1), None).is_err());
        assert!(page(Some(101), None, None, None).is_err());
    }
}
