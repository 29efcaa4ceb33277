//! Any bytes as an acknowledgement.
#![no_main]

use std::io::Cursor;

use formats::layout::Layouts;
use formats::report::IdentifierReader;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = [b"HDRSO000000052X\nGRHACK0000102.10\n".as_slice(), bytes].concat();
    if let Ok(mut reader) = IdentifierReader::detect(Layouts::shipped(), Cursor::new(text)) {
        while let Ok(Some(_)) = reader.next_work() {}
    }
});
