//! Any bytes below the beginning of a known layout.
#![no_main]

use std::io::Cursor;

use formats::layout::Layouts;
use formats::report::{Reader, Supplied};
use libfuzzer_sys::fuzz_target;

const BEGINNINGS: &[&str] = &[
    "HEAD\td\tBasicAudioProfile\t1.2\tM\t2024-01-01T00:00:00Z\t1\t1\t2024-01\t2024-01\tP\tX\tY\tP\tZ\t\nSU02\t1\t1\tT\t\tA\ttrue\t1\n",
    "SRHE\td\tFinancial\t1\tM\t2024-01-01T00:00:00Z\t1\t1\t2024-01\t2024-01\tP\tX\tY\tP\tZ\t\nSR08\tT\n",
    "T,M,2024-01-01T00:00:00.000Z,2024-03-31T23:59:59.999Z,2,USD,10.0000,5.7500,15.75\n",
    "reporting_month,sales_month,platform,country,isrc,upc,quantity,revenue,currency\n",
];

fuzz_target!(|input: (u8, &[u8])| {
    let beginning = BEGINNINGS[usize::from(input.0) % BEGINNINGS.len()];
    let bytes = [beginning.as_bytes(), input.1].concat();
    if let Ok(mut reader) = Reader::detect(Layouts::shipped(), "fuzz", Cursor::new(bytes), Supplied::default()) {
        while let Ok(Some(batch)) = reader.next_batch(64) {
            assert!(batch.rows() > 0);
        }
    }
});
