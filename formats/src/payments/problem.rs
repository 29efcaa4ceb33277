//! What is wrong with a payment file or with an instruction: where, what, and what to do about it.

use std::fmt;

use serde::Serialize;

/// Problems of one file that are kept; the rest is counted.
pub const KEPT: usize = 1_000;

/// One thing that is wrong. Of a file that was read it has a line (and columns where lines have fixed fields); of an
/// instruction that was to be written it has the path of the field, as in `batches.0.entries.3.routing`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// A code that never changes its meaning.
    pub code: &'static str,
    /// What is wrong and what to do, in a sentence.
    pub message: String,
    /// Physical line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// First and last column of the field, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub columns: Option<(u16, u16)>,
    /// The field: its name in the format, or the path in the instruction.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

impl Problem {
    /// A problem without a place yet.
    #[must_use]
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), line: None, columns: None, field: None }
    }

    /// The same, at a line.
    #[must_use]
    pub fn at_line(mut self, line: u64) -> Self {
        self.line = Some(line);
        self
    }

    /// The same, at columns of the line.
    #[must_use]
    pub fn at_columns(mut self, first: u16, last: u16) -> Self {
        self.columns = Some((first, last));
        self
    }

    /// The same, of a field.
    #[must_use]
    pub fn of_field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}")?;
            if let Some((first, last)) = self.columns {
                write!(f, ", columns {first}-{last}")?;
            }
            write!(f, ": ")?;
        }
        if let Some(field) = &self.field {
            write!(f, "{field}: ")?;
        }
        write!(f, "{} ({})", self.message, self.code)
    }
}

/// All that is wrong with what was to be written; never empty. Nothing is written then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.first().map(ToString::to_string).unwrap_or_default())]
pub struct Refused(pub Vec<Problem>);

/// Collects problems, the first thousand of them.
#[derive(Debug, Clone, Default)]
pub struct Problems {
    kept: Vec<Problem>,
    /// All that were found, kept or not.
    pub count: u64,
}

impl Problems {
    /// Adds one.
    pub fn push(&mut self, problem: Problem) {
        self.count += 1;
        if self.kept.len() < KEPT {
            self.kept.push(problem);
        }
    }

    /// Adds one about a field of an instruction.
    pub fn refuse(&mut self, path: impl Into<String>, code: &'static str, message: impl Into<String>) {
        self.push(Problem::new(code, message).of_field(path));
    }

    /// Those that are kept.
    #[must_use]
    pub fn kept(&self) -> &[Problem] {
        &self.kept
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Those that are kept, given away.
    #[must_use]
    pub fn into_kept(self) -> Vec<Problem> {
        self.kept
    }

    /// `Ok` when there are none.
    ///
    /// # Errors
    /// [`Refused`] with those that are kept.
    pub fn or_refuse(self) -> Result<(), Refused> {
        if self.is_empty() { Ok(()) } else { Err(Refused(self.kept)) }
    }
}
