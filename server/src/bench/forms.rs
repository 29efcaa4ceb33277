//! The measured report in the other forms that reports come in: the same uses, each form under a layout and in a month of
//! its own, so that none repeats another.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use rust_xlsxwriter::{Workbook, XlsxError};

/// A form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Tab-separated, packed, as the provider sends it.
    Gzip,
    /// The same, not packed, of the month after.
    Tsv,
    /// A distributor's comma-separated file.
    Csv,
    /// The same as a workbook, of the month after.
    Xlsx,
    /// A DDEX sales report: every use beside its recording, and a footer.
    Dsr,
}

/// Rows that a sheet may have, below its header.
const SHEET_ROWS: u64 = 1_000_000;

impl Form {
    /// All of them, the provider's own first.
    pub const ALL: [Self; 5] = [Self::Gzip, Self::Tsv, Self::Csv, Self::Xlsx, Self::Dsr];

    /// How figures name it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gzip => "import gz",
            Self::Tsv => "import TSV",
            Self::Csv => "import CSV",
            Self::Xlsx => "import XLSX",
            Self::Dsr => "import DSR",
        }
    }

    /// Lines that a file of this form can have.
    pub const fn lines(self, wanted: u64) -> u64 {
        match self {
            Self::Xlsx if wanted > SHEET_ROWS => SHEET_ROWS,
            _ => wanted,
        }
    }

    /// Writes the form beside the provider's file.
    ///
    /// # Errors
    /// When the disk refuses, or the provider's file is not what is expected.
    pub fn write(self, provider: &Path, lines: u64) -> io::Result<PathBuf> {
        let file = |name: &str| provider.with_file_name(name);
        match self {
            Self::Gzip => Ok(provider.to_owned()),
            Self::Tsv => {
                let path = file("measured-track-for-streaming-202602.txt");
                let mut out = BufWriter::new(File::create(&path)?);
                for line in BufReader::new(MultiGzDecoder::new(File::open(provider)?)).lines() {
                    let line = line?.replace("2026-01-31", "2026-02-28").replace("2026-01-", "2026-02-");
                    writeln!(out, "{line}")?;
                }
                out.flush()?;
                Ok(path)
            }
            Self::Csv => {
                let path = file("measured-distributor.csv");
                let mut out = BufWriter::new(File::create(&path)?);
                writeln!(out, "{}", HEAD.join(","))?;
                each(provider, lines, |_, row| {
                    let cells = row.cells("2026-01").map(|cell| format!("\"{}\"", cell.replace('"', "\"\"")));
                    writeln!(out, "{}", cells.join(","))
                })?;
                out.flush()?;
                Ok(path)
            }
            Self::Xlsx => {
                let path = file("measured-distributor.xlsx");
                sheet(provider, lines, &path)?;
                Ok(path)
            }
            Self::Dsr => {
                let path = file("measured-dsr.tsv");
                dsr(provider, lines, &path)?;
                Ok(path)
            }
        }
    }
}

const HEAD: [&str; 14] = [
    "reporting_month",
    "sales_month",
    "platform",
    "country",
    "artist_name",
    "release_title",
    "upc",
    "track_title",
    "isrc",
    "quantity",
    "unit_price",
    "revenue",
    "currency",
    "sales_type",
];

/// What the other forms take from a row.
struct Row<'a> {
    country: &'a str,
    isrc: &'a str,
    title: &'a str,
    artist: &'a str,
    quantity: &'a str,
    amount: &'a str,
}

impl<'a> Row<'a> {
    fn cells(&self, month: &'a str) -> [&'a str; 14] {
        let (title, artist) = (self.title, self.artist);
        let [country, isrc, quantity, amount] = [self.country, self.isrc, self.quantity, self.amount];
        [month, month, "Tonhaus", country, artist, title, "", title, isrc, quantity, "", amount, "EUR", "Stream"]
    }
}

