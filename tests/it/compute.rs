//! `tunemantra compute`, the real program: its statuses, where it says an error is, and what it prints.

use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use crate::kill_program::program;

/// The program with a scenario in a file of its own.
fn compute(bytes: &[u8], flags: &[&str]) -> (i32, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("scenario.json");
    std::fs::write(&file, bytes).unwrap();
    told(&Command::new(program()).arg("compute").arg(&file).args(flags).output().unwrap())
}

fn told(run: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (run.status.code().expect("not killed"), text(&run.stdout), text(&run.stderr))
}

/// 50 % of 100 US dollars for anna, with more keys of the contract.
fn deal(more: Value) -> Value {
    let mut contract = json!({"terms": [{"rate": "50%"}], "payees": "anna"});
    contract.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"contracts": {"deal": contract}, "lines": [{"item": "song", "amount": "100", "units": 10}]})
}

/// The same deal with more keys of the line.
fn line(more: Value) -> Value {
    let mut scenario = deal(json!({}));
    scenario["lines"][0].as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    scenario
}

/// Bad input: a name, the file, and what is said, the place first.
fn refused() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let written = |scenario: Value| scenario.to_string().into_bytes();
    let tiers = |tiers: Value| written(deal(json!({"terms": [{"tiers": tiers}]})));
    let formula = |formula: &str| written(deal(json!({"terms": [{"formula": formula}]})));
    let more = |key: &str, value: Value| {
        let mut scenario = deal(json!({}));
        scenario[key] = value;
        written(scenario)
    };
    vec![
        ("an unknown field", written(line(json!({"amonut": "3"}))), "lines[0].amonut: is not known here"),
        (
            "a decimal with two points",
            written(line(json!({"amount": "1.2.3"}))),
            "lines[0].amount: `1.2.3` is not a decimal",
        ),
        ("a decimal comma", written(line(json!({"amount": "1,5"}))), "lines[0].amount: `1,5` is not a decimal"),
        ("a float", written(line(json!({"amount": 1.5}))), "lines[0].amount: a number with a fraction"),
        ("more units than fit", written(line(json!({"units": "99999999999999999999"}))), "lines[0].units: "),
        (
            "a share of itself",
            written(deal(json!({"payees": [{"party": "band", "payees": [
                {"party": "anna", "payees": [{"party": "band", "ratio": "1"}]}]}]}))),
            "band would share its own share. [SPLIT_CYCLE]",
        ),
        (
            "territory groups in a circle",
            more("territoryGroups", json!({"A": ["Bee"], "Bee": ["A-too"], "A-too": ["Bee", "DE"]})),
            "territoryGroups",
        ),
        (
            "cross-collateral groups in a circle",
            more(
                "crossGroups",
                json!({"x": {"members": ["deal"], "groups": ["y"]}, "y": {"members": [], "groups": ["x"]}}),
            ),
            "crossGroups",
        ),
        (
            "tiers that overlap",
            tiers(json!([{"from": 0, "to": 200, "rate": "10%"}, {"from": 100, "rate": "12%"}])),
            "contracts.deal.terms[0]",
        ),
        (
            "tiers with a gap",
            tiers(json!([{"from": 0, "to": 100, "rate": "10%"}, {"from": 200, "rate": "12%"}])),
            "contracts.deal.terms[0]",
        ),
        ("a division by zero", formula("net / 0"), "contracts.deal.terms[0]"),
        ("a formula that never ends", formula("while true { net }"), "contracts.deal.terms[0]"),
        ("a formula with an unknown variable", formula("nett * 0.5"), "nett"),
        (
            "a liquidation of 0.99",
            written(deal(json!({"reserves": [{"name": "returns", "ratio": "20%", "liquidation": ["50%", "49%"]}]}))),
            "contracts.deal.reserves[0].liquidation",
        ),
        (
            "a negative guarantee",
            written(deal(json!({"guarantees": [
                {"name": "g", "amount": "-1000", "term": {"type": "LIFETIME", "ends": "2024-12-31"}}]}))),
            "contracts.deal.guarantees[0].amount",
        ),
        (
            "a negative share",
            written(deal(json!({"payees": {"anna": "-10%", "bob": "110%"}}))),
            "contracts.deal.payees.anna",
        ),
        (
            "a key twice",
            br#"{"contracts":{}, "contracts":{}, "lines":[]}"#.to_vec(),
            "contracts: the key `contracts` stands twice",
        ),
        ("a file cut off", br#"{"contracts": {"#.to_vec(), "line 1 column 15"),
        ("not text", vec![0xff, 0xfe, 0], "cannot be read"),
        ("nothing", vec![], "line 1 column 0"),
    ]
}

