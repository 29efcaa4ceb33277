//! Every sample of the shipped layouts adds up to its control totals. Runs where `TUNEMANTRA_SAMPLES` names the
//! folder with the samples; the project itself carries none of them.

use std::path::{Path, PathBuf};

use formats::report::inspect;

struct Control {
    file: String,
    rows: u64,
    units: Option<String>,
    amount: String,
}

fn leading_number(cell: &str) -> Option<String> {
    let text: String = cell.trim().chars().take_while(|c| c.is_ascii_digit() || *c == '.' || *c == '-').collect();
    (!text.is_empty()).then_some(text)
}

fn controls(folder: &Path) -> Vec<Control> {
    let text = std::fs::read_to_string(folder.join("CONTROL_TOTALS.md")).unwrap();
    text.lines()
        .filter(|line| line.starts_with("| ") && line.contains('/'))
        .filter_map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            Some(Control {
                file: cells.first()?.to_string(),
                rows: leading_number(cells.get(1)?)?.parse().ok()?,
                units: leading_number(cells.get(2)?),
                amount: leading_number(cells.get(3)?)?,
            })
        })
        .collect()
}

const SIX: &[&str] = &["spotify/", "apple-music-streams/", "apple-itunes-sales/", "youtube/", "distrokid/", "orchard/"];

#[test]
#[allow(clippy::disallowed_methods, reason = "the bench says where the samples are")]
fn samples_agree_with_their_control_totals() {
    let Some(folder) = std::env::var_os("TUNEMANTRA_SAMPLES").map(PathBuf::from) else { return };
    let mut wrong = Vec::new();
    let mut read = 0;
    for control in controls(&folder) {
        if !SIX.iter().any(|prefix| control.file.starts_with(prefix)) {
            continue;
        }
        let report = serde_json::to_value(inspect(&folder.join(&control.file))).unwrap();
        read += 1;
        let same = |text: &str, wanted: &str| {
            let trim = |text: &str| {
                if text.contains('.') {
                    text.trim_end_matches('0').trim_end_matches('.').to_owned()
                } else {
                    text.to_owned()
                }
            };
            trim(text) == trim(wanted)
        };
        let amounts: Vec<String> =
            report["amounts"].as_object().unwrap().values().filter_map(|v| v.as_str().map(str::to_owned)).collect();
        if report["rows"].as_u64() != Some(control.rows) {
            wrong.push(format!("{}: {} rows, expected {}", control.file, report["rows"], control.rows));
        }
        if !(amounts.len() == 1 && same(&amounts[0], &control.amount)) {
            wrong.push(format!("{}: amounts {amounts:?}, expected {}", control.file, control.amount));
        }
        let units = report["units"].as_str().map_or_else(|| report["units"].to_string(), str::to_owned);
        if control.units.as_ref().is_some_and(|wanted| !same(&units, wanted)) {
            wrong.push(format!("{}: {units} units, expected {:?}", control.file, control.units));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(read >= 9, "only {read} samples of the six layouts were found");
}
