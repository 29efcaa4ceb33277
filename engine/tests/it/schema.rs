//! The JSON Schema of scenarios agrees with what is computed: it takes every case, and refuses what the program refuses.

use std::path::Path;

use serde_json::{Value, json};

use crate::scenarios::files;

/// The part of JSON Schema (draft 2020-12) that the schema uses. A keyword that it does not know is an error.
struct Schema {
    root: Value,
}

impl Schema {
    fn read() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/scenario.schema.json");
        Self { root: serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap() }
    }

    fn errors(&self, value: &Value) -> Vec<String> {
        self.check(&self.root, value, "")
    }

    fn check(&self, schema: &Value, value: &Value, place: &str) -> Vec<String> {
        let mut errors = Vec::new();
        for (keyword, rule) in schema.as_object().unwrap() {
            match keyword.as_str() {
                "$schema" | "title" | "description" | "$defs" => {}
                "$ref" => {
                    let pointer = rule.as_str().unwrap().strip_prefix('#').unwrap();
                    errors.extend(self.check(self.root.pointer(pointer).unwrap(), value, place));
                }
                "type" if !is(rule.as_str().unwrap(), value) => errors.push(format!("{place}: not of type {rule}")),
                "enum" if !rule.as_array().unwrap().contains(value) => errors.push(format!("{place}: not in {rule}")),
                "minLength" if value.as_str().is_some_and(|text| text.len() < rule.as_u64().unwrap() as usize) => {
                    errors.push(format!("{place}: too short"));
                }
                "pattern" => {
                    if value.as_str().is_some_and(|text| !matches(rule.as_str().unwrap(), text)) {
                        errors.push(format!("{place}: `{value}` does not match {rule}"));
                    }
                }
                "anyOf" | "oneOf" => {
                    let fits = |one: &&Value| self.check(one, value, place).is_empty();
                    let count = rule.as_array().unwrap().iter().filter(fits).count();
                    if count == 0 || (keyword == "oneOf" && count > 1) {
                        errors.push(format!("{place}: {count} of {keyword} fit"));
                    }
                }
                "required" => {
                    for key in rule.as_array().unwrap() {
                        if value.as_object().is_some_and(|map| !map.contains_key(key.as_str().unwrap())) {
                            errors.push(format!("{place}: {key} is missing"));
                        }
                    }
                }
                "items" => {
                    for (index, one) in value.as_array().into_iter().flatten().enumerate() {
                        errors.extend(self.check(rule, one, &format!("{place}[{index}]")));
                    }
                }
                "properties" | "additionalProperties" => {}
                "type" | "enum" | "minLength" => {}
                other => panic!("the schema uses `{other}`"),
            }
        }
        if let Some(map) = value.as_object() {
            for (key, one) in map {
                let place = format!("{place}.{key}");
                match (schema.pointer(&format!("/properties/{key}")), schema.get("additionalProperties")) {
                    (Some(rule), _) => errors.extend(self.check(rule, one, &place)),
                    (None, Some(Value::Bool(false))) => errors.push(format!("{place}: not known")),
                    (None, Some(rule)) => errors.extend(self.check(rule, one, &place)),
                    (None, None) => {}
                }
            }
        }
        errors
    }
}

fn is(kind: &str, value: &Value) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        other => panic!("the schema uses the type `{other}`"),
    }
}

/// The patterns of the schema: groups, classes, `?`, `*`, `+`, `{n}` and alternatives, anchored at both ends.
fn matches(pattern: &str, text: &str) -> bool {
    let body = pattern.strip_prefix('^').and_then(|rest| rest.strip_suffix('$')).unwrap();
    let pattern: Vec<char> = body.chars().collect();
    let text: Vec<char> = text.chars().collect();
    rest(&pattern, &text).contains(&0)
}

/// How many characters of the text may be left after the pattern.
fn rest(pattern: &[char], text: &[char]) -> Vec<usize> {
    let mut alternatives = Vec::new();
    let (mut depth, mut from) = (0, 0);
    for (index, one) in pattern.iter().enumerate() {
        match one {
            '(' => depth += 1,
            ')' => depth -= 1,
            '|' if depth == 0 => {
                alternatives.push(&pattern[from..index]);
                from = index + 1;
            }
            _ => {}
        }
    }
    alternatives.push(&pattern[from..]);
    let mut left = Vec::new();
    for one in alternatives {
        left.extend(sequence(one, text));
    }
    left.sort_unstable();
    left.dedup();
    left
}

