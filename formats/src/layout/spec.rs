//! The schema of a layout file (`formats/layouts/*.toml`): everything a provider's report needs to be read, as data.
//!
//! `docs/how-to/add-a-report-format.md` walks through a file. A key that is not in this schema is an error.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::value::NumberFormat;

/// A layout file.
#[derive(Debug, Clone, Serialize, Deserialize)]
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
    /// What its files are for.
    #[serde(default)]
    pub purpose: Purpose,
    /// Encodings, delimiters, quoting.
    #[serde(default)]
    pub file: FileSpec,
    /// How the header is recognised.
    pub header: HeaderSpec,
    /// The kinds of records of a file without a header.
    #[serde(default)]
    pub record: Vec<RecordSpec>,
    /// How numbers are written.
    #[serde(default)]
    pub numbers: NumberFormat,
    /// Where the fields of a revenue line come from.
    #[serde(default)]
    pub fields: FieldsSpec,
    /// For layouts whose purpose is identifiers: where they are.
    #[serde(default)]
    pub identifiers: Option<IdentifiersSpec>,
    /// When the sales were made.
    #[serde(default)]
    pub period: PeriodSpec,
    /// What the money was earned with.
    #[serde(default)]
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

/// What the files of a layout are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// They say what was earned.
    #[default]
    Revenue,
    /// They carry no money: they say which numbers somebody gave to works and recordings.
    Identifiers,
}

/// A kind of record of a file without a header.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordSpec {
    /// What its first cells say.
    pub begins: Vec<String>,
    /// Names of all its cells. Cells of one name in several kinds are one column.
    pub cells: Vec<String>,
    /// Whether it states totals instead of a sale.
    #[serde(default, skip_serializing_if = "is_false")]
    pub total: bool,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde asks for")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

/// What a layout rests on, from firm to loose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Drawn up by a tenant from a file of theirs.
    Tenant,
}

/// The evidence and what it leaves open.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// Its kind.
    pub kind: EvidenceKind,
    /// What is known and what is assumed.
    pub note: String,
}

/// Between the cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quoting {
    /// A quote is a character like any other (Apple, Spotify).
    None,
    /// Cells may be quoted as RFC 4180 says.
    #[default]
    Rfc4180,
}

/// Who cuts the file into rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NamedReader {
    /// Lines of cells, or rows of a sheet.
    #[default]
    Table,
    /// Records of a DDEX digital sales report (flat file), flattened into one table.
    DdexDsr,
    /// Transactions of a CWR acknowledgement.
    CwrAcknowledgement,
}

/// What the lines above the header are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ShortRows {
    /// A short row was cut off: an error.
    #[default]
    Refuse,
    /// Empty cells at the end are left out by this provider.
    Pad,
}

/// Encodings, delimiters, quoting.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FileSpec {
    /// WHATWG names, UTF-8 first. A byte order mark always decides; a record that is not UTF-8 is read in the second
    /// encoding, if there is one.
    pub encodings: Vec<String>,
    /// The delimiters that occur: comma, semicolon and tab, where none is named.
    pub delimiters: Vec<Delimiter>,
    /// Whether quotes mean anything.
    pub quoting: Quoting,
    /// What the lines above the header are.
    pub preamble: Preamble,
    /// What to do with short rows.
    pub short_rows: ShortRows,
    /// Who cuts the file into rows.
    pub reader: NamedReader,
    /// Parts of the names of other files in the same zip that are left out, since they say the same money again or none.
    pub beside: Vec<String>,
}

impl Default for FileSpec {
    fn default() -> Self {
        Self {
            encodings: vec!["utf-8".to_owned()],
            delimiters: vec![Delimiter::Comma, Delimiter::Semicolon, Delimiter::Tab],
            quoting: Quoting::default(),
            preamble: Preamble::default(),
            short_rows: ShortRows::default(),
            reader: NamedReader::default(),
            beside: Vec::new(),
        }
    }
}

/// How the header is recognised, wherever it stands in the first forty lines. Names match without regard to case,
/// blanks, `_`, `-` and dots.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeaderSpec {
    /// Columns that must all be there: the fingerprint.
    pub required: Vec<String>,
    /// Columns that tell another layout.
    #[serde(default)]
    pub absent: Vec<String>,
    /// Other names of a column, in other years or languages. In a name, `*` stands for any text: `Revenue (*)`.
    #[serde(default)]
    pub aliases: BTreeMap<String, Vec<String>>,
}

/// One or several.
#[derive(Debug, Clone, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum TextField {
    /// A column.
    Column(String),
    /// Several columns, cleaned and translated.
    Rule(Box<TextRule>),
}

