//! What can be wrong with a whole file.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;

const HEAD: &str = "reporting_month,sales_month,platform,country,artist_name,release_title,upc,track_title,isrc,quantity,unit_price,revenue,currency,sales_type\n";
const ROW: &str =
    "2024-04,2024-03,Spotify,DE,Mara Quill,Harbour,0718752340625,Tide,DEXYZ2300011,10,0.1,1.00,EUR,Stream\n";

fn report() -> Vec<u8> {
    format!("{HEAD}{}", ROW.repeat(50)).into_bytes()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn code(bytes: impl AsRef<[u8]>) -> &'static str {
    read(bytes).err().map_or("OK", |error| error.code())
}

#[test]
fn containers_and_encodings_are_told_by_content() {
    let plain = report();
    let utf16: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain(String::from_utf8(plain.clone()).unwrap().encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    let big: Vec<u8> = String::from_utf8(plain.clone()).unwrap().encode_utf16().flat_map(u16::to_be_bytes).collect();
    let marked = [b"\xef\xbb\xbf".as_slice(), &plain].concat();
    let parts = [gzip(&plain[..500]), gzip(&plain[500..])].concat();
    let mac = plain.iter().map(|byte| if *byte == b'\n' { b'\r' } else { *byte }).collect();
    for bytes in [
        plain.clone(),
        gzip(&plain),
        parts,
        zip(&[("__MACOSX/._report.csv", b"x"), ("report.csv", &plain)]),
        utf16.clone(),
        gzip(&utf16),
        big,
        marked,
        mac,
    ] {
        let report = read(&bytes).unwrap();
        assert_eq!((report.amounts().as_str(), report.totals.units, report.totals.rows), ("50.00 EUR", 500, 50));
    }
}

#[test]
fn empty_files() {
    assert_eq!(code(""), "FILE_EMPTY");
    assert_eq!(code(" \r\n\n"), "FILE_EMPTY");
    assert_eq!(code(gzip(b"")), "FILE_EMPTY");
    let Err(FileError::NoRows { line }) = read(HEAD) else { panic!() };
    assert_eq!(line, 1);
}

#[test]
fn truncated_and_damaged_archives() {
    let long = format!(
        "{HEAD}{}",
        (0..5_000).map(|n| ROW.replace("Tide", &format!("Tide {}", n * 7_919 % 5_003))).collect::<String>()
    );
    let packed = gzip(long.as_bytes());
    let Err(FileError::Truncated { container, line }) = read(&packed[..packed.len() / 2]) else { panic!() };
    assert_eq!(container, "gzip");
    assert!(line > 100 && line < 5_000, "{line}");
    let mut damaged = packed.clone();
    let at = damaged.len() - 6;
    damaged[at] ^= 0xff;
    assert_eq!(code(&damaged), "FILE_CORRUPT");
    let packed = zip(&[("report.csv", long.as_bytes())]);
    assert_eq!(code(&packed[..packed.len() - 60]), "FILE_TRUNCATED");
    let mut damaged = packed.clone();
    damaged[4_000] ^= 0xff;
    assert_eq!(code(&damaged), "FILE_CORRUPT");
}

#[test]
fn archives_that_are_no_report() {
    let plain = report();
    assert_eq!(code(gzip(&gzip(&plain))), "FILE_NESTED_ARCHIVE");
    assert_eq!(code(zip(&[("a.csv.gz", &gzip(&plain))])), "FILE_NESTED_ARCHIVE");
    let Err(FileError::Members { members, .. }) = read(zip(&[("a.csv", b"x,y\n"), ("b.csv", b"x,y\n")])) else {
        panic!()
    };
    assert_eq!(members, ["a.csv", "b.csv"]);
    assert_eq!(code(zip(&[])), "FILE_MEMBERS");
    assert_eq!(code(zip(&[("[Content_Types].xml", b"<x/>"), ("word/document.xml", b"<x/>")])), "FILE_NOT_A_REPORT");
    assert_eq!(code(zip(&[("[Content_Types].xml", b"<x/>"), ("xl/workbook.xml", b"<x/>")])), "FILE_CORRUPT");
}

#[test]
fn bombs_are_refused_early() {
    assert_eq!(code(gzip(&vec![b'x'; 50_000_000])), "FILE_LINE_TOO_LONG");
    let many = format!("{HEAD}{ROW}{}", "\n".repeat(10_000_000));
    assert_eq!(code(gzip(many.as_bytes())), "FILE_EXPANDS_TOO_FAR");
    assert_eq!(code(zip(&[("a.csv", many.as_bytes())])), "FILE_EXPANDS_TOO_FAR");
}

#[test]
fn strangers() {
    assert_eq!(code(b"%PDF-1.7 ..."), "FILE_NOT_A_REPORT");
    assert_eq!(code("\n <!DOCTYPE html><html>Sign in</html>"), "FILE_NOT_A_REPORT");
    assert_eq!(code([0u8; 4096]), "FILE_NOT_A_REPORT");
    assert_eq!(code("Dear all,\nplease find attached\n"), "LAYOUT_UNKNOWN");
}

#[test]
fn a_file_with_the_wrong_name_or_layout() {
    // Named as Spotify's, and a distributor's: content decides.
    let report = read_named("spotify_track-for-streaming-202403.txt.gz", &report(), Supplied::default()).unwrap();
    assert_eq!(report.layout, "generic-distributor");
    // A person insists on a layout that it is not.
    let layout = Layouts::shipped().get("apple-itunes-sales").unwrap();
    let error = Reader::open(layout, "x", Cursor::new(self::report()), Supplied::default()).err().unwrap();
    assert_eq!(error.code(), "HEADER_MISSING_COLUMN");
}

#[test]
fn headers_are_found_under_other_names_and_lines() {
    let header = HEAD.replace('_', " ").to_uppercase();
    let text = format!("Statement of March\n\nprepared for,Lantern Row\n{header}{ROW}");
    let report = read(text).unwrap();
    assert_eq!((report.amounts().as_str(), report.lines[0].line_no), ("1.00 EUR", 5));
    let Err(FileError::DuplicateColumn { line, column }) = read(HEAD.replace("unit_price", "Revenue") + ROW) else {
        panic!()
    };
    assert_eq!((line, column.as_str()), (1, "revenue"));
}

#[test]
fn wrong_encodings_say_where() {
    let Err(FileError::Encoding { line, column, .. }) = read(b"Title\tB\nCaf\xe9\tx\n") else { panic!() };
    assert_eq!((line, column), (2, 4));
    let half: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain(format!("{HEAD}{ROW}").encode_utf16().chain([0xd800, 0x0041]).flat_map(u16::to_le_bytes))
        .collect();
    assert_eq!(code(half), "FILE_ENCODING");
}

#[test]
fn long_files_stay_within_batches() {
    let text = format!("{HEAD}{}", ROW.repeat(20_000));
    let mut reader = Reader::detect(Layouts::shipped(), "x", Cursor::new(text), Supplied::default()).unwrap();
    let mut rows = 0;
    while let Some(batch) = reader.next_batch(4_096).unwrap() {
        assert!(batch.len() <= 4_096);
        // Texts that repeat are held once per batch.
        assert!(batch.text_bytes() < 200, "{}", batch.text_bytes());
        rows += batch.len();
    }
    assert_eq!((rows, reader.line()), (20_000, 20_001));
}
