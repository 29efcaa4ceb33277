//! Every worked case in `engine/cases`: scenarios with the result that they expect and the arithmetic in words.

use std::path::{Path, PathBuf};

use engine::scenario;

/// All scenario files below a folder, sorted.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "json") {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("cases")
}

/// What is wrong with a case; empty: nothing.
fn judge(text: &str) -> Vec<String> {
    let written: serde_json::Value = serde_json::from_str(text).unwrap();
    let mut wrong = Vec::new();
    for key in ["title", "why"] {
        if written.get(key).is_none() {
            wrong.push(format!("has no `{key}`"));
        }
    }
    match scenario::compute(text, true) {
        Err(problems) => wrong.extend(problems.iter().map(ToString::to_string)),
        Ok(computed) => {
            match &computed.differences {
                None => wrong.push("expects nothing".to_owned()),
                Some(differences) => wrong.extend(
                    differences
                        .iter()
                        .map(|one| format!("{}: expected {}, found {}", one.path, one.expected, one.found)),
                ),
            }
            for period in &computed.periods {
                for (currency, sums) in &period.conservation {
                    if !sums.conserved {
                        wrong.push(format!("{} {currency} is not conserved: {sums:?}", period.month));
                    }
                }
                for royalty in &period.royalties {
                    if royalty.explanation.is_none() {
                        wrong.push(format!(
                            "{} {} line {} has no explanation",
                            period.month, royalty.report, royalty.line
                        ));
                    }
                }
            }
        }
    }
    wrong
}

#[test]
fn every_worked_case_comes_out_as_it_says() {
    let (mut count, mut wrong) = (0, Vec::new());
    for path in files(&cases()) {
        count += 1;
        let name = path.strip_prefix(cases()).unwrap().display().to_string();
        wrong.extend(judge(&std::fs::read_to_string(&path).unwrap()).into_iter().map(|what| format!("{name}: {what}")));
    }
    assert!(wrong.is_empty(), "{} of {count} cases:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count >= 200, "only {count} cases");
}

#[test]
fn the_same_scenario_gives_the_same_bytes() {
    for path in files(&cases()) {
        let text = std::fs::read_to_string(&path).unwrap();
        let bytes = || serde_json::to_string(&scenario::compute(&text, true).unwrap()).unwrap();
        assert_eq!(bytes(), bytes(), "{}", path.display());
    }
}

#[test]
fn the_example_of_the_manual_comes_out_as_it_says() {
    // 100 × 25 % + 50 × 20 % = 35: Anna 21, Bob 14; the advance of 10 takes 6 and 4.
    let manual = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/scenarios.md")).unwrap();
    let example = manual.split("```json").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let computed = scenario::compute(example, true).unwrap();
    let payable = &computed.periods[0].payable;
    assert_eq!((payable["anna"]["USD"].as_str(), payable["bob"]["USD"].as_str()), ("15.00", "10.00"));
    // People can read it, names and all: no id is left.
    let told = computed.to_string();
    for word in ["band-deal", "anna", "abroad", "runner-up term 1", "advance 1"] {
        assert!(told.contains(word), "{word} is not in:\n{told}");
    }
    for prefix in ["ctr_", "pty_", "trm_", "rec_", "00000000-"] {
        assert!(!told.contains(prefix), "{prefix} is in:\n{told}");
    }
}

#[test]
fn no_case_shows_an_id() {
    for path in files(&cases()) {
        let computed = scenario::compute(&std::fs::read_to_string(&path).unwrap(), true).unwrap();
        for text in [computed.to_string(), serde_json::to_string(&computed).unwrap()] {
            let place = ["_000000000", "00000000-0000-0000"].iter().find_map(|id| text.find(id));
            assert!(place.is_none(), "{}: {}", path.display(), &text[place.unwrap_or(0)..][..60]);
        }
    }
}
