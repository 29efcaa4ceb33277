//! Any text as a number, a date, a period in a file name, a layout.
#![no_main]

use formats::layout::Layout;
use formats::value::{DateFormat, NumberFormat};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(number) = NumberFormat::default().parse(text) {
        let _ = number.kept().and_then(|kept| kept.to_decimal());
    }
    for form in ["%Y-%m-%d", "%m/%d/%y %I:%M%p", "%qQ%Y", "%YM%m"] {
        if let Ok(form) = DateFormat::new(form) {
            let _ = form.read(text);
            let _ = form.find(text);
        }
    }
    let _ = Layout::parse(text);
});
