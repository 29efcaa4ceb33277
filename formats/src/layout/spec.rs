//! The schema of a layout file (`formats/layouts/*.toml`): everything a provider's report needs to be read, as data.
//!
//! `docs/how-to/add-a-report-format.md` walks through a file. A key that is not in this schema is an error.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::value::NumberFormat;

/// A layout file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LayoutSpec {
    /// Its name for ever, in kebab case: `spotify-licensor-v2`.
    pub id: String,
    /// Counts the changes of this file.
    pub version: u32,
    /// Who sends the report: `Spotify`, `DistroKid`.
    pub provider: String,
    /// What the report is, for people.
    pub title: String,
    /// What the layout rests on.
    pub evidence: Evidence,
    /// Encodings, delimiters, quoting.
    #[serde(default)]
    pub file: FileSpec,
    /// How the header is recognised.
    pub header: HeaderSpec,
    /// How numbers are written.
    #[serde(default)]
    pub numbers: NumberFormat,
    /// Where the fields of a revenue line come from.
    pub fields: FieldsSpec,
    /// When the sales were made.
    pub period: PeriodSpec,
    /// What the money was earned with.
    pub revenue_type: RevenueTypeSpec,
    /// What marks a return, void, debit or refund.
    #[serde(default)]
    pub returns: Option<ReturnsSpec>,
    /// Rows that are in the table and are not revenue.
    #[serde(default)]
    pub skip: Vec<SkipSpec>,
    /// Rows under the table that are not part of it.
    #[serde(default)]
    pub trailer: Option<TrailerSpec>,
    /// Totals the file states about itself, to be checked.
    #[serde(default)]
    pub control: Vec<ControlSpec>,
    /// Further columns worth keeping with the line: our name = the column.
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
}

/// What a layout rests on, from firm to loose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EvidenceKind {
    /// Real files were seen.
    RealFile,
    /// An official specification or schema.
    Specification,
    /// The header comes from programs that read the real files.
    Parser,
    /// The provider's help pages.
    HelpPage,
}

/// The evidence and what it leaves open.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// Its kind.
    pub kind: EvidenceKind,
    /// What is known and what is assumed.
    pub note: String,
}

/// Between the cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Delimiter {
    Comma,
    Semicolon,
    Tab,
    Pipe,
}

impl Delimiter {
    /// The byte.
    #[must_use]
    pub const fn byte(self) -> u8 {
        match self {
            Self::Comma => b',',
            Self::Semicolon => b';',
            Self::Tab => b'\t',
            Self::Pipe => b'|',
        }
    }
}

/// Whether quotes mean anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quoting {
    /// A quote is a character like any other (Apple, Spotify).
    None,
    /// Cells may be quoted as RFC 4180 says.
    #[default]
    Rfc4180,
}

/// What the lines above the header are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preamble {
    /// Nothing is read from them.
    #[default]
    Ignored,
    /// A key and its value on every line.
    Pairs,
    /// A line of keys above a line of values.
    Columns,
}

/// What to do with rows that have fewer cells than the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ShortRows {
    /// A short row was cut off: an error.
    #[default]
    Refuse,
    /// Empty cells at the end are left out by this provider.
    Pad,
}

/// Encodings, delimiters, quoting.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FileSpec {
    /// WHATWG names, UTF-8 first. A byte order mark always decides; a record that is not UTF-8 is read in the second
    /// encoding, if there is one.
    pub encodings: Vec<String>,
    /// The delimiters that occur.
    pub delimiters: Vec<Delimiter>,
    /// Whether quotes mean anything.
    pub quoting: Quoting,
    /// What the lines above the header are.
    pub preamble: Preamble,
    /// What to do with short rows.
    pub short_rows: ShortRows,
}

impl Default for FileSpec {
    fn default() -> Self {
        Self {
            encodings: vec!["utf-8".to_owned()],
            delimiters: vec![Delimiter::Comma],
            quoting: Quoting::default(),
            preamble: Preamble::default(),
            short_rows: ShortRows::default(),
        }
    }
}

