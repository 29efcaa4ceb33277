//! What cannot be computed is refused with its place, or waits with its reason: never a panic, never a silent zero.

use engine::scenario;
use serde_json::{Value, json};

/// A contract of everything, with more keys.
fn deal(more: Value) -> Value {
    let mut contract = json!({"terms": [{"rate": "50%"}], "payees": "anna"});
    merge(&mut contract, more);
    json!({"contracts": {"deal": contract}, "lines": [{"item": "song", "amount": "100", "units": 10}]})
}

fn term(term: Value) -> Value {
    deal(json!({"terms": [term]}))
}

fn with(mut scenario: Value, more: Value) -> Value {
    merge(&mut scenario, more);
    scenario
}

fn merge(into: &mut Value, more: Value) {
    let (Some(into), Value::Object(more)) = (into.as_object_mut(), more) else { panic!("objects") };
    into.extend(more);
}

/// Refused: the name, the scenario, where, and a word of what is said.
fn refused() -> Vec<(&'static str, Value, &'static str, &'static str)> {
    let tiers = |tiers: Value| term(json!({"tiers": tiers}));
    let reserve = |liquidation: Value| {
        deal(json!({"reserves": [{"name": "returns", "ratio": "20%", "liquidation": liquidation}]}))
    };
    let guarantee = |amount: &str| {
        deal(
            json!({"guarantees": [{"name": "g", "amount": amount, "term": {"type": "LIFETIME", "ends": "2024-12-31"}}]}),
        )
    };
    vec![
        (
            "cyclic territory groups",
            with(deal(json!({})), json!({"territoryGroups": {"A": ["Bee"], "Bee": ["A-too"], "A-too": ["Bee", "DE"]}})),
            "territoryGroups",
            "itself",
        ),
        (
            "cyclic cross-collateral groups",
            with(
                deal(json!({})),
                json!({"crossGroups": {"x": {"members": ["deal"], "groups": ["y"]}, "y": {"members": [], "groups": ["x"]}}}),
            ),
            "crossGroups",
            "itself",
        ),
        (
            "cyclic rate cards",
            with(
                deal(json!({"rateCards": "a"})),
                json!({"rateCards": {
                    "a": {"extends": "b", "terms": [{"rate": "1%", "platforms": "P"}]},
                    "b": {"extends": "a", "terms": [{"rate": "2%", "platforms": "Q"}]}
                }}),
            ),
            "rateCards",
            "itself",
        ),
        ("shares of 0.95", deal(json!({"payees": {"anna": "50%", "bob": "45%"}})), "contracts.deal.payees", "1"),
        (
            "a level below that totals 1.1",
            deal(json!({"payees": [{"party": "band", "payees": {"a": "60%", "b": "50%"}}]})),
            "contracts.deal.payees",
            "1",
        ),
        (
            "tiers that overlap",
            tiers(json!([{"from": 0, "to": 200, "rate": "10%"}, {"from": 100, "rate": "12%"}])),
            "contracts.deal.terms[0]",
            "tier",
        ),
        (
            "tiers with a gap",
            tiers(json!([{"from": 0, "to": 100, "rate": "10%"}, {"from": 200, "rate": "12%"}])),
            "contracts.deal.terms[0]",
            "tier",
        ),
        ("tiers that do not begin at 0", tiers(json!([{"from": 5, "rate": "10%"}])), "contracts.deal.terms[0]", "tier"),
        (
            "tiers downwards",
            tiers(json!([{"from": 0, "rate": "10%"}, {"from": 200, "rate": "12%"}, {"from": 100, "rate": "14%"}])),
            "contracts.deal.terms[0]",
            "tier",
        ),
        (
            "a formula that always divides by zero",
            term(json!({"formula": "net / 0"})),
            "contracts.deal.terms[0]",
            "zero",
        ),
        (
            "a formula with an unknown variable",
            term(json!({"formula": "nett * 0.5"})),
            "contracts.deal.terms[0]",
            "nett",
        ),
        (
            "a formula that would never end",
            term(json!({"formula": "while true { net }"})),
            "contracts.deal.terms[0]",
            "formula",
        ),
        (
            "a formula that is too long",
            term(json!({"formula": format!("net{}", " + 1".repeat(2000))})),
            "contracts.deal.terms[0]",
            "most",
        ),
        ("liquidation of 0.99", reserve(json!(["50%", "49%"])), "contracts.deal.reserves[0].liquidation", "1"),
        ("no liquidation", reserve(json!([])), "contracts.deal.reserves[0].liquidation", "1"),
        ("a negative guarantee", guarantee("-1000"), "contracts.deal.guarantees[0].amount", "below zero"),
        ("a guarantee of a tenth of a cent", guarantee("10.001"), "contracts.deal.guarantees[0].amount", "minor units"),
        ("a currency that does not exist", deal(json!({"currency": "XXQ"})), "contracts.deal.currency", "ISO 4217"),
        ("a rate above 1", term(json!({"rate": "101%"})), "contracts.deal.terms[0].rate", "between 0 and 1"),
        ("a negative rate", term(json!({"rate": "-5%"})), "contracts.deal.terms[0].rate", "between 0 and 1"),
        ("a rate of 13 places", term(json!({"rate": "0.1234567890123"})), "contracts.deal.terms[0].rate", "12"),
        ("a JSON number", term(json!({"rate": 1})), "contracts.deal.terms[0].rate", "\"1\""),
        ("a negative amount per unit", term(json!({"perUnit": "-0.10"})), "contracts.deal.terms[0]", "negative"),
        (
            "a tie",
            deal(json!({"terms": [{"rate": "10%", "platforms": "P"}, {"rate": "20%", "platforms": "P"}]})),
            "contracts.deal.terms",
            "same priority",
        ),
        ("no payees", json!({"contracts": {"deal": {"terms": [{"rate": "1"}]}}}), "contracts.deal", "payees"),
        ("an unknown key", deal(json!({"payee": {}})), "contracts.deal.payee", "payee"),
        ("a typing error", with(deal(json!({})), json!({"contrcts": {}})), "contrcts", "did you mean `contracts`"),
        (
            "a thousands separator",
            with(deal(json!({})), json!({"lines": [{"item": "song", "amount": "1,000"}]})),
            "lines[0].amount",
            "thousands",
        ),
        (
            "a line without an amount",
            with(deal(json!({})), json!({"lines": [{"item": "song"}]})),
            "lines[0]",
            "`amount` is missing",
        ),
        (
            "a date that does not exist",
            with(deal(json!({})), json!({"lines": [{"item": "song", "amount": "1", "date": "2024-02-30"}]})),
            "lines[0].date",
            "2024-02-30",
        ),
        (
            "units of half a copy",
            with(deal(json!({})), json!({"lines": [{"item": "song", "amount": "1", "units": "0.5"}]})),
            "lines[0].units",
            "whole number",
        ),
        (
            "an unknown territory",
            with(deal(json!({})), json!({"lines": [{"item": "song", "amount": "1", "territory": "QQ"}]})),
            "lines[0].territory",
            "ISO 3166",
        ),
        (
            "an item that no catalogue lists",
            with(deal(json!({"participations": ["sogn"]})), json!({"catalogue": {"recordings": ["song"]}})),
            "contracts.deal.participations[0]",
            "catalogue",
        ),
        (
            "a group that does not exist",
            deal(json!({"participations": [{"group": "singles"}]})),
            "contracts.deal.participations[0].group",
            "no group `singles`",
        ),
        (
            "two rates for one day",
            with(
                deal(json!({})),
                json!({"rates": [{"pair": "EUR/USD", "date": "2024-01-31", "rate": "1.08"}, {"pair": "EUR/USD", "date": "2024-01-31", "rate": "1.09"}]}),
            ),
            "rates[1]",
            "Two rates",
        ),
        (
            "a rate of zero",
            with(deal(json!({})), json!({"rates": [{"pair": "EUR/USD", "date": "2024-01-31", "rate": "0"}]})),
            "rates",
            "above zero",
        ),
        ("a negative advance", deal(json!({"advances": "-5"})), "contracts.deal", "left to recoup"),
        ("an advance of a tenth of a cent", deal(json!({"advances": "5.001"})), "contracts.deal", "minor units"),
        (
            "versions that overlap",
            json!({"contracts": {"deal": {"versions": [{"terms": [{"rate": "1"}], "payees": "anna"}, {"terms": [{"rate": "1"}], "payees": "anna"}]}}}),
            "contracts.deal.versions[1].validFrom",
            "in force",
        ),
        (
            "months backwards",
            with(json!({"contracts": {}}), json!({"periods": [{"month": "2024-02"}, {"month": "2024-01"}]})),
            "periods[1].month",
            "one after the other",
        ),
        ("not an object", json!([1, 2]), "", "an object"),
    ]
}

