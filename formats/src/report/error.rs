//! What can be wrong with a whole file, and what with one row. Everything says where.

use serde::Serialize;

/// A file that cannot be read as a report, or not to its end. Nothing of such a file may be booked.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// No bytes, or nothing but blanks.
    #[error("the file is empty")]
    Empty,
    /// Something other than a report: PDF, web page, picture, program.
    #[error("the file is {0}, not a report")]
    NotAReport(&'static str),
    /// A compressed file ends before its content does.
    #[error("the {container} file is cut off: its content ends after line {line}")]
    Truncated {
        /// gzip or zip.
        container: &'static str,
        /// Complete lines read before the cut.
        line: u64,
    },
    /// A compressed file is damaged.
    #[error("the {container} file is damaged after line {line}: {detail}")]
    Corrupt {
        /// gzip or zip.
        container: &'static str,
        /// Complete lines read before the damage.
        line: u64,
        /// What the decompressor says.
        detail: String,
    },
    /// A compressed file unfolds to far more than reports do.
    #[error("the {container} file unfolds to more than {limit} bytes, which no report does")]
    Bomb {
        /// gzip or zip.
        container: &'static str,
        /// Bytes it was allowed to unfold to.
        limit: u64,
    },
    /// A zip with no file in it, with too many, or with files that are not parts of one report.
    #[error("the zip holds {count} files that are not one report: {}", .members.join(", "))]
    Members {
        /// How many.
        count: usize,
        /// Names of the first files, with what they are.
        members: Vec<String>,
    },
    /// An archive inside an archive.
    #[error("the {outer} file holds another archive ({inner}): unpack it first")]
    Nested {
        /// gzip or zip.
        outer: &'static str,
        /// What is inside.
        inner: &'static str,
    },
    /// A zip member that needs a password or an unknown method.
    #[error("the zip member `{member}` cannot be opened: {reason}")]
    Locked {
        /// Its name.
        member: String,
        /// Encryption or method.
        reason: &'static str,
    },
    /// Bytes that no declared encoding of the layout yields.
    #[error("line {line}, byte {column}: {problem}")]
    Encoding {
        /// Physical line.
        line: u64,
        /// Byte in the line, from 1.
        column: u64,
        /// The byte and the encodings that were tried.
        problem: String,
    },
    /// A line longer than any report has.
    #[error("line {line} is longer than {limit} bytes")]
    LineTooLong {
        /// Physical line.
        line: u64,
        /// The limit.
        limit: usize,
    },
    /// No layout fits.
    #[error("no known layout fits; the file begins with: {beginning}")]
    UnknownLayout {
        /// The first line, shortened.
        beginning: String,
    },
    /// Several layouts fit equally well.
    #[error("several layouts fit equally well: {}; name one", .layouts.join(", "))]
    Ambiguous {
        /// Their ids.
        layouts: Vec<String>,
    },
    /// The header of a layout, but not all of it.
    #[error("line {line} looks like the header of `{layout}`, without: {}", .missing.join(", "))]
    MissingColumns {
        /// The layout it resembles.
        layout: String,
        /// The header's line.
        line: u64,
        /// The columns that are not there.
        missing: Vec<String>,
    },
    /// A column the layout reads stands twice in the header.
    #[error("line {line}: the column `{column}` stands twice in the header")]
    DuplicateColumn {
        /// The header's line.
        line: u64,
        /// Its name.
        column: String,
    },
    /// The lines above the header lack something, or say it unreadably.
    #[error("above the header: `{key}` {problem}")]
    Preamble {
        /// The key.
        key: String,
        /// What is wrong with its value.
        problem: String,
    },
    /// A file without rows under its header.
    #[error("there is no row under the header of line {line}")]
    NoRows {
        /// The header's line.
        line: u64,
    },
    /// The layout's files do not say their currency, and nobody else did.
    #[error("files of this layout do not say their currency: state it with the file")]
    CurrencyNotInFile,
    /// The layout's files do not say their period, and nobody else did.
    #[error("neither the file nor its name says the period: state it with the file")]
    PeriodNotInFile,
    /// A file that says no revenue, where revenue is to be read.
    #[error("files of `{layout}` carry no money: they say identifiers, and are taken up as such")]
    NotRevenue {
        /// Its layout.
        layout: String,
    },
    /// Reading failed below: disk or network.
    #[error("reading failed after line {line}: {source}")]
    Io {
        /// Complete lines read before.
        line: u64,
        /// What the system says.
        source: std::io::Error,
    },
}