/// How the header is recognised, wherever it stands in the first forty lines. Names match without regard to case,
/// blanks, `_`, `-` and dots.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeaderSpec {
    /// Columns that must all be there: the fingerprint.
    pub required: Vec<String>,
    /// Columns that tell another layout.
    #[serde(default)]
    pub absent: Vec<String>,
    /// Other names of a column, in other years or languages.
    #[serde(default)]
    pub aliases: BTreeMap<String, Vec<String>>,
}

/// One or several.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum OneOrMany<T> {
    /// One.
    One(T),
    /// Several.
    Many(Vec<T>),
}

impl<T> OneOrMany<T> {
    /// As a slice.
    pub fn as_slice(&self) -> &[T] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

/// Where a text comes from. A bare string is the name of a column.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum TextField {
    /// A column.
    Column(String),
    /// Several columns, cleaned and translated.
    Rule(Box<TextRule>),
}

/// A text with its rules. The first source that yields something wins: columns, then the preamble, then the constant.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TextRule {
    /// Columns in order.
    pub column: Option<OneOrMany<String>>,
    /// A key above the header.
    pub preamble: Option<String>,
    /// A text that holds for all files of the layout.
    pub constant: Option<String>,
    /// As a constant, but not said by the file: whoever hands the file in may say otherwise.
    pub implied: Option<String>,
    /// Whoever hands the file in must say it.
    pub supplied: bool,
    /// Texts that mean "nothing".
    pub none: Vec<String>,
    /// Texts to take off the beginning.
    pub strip: Vec<String>,
    /// Only what follows the last occurrence of this text.
    pub after: Option<String>,
    /// Only what precedes the first occurrence of this text.
    pub before: Option<String>,
    /// Translation of whole texts; others stay as they are.
    pub map: BTreeMap<String, String>,
}

/// Where a number comes from. A bare string is the name of a column.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum NumberField {
    /// A column.
    Column(String),
    /// One column or the sum of several.
    Rule(Box<NumberRule>),
}

/// What an empty number means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EmptyNumber {
    /// An error.
    #[default]
    Refuse,
    /// Nothing.
    Zero,
}

/// A number with its rules.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NumberRule {
    /// The column, or the columns to add up.
    pub column: OneOrMany<String>,
    /// Whether the number is meant per unit, so that it is multiplied by the units.
    #[serde(default)]
    pub per_unit: bool,
    /// What an empty cell means.
    #[serde(default)]
    pub empty: EmptyNumber,
    /// The currency of a gross amount, where it is not the line's.
    #[serde(default)]
    pub currency: Option<TextField>,
}

/// The fields of a revenue line.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldsSpec {
    /// The service the sale was made on.
    pub platform: TextField,
    /// Net amount paid to the recipient of the report.
    pub amount: NumberField,
    /// Its currency.
    pub currency: TextField,
    /// Streams, downloads, copies.
    #[serde(default)]
    pub units: Option<NumberField>,
    /// What was earned before the sender's share.
    #[serde(default)]
    pub gross: Option<NumberField>,
    /// Where the sale was made: alpha-2, alpha-3, or English name.
    #[serde(default)]
    pub territory: Option<TextField>,
    /// Recording.
    #[serde(default)]
    pub isrc: Option<TextField>,
    /// Release.
    #[serde(default)]
    pub upc: Option<TextField>,
    /// Work.
    #[serde(default)]
    pub iswc: Option<TextField>,
    /// The sender's own id of the item, for aliases.
    #[serde(default)]
    pub source_item_key: Option<TextField>,
    /// Title of the recording or work.
    #[serde(default)]
    pub title: Option<TextField>,
    /// Artist.
    #[serde(default)]
    pub artist: Option<TextField>,
    /// Title of the release.
    #[serde(default)]
    pub release_title: Option<TextField>,
    /// What was sold: `TRACK`, `ALBUM`, `LP`.
    #[serde(default)]
    pub configuration: Option<TextField>,
}

