//! Zips of several files.

use std::io::Write;

use super::*;

const DETAIL: &str = "Royalty ID,Asset ISRC,Asset Title,Reported Royalty,Territory,Quantity,Sale Type,Sale Start date,Sale End date,Sale Store Name,Currency,Product UPC\n\
    1,DEXYZ2300011,Tide,0.25,DE,10,Stream,2024-03-01,2024-03-31,Spotify,GBP,0718752340625\n";

fn zip(members: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in members {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn files_of_the_same_money_are_left_out_where_the_layout_says_so() {
    let packed = zip(&[
        ("LR-artists.csv", "Artist,Royalty\nMara Quill,0.25\n"),
        ("LR-royalty_extended.csv", DETAIL),
        ("LR-statement.xlsx", "PK\u{3}\u{4}"),
        ("LR-assets.csv", ",,,\n"),
    ]);
    let report = read(packed).unwrap();
    assert_eq!((report.layout.as_str(), report.amounts().as_str()), ("fuga-royalty-extended", "0.25 GBP"));
    let Err(FileError::Members { members, .. }) =
        read(zip(&[("LR-royalty_extended.csv", DETAIL), ("extra.csv", "a,b\n1,2\n")]))
    else {
        panic!()
    };
    assert_eq!(members, ["LR-royalty_extended.csv (fuga-royalty-extended)", "extra.csv (unknown)"]);
}

#[test]
fn several_files_of_one_layout_are_one_report() {
    let second = DETAIL.replace("0.25", "1.5").replace("1,DEXYZ", "2,DEXYZ");
    let report = read(zip(&[("a.csv", DETAIL), ("b.csv", &second)])).unwrap();
    assert_eq!((report.amounts().as_str(), report.totals.rows), ("1.75 GBP", 2));
    // Lines are counted on: no two rows have one number.
    assert_eq!(report.lines.iter().map(|line| line.line_no).collect::<Vec<_>>(), [2, 4]);
}

#[test]
fn files_of_different_layouts_are_not_one_report() {
    let other = "reporting_month,sales_month,platform,country,isrc,upc,quantity,revenue,currency\n2024-04,2024-03,Spotify,DE,DEXYZ2300011,,1,1.00,EUR\n";
    assert_eq!(read(zip(&[("a.csv", DETAIL), ("b.csv", other)])).err().unwrap().code(), "FILE_MEMBERS");
}
