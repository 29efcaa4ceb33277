//! Split trees in the form the computation reads.

use kernel::ids::{PartyId, SplitId};
use rust_decimal::Decimal;

use super::{Account, fingerprint, position};
use crate::fixed::POW10;
use crate::model::SplitNode;

/// The split of one contract version.
#[derive(Debug)]
pub(crate) struct CompiledSplit {
    /// The leaves: payees in the order of the tree.
    pub leaves: std::ops::Range<u32>,
    /// Every leaf's ratio of the whole is `weight / 10^scale`; none when that has more than 18 places.
    pub flat_scale: Option<u32>,
    /// The levels of the tree; the first is the top.
    pub levels: Vec<Level>,
}

/// The nodes of one level. Their weights total exactly `10^scale`.
#[derive(Debug)]
pub(crate) struct Level {
    pub scale: u32,
    pub nodes: Vec<Node>,
}

#[derive(Debug)]
pub(crate) struct Node {
    pub weight: u64,
    pub next: Next,
}

/// What a node leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// A payee: the position among all leaves.
    Payee(u32),
    /// Those who share it: the position among the levels of this split.
    Level(u32),
}

/// A payee's place in a split.
#[derive(Debug)]
pub(crate) struct Leaf {
    pub split_id: SplitId,
    pub party_id: PartyId,
    pub account: u32,
    /// Ratio of the whole, in units of the split's `flat_scale`; zero when it has none.
    pub weight: u64,
    /// Positions from the top of the tree down to this place.
    pub path: Vec<u32>,
    pub fingerprint: u64,
}

pub(super) fn compile(
    splits: &[SplitNode],
    contract: u32,
    accounts: &[Account],
    leaves: &mut Vec<Leaf>,
) -> CompiledSplit {
    let first = position(leaves);
    let mut walk = Walk { contract, accounts, leaves, levels: Vec::new(), weights: Vec::new() };
    walk.level(splits, &mut Vec::new(), Some((1, 0)));
    let Walk { levels, weights, .. } = walk;
    let leaves_end = position(leaves);
    let flat_scale = weights
        .iter()
        .try_fold(0, |most: u32, weight| weight.map(|(_, scale)| most.max(scale)))
        .filter(|scale| *scale <= 18);
    if let Some(common) = flat_scale {
        for (leaf, weight) in leaves[first as usize..].iter_mut().zip(weights) {
            let (mantissa, scale) = weight.unwrap_or_default();
            // At most one, at 18 places: fits 64 bits.
            leaf.weight = u64::try_from(mantissa * POW10[(common - scale) as usize]).unwrap_or_default();
        }
    }
    CompiledSplit { leaves: first..leaves_end, flat_scale, levels }
}

struct Walk<'a> {
    contract: u32,
    accounts: &'a [Account],
    leaves: &'a mut Vec<Leaf>,
    levels: Vec<Level>,
    /// Per leaf its ratio of the whole, not normalised, so that the places of every level on the way are included;
    /// none beyond 18 places.
    weights: Vec<Option<(u128, u32)>>,
}

impl Walk<'_> {
    fn level(&mut self, nodes: &[SplitNode], path: &mut Vec<u32>, above: Option<(u128, u32)>) -> u32 {
        let level = position(&self.levels);
        let ratios: Vec<Decimal> = nodes.iter().map(|node| node.ratio.get().normalize()).collect();
        let scale = ratios.iter().map(Decimal::scale).max().unwrap_or(0);
        self.levels.push(Level { scale, nodes: Vec::new() });
        let mut compiled = Vec::with_capacity(nodes.len());
        for (index, (node, ratio)) in (0u32..).zip(nodes.iter().zip(ratios)) {
            // A ratio has at most 12 places, so its weight fits 40 bits.
            let weight = ratio.mantissa().unsigned_abs() * POW10[(scale - ratio.scale()) as usize];
            let whole = above
                .map(|(mantissa, above_scale)| (mantissa * weight, above_scale + scale))
                .filter(|(_, scale)| *scale <= 18);
            path.push(index);
            let next = if node.children.is_empty() {
                let leaf = position(self.leaves);
                let account = Account { contract: self.contract, party_id: node.party_id };
                self.leaves.push(Leaf {
                    split_id: node.id,
                    party_id: node.party_id,
                    account: self
                        .accounts
                        .binary_search(&account)
                        .map_or(0, |index| u32::try_from(index).unwrap_or(u32::MAX)),
                    weight: 0,
                    path: path.clone(),
                    fingerprint: fingerprint(&[node.id.uuid().as_bytes(), node.party_id.uuid().as_bytes()]),
                });
                self.weights.push(whole);
                Next::Payee(leaf)
            } else {
                Next::Level(self.level(&node.children, path, whole))
            };
            path.pop();
            compiled.push(Node { weight: u64::try_from(weight).unwrap_or_default(), next });
        }
        self.levels[level as usize].nodes = compiled;
        level
    }
}
