//! `STATEMENT_PREVIEW=folder cargo test -p formats preview` writes the sample statements there, to look at, and says
//! how long they take. `STATEMENT_TEMPLATE=file` tries another template without compiling.

#![allow(clippy::disallowed_methods, reason = "a stopwatch and two settings of a developer's tool")]

use std::path::Path;
use std::time::Instant;

use super::sample;
use crate::documents::*;

#[test]
fn preview() {
    let Some(folder) = std::env::var_os("STATEMENT_PREVIEW") else { return };
    let folder = Path::new(&folder);
    let renderer = std::env::var_os("STATEMENT_TEMPLATE")
        .map(|path| Renderer::with_template(&std::fs::read_to_string(path).unwrap()))
        .unwrap_or_else(|| Renderer::with_template(include_str!("../../../templates/statement.typ")));
    let documents = [
        ("artist", sample::artist(24)),
        ("large", sample::artist(200)),
        ("german", StatementDocument { language: "de-DE".into(), ..sample::artist(24) }),
        ("french", StatementDocument { language: "fr-FR".into(), ..sample::artist(24) }),
        ("japanese", StatementDocument { language: "ja-JP".into(), ..sample::artist(24) }),
        ("preview", StatementDocument { kind: StatementKind::Preview, ..sample::artist(3) }),
        ("empty", sample::empty()),
        ("hostile", sample::hostile()),
    ];
    std::fs::create_dir_all(folder).unwrap();
    for (name, document) in documents {
        let statement = CheckedStatement::new(document).unwrap();
        let start = Instant::now();
        let pdf = renderer.pdf(&statement).unwrap();
        let seconds = start.elapsed();
        std::fs::write(folder.join(format!("{name}.pdf")), &pdf).unwrap();
        std::fs::write(folder.join(format!("{name}.xlsx")), xlsx(&statement).unwrap()).unwrap();
        std::fs::write(folder.join(format!("{name}.csv")), csv(&statement).unwrap()).unwrap();
        std::fs::write(folder.join(format!("{name}.txt")), format!("pdf {seconds:?}, {} bytes\n", pdf.len())).unwrap();
    }
    // The figure that matters: a warm renderer, a statement of a hundred lines, each time another one.
    let mut times = Vec::new();
    for index in 0..12 {
        let mut document = sample::artist(66);
        document.number = format!("2024-Q1-{index:06}");
        document.payee.name = format!("Payee {index}");
        let statement = CheckedStatement::new(document).unwrap();
        let start = Instant::now();
        renderer.pdf(&statement).unwrap();
        let pdf = start.elapsed();
        let start = Instant::now();
        xlsx(&statement).unwrap();
        times.push((pdf, start.elapsed()));
    }
    std::fs::write(folder.join("times.txt"), format!("pdf, xlsx of 100 lines: {times:#?}\n")).unwrap();
}
