//! Any bytes as a sheet, or as the shared texts, of a workbook.
#![no_main]

use std::io::{Cursor, Write};

use formats::layout::Layouts;
use formats::report::{Reader, Supplied};
use libfuzzer_sys::fuzz_target;
use zip::write::SimpleFileOptions;

const RELATIONS: &str = r#"<Relationships><Relationship Id="r1" Type="x/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#;
const BOOK: &str = r#"<workbook><sheets><sheet name="A" id="r1"/></sheets></workbook>"#;

fuzz_target!(|input: (&[u8], &[u8])| {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let parts: [(&str, &[u8]); 5] = [
        ("[Content_Types].xml", b"<Types/>"),
        ("xl/_rels/workbook.xml.rels", RELATIONS.as_bytes()),
        ("xl/workbook.xml", BOOK.as_bytes()),
        ("xl/worksheets/sheet1.xml", input.0),
        ("xl/sharedStrings.xml", input.1),
    ];
    for (name, bytes) in parts {
        if writer.start_file(name, SimpleFileOptions::default()).is_err() || writer.write_all(bytes).is_err() {
            return;
        }
    }
    let Ok(packed) = writer.finish() else { return };
    if let Ok(mut reader) = Reader::detect(Layouts::shipped(), "fuzz.xlsx", packed, Supplied::default()) {
        while let Ok(Some(_)) = reader.next_batch(64) {}
    }
});
