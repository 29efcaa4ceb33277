//! The royalty auditors' list of mistakes, each planted in rules, data or a statement (`tests/fixtures/audit`): the
//! system finds it, or makes it impossible.
//!
//! A statement is what a scenario expects. `FOUND`: the computation differs from the statement at the place that
//! `says` names, or a line waits for the reason it names. `IMPOSSIBLE`: the rules are refused with what it names, or
//! (`computed`) come out right whichever way they are written.

use std::path::Path;

use engine::scenario;

use crate::scenarios::files;

#[test]
fn every_mistake_is_found_or_impossible() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/audit");
    let (mut wrong, mut found, mut impossible) = (Vec::new(), 0, 0);
    for path in files(&folder) {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let planted: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let text = |key: &str| planted[key].as_str().unwrap_or_else(|| panic!("{name} has no `{key}`"));
        assert!(!text("mistake").is_empty() && !text("planted").is_empty());
        let says = text("says");
        let outcome = scenario::compute(&planted["scenario"].to_string(), false);
        let caught = match (text("verdict"), &outcome) {
            ("FOUND", Ok(computed)) => {
                found += 1;
                let differs = computed.differences.iter().flatten().any(|one| one.path == says);
                let mut waits = computed.periods.iter().flat_map(|period| &period.exceptions);
                differs || waits.any(|one| one.reason == says)
            }
            ("IMPOSSIBLE", Err(problems)) => {
                impossible += 1;
                problems.iter().any(|problem| problem.to_string().contains(says))
            }
            ("IMPOSSIBLE", Ok(computed)) => {
                impossible += 1;
                says == "computed" && computed.differences.as_deref() == Some(&[])
            }
            _ => false,
        };
        if !caught {
            wrong.push(format!("{name}: not caught: {outcome:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(found >= 20 && impossible >= 5, "{found} found, {impossible} impossible");
}
