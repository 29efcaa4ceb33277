//! Global ids: TypeIDs outside, typed ids inside.

use std::str::FromStr;

use async_graphql::ID;
use kernel::failure::{Failure, Outcome};
use kernel::ids::IdError;

/// Reads a typed id from the input. `path` is where it stands, for user errors: `["input", "contractId"]`.
///
/// # Errors
/// `BAD_USER_INPUT` for another prefix or a malformed id.
pub fn parse<T: FromStr<Err = IdError>>(id: &ID, path: impl IntoIterator<Item = impl Into<String>>) -> Outcome<T> {
    id.as_str().parse().map_err(|error: IdError| Failure::refused("BAD_USER_INPUT", error.to_string()).at(path))
}

/// Reads an id that may be absent.
///
/// # Errors
/// As [`parse`].
pub fn parse_opt<T: FromStr<Err = IdError>>(
    id: Option<&ID>,
    path: impl IntoIterator<Item = impl Into<String>>,
) -> Outcome<Option<T>> {
    id.map(|id| parse(id, path)).transpose()
}

/// Reads a list of ids; the index of a bad one is added to the path.
///
/// # Errors
/// As [`parse`].
pub fn parse_all<T: FromStr<Err = IdError>>(ids: &[ID], path: &[&str]) -> Outcome<Vec<T>> {
    ids.iter()
        .enumerate()
        .map(|(index, id)| {
            parse(id, path.iter().map(|part| (*part).to_owned()).chain(std::iter::once(index.to_string())))
        })
        .collect()
}
