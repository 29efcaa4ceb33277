//! The one way to standard output and standard error. Answers go to output, remarks to error, logs elsewhere.

use std::fmt::Display;
use std::io::{self, Write as _};

/// A line of the answer. A reader that has gone away (`| head`) is no failure.
pub fn line(text: impl Display) {
    drop(writeln!(io::stdout().lock(), "{text}"));
}

/// A remark beside the answer.
pub fn remark(text: impl Display) {
    drop(writeln!(io::stderr().lock(), "{text}"));
}
