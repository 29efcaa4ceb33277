//! `eurofxref-hist.csv`: a day per row, a currency per column, `N/A` where there is none. Alone or in a zip archive.

use std::io::Read as _;

use chrono::NaiveDate;
use domain::reference::Published;

use super::Unreadable;
use super::xml::add;

/// The largest table that an archive may hold.
const UNPACKED: u64 = 64 * 1024 * 1024;

/// The one CSV file of an archive.
pub(super) fn unpacked(bytes: &[u8]) -> Result<Vec<u8>, Unreadable> {
    let broken = |error: zip::result::ZipError| Unreadable::new(1, format!("the archive cannot be opened: {error}"));
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).map_err(broken)?;
    let names: Vec<String> = archive.file_names().filter_map(|name| Some(name.ok()?.into_owned())).collect();
    let name = names.into_iter().find(|name| name.to_ascii_lowercase().ends_with(".csv"));
    let name = name.ok_or_else(|| Unreadable::new(1, "the archive holds no CSV file"))?;
    let file = archive.by_name(&name).map_err(broken)?;
    let mut text = Vec::new();
    let read = file.take(UNPACKED + 1).read_to_end(&mut text);
    read.map_err(|error| Unreadable::new(1, format!("{name} cannot be unpacked: {error}")))?;
    if text.len() as u64 > UNPACKED {
        return Err(Unreadable::new(1, format!("{name} has more than {UNPACKED} bytes")));
    }
    Ok(text)
}

/// Reads the CSV layout: `Date,USD,JPY,…,` and a row per day. The daily CSV has blanks behind the commas and the day in
/// words (`30 January 2026`).
pub(super) fn read(bytes: &[u8]) -> Result<Published, Unreadable> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(true).from_reader(bytes);
    let header = reader.headers().map_err(|error| Unreadable::new(1, error.to_string()))?.clone();
    if !header.get(0).is_some_and(|name| name.trim_start_matches('\u{feff}').eq_ignore_ascii_case("date")) {
        return Err(Unreadable::new(1, "the first column is not `Date`: this is not the bank's table of rates"));
    }
    let mut published = Published::default();
    for record in reader.records() {
        let record = record.map_err(|error| {
            let line = error.position().map_or(0, csv::Position::line);
            Unreadable::new(line, error.to_string())
        })?;
        let line = record.position().map_or(0, csv::Position::line);
        let Some(text) = record.get(0).filter(|text| !text.is_empty()) else { continue };
        let on = day(text).ok_or_else(|| Unreadable::new(line, format!("`{text}` is not a day")))?;
        for (code, rate) in header.iter().zip(&record).skip(1) {
            if code.is_empty() || rate.is_empty() || rate == "N/A" {
                continue;
            }
            add(&mut published, code, rate, on).map_err(|message| Unreadable::new(line, message))?;
        }
    }
    if published.rates.is_empty() {
        return Err(Unreadable::new(1, "the table has no rate in it"));
    }
    Ok(published)
}

fn day(text: &str) -> Option<NaiveDate> {
    ["%Y-%m-%d", "%d %B %Y"].iter().find_map(|form| NaiveDate::parse_from_str(text, form).ok())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::io::Write as _;

    use super::*;

    /// In the published layout, with its comma at the end of every row; the figures are our own.
    const HISTORY: &str = "Date,USD,JPY,CYP,\n2026-01-30,1.1250,170.05,N/A,\n2000-03-01,0.9700,105.1,0.5751,\n";

    fn shown(published: &Published) -> Vec<String> {
        published.rates.iter().map(|one| format!("{} {} {}", one.on, one.quote, one.rate)).collect()
    }

    #[test]
    fn a_row_is_a_day_and_a_column_a_currency() {
        let published = read(HISTORY.as_bytes()).unwrap();
        let known: Vec<String> = shown(&published).into_iter().filter(|one| !one.contains("CYP")).collect();
        assert_eq!(
            known,
            ["2026-01-30 USD 1.125", "2026-01-30 JPY 170.05", "2000-03-01 USD 0.97", "2000-03-01 JPY 105.1"]
        );
        let daily = read(b"Date, USD, JPY, \n30 January 2026, 1.1250, 170.05, \n").unwrap();
        assert_eq!(shown(&daily), ["2026-01-30 USD 1.125", "2026-01-30 JPY 170.05"]);
    }

    #[test]
    fn an_archive_holds_the_same() {
        let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        writer.start_file("eurofxref-hist.csv", zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(HISTORY.as_bytes()).unwrap();
        let packed = writer.finish().unwrap().into_inner();
        assert_eq!(super::super::read(&packed), read(HISTORY.as_bytes()));
        assert!(super::super::read(&packed[..packed.len() / 2]).is_err(), "half an archive");
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        let line = |text: &str| read(text.as_bytes()).unwrap_err();
        assert_eq!(line("Date,USD\n2026-01-30,abc\n"), Unreadable::new(2, "`abc` is not a rate of USD"));
        assert_eq!(line("Date,USD\n2026-01-30,1\n2026-13-01,1\n").line, 3);
        assert!(line("Day,USD\n").message.contains("not `Date`"));
        assert!(line("Date,USD\n2026-01-30,N/A\n").message.contains("no rate"));
    }
}