fn sequence(pattern: &[char], text: &[char]) -> Vec<usize> {
    let Some(first) = pattern.first() else { return vec![text.len()] };
    let (atom, after) = match first {
        '(' => {
            let mut depth = 0;
            let end = pattern.iter().position(|one| {
                depth += i32::from(*one == '(') - i32::from(*one == ')');
                depth == 0
            });
            pattern.split_at(end.unwrap() + 1)
        }
        '[' => pattern.split_at(pattern.iter().position(|one| *one == ']').unwrap() + 1),
        '\\' => pattern.split_at(2),
        _ => pattern.split_at(1),
    };
    let (least, most, after) = match after {
        ['?', after @ ..] => (0, 1, after),
        ['*', after @ ..] => (0, usize::MAX, after),
        ['+', after @ ..] => (1, usize::MAX, after),
        ['{', count, '}', after @ ..] => {
            let count = count.to_digit(10).unwrap() as usize;
            (count, count, after)
        }
        after => (1, 1, after),
    };
    let mut found = Vec::new();
    let mut reached = vec![text.len()];
    let mut count = 0;
    loop {
        if count >= least {
            for left in &reached {
                found.extend(sequence(after, &text[text.len() - left..]));
            }
        }
        if count == most {
            break;
        }
        let mut next = Vec::new();
        for left in &reached {
            next.extend(atom_rest(atom, &text[text.len() - left..]).into_iter().filter(|now| now < left));
        }
        if next.is_empty() {
            break;
        }
        next.sort_unstable();
        next.dedup();
        reached = next;
        count += 1;
    }
    found.sort_unstable();
    found.dedup();
    found
}

fn atom_rest(atom: &[char], text: &[char]) -> Vec<usize> {
    match atom {
        ['(', '?', ':', inner @ .., ')'] | ['(', inner @ .., ')'] => rest(inner, text),
        ['[', class @ .., ']'] => match text.first() {
            Some(one) if in_class(class, *one) => vec![text.len() - 1],
            _ => vec![],
        },
        ['\\', one] | [one] => {
            if text.first() == Some(one) {
                vec![text.len() - 1]
            } else {
                vec![]
            }
        }
        other => panic!("the schema uses the pattern {other:?}"),
    }
}

fn in_class(class: &[char], one: char) -> bool {
    match class {
        [from, '-', to, rest @ ..] => (*from..=*to).contains(&one) || in_class(rest, one),
        [first, rest @ ..] => *first == one || in_class(rest, one),
        [] => false,
    }
}

#[test]
fn patterns_match_as_they_should() {
    for (pattern, yes, no) in [
        ("^ *-?[0-9]+(\\.[0-9]+)? *%? *$", vec!["1", "-1.5", " 25 %", "0.25%"], vec!["", ".5", "1.", "1,0", "1e3"]),
        ("^[0-9]{4}-[0-9]{2}$", vec!["2024-01"], vec!["2024-1", "202-001", "2024-01-01"]),
        ("^ *(?:[Mm][Oo]|[Aa]_?[Bb]) *$", vec!["mo", "A_b", "aB"], vec!["m", "a__b", "mo!"]),
    ] {
        for text in yes {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for text in no {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }
}

#[test]
fn the_schema_takes_every_case() {
    let schema = Schema::read();
    for path in files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("cases")) {
        let case: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let errors = schema.errors(&case);
        assert!(errors.is_empty(), "{}: {errors:#?}", path.display());
    }
}

#[test]
fn the_schema_and_the_program_refuse_the_same() {
    let schema = Schema::read();
    let contract = |contract: Value| json!({"contracts": {"deal": contract}});
    for wrong in [
        json!({"contract": {}}),
        contract(json!({"payees": "anna", "terms": [{"rate": 1}]})),
        contract(json!({"payees": "anna", "terms": [{"rate": "abc"}]})),
        contract(json!({"payees": "anna", "terms": [{"rate": "10%", "perUnit": "1"}]})),
        contract(json!({"payees": "anna", "terms": [{}]})),
        contract(json!({"payees": "anna", "terms": [{"rate": "10%"}], "fx": "YESTERDAY"})),
        contract(json!({"payees": [{"party": "anna", "shre": "1"}], "terms": [{"rate": "10%"}]})),
        json!({"lines": [{"item": "song", "amount": 10}]}),
        json!({"lines": [{"item": "song", "amount": "10", "amonut": "10"}]}),
        json!({"lines": [{"item": "song", "amount": "10", "return": "yes"}]}),
        json!({"month": "January"}),
    ] {
        assert!(!schema.errors(&wrong).is_empty(), "the schema takes {wrong}");
        assert!(engine::scenario::compute(&wrong.to_string(), false).is_err(), "the program takes {wrong}");
    }
}
