//! Dividing an amount of a contract over its payees.

use std::collections::BTreeMap;

use kernel::decimal::OutOfRange;
use kernel::ids::PartyId;

use super::minor::{allocate, weights_of};
use crate::model::SplitNode;

/// Divides units (minor ones or those of exact amounts) level by level, each by largest remainder with ties to the
/// smaller payee id. A payee at several places gets the sum.
///
/// # Errors
/// [`OutOfRange`].
pub(crate) fn divide(total: i128, nodes: &[SplitNode]) -> Result<BTreeMap<PartyId, i128>, OutOfRange> {
    let mut shares = BTreeMap::new();
    level(total, nodes, &mut shares)?;
    Ok(shares)
}

fn level(total: i128, nodes: &[SplitNode], shares: &mut BTreeMap<PartyId, i128>) -> Result<(), OutOfRange> {
    // Sorted by payee already: the rules are in canonical order.
    let weights = weights_of(nodes.iter().map(|node| node.ratio.get()))?;
    for (node, share) in nodes.iter().zip(allocate(total, &weights)?) {
        if node.children.is_empty() {
            let sum = shares.entry(node.party_id).or_insert(0i128);
            *sum = sum.checked_add(share).ok_or(OutOfRange)?;
        } else {
            level(share, &node.children, shares)?;
        }
    }
    Ok(())
}

/// Everybody whom the splits pay.
pub(crate) fn payees(nodes: &[SplitNode], give: &mut impl FnMut(PartyId)) {
    for node in nodes {
        if node.children.is_empty() {
            give(node.party_id);
        } else {
            payees(&node.children, give);
        }
    }
}
