//! `docs/layouts.md`: which layouts and providers there are, and what each layout rests on. Written from the data, so
//! that it never says anything else.

use std::fmt::Write as _;

use crate::layout::spec::{EvidenceKind, Purpose};
use crate::layout::{Layout, Layouts};
use crate::providers::{ProviderKind, Providers};

/// The kinds of evidence, from firm to loose, with what each means.
const EVIDENCE: &[(EvidenceKind, &str, &str)] = &[
    (EvidenceKind::RealFile, "real files", "files as the provider sends them were seen, or test files made from such"),
    (EvidenceKind::Specification, "specification", "the sender's or the industry's public specification"),
    (
        EvidenceKind::Parser,
        "parsers",
        "the names of columns in programs that read the real files; their order is not relied upon",
    ),
    (
        EvidenceKind::HelpPage,
        "help pages",
        "the provider's help pages: names are probably right, order is not relied upon",
    ),
];

const HEAD: &str = "# Layouts and providers\n\n\
Written by `tunemantra layouts --markdown` from [`formats/layouts`](../formats/layouts) and\n\
[`formats/providers`](../formats/providers); a test fails when this page says anything else. How to add one:\n\
[add a report format](how-to/add-a-report-format.md).\n\n\
A layout is recognised by the header of a file, wherever that stands in the first forty lines, and never by the file's name.\n\
Names of columns match without regard to case, blanks, `_`, `-` and dots. Every layout of a table is read from text (UTF-8,\n\
UTF-16, and what else it declares) as from the sheets of a workbook, packed (gzip, zip) or not.\n\n\
No conformance with DDEX standards is claimed: implementing them takes DDEX's own licence. The royalty statement of CISAC\n\
(CRD) is not read: its layout is not public.\n";

/// The page.
#[must_use]
pub fn markdown(layouts: &Layouts, providers: &Providers) -> String {
    let mut page = String::from(HEAD);
    let total = layouts.iter().count();
    // Writing into a text cannot fail.
    let _ = writeln!(page, "\n## {total} layouts\n\nWhat a layout rests on:\n");
    for (kind, name, meaning) in EVIDENCE {
        let count = layouts.iter().filter(|layout| layout.spec().evidence.kind == *kind).count();
        let _ = writeln!(page, "- **{name}** ({count}): {meaning}.");
    }
    for (kind, name, _) in EVIDENCE {
        let own: Vec<_> = layouts.iter().filter(|layout| layout.spec().evidence.kind == *kind).collect();
        if own.is_empty() {
            continue;
        }
        let _ = writeln!(
            page,
            "\n### On {name}\n\n| Layout | Provider | What it is | What is known and what is assumed |\n|---|---|---|---|"
        );
        for layout in own {
            let spec = layout.spec();
            let note = cell(&spec.evidence.note);
            let _ = writeln!(page, "| `{}` | {} | {} | {note} |", spec.id, cell(&spec.provider), what(layout));
        }
    }
    let _ = writeln!(page, "\n## {} providers", providers.all().len());
    for kind in ProviderKind::ALL {
        let _ = writeln!(
            page,
            "\n### {}\n\n| Provider | Home | Also called | Layouts | Ways |\n|---|---|---|---|---|",
            kind.title()
        );
        for provider in providers.all().iter().filter(|provider| provider.kind == *kind) {
            let layouts: Vec<String> = provider.layouts.iter().map(|layout| format!("`{layout}`")).collect();
            let methods: Vec<String> =
                provider.methods.iter().map(|method| method.as_str().to_lowercase().replace('_', " ")).collect();
            let _ = writeln!(
                page,
                "| {} | {} | {} | {} | {} |",
                cell(&provider.name),
                provider.home.code(),
                cell(&provider.aliases.join(", ")),
                layouts.join(", "),
                methods.join(", ")
            );
        }
    }
    page
}

fn what(layout: &Layout) -> String {
    let title = cell(layout.title());
    if layout.spec().purpose == Purpose::Identifiers { format!("{title}; identifiers, no money") } else { title }
}

/// A text in a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_page_in_the_documentation_is_up_to_date() {
        let page = markdown(Layouts::shipped(), Providers::shipped());
        let known = include_str!("../../docs/layouts.md");
        if page != known {
            let fresh = concat!(env!("OUT_DIR"), "/layouts.md");
            std::fs::write(fresh, &page).unwrap();
            panic!("docs/layouts.md is not what the data says: `make layouts` writes it; the page is in {fresh}");
        }
    }
}
