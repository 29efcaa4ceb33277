//! A layout for a file that nobody has described: which column is what, how sure that is, and why.
//!
//! Nothing is booked by a guess: a proposal is shown to a person, with what it would make of the file, and becomes a
//! layout when they have agreed to it.

mod build;
mod content;
mod field;
mod names;
mod preview;
mod table;

pub use build::{Mapping, layout_of};
pub use field::Field;
pub use preview::{Preview, PreviewLine, preview};

use crate::layout::LayoutSpec;
use crate::report::FileError;
use crate::source::Input;

/// Below this a column is left unmapped.
pub const SURE_ENOUGH: u8 = 40;

/// What a column probably is.
#[derive(Debug, Clone, serde::Serialize)]
pub struct ColumnGuess {
    /// Its name in the header.
    pub column: String,
    /// Its place, from 1.
    pub place: usize,
    /// What it is mapped to; nothing where it is left aside.
    pub field: Option<Field>,
    /// How sure that is, out of 100. 0 where it is left aside.
    pub confidence: u8,
    /// Why.
    pub reason: String,
    /// What stands in its first rows.
    pub examples: Vec<String>,
}

/// A proposed layout.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Proposal {
    /// Every column of the file.
    pub columns: Vec<ColumnGuess>,
    /// What a person has to look at: what the file does not say, and what can be read in two ways.
    pub remarks: Vec<String>,
    /// Line of the header.
    pub header_line: u64,
    /// The same as a person decides it, to be corrected.
    pub mapping: Mapping,
    /// The layout, ready to be read with.
    pub layout: LayoutSpec,
}

/// Proposes a layout for a file by its header and its first rows.
///
/// # Errors
/// [`FileError`] when the file is no table: nothing in it, no line that could be a header, or no column of amounts.
pub fn propose(file_name: &str, input: impl Input + 'static) -> Result<Proposal, FileError> {
    let table = table::Table::read(input)?;
    let guesses = field::assign(&table);
    build::proposal(file_name, &table, guesses)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
