//! Checks of payee splits.

use std::collections::BTreeSet;

use kernel::decimal::plain;
use kernel::failure::Finding;
use kernel::ids::{PartyId, SplitId};
use kernel::limits::{SPLIT_DEPTH, SPLIT_PAYEES};
use rust_decimal::Decimal;

use super::{finding, under};
use crate::model::SplitNode;

/// Checks a split tree: there is a payee, the ratios of every level total exactly 1, nobody appears twice on a
/// level or below themselves, depth and size are within the limits, ids are unique.
///
/// Codes: `SPLIT_EMPTY`, `SPLIT_SUM`, `SPLIT_DUPLICATE`, `SPLIT_CYCLE`, `SPLIT_TOO_DEEP`, `SPLIT_TOO_MANY`,
/// `DUPLICATE_ID`.
#[must_use]
pub fn validate_splits(splits: &[SplitNode]) -> Vec<Finding> {
    if splits.is_empty() {
        return vec![finding("SPLIT_EMPTY", "A contract needs at least one payee.", &[])];
    }
    let mut walk = Walk { above: Vec::new(), ids: BTreeSet::new(), payees: 0, found: Vec::new() };
    walk.level(splits, &mut Vec::new());
    if walk.payees > SPLIT_PAYEES {
        let message = format!("The split has {} payees; at most {SPLIT_PAYEES} are allowed.", walk.payees);
        walk.found.push(finding("SPLIT_TOO_MANY", message, &[]));
    }
    walk.found
}

struct Walk {
    above: Vec<PartyId>,
    ids: BTreeSet<SplitId>,
    payees: usize,
    found: Vec<Finding>,
}

impl Walk {
    fn report(&mut self, path: &[String], code: &'static str, message: String, last: &[&str]) {
        self.found.extend(under(path.to_vec(), vec![finding(code, message, last)]));
    }

    fn level(&mut self, nodes: &[SplitNode], path: &mut Vec<String>) {
        if self.above.len() >= SPLIT_DEPTH {
            let message = format!("The split is nested deeper than {SPLIT_DEPTH} levels.");
            self.report(path, "SPLIT_TOO_DEEP", message, &[]);
            return;
        }
        let sum: Decimal = nodes.iter().map(|node| node.ratio.get()).sum();
        if sum != Decimal::ONE {
            let difference = Decimal::ONE - sum;
            let word = if difference.is_sign_positive() { "missing" } else { "too much" };
            let message = format!(
                "The ratios of this level total {}; they must total exactly 1 ({} {word}).",
                plain(sum),
                plain(difference.abs()),
            );
            self.report(path, "SPLIT_SUM", message, &[]);
        }
        let mut seen = BTreeSet::new();
        for (position, node) in nodes.iter().enumerate() {
            path.push(position.to_string());
            if !self.ids.insert(node.id) {
                self.report(path, "DUPLICATE_ID", format!("The split {} appears twice.", node.id), &["id"]);
            }
            if !seen.insert(node.party_id) {
                let message = format!("{} appears twice on this level; add the ratios.", node.party_id);
                self.report(path, "SPLIT_DUPLICATE", message, &["partyId"]);
            }
            if self.above.contains(&node.party_id) {
                let message = format!("{} would share its own share.", node.party_id);
                self.report(path, "SPLIT_CYCLE", message, &["partyId"]);
            } else if node.children.is_empty() {
                self.payees += 1;
            } else {
                self.above.push(node.party_id);
                path.push("children".to_owned());
                self.level(&node.children, path);
                path.pop();
                self.above.pop();
            }
            path.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::ratio::Ratio;
    use rust_decimal_macros::dec;

    fn node(party: PartyId, ratio: Decimal, children: Vec<SplitNode>) -> SplitNode {
        SplitNode { id: SplitId::new(), party_id: party, ratio: Ratio::new(ratio).unwrap(), children }
    }

    fn codes(findings: &[Finding]) -> Vec<(&'static str, String)> {
        findings.iter().map(|finding| (finding.code, finding.path.join("."))).collect()
    }

    #[test]
    fn levels_total_exactly_one() {
        let [a, b, c] = [PartyId::new(), PartyId::new(), PartyId::new()];
        let short = [
            node(a, dec!(0.5), vec![]),
            node(b, dec!(0.5), vec![node(a, dec!(0.333), vec![]), node(c, dec!(0.666), vec![])]),
        ];
        assert_eq!(codes(&validate_splits(&short)), [("SPLIT_SUM", "1.children".to_owned())]);
        assert!(validate_splits(&short)[0].message.contains("0.001 missing"));
        let over = [node(a, dec!(0.6), vec![]), node(b, dec!(0.6), vec![])];
        assert_eq!(codes(&validate_splits(&over)), [("SPLIT_SUM", String::new())]);
        assert_eq!(codes(&validate_splits(&[])), [("SPLIT_EMPTY", String::new())]);
    }

    #[test]
    fn nobody_shares_their_own_share() {
        let [band, singer] = [PartyId::new(), PartyId::new()];
        let cyclic = [node(band, dec!(1), vec![node(singer, dec!(1), vec![node(band, dec!(1), vec![])])])];
        assert_eq!(codes(&validate_splits(&cyclic)), [("SPLIT_CYCLE", "0.children.0.children.0.partyId".to_owned())]);
        let twice = [node(band, dec!(0.5), vec![]), node(band, dec!(0.5), vec![])];
        assert_eq!(codes(&validate_splits(&twice)), [("SPLIT_DUPLICATE", "1.partyId".to_owned())]);
    }

    #[test]
    fn depth_is_limited() {
        let mut tree = node(PartyId::new(), dec!(1), vec![]);
        for _ in 0..SPLIT_DEPTH {
            tree = node(PartyId::new(), dec!(1), vec![tree]);
        }
        assert_eq!(codes(&validate_splits(&[tree]))[0].0, "SPLIT_TOO_DEEP");
    }
}