/// Where a date comes from. The first source that yields something wins: columns, preamble, file name.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DateRule {
    /// Columns in order; the first that is not empty.
    #[serde(default)]
    pub column: Option<OneOrMany<String>>,
    /// A key above the header.
    #[serde(default)]
    pub preamble: Option<String>,
    /// Whether the date stands in the file's name.
    #[serde(default)]
    pub file_name: bool,
    /// Forms in `strftime` notation, tried in order.
    pub format: OneOrMany<String>,
    /// Only what follows the last occurrence of this text.
    #[serde(default)]
    pub after: Option<String>,
    /// Only what precedes the first occurrence of this text.
    #[serde(default)]
    pub before: Option<String>,
}

/// When the sales were made: either `sale` (a day, month, quarter or year) or `start` and `end`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeriodSpec {
    /// One date that means the whole period.
    #[serde(default)]
    pub sale: Option<DateRule>,
    /// First day.
    #[serde(default)]
    pub start: Option<DateRule>,
    /// Last day.
    #[serde(default)]
    pub end: Option<DateRule>,
    /// The period of the provider's statement, where it differs.
    #[serde(default)]
    pub statement: Option<DateRule>,
}

/// A test of a cell. All tests ignore case; exactly one is given.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Test {
    /// The column.
    pub column: String,
    /// The whole cell is one of these; an empty text means an empty cell.
    #[serde(default)]
    pub equals: Vec<String>,
    /// The cell begins with one of these.
    #[serde(default)]
    pub starts_with: Vec<String>,
    /// The cell contains one of these.
    #[serde(default)]
    pub contains: Vec<String>,
    /// The column is there and the cell is not empty.
    #[serde(default)]
    pub filled: bool,
}

/// What the money was earned with: the first rule that holds, else the default.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RevenueTypeSpec {
    /// When no rule holds.
    pub default: kernel::codes::RevenueType,
    /// Rules in order.
    #[serde(default)]
    pub rules: Vec<RevenueTypeRule>,
}

/// One rule: of a cell, or of the file's name for kinds of money that nothing else tells apart (breakage).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RevenueTypeRule {
    /// The test of a cell.
    #[serde(default)]
    pub when: Option<Test>,
    /// Texts one of which the file's name contains.
    #[serde(default)]
    pub file_name: Vec<String>,
    /// The type.
    pub is: kernel::codes::RevenueType,
}

/// What a return flag does to the signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReturnSign {
    /// Amount and units of a flagged row are negative, whether they are written so or not: never negated twice.
    ForceNegative,
    /// As before, for the amount only: units are counted as they stand (debits of publishers' statements).
    ForceNegativeAmount,
    /// The numbers carry their own signs; the flag only marks.
    AsGiven,
}

/// What marks a return.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReturnsSpec {
    /// The test.
    pub when: Test,
    /// What it does to the signs.
    pub sign: ReturnSign,
}

/// Rows that are not revenue.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SkipSpec {
    /// Why, in a word or two; skipped money is accounted for under it.
    pub reason: String,
    /// The test.
    pub when: Test,
}

/// Rows under the table.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrailerSpec {
    /// First cells of such rows.
    pub labels: Vec<String>,
    /// Whether the table ends with the first of them.
    #[serde(default)]
    pub ends_data: bool,
}

/// What a stated total counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ControlKind {
    /// Rows of the table.
    Rows,
    /// Units.
    Units,
    /// Net amounts.
    Amount,
}

/// A total the file states: in a trailer row (label, then value) or above the header.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlSpec {
    /// What it counts.
    pub check: ControlKind,
    /// The trailer label.
    #[serde(default)]
    pub label: Option<String>,
    /// The key above the header.
    #[serde(default)]
    pub preamble: Option<String>,
}
