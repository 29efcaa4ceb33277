//! From columns and their fields to a layout.

use std::collections::BTreeMap;

use kernel::codes::RevenueType;
use kernel::currency::Currency;

use super::content::{DATES, SYMBOLS, forms};
use super::field::Field;
use super::table::Table;
use super::{ColumnGuess, Proposal};
use crate::layout::spec::{
    DateRule, Delimiter, EmptyNumber, Evidence, EvidenceKind, FieldsSpec, FileSpec, HeaderSpec, NumberField,
    NumberRule, OneOrMany, PeriodSpec, RevenueTypeRule, RevenueTypeSpec, Test, TextField, TextRule,
};
use crate::layout::{Layout, LayoutError, LayoutSpec, fold};
use crate::report::FileError;
use crate::value::{DateFormat, DecimalMark, NumberFormat};

/// What a person decides about a layout of their own; a proposal fills it in first.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct Mapping {
    /// Id of the layout, in kebab case.
    pub id: String,
    /// Counts its versions.
    pub version: u32,
    /// Who sends such files.
    pub provider: String,
    /// What the files are, for people.
    pub title: String,
    /// The names of all columns of the header: the fingerprint by which the layout is recognised.
    pub header: Vec<String>,
    /// Which column is which field.
    pub columns: Vec<(String, Field)>,
    /// Between cells; nothing where the files are sheets.
    pub delimiter: Option<Delimiter>,
    /// The encoding beside UTF-8.
    pub encoding: Option<String>,
    /// What parts whole from fraction.
    pub decimal: DecimalMark,
    /// What stands between groups of three digits.
    pub thousands: String,
    /// Whether parentheses mean minus.
    pub parentheses: bool,
    /// Signs of currencies that stand at numbers.
    pub symbols: Vec<String>,
    /// Forms of the dates, tried in order.
    pub dates: Vec<String>,
    /// The currency, where no column says it; nothing where it is to be stated with every file.
    pub currency: Option<String>,
    /// The platform, where no column says it.
    pub platform: Option<String>,
    /// What the money was earned with, where the kind of income does not say it.
    pub revenue_type: RevenueType,
}

/// The layout that a mapping describes.
///
/// # Errors
/// [`LayoutError`] with everything that is wrong: no column of amounts, a form that is no date, a currency that is none.
pub fn layout_of(mapping: &Mapping) -> Result<Layout, LayoutError> {
    Layout::new(spec_of(mapping))
}

