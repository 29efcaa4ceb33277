//! What the period's rows amount to, in the ways that closing needs.

use std::collections::BTreeMap;

use kernel::ids::PartyId;
use kernel::territory::Territory;

use crate::compile::CompiledRules;
use crate::fixed::Pico;
use crate::model::{HoldTarget, ItemRef};
use crate::outcome::{Dimension, ReserveBase, Summary};

/// Sums of a period, by position of the contract.
#[derive(Debug, Default)]
pub(super) struct Sums {
    /// Per payee, of accounts with at least one row.
    pub earned: BTreeMap<(u32, PartyId), Pico>,
    /// Per territory; only when a guarantee asks.
    pub territories: BTreeMap<(u32, Territory), Pico>,
    /// Per item and payee; only when a hold asks.
    pub items: BTreeMap<(u32, ItemRef), BTreeMap<PartyId, Pico>>,
    /// Per payee and position of the reserve in its contract.
    pub reserves: BTreeMap<(u32, PartyId, u16), ReserveBase>,
}

impl CompiledRules {
    /// Reads the sums that closing needs.
    pub(super) fn sums(&self, summary: &Summary) -> Sums {
        let mut sums = Sums::default();
        for (position, account) in (0u32..).zip(&self.accounts) {
            let cell = summary.account(position);
            if cell.rows > 0 {
                sums.earned.insert((account.contract, account.party_id), cell.amount);
            }
        }
        let by_territory = self
            .rules
            .contracts
            .iter()
            .flat_map(|contract| &contract.guarantees)
            .any(|guarantee| !guarantee.territories.is_world());
        let by_item = self.rules.holds.iter().any(|hold| matches!(hold.target, HoldTarget::Item { .. }));
        if by_territory || by_item {
            for row in summary.rows() {
                let Some(account) = self.accounts.get(row.account as usize) else { continue };
                match row.dimension {
                    Dimension::Territory(territory) if by_territory => {
                        let sum = sums.territories.entry((account.contract, territory)).or_default();
                        *sum = sum.plus(row.cell.amount);
                    }
                    Dimension::Item(item) if by_item => {
                        let sum = sums.items.entry((account.contract, item)).or_default();
                        let sum = sum.entry(account.party_id).or_default();
                        *sum = sum.plus(row.cell.amount);
                    }
                    _ => {}
                }
            }
        }
        for (position, account) in (0u32..).zip(&self.accounts) {
            let reserves = &self.rules.contracts[account.contract as usize].reserves;
            for (reserve, _) in (0u16..).zip(reserves) {
                let base = summary.reserve_base(position, reserve);
                if base != ReserveBase::default() {
                    sums.reserves.insert((account.contract, account.party_id, reserve), base);
                }
            }
        }
        sums
    }
}
