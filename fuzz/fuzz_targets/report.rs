//! Any bytes as a report file.
#![no_main]

use std::io::Cursor;

use formats::layout::Layouts;
use formats::report::{Reader, Supplied};
use libfuzzer_sys::fuzz_target;

fn totals(bytes: &[u8], rows: usize) -> Option<(u64, u64)> {
    let input = Cursor::new(bytes.to_vec());
    let mut reader = Reader::detect(Layouts::shipped(), "fuzz_202403", input, Supplied::default()).ok()?;
    while reader.next_batch(rows).ok()?.is_some() {}
    Some((reader.totals().rows, reader.totals().lines))
}

fuzz_target!(|bytes: &[u8]| {
    assert_eq!(totals(bytes, 1), totals(bytes, 10_000));
});