fn spec_of(mapping: &Mapping) -> LayoutSpec {
    let column = |field: Field| mapping.columns.iter().find(|(_, own)| *own == field).map(|(name, _)| name.clone());
    let text = |field: Field| column(field).map(TextField::Column);
    let number = |field: Field, empty: EmptyNumber| {
        column(field).map(|name| {
            NumberField::Rule(Box::new(NumberRule {
                column: OneOrMany::One(name),
                minus: None,
                times: None,
                count: false,
                per_unit: false,
                empty,
                currency: None,
            }))
        })
    };
    let amount = column(Field::Amount).unwrap_or_default();
    let platform = TextRule {
        column: column(Field::Platform).map(OneOrMany::One),
        constant: Some(mapping.platform.clone().unwrap_or_else(|| mapping.provider.clone())),
        ..TextRule::default()
    };
    let currency = TextRule {
        column: column(Field::Currency).map(OneOrMany::One),
        implied: mapping.currency.clone(),
        supplied: mapping.currency.is_none() && column(Field::Currency).is_none(),
        ..TextRule::default()
    };
    // The header of the file is the fingerprint: all of its names that are one name only.
    let single = |name: &&String| mapping.header.iter().filter(|other| fold(other) == fold(name)).count() == 1;
    let mut required: Vec<String> = mapping
        .header
        .iter()
        .filter(|name| !fold(name).is_empty() && !name.contains('*'))
        .filter(single)
        .cloned()
        .collect();
    if !amount.is_empty() && !required.contains(&amount) {
        required.push(amount.clone());
    }
    LayoutSpec {
        id: mapping.id.clone(),
        version: mapping.version,
        provider: mapping.provider.clone(),
        title: mapping.title.clone(),
        evidence: Evidence { kind: EvidenceKind::Tenant, note: "Drawn up from a file of one's own.".to_owned() },
        purpose: crate::layout::spec::Purpose::Revenue,
        file: FileSpec {
            encodings: std::iter::once("utf-8".to_owned()).chain(mapping.encoding.clone()).collect(),
            delimiters: mapping.delimiter.map_or_else(|| FileSpec::default().delimiters, |delimiter| vec![delimiter]),
            ..FileSpec::default()
        },
        header: HeaderSpec { required, absent: Vec::new(), aliases: BTreeMap::new() },
        record: Vec::new(),
        numbers: NumberFormat {
            decimal: mapping.decimal,
            thousands: mapping.thousands.clone(),
            parentheses: mapping.parentheses,
            symbols: mapping.symbols.clone(),
        },
        fields: FieldsSpec {
            platform: TextField::Rule(Box::new(platform)),
            amount: number(Field::Amount, EmptyNumber::Refuse).unwrap_or(NumberField::Column(amount)),
            currency: TextField::Rule(Box::new(currency)),
            units: number(Field::Units, EmptyNumber::Zero),
            gross: number(Field::Gross, EmptyNumber::Zero),
            territory: text(Field::Territory),
            isrc: text(Field::Isrc),
            upc: text(Field::Upc),
            iswc: text(Field::Iswc),
            source_item_key: text(Field::SourceItemKey),
            title: text(Field::Title),
            artist: text(Field::Artist),
            release_title: text(Field::ReleaseTitle),
            configuration: None,
        },
        identifiers: None,
        period: period(mapping, &column),
        revenue_type: RevenueTypeSpec { default: mapping.revenue_type, rules: kinds(column(Field::IncomeType)) },
        returns: None,
        skip: Vec::new(),
        trailer: None,
        control: Vec::new(),
        metadata: column(Field::IncomeType).map(|name| ("income_type".to_owned(), name)).into_iter().collect(),
    }
}

fn period(mapping: &Mapping, column: &dyn Fn(Field) -> Option<String>) -> PeriodSpec {
    let rule = |name: Option<String>| DateRule {
        // Whoever hands the file in, or its name, may say what no column does.
        file_name: name.is_none(),
        column: name.map(OneOrMany::One),
        preamble: None,
        format: OneOrMany::Many(if mapping.dates.is_empty() {
            ["%Y-%m-%d", "%Y-%m", "%Y%m"].map(str::to_owned).to_vec()
        } else {
            mapping.dates.clone()
        }),
        after: None,
        before: None,
        first: None,
        last: None,
    };
    let (start, end) = (column(Field::SaleStart), column(Field::SaleEnd));
    let statement = column(Field::Statement);
    let sale = column(Field::SalePeriod);
    match (sale, start, end) {
        (Some(sale), ..) => PeriodSpec {
            sale: Some(rule(Some(sale))),
            statement: statement.map(|name| rule(Some(name))),
            ..PeriodSpec::default()
        },
        (None, Some(start), end) => PeriodSpec {
            start: Some(rule(Some(start.clone()))),
            end: Some(rule(Some(end.unwrap_or(start)))),
            statement: statement.map(|name| rule(Some(name))),
            ..PeriodSpec::default()
        },
        // What the statement is about is the next best answer to when the sales were made.
        (None, None, end) => PeriodSpec { sale: Some(rule(end.or(statement))), ..PeriodSpec::default() },
    }
}

