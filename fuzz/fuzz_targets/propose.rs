//! Any bytes as a file that nobody has described.
#![no_main]

use std::io::Cursor;
use std::sync::Arc;

use formats::propose::{layout_of, preview, propose};
use formats::report::Supplied;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(proposal) = propose("fuzz.csv", Cursor::new(bytes.to_vec())) else { return };
    let Ok(layout) = layout_of(&proposal.mapping) else { return };
    let _ = preview(&Arc::new(layout), "fuzz.csv", Cursor::new(bytes.to_vec()), Supplied::default());
});