/// A text with its rules. The first source that yields something wins: columns, then the name
/// of a column, then the preamble, then the constant.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TextRule {
    /// Columns in order.
    pub column: Option<OneOrMany<String>>,
    /// A column whose *name* says it: what the `*` of its name stands for (`Revenue (*)` and `Revenue (EUR)`: EUR).
    pub header: Option<String>,
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
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum NumberField {
    /// A column.
    Column(String),
    /// One column or the sum of several.
    Rule(Box<NumberRule>),
}

/// What an empty number means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EmptyNumber {
    /// An error.
    #[default]
    Refuse,
    /// Nothing.
    Zero,
}

/// A number with its rules.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NumberRule {
    /// The column, or the columns to add up.
    pub column: OneOrMany<String>,
    /// Columns to take off: debits beside credits, deductions beside what they are taken from. They are written without
    /// a sign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minus: Option<OneOrMany<String>>,
    /// A column to multiply by: the rate that turns the amount into what is paid. Empty is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<String>,
    /// Whether every cell that is filled counts one, whatever it says: rows that are one sale each.
    #[serde(default, skip_serializing_if = "is_false")]
    pub count: bool,
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
#[derive(Debug, Clone, Serialize, Deserialize)]
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

impl Default for FieldsSpec {
    /// Nothing: for files without money.
    fn default() -> Self {
        let none = || TextField::Column(String::new());
        Self {
            platform: none(),
            amount: NumberField::Column(String::new()),
            currency: none(),
            units: None,
            gross: None,
            territory: None,
            isrc: None,
            upc: None,
            iswc: None,
            source_item_key: None,
            title: None,
            artist: None,
            release_title: None,
            configuration: None,
        }
    }
}

/// Numbers that somebody gave to works and recordings.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentifiersSpec {
    /// The number under which we handed the thing in.
    pub own: String,
    /// The number it was given.
    pub given: String,
    /// Its title.
    #[serde(default)]
    pub title: Option<String>,
    /// Its ISWC.
    #[serde(default)]
    pub iswc: Option<String>,
    /// What became of it.
    #[serde(default)]
    pub status: Option<String>,
    /// What was said about it.
    #[serde(default)]
    pub remarks: Option<String>,
    /// Texts of the status under which the number holds; any, where none is named.
    #[serde(default)]
    pub accepted: Vec<String>,
}

/// Where a date comes from. The first source that yields something wins: columns, preamble, file name.
#[derive(Debug, Clone, Serialize, Deserialize)]
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
    /// Only so many characters from the beginning: `202601202603` begins with `202601`.
    #[serde(default)]
    pub first: Option<usize>,
    /// Only so many characters at the end.
    #[serde(default)]
    pub last: Option<usize>,
}

/// When the sales were made: either `sale` (a day, month, quarter or year) or `start` and `end`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Serialize, Deserialize)]
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
    /// The whole cell is none of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub differs: Vec<String>,
    /// The column is there and the cell is not empty.
    #[serde(default, skip_serializing_if = "is_false")]
    pub filled: bool,
}

/// What the money was earned with: the first rule that holds, else the default.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RevenueTypeSpec {
    /// When no rule holds.
    pub default: kernel::codes::RevenueType,
    /// Rules in order.
    #[serde(default)]
    pub rules: Vec<RevenueTypeRule>,
}

impl Default for RevenueTypeSpec {
    fn default() -> Self {
        Self { default: kernel::codes::RevenueType::Other, rules: Vec::new() }
    }
}

/// One rule: of a cell, or of the file's name for kinds of money that nothing else tells apart (breakage).
#[derive(Debug, Clone, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReturnsSpec {
    /// The test.
    pub when: Test,
    /// What it does to the signs.
    pub sign: ReturnSign,
}

/// Rows that are not revenue.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SkipSpec {
    /// Why, in a word or two; skipped money is accounted for under it.
    pub reason: String,
    /// The test.
    pub when: Test,
}

/// Rows under the table.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrailerSpec {
    /// First cells of such rows, or what they begin with where they are as wide as the table.
    pub labels: Vec<String>,
    /// Whether such rows may be as wide as the table: then the first cell that is not empty is the label.
    #[serde(default, skip_serializing_if = "is_false")]
    pub full_width: bool,
    /// Whether the table ends with the first of them.
    #[serde(default)]
    pub ends_data: bool,
}

/// What a stated total counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ControlKind {
    /// Rows of the table.
    Rows,
    /// Units.
    Units,
    /// Net amounts.
    Amount,
    /// Lines, records or blocks, counted by the reader of the file itself.
    Structure,
}

/// A total the file states: in a trailer row (label, then value), above the header, or in records of totals.
#[derive(Debug, Clone, Serialize, Deserialize)]
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
    /// The column in which a row of totals states it.
    #[serde(default)]
    pub column: Option<String>,
    /// With `column`: only rows that have the same text as the row of totals in this column are counted.
    #[serde(default)]
    pub group: Option<String>,
}