/// Goes through the first rows of the provider's file.
fn each(provider: &Path, lines: u64, mut row: impl FnMut(u64, Row<'_>) -> io::Result<()>) -> io::Result<()> {
    let mut source = BufReader::new(MultiGzDecoder::new(File::open(provider)?));
    let mut text = String::new();
    let mut columns: Option<[usize; 6]> = None;
    let mut number = 0;
    while number < lines {
        text.clear();
        if source.read_line(&mut text)? == 0 {
            break;
        }
        let cells: Vec<&str> = text.trim_end_matches(['\r', '\n']).split('\t').collect();
        let Some([country, isrc, title, artist, quantity, amount]) = columns else {
            let place = |name: &str| cells.iter().position(|cell| *cell == name);
            let amount = cells.iter().position(|cell| cell.ends_with("Payable"));
            let found = [place("Country"), place("ISRC"), place("Track name"), place("Artist name"), place("Quantity")];
            if let ([Some(a), Some(b), Some(c), Some(d), Some(e)], Some(f)) = (found, amount) {
                columns = Some([a, b, c, d, e, f]);
            }
            continue;
        };
        let cell = |at: usize| cells.get(at).copied().unwrap_or_default();
        number += 1;
        row(
            number,
            Row {
                country: cell(country),
                isrc: cell(isrc),
                title: cell(title),
                artist: cell(artist),
                quantity: cell(quantity),
                amount: cell(amount),
            },
        )?;
    }
    if columns.is_none() {
        return Err(io::Error::other("the provider's file has no such header"));
    }
    Ok(())
}

fn sheet(provider: &Path, lines: u64, path: &Path) -> io::Result<()> {
    let odd = |error: XlsxError| io::Error::other(error.to_string());
    let mut book = Workbook::new();
    let sheet = book.add_worksheet_with_constant_memory().map_err(odd)?;
    sheet.write_row(0, 0, HEAD).map_err(odd)?;
    each(provider, lines, |number, row| {
        let at = u32::try_from(number).map_err(io::Error::other)?;
        for (column, cell) in (0u16..).zip(row.cells("2026-02")) {
            match (column, cell.parse::<u32>()) {
                (9, Ok(quantity)) => sheet.write_number(at, column, quantity),
                _ => sheet.write_string(at, column, cell),
            }
            .map_err(odd)?;
        }
        Ok(())
    })?;
    book.save(path).map_err(odd)
}

/// One summary for all uses. Two records for every use, one for the head, the summary and the foot.
fn dsr(provider: &Path, lines: u64, path: &Path) -> io::Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    let mut usages = 0_i64;
    each(provider, lines, |_, row| {
        usages += row.quantity.parse::<i64>().unwrap_or_default();
        Ok(())
    })?;
    writeln!(
        out,
        "HEAD\tdsrf/1.1.2/1.6/1.0\tBasicAudioProfile\t1.2\tM1\t2026-04-15T10:05:00Z\t1\t1\t2026-03-01\t2026-03-31\tPADPIDA1\tTonhaus\tTonhausPlus\tPADPIDA2\tLantern Society\t"
    )?;
    writeln!(
        out,
        "SY01.01\t1\t\t\tSubscriptionModel\tOnDemandStream\tSE\tTonhausPlus\t{usages}\t12\tEUR\t{usages}.00\t\tEUR\t1"
    )?;
    let mut written = 0;
    each(provider, lines, |number, row| {
        let (isrc, title, artist, quantity) = (row.isrc, row.title, row.artist, row.quantity);
        writeln!(out, "AS01\t{number}\tA1\ttrk-{isrc}\t{isrc}\t{title}\t\t{artist}\t\tPT3M2S\tSoundRecording")?;
        writeln!(out, "SU02\t{number}\t1\tT{number}\t\tA1\ttrue\t{quantity}\t\t")?;
        written = number;
        Ok(())
    })?;
    let records = written * 2 + 3;
    writeln!(out, "FOOT\t{records}\t{records}\t{written}\t1\t{written}")?;
    out.flush()
}
