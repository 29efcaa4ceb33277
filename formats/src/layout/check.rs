//! Everything that can be wrong with a layout is found before a file is read with it.

use std::collections::BTreeMap;

use kernel::currency::Currency;

use super::fold;
use super::spec::{DateRule, LayoutSpec, NamedReader, NumberField, OneOrMany, Preamble, Purpose, Test, TextField};
use crate::value::DateFormat;

/// A layout that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LayoutError {
    /// Not the schema: the message names the place.
    #[error("not a layout: {0}")]
    Syntax(String),
    /// It says things that cannot be meant.
    #[error("the layout `{id}` is wrong: {}", .problems.join("; "))]
    Meaning {
        /// Its id.
        id: String,
        /// Everything that is wrong.
        problems: Vec<String>,
    },
    /// Two layouts have one id.
    #[error("two layouts have the id `{0}`")]
    DuplicateId(String),
}

/// The columns of a text.
pub(crate) fn text_columns(field: &TextField) -> Vec<&str> {
    match field {
        TextField::Column(column) => vec![column],
        TextField::Rule(rule) => {
            let columns = rule.column.iter().flat_map(OneOrMany::as_slice);
            columns.chain(&rule.header).map(String::as_str).collect()
        }
    }
}

/// The columns of a number.
pub(crate) fn number_columns(field: &NumberField) -> Vec<&str> {
    match field {
        NumberField::Column(column) => vec![column],
        NumberField::Rule(rule) => {
            let minus = rule.minus.iter().flat_map(OneOrMany::as_slice);
            rule.column.as_slice().iter().chain(minus).chain(&rule.times).map(String::as_str).collect()
        }
    }
}

/// Columns of identifiers.
fn identifier_columns(spec: &LayoutSpec) -> Vec<&str> {
    let Some(own) = &spec.identifiers else { return Vec::new() };
    let optional = own.title.iter().chain(&own.iswc).chain(&own.status).chain(&own.remarks);
    [&own.own, &own.given].into_iter().chain(optional).map(String::as_str).collect()
}

/// The columns of a date.
fn date_columns(rule: &DateRule) -> impl Iterator<Item = &str> {
    rule.column.iter().flat_map(OneOrMany::as_slice).map(String::as_str)
}

fn texts(spec: &LayoutSpec) -> Vec<(&'static str, &TextField)> {
    let fields = &spec.fields;
    let mut all = vec![("platform", &fields.platform), ("currency", &fields.currency)];
    for (name, field) in [
        ("territory", &fields.territory),
        ("isrc", &fields.isrc),
        ("upc", &fields.upc),
        ("iswc", &fields.iswc),
        ("source_item_key", &fields.source_item_key),
        ("title", &fields.title),
        ("artist", &fields.artist),
        ("release_title", &fields.release_title),
        ("configuration", &fields.configuration),
    ] {
        all.extend(field.as_ref().map(|field| (name, field)));
    }
    if let Some(NumberField::Rule(rule)) = &fields.gross {
        all.extend(rule.currency.as_ref().map(|field| ("gross currency", field)));
    }
    all
}

fn numbers(spec: &LayoutSpec) -> Vec<(&'static str, &NumberField)> {
    let fields = &spec.fields;
    let mut all = vec![("amount", &fields.amount)];
    all.extend(fields.units.as_ref().map(|field| ("units", field)));
    all.extend(fields.gross.as_ref().map(|field| ("gross", field)));
    all
}

fn dates(spec: &LayoutSpec) -> Vec<(&'static str, &DateRule)> {
    let period = &spec.period;
    [("sale", &period.sale), ("start", &period.start), ("end", &period.end), ("statement", &period.statement)]
        .into_iter()
        .filter_map(|(name, rule)| rule.as_ref().map(|rule| (name, rule)))
        .collect()
}

fn tests(spec: &LayoutSpec) -> Vec<&Test> {
    let rules = spec.revenue_type.rules.iter().filter_map(|rule| rule.when.as_ref());
    let skips = spec.skip.iter().map(|skip| &skip.when);
    rules.chain(skips).chain(spec.returns.iter().map(|returns| &returns.when)).collect()
}

/// Every column the layout reads anything from.
pub(super) fn columns_read(spec: &LayoutSpec) -> Vec<&str> {
    let mut all = Vec::new();
    all.extend(texts(spec).into_iter().flat_map(|(_, field)| text_columns(field)));
    all.extend(numbers(spec).into_iter().flat_map(|(_, field)| number_columns(field)));
    all.extend(dates(spec).into_iter().flat_map(|(_, rule)| date_columns(rule)));
    all.extend(tests(spec).into_iter().map(|test| test.column.as_str()));
    all.extend(spec.metadata.values().map(String::as_str));
    all.extend(identifier_columns(spec));
    let controls = spec.control.iter();
    all.extend(controls.flat_map(|control| control.column.iter().chain(&control.group)).map(String::as_str));
    // A layout without money leaves these empty.
    all.retain(|column| !(spec.purpose == Purpose::Identifiers && column.is_empty()));
    all
}