impl FileError {
    /// A short code for data and logs. Codes never change their meaning.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty => "FILE_EMPTY",
            Self::NotAReport(_) => "FILE_NOT_A_REPORT",
            Self::Truncated { .. } => "FILE_TRUNCATED",
            Self::Corrupt { .. } => "FILE_CORRUPT",
            Self::Bomb { .. } => "FILE_EXPANDS_TOO_FAR",
            Self::Members { .. } => "FILE_MEMBERS",
            Self::Nested { .. } => "FILE_NESTED_ARCHIVE",
            Self::Locked { .. } => "FILE_LOCKED",
            Self::Encoding { .. } => "FILE_ENCODING",
            Self::LineTooLong { .. } => "FILE_LINE_TOO_LONG",
            Self::UnknownLayout { .. } => "LAYOUT_UNKNOWN",
            Self::Ambiguous { .. } => "LAYOUT_AMBIGUOUS",
            Self::MissingColumns { .. } => "HEADER_MISSING_COLUMN",
            Self::DuplicateColumn { .. } => "HEADER_DUPLICATE_COLUMN",
            Self::Preamble { .. } => "PREAMBLE_UNREADABLE",
            Self::NoRows { .. } => "FILE_NO_ROWS",
            Self::CurrencyNotInFile => "CURRENCY_NOT_IN_FILE",
            Self::PeriodNotInFile => "PERIOD_NOT_IN_FILE",
            Self::NotRevenue { .. } => "FILE_WITHOUT_MONEY",
            Self::Io { .. } => "FILE_UNREADABLE",
        }
    }

    /// Whether a part of a file with this fault makes the whole file worthless: archives that are damaged or dangerous.
    pub(super) const fn is_grave(&self) -> bool {
        matches!(self, Self::Truncated { .. } | Self::Corrupt { .. } | Self::Bomb { .. } | Self::Io { .. })
    }

    /// The physical line it is about, where it is about one.
    #[must_use]
    pub const fn line(&self) -> Option<u64> {
        match self {
            Self::Truncated { line, .. }
            | Self::Corrupt { line, .. }
            | Self::Encoding { line, .. }
            | Self::LineTooLong { line, .. }
            | Self::MissingColumns { line, .. }
            | Self::DuplicateColumn { line, .. }
            | Self::NoRows { line }
            | Self::Io { line, .. } => Some(*line),
            _ => None,
        }
    }
}

/// What is wrong with a cell or a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RowCode {
    /// The amount is not a number in the notation of the layout.
    AmountUnreadable,
    /// There is no amount.
    AmountMissing,
    /// The amount has more digits than exact arithmetic holds.
    AmountTooLarge,
    /// The number of units is not a whole number.
    UnitsUnreadable,
    /// The gross amount is not a number.
    GrossUnreadable,
    /// There is no currency.
    CurrencyMissing,
    /// Not a currency of ISO 4217.
    CurrencyUnknown,
    /// There is no date.
    DateMissing,
    /// Not a date in the form of the layout.
    DateUnreadable,
    /// No such day in the calendar.
    DateImpossible,
    /// The sale period ends before it begins.
    PeriodReversed,
    /// The platform is not named.
    PlatformMissing,
    /// Fewer cells than the header has.
    RowShort,
    /// More cells than the header has.
    RowLong,
    /// Bytes that the layout's encodings do not know.
    Encoding,
    /// A quote opens a cell and nothing closes it.
    QuoteUnclosed,
    /// A NUL byte stands in the row.
    NulByte,
    /// A record of a kind that the layout does not know.
    KindUnknown,
}

impl RowCode {
    /// The name used in data.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AmountUnreadable => "AMOUNT_UNREADABLE",
            Self::AmountMissing => "AMOUNT_MISSING",
            Self::AmountTooLarge => "AMOUNT_TOO_LARGE",
            Self::UnitsUnreadable => "UNITS_UNREADABLE",
            Self::GrossUnreadable => "GROSS_UNREADABLE",
            Self::CurrencyMissing => "CURRENCY_MISSING",
            Self::CurrencyUnknown => "CURRENCY_UNKNOWN",
            Self::DateMissing => "DATE_MISSING",
            Self::DateUnreadable => "DATE_UNREADABLE",
            Self::DateImpossible => "DATE_IMPOSSIBLE",
            Self::PeriodReversed => "PERIOD_REVERSED",
            Self::PlatformMissing => "PLATFORM_MISSING",
            Self::RowShort => "ROW_SHORT",
            Self::RowLong => "ROW_LONG",
            Self::Encoding => "ENCODING",
            Self::QuoteUnclosed => "QUOTE_UNCLOSED",
            Self::NulByte => "NUL_BYTE",
            Self::KindUnknown => "KIND_UNKNOWN",
        }
    }
}

/// One thing that is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The column's name as the file's header has it; empty when the whole row is meant.
    pub column: String,
    /// The cell's place in the row, from 1; 0 when the whole row is meant.
    pub cell: usize,
    /// The field of a revenue line that could not be read.
    pub field: &'static str,
    /// What is wrong.
    pub code: RowCode,
    /// The same in a sentence, with the text that was found.
    pub message: String,
    /// The text of the cell; empty when the whole row is meant.
    pub found: String,
    /// What the sender probably meant, in the notation of the layout: for a person to accept, never taken by itself.
    pub proposal: Option<String>,
}
