//! Two outcomes of the same lines, compared line by line: pure.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use engine::fixed::Pico;
use engine::outcome::RoyaltyRow;
use kernel::currency::Currency;
use kernel::ids::{ContractId, PartyId, ReportId};

/// A payee under a contract. The currency is the contract's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) contract: ContractId,
    pub(super) party: PartyId,
    pub(super) currency: Currency,
}

/// What a line gives a payee under a contract, before and after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Changed {
    /// Position of the line in the batch.
    pub(super) line: u32,
    pub(super) key: Key,
    pub(super) before: Pico,
    pub(super) after: Pico,
}

/// The rows of one side, in the order of the lines, and whose the accounts are that they name.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    pub(super) rows: &'a [RoyaltyRow],
    pub(super) keys: &'a [Key],
}

impl<'a> Rows<'a> {
    /// The rows of a line, taken from the front.
    fn take(&mut self, line: u32) -> &'a [RoyaltyRow] {
        let count = self.rows.iter().take_while(|row| row.line == line).count();
        let (taken, rest) = self.rows.split_at(count);
        self.rows = rest;
        taken
    }

    fn key(&self, row: &RoyaltyRow) -> Option<Key> {
        self.keys.get(row.account as usize).copied()
    }
}

/// Every payee and contract to whom a line gives another amount. Parts of a royalty and places in a split are added up:
/// what counts is what the payee gets.
pub(super) fn changed(lines: u32, mut before: Rows<'_>, mut after: Rows<'_>) -> Vec<Changed> {
    let mut found = Vec::new();
    let mut sums: BTreeMap<Key, (Pico, Pico)> = BTreeMap::new();
    for line in 0..lines {
        let (old, new) = (before.take(line), after.take(line));
        let same = old.len() == new.len()
            && old.iter().zip(new).all(|(old, new)| old.amount == new.amount && before.key(old) == after.key(new));
        if same {
            continue;
        }
        sums.clear();
        for row in old {
            let Some(key) = before.key(row) else { continue };
            let sum = &mut sums.entry(key).or_default().0;
            *sum = sum.plus(row.amount);
        }
        for row in new {
            let Some(key) = after.key(row) else { continue };
            let sum = &mut sums.entry(key).or_default().1;
            *sum = sum.plus(row.amount);
        }
        let differs = sums.iter().filter(|(_, (before, after))| before != after);
        found.extend(differs.map(|(key, (before, after))| Changed { line, key: *key, before: *before, after: *after }));
    }
    found
}

/// Which line, and whose.
type Place = (ReportId, i64, Key);

/// The largest changes, and how many lines have one. Memory is bounded whatever the number of lines.
#[derive(Debug, Clone)]
pub(super) struct Largest {
    most: usize,
    kept: BTreeMap<(Reverse<u128>, Place), (Pico, Pico)>,
    lines: u64,
}

impl Largest {
    /// Keeps so many.
    pub(super) const fn new(most: usize) -> Self {
        Self { most, kept: BTreeMap::new(), lines: 0 }
    }

    /// Counts a line.
    pub(super) const fn count(&mut self) {
        self.lines += 1;
    }

    /// How many lines were counted.
    pub(super) const fn lines(&self) -> u64 {
        self.lines
    }

    /// Keeps a change if it is among the largest. Of equal ones the first by report, line and payee.
    pub(super) fn add(&mut self, place: Place, before: Pico, after: Pico) {
        let size = after.minus(before).0.unsigned_abs();
        self.kept.insert((Reverse(size), place), (before, after));
        if self.kept.len() > self.most {
            self.kept.pop_last();
        }
    }

    /// Takes in what another one found.
    pub(super) fn merge(&mut self, other: Self) {
        self.lines += other.lines;
        for ((_, place), (before, after)) in other.kept {
            self.add(place, before, after);
        }
    }

    /// The changes, the largest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Place, Pico, Pico)> {
        self.kept.iter().map(|((_, place), (before, after))| (place, *before, *after))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use engine::fixed::Atto;

    fn eur() -> Currency {
        Currency::parse("EUR").unwrap()
    }

    fn row(line: u32, account: u32, amount: i128) -> RoyaltyRow {
        RoyaltyRow {
            source_amount: Atto(0),
            amount: Pico(amount),
            units: 1,
            line,
            account,
            contract: 0,
            version: 0,
            participation: 0,
            term: 0,
            runner_up: None,
            split: 0,
            rate: None,
            source_currency: eur(),
            part: 0,
        }
    }

    #[test]
    fn parts_add_up_and_only_differences_are_found() {
        let key = || Key { contract: ContractId::new(), party: PartyId::new(), currency: eur() };
        let (anna, bo) = (key(), key());
        // Line 0: the same in two parts. Line 1: Anna 5 instead of 3. Line 2: Bo instead of Anna. Line 3: nothing.
        let before = [row(0, 0, 4), row(1, 0, 3), row(1, 1, 2), row(2, 0, 7)];
        let after = [row(0, 1, 1), row(0, 1, 3), row(1, 1, 5), row(1, 0, 2), row(2, 0, 7)];
        // The other rules number the accounts the other way round.
        let found = changed(4, Rows { rows: &before, keys: &[anna, bo] }, Rows { rows: &after, keys: &[bo, anna] });
        let of = |line: u32, key: Key| found.iter().find(|one| (one.line, one.key) == (line, key));
        assert_eq!(found.len(), 3);
        assert_eq!(of(1, anna).map(|one| (one.before, one.after)), Some((Pico(3), Pico(5))));
        assert_eq!(of(2, anna).map(|one| (one.before, one.after)), Some((Pico(7), Pico(0))));
        assert_eq!(of(2, bo).map(|one| (one.before, one.after)), Some((Pico(0), Pico(7))));
    }

    #[test]
    fn the_largest_are_kept_whatever_the_order() {
        let key = Key { contract: ContractId::new(), party: PartyId::new(), currency: eur() };
        let report = ReportId::new();
        let numbers = |largest: &Largest| largest.iter().map(|((_, line, _), ..)| *line).collect::<Vec<_>>();
        let changes = [(1, 5), (2, -9), (3, 1), (4, 9)];
        let mut forward = Largest::new(3);
        changes.iter().for_each(|(line, size)| forward.add((report, *line, key), Pico(0), Pico(*size)));
        let mut backward = Largest::new(3);
        changes.iter().rev().for_each(|(line, size)| backward.add((report, *line, key), Pico(0), Pico(*size)));
        assert_eq!(numbers(&forward), [2, 4, 1]);
        assert_eq!(numbers(&forward), numbers(&backward));
    }
}
