//! `layouts`: which report layouts and providers the program knows.

use formats::catalogue;
use formats::layout::Layouts;
use formats::providers::Providers;

use crate::cli::LayoutsFlags;
use crate::say;

/// Lists them, or writes the page of the documentation.
pub fn list(flags: &LayoutsFlags) {
    if flags.markdown {
        say::line(catalogue::markdown(Layouts::shipped(), Providers::shipped()).trim_end());
        return;
    }
    for layout in Layouts::shipped().iter() {
        say::line(format!("{:<28} {}", layout.id(), layout.title()));
    }
}
