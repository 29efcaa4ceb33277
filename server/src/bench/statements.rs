//! Statement documents: the PDF beside typst alone on the same template, full lines beside the bare libraries.

use std::time::Duration;

use chrono::NaiveDate;
use formats::documents::{
    CheckedStatement, Colour, ContractLine, DetailLine, Identity, Issuer, LINE_COLUMNS, LinesCsv, LinesXlsx, Payee,
    Renderer, Section, SectionKind, SectionRow, StatementDocument,
};
use rust_decimal::Decimal;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};

use super::figure::{Figure, Side, peak_rss_bytes};
use crate::stop::Stop;

/// Tracks of a measured statement; with 10 releases, 8 platforms and 12 territories it has a hundred lines.
const TRACKS: i64 = 70;
/// Statements before the clock runs.
const WARM_UP: usize = 4;

fn broken(error: impl std::fmt::Display) -> Stop {
    Stop::failed(error.to_string())
}

/// Measures documents of `statements` payees, then `lines` lines in both forms of the attachment.
///
/// # Errors
/// When a document cannot be made.
pub fn measure(statements: usize, lines: u64) -> Result<Vec<Figure>, Stop> {
    let mut figures = vec![pdf(statements)?];
    let days = (day(2026, 1, 1)?, day(2026, 1, 31)?);
    figures.push(csv(lines, days)?);
    figures.push(xlsx(lines, days)?);
    Ok(figures)
}

/// As publishing does it: stored content, read, checked, hashed, typeset. Typst alone gets data that is ready. The two
/// sides take turns on different statements, so that neither finds the other's layouts in typst's memory.
fn pdf(statements: usize) -> Result<Figure, Stop> {
    let renderer = Renderer::shared();
    let (mut ours, mut alone) = (Duration::ZERO, Duration::ZERO);
    for at in 0..statements + WARM_UP {
        let stored = serde_json::to_value(statement(2 * at)?)?;
        let started = platform::clock::stopwatch();
        let document: StatementDocument = serde_json::from_value(stored)?;
        renderer.pdf(&checked(document)?).map_err(broken)?;
        let took = started.elapsed();

        let other = checked(statement(2 * at + 1)?)?;
        let data = renderer.data(&other).map_err(broken)?;
        let started = platform::clock::stopwatch();
        renderer.typeset(&other, data).map_err(broken)?;
        if at >= WARM_UP {
            ours += took;
            alone += started.elapsed();
        }
    }
    let items = u64::try_from(statements).unwrap_or(u64::MAX);
    let baseline = Side { name: "typst alone", took: alone };
    Ok(Figure::new(Side { name: "statement PDF, 100 lines", took: ours }, items, "documents", baseline, peak_rss_bytes()))
}

fn checked(document: StatementDocument) -> Result<CheckedStatement, Stop> {
    CheckedStatement::new(document).map_err(|errors| Stop::failed(format!("{errors:?}")))
}

fn day(year: i32, month: u32, day: u32) -> Result<NaiveDate, Stop> {
    NaiveDate::from_ymd_opt(year, month, day).ok_or_else(|| Stop::failed("no such day"))
}

