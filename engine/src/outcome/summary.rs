//! Sums per payee and contract that statements and reports read.

use kernel::codes::RevenueType;
use kernel::territory::Territory;

use super::cells::{Block, Cells, Slots};
use crate::compile::territory_number;
use crate::fixed::Pico;
use crate::model::{ItemRef, Line};
use crate::outcome::RoyaltyRow;
use rustc_hash::FxHashMap;

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
    fn add(&mut self, other: &Self) {
        self.rows += other.rows;
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
///
/// All payees of a contract version share the units and receipts of a line, so sums are kept per version, the
/// amounts of its payees side by side, and taken apart per payee only when they are read.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    versions: Vec<Option<Box<VersionCells>>>,
    /// The versions an account is paid from.
    by_account: FxHashMap<u32, Vec<u32>>,
    /// Where the block of a version and item begins in `item_cells`.
    items: FxHashMap<u64, u32>,
    item_cells: Cells,
    platforms: Slots<u16>,
    territories: Slots<Territory>,
    /// What reserves are held of, by account and position of the reserve in the contract.
    reserves: FxHashMap<(u32, u16), ReserveBase>,
}

/// What a reserve is held of, for one account, in the contract's currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReserveBase {
    /// Royalties of lines above zero.
    pub earned: Pico,
    /// Royalties of lines below zero: not above zero.
    pub returned: Pico,
    /// What entered the contract with lines above zero.
    pub sales: Pico,
    /// What entered the contract with lines below zero: not above zero.
    pub sales_returned: Pico,
}

impl ReserveBase {
    fn add(&mut self, other: &Self) {
        self.earned = self.earned.plus(other.earned);
        self.returned = self.returned.plus(other.returned);
        self.sales = self.sales.plus(other.sales);
        self.sales_returned = self.sales_returned.plus(other.sales_returned);
    }
}

#[derive(Debug, Clone, Default)]
struct VersionCells {
    /// The account of each payee's place.
    accounts: Vec<u32>,
    revenue_types: Cells,
    platforms: Cells,
    territories: Cells,
}

