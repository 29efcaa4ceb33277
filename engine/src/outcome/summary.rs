//! Sums per payee and contract that statements and reports read.

use kernel::codes::RevenueType;
use kernel::territory::Territory;
use rustc_hash::FxHashMap;

use crate::compile::territory_number;
use crate::fixed::Pico;
use crate::model::{ItemRef, Line};

/// A sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cell {
    /// How many royalty rows.
    pub rows: u64,
    /// Units.
    pub units: i64,
    /// What entered the contract (base × participation), in the contract's currency.
    pub receipts: Pico,
    /// The royalty, in the contract's currency.
    pub amount: Pico,
}

impl Cell {
    #[inline]
    fn add(&mut self, other: &Self) {
        self.rows += other.rows;
        // Units of one account in one run: bounded by what 64 bits hold unless lines claim absurd units.
        self.units = self.units.saturating_add(other.units);
        self.receipts = self.receipts.plus(other.receipts);
        self.amount = self.amount.plus(other.amount);
    }
}

/// What a sum is per.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dimension {
    /// Everything of the account.
    Account,
    /// A catalogue item, by its position in the interner.
    Item(ItemRef),
    /// A platform, by its position in the interner.
    Platform(u16),
    /// A territory.
    Territory(Territory),
    /// A revenue type.
    RevenueType(RevenueType),
}

/// A sum with what it is per.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SummaryRow {
    /// Position of the account: contract and payee.
    pub account: u32,
    /// What the sum is per.
    pub dimension: Dimension,
    /// The sum.
    pub cell: Cell,
}

/// Sums per account, and per account and item, platform, territory, revenue type. Sums of batches add up.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    accounts: Vec<Option<Box<AccountCells>>>,
    items: FxHashMap<u64, Cell>,
    platforms: Slots<u16>,
    territories: Slots<Territory>,
}

const REVENUE_TYPES: usize = RevenueType::ALL.len();

#[derive(Debug, Clone, Default)]
struct AccountCells {
    total: Cell,
    revenue_types: [Cell; REVENUE_TYPES],
    platforms: Vec<Cell>,
    territories: Vec<Cell>,
}

/// Dense places for values, given in the order they are first seen.
#[derive(Debug, Clone)]
struct Slots<T> {
    slots: Vec<u32>,
    values: Vec<T>,
}

impl<T> Default for Slots<T> {
    fn default() -> Self {
        Self { slots: Vec::new(), values: Vec::new() }
    }
}

impl<T: Copy> Slots<T> {
    #[inline]
    fn slot(&mut self, number: usize, value: T) -> usize {
        if number >= self.slots.len() {
            self.slots.resize(number + 1, u32::MAX);
        }
        if self.slots[number] == u32::MAX {
            self.slots[number] = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
            self.values.push(value);
        }
        self.slots[number] as usize
    }
}

/// Where the sums of a line go: found once per line, used for each of its rows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Places {
    item: u32,
    platform: usize,
    territory: usize,
    revenue_type: usize,
}

#[inline]
fn at(cells: &mut Vec<Cell>, slot: usize) -> &mut Cell {
    if slot >= cells.len() {
        cells.resize(slot + 1, Cell::default());
    }
    &mut cells[slot]
}

impl Summary {
    #[inline]
    pub(crate) fn places(&mut self, line: &Line, territory: usize) -> Places {
        Places {
            item: line.item.0,
            platform: self.platforms.slot(usize::from(line.platform), line.platform),
            territory: self.territories.slot(territory, line.territory),
            revenue_type: revenue_place(line.revenue_type),
        }
    }

    #[inline]
    pub(crate) fn add(&mut self, places: Places, account: u32, cell: &Cell) {
        let index = account as usize;
        if index >= self.accounts.len() {
            self.accounts.resize_with(index + 1, || None);
        }
        let cells = self.accounts[index].get_or_insert_with(Box::default);
        cells.total.add(cell);
        cells.revenue_types[places.revenue_type].add(cell);
        at(&mut cells.platforms, places.platform).add(cell);
        at(&mut cells.territories, places.territory).add(cell);
        self.items.entry(u64::from(account) << 32 | u64::from(places.item)).or_default().add(cell);
    }

    /// Adds the sums of another batch.
    pub fn merge(&mut self, other: Self) {
        if self.accounts.is_empty() {
            *self = other;
            return;
        }
        let platforms: Vec<usize> = other.platforms.values.iter().map(|one| self.platforms.slot(usize::from(*one), *one)).collect();
        let territories: Vec<usize> =
            other.territories.values.iter().map(|one| self.territories.slot(territory_number(*one), *one)).collect();
        if other.accounts.len() > self.accounts.len() {
            self.accounts.resize_with(other.accounts.len(), || None);
        }
        for (mine, theirs) in self.accounts.iter_mut().zip(other.accounts) {
            let Some(theirs) = theirs else { continue };
            let mine = mine.get_or_insert_with(Box::default);
            mine.total.add(&theirs.total);
            for (sum, cell) in mine.revenue_types.iter_mut().zip(&theirs.revenue_types) {
                sum.add(cell);
            }
            for (slot, cell) in platforms.iter().zip(&theirs.platforms) {
                at(&mut mine.platforms, *slot).add(cell);
            }
            for (slot, cell) in territories.iter().zip(&theirs.territories) {
                at(&mut mine.territories, *slot).add(cell);
            }
        }
        for (key, cell) in other.items {
            self.items.entry(key).or_default().add(&cell);
        }
    }

    /// The whole of an account.
    #[must_use]
    pub fn account(&self, account: u32) -> Cell {
        self.accounts.get(account as usize).and_then(Option::as_ref).map(|cells| cells.total).unwrap_or_default()
    }

    /// Every sum with at least one row, sorted by account and dimension.
    #[must_use]
    pub fn rows(&self) -> Vec<SummaryRow> {
        let mut rows = Vec::with_capacity(self.items.len() * 2);
        for (account, cells) in (0u32..).zip(&self.accounts) {
            let Some(cells) = cells else { continue };
            let mut push = |dimension, cell: &Cell| {
                if cell.rows > 0 {
                    rows.push(SummaryRow { account, dimension, cell: *cell });
                }
            };
            push(Dimension::Account, &cells.total);
            for (kind, cell) in RevenueType::ALL.iter().zip(&cells.revenue_types) {
                push(Dimension::RevenueType(*kind), cell);
            }
            for (platform, cell) in self.platforms.values.iter().zip(&cells.platforms) {
                push(Dimension::Platform(*platform), cell);
            }
            for (territory, cell) in self.territories.values.iter().zip(&cells.territories) {
                push(Dimension::Territory(*territory), cell);
            }
        }
        for (key, cell) in &self.items {
            // The key holds the account above and the item below.
            #[allow(clippy::cast_possible_truncation, reason = "the two halves of the key")]
            let (account, item) = ((key >> 32) as u32, *key as u32);
            rows.push(SummaryRow { account, dimension: Dimension::Item(ItemRef(item)), cell: *cell });
        }
        rows.sort_unstable_by_key(|row| (row.account, row.dimension));
        rows
    }
}

/// The place of a revenue type in [`RevenueType::ALL`].
#[inline]
fn revenue_place(kind: RevenueType) -> usize {
    // The members are declared without values, in the order of `ALL`; a test holds it to that.
    (kind as usize).min(REVENUE_TYPES - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn revenue_types_have_their_own_place() {
        for (place, kind) in RevenueType::ALL.iter().enumerate() {
            assert_eq!(revenue_place(*kind), place);
        }
    }
}