/// A statement with a hundred lines in its sections.
fn statement(at: usize) -> Result<StatementDocument, Stop> {
    let seed = i64::try_from(at).unwrap_or(i64::MAX);
    let royalties = Decimal::new(841_237 + 101 * seed, 2);
    let receipts = Decimal::new(1_987_305 + 203 * seed, 2);
    let section = |kind, name: &str, count: i64, coded: bool| {
        let rows = (1..=count)
            .map(|line| {
                let weight = Decimal::from(1_000 / line + 13 + seed % 7);
                SectionRow {
                    label: format!("{name} {line}, {at}"),
                    detail: coded.then(|| format!("Artist {}", (seed + line) % 40)),
                    code: coded.then(|| format!("QZ8TM26{:05}", (seed * 100 + line) % 100_000)),
                    units: if line == 1 { 480_000 } else { 1_000 },
                    net_receipts: weight * Decimal::new(731, 4),
                    royalty: weight * Decimal::new(3_655, 5),
                }
            })
            .collect();
        Section::from_exact(kind, rows, receipts, royalties, 2).map(|mut section| {
            // The same units in every section.
            let others: i64 = section.rows.iter().skip(1).map(|row| row.units).sum();
            if let Some(first) = section.rows.first_mut() {
                first.units = 600_000 - others;
            }
            section
        })
    };
    let issuer = Issuer {
        name: "Northern Lantern Records".into(),
        address: vec!["10119 Berlin".into()],
        accent: Colour::new(0x0f, 0x76, 0x6e),
        logo: None,
        legal: Vec::new(),
    };
    let payee =
        Payee { id: format!("pty_{at}"), name: format!("Payee {at}"), address: Vec::new(), tax_number: None };
    let names = (format!("stm_{at}"), format!("BEN-2026-01-{at:06}"));
    let period = (day(2026, 1, 1)?, day(2026, 1, 31)?);
    let blank = StatementDocument::blank(names, (issuer, payee), period, day(2026, 2, 14)?, ("EUR".into(), 2));
    Ok(StatementDocument {
        identity: Identity { royalties, closing: royalties, ..Identity::default() },
        contracts: vec![ContractLine {
            id: "ctr_1".into(),
            title: format!("Contract {at}"),
            terms: "Recording".into(),
            royalty: royalties,
        }],
        sections: vec![
            section(SectionKind::Platform, "Platform", 8, false).map_err(broken)?,
            section(SectionKind::Release, "Release", 10, true).map_err(broken)?,
            section(SectionKind::Track, "Track", TRACKS, true).map_err(broken)?,
            section(SectionKind::Territory, "Territory", 12, false).map_err(broken)?,
        ],
        ..blank
    })
}

/// The same line for both sides.
fn line(at: u64, (sale_from, sale_to): (NaiveDate, NaiveDate), text: &mut String) -> DetailLine<'_> {
    use std::fmt::Write as _;
    let number = i64::try_from(at).unwrap_or(i64::MAX);
    text.clear();
    // Writing to a string does not fail.
    let _ = write!(text, "Track {at}");
    DetailLine {
        contract: "AUR-0017".into(),
        platform: "Spotify".into(),
        territory: "DE".into(),
        revenue_type: "STREAM",
        item_code: "QZ8TM2600001".into(),
        title: text.as_str().into(),
        artist: "Mara Lindqvist".into(),
        sale_from,
        sale_to,
        units: number % 977,
        receipts: Decimal::new(number * 7 + 3, 6),
        receipts_currency: "USD".into(),
        royalty: Decimal::new(number * 3 + 1, 8),
        currency: "EUR".into(),
        report: "rep_01j4x8k2v3f6t9a0b1c2d3e4f5".into(),
        report_line: number,
        run: "run_01j4x8k2v3f6t9a0b1c2d3e4f5".into(),
        royalty_line: number,
    }
}

