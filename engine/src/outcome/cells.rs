//! Blocks of sums, packed so that one line touches few cache lines.
//!
//! A block belongs to one contract version and one value of a dimension: a word that counts parts of lines (above) and
//! units (below), the receipts, and one amount per payee. Adding two blocks is adding their words.

use rustc_hash::FxHashMap;

use crate::fixed::Pico;
use crate::outcome::RoyaltyRow;

/// Words of a block before its amounts.
const HEAD: usize = 2;

/// Blocks of one width, one after another.
#[derive(Debug, Clone, Default)]
pub(super) struct Cells {
    words: Vec<i128>,
}

/// A block to add to.
pub(super) struct Block<'a> {
    words: &'a mut [i128],
}

impl Cells {
    /// The block at a slot, made when it is new.
    #[inline]
    pub fn slot(&mut self, slot: usize, payees: usize) -> Block<'_> {
        let width = HEAD + payees;
        let from = slot * width;
        if from + width > self.words.len() {
            self.words.resize(from + width, 0);
        }
        Block { words: &mut self.words[from..from + width] }
    }

    /// The block of a key, made when it is new.
    #[inline]
    pub fn keyed(&mut self, index: &mut FxHashMap<u64, u32>, key: u64, payees: usize) -> Block<'_> {
        let next = u32::try_from(self.words.len()).unwrap_or(u32::MAX);
        let from = *index.entry(key).or_insert(next) as usize;
        if from + HEAD + payees > self.words.len() {
            self.words.resize(from + HEAD + payees, 0);
        }
        Block { words: &mut self.words[from..from + HEAD + payees] }
    }

    /// The words of a block.
    pub fn at(&self, from: u32, payees: usize) -> &[i128] {
        &self.words[from as usize..from as usize + HEAD + payees]
    }

    /// Every block with something in it.
    pub fn blocks(&self, payees: usize) -> impl Iterator<Item = (usize, &[i128])> {
        self.words.chunks_exact(HEAD + payees).enumerate().filter(|(_, block)| block[0] != 0 || block[1] != 0)
    }

    /// Adds the blocks of another batch; `place` says where a slot is here.
    pub fn merge(&mut self, other: &Self, payees: usize, place: impl Fn(usize) -> usize) {
        for (slot, block) in other.blocks(payees) {
            self.slot(place(slot), payees).merge(block);
        }
    }
}

impl Block<'_> {
    /// Adds the rows of one part of a line.
    #[inline]
    pub fn add(self, units: i64, receipts: Pico, rows: &[RoyaltyRow]) {
        let [count, received, amounts @ ..] = self.words else {
            return;
        };
        *count = count.wrapping_add(1 << 64).wrapping_add(i128::from(units));
        *received = received.saturating_add(receipts.0);
        for (amount, row) in amounts.iter_mut().zip(rows) {
            *amount = amount.saturating_add(row.amount.0);
        }
    }

    /// Adds the words of another block.
    pub fn merge(self, other: &[i128]) {
        let [count, received, amounts @ ..] = self.words else {
            return;
        };
        let [more, others, theirs @ ..] = other else {
            return;
        };
        *count = count.wrapping_add(*more);
        *received = received.saturating_add(*others);
        for (amount, other) in amounts.iter_mut().zip(theirs) {
            *amount = amount.saturating_add(*other);
        }
    }
}

/// Parts of lines, units, receipts, amounts.
pub(super) fn read(block: &[i128]) -> (u64, i64, Pico, &[i128]) {
    let [count, received, amounts @ ..] = block else {
        return (0, 0, Pico::ZERO, &[]);
    };
    // Units are the lower 64 bits as they wrapped; the count stands above them.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the two halves of the word")]
    let (units, parts) = (*count as i64, ((*count - i128::from(*count as i64)) >> 64) as u64);
    (parts, units, Pico(*received), amounts)
}

/// Dense places for values, given in the order they are first seen.
#[derive(Debug, Clone)]
pub(super) struct Slots<T> {
    slots: Vec<u32>,
    values: Vec<T>,
}

impl<T> Default for Slots<T> {
    fn default() -> Self {
        Self { slots: Vec::new(), values: Vec::new() }
    }
}

impl<T: Copy> Slots<T> {
    /// The place of a value with a small number.
    #[inline]
    pub fn slot(&mut self, number: usize, value: T) -> usize {
        if number >= self.slots.len() {
            self.slots.resize(number + 1, u32::MAX);
        }
        if self.slots[number] == u32::MAX {
            self.slots[number] = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
            self.values.push(value);
        }
        self.slots[number] as usize
    }

    /// The values by place.
    pub fn values(&self) -> &[T] {
        &self.values
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_units_share_a_word() {
        let mut cells = Cells::default();
        for units in [5, -7, i64::MAX, -i64::MAX, -1] {
            cells.slot(0, 0).add(units, Pico(3), &[]);
        }
        let blocks: Vec<_> = cells.blocks(0).map(|(_, block)| read(block)).collect();
        assert_eq!(blocks, [(5, -3, Pico(15), &[][..])]);
    }
}
