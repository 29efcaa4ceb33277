//! Every sample adds up to its control totals, and every file of the folder is understood: by a shipped layout, or as a
//! proposal that says so. Runs where `TUNEMANTRA_SAMPLES` names the folder; the project itself carries none of them.

use std::path::{Path, PathBuf};

use formats::report::inspect;
use serde_json::Value;

/// A row of the folder's table of control totals.
struct Control {
    file: String,
    rows: String,
    units: String,
    amount: String,
}

fn controls(folder: &Path) -> Vec<Control> {
    let text = std::fs::read_to_string(folder.join("CONTROL_TOTALS.md")).unwrap();
    text.lines()
        .filter(|line| line.starts_with("| ") && line.contains('/'))
        .filter_map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            let cell = |index: usize| cells.get(index).map(|cell| (*cell).to_owned());
            Some(Control { file: cell(0)?, rows: cell(1)?, units: cell(2)?, amount: cell(3)? })
        })
        .collect()
}

/// The number at the beginning of a cell.
fn leading(cell: &str) -> Option<String> {
    let text: String = cell.trim().chars().take_while(|c| c.is_ascii_digit() || *c == '.' || *c == '-').collect();
    (!text.is_empty()).then_some(text)
}

/// The numbers that follow a word in a cell: `S,M sum 14.5832; S,P sum 7.2916`.
fn after(cell: &str, word: &str) -> Vec<String> {
    cell.split(word).skip(1).filter_map(|rest| leading(rest.trim_start_matches([' ', '=']))).collect()
}

/// Whether two numbers are one, however many zeros end them.
fn same(text: &str, wanted: &str) -> bool {
    let bare = |text: &str| {
        let text = text.trim();
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text.to_owned() }
    };
    bare(text) == bare(wanted)
}

fn folder() -> Option<PathBuf> {
    #[allow(clippy::disallowed_methods, reason = "the command that runs this says where the samples are")]
    std::env::var_os("TUNEMANTRA_SAMPLES").map(PathBuf::from)
}

fn read(path: &Path) -> Value {
    serde_json::to_value(inspect(path)).unwrap()
}

/// What is wrong with a file, compared with its row of the table.
fn compare(control: &Control, report: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut claim = |holds: bool, what: String| {
        if !holds {
            wrong.push(format!("{}: {what}", control.file));
        }
    };
    let stated = |label: &str| {
        let all = report["controls"].as_array().into_iter().flatten();
        all.filter(|one| one["label"].as_str().is_some_and(|own| own.starts_with(label)) && one["agrees"] == true)
            .filter_map(|one| one["stated"].as_str().map(str::to_owned))
            .collect::<Vec<_>>()
    };
    // `53 lines, 12 blocks` counts records of a file; elsewhere rows are counted.
    if let Some((lines, blocks)) = control.rows.split_once(" lines, ") {
        claim(stated("NumberOfLinesInFile") == [lines], format!("lines {:?}", stated("NumberOfLinesInFile")));
        let blocks = leading(blocks).unwrap_or_default();
        claim(stated("NumberOfBlocksInFile") == [blocks], format!("blocks {:?}", stated("NumberOfBlocksInFile")));
    } else {
        let rows = leading(&control.rows).unwrap_or_default();
        let read = report["rows"].to_string();
        claim(read == rows, format!("{} rows, expected {rows}", report["rows"]));
    }
    let summaries: Vec<(String, String, String)> = report["summaries"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|one| {
            let text = |name: &str| one[name].as_str().map_or_else(|| one[name].to_string(), str::to_owned);
            (text("id"), text("usages"), text("revenue"))
        })
        .collect();
    if control.units.contains("SY ") {
        for (cell, usages) in [(&control.units, true), (&control.amount, false)] {
            for (id, count, revenue) in &summaries {
                let wanted = after(cell, &format!("SY {id}"));
                let found = if usages { count } else { revenue };
                claim(
                    wanted.iter().any(|wanted| same(found, wanted)),
                    format!("summary {id}: {found}, expected {wanted:?}"),
                );
            }
        }
        claim(!summaries.is_empty(), "no summaries".to_owned());
        return wrong;
    }
    let amounts: Vec<&str> =
        report["amounts"].as_object().into_iter().flatten().filter_map(|(_, sum)| sum.as_str()).collect();
    let sums = after(&control.amount, " sum ");
    if sums.is_empty() {
        let wanted = leading(&control.amount).unwrap_or_default();
        claim(amounts.len() == 1 && same(amounts[0], &wanted), format!("amounts {amounts:?}, expected {wanted}"));
    } else {
        // Totals of the file, each compared with its own rows by the reader.
        for due in after(&control.amount, "period ") {
            claim(stated("Amount Due").iter().any(|own| same(own, &due)), format!("{due} is due and not stated"));
        }
        let total: i128 = sums.iter().map(|sum| sum.replace('.', "").parse::<i128>().unwrap()).sum();
        let found = amounts.first().map(|sum| sum.replace('.', "")).unwrap_or_default();
        claim(found == total.to_string(), format!("amounts {amounts:?}, expected the sum of {sums:?}"));
    }
    if let Some(wanted) = leading(&control.units) {
        let units = report["units"].to_string();
        claim(same(&units, &wanted), format!("{units} units, expected {wanted}"));
    }
    wrong
}

#[test]
fn samples_agree_with_their_control_totals() {
    let Some(folder) = folder() else { return };
    let all = controls(&folder);
    let wrong: Vec<String> =
        all.iter().flat_map(|control| compare(control, &read(&folder.join(&control.file)))).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    println!("{} files agree with their control totals", all.len());
}

#[test]
fn every_sample_is_understood_or_proposed() {
    let Some(folder) = folder() else { return };
    let mut unknown = Vec::new();
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap()
        .filter_map(|entry| std::fs::read_dir(entry.unwrap().path()).ok())
        .flat_map(|entries| entries.map(|entry| entry.unwrap().path()))
        .collect();
    files.sort();
    for path in files {
        let report = read(&path);
        let name = path.strip_prefix(&folder).unwrap().display().to_string();
        let layout = report["layout"].as_str().unwrap_or("proposed");
        println!("{name}: {layout}, {} rows, {}, {} remarks", report["rows"], report["amounts"], report["error_count"]);
        if report["layout"].is_null() && report["proposed"].is_null() {
            unknown.push(format!("{name}: {}", report["errors"]));
        }
    }
    assert!(unknown.is_empty(), "{}", unknown.join("\n"));
}