#[test]
fn bad_input_is_refused_with_status_2_and_its_place() {
    let mut wrong = Vec::new();
    for (name, bytes, said) in refused() {
        let (status, out, err) = compute(&bytes, &[]);
        if status != 2 || !err.contains(said) || !out.is_empty() || err.contains("panicked") {
            wrong.push(format!("{name}: status {status}, expected `{said}`, told: {err}{out}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let (status, _, err) = told(&Command::new(program()).args(["compute", "nowhere.json"]).output().unwrap());
    assert_eq!(status, 2);
    assert!(err.contains("nowhere.json cannot be read"), "{err}");
}

#[test]
fn what_is_expected_decides_the_status() {
    for (expected, status) in [("50.00", 0), ("51.00", 1)] {
        let mut scenario = deal(json!({}));
        scenario["expect"] = json!({"payable": {"anna": {"USD": expected}}});
        let (ended, out, err) = compute(scenario.to_string().as_bytes(), &[]);
        assert_eq!(ended, status, "{out}{err}");
        // 100 × 50 % = 50, whatever is expected.
        assert!(out.contains("anna: 50.00 USD"), "{out}");
        assert_eq!(out.contains("payable.anna.USD: expected 51.00, found 50.00"), status == 1, "{out}");
    }
}

#[test]
fn json_has_every_figure_as_text_and_explanations_when_asked_for() {
    let scenario = deal(json!({})).to_string();
    for (flags, explained) in [(&["--json"][..], false), (&["--json", "--explain"][..], true)] {
        let (status, out, _) = compute(scenario.as_bytes(), flags);
        assert_eq!(status, 0);
        let computed: Value = serde_json::from_str(&out).unwrap();
        let royalty = &computed["periods"][0]["royalties"][0];
        assert_eq!(royalty["amount"], json!("50"));
        assert_eq!(royalty["explanation"].is_null(), !explained, "{royalty}");
    }
    let (_, out, _) = compute(scenario.as_bytes(), &["--explain"]);
    let words = ["file row", "participation", "term", "base", "rate", "split"];
    let places: Vec<_> = words.map(|word| out.find(&format!("  {word} "))).into();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "in the order of the derivation: {out}");
}

#[test]
fn a_scenario_comes_from_standard_input_too() {
    let scenario = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(scenario.path(), deal(json!({})).to_string()).unwrap();
    let source = Stdio::from(std::fs::File::open(scenario.path()).unwrap());
    let (status, out, err) = told(&Command::new(program()).args(["compute", "-"]).stdin(source).output().unwrap());
    assert_eq!(status, 0, "{err}");
    assert!(out.contains("anna: 50.00 USD"), "{out}");
}

#[test]
fn thirty_one_decimals_keep_what_fits_and_nothing_is_lost() {
    // 18 places come in: 0.123456789012345678. Half of it twice at 18 places; posted: 0.06, the rest is carried.
    let scenario = line(json!({"amount": "0.1234567890123456789012345678901"})).to_string();
    let (status, out, _) = compute(scenario.as_bytes(), &[]);
    assert_eq!(status, 0);
    for part in [
        "lines 0.123456789012345678 = payees 0.061728394506172839 + margin 0.061728394506172839",
        "closingCarry 0.001728394506",
        "anna: 0.06 USD",
    ] {
        assert!(out.contains(part), "`{part}` is not in {out}");
    }
}

#[test]
fn a_billion_units_are_paid() {
    // 1,000,000,000 × 0.0123456789 = 12,345,678.90.
    let mut scenario = deal(json!({"terms": [{"perUnit": "0.0123456789"}]}));
    scenario["lines"][0]["units"] = json!(1_000_000_000);
    let (status, out, err) = compute(scenario.to_string().as_bytes(), &[]);
    assert_eq!(status, 0, "{err}");
    assert!(out.contains("anna: 12345678.90 USD"), "{out}");
}

#[test]
fn a_currency_without_a_rate_waits_and_says_so() {
    let (status, out, err) = compute(line(json!({"currency": "HRK"})).to_string().as_bytes(), &[]);
    assert_eq!(status, 0, "{err}");
    assert!(out.contains("MISSING_RATE") && out.contains("suspense 100"), "{out}");
}