/// Words of the kind of income that say what the money was earned with.
fn kinds(column: Option<String>) -> Vec<RevenueTypeRule> {
    let Some(column) = column else { return Vec::new() };
    let rule = |words: &[&str], is: RevenueType| RevenueTypeRule {
        when: Some(Test {
            column: column.clone(),
            equals: Vec::new(),
            starts_with: Vec::new(),
            contains: words.iter().map(|word| (*word).to_owned()).collect(),
            differs: Vec::new(),
            filled: false,
        }),
        file_name: Vec::new(),
        is,
    };
    vec![
        rule(&["download", "purchase"], RevenueType::Download),
        rule(&["video"], RevenueType::Video),
        rule(&["physical", "vinyl", "cassette"], RevenueType::Physical),
        rule(&["mechanical"], RevenueType::Mechanical),
        rule(&["sync"], RevenueType::Sync),
        rule(&["neighbo"], RevenueType::Neighbouring),
        rule(&["perform", "broadcast"], RevenueType::Performance),
        rule(&["stream"], RevenueType::Stream),
    ]
}

/// Puts a proposal together.
pub(super) fn proposal(file_name: &str, table: &Table, columns: Vec<ColumnGuess>) -> Result<Proposal, FileError> {
    let place = |field: Field| columns.iter().position(|guess| guess.field == Some(field));
    let mut remarks = Vec::new();
    let Some(amount) = place(Field::Amount) else {
        return Err(FileError::UnknownLayout { beginning: table.header.join(", ").chars().take(200).collect() });
    };
    let numbers = notation(table.column(amount));
    if numbers.decimal == DecimalMark::Either {
        remarks.push("Numbers are written with a point and with a comma: the last mark of a number is taken for the decimal one.".to_owned());
    }
    let mut dates = Vec::new();
    for field in [Field::SalePeriod, Field::SaleStart, Field::SaleEnd, Field::Statement] {
        let Some(at) = place(field) else { continue };
        let fit = fitting(table.column(at));
        if let [first, second, ..] = fit.as_slice()
            && disagree(first, second, table.column(at))
        {
            remarks.push(format!(
                "`{}` can be read as {first} and as {second}: {first} is proposed.",
                table.header.get(at).cloned().unwrap_or_default()
            ));
        }
        match fit.into_iter().next() {
            Some(form) if !dates.contains(&form) => dates.push(form),
            Some(_) => {}
            None => remarks
                .push(format!("no form of dates fits all of `{}`", table.header.get(at).cloned().unwrap_or_default())),
        }
    }
    let named = table.header.get(amount).and_then(|name| currency_in(name));
    if place(Field::Currency).is_none() && named.is_none() {
        remarks.push("The file does not say its currency: it has to be stated.".to_owned());
    }
    let dated = [Field::SalePeriod, Field::SaleStart, Field::SaleEnd, Field::Statement];
    if dated.into_iter().all(|field| place(field).is_none()) {
        remarks.push(
            "No column says when the sales were made: the name of the file or whoever hands it in has to.".to_owned(),
        );
    }
    if [Field::Isrc, Field::Upc, Field::Iswc, Field::SourceItemKey, Field::Title]
        .into_iter()
        .all(|field| place(field).is_none())
    {
        remarks.push("No column says what was sold: its lines cannot be matched.".to_owned());
    }
    let works = place(Field::Isrc).is_none()
        && (place(Field::Iswc).is_some() || table.header.iter().any(|name| fold(name).contains("work")));
    let mapping = Mapping {
        id: id_of(file_name),
        version: 1,
        provider: "Unknown".to_owned(),
        title: format!("Proposed for {file_name}"),
        header: table.header.clone(),
        columns: columns.iter().filter_map(|guess| Some((guess.column.clone(), guess.field?))).collect(),
        delimiter: table.delimiter,
        encoding: table.encoding.map(|encoding| encoding.name().to_lowercase()),
        decimal: numbers.decimal,
        thousands: numbers.thousands,
        parentheses: numbers.parentheses,
        symbols: numbers.symbols,
        dates,
        currency: named,
        platform: None,
        revenue_type: if works { RevenueType::Performance } else { RevenueType::Stream },
    };
    Ok(Proposal { layout: spec_of(&mapping), mapping, columns, remarks, header_line: table.header_line })
}

