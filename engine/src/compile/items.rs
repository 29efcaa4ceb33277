//! Which participations speak of an item.

use std::collections::BTreeMap;

use kernel::ids::GroupId;

use crate::model::{Interner, ItemRef, ItemScope, Rules};

/// Participations by item, and groups by position.
#[derive(Debug, Default)]
pub(crate) struct ItemIndex {
    groups: BTreeMap<GroupId, u32>,
    /// Sorted item positions per group.
    members: Vec<Vec<u32>>,
    /// Where the candidates of item `n` begin; one more than there are items.
    offsets: Vec<u32>,
    /// Participations of single items and groups, per item in the order they are tried.
    candidates: Vec<u32>,
    /// Participations of the whole catalogue, in the order they are tried.
    everything: Vec<u32>,
}

impl ItemIndex {
    /// Interns the members of groups.
    pub fn new(rules: &Rules, interner: &mut Interner) -> Self {
        let mut this = Self::default();
        for (index, group) in rules.groups.iter().enumerate() {
            let mut members: Vec<u32> = group.members.iter().map(|member| interner.item(*member).0).collect();
            members.sort_unstable();
            this.groups.insert(group.id, u32::try_from(index).unwrap_or(u32::MAX));
            this.members.push(members);
        }
        this
    }

    /// Sorts the participations to their items.
    pub fn fill(&mut self, scopes: &[ItemScope], ranks: &[u64], interner: &mut Interner) {
        let mut pairs: Vec<(u32, u64, u32)> = Vec::new();
        for (index, (scope, rank)) in (0u32..).zip(scopes.iter().zip(ranks)) {
            match scope {
                ItemScope::Item(item) => pairs.push((interner.item(*item).0, *rank, index)),
                ItemScope::Group(group) => {
                    let members = self.groups.get(group).map(|group| self.members[*group as usize].as_slice());
                    pairs.extend(members.unwrap_or_default().iter().map(|member| (*member, *rank, index)));
                }
                ItemScope::All => self.everything.push(index),
            }
        }
        pairs.sort_unstable();
        self.everything.sort_unstable_by_key(|index| (ranks[*index as usize], *index));
        self.offsets = vec![0; interner.item_count() + 1];
        for (item, _, _) in &pairs {
            self.offsets[*item as usize + 1] += 1;
        }
        for item in 1..self.offsets.len() {
            self.offsets[item] += self.offsets[item - 1];
        }
        self.candidates = pairs.into_iter().map(|(_, _, index)| index).collect();
    }

    /// The position of a group.
    pub fn group(&self, group: GroupId) -> Option<u32> {
        self.groups.get(&group).copied()
    }

    /// Whether the item belongs to the group.
    #[inline]
    pub fn in_group(&self, group: u32, item: ItemRef) -> bool {
        self.members[group as usize].binary_search(&item.0).is_ok()
    }

    /// The participations that may apply to an item.
    #[inline]
    pub fn candidates(&self, item: ItemRef) -> Candidates<'_> {
        let item = item.0 as usize;
        let own = match (self.offsets.get(item), self.offsets.get(item + 1)) {
            (Some(from), Some(to)) => &self.candidates[*from as usize..*to as usize],
            _ => &[],
        };
        Candidates { own, everything: &self.everything }
    }
}

/// Two sorted lists: the item's own candidates and those of the whole catalogue.
pub(crate) struct Candidates<'a> {
    own: &'a [u32],
    everything: &'a [u32],
}

impl Candidates<'_> {
    /// The next one by contract, then the more specific.
    #[inline]
    pub fn next_by(&mut self, rank: impl Fn(u32) -> u64) -> Option<u32> {
        match (self.own.split_first(), self.everything.split_first()) {
            (Some((own, rest)), None) => {
                self.own = rest;
                Some(*own)
            }
            (None, Some((every, rest))) => {
                self.everything = rest;
                Some(*every)
            }
            (Some((own, own_rest)), Some((every, every_rest))) => {
                if rank(*own) <= rank(*every) {
                    self.own = own_rest;
                    Some(*own)
                } else {
                    self.everything = every_rest;
                    Some(*every)
                }
            }
            (None, None) => None,
        }
    }
}
