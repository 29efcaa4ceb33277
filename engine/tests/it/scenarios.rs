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