/// An id for a layout, from the name of a file.
fn id_of(file_name: &str) -> String {
    let mut id = String::from("own");
    for part in file_name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty()).take(6) {
        id.push('-');
        id.push_str(&part.to_ascii_lowercase());
    }
    id
}

/// The currency that a name says: `Revenue (EUR)`, `Net royalty USD`.
fn currency_in(name: &str) -> Option<String> {
    name.split(|c: char| !c.is_ascii_alphabetic())
        .filter(|word| word.len() == 3 && word.bytes().all(|byte| byte.is_ascii_uppercase()))
        .find(|word| Currency::parse(word).is_ok() && !matches!(*word, "NET" | "ALL" | "TOP"))
        .map(str::to_owned)
}

/// How numbers are written, from numbers.
fn notation<'a>(cells: impl Iterator<Item = &'a str>) -> NumberFormat {
    let mut format = NumberFormat::default();
    let (mut point, mut comma, mut blank, mut groups_by_comma, mut groups_by_point) =
        (false, false, false, false, false);
    for cell in cells {
        for symbol in SYMBOLS {
            if cell.contains(symbol) && !format.symbols.iter().any(|own| own == symbol) {
                format.symbols.push((*symbol).to_owned());
            }
        }
        format.parentheses |= cell.starts_with('(') && cell.ends_with(')');
        let bare: String = cell
            .chars()
            .filter(|c| c.is_ascii_digit() || matches!(c, '.' | ',' | ' ' | '\u{a0}' | '\u{202f}'))
            .collect();
        blank |= bare.trim().contains([' ', '\u{a0}', '\u{202f}']);
        match (bare.rfind('.'), bare.rfind(',')) {
            (Some(dot), Some(at)) if dot > at => (point, groups_by_comma) = (true, true),
            (Some(_), Some(_)) => (comma, groups_by_point) = (true, true),
            // Several of one mark part thousands; one mark parts decimals.
            (Some(_), None) if bare.matches('.').count() > 1 => groups_by_point = true,
            (Some(_), None) => point = true,
            (None, Some(_)) if bare.matches(',').count() > 1 => groups_by_comma = true,
            (None, Some(_)) => comma = true,
            (None, None) => {}
        }
    }
    // `1,234` among numbers with points is a thousand; among numbers with commas only it is a fraction.
    format.decimal = match (point, comma) {
        (true, true) if groups_by_comma && !groups_by_point => DecimalMark::Point,
        (true, true) => DecimalMark::Either,
        (false, true) => DecimalMark::Comma,
        _ if groups_by_point => DecimalMark::Comma,
        _ => DecimalMark::Point,
    };
    if blank {
        format.thousands.push(' ');
    }
    match format.decimal {
        DecimalMark::Point if groups_by_comma => format.thousands.push(','),
        DecimalMark::Comma if groups_by_point => format.thousands.push('.'),
        _ => {}
    }
    format
}

/// The forms of dates that fit every cell.
fn fitting<'a>(cells: impl Iterator<Item = &'a str> + Clone) -> Vec<String> {
    let fits = |form: &DateFormat| cells.clone().all(|cell| form.read(cell).is_ok());
    let forms = forms();
    DATES.iter().zip(&forms).filter(|(_, form)| fits(form)).map(|(text, _)| (*text).to_owned()).collect()
}

/// Whether two forms read some cell differently.
fn disagree<'a>(first: &str, second: &str, mut cells: impl Iterator<Item = &'a str>) -> bool {
    let (Ok(first), Ok(second)) = (DateFormat::new(first), DateFormat::new(second)) else { return false };
    cells.any(|cell| first.read(cell).ok() != second.read(cell).ok())
}