pub(super) fn check(spec: &LayoutSpec) -> Result<(), LayoutError> {
    let mut problems = Vec::new();
    let mut claim = |holds: bool, problem: &dyn Fn() -> String| {
        if !holds {
            problems.push(problem());
        }
    };
    let kebab = |text: &str| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    claim(kebab(&spec.id), &|| "its id is not in kebab case".to_owned());
    claim(spec.version > 0, &|| "its version is 0".to_owned());
    for (name, text) in [("provider", &spec.provider), ("title", &spec.title), ("evidence note", &spec.evidence.note)] {
        claim(!text.trim().is_empty(), &|| format!("its {name} is empty"));
    }
    let encodings = &spec.file.encodings;
    claim(encodings.first().is_some_and(|first| first == "utf-8") && encodings.len() <= 2, &|| {
        "its encodings are not utf-8 and at most one other".to_owned()
    });
    for name in encodings.iter().skip(1) {
        let encoding = encoding_rs::Encoding::for_label(name.as_bytes());
        claim(encoding.is_some_and(encoding_rs::Encoding::is_ascii_compatible), &|| {
            format!("`{name}` is not an encoding that has ASCII in it")
        });
    }
    claim(!spec.file.delimiters.is_empty(), &|| "it has no delimiter".to_owned());
    claim(spec.header.required.len() >= 3 || !spec.record.is_empty(), &|| {
        "three columns at least make a fingerprint".to_owned()
    });
    check_names(spec, &mut claim);
    check_records(spec, &mut claim);
    if spec.purpose == Purpose::Revenue {
        for column in number_columns(&spec.fields.amount) {
            claim(spec.header.required.iter().any(|name| name == column) || !spec.record.is_empty(), &|| {
                format!("the amount `{column}` is not required")
            });
        }
        check_sources(spec, &mut claim);
        check_period(spec, &mut claim);
    }
    claim((spec.purpose == Purpose::Identifiers) == spec.identifiers.is_some(), &|| {
        "identifiers are declared where they are the purpose, and only there".to_owned()
    });
    for test in tests(spec) {
        let lists = [&test.equals, &test.starts_with, &test.contains, &test.differs]
            .iter()
            .filter(|list| !list.is_empty())
            .count();
        claim(lists + usize::from(test.filled) == 1, &|| format!("`{}` needs exactly one test", test.column));
    }
    for rule in &spec.revenue_type.rules {
        claim(rule.when.is_some() == rule.file_name.is_empty(), &|| {
            "a revenue type rule is either of a cell or of the file's name".to_owned()
        });
    }
    for skip in &spec.skip {
        claim(!skip.reason.trim().is_empty(), &|| "a skip rule has no reason".to_owned());
    }
    for control in &spec.control {
        let places = [&control.label, &control.preamble].into_iter().filter(|place| place.is_some()).count();
        claim(places == 1 || (places == 0 && control.column.is_some()), &|| {
            "a control is a label, a preamble key, or a column of rows of totals".to_owned()
        });
        claim(control.group.is_none() || control.column.is_some(), &|| {
            "a control of a group is in a column of rows of totals".to_owned()
        });
        if let Some(label) = &control.label {
            let known = spec.trailer.as_ref().is_some_and(|trailer| trailer.labels.contains(label));
            claim(known, &|| format!("the control `{label}` is no trailer label"));
        }
    }
    claim(spec.trailer.as_ref().is_none_or(|trailer| !trailer.labels.is_empty()), &|| {
        "the trailer has no labels".to_owned()
    });
    if problems.is_empty() { Ok(()) } else { Err(LayoutError::Meaning { id: spec.id.clone(), problems }) }
}

type Claim<'a> = dyn FnMut(bool, &dyn Fn() -> String) + 'a;

