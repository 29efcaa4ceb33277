//! Payment files of other makers are read to their stated facts and verdicts. Runs where `TUNEMANTRA_VALIDATORS` names
//! the folder; the project itself carries none of them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use formats::payments::inspect::inspect;
use serde_json::Value;

fn folder() -> Option<PathBuf> {
    #[allow(clippy::disallowed_methods, reason = "the command that runs this says where the files are")]
    std::env::var_os("TUNEMANTRA_VALIDATORS").map(PathBuf::from)
}

fn read(path: &Path) -> Value {
    serde_json::to_value(inspect(path).unwrap()).unwrap()
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Amounts of the verdicts are cents.
fn cents(value: &Value) -> String {
    let digits = text(value).replace('.', "");
    let bare = digits.trim_start_matches('0');
    if bare.is_empty() { "0".into() } else { bare.to_owned() }
}

#[test]
fn nacha_files_have_their_verdicts() {
    let Some(folder) = folder() else { return };
    let table = std::fs::read_to_string(folder.join("ach/VERDICTS.tsv")).unwrap();
    let mut wrong = Vec::new();
    for row in table.lines().skip(1) {
        let cells: Vec<&str> = row.split('\t').collect();
        let file = read(&folder.join("ach").join(cells[1]));
        let valid = file["valid"] == true;
        if valid != (cells[0] == "VALID") {
            wrong.push(format!("{}: {} expected, {} {}", cells[1], cells[0], valid, file["problems"]));
            continue;
        }
        if valid {
            let counts = &file["counts"];
            let found = [
                text(&counts["batches"]),
                text(&counts["internationalBatches"]),
                text(&counts["entries"]),
                text(&counts["returns"]),
                text(&counts["notifications"]),
                cents(&file["totals"]["USD"]["debits"]),
                cents(&file["totals"]["USD"]["credits"]),
            ];
            if found[..] != cells[2..9] {
                wrong.push(format!("{}: {found:?}, expected {:?}", cells[1], &cells[2..]));
            }
        }
        println!("{:<60} {:<8} {}", cells[1], cells[0], file["problems"][0]["message"]);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The entries of another library's view of a file, in order.
fn of_library(view: &Value) -> Vec<Value> {
    let normal = view["batches"].as_array().into_iter().flatten().flat_map(|batch| batch["entryDetails"].as_array());
    let foreign =
        view["IATBatches"].as_array().into_iter().flatten().flat_map(|batch| batch["IATEntryDetails"].as_array());
    normal.chain(foreign).flatten().cloned().collect()
}

#[test]
fn returns_and_notifications_are_read_as_another_library_reads_them() {
    let Some(folder) = folder() else { return };
    let mut seen = 0;
    for part in ["returns", "noc", "generated"] {
        for view in std::fs::read_dir(folder.join("ach").join(part)).unwrap().flatten() {
            let name = view.file_name().into_string().unwrap();
            let Some(stem) = name.strip_suffix(".moov.json") else { continue };
            let library: Value = serde_json::from_slice(&std::fs::read(view.path()).unwrap()).unwrap();
            let ours = read(&folder.join("ach").join(part).join(format!("{stem}.ach")));
            let theirs = of_library(&library);
            let entries = ours["entries"].as_array().unwrap();
            assert_eq!(entries.len(), theirs.len(), "{name}");
            for (entry, their) in entries.iter().zip(&theirs) {
                assert_eq!(text(&entry["trace"]), text(&their["traceNumber"]), "{name}");
                assert_eq!(cents(&entry["amount"]), text(&their["amount"]), "{name}");
                if let Some(addenda) = their.get("addenda99").filter(|addenda| !addenda.is_null()) {
                    let own = &entry["returned"];
                    assert_eq!(
                        (&own["code"], &own["originalTrace"]),
                        (&addenda["returnCode"], &addenda["originalTrace"]),
                        "{name}"
                    );
                    assert_eq!(own["originalRdfi"], addenda["originalDFI"], "{name}");
                }
                if let Some(addenda) = their.get("addenda98").filter(|addenda| !addenda.is_null()) {
                    let own = &entry["change"];
                    assert_eq!(
                        (&own["code"], &own["originalTrace"]),
                        (&addenda["changeCode"], &addenda["originalTrace"]),
                        "{name}"
                    );
                    assert_eq!(text(&own["data"]), text(&addenda["correctedData"]).trim(), "{name}");
                }
                seen += 1;
            }
        }
    }
    assert!(seen >= 10, "{seen} entries");
}

/// All texts that a function finds in the entries and their details.
fn gather(entries: &Value, of: impl Fn(&Value) -> Vec<String>) -> Vec<String> {
    let mut all: Vec<String> = entries
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(of)
        .filter(|text| !text.is_empty() && text != "null")
        .collect();
    all.sort();
    all
}

fn stated(facts: &Value, name: &str) -> Vec<String> {
    let mut all: Vec<String> = facts[name].as_array().into_iter().flatten().map(text).collect();
    all.sort();
    all
}

#[test]
fn messages_have_their_stated_facts() {
    let Some(folder) = folder() else { return };
    let folder = folder.join("iso20022");
    let expected: BTreeMap<String, Value> =
        serde_json::from_slice(&std::fs::read(folder.join("samples/EXPECTED.json")).unwrap()).unwrap();
    for (name, facts) in &expected {
        let file = read(&folder.join(name));
        println!("{name}: {} {} {} {}", file["kind"], file["valid"], file["counts"], file["problems"]);
        let namespace = text(&facts["ns"]);
        assert!(
            namespace.contains(&text(&file["version"])) && !text(&file["version"]).is_empty(),
            "{name}: {}",
            file["version"]
        );
        assert_eq!(file["valid"] == true, facts["xsd_valid"] != false, "{name}: {}", file["problems"]);
        let (entries, kind) = (&file["entries"], text(&file["kind"]));
        let details = |field: &str| {
            gather(entries, |entry| {
                entry["details"].as_array().into_iter().flatten().map(|one| text(&one[field])).collect()
            })
        };
        match kind.as_str() {
            "STATEMENT" | "ACCOUNT_REPORT" | "NOTIFICATION" => {
                assert_eq!(file["counts"]["entries"], facts["entries"], "{name}");
                assert_eq!(file["counts"]["details"], facts["tx_details"], "{name}");
                assert_eq!(details("endToEndId"), stated(facts, "end_to_end_ids"), "{name}");
                let codes = gather(entries, |entry| {
                    let details = entry["details"].as_array().into_iter().flatten();
                    details.map(|one| text(&one["returned"]["code"])).collect()
                });
                assert_eq!(codes, stated(facts, "return_reasons"), "{name}");
            }
            "CREDIT_TRANSFER" => {
                let ids = gather(entries, |entry| vec![text(&entry["endToEndId"])]);
                assert_eq!(ids, stated(facts, "end_to_end_ids"), "{name}");
                assert_eq!(text(&file["facts"]["controlSum"]), text(&facts["ctrl_sum"][0]), "{name}");
            }
            "STATUS_REPORT" => {
                assert_eq!(gather(entries, |entry| vec![text(&entry["status"])]), stated(facts, "tx_status"), "{name}");
                let payments = gather(&file["facts"]["payments"], |one| vec![text(&one["status"])]);
                assert_eq!(payments, stated(facts, "pmtinf_status"), "{name}");
            }
            other => panic!("{name} is {other}"),
        }
    }
}
