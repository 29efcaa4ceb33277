//! Whatever somebody does to a scenario file: a result that adds up, or problems with their place. Never a panic.

use std::path::Path;
use std::sync::LazyLock;

use engine::scenario;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::scenarios::files;

static CASES: LazyLock<Vec<(String, Value)>> = LazyLock::new(|| {
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("cases"))
        .into_iter()
        .map(|path| {
            let mut case: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
            // What a case expects is not what is tried here.
            case.as_object_mut().unwrap().remove("expect");
            (path.display().to_string(), case)
        })
        .collect()
});

/// What people, spreadsheets and programs leave behind.
fn oddities() -> Vec<Value> {
    let texts = [
        "",
        " ",
        "0",
        "-0",
        "1",
        "-1",
        "0.5",
        "2",
        "100%",
        "-100%",
        "1e9",
        "NaN",
        "1,5",
        "٣",
        "1000000000",
        "-1000000000",
        "0.0000000000000000000000000000001",
        "79228162514264337593543950335",
        "-79228162514264337593543950335",
        "79228162514264337593543950336",
        "0.000000000000000001",
        "170141183460469231731687303715884105728",
        "EUR",
        "JPY",
        "XXX",
        "BHD",
        "DEM",
        "US",
        "world",
        "2024-02-30",
        "2024-02-29",
        "0000-01-01",
        "262143-12-31",
        "9999-12-31",
        "2024-13",
        "2024-01",
        "-2024-01",
        "all",
        "song",
        "anna",
        "1/0",
        "units / (units - units)",
        "((((((((1",
        "🎵",
    ];
    let mut all: Vec<Value> = texts.map(Value::from).to_vec();
    all.extend([json!(null), json!(true), json!(0), json!(-1), json!(1_000_000_000), json!(i64::MAX), json!(i64::MIN)]);
    all.extend([json!(u64::MAX), json!(0.1), json!([]), json!({}), json!([[]]), json!([null]), json!({"": ""})]);
    all
}

/// How often something may be changed in a document.
fn places(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(places).sum(),
        Value::Object(fields) => fields.values().map(places).sum(),
        _ => 0,
    }
}

/// Does `change` to the place of that number, counted in the order of the document.
fn at(value: &mut Value, place: &mut usize, change: &mut dyn FnMut(&mut Value)) {
    if *place == 0 {
        change(value);
        *place = usize::MAX;
        return;
    }
    *place -= 1;
    let inside: Box<dyn Iterator<Item = &mut Value>> = match value {
        Value::Array(items) => Box::new(items.iter_mut()),
        Value::Object(fields) => Box::new(fields.values_mut()),
        _ => return,
    };
    for one in inside {
        at(one, place, change);
        if *place == usize::MAX {
            return;
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Edit {
    place: prop::sample::Index,
    other: prop::sample::Index,
    what: u8,
}

fn edit(document: &mut Value, edit: Edit) {
    let all = places(document);
    let mut other = Value::Null;
    at(&mut document.clone(), &mut edit.other.index(all), &mut |value| other = value.clone());
    let oddities = oddities();
    let odd = &oddities[edit.other.index(oddities.len())];
    at(document, &mut edit.place.index(all), &mut |value| match (edit.what, &mut *value) {
        // An element or a field less.
        (0, Value::Array(items)) if !items.is_empty() => drop(items.remove(edit.other.index(items.len()))),
        (0, Value::Object(fields)) if !fields.is_empty() => {
            let key = fields.keys().nth(edit.other.index(fields.len())).unwrap().clone();
            fields.remove(&key);
        }
        // An element twice, a field under another name.
        (1, Value::Array(items)) if !items.is_empty() => items.push(items[edit.other.index(items.len())].clone()),
        (1, Value::Object(fields)) if !fields.is_empty() => {
            let key = fields.keys().nth(edit.other.index(fields.len())).unwrap().clone();
            let moved: Map<String, Value> = std::mem::take(fields)
                .into_iter()
                .map(|(k, v)| (if k == key { format!("{k}x") } else { k }, v))
                .collect();
            *fields = moved;
        }
        // Another order.
        (2, Value::Array(items)) => items.reverse(),
        // A digit, a sign or a place more.
        (2, Value::String(text)) => *text = format!("-{text}"),
        (3, Value::String(text)) => *text = format!("{text}9"),
        (4, Value::String(text)) => *text = format!("{text}000000000000"),
        // What stands elsewhere in the same file: right in kind more often than chance.
        (5 | 6, value) => *value = other.clone(),
        (_, value) => *value = odd.clone(),
    });
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let one = (any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0u8..10)
        .prop_map(|(place, other, what)| Edit { place, other, what });
    proptest::collection::vec(one, 1..4)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::period::cases(10_000)))]

    /// A changed document is computed with sums that are conserved, or refused with something that names what is wrong.
    #[test]
    fn a_changed_scenario_is_computed_or_refused(which in any::<prop::sample::Index>(), edits in edits()) {
        let (name, case) = &CASES[which.index(CASES.len())];
        let mut document = case.clone();
        for one in edits {
            edit(&mut document, one);
        }
        let text = document.to_string();
        match scenario::compute(&text, true) {
            Ok(computed) => {
                for period in &computed.periods {
                    for (currency, sums) in &period.conservation {
                        prop_assert!(sums.conserved, "{name}: {currency} is not conserved: {sums:?}\n{text}");
                    }
                }
            }
            Err(problems) => {
                prop_assert!(!problems.is_empty(), "{name}: refused without a reason\n{text}");
                for problem in &problems {
                    prop_assert!(!problem.message.trim().is_empty(), "{name}: {} says nothing\n{text}", problem.path);
                }
            }
        }
    }

    /// The bytes themselves may be cut off or damaged anywhere.
    #[test]
    fn a_damaged_file_is_refused_or_computed(which in any::<prop::sample::Index>(), cut in any::<prop::sample::Index>(), odd in any::<char>()) {
        let (_, case) = &CASES[which.index(CASES.len())];
        let text = case.to_string();
        let place = (0..=cut.index(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        let (before, after) = text.split_at(place);
        for damaged in [before.to_owned(), format!("{before}{odd}{after}")] {
            if let Err(problems) = scenario::compute(&damaged, false) {
                prop_assert!(problems.iter().all(|problem| !problem.message.trim().is_empty()) && !problems.is_empty());
            }
        }
    }
}