fn check_records(spec: &LayoutSpec, claim: &mut Claim<'_>) {
    if spec.record.is_empty() {
        return;
    }
    claim(spec.file.reader == NamedReader::Table && spec.file.preamble == Preamble::Ignored, &|| {
        "kinds of records are of plain tables without a preamble".to_owned()
    });
    claim(spec.header.required.is_empty(), &|| "a file of kinds of records has no header".to_owned());
    claim(spec.record.iter().any(|record| !record.total), &|| "no kind of record is a row".to_owned());
    for record in &spec.record {
        claim(!record.begins.is_empty() && record.begins.len() <= record.cells.len(), &|| {
            "a kind of record does not say what it begins with".to_owned()
        });
    }
    let declared: Vec<String> = spec.record.iter().flat_map(|record| &record.cells).map(|cell| fold(cell)).collect();
    for column in columns_read(spec) {
        claim(declared.contains(&fold(column)), &|| format!("no kind of record has the cell `{column}`"));
    }
}

fn check_names(spec: &LayoutSpec, claim: &mut Claim<'_>) {
    let read = columns_read(spec);
    let mut owners: BTreeMap<String, &str> = BTreeMap::new();
    for column in read.iter().copied().chain(spec.header.required.iter().map(String::as_str)) {
        claim(!fold(column).is_empty(), &|| format!("`{column}` is no column name"));
        let owner = *owners.entry(fold(column)).or_insert(column);
        claim(owner == column, &|| format!("`{owner}` and `{column}` are one name"));
    }
    for (column, aliases) in &spec.header.aliases {
        claim(owners.get(&fold(column)).is_some_and(|owner| owner == column), &|| {
            format!("aliases are given for `{column}`, which nothing reads")
        });
        for alias in aliases {
            let owner = owners.get(&fold(alias)).copied();
            claim(owner.is_none(), &|| format!("the alias `{alias}` is a column itself"));
        }
    }
    for absent in &spec.header.absent {
        claim(!owners.contains_key(&fold(absent)), &|| format!("`{absent}` is absent and read"));
    }
    for name in spec.metadata.keys() {
        let snake = !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        claim(snake, &|| format!("the metadata name `{name}` is not in snake case"));
    }
}

fn check_sources(spec: &LayoutSpec, claim: &mut Claim<'_>) {
    let has_preamble = spec.file.preamble != Preamble::Ignored;
    for (name, field) in texts(spec) {
        let TextField::Rule(rule) = field else { continue };
        let sources = usize::from(rule.column.is_some())
            + [&rule.header, &rule.preamble, &rule.constant, &rule.implied]
                .iter()
                .filter(|source| source.is_some())
                .count()
            + usize::from(rule.supplied);
        claim(sources > 0, &|| format!("{name} has no source"));
        claim(rule.preamble.is_none() || has_preamble, &|| format!("{name} is in a preamble that is ignored"));
        claim(rule.header.as_ref().is_none_or(|column| column.contains('*')), &|| {
            format!("{name} is said by the name of a column that has no `*`")
        });
        let money = name == "currency" || name == "gross currency";
        claim(!(rule.supplied || rule.implied.is_some()) || money, &|| format!("{name} cannot be supplied"));
        for code in rule.constant.iter().chain(&rule.implied).filter(|_| money) {
            claim(Currency::parse(code).is_ok(), &|| format!("`{code}` is no currency"));
        }
    }
    for (name, field) in numbers(spec) {
        let NumberField::Rule(rule) = field else { continue };
        claim(!rule.column.as_slice().is_empty(), &|| format!("{name} has no column"));
        claim(!(rule.per_unit && name == "units"), &|| "units are not per unit".to_owned());
        claim(!rule.per_unit || spec.fields.units.is_some(), &|| format!("{name} is per unit and there are no units"));
        claim(rule.currency.is_none() || name == "gross", &|| format!("{name} takes no currency of its own"));
    }
    for control in &spec.control {
        claim(control.preamble.is_none() || has_preamble, &|| "a control is in a preamble that is ignored".to_owned());
    }
}

fn check_period(spec: &LayoutSpec, claim: &mut Claim<'_>) {
    let period = &spec.period;
    let range = period.start.is_some() && period.end.is_some();
    let mixed = period.sale.is_some() && (period.start.is_some() || period.end.is_some());
    claim((period.sale.is_some() || range) && !mixed, &|| {
        "its period is neither `sale` nor `start` and `end`".to_owned()
    });
    for (name, rule) in dates(spec) {
        let sources = rule.column.is_some() || rule.preamble.is_some() || rule.file_name;
        claim(sources, &|| format!("the date `{name}` has no source"));
        claim(rule.preamble.is_none() || spec.file.preamble != Preamble::Ignored, &|| {
            format!("the date `{name}` is in a preamble that is ignored")
        });
        claim(!rule.format.as_slice().is_empty(), &|| format!("the date `{name}` has no form"));
        for form in rule.format.as_slice() {
            if let Err(problem) = DateFormat::new(form) {
                claim(false, &|| problem.clone());
            }
        }
    }
}
