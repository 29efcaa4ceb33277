//! Splits from rows that name the row above them to a tree, with the lines beside it.

use std::collections::HashMap;

use engine::model::SplitNode;
use kernel::ids::SplitId;
use kernel::ratio::Ratio;

use super::{SplitFact, Stated};

/// A tree of lines of the same shape as the tree of splits.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Lines {
    pub(super) line: u64,
    pub(super) children: Vec<Lines>,
}

/// Builds the tree; rows that hang in the air or on themselves are refused.
pub(super) fn tree(stated: &mut Stated) -> Option<(Vec<SplitNode>, Vec<Lines>)> {
    let mut below: HashMap<Option<&str>, Vec<&SplitFact>> = HashMap::new();
    for fact in &stated.splits {
        below.entry(fact.parent.as_deref()).or_default().push(fact);
    }
    let mut reached = Vec::new();
    let built = level(None, &below, &mut reached)?;
    let lost: Vec<(u64, String)> = stated
        .splits
        .iter()
        .filter(|fact| !reached.contains(&fact.line))
        .map(|fact| (fact.line, fact.parent.clone().unwrap_or_default()))
        .collect();
    let known: Vec<String> = stated.splits.iter().map(|fact| fact.reference.clone()).collect();
    let sound = lost.is_empty();
    for (line, parent) in lost {
        let message = if known.contains(&parent) {
            format!("The splits above `{parent}` form a circle or hang on nothing.")
        } else {
            format!("`{parent}` is no split of this contract.")
        };
        stated.refuse(line, Some("parent"), "UNKNOWN_PARENT", message);
    }
    sound.then_some(built)
}

fn level(
    parent: Option<&str>,
    below: &HashMap<Option<&str>, Vec<&SplitFact>>,
    reached: &mut Vec<u64>,
) -> Option<(Vec<SplitNode>, Vec<Lines>)> {
    let (mut nodes, mut lines) = (Vec::new(), Vec::new());
    for fact in below.get(&parent).into_iter().flatten() {
        if reached.contains(&fact.line) {
            continue; // a reference that stands twice has been refused
        }
        reached.push(fact.line);
        let (children, child_lines) = level(Some(&fact.reference), below, reached)?;
        nodes.push(SplitNode {
            id: SplitId::new(),
            party_id: fact.party.into(),
            ratio: Ratio::new(fact.ratio).ok()?,
            children,
        });
        lines.push(Lines { line: fact.line, children: child_lines });
    }
    Some((nodes, lines))
}

/// The line a path of the engine speaks of: of a node, or of the first node of a level.
pub(super) fn line_of(path: &[String], lines: &[Lines]) -> Option<u64> {
    let mut here = lines;
    let mut line = here.first().map(|first| first.line);
    for part in path {
        if part == "children" {
            line = here.first().map(|first| first.line);
        } else if let Ok(index) = part.parse::<usize>() {
            let node = here.get(index)?;
            line = Some(node.line);
            here = &node.children;
        }
    }
    line
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use rust_decimal::Decimal;
    use uuid::Uuid;

    fn fact(line: u64, reference: &str, parent: Option<&str>) -> SplitFact {
        SplitFact {
            line,
            reference: reference.to_owned(),
            parent: parent.map(str::to_owned),
            party: Uuid::from_u128(u128::from(line)),
            ratio: Decimal::ONE,
        }
    }

    #[test]
    fn rows_in_any_order_become_a_tree() {
        let splits = vec![fact(2, "a/1", Some("a")), fact(3, "a", None), fact(4, "a/1/x", Some("a/1"))];
        let mut stated = Stated { splits, ..Stated::default() };
        let (nodes, lines) = tree(&mut stated).unwrap();
        assert_eq!(nodes[0].children[0].children.len(), 1);
        let path = |parts: &[&str]| parts.iter().map(|part| (*part).to_owned()).collect::<Vec<_>>();
        assert_eq!(line_of(&path(&[]), &lines), Some(3));
        assert_eq!(line_of(&path(&["0", "children"]), &lines), Some(2));
        assert_eq!(line_of(&path(&["0", "children", "0", "partyId"]), &lines), Some(2));
    }

    #[test]
    fn circles_and_unknown_parents_are_refused() {
        let splits = vec![fact(2, "a", Some("b")), fact(3, "b", Some("a")), fact(4, "c", Some("no"))];
        let mut stated = Stated { splits, ..Stated::default() };
        assert!(tree(&mut stated).is_none());
        let lines: Vec<(u64, &str)> = stated.refusals.iter().map(|one| (one.line, one.code)).collect();
        assert_eq!(lines, [(2, "UNKNOWN_PARENT"), (3, "UNKNOWN_PARENT"), (4, "UNKNOWN_PARENT")]);
    }
}