fn csv(lines: u64, days: (NaiveDate, NaiveDate)) -> Result<Figure, Stop> {
    let mut text = String::new();
    let started = platform::clock::stopwatch();
    let mut file = LinesCsv::new(std::io::sink()).map_err(broken)?;
    for at in 0..lines {
        file.push(&line(at, days, &mut text)).map_err(broken)?;
    }
    file.finish().map_err(broken)?;
    let (took, peak) = (started.elapsed(), peak_rss_bytes());

    let started = platform::clock::stopwatch();
    let mut bare = ::csv::Writer::from_writer(std::io::sink());
    bare.write_record(LINE_COLUMNS).map_err(broken)?;
    for at in 0..lines {
        let line = line(at, days, &mut text);
        let figures = [
            line.sale_from.to_string(),
            line.sale_to.to_string(),
            line.units.to_string(),
            line.receipts.to_string(),
            line.royalty.to_string(),
            line.report_line.to_string(),
            line.royalty_line.to_string(),
        ];
        let [from, to, units, receipts, royalty, report_line, royalty_line] = &figures;
        bare.write_record([
            &line.contract,
            &line.platform,
            &line.territory,
            line.revenue_type,
            &line.item_code,
            &line.title,
            &line.artist,
            from,
            to,
            units,
            receipts,
            &line.receipts_currency,
            royalty,
            &line.currency,
            &line.report,
            report_line,
            &line.run,
            royalty_line,
        ])
        .map_err(broken)?;
    }
    bare.flush().map_err(broken)?;
    let baseline = Side { name: "csv alone", took: started.elapsed() };
    Ok(Figure::new(Side { name: "statement lines, CSV", took }, lines, "lines", baseline, peak))
}

fn xlsx(lines: u64, days: (NaiveDate, NaiveDate)) -> Result<Figure, Stop> {
    let mut text = String::new();
    let started = platform::clock::stopwatch();
    let mut book = LinesXlsx::new();
    for at in 0..lines {
        book.push(&line(at, days, &mut text)).map_err(broken)?;
    }
    book.finish(std::io::sink()).map_err(broken)?;
    let (took, peak) = (started.elapsed(), peak_rss_bytes());

    let started = platform::clock::stopwatch();
    bare_xlsx(lines, days, &mut text).map_err(broken)?;
    let baseline = Side { name: "rust_xlsxwriter alone", took: started.elapsed() };
    Ok(Figure::new(Side { name: "statement lines, XLSX", took }, lines, "lines", baseline, peak))
}

/// The same cells as the library's manual writes them.
fn bare_xlsx(
    lines: u64,
    days: (NaiveDate, NaiveDate),
    text: &mut String,
) -> Result<(), rust_xlsxwriter::XlsxError> {
    const SHEET: u64 = 1_000_000;
    let date = Format::new().set_num_format("yyyy-mm-dd");
    let from = ExcelDateTime::parse_from_str(&days.0.to_string())?;
    let to = ExcelDateTime::parse_from_str(&days.1.to_string())?;
    let mut workbook = Workbook::new();
    for first in (0..lines).step_by(usize::try_from(SHEET).unwrap_or(usize::MAX)) {
        let sheet = workbook.add_worksheet_with_constant_memory()?;
        for (at, title) in (0_u16..).zip(LINE_COLUMNS) {
            sheet.write_string(0, at, title)?;
        }
        for (row, at) in (1_u32..).zip(first..lines.min(first + SHEET)) {
            let line = line(at, days, text);
            sheet.write_string(row, 0, line.contract.as_ref())?;
            sheet.write_string(row, 1, line.platform.as_ref())?;
            sheet.write_string(row, 2, line.territory.as_ref())?;
            sheet.write_string(row, 3, line.revenue_type)?;
            sheet.write_string(row, 4, line.item_code.as_ref())?;
            sheet.write_string(row, 5, line.title.as_ref())?;
            sheet.write_string(row, 6, line.artist.as_ref())?;
            sheet.write_datetime_with_format(row, 7, &from, &date)?;
            sheet.write_datetime_with_format(row, 8, &to, &date)?;
            sheet.write(row, 9, Decimal::from(line.units))?;
            sheet.write(row, 10, line.receipts)?;
            sheet.write_string(row, 11, line.receipts_currency.as_ref())?;
            sheet.write(row, 12, line.royalty)?;
            sheet.write_string(row, 13, line.currency.as_ref())?;
            sheet.write_string(row, 14, line.report.as_ref())?;
            sheet.write(row, 15, Decimal::from(line.report_line))?;
            sheet.write_string(row, 16, line.run.as_ref())?;
            sheet.write(row, 17, Decimal::from(line.royalty_line))?;
        }
    }
    workbook.save_to_writer(std::io::sink())
}
