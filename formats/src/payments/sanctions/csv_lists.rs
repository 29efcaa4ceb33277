//! Lists that come as CSV: OFAC's SDN.CSV with ALT.CSV, and the consolidated list of the United Kingdom.

use std::collections::BTreeMap;
use std::io::{self, Read};

use super::{ListRead, Listed, years};
use crate::payments::problem::Problem;

fn rows<R: Read>(source: R) -> csv::Reader<R> {
    csv::ReaderBuilder::new().has_headers(false).flexible(true).trim(csv::Trim::All).from_reader(source)
}

fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::new(io::ErrorKind::InvalidData, format!("{other:?}")),
    }
}

/// A cell; `-0-` stands for nothing.
fn cell(row: &csv::ByteRecord, index: usize) -> String {
    let text = row.get(index).map(|cell| String::from_utf8_lossy(cell).trim().to_owned()).unwrap_or_default();
    if text == "-0-" { String::new() } else { text }
}

/// Reads SDN.CSV: number, name, type, programme, …, remarks, without a header; and ALT.CSV with further names.
///
/// # Errors
/// When a source cannot be read.
pub fn read_ofac_csv<R: Read, A: Read>(list: R, aliases: Option<A>) -> io::Result<ListRead> {
    let mut read = ListRead::default();
    let mut places = BTreeMap::new();
    for row in rows(list).byte_records() {
        let row = row.map_err(io_error)?;
        let line = row.position().map_or(0, csv::Position::line);
        let (id, name) = (cell(&row, 0), cell(&row, 1));
        // The file ends with a lonely control character.
        if id.trim_matches('\u{1a}').is_empty() {
            continue;
        }
        if !id.bytes().all(|byte| byte.is_ascii_digit()) || name.is_empty() {
            let message = format!("`{id}` is no number of an entry, or its name is missing.");
            read.problems.push(Problem::new("LIST_ROW", message).at_line(line));
            continue;
        }
        let remarks = cell(&row, 11);
        let wallets = remarks.split(';').filter_map(|part| {
            let rest = part.trim().trim_end_matches('.').strip_prefix("Digital Currency Address - ")?;
            rest.split_whitespace().nth(1).map(str::to_owned)
        });
        let births = remarks.split(';').filter(|part| part.contains("DOB ")).flat_map(years);
        let person = match cell(&row, 2).as_str() {
            "individual" => Some(true),
            "" => Some(false),
            _ => None,
        };
        places.insert(id.clone(), read.entries.len());
        read.entries.push(Listed {
            list: "OFAC",
            id,
            person,
            names: vec![name],
            countries: remarks
                .split(';')
                .filter_map(|part| {
                    part.trim().strip_prefix("nationality ").map(|country| country.trim_end_matches('.').to_owned())
                })
                .collect(),
            birth_years: births.collect(),
            wallets: wallets.collect(),
            programmes: cell(&row, 3)
                .split("] [")
                .map(|one| one.trim_matches(['[', ']', ' ']).to_owned())
                .filter(|one| !one.is_empty())
                .collect(),
        });
    }
    if let Some(aliases) = aliases {
        for row in rows(aliases).byte_records() {
            let row = row.map_err(io_error)?;
            let name = cell(&row, 3);
            if let Some(entry) = places.get(&cell(&row, 0)).and_then(|place| read.entries.get_mut(*place))
                && !name.is_empty()
            {
                entry.names.push(name);
            }
        }
    }
    expect_some(&mut read);
    Ok(read)
}

/// Reads the consolidated list: a line with its day, a header, then a row per name; rows of one group are one entry.
///
/// # Errors
/// When the source cannot be read.
pub fn read_uk_csv<R: Read>(list: R) -> io::Result<ListRead> {
    let mut read = ListRead::default();
    let mut titles: Vec<String> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for row in rows(list).byte_records() {
        let row = row.map_err(io_error)?;
        let cells: Vec<String> = (0..row.len()).map(|index| cell(&row, index)).collect();
        if titles.is_empty() {
            if cells.first().is_some_and(|first| first.trim_start_matches('\u{feff}').starts_with("Last Updated")) {
                read.published = cells.get(1).cloned().unwrap_or_default();
            } else if cells.iter().any(|title| title == "Group ID") {
                titles = cells;
            }
            continue;
        }
        let at = |title: &str| {
            titles.iter().position(|own| own == title).and_then(|place| cells.get(place)).cloned().unwrap_or_default()
        };
        let parts: Vec<String> = ["Name 1", "Name 2", "Name 3", "Name 4", "Name 5", "Name 6"]
            .iter()
            .map(|title| at(title))
            .filter(|part| !part.is_empty())
            .collect();
        let (id, name) = (at("Group ID"), parts.join(" "));
        if id.is_empty() || name.is_empty() {
            let line = row.position().map_or(0, csv::Position::line);
            read.problems.push(Problem::new("LIST_ROW", "The row has no group or no name.").at_line(line));
            continue;
        }
        let place = *places.entry(id.clone()).or_insert_with(|| {
            read.entries.push(Listed { list: "UK", id, ..Listed::default() });
            read.entries.len() - 1
        });
        let Some(entry) = read.entries.get_mut(place) else { continue };
        if at("Alias Type").eq_ignore_ascii_case("Primary name") {
            entry.names.insert(0, name)
        } else {
            entry.names.push(name)
        }
        entry.person = match at("Group Type").as_str() {
            "Individual" => Some(true),
            "" => entry.person,
            _ => Some(false),
        };
        for title in ["Nationality", "Country", "Regime"] {
            let value = at(title);
            let into = if title == "Regime" { &mut entry.programmes } else { &mut entry.countries };
            if !value.is_empty() && !into.contains(&value) {
                into.push(value);
            }
        }
        entry.birth_years.extend(years(&at("DOB")));
        entry.birth_years.dedup();
    }
    expect_some(&mut read);
    Ok(read)
}

/// A list without anybody is a download that failed: screening against it would let everybody pass.
pub(super) fn expect_some(read: &mut ListRead) {
    if read.entries.is_empty() {
        let message = "Nobody is on the list: the download failed, or it is another file. Screening goes on with the list before.";
        read.problems.push(Problem::new("LIST_EMPTY", message));
    }
}