#[test]
fn what_is_wrong_is_refused_with_its_place() {
    let mut wrong = Vec::new();
    for (name, scenario, path, word) in refused() {
        match scenario::compute(&scenario.to_string(), false) {
            Ok(computed) => wrong.push(format!("{name}: computed: {computed}")),
            Err(problems) => {
                let fits = problems.iter().any(|one| one.path.starts_with(path) && one.message.contains(word));
                if !fits {
                    let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
                    wrong.push(format!("{name}: expected {path}: … {word} …, told: {}", told.join(" | ")));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Waits: the name, the scenario, the reason. The money of the line is in suspense to the last digit.
fn waits() -> Vec<(&'static str, Value, &'static str)> {
    let line = |line: Value| with(deal(json!({})), json!({"lines": [line]}));
    vec![
        (
            "a formula that divides by zero for this line",
            with(term(json!({"formula": "net / units"})), json!({"lines": [{"item": "song", "amount": "100"}]})),
            "FORMULA_FAILED",
        ),
        ("a formula without its variable", term(json!({"formula": "gross * 0.5"})), "MISSING_INPUT"),
        (
            "a currency that was retired in mid period: no rate after its last day",
            with(
                line(json!({"item": "song", "amount": "100", "currency": "HRK"})),
                json!({"month": "2023-01", "rates": [{"pair": "HRK/USD", "date": "2022-12-30", "rate": "0.1417"}], "maxAgeDays": 7}),
            ),
            "MISSING_RATE",
        ),
        (
            "an amount beyond 28 digits at 18 places",
            line(json!({"item": "song", "amount": "9999999999999999999999999999"})),
            "OUT_OF_RANGE",
        ),
        ("no gross", term(json!({"rate": "10%", "base": "GROSS"})), "MISSING_INPUT"),
        ("no price", term(json!({"rate": "10%", "base": "PPD"})), "MISSING_PRICE"),
    ]
}

#[test]
fn what_cannot_be_computed_waits_with_its_reason() {
    let mut wrong = Vec::new();
    for (name, scenario, reason) in waits() {
        match scenario::compute(&scenario.to_string(), false) {
            Err(problems) => wrong.push(format!("{name}: refused: {problems:?}")),
            Ok(computed) => {
                let period = &computed.periods[0];
                let sums = period.conservation.values().all(|sums| sums.conserved && sums.lines == sums.suspense);
                let reasons: Vec<&str> = period.exceptions.iter().map(|one| one.reason.as_str()).collect();
                if reasons != [reason] || !sums || !period.royalties.is_empty() {
                    wrong.push(format!("{name}: expected {reason}: {computed}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_billion_units_are_computed() {
    let scenario = with(
        term(json!({"perUnit": "0.123456789012"})),
        json!({"lines": [{"item": "song", "amount": "1", "units": 1_000_000_000_u64}]}),
    );
    let computed = scenario::compute(&scenario.to_string(), false).unwrap();
    assert_eq!(computed.periods[0].royalties[0].amount, "123456789.012");
}

#[test]
fn sums_beyond_28_digits_are_refused_or_wait_and_never_a_panic() {
    let huge = json!("9999999999999999999999999999");
    let lines =
        json!([{"item": "sogn", "amount": huge}, {"item": "sogn", "amount": huge}, {"item": "song", "amount": huge}]);
    let scenario = with(deal(json!({})), json!({"catalogue": {"recordings": ["song"]}, "lines": lines}));
    let computed = scenario::compute(&scenario.to_string(), true).unwrap();
    let sums = &computed.periods[0].conservation["USD"];
    assert_eq!(sums.suspense, sums.lines);
    assert_eq!(computed.periods[0].exceptions.len(), 3);
    // Balances of two contracts that add up to more than fits.
    let opening = json!({"opening": {"accounts": {"anna": {"balance": "70000000000000000000000000.00"}}}});
    let one = deal(opening)["contracts"]["deal"].clone();
    let scenario = json!({"payPositive": false, "contracts": {"a": one, "b": one}, "lines": []});
    drop(scenario::compute(&scenario.to_string(), true));
    let units = with(
        term(json!({"perUnit": "1"})),
        json!({"lines": [{"item": "song", "amount": "0", "units": i64::MIN, "return": true}]}),
    );
    drop(scenario::compute(&units.to_string(), true));
}

#[test]
fn damaged_files_are_refused_and_never_a_panic() {
    let whole = deal(json!({"advances": [{"name": "a", "amount": "5", "paidOn": "2020-01-01"}]})).to_string();
    for end in 0..whole.len() {
        assert!(scenario::compute(&whole[..end], false).is_err(), "{}", &whole[..end]);
    }
    // One character changed at a time: whatever comes out, it comes out.
    for at in 0..whole.len() {
        for other in ["\"", "{", "0", "-", "é"] {
            let damaged = format!("{}{other}{}", &whole[..at], &whole[at + 1..]);
            drop(scenario::compute(&damaged, true));
        }
    }
}
