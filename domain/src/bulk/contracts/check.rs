//! What holds for a contract as a whole. The engine's checks decide; here their findings get the lines of the file.

use chrono::NaiveDate;
use engine::check::{validate_participations, validate_splits, validate_terms};
use engine::model::{SplitNode, Term};
use kernel::failure::Finding;
use kernel::ids::SplitId;
use kernel::ratio::Ratio;

use super::splits::{self, Lines};
use super::{Known, Stated};
use crate::rights::VersionFacts;

/// The code of `docs/imports.md` and the column for a code of the engine.
fn told(code: &str) -> (&'static str, Option<&'static str>) {
    match code {
        "TERM_TIE" => ("TERMS_OVERLAP", Some("priority")),
        "PERIOD_REVERSED" => ("DATES_REVERSED", Some("ends_on")),
        "PARTICIPATION_OVERLAP" => ("DUPLICATE_KEY", Some("item")),
        "SPLIT_DUPLICATE" => ("DUPLICATE_KEY", Some("party")),
        "SPLIT_CYCLE" => ("UNKNOWN_PARENT", Some("party")),
        "SPLIT_SUM" | "SPLIT_EMPTY" => ("SPLITS_NOT_ONE", Some("ratio")),
        "TERMS_TOO_MANY" | "PARTICIPATIONS_TOO_MANY" | "SPLIT_TOO_MANY" | "SPLIT_TOO_DEEP" => ("TOO_MANY_FACTS", None),
        "AMOUNT_TOO_FINE" => ("INVALID_NUMBER", Some("amount")),
        "AMOUNT_NEGATIVE" => ("OUT_OF_RANGE", Some("amount")),
        "TERMS_MISSING" => ("NO_TERM", None),
        "PARTICIPATIONS_MISSING" => ("NO_PARTICIPATION", None),
        _ => ("INVALID_TERRITORY", Some("territories")),
    }
}

/// What the contract says, when it may be taken; the refusals are in `stated`.
pub(super) fn contract(stated: &mut Stated, known: &Known) -> Option<VersionFacts> {
    // Facts that could not be read are told already; sums and gaps over the rest would only mislead.
    let legible = stated.refusals.is_empty();
    let splits = if stated.splits.is_empty() { None } else { splits::tree(stated) };
    if !legible {
        return None;
    }
    let header = stated.header.as_ref()?;
    let (from, to) = (header.from, header.to);
    let (nodes, lines) = match splits {
        Some(tree) => tree,
        None if stated.splits.is_empty() => (whole(header.party), Vec::new()),
        None => return None,
    };
    let mut found: Vec<(u64, Finding)> = Vec::new();
    let first = stated.first_line();
    let line_at = |lines: Vec<u64>, path: &[String]| {
        path.first()
            .and_then(|index| index.parse::<usize>().ok())
            .and_then(|index| lines.get(index).copied())
            .unwrap_or(first)
    };
    let participations: Vec<_> = stated.participations.iter().map(|(_, one)| one.clone()).collect();
    for finding in validate_participations(&participations) {
        let lines = stated.participations.iter().map(|(line, _)| *line).collect();
        found.push((line_at(lines, &finding.path), finding));
    }
    let terms: Vec<Term> = stated.terms.iter().map(|(_, one)| one.term.clone()).collect();
    for finding in validate_terms(&terms, &known.groups) {
        let lines = stated.terms.iter().map(|(line, _)| *line).collect();
        found.push((line_at(lines, &finding.path), finding));
    }
    for finding in validate_splits(&nodes) {
        found.push((split_line(&finding, &lines).unwrap_or(first), finding));
    }
    let periods: Vec<(u64, Option<NaiveDate>, Option<NaiveDate>)> = stated
        .participations
        .iter()
        .map(|(line, one)| (*line, one.valid_from, one.valid_to))
        .chain(stated.terms.iter().map(|(line, one)| (*line, one.term.matches.valid_from, one.term.matches.valid_to)))
        .collect();
    for (line, finding) in found {
        let (code, column) = told(finding.code);
        stated.refuse(line, column, code, finding.message);
    }
    for (line, start, end) in periods {
        if start.is_some_and(|start| start < from) {
            stated.refuse(line, Some("starts_on"), "OUTSIDE_CONTRACT", format!("The contract begins on {from}."));
        }
        if let Some(to) = to
            && (end.is_some_and(|end| end > to) || start.is_some_and(|start| start > to))
        {
            stated.refuse(line, Some("ends_on"), "OUTSIDE_CONTRACT", format!("The contract ends on {to}."));
        }
    }
    Some(VersionFacts {
        valid_from: from,
        valid_to: to,
        participations,
        terms: stated.terms.iter().map(|(_, one)| one.clone()).collect(),
        rate_cards: Vec::new(),
        waterfall: Vec::new(),
        splits: nodes,
    })
}

/// No split at all: everything to the contract's party.
fn whole(party: uuid::Uuid) -> Vec<SplitNode> {
    vec![SplitNode { id: SplitId::new(), party_id: party.into(), ratio: Ratio::ONE, children: Vec::new() }]
}

fn split_line(finding: &Finding, lines: &[Lines]) -> Option<u64> {
    splits::line_of(&finding.path, lines)
}
