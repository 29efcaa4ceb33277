//! A Merkle tree as RFC 9162 draws it (section 2.1), over BLAKE3. Leaves and nodes are hashed with different first
//! bytes, so that no node can pass for a leaf.

/// A BLAKE3 hash.
pub type Hash = [u8; 32];

const LEAF: u8 = 0;
const NODE: u8 = 1;

/// The hash of a leaf's content.
pub(super) fn leaf(content: &[u8]) -> Hash {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&[LEAF]);
    hasher.update(content);
    *hasher.finalize().as_bytes()
}

fn node(left: &Hash, right: &Hash) -> Hash {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&[NODE]);
    hasher.update(left);
    hasher.update(right);
    *hasher.finalize().as_bytes()
}

/// A tree over leaves in their order.
///
/// RFC 9162 splits `n` leaves at the largest power of two below `n`. Pairing neighbours level by level, and lifting a
/// last one without a partner unchanged, gives the same tree.
#[derive(Debug, Clone)]
pub struct Tree {
    /// The leaves first, the root last.
    levels: Vec<Vec<Hash>>,
}

impl Tree {
    /// Builds the tree; `None` without a leaf.
    #[must_use]
    pub fn new(leaves: Vec<Hash>) -> Option<Self> {
        if leaves.is_empty() {
            return None;
        }
        let mut levels = vec![leaves];
        while let Some(level) = levels.last().filter(|level| level.len() > 1) {
            let above = level
                .chunks(2)
                .map(|pair| match pair {
                    [left, right] => node(left, right),
                    [alone, ..] => *alone,
                    [] => Hash::default(),
                })
                .collect();
            levels.push(above);
        }
        Some(Self { levels })
    }

    /// The root.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.levels.last().and_then(|level| level.first()).copied().unwrap_or_default()
    }

    /// How many leaves there are.
    #[must_use]
    pub fn leaves(&self) -> usize {
        self.levels.first().map_or(0, Vec::len)
    }

    /// The neighbours on the way from a leaf to the root; empty for the only leaf.
    #[must_use]
    pub fn path(&self, position: usize) -> Vec<Hash> {
        let mut at = position;
        let mut path = Vec::new();
        for level in &self.levels {
            path.extend(level.get(at ^ 1).filter(|_| level.len() > 1));
            at /= 2;
        }
        path
    }
}

/// The root that a leaf and its path lead to; `None` when the path has not the length that belongs to this place in a
/// tree of so many leaves.
#[must_use]
pub fn root_from_path(leaf: Hash, position: u64, leaves: u64, path: &[Hash]) -> Option<Hash> {
    if position >= leaves {
        return None;
    }
    let (mut hash, mut at, mut width) = (leaf, position, leaves);
    let mut path = path.iter();
    while width > 1 {
        let is_alone = at.is_multiple_of(2) && at + 1 == width;
        if !is_alone {
            let neighbour = path.next()?;
            hash = if at.is_multiple_of(2) { node(&hash, neighbour) } else { node(neighbour, &hash) };
        }
        at /= 2;
        width = width.div_ceil(2);
    }
    path.next().is_none().then_some(hash)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn leaves(count: u64) -> Vec<Hash> {
        (0..count).map(|index| leaf(&index.to_be_bytes())).collect()
    }

    /// The definition of RFC 9162, word for word.
    fn defined(leaves: &[Hash]) -> Hash {
        match leaves {
            [one] => *one,
            many => {
                let split = many.len().next_power_of_two() / 2;
                node(&defined(&many[..split]), &defined(&many[split..]))
            }
        }
    }

    #[test]
    fn the_tree_is_that_of_the_definition() {
        for count in 1..70 {
            let leaves = leaves(count);
            assert_eq!(Tree::new(leaves.clone()).unwrap().root(), defined(&leaves), "{count}");
        }
        assert!(Tree::new(Vec::new()).is_none());
    }

    #[test]
    fn every_leaf_proves_its_own_place_and_no_other() {
        for count in 1..40_u64 {
            let leaves = leaves(count);
            let tree = Tree::new(leaves.clone()).unwrap();
            for (position, leaf) in (0_u64..).zip(&leaves) {
                let path = tree.path(usize::try_from(position).unwrap());
                let lead = |position, width, path: &[Hash]| root_from_path(*leaf, position, width, path);
                assert_eq!(lead(position, count, &path), Some(tree.root()), "{position} of {count}");
                for other in (0..count).filter(|other| *other != position) {
                    assert_ne!(lead(other, count, &path), Some(tree.root()), "{position} as {other} of {count}");
                }
                assert_eq!(lead(count, count, &path), None);
                let longer: Vec<Hash> = path.iter().copied().chain([Hash::default()]).collect();
                assert_eq!(lead(position, count, &longer), None, "a path that is too long");
                if let Some((_, shorter)) = path.split_last() {
                    assert_eq!(lead(position, count, shorter), None, "a path that is too short");
                }
                for bent in 0..path.len() {
                    let mut path = path.clone();
                    path[bent][7] ^= 1;
                    assert_ne!(lead(position, count, &path), Some(tree.root()));
                }
            }
        }
    }

    #[test]
    fn a_node_is_no_leaf() {
        let two = leaves(2);
        let both: Vec<u8> = two.concat();
        assert_ne!(leaf(&both), Tree::new(two).unwrap().root());
    }
}