/// Where the sums of a line go: found once per line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Places {
    item: u32,
    platform: usize,
    territory: usize,
    revenue_type: usize,
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

    /// Adds the rows of one part of one participation: a row per payee, in the order of the split.
    #[inline]
    pub(crate) fn add(&mut self, places: Places, version: u32, receipts: Pico, rows: &[RoyaltyRow]) {
        let index = version as usize;
        if self.versions.get(index).is_none_or(Option::is_none) {
            self.meet(version, rows.iter().map(|row| row.account).collect());
        }
        let Some(cells) = self.versions[index].as_mut() else {
            return;
        };
        let units = rows.first().map_or(0, |row| row.units);
        let block = |block: Block<'_>| block.add(units, receipts, rows);
        block(cells.revenue_types.slot(places.revenue_type, rows.len()));
        block(cells.platforms.slot(places.platform, rows.len()));
        block(cells.territories.slot(places.territory, rows.len()));
        block(self.item_cells.keyed(&mut self.items, key(version, places.item), rows.len()));
    }

    /// Adds the rows of one part to what a reserve of its contract is held of.
    #[inline]
    pub(crate) fn reserve(&mut self, reserve: u16, receipts: Pico, rows: &[RoyaltyRow]) {
        for (index, row) in rows.iter().enumerate() {
            // Every payee's sales are those of the line, once per line however often a payee stands in the split.
            let first = !rows[..index].iter().any(|before| before.account == row.account);
            let sales = if first { receipts } else { Pico::ZERO };
            let base = ReserveBase {
                earned: Pico(row.amount.0.max(0)),
                returned: Pico(row.amount.0.min(0)),
                sales: Pico(sales.0.max(0)),
                sales_returned: Pico(sales.0.min(0)),
            };
            self.reserves.entry((row.account, reserve)).or_default().add(&base);
        }
    }

    /// What a reserve is held of for an account; `reserve` is its position in the contract's list. Of several
    /// reserves that fit a line the first is held of it.
    #[must_use]
    pub fn reserve_base(&self, account: u32, reserve: u16) -> ReserveBase {
        self.reserves.get(&(account, reserve)).copied().unwrap_or_default()
    }

    /// Makes room for a version.
    fn meet(&mut self, version: u32, accounts: Vec<u32>) {
        if version as usize >= self.versions.len() {
            self.versions.resize_with(version as usize + 1, || None);
        }
        for account in &accounts {
            let versions = self.by_account.entry(*account).or_default();
            if !versions.contains(&version) {
                versions.push(version);
            }
        }
        self.versions[version as usize] = Some(Box::new(VersionCells { accounts, ..VersionCells::default() }));
    }

    /// Adds the sums of another batch.
    pub fn merge(&mut self, other: Self) {
        if self.versions.is_empty() {
            *self = other;
            return;
        }
        for (key, base) in &other.reserves {
            self.reserves.entry(*key).or_default().add(base);
        }
        let platforms: Vec<usize> =
            other.platforms.values().iter().map(|one| self.platforms.slot(usize::from(*one), *one)).collect();
        let territories: Vec<usize> =
            other.territories.values().iter().map(|one| self.territories.slot(territory_number(*one), *one)).collect();
        let mut payees = Vec::with_capacity(other.versions.len());
        for (version, theirs) in (0u32..).zip(other.versions) {
            let Some(theirs) = theirs else {
                payees.push(0);
                continue;
            };
            let count = theirs.accounts.len();
            payees.push(count);
            if self.versions.get(version as usize).is_none_or(Option::is_none) {
                self.meet(version, theirs.accounts);
            }
            let Some(mine) = self.versions[version as usize].as_mut() else {
                continue;
            };
            mine.revenue_types.merge(&theirs.revenue_types, count, |slot| slot);
            mine.platforms.merge(&theirs.platforms, count, |slot| platforms[slot]);
            mine.territories.merge(&theirs.territories, count, |slot| territories[slot]);
        }
        for (key, from) in other.items {
            let count = payees[(key >> 32) as usize];
            let theirs = other.item_cells.at(from, count);
            self.item_cells.keyed(&mut self.items, key, count).merge(theirs);
        }
    }

    /// The whole of an account.
    #[must_use]
    pub fn account(&self, account: u32) -> Cell {
        let mut whole = Cell::default();
        for version in self.by_account.get(&account).into_iter().flatten() {
            let Some(cells) = self.versions.get(*version as usize).and_then(Option::as_ref) else {
                continue;
            };
            let places = || (0..).zip(&cells.accounts).filter(|(_, one)| **one == account).map(|(place, _)| place);
            for (_, block) in cells.revenue_types.blocks(cells.accounts.len()) {
                let (rows, units, receipts, amounts) = super::cells::read(block);
                whole.add(&Cell {
                    rows: rows * places().count() as u64,
                    units,
                    receipts,
                    amount: places().map(|place: usize| Pico(amounts[place])).sum(),
                });
            }
        }
        whole
    }

    /// Every sum with at least one row, sorted by account and dimension.
    #[must_use]
    pub fn rows(&self) -> Vec<SummaryRow> {
        let mut sums: FxHashMap<(u32, Dimension), Cell> = FxHashMap::default();
        let mut add = |accounts: &[u32], block: &[i128], dimension: Dimension| {
            each_account(accounts, block, |account, cell| sums.entry((account, dimension)).or_default().add(cell));
        };
        for cells in self.versions.iter().flatten() {
            let (accounts, count) = (&cells.accounts, cells.accounts.len());
            for (slot, block) in cells.revenue_types.blocks(count) {
                add(accounts, block, Dimension::RevenueType(RevenueType::ALL[slot]));
                add(accounts, block, Dimension::Account);
            }
            for (slot, block) in cells.platforms.blocks(count) {
                add(accounts, block, Dimension::Platform(self.platforms.values()[slot]));
            }
            for (slot, block) in cells.territories.blocks(count) {
                add(accounts, block, Dimension::Territory(self.territories.values()[slot]));
            }
        }
        for (key, from) in &self.items {
            let (version, item) = parts(*key);
            let Some(cells) = self.versions.get(version as usize).and_then(Option::as_ref) else {
                continue;
            };
            let block = self.item_cells.at(*from, cells.accounts.len());
            add(&cells.accounts, block, Dimension::Item(ItemRef(item)));
        }
        let mut rows: Vec<SummaryRow> = sums
            .into_iter()
            .filter(|(_, cell)| cell.rows > 0)
            .map(|((account, dimension), cell)| SummaryRow { account, dimension, cell })
            .collect();
        rows.sort_unstable_by_key(|row| (row.account, row.dimension));
        rows
    }
}

/// Takes a block apart: one cell per account. An account that stands at several places of the split gets the sum of
/// their amounts, and units and receipts once.
fn each_account(accounts: &[u32], block: &[i128], mut give: impl FnMut(u32, &Cell)) {
    let (rows, units, receipts, amounts) = super::cells::read(block);
    for (place, account) in accounts.iter().enumerate() {
        if accounts[..place].contains(account) {
            continue;
        }
        let places = || accounts.iter().zip(amounts).skip(place).filter(|(one, _)| *one == account);
        let cell = Cell {
            rows: rows * places().count() as u64,
            units,
            receipts,
            amount: places().map(|(_, amount)| Pico(*amount)).sum(),
        };
        give(*account, &cell);
    }
}

/// The version above, the item below.
#[inline]
fn key(version: u32, item: u32) -> u64 {
    u64::from(version) << 32 | u64::from(item)
}

#[allow(clippy::cast_possible_truncation, reason = "the two halves of the key")]
fn parts(key: u64) -> (u32, u32) {
    ((key >> 32) as u32, key as u32)
}

/// The place of a revenue type in [`RevenueType::ALL`].
#[inline]
fn revenue_place(kind: RevenueType) -> usize {
    // The members are declared without values, in the order of `ALL`; a test holds it to that.
    (kind as usize).min(RevenueType::ALL.len() - 1)
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
